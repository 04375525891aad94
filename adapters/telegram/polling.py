"""Updates, fetched. Each is confirmed once its turn is committed: what is in hand when the process dies comes again.

Turns of different chats go on side by side. While one of them takes its time the next updates are asked for already;
those in hand, which Telegram brings again as long as they are not confirmed, are known by their ids. Of one chat each
waits for the one before, and where that could not be committed it is not begun: the two come again, in order.
https://core.telegram.org/bots/api#getupdates
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from telegram import Update
from telegram.error import Conflict, InvalidToken

from adapters.telegram.client import SECOND_PROGRAM, WRONG_TOKEN, ReadingBot, asked_of
from bot.model.clock import Clock
from bot.store.outbox import RetryPolicy

log = logging.getLogger(__name__)
T = TypeVar("T")

FETCH = timedelta(seconds=50)
"""The time for which Telegram holds a fetch open while nothing comes in."""

MOMENT = 0.5
"""Seconds that turns have to themselves before further updates are asked for."""


@dataclass
class Fetching:
    """Fetches until `stopping`. `receive` works an update through; what it raises means that it has to come again."""

    bot: ReadingBot
    receive: Callable[[Update], Awaitable[None]]
    clock: Clock
    policy: RetryPolicy
    stopping: asyncio.Event
    _in_hand: dict[int, asyncio.Task[None]] = field(default_factory=dict, init=False)
    """The turns of updates that are not confirmed yet, by update id."""
    _last_of: dict[int, asyncio.Task[None]] = field(default_factory=dict, init=False)
    """The last turn of each chat that has one under way."""
    _told: str = field(default="", init=False)

    async def run(self) -> None:
        """Fetch, begin turns, confirm; whatever was wrong with a fetch, another one follows."""
        offset = failures = 0
        while not self.stopping.is_set():
            try:
                held = timedelta() if self._under_way() else FETCH
                self._begin(await self._unless_stopped(self.bot.fetch(offset, held)) or ())
                left = await self._a_moment_later()
            except Exception as error:
                self._complain(error)
                failures += 1
                await self._pause(failures, asked_of(error))
            else:
                self._told = ""
                offset = self._confirmed(offset)
                failures = failures + 1 if left else 0
                if left:
                    await self._pause(failures)
        await self._all_done()

    async def _pause(self, failures: int, asked: timedelta = timedelta()) -> None:
        pause = max(asked, self.policy.wait(failures, 0))
        await self._unless_stopped(self.clock.sleep_until(self.clock.now() + pause))

    def _under_way(self) -> list[asyncio.Task[None]]:
        return [turn for turn in self._in_hand.values() if not turn.done()]

    def _begin(self, updates: Iterable[Update]) -> None:
        for update in sorted(updates, key=lambda update: update.update_id):  # as they came about, whatever brought them
            if update.update_id not in self._in_hand:
                chat = update.effective_chat.id if update.effective_chat else 0
                turn = asyncio.create_task(self._turn(update, self._last_of.get(chat)))
                self._in_hand[update.update_id] = self._last_of[chat] = turn

    async def _turn(self, update: Update, before: asyncio.Task[None] | None) -> None:
        if before:
            await before  # which raises where that one has to come again
        await self.receive(update)

    async def _a_moment_later(self) -> int:
        """Give turns a moment; returns how many of them have to come again. Nothing else goes on then."""
        if under_way := self._under_way():
            await asyncio.wait(under_way, timeout=MOMENT)
        if not any(map(_failed, self._in_hand.values())):
            return 0
        await self._all_done()
        left = sum(map(_failed, self._in_hand.values()))
        log.error("%d updates could not be committed; they are fetched again", left)
        return left

    async def _all_done(self) -> None:
        if under_way := self._under_way():
            await asyncio.wait(under_way)

    def _confirmed(self, offset: int) -> int:
        """The offset that confirms what is committed, up to the first that is not; what failed is forgotten here."""
        open_ids = [i for i, turn in self._in_hand.items() if not turn.done() or _failed(turn)]
        offset = min(open_ids) if open_ids else max(self._in_hand, default=offset - 1) + 1
        self._in_hand = {i: turn for i, turn in self._in_hand.items() if i >= offset and not _failed(turn)}
        self._last_of = {chat: turn for chat, turn in self._last_of.items() if not turn.done()}
        return offset

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return the result of the work; None if it was given up because the bot stops."""
        tasks = asyncio.create_task(work), asyncio.create_task(self.stopping.wait())
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = tasks[0].done()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return tasks[0].result() if done else None

    def _complain(self, error: Exception) -> None:
        """Say what is wrong: one line, however long it lasts."""
        if (wrong := _complaint(error)) != self._told:
            log.error(wrong)
        self._told = wrong


def _failed(turn: asyncio.Task[None]) -> bool:
    return turn.done() and turn.exception() is not None


def _complaint(error: Exception) -> str:
    match error:
        case Conflict():
            return SECOND_PROGRAM
        case InvalidToken():
            return WRONG_TOKEN
        case _:
            return f"Telegram: updates could not be fetched ({type(error).__name__}); it is tried again"
