"""A journal's content as requests, persons and conversations: of the store that writes it, or at one instant."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

from bot.dialogue.state import Conversation
from bot.model.identity import Account, RequestId
from bot.model.json_codec import JsonObject
from bot.model.people import PersonalData
from bot.request.query import RequestQuery, searched
from bot.request.request import LicenseRequest
from bot.store.documents import CONVERSATIONS, PERSONS, RECORDS, REQUESTS, Kind
from bot.store.encryption import demand_keys
from bot.store.journal.lines import Tables
from bot.store.memory.columns import Facts
from bot.store.memory.request_index import Keys, RequestIndex
from bot.store.port import Stored

T = TypeVar("T")


class _Head(msgspec.Struct):
    """An envelope without its value: read where only the version matters."""

    version: int


class _RequestRow(msgspec.Struct):
    schema: int
    value: Keys


class _FactsRow(msgspec.Struct):
    schema: int
    value: Facts


class _PersonsRow(msgspec.Struct):
    schema: int
    value: PersonalData


_head = msgspec.json.Decoder(_Head)
_request_row = msgspec.json.Decoder(_RequestRow)
_facts_row = msgspec.json.Decoder(_FactsRow)
_persons_row = msgspec.json.Decoder(_PersonsRow)


class Contents:
    """The documents of `tables`, which may grow; `index` is to be told (`RequestIndex.put`).

    Raises StoreEncrypted where a key of theirs is not in use.
    """

    def __init__(self, tables: Tables) -> None:
        demand_keys(tables)
        self._tables = tables
        keys = {key: _keys(key, row) for key, row in self.rows(REQUESTS.table).items()}
        self.index = RequestIndex(keys, self._facts_of, self._text_of)

    def rows(self, table: str) -> dict[str, bytes]:
        """A table's documents as JSON."""
        return self._tables.get(table, {})

    def stored(self, kind: Kind[T], key: str) -> Stored[T] | None:
        """The document of that kind and key. Raises StoreDamaged where it cannot be read."""
        row = self.rows(kind.table).get(key)
        return None if row is None else kind.unwrap(msgspec.json.decode(row), key)

    def value(self, kind: Kind[T], key: str) -> T | None:
        """Its value alone."""
        stored = self.stored(kind, key)
        return stored.value if stored else None

    def version(self, kind: Kind[T], key: str) -> int:
        """Its version alone; 0 where there is none."""
        row = self.rows(kind.table).get(key)
        return 0 if row is None else _head.decode(row).version

    def request(self, request_id: RequestId) -> LicenseRequest | None:
        """The request of that id."""
        return self.value(REQUESTS, request_id)

    def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """The requests that the query asks for, the last changed first."""
        found = (self.value(REQUESTS, key) for key in self.index.find(query))
        return [request for request in found if request]

    def conversations(self) -> dict[Account, Stored[Conversation]]:
        """All conversations that are under way."""
        found = ((key, self.stored(CONVERSATIONS, key)) for key in self.rows(CONVERSATIONS.table))
        return {Account.parse(key): stored for key, stored in found if stored}

    def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """The persons of a request; None once erased."""
        return self.value(PERSONS, request_id)

    def record(self, key: str) -> Stored[JsonObject | None]:
        """A record; None at version 0 where there is none."""
        stored = self.stored(RECORDS, key)
        return Stored(stored.value.content, stored.version) if stored else Stored(None, 0)

    def records(self, prefix: str) -> dict[str, Stored[JsonObject]]:
        """The records whose keys begin so, in the order of their keys."""
        keys = sorted(key for key in self.rows(RECORDS.table) if key.startswith(prefix))
        found = ((key, self.stored(RECORDS, key)) for key in keys)
        return {key: Stored(stored.value.content, stored.version) for key, stored in found if stored}

    def _facts_of(self, key: str) -> Facts:
        row = self.rows(REQUESTS.table)[key]
        with suppress(msgspec.ValidationError):
            read = _facts_row.decode(row)
            if read.schema == REQUESTS.schema:
                return read.value
        return Facts.of(REQUESTS.unwrap(msgspec.json.decode(row), key).value)

    def _text_of(self, key: str) -> str:
        if (row := self.rows(PERSONS.table).get(key)) is None:
            return searched(RequestId(key), None)
        with suppress(msgspec.ValidationError):
            read = _persons_row.decode(row)
            if read.schema == PERSONS.schema:
                return searched(RequestId(key), read.value)
        return searched(RequestId(key), self.value(PERSONS, key))


def _keys(key: str, row: bytes) -> Keys:
    """A request's keys, without making the whole request where its schema is today's."""
    with suppress(msgspec.ValidationError):
        read = _request_row.decode(row)
        if read.schema == REQUESTS.schema:
            return read.value
    return Keys.of(REQUESTS.unwrap(msgspec.json.decode(row), key).value)
