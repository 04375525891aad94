"""Fakes that implement the ports. They yield to the loop where the real ones wait, so that races show."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from bot.agreement.agreement import Agreement
from bot.dialogue.state import Conversation
from bot.document.port import Comparison, Form, Pdf
from bot.model.errors import RenderError, StaleCommit
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.json_codec import JsonObject
from bot.model.people import PersonalData
from bot.request.query import RequestQuery, predicate, searched
from bot.request.request import LicenseRequest
from bot.store import outbox
from bot.store.documents import names_one
from bot.store.memory.columns import Facts
from bot.store.port import Claim, Commit, OutboxEntry, Stored
from bot.terms.answer import Answer, AnswerKind, Verdict


class FakeStore:
    """The Store port in memory."""

    def __init__(self) -> None:
        self.locks: defaultdict[Account, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.talks: dict[Account, Stored[Conversation | None]] = {}
        self.stored: dict[RequestId, Stored[LicenseRequest]] = {}
        self.persons: dict[RequestId, PersonalData] = {}
        self.kept: dict[str, Stored[JsonObject]] = {}
        self.messages = dict[str, int]()
        self.entries: dict[int, OutboxEntry] = {}
        self.commits = self.last_entry = 0
        self.leases: dict[int, datetime] = {}
        self.changed = asyncio.Event()
        self.forgotten, self.older_copies = 0, tuple[str, ...]()

    def account_lock(self, account: Account) -> AbstractAsyncContextManager[None]:
        return self.locks[account]

    async def conversation(self, account: Account) -> Stored[Conversation | None]:
        await asyncio.sleep(0)
        return self.talks.get(account, Stored(None, 0))

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        await asyncio.sleep(0)
        found = ((account, stored.value, stored.version) for account, stored in self.talks.items())
        return {account: Stored(value, version) for account, value, version in found if value}

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        await asyncio.sleep(0)
        return self.stored.get(request_id)

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        await asyncio.sleep(0)
        found = [stored.value for stored in self.stored.values() if self._matches(stored.value, query)]
        ordered = sorted(found, key=lambda request: (request.since, request.id), reverse=not query.oldest_first)
        return ordered[query.offset :][: query.limit]

    async def count(self, query: RequestQuery) -> int:
        await asyncio.sleep(0)
        return sum(self._matches(stored.value, query) for stored in self.stored.values())

    async def due(self, by: datetime, limit: int) -> Sequence[Stored[LicenseRequest]]:
        await asyncio.sleep(0)
        found = [s for s in self.stored.values() if s.value.remind_at and s.value.remind_at <= by]
        return sorted(found, key=lambda stored: (stored.value.remind_at, stored.value.id))[:limit]

    def _matches(self, request: LicenseRequest, query: RequestQuery) -> bool:
        text = searched(request.id, self.persons.get(request.id))
        due = query.due_by is None or (request.remind_at is not None and request.remind_at <= query.due_by)
        return (
            query.account in {None, request.account}
            and query.status in {None, request.status}
            and all(predicate(condition)(Facts.of(request), text) for condition in query.all_conditions)
            and due
        )

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        await asyncio.sleep(0)
        return self.persons.get(request_id)

    async def record(self, key: str) -> Stored[JsonObject | None]:
        await asyncio.sleep(0)
        stored = self.kept.get(key)
        return Stored(stored.value, stored.version) if stored else Stored(None, 0)

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        await asyncio.sleep(0)
        return {key: self.kept[key] for key in sorted(self.kept) if key.startswith(prefix)}

    async def seen(self, message_id: str) -> bool:
        await asyncio.sleep(0)
        return message_id in self.messages

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        await asyncio.sleep(0)
        if commit.message_id in self.messages:
            return ()
        self._check_versions(commit)
        if commit.message_id:
            self.messages[commit.message_id] = self.commits + 1
        self.commits += 1
        if (write := commit.conversation) and write.conversation:
            self.talks[write.account] = Stored(write.conversation, self.commits)
        elif write:
            self.talks.pop(write.account, None)
        for change in commit.requests:
            self.stored[change.request.id] = Stored(change.request, self.commits)
        for record in commit.records:
            if record.content is None:
                self.kept.pop(record.key, None)
            else:
                self.kept[record.key] = Stored(record.content, self.commits)
        for request_id, persons in commit.personal_data.items():
            if persons is None:
                self.persons.pop(request_id, None)
            else:
                self.persons[request_id] = persons
        self.messages = {
            known: number
            for known, number in self.messages.items()
            if not names_one(known, commit.forgets) and number > commit.forgets_upto
        }
        self._update_outbox(commit)
        return tuple(self._entry(commit, i) for i in range(len(commit.outgoing)))

    def _update_outbox(self, commit: Commit) -> None:
        for entry in commit.rescheduled:
            if entry.id in self.entries:
                self.entries[entry.id] = entry
            self.leases.pop(entry.id, None)
        for gone in commit.delivered:
            self.entries.pop(gone, None)
            self.leases.pop(gone, None)
        if commit.outgoing:
            self.changed.set()

    def _entry(self, commit: Commit, index: int) -> OutboxEntry:
        self.last_entry += 1
        outgoing = commit.outgoing[index]
        entry = OutboxEntry(self.last_entry, outgoing, 0, outgoing.not_before)
        self.entries[entry.id] = entry
        return entry

    def _check_versions(self, commit: Commit) -> None:
        write = commit.conversation
        if write and self.talks.get(write.account, Stored(None, 0)).version != write.version:
            raise StaleCommit(f"the conversation of {write.account} moved on")
        for change in commit.requests:
            stored = self.stored.get(change.request.id)
            if (stored.version if stored else 0) != change.version:
                raise StaleCommit(f"{change.request.id} moved on")
        for record in commit.records:
            kept = self.kept.get(record.key)
            if (kept.version if kept else 0) != record.version:
                raise StaleCommit(f"record {record.key} moved on")

    async def outbox(self, address: DeliveryAddress | None = None) -> Sequence[OutboxEntry]:
        await asyncio.sleep(0)
        return [entry for _, entry in sorted(self.entries.items()) if address in {None, entry.outgoing.address}]

    async def claim(self, platforms: Collection[str], now: datetime, lease: timedelta, limit: int) -> Claim:
        await asyncio.sleep(0)
        waiting = [entry for _, entry in sorted(self.entries.items()) if entry.outgoing.address.platform in platforms]
        claim = outbox.claim(waiting, self.leases, now, limit)
        self.leases |= dict.fromkeys((entry.id for entry in claim.entries), now + lease)
        return claim

    async def seals(self) -> Mapping[str, int]:
        await asyncio.sleep(0)
        return {"": len(self.talks) + len(self.persons) + len(self.entries) + len(self.kept)}

    async def forget_history(self) -> tuple[str, ...]:
        await asyncio.sleep(0)
        self.forgotten += 1
        return self.older_copies

    async def outbox_changed(self) -> None:
        await self.changed.wait()
        self.changed.clear()

    async def aclose(self) -> None:
        await asyncio.sleep(0)


class FakeRenderer:
    """The Renderer port: a PDF that names its form. `broken` makes it fail."""

    def __init__(self) -> None:
        self.broken = False
        self.rendered: list[Form] = []

    async def render(self, form: Form) -> Pdf:
        await asyncio.sleep(0)
        if self.broken:
            raise RenderError("no PDF")
        self.rendered.append(form)
        return Pdf(f"%PDF {form.request_id} {form.number} {form.signer} {form.issued_at}".encode(), 2)

    async def compare(self, comparison: Comparison) -> Pdf:
        await asyncio.sleep(0)
        if self.broken:
            raise RenderError("no PDF")
        return Pdf(f"%PDF {comparison.old.version} {comparison.new.version} {comparison.effective}".encode(), 3)


class FakeTerms:
    """The Terms port: it knows that selling is forbidden, what "publish" may mean, and nothing else."""

    def __init__(self, agreement: Agreement) -> None:
        quote = agreement.quote("1-commercial", "selling data from the database")
        self.units = {
            "sell": Answer(
                (quote.clause,),
                Verdict.NO,
                "Selling the data is not allowed.",
                (quote,),
                "sell",
                1.0,
                headline="Not allowed",
            ),
        }

    def answer(self, asked: str, previous: str | None = None) -> Answer:
        if "sell" in asked:
            return self.units["sell"]
        if "publish" in asked:
            return Answer((), Verdict.UNKNOWN, "Do you mean one of these?", readings=("sell",), kind=AnswerKind.UNCLEAR)
        return Answer(
            (), Verdict.UNKNOWN, "The LA does not say. Ask xiaobai.li@oulu.fi.", unit="silent", kind=AnswerKind.SILENT
        )

    def unit_answer(self, unit_id: str) -> Answer:
        return self.units[unit_id]

    def label(self, unit_id: str) -> str:
        return f"About: {unit_id}"

    def is_question(self, text: str) -> bool:
        return text.endswith("?") and text.startswith(("May", "Can", "Is"))

    def plain(self, clause_id: str) -> str:
        return f"The plain words of {clause_id}."


class FakeClock:
    """The Clock port, at whatever instant the test says it is."""

    def __init__(self, now: datetime) -> None:
        self.instant = now
        self.sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        return self.instant

    async def sleep_until(self, at: datetime) -> None:
        sleeper = (at, asyncio.Event())
        if at > self.instant:
            self.sleepers.append(sleeper)
            try:
                await sleeper[1].wait()
            finally:
                self.sleepers.remove(sleeper)

    def advance_to(self, instant: datetime) -> None:
        self.instant = instant
        for at, wake in self.sleepers:
            if at <= instant:
                wake.set()

    @property
    def next_wake(self) -> datetime | None:
        """The first instant that anybody sleeps for."""
        return min((at for at, _ in self.sleepers), default=None)
