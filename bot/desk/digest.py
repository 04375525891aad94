"""Scheduled messages to staff: the digest of the day, and once a week a sign that everything works.

Each writes in its own commit for which day (or week) it was: another process, a restart or a clock set back tells
nothing twice, and after days without a bot there is one digest, which reaches back to the last. A time that a day does
not have because clocks go forward is the one that follows; one that it has twice is the first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.desk.search import waiting
from bot.desk.views import DeskViews
from bot.model.daily import Daily
from bot.model.errors import StaleCommit
from bot.model.identity import Actor, DeliveryAddress, RequestId, Role
from bot.model.json_codec import JsonObject
from bot.model.people import Standing
from bot.reminders.policy import Kind, ReminderPolicy, due, within_hours
from bot.request.lifecycle import open_request
from bot.request.query import AllOf, AnyOf, Changed, Condition, RequestQuery, Stands
from bot.request.request import LicenseRequest, Opening, Party
from bot.request.status import Document, Status
from bot.staff.notices import Notices
from bot.store.port import Commit, OutboxEntry, RecordWrite, Store
from bot.texts.say import Say

DIGEST, CANARY = "desk/digest", "desk/canary"
"""The keys of the records of the last digest and the last canary."""

SILENT_AFTER = timedelta(days=7)
"""So long after it was returned a request counts as silent."""

_MOST_LINES = 10
_REMINDED = "reminded"

_RETURNED = Stands(frozenset((Status.RETURNED, standing) for standing in Standing))
_RECEIVED = Stands(frozenset((Status.RECEIVED, standing) for standing in Standing))
_WAITS_OUTSIDE = waiting(frozenset({Party.APPLICANT, Party.SIGNER}))


@dataclass(frozen=True, slots=True)
class Digest:
    """The daily job."""

    store: Store
    views: DeskViews
    notices: Notices
    daily: Daily

    async def tell(self, now: datetime) -> None:
        """Tell the day's digest, if its time has come and it was not told."""
        day, stored = self.daily.last_due(now), await self.store.record(DIGEST)
        if stored.value and date.fromisoformat(stored.value["day"]) >= day:
            return
        since = datetime.fromisoformat(stored.value["at"]) if stored.value else now - timedelta(days=1)
        says = await self.says(since, now)
        outgoing = tuple(self.notices.telling(self.views.message(says), now))
        content: JsonObject = {"day": day.isoformat(), "at": now.isoformat()}
        record = RecordWrite(DIGEST, content, stored.version)
        try:
            await self.store.commit(Commit(f"digest:{day.isoformat()}", records=(record,), outgoing=outgoing))
        except StaleCommit:  # another process told it
            return

    async def says(self, since: datetime, now: datetime) -> tuple[Say, ...]:
        """Return the news since an instant, and the requests that wait now. Ids, statuses and days: no names."""
        outbox = [entry for entry in await self.store.outbox() if entry.undeliverable]
        silent = AllOf((_RETURNED, Changed(before=now - SILENT_AFTER)))
        return (
            Say("digest.head", {"day": now.astimezone(self.daily.zone)}),
            *await self._listed("digest.new", await self._new(since), now),
            *await self._listed("digest.waiting", waiting(frozenset({Party.STAFF})), now),
            *await self._listed("digest.silent", silent, now),
            *self._undeliverable(outbox),
            Say("digest.reminders", {"count": await self._reminders(since)}),
        )

    async def _listed(self, text: str, wanted: Condition | Sequence[LicenseRequest], now: datetime) -> tuple[Say, ...]:
        """A heading with the count, and a line each for the first of them, the oldest first."""
        if isinstance(wanted, Sequence):
            found, count = wanted, len(wanted)
        else:
            query = RequestQuery(conditions=(wanted,), oldest_first=True)
            found, count = await self.store.requests(replace(query, limit=_MOST_LINES)), await self.store.count(query)
        lines = tuple(Say("desk.line", self.views.line(request, now)) for request in found[:_MOST_LINES])
        more = (Say("digest.more", {"count": count - _MOST_LINES}),) if count > _MOST_LINES else ()
        return (Say(text if count else f"{text}_none", {"count": count}), *lines, *more)

    async def _new(self, since: datetime) -> list[LicenseRequest]:
        """Return the requests made since; those registered by hand count from the older day of their paper."""
        query = RequestQuery(conditions=(AnyOf((Changed(after=since), _RECEIVED)),), oldest_first=True)
        return [request for request in await self.store.requests(query) if request.events[0].at >= since]

    def _undeliverable(self, entries: Sequence[OutboxEntry]) -> Iterator[Say]:
        if entries:
            yield Say("digest.undeliverable", {"count": len(entries)})
        for entry in entries[:_MOST_LINES]:
            address, about = entry.outgoing.address, entry.outgoing.about or "-"
            yield Say("digest.undelivered", {"about": about, "platform": address.platform})

    async def _reminders(self, since: datetime) -> int:
        """Reminders leave requests where they stand, so all that wait are looked at."""
        found = await self.store.requests(RequestQuery(conditions=(_WAITS_OUTSIDE,)))
        return sum(e.happened == _REMINDED and e.at >= since for request in found for e in request.events)


@dataclass(frozen=True, slots=True)
class Canary:
    """The weekly job. `reminds`: whether a request that was left alone for a week would be reminded of now."""

    store: Store
    views: DeskViews
    notices: Notices
    daily: Daily
    reminds: Callable[[datetime], bool]

    async def tell(self, now: datetime) -> None:
        """Give the week's sign of life, if its time has come and it was not given."""
        day = self.daily.last_due(now)
        week, stored = f"{day:%G-W%V}", await self.store.record(CANARY)
        if stored.value and stored.value["week"] >= week:
            return
        digest = (await self.store.record(DIGEST)).value
        says = [
            Say("canary.head", {"week": week}),
            Say("canary.reminds" if self.reminds(now) else "canary.reminds_not"),
            Say("canary.digest", {"at": datetime.fromisoformat(digest["at"])}) if digest else Say("canary.no_digest"),
        ]
        record = RecordWrite(CANARY, {"week": week, "at": now.isoformat()}, stored.version)
        outgoing = tuple(self.notices.telling(self.views.message(says), now))
        try:
            await self.store.commit(Commit(f"canary:{week}", records=(record,), outgoing=outgoing))
        except StaleCommit:  # another process gave it
            return


def reminds(policy: ReminderPolicy) -> Callable[[datetime], bool]:
    """Return a test if a canary would be reminded: a request that is nowhere stored and was left alone for long enough.

    It is asked of the very plan that applicants are reminded by, in the next of the hours in which that is done.
    """

    def canary_reminded(now: datetime) -> bool:
        made_at = now - timedelta(days=1 + (*policy.days, policy.every)[0])
        document = Document(1, "", "", "", 0, made_at)
        address = DeliveryAddress("canary", "canary")
        opening = Opening(RequestId("canary"), "", Standing.SIGNER, None, address)
        canary = open_request(opening, document, Actor(Role.APPLICANT))
        found = due([canary], within_hours(now, canary, policy), policy)
        return any(reminder.kind is not Kind.EXPIRY for reminder in found)

    return canary_reminded
