"""The calendar of what is kept: forms nobody goes on with are warned about and go, closed requests lose their persons.

It looks through requests once a day, at a quiet hour, and lets the store forget what was there before; through forms
once a working day, within the hours that reminders keep. It goes by what is stored and by the instant alone. Each
change names the version that it was decided on, so that whoever writes meanwhile is not overtaken, and several
processes or a restart do nothing twice.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.dialogue.state import Conversation
from bot.model.daily import Daily
from bot.model.errors import StaleCommit
from bot.model.identity import Account, Actor, RequestId, Role, address_of
from bot.privacy.chat_clearing import SENT, is_over
from bot.privacy.erasure import Erasing
from bot.privacy.retention import DraftDue, Going, Retention
from bot.reminders.policy import ReminderPolicy, open_at
from bot.request.commands import Erase
from bot.request.lifecycle import Refused, apply, decide
from bot.request.query import Changed, Condition, Contains, Place, RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.outbox import is_dead
from bot.store.port import DELIVER_WITHIN, Commit, ConversationWrite, Outgoing, RecordWrite, RequestWrite, Stored
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say

log = logging.getLogger(__name__)

QUIET_AT = time(3)
"""The hour at which the desk sleeps, and rewriting the store disturbs nobody."""

_LISTED = 50
"""So many requests are brought up for review at once, the oldest."""

_AT_ONCE = 500
"""So many records go in one commit: other turns have their chance between two."""

MARKS = "desk/marks"
"""The record of how far commits were at the last days' looks."""

IDS_KEPT_FOR = timedelta(weeks=5)
"""Ids of messages: longer than any platform delivers again, and than the month in which staff are asked once."""

KNOWN: Condition = Contains("@", Place.EMAIL)
"""Its persons are known: their addresses are."""


class Kept(Protocol):
    """A port for the stored conversations and requests."""

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """All conversations that are under way."""
        ...

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """The requests that the query asks for, the last changed first."""
        ...

    async def count(self, query: RequestQuery) -> int:
        """Return the number of matches of a query."""
        ...


@dataclass(frozen=True, slots=True)
class Outlook:
    """The coming deletions: requests by status that lose their persons, the next of them, and unfinished forms."""

    ended: Mapping[Status, int]
    next: Sequence[Going]
    forms: int
    first_form_at: datetime | None
    unconfirmed: int
    first_expires_at: datetime | None
    undecided: Sequence[RequestId]


async def outlook(kept: Kept, retention: Retention, most: int, now: datetime) -> Outlook:
    """Return the coming deletions; `most` requests are listed."""
    ended, oldest = dict[Status, int](), list[LicenseRequest]()
    for status in retention.months:
        query = RequestQuery(status=status, conditions=(KNOWN,))
        ended[status] = count = await kept.count(query)
        oldest += await kept.requests(replace(query, offset=max(0, count - most)))
    forms = [stored.value for stored in (await kept.conversations()).values()]
    ends = [at for form in forms if (at := retention.draft_ends_at(form))]
    emailed = RequestQuery(status=Status.EMAILED, limit=1, oldest_first=True)
    first = [request.since + timedelta(days=retention.undecided) for request in await kept.requests(emailed)]
    return Outlook(
        ended,
        retention.going(oldest)[:most],
        len(forms),
        min(ends, default=None),
        await kept.count(emailed),
        min(first, default=None),
        [request.id for request in await kept.requests(undecided(retention, now, most))],
    )


def undecided(retention: Retention, now: datetime, most: int) -> RequestQuery:
    """Return the query for requests received so long ago that people have to review them; the clock decides none."""
    before = Changed(before=now - timedelta(days=retention.undecided))
    return RequestQuery(status=Status.RECEIVED, conditions=(before,), limit=most, oldest_first=True)


@dataclass(slots=True)
class Keeping:
    """The clock's job. Erasures that a crash left unfinished are finished first, each time it is asked.

    `daily`: when requests are looked through; also at its first call, for nobody knows how long the bot was away. Done
    twice, it finds nothing to do. `policy`: when somebody may be warned that their form goes.
    """

    erasing: Erasing
    daily: Daily
    policy: ReminderPolicy
    _looked_on: date | None = field(default=None, init=False)
    _warned_on: date | None = field(default=None, init=False)

    async def __call__(self, now: datetime) -> None:
        """Do what is due. Raises StoreError: then the rest waits for the next time."""
        await self.erasing.finish(now)
        zone = ZoneInfo(self.policy.time_zone)
        today = now.astimezone(zone).date()
        if self._warned_on != today and open_at(now, zone, self.policy) == now:
            await self.forms(now)
            self._warned_on = today
        if self._looked_on != (day := self.daily.last_due(now)):
            await self.look(now)
            self._looked_on = day

    async def forms(self, now: datetime) -> None:
        """Warn of forms that nobody goes on with, and delete those whose time is over."""
        for account, stored in (await self.erasing.store.conversations()).items():
            await self._form(account, stored, now)

    async def look(self, now: datetime) -> None:
        """Look through the requests that ended, and forget the history of all that went or changed."""
        gone = 0
        for status, before in self.erasing.retention.looked_at(now):
            query = RequestQuery(status=status, conditions=(KNOWN, Changed(before=before)))
            for request in self.erasing.retention.due(await self.erasing.store.requests(query), now):
                gone += await self._forgotten(request, now)
        await self._review(now)
        await self._scheduled(now)
        await self._ids_forgotten(now)
        await self._dead_forgotten(now)
        await self._old_ids_forgotten(now)
        copies = await self.erasing.store.forget_history()
        await self._once_a_month("copies", self.erasing.told_of_copies(copies, now), now)
        log.info("%d requests lost their persons: their time was over", gone)

    async def _review(self, now: datetime) -> None:
        """Ask staff, once a month, to decide what was received long ago."""
        if found := await self.erasing.store.requests(undecided(self.erasing.retention, now, _LISTED)):
            say = Say("staff.undecided", {"requests": ", ".join(request.id for request in found)})
            await self._once_a_month("review", self.erasing.notices.to_staff(say, None, now), now)

    async def _once_a_month(self, what: str, told: Iterable[Outgoing], now: datetime) -> None:
        """Tell staff, if there is something to tell and they were not told of it in this month."""
        store, once, outgoing = self.erasing.store, f"{what}:{now:%Y-%m}", tuple(told)
        if outgoing and not await store.seen(once):
            await store.commit(Commit(once, outgoing=outgoing))

    async def _scheduled(self, now: datetime) -> None:
        """Have the clock look at emails that were followed up before there was an expiry of them."""
        emailed = await self.erasing.store.requests(RequestQuery(status=Status.EMAILED))
        for request in [request for request in emailed if request.remind_at is None]:
            stored = await self.erasing.store.request(request.id)
            if stored and stored.value == request:
                write = RequestWrite(replace(request, remind_at=now), stored.version)
                with suppress(StaleCommit):
                    await self.erasing.store.commit(Commit(requests=(write,)))

    async def _ids_forgotten(self, now: datetime) -> None:
        """Ids of what was said in chats go once it can be deleted there no more, so many of them in a commit."""
        kept = await self.erasing.store.records(SENT)
        over = [RecordWrite(key, None, each.version) for key, each in kept.items() if is_over(each.value, now)]
        for begin in range(0, len(over), _AT_ONCE):
            try:
                await self.erasing.store.commit(Commit(records=tuple(over[begin : begin + _AT_ONCE])))
            except StaleCommit:
                log.info("somebody was erased just now")

    async def _dead_forgotten(self, now: datetime) -> None:
        """Delete undeliverable messages, which may hold a form's content, at the age at which a form goes.

        What is about a request goes with that.
        """
        born_before = now - timedelta(days=self.erasing.retention.draft)
        outbox = [entry for entry in await self.erasing.store.outbox() if not entry.outgoing.about]
        dead = tuple(e.id for e in outbox if is_dead(e, now) and e.outgoing.not_before <= born_before)
        if dead:
            await self.erasing.store.commit(Commit(delivered=dead))

    async def _old_ids_forgotten(self, now: datetime) -> None:
        """Ids of messages have no date: those go that were there at a look so long ago. There is one look a day."""
        stored = await self.erasing.store.record(MARKS)
        known = stored.value or {"at": "", "marks": {}}
        if known["at"] and datetime.fromisoformat(known["at"]) > now - timedelta(hours=20):
            return
        marks: dict[str, int] = known["marks"] | ({known["at"]: stored.version} if known["at"] else {})
        over = {at for at in marks if datetime.fromisoformat(at) <= now - IDS_KEPT_FOR}
        left = {at: number for at, number in marks.items() if at not in over}
        write = RecordWrite(MARKS, {"at": now.isoformat(), "marks": left}, stored.version)
        upto = max((marks[at] for at in over), default=0)
        with suppress(StaleCommit):  # another process looked
            await self.erasing.store.commit(Commit(records=(write,), forgets_upto=upto))

    async def _form(self, account: Account, stored: Stored[Conversation], now: datetime) -> None:
        form = stored.value
        match self.erasing.retention.draft_due(form, now):
            case DraftDue.COUNT:
                write = ConversationWrite(account, replace(form, touched_at=now), stored.version)
                await self._written(Commit(conversation=write))
            case DraftDue.WARN:
                await self._written(self._warned(account, stored, now))
            case DraftDue.DELETE:
                await self._written(await self._gone(account, stored, now))
            case DraftDue.NOTHING:
                pass

    async def _written(self, commit: Commit) -> None:
        try:
            await self.erasing.store.commit(commit)
        except StaleCommit:
            log.info("a form was gone on with just now")

    def _warned(self, account: Account, stored: Stored[Conversation], now: datetime) -> Commit:
        form = replace(stored.value, warned_at=now)
        write = ConversationWrite(account, form, stored.version)
        return Commit(conversation=write, outgoing=(self._warning(account, form, now),))

    async def _gone(self, account: Account, stored: Stored[Conversation], now: datetime) -> Commit:
        """The form deleted, with a warning that did not arrive. One that may yet arrive is given anew, for a later day.

        That goes on for as long as messages are tried for.
        """
        form, outbox = stored.value, await self.erasing.store.outbox(address_of(account))
        unheard = [e for e in outbox if e.outgoing.not_before == form.warned_at and not e.outgoing.about]
        dropped = tuple(entry.id for entry in unheard)
        given_up_at = (form.touched_at or now) + timedelta(days=self.erasing.retention.draft) + DELIVER_WITHIN
        if now < given_up_at and not all(is_dead(entry, now) for entry in unheard):
            return replace(self._warned(account, stored, now), delivered=dropped)
        return Commit(conversation=ConversationWrite(account, None, stored.version), delivered=dropped)

    def _warning(self, account: Account, form: Conversation, now: datetime) -> Outgoing:
        assert form.touched_at
        at = self.erasing.retention.draft_ends_at(form)
        assert at
        say = Say("draft_goes", {"since": form.touched_at, "at": at}, (Offer(Choice.HELP), Offer(Choice.CANCEL)))
        message = self.erasing.notices.views.message([say], form.token)
        return Outgoing(address_of(account), message, now, now + DELIVER_WITHIN)

    async def _forgotten(self, listed: LicenseRequest, now: datetime) -> bool:
        """Return whether the request lost its persons; False if somebody moved it just now."""
        stored = await self.erasing.store.request(listed.id)
        if stored is None or stored.value != listed:
            return False
        erased = decide(Erase(), listed, Actor(Role.CLOCK), now)
        if isinstance(erased, Refused):  # pragma: no cover - a status that ends is no open one
            return False
        write = RequestWrite(apply(listed, erased), stored.version)
        # What was said of it may name its persons, and what cannot be delivered would stay for ever.
        unsaid = tuple(e.id for e in await self.erasing.store.outbox() if e.outgoing.about == listed.id)
        commit = Commit(requests=(write,), personal_data={listed.id: None}, delivered=unsaid)
        try:
            await self.erasing.store.commit(commit)
        except StaleCommit:
            return False
        return True
