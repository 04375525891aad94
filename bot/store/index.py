"""Which requests a query asks for, answered from memory: by account, status, due instant and text."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import islice

import msgspec

from bot.lifecycle import LicenseRequest
from bot.model import Status
from bot.ports import RequestQuery
from bot.store.documents import folded

_At = tuple[datetime, str]
"""An instant and the id of the request that it belongs to: lists of them are kept in order."""


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
    """Requests by their keys, and by what `text_of` gives for them (see `documents.searched`).

    Putting one costs the same however many there are. A text query reads all texts, and the first one makes them.
    """

    def __init__(self, keys: Mapping[str, Keys], text_of: Callable[[str], str]) -> None:
        self._keys, self._text_of = dict(keys), text_of
        self._texts: dict[str, str] = {}
        self._by_account: defaultdict[str | None, set[str]] = defaultdict(set)
        self._by_status: defaultdict[Status, list[_At]] = defaultdict(list)
        self._due: list[_At] = []
        for key, of in keys.items():
            self._by_account[of.account].add(key)
            self._by_status[of.status].append((of.since, key))
            if of.remind_at:
                self._due.append((of.remind_at, key))
        for ordered in (self._due, *self._by_status.values()):
            ordered.sort()

    def put(self, key: str, keys: Keys) -> None:
        """Index a request, or index it anew."""
        if old := self._keys.get(key):
            self._drop(key, old)
        self._keys[key] = keys
        self._by_account[keys.account].add(key)
        insort(self._by_status[keys.status], (keys.since, key))
        if keys.remind_at:
            insort(self._due, (keys.remind_at, key))

    def forget_text(self, key: str) -> None:
        """The text of a request is another one now, or none."""
        self._texts.pop(key, None)

    def _drop(self, key: str, old: Keys) -> None:
        self._by_account[old.account].discard(key)
        if not self._by_account[old.account]:
            del self._by_account[old.account]
        _remove(self._by_status[old.status], (old.since, key))
        if old.remind_at:
            _remove(self._due, (old.remind_at, key))

    def find(self, query: RequestQuery) -> Iterator[str]:
        """The ids that match, the last changed first."""
        conditions = self._conditions(query)
        if conditions:
            found = sorted(((self._keys[key].since, key) for key in set.intersection(*conditions)), reverse=True)
            matching = (key for _, key in found if query.status in {None, self._keys[key].status})
        elif query.status is not None:
            matching = (key for _, key in reversed(self._by_status.get(query.status, ())))
        else:
            ordered = (reversed(of_status) for of_status in self._by_status.values())
            matching = (key for _, key in merge(*ordered, reverse=True))
        return islice(matching, query.limit)

    def due(self, by: datetime, limit: int) -> list[str]:
        """The ids of those whose instant has come, the longest due first."""
        end = bisect_right(self._due, by, key=lambda due: due[0])
        return [key for _, key in self._due[: min(end, limit)]]

    def _conditions(self, query: RequestQuery) -> list[set[str]]:
        """The ids that each condition leaves, but for the status."""
        left: list[set[str]] = []
        if query.account is not None:
            left.append(self._by_account.get(str(query.account), set()))
        if query.due_by is not None:
            end = bisect_right(self._due, query.due_by, key=lambda due: due[0])
            left.append({key for _, key in self._due[:end]})
        if wanted := folded(query.text).split():
            for key in self._keys.keys() - self._texts.keys():
                self._texts[key] = self._text_of(key)
            left.append({key for key, text in self._texts.items() if all(word in text for word in wanted)})
        return left


def _remove(ordered: list[_At], at: _At) -> None:
    del ordered[bisect_left(ordered, at)]
