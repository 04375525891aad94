"""The clock's reminders, and when it looks at a request next.

Claiming what is due, the message and the next instant are one commit that names the request's version: a person's or a
colleague's turn in between makes it stale, and it is decided anew. Several processes take turns, a batch each, under a
lock of the store, which a killed one lets go of.

Nothing comes within half an hour of a person's own message, whatever process they spoke to: their turn itself moves
what would come (`Reminding.scheduled`), so that nothing has to be remembered of when they wrote.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.model.errors import StaleCommit
from bot.model.identity import Account, Actor, Role
from bot.model.people import PersonalData
from bot.reminders.messages import HandOver
from bot.reminders.policy import Kind, Reminder, after_turn, due, is_stopped, look_again_at, next_at
from bot.request.commands import Expire, Remind
from bot.request.events import Event
from bot.request.lifecycle import apply, decide
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.staff.notices import Notices
from bot.store.port import DELIVER_WITHIN, Commit, Outgoing, RequestWrite, Store, Stored
from bot.texts.say import Say

log = logging.getLogger(__name__)

BATCH = 50
"""So many requests are committed at once: a few milliseconds, in which nobody else has a turn."""

_CLOCK = Account("clock", "", "reminders")
"""Whose lock the processes take turns with."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """The store, the words, and who is told of mails that nobody confirms."""

    store: Store
    hand_over: HandOver
    notices: Notices

    async def scheduled(self, commit: Commit, account: Account | None, now: datetime, time_zone: str = "") -> Commit:
        """The commit of a turn, with when the clock looks next at each request: at none of this person's right now.

        `time_zone`: where the person is by now, if their platform knows it.
        """
        policy = self.hand_over.policy
        writes = {write.request.id: write for write in commit.requests}
        for request in await self.store.requests(RequestQuery(account=account)) if account else ():
            moved = time_zone not in {"", request.time_zone}
            near = request.remind_at and (moved or request.remind_at <= now + policy.quiet_for)
            if near and request.id not in writes and (stored := await self.store.request(request.id)):
                writes[request.id] = RequestWrite(stored.value, stored.version)
        for request_id, write in writes.items():
            own, request = account is not None and write.request.account == account, write.request
            if own:
                request = replace(request, time_zone=time_zone or request.time_zone)
            at = after_turn(request, now, policy) if own else next_at(request, policy)
            writes[request_id] = replace(write, request=replace(request, remind_at=at))
        return replace(commit, requests=tuple(writes.values())) if writes else commit

    async def remind(self, now: datetime) -> None:
        """Bring what is due into the outbox. Raises StoreError: then the rest is due still."""
        while await self._batch(now):
            pass

    async def _batch(self, now: datetime) -> bool:
        """Handle one batch; return whether there was anything due."""
        async with self.store.account_lock(_CLOCK):
            batch = await self.store.due(now, BATCH)
            if not batch:
                return False
            try:
                await self.store.commit(await self._decided(batch, now))
            except StaleCommit:
                log.info("what a reminder was decided on moved on: it is decided anew")
            return True

    async def _decided(self, batch: Sequence[Stored[LicenseRequest]], now: datetime) -> Commit:
        requests = [stored.value for stored in batch]
        found = {r.request.id: r for r in due([*requests, *await self._others(requests)], now, self.hand_over.policy)}
        writes, outgoing = list[RequestWrite](), list[Outgoing]()
        for stored in batch:
            await asyncio.sleep(0)  # others have their turns between
            request = stored.value
            if reminder := found.get(request.id):
                returned = request.status is Status.RETURNED
                persons = await self.store.personal_data(request.id) if returned else None
                request, messages = self._happened(reminder, persons, now)
                outgoing += messages
            else:
                request = replace(request, remind_at=look_again_at(request, now, self.hand_over.policy))
            writes.append(RequestWrite(request, stored.version))
        log.info("%d due, %d messages", len(batch), len(outgoing))
        return Commit(requests=tuple(writes), outgoing=tuple(outgoing))

    async def _others(self, requests: Sequence[LicenseRequest]) -> list[LicenseRequest]:
        """Return the other requests of the same persons."""
        known = {request.id for request in requests}
        accounts = {request.account for request in requests if request.account}
        queries = [RequestQuery(account=account) for account in sorted(accounts)]
        found = [await self.store.requests(query) for query in queries if await self.store.count(query) > 1]
        return [request for of_account in found for request in of_account if request.id not in known]

    def _happened(
        self, reminder: Reminder, persons: PersonalData | None, now: datetime
    ) -> tuple[LicenseRequest, list[Outgoing]]:
        """The request after it, and who is told."""
        before = reminder.request
        event = decide(Expire() if reminder.kind is Kind.EXPIRY else Remind(), before, Actor(Role.CLOCK), now)
        assert isinstance(event, Event), "what is due is permitted"
        request = apply(before, event)
        request = replace(request, remind_at=next_at(request, self.hand_over.policy))
        outgoing = list(self._to_applicant(request, reminder.kind, persons, now))
        if reminder.kind is Kind.FOLLOW_UP:
            outgoing += self.notices.unconfirmed(request, now)
        if reminder.kind is Kind.CLOSING:
            say = Say("staff.closing", self.hand_over.closing(request))
            outgoing += self.notices.to_staff(say, request.id, now)
        return request, outgoing

    def _to_applicant(
        self, request: LicenseRequest, kind: Kind, persons: PersonalData | None, now: datetime
    ) -> tuple[Outgoing, ...]:
        """Nothing to somebody who wants no reminders (that an email expires is none), or whom no chat reaches."""
        if request.address is None or (is_stopped(request) and kind is not Kind.CLOSING):
            return ()
        message = self.hand_over.views.message(self.hand_over.reminder(request, kind, persons), "")
        lapses = kind in {Kind.REMINDER, Kind.LAST_REMINDER}
        deadline = request.remind_at if lapses and request.remind_at else now + DELIVER_WITHIN
        address = replace(request.address, thread="")  # a thread may be long out of sight
        return (Outgoing(address, message, now, deadline, request.id, lapses),)
