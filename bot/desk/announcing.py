"""The commands to announce a new version of the LA, and to call one off before its day: both ask first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.views import DeskOffer
from bot.model.identity import RequestId
from bot.request.events import Happened
from bot.request.status import Status
from bot.texts.choice import SURELY
from bot.texts.say import Say, Value
from bot.versions.announcement import Announcement, answer
from bot.versions.announcements import Announcing, Plan, pages
from bot.versions.messages import ChangeViews

_WANTED = re.compile(r"(\S+)\s+(?:on|from)?\s*(\d{4}-\d{2}-\d{2})(?:\s+typo(?:-only)?:?\s+(\S.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DeskAnnouncing:
    """The handlers of the two commands."""

    announcing: Announcing
    views: ChangeViews

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {"announce": self._announce, "call off": self._call_off}

    async def _announce(self, turn: DeskTurn) -> Reply:
        wanted = _WANTED.fullmatch(turn.said.words)
        day = _day(wanted[2]) if wanted else None
        if wanted is None or day is None:
            return Reply((Say("announce.how"),))
        plan = await self.announcing.plan(wanted[1], day, wanted[3] or "", turn.now)
        if isinstance(plan, Say):
            return Reply((plan,))
        if plan.known:
            return Reply((Say("announce.again", values_of(plan)),))
        if not turn.said.surely:
            says = (*self.views.preview(plan), Say("announce.ask"))
            compared = self.views.comparison(plan.announcement)
            asked, words = (DeskOffer(SURELY, "surely"),), f"announce {turn.said.words}"
            return Reply(says, asked, confirm=words, document=compared)
        records = await self.announcing.written(plan.announcement, turn.actor)
        return Reply((Say("announce.done", values_of(plan)),), records=records)

    async def _call_off(self, turn: DeskTurn) -> Reply:
        version = next(iter(turn.said.words.split()), "") or await self._coming(turn.now)
        announcement = await self.announcing.to_call_off(version, turn.now)
        if isinstance(announcement, Say):
            return Reply((announcement,))
        if not turn.said.surely:
            ask = await self.asked(announcement)
            return Reply((ask,), (DeskOffer(SURELY, "surely"),), confirm=f"call off {version}")
        records = await self.announcing.written(announcement, turn.actor)
        return Reply(await self.called_off(announcement), records=records)

    async def asked(self, announcement: Announcement) -> Say:
        """Return the question before a version is called off."""
        return Say("announce.call_off_ask", _concerned(announcement, await self._opted_out(announcement)))

    async def called_off(self, announcement: Announcement) -> tuple[Say, ...]:
        """Return the confirmation that it was called off, with the licenses that ended because of it."""
        opted_out = await self._opted_out(announcement)
        lines = (Say("announce.opted_out", {"request_id": request_id}) for request_id in opted_out)
        return (Say("announce.called_off", _concerned(announcement, opted_out)), *lines)

    async def _coming(self, now: datetime) -> str:
        """The version whose day is still to come, empty where there is none."""
        known = await self.announcing.learn(now)
        return next((a.version for a in known if a.effective_at > now), "")

    async def _opted_out(self, announcement: Announcement) -> list[RequestId]:
        """Those whose license ended because they opted out of what now does not come."""
        found = list[RequestId]()
        async for page in pages(self.announcing.store, (Status.VOID,)):
            answers = ((request.id, answer(request, announcement)) for request in page)
            found += [request_id for request_id, event in answers if event and event.happened is Happened.OPTED_OUT]
        return found


def _concerned(announcement: Announcement, opted_out: Sequence[RequestId]) -> dict[str, Value]:
    values: dict[str, Value] = {"version": announcement.version, "old": announcement.previous}
    return values | {"effective": announcement.effective_at, "opted_out": len(opted_out)}


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def values_of(plan: Plan) -> dict[str, Value]:
    """Return the values of an announcement that was made: its version and day, how many are told of it, and how."""
    announcement = plan.announcement
    return {
        "version": announcement.version,
        "effective": announcement.effective_at,
        "told": plan.holders - plan.unreachable,
        "unreachable": plan.unreachable,
    }
