"""Fakes that implement the ports. They yield to the loop where the real ones wait, so that races show."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from bot.dialogue import Conversation
from bot.errors import StaleCommit
from bot.lifecycle import LicenseRequest
from bot.model import Account, DeliveryAddress, PersonalData, RequestId
from bot.ports import Commit, OutboxEntry, RequestQuery, Stored


class FakeStore:
    """The Store port in memory."""

    def __init__(self) -> None:
        self.locks: defaultdict[Account, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.conversations: dict[Account, Stored[Conversation | None]] = {}
        self.stored: dict[RequestId, Stored[LicenseRequest]] = {}
        self.persons: dict[RequestId, PersonalData] = {}
        self.messages: set[str] = set()
        self.entries: dict[int, OutboxEntry] = {}
        self.last_entry = 0

    def account_lock(self, account: Account) -> AbstractAsyncContextManager[None]:
        return self.locks[account]

    async def conversation(self, account: Account) -> Stored[Conversation | None]:
        await asyncio.sleep(0)
        return self.conversations.get(account, Stored(None, 0))

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        await asyncio.sleep(0)
        return self.stored.get(request_id)

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        await asyncio.sleep(0)
        found = [stored.value for stored in self.stored.values() if self._matches(stored.value, query)]
        return sorted(found, key=lambda request: request.since, reverse=True)

    def _matches(self, request: LicenseRequest, query: RequestQuery) -> bool:
        words = f"{request.id} {self.persons.get(request.id, '')}".casefold()
        due = query.due_by is None or (request.remind_at is not None and request.remind_at <= query.due_by)
        return (
            query.account in {None, request.account}
            and query.status in {None, request.status}
            and query.text.casefold() in words
            and due
        )

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        await asyncio.sleep(0)
        return self.persons.get(request_id)

    async def seen(self, message_id: str) -> bool:
        await asyncio.sleep(0)
        return message_id in self.messages

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        await asyncio.sleep(0)
        if commit.message_id in self.messages:
            return ()
        self._check_versions(commit)
        if commit.message_id:
            self.messages.add(commit.message_id)
        if write := commit.conversation:
            self.conversations[write.account] = Stored(write.conversation, write.version + 1)
        for change in commit.requests:
            self.stored[change.request.id] = Stored(change.request, change.version + 1)
        for request_id, persons in commit.personal_data.items():
            if persons is None:
                self.persons.pop(request_id, None)
            else:
                self.persons[request_id] = persons
        for gone in commit.delivered:
            self.entries.pop(gone, None)
        self.entries |= {entry.id: entry for entry in commit.rescheduled}
        return tuple(self._entry(commit, i) for i in range(len(commit.outgoing)))

    def _entry(self, commit: Commit, index: int) -> OutboxEntry:
        self.last_entry += 1
        outgoing = commit.outgoing[index]
        entry = OutboxEntry(self.last_entry, outgoing, 0, outgoing.not_before)
        self.entries[entry.id] = entry
        return entry

    def _check_versions(self, commit: Commit) -> None:
        write = commit.conversation
        if write and self.conversations.get(write.account, Stored(None, 0)).version != write.version:
            raise StaleCommit(f"the conversation of {write.account} moved on")
        for change in commit.requests:
            stored = self.stored.get(change.request.id)
            if (stored.version if stored else 0) != change.version:
                raise StaleCommit(f"{change.request.id} moved on")

    async def outbox(self, address: DeliveryAddress | None = None) -> Sequence[OutboxEntry]:
        await asyncio.sleep(0)
        return [entry for _, entry in sorted(self.entries.items()) if address in {None, entry.outgoing.address}]

    async def aclose(self) -> None:
        await asyncio.sleep(0)
