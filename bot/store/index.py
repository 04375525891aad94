"""Which requests a query asks for, answered from memory: by account, status, due instant and text."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from datetime import datetime
from heapq import nlargest

import msgspec

from bot.lifecycle import LicenseRequest
from bot.model import Status
from bot.ports import RequestQuery
from bot.store.documents import words


class Keys(msgspec.Struct, frozen=True, gc=False):
    """What a request is found by, under the names that its document has for them."""

    status: Status
    since: datetime
    account: str | None = None
    remind_at: datetime | None = None

    @classmethod
    def of(cls, request: LicenseRequest) -> "Keys":
        """The keys of a request."""
        account = None if request.account is None else str(request.account)
        return cls(request.status, request.since, account, request.remind_at)


class RequestIndex:
    """Requests by their keys. Putting one costs the same however many there are; a text query reads all texts."""

    def __init__(self) -> None:
        self._keys: dict[str, Keys] = {}
        self._texts: dict[str, str] = {}
        self._by_account: defaultdict[str | None, set[str]] = defaultdict(set)
        self._by_status: defaultdict[Status, set[str]] = defaultdict(set)
        self._due: list[tuple[datetime, str]] = []

    def put(self, key: str, keys: Keys) -> None:
        """Index a request, or index it anew."""
        if old := self._keys.get(key):
            self._drop(key, old)
        self._keys[key] = keys
        self._by_account[keys.account].add(key)
        self._by_status[keys.status].add(key)
        if keys.remind_at:
            insort(self._due, (keys.remind_at, key))

    def put_text(self, key: str, text: str) -> None:
        """What the request is found by besides (see `documents.searched`)."""
        self._texts[key] = text

    def _drop(self, key: str, old: Keys) -> None:
        self._by_account[old.account].discard(key)
        if not self._by_account[old.account]:
            del self._by_account[old.account]
        self._by_status[old.status].discard(key)
        if old.remind_at:
            del self._due[bisect_left(self._due, (old.remind_at, key))]

    def find(self, query: RequestQuery) -> list[str]:
        """The ids that match, the last changed first."""
        conditions = self._conditions(query)
        found = set.intersection(*conditions) if conditions else self._keys.keys()
        if query.limit is not None and query.limit < len(found):
            return nlargest(query.limit, found, key=self._recency)
        return sorted(found, key=self._recency, reverse=True)

    def _conditions(self, query: RequestQuery) -> list[set[str]]:
        """The ids that each condition of the query leaves."""
        left: list[set[str]] = []
        if query.account is not None:
            left.append(self._by_account.get(str(query.account), set()))
        if query.status is not None:
            left.append(self._by_status.get(query.status, set()))
        if query.due_by is not None:
            end = bisect_right(self._due, query.due_by, key=lambda due: due[0])
            left.append({key for _, key in self._due[:end]})
        if wanted := words(query.text):
            left.append({key for key, text in self._texts.items() if all(word in text for word in wanted)})
        return left

    def _recency(self, key: str) -> tuple[datetime, str]:
        return self._keys[key].since, key
