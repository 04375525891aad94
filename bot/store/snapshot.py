"""What a journal holds at one instant, read without its lock: for the commands that only look."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from bot.lifecycle import LicenseRequest
from bot.model import PersonalData, RequestId
from bot.ports import RequestQuery
from bot.store.documents import PERSONS, REQUESTS, Kind, searched
from bot.store.index import Keys, RequestIndex
from bot.store.lines import load

T = TypeVar("T")


class Snapshot:
    """The whole commits in the journal at `path`; a missing one is empty. Raises StoreDamaged."""

    def __init__(self, path: Path) -> None:
        self._tables = load(path).tables
        self._index = RequestIndex()
        for key in self._tables.get(REQUESTS.table, {}):
            request_id = RequestId(key)
            request = self.request(request_id)
            assert request
            self._index.put(key, Keys.of(request))
            self._index.put_text(key, searched(request_id, self.personal_data(request_id)))

    def request(self, request_id: RequestId) -> LicenseRequest | None:
        """The request of that id."""
        return self._value(REQUESTS, request_id)

    def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """The requests that the query asks for, the last changed first."""
        found = (self.request(RequestId(key)) for key in self._index.find(query))
        return [request for request in found if request]

    def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """The persons of a request; None once erased."""
        return self._value(PERSONS, request_id)

    def _value(self, kind: Kind[T], key: str) -> T | None:
        row = self._tables.get(kind.table, {}).get(key)
        return None if row is None else kind.unwrap(msgspec.json.decode(row), key).value
