"""The time zones of people, as Slack knows them: for reminders by day. Asked beside the turns, and kept for a day.

Nothing waits for Slack's answer, and nothing depends on it: who is not known yet, or cannot be asked about, has no time
zone here, and the bot's own counts.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from adapters.slack.client import Calls
from bot.model.errors import DeliveryFailed

log = logging.getLogger(__name__)

KEPT = timedelta(days=1)


@dataclass(slots=True)
class Zones:
    """Slack's time zones of people in the last day: IANA names, empty where it said none. `most` are remembered."""

    calls: Calls
    now: Callable[[], datetime]
    most: int = 10_000
    _known: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _asking: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def of(self, user: str) -> str:
        """The person's time zone as far as it is known, empty where it is not; then Slack is asked, beside the turn."""
        zone, until = self._known.get(user, ("", None))
        if (until is None or self.now() >= until) and user not in self._asking:
            self._asking[user] = asyncio.create_task(self._ask(user, zone))
        return zone

    async def settled(self) -> None:
        """Return when nothing is being asked."""
        await asyncio.gather(*self._asking.values())

    async def _ask(self, user: str, before: str) -> None:
        try:
            answer = await self.calls.tried(partial(self.calls.client.users_info, user=user))
            zone = str((answer.get("user") or {}).get("tz") or "")
        except DeliveryFailed as error:
            log.warning("a time zone is not known: %s", error)
            zone = before
        finally:
            del self._asking[user]
        self._known.pop(user, None)
        self._known[user] = zone, self.now() + KEPT
        while len(self._known) > self.most:
            del self._known[next(iter(self._known))]
