"""The stored requests as they are at one instant, read beside a running bot and without building it."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from bot.app.config import JOURNAL, Settings
from bot.dialogue.state import Conversation
from bot.model.identity import Account, RequestId
from bot.model.json_codec import JsonObject
from bot.model.people import PersonalData
from bot.request.query import AllOf, RequestQuery, predicate, searched
from bot.request.request import LicenseRequest
from bot.store.documents import CONVERSATIONS, PERSONS, RECORDS, REQUESTS, Kind
from bot.store.encryption import SEALED, demand_keys, seals_of
from bot.store.journal.lines import load
from bot.store.port import Stored

T = TypeVar("T")


class Reading(Protocol):
    """What the commands that only look ask of a store."""

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """Return the request of that id."""
        ...

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """Return the requests that the query asks for, the last changed first."""
        ...

    async def count(self, query: RequestQuery) -> int:
        """Count the requests that the query asks for."""
        ...

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """Return all conversations that are under way."""
        ...

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """Return all records whose keys begin so, in the order of their keys."""
        ...

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """Return a record; None at version 0 where there is none."""
        ...

    async def seals(self) -> Mapping[str, int]:
        """Count the documents that each key encrypts, of those that may hold persons; empty where none does."""
        ...

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """Return the persons of a request; None once erased."""
        ...


@asynccontextmanager
async def read(settings: Settings) -> AsyncIterator[Reading]:
    """Open the store for looking only. Raises StoreError, and ConfigError without la-bot[postgres]."""
    if not settings.database_url:
        yield JournalReading(settings.data / JOURNAL)
        return
    from bot.store.engines import open_store  # noqa: PLC0415 - the engines that write take their time, only here

    store = await open_store(settings.database_url, settings.data / JOURNAL)
    try:
        yield store
    finally:
        await store.aclose()


class JournalReading:
    """The whole commits in the journal at `path`, read without its lock; a missing file is an empty store.

    No index is built: a command looks through the requests once. Raises StoreDamaged, StoreEncrypted.
    """

    def __init__(self, path: Path) -> None:
        self._tables = load(path).tables
        demand_keys(self._tables)

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """Return the request of that id."""
        return self._stored(REQUESTS, request_id)

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """Return the requests that the query asks for, the last changed first."""
        found = sorted(filter(self._condition(query), self._requests), key=_age, reverse=not query.oldest_first)
        return found[query.offset :][: query.limit]

    async def count(self, query: RequestQuery) -> int:
        """Count the requests that the query asks for, whatever its limit."""
        return len(await self.requests(replace(query, limit=None, offset=0)))

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """Return all conversations that are under way."""
        return {Account.parse(key): found for key, found in self._all(CONVERSATIONS).items()}

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """Return all records whose keys begin so, in the order of their keys."""
        found = self._all(RECORDS, prefix)
        return {key: Stored(found[key].value.content, found[key].version) for key in sorted(found)}

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """Return a record; None at version 0 where there is none."""
        found = self._stored(RECORDS, key)
        return Stored(found.value.content, found.version) if found else Stored(None, 0)

    async def seals(self) -> Mapping[str, int]:
        """Count the documents that each key encrypts."""
        return Counter(seals_of({table: self._tables.get(table, {}) for table in SEALED}))

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """Return the persons of a request; None once erased."""
        return found.value if (found := self._stored(PERSONS, request_id)) else None

    @cached_property
    def _requests(self) -> list[LicenseRequest]:
        return [stored.value for stored in self._all(REQUESTS).values()]

    def _condition(self, query: RequestQuery) -> Callable[[LicenseRequest], bool]:
        """Return the query without its order and limit, as a function of a request."""
        conditions = query.all_conditions
        holds = predicate(AllOf(conditions))

        def matches(request: LicenseRequest) -> bool:
            return (
                query.status in {None, request.status}
                and query.account in {None, request.account}
                and (query.due_by is None or (request.remind_at is not None and request.remind_at <= query.due_by))
                and (not conditions or holds(_Facts(request), self._text(request.id)))
            )

        return matches

    def _text(self, request_id: RequestId) -> str:
        stored = self._stored(PERSONS, request_id)
        return searched(request_id, stored.value if stored else None)

    def _stored(self, kind: Kind[T], key: str) -> Stored[T] | None:
        row = self._tables.get(kind.table, {}).get(key)
        return None if row is None else kind.unwrap(msgspec.json.decode(row), key)

    def _all(self, kind: Kind[T], prefix: str = "") -> dict[str, Stored[T]]:
        rows = self._tables.get(kind.table, {})
        return {key: kind.unwrap(msgspec.json.decode(row), key) for key, row in rows.items() if key.startswith(prefix)}


class _Facts:
    """What conditions look at (`bot.request.query.Facts`), of a request."""

    def __init__(self, request: LicenseRequest) -> None:
        self.status, self.standing, self.since = request.status, request.standing, request.since
        self.version = request.document.version
        self.assignee = None if request.assignee is None else str(request.assignee)


def _age(request: LicenseRequest) -> tuple[datetime, str]:
    return request.since, request.id
