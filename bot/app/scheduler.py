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

log = logging.getLogger(__name__)

Job = Callable[[datetime], Awaitable[None]]
"""Does what is due at an instant (UTC). What it raises is logged; the next minute it is asked again."""

EVERY = timedelta(minutes=1)


@dataclass
class Clockwork:
    """Runs `jobs` every `every`, one after the other, until stopped."""

    jobs: Sequence[Job]
    clock: Clock
    every: timedelta = EVERY
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
            log.error("%s: %s", job.__qualname__ if hasattr(job, "__qualname__") else type(job).__name__, error)

    async def _sleep(self, until: datetime) -> None:
        waits = [asyncio.ensure_future(self._stopping.wait()), asyncio.ensure_future(self.clock.sleep_until(until))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
