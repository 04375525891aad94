"""The clock at work: every minute it lets each job look at what is due.

A job decides from what is stored and from the instant alone, and commits once; a commit names versions or a message id
of its own, so that several processes, a restart or a clock set back neither lose nor double anything.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.clock import Clock
from bot.model.errors import LaBotError
from bot.staff.notices import Notices
from bot.store.port import Commit, Store
from bot.texts.say import Say

log = logging.getLogger(__name__)

Job = Callable[[datetime], Awaitable[None]]
"""Does what is due at an instant (UTC). What it raises is logged; the next minute it is asked again."""

Tell = Callable[[str, str, datetime], Awaitable[None]]
"""Tells staff that a job failed unexpectedly: its name, the type of the error, the instant."""

EVERY = timedelta(minutes=1)


@dataclass
class Clockwork:
    """Runs `jobs` every `every`, one after the other, until stopped.

    An unexpected error ends neither the process nor the round. It is logged by its type alone, since its words may hold
    what people wrote, and told by `tell` once for each job and type.
    """

    jobs: Sequence[Job]
    clock: Clock
    every: timedelta = EVERY
    tell: Tell | None = None
    _told: set[tuple[str, str]] = field(default_factory=set, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.is_set():
            now = self.clock.now()
            for job in self.jobs:
                await self._do(job, now)
            await self._sleep(now + self.every)

    def stop(self) -> None:
        """Begin no further round; `run` returns when the one under way is done."""
        self._stopping.set()

    async def _do(self, job: Job, now: datetime) -> None:
        try:
            await job(now)
        except LaBotError as error:
            log.error("%s: %s", _name_of(job), error)
        except Exception as error:  # a slip of ours in one job: the others, and the chats, go on
            log.error("%s: unexpected %s", _name_of(job), type(error).__name__)
            await self._report(_name_of(job), type(error).__name__, now)

    async def _report(self, job: str, error: str, now: datetime) -> None:
        """Tell staff of a failure that they do not know yet; where that fails too, try again with the next one."""
        if self.tell is None or (job, error) in self._told:
            return
        try:
            await self.tell(job, error, now)
        except Exception as another:
            log.error("staff could not be told of %s: %s", job, type(another).__name__)
        else:
            self._told.add((job, error))

    async def _sleep(self, until: datetime) -> None:
        waits = [asyncio.ensure_future(self._stopping.wait()), asyncio.ensure_future(self.clock.sleep_until(until))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _name_of(job: Job) -> str:
    return str(getattr(job, "__qualname__", type(job).__name__))


def tell_staff(store: Store, notices: Notices) -> Tell:
    """Return how staff are told: by the outbox, as of everything else."""

    async def tell(job: str, error: str, now: datetime) -> None:
        said = Say("staff.job_failed", {"job": job, "error": error, "at": now})
        await store.commit(Commit(outgoing=tuple(notices.to_staff(said, None, now))))

    return tell
