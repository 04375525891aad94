"""The wall clock, in UTC, and waiting for an instant of it."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The instant, in UTC."""

    def now(self) -> datetime:
        """The instant, in UTC."""
        ...

    async def sleep_until(self, at: datetime) -> None:
        """Return at that instant, or at once where it is past."""
        ...


LONGEST = 3600.0
"""Seconds. A sleep does not notice that the machine was suspended or its clock set: it is looked at again."""


class SystemClock:
    """`bot.store.port.Clock` on the machine's own clock."""

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, at: datetime) -> None:
        """Return at that instant, or at once where it is past."""
        while (left := (at - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - an instant is no event
            await asyncio.sleep(min(left, LONGEST))
