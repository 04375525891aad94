"""The Store port on TinyDB and its journal: the default, for one bot process with a disk of its own."""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import msgspec

from bot.dialogue.state import Conversation
from bot.model.errors import StaleCommit, StoreError
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.json_codec import JsonObject
from bot.model.people import PersonalData
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.store.documents import CONVERSATIONS, OUTBOX, PERSONS, RECORDS, REQUESTS, SEEN_KEPT, Kind, Record, names_one
from bot.store.encryption import seals_of
from bot.store.journal.tinydb_tables import JournalDB
from bot.store.memory.contents import Contents
from bot.store.memory.outbox_index import Waiting
from bot.store.port import Claim, Commit, OutboxEntry, Stored

log = logging.getLogger(__name__)

T = TypeVar("T")

SEEN, STATE = "seen", "state"

PAUSE = 1_000
"""So many commits are made before a compaction that the disk refused is tried again."""

AT_HAND = 1_000
"""So many conversations are kept as they are, beside their documents."""

WARMED_AT_ONCE = 500
"""So many rows are made before turns have their chance again: a few milliseconds."""


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """Nothing is garbage while 100,000 documents are read: looking for it takes a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class TinyDBStore:
    """`bot.store.port.Store` in the file at `path`, for one event loop.

    Raises StoreLocked where another process writes to it, StoreDamaged where it cannot be read, StoreEncrypted where it
    is encrypted with a key that is not in use.
    """

    def __init__(self, path: Path, seen_kept: int = SEEN_KEPT) -> None:
        self._seen_kept = seen_kept
        self._locks: WeakValueDictionary[Account, asyncio.Lock] = WeakValueDictionary()
        self._at_hand: dict[str, Stored[Conversation]] = {}
        """The conversations that were written last: whoever writes again is answered without reading theirs."""
        self._outbox_changed = asyncio.Event()
        self._compaction: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._no_compaction_before = 0
        with _garbage_left_alone():
            self._db = JournalDB(path)
            self._journal = self._db.storage.journal
            try:
                self._load()
            except BaseException:
                self._db.close()
                raise

    def _load(self) -> None:
        """Read into memory what is not answered by looking up a document."""
        self._contents = Contents(self._journal.tables)
        self._history_to_erase = self._journal.has_history  # of a process that ended before it could
        state = self._db.journaled(STATE).lookup(STATE)
        self._sequence: int = state["last"] if state else 0
        entries = (self._contents.value(OUTBOX, key) for key in sorted(self._rows(OUTBOX.table), key=int))
        self._outbox = Waiting(entry for entry in entries if entry)

    def _rows(self, table: str) -> dict[str, bytes]:
        return self._contents.rows(table)

    def account_lock(self, account: Account) -> AbstractAsyncContextManager[None]:
        """See the port. A lock lives as long as somebody holds it or waits for it."""
        return self._locks.setdefault(account, asyncio.Lock())

    async def conversation(self, account: Account) -> Stored[Conversation | None]:
        """See the port."""
        return self._conversation(str(account))

    def _conversation(self, key: str) -> Stored[Conversation | None]:
        stored = self._at_hand.get(key) or self._contents.stored(CONVERSATIONS, key)
        return Stored(stored.value, stored.version) if stored else Stored(None, 0)

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """See the port."""
        return self._contents.conversations()

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """See the port."""
        return self._contents.stored(REQUESTS, request_id)

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """See the port."""
        return self._contents.requests(query)

    async def due(self, by: datetime, limit: int) -> Sequence[Stored[LicenseRequest]]:
        """See the port."""
        found = (self._contents.stored(REQUESTS, key) for key in self._contents.index.due(by, limit))
        return [stored for stored in found if stored]

    async def count(self, query: RequestQuery) -> int:
        """See the port."""
        return self._contents.index.count(query)

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """See the port."""
        return self._contents.personal_data(request_id)

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """See the port."""
        return self._contents.record(key)

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """See the port."""
        return self._contents.records(prefix)

    async def seen(self, message_id: str) -> bool:
        """See the port. A turn that is being written now is waited for."""
        if message_id not in self._rows(SEEN):
            return False
        await self._journal.durable()
        return True

    async def outbox(self, address: DeliveryAddress | None = None) -> Sequence[OutboxEntry]:
        """See the port."""
        return self._outbox.listed(address)

    async def claim(self, platforms: Collection[str], now: datetime, lease: timedelta, limit: int) -> Claim:
        """See the port. Leases are kept in memory: with the process that held them, they are gone."""
        claim = self._outbox.claim(platforms, now, lease, limit)
        await self._journal.durable()  # nothing is sent before it is safe
        return claim

    async def outbox_changed(self) -> None:
        """See the port."""
        await self._outbox_changed.wait()
        self._outbox_changed.clear()

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        """See the port. Turns that commit at the same time share one sync of the disk."""
        entries: tuple[OutboxEntry, ...] = ()
        if commit.message_id not in self._rows(SEEN):
            self._check_versions(commit)
            version = self._sequence + 1
            entries = tuple(
                OutboxEntry(number, outgoing, 0, outgoing.not_before)
                for number, outgoing in enumerate(commit.outgoing, version)
            )
            last = max(version, self._sequence + len(entries))
            self._db.storage.append(lambda: self._write(commit, version, entries, last))
            self._sequence = last
            self._remember(commit, version, entries)
        await self._journal.durable()
        return entries

    def _check_versions(self, commit: Commit) -> None:
        write = commit.conversation
        if write and self._conversation(str(write.account)).version != write.version:
            raise StaleCommit("the conversation moved on since it was read: decide anew")
        for change in commit.requests:
            if self._contents.version(REQUESTS, change.request.id) != change.version:
                raise StaleCommit(f"{change.request.id} moved on since it was read: decide anew")
        for record in commit.records:
            if self._contents.version(RECORDS, record.key) != record.version:
                raise StaleCommit(f"record {record.key} moved on since it was read: decide anew")

    def _write(self, commit: Commit, version: int, entries: tuple[OutboxEntry, ...], last: int) -> None:
        self._db.journaled(STATE).put(STATE, {"last": last})
        if write := commit.conversation:
            self._put(CONVERSATIONS, str(write.account), write.conversation, version)
        for change in commit.requests:
            self._put(REQUESTS, change.request.id, change.request, version)
        for request_id, persons in commit.personal_data.items():
            self._put(PERSONS, request_id, persons, version)
        for record in commit.records:
            self._put(RECORDS, record.key, None if record.content is None else Record(record.content), version)
        for entry in entries + self._known(commit.rescheduled):
            self._put(OUTBOX, str(entry.id), entry, version)
        if commit.delivered:
            self._db.journaled(OUTBOX.table).delete(map(str, commit.delivered))
        if commit.message_id and not names_one(commit.message_id, commit.forgets):
            self._db.journaled(SEEN).put(commit.message_id, {"version": version})
            if (excess := len(self._rows(SEEN)) + 1 - self._seen_kept) > 0:
                self._db.journaled(SEEN).delete(list(islice(self._rows(SEEN), excess)))
        if commit.forgets:
            self._db.journaled(SEEN).delete([key for key in self._rows(SEEN) if names_one(key, commit.forgets)])
        if commit.forgets_upto:
            self._db.journaled(SEEN).delete(list(self._seen_upto(commit.forgets_upto)))

    def _seen_upto(self, version: int) -> Iterator[str]:
        """In the order of commits; an id that an older la-bot wrote does not tell its own, and is of before."""
        for key, row in self._rows(SEEN).items():
            if msgspec.json.decode(row).get("version", 0) > version:
                return
            yield key

    def _put(self, kind: Kind[T], key: str, value: T | None, version: int) -> None:
        table = self._db.journaled(kind.table)
        if value is None:
            table.delete([key])
        else:
            table.put(key, kind.wrap(value, version))

    def _known(self, rescheduled: tuple[OutboxEntry, ...]) -> tuple[OutboxEntry, ...]:
        return tuple(entry for entry in rescheduled if entry.id in self._outbox)

    def _keep_at_hand(self, key: str, conversation: Conversation | None, version: int) -> None:
        self._at_hand.pop(key, None)
        if conversation:
            self._at_hand[key] = Stored(conversation, version)
        if len(self._at_hand) > AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]

    def _remember(self, commit: Commit, version: int, entries: tuple[OutboxEntry, ...]) -> None:
        """Bring memory to what was just appended."""
        if write := commit.conversation:
            self._keep_at_hand(str(write.account), write.conversation, version)
        for change in commit.requests:
            self._contents.index.put(change.request)
        for request_id, persons in commit.personal_data.items():
            self._contents.index.columns.put_text(request_id)
            self._history_to_erase |= persons is None
        for entry in self._known(commit.rescheduled) + entries:
            self._outbox.put(entry)
        for gone in commit.delivered:
            if (settled := self._outbox.get(gone)) and settled.outgoing.traceless:
                self._history_to_erase = True
            self._outbox.drop(gone)
        if entries:
            self._outbox_changed.set()
        wanted = self._history_to_erase or self._journal.bloated
        if wanted and self._compaction is None and self._sequence >= self._no_compaction_before:
            self._compaction = asyncio.create_task(self._compact())

    async def _compact(self) -> None:
        """Compact once, and again where something was erased meanwhile: its history is to go."""
        try:
            while self._history_to_erase or self._journal.bloated:
                self._history_to_erase = False
                await self._journal.compact()
        except StoreError as error:
            log.error("%s", error)
            self._history_to_erase, self._no_compaction_before = True, self._sequence + PAUSE
        finally:
            self._compaction = None

    async def seals(self) -> Mapping[str, int]:
        """See the port."""
        return Counter(seals_of(self._journal.tables))

    async def forget_history(self) -> tuple[str, ...]:
        """See the port. Commits of others go on meanwhile."""
        if self._journal.has_history:
            await self.compact()
        path = self._journal.path
        return tuple(sorted(beside.name for beside in path.parent.glob(f"{path.name}.replaced-*")))

    async def compact(self) -> None:
        """Rewrite the file without its history, while turns go on. Raises StoreError where the disk refuses."""
        self._history_to_erase = False
        await self._journal.compact()

    def warm(self) -> None:
        """Make ready, beside the turns, what the first query of a text would have to wait for."""
        self._warming = asyncio.create_task(self._make_columns())

    async def _make_columns(self) -> None:
        while self._contents.index.columns.make(WARMED_AT_ONCE):  # noqa: ASYNC110 - no event, but work in pieces
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        """See the port. A compaction is ended first: what was erased is not to stay in the file."""
        if self._warming:
            self._warming.cancel()
        if self._compaction:
            await asyncio.wait([self._compaction])
        await self._journal.durable()
        self._db.close()
