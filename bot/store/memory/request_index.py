"""Queries for requests, answered from memory: by account, status, due instant and text."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import islice

import msgspec

from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.memory.columns import Columns, Facts

_At = tuple[datetime, str]
"""An instant and the id of the request that it belongs to: lists of them are kept in order."""


class Keys(msgspec.Struct, frozen=True, gc=False):
    """The keys that a request is found by, named as in its document."""

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
    """Requests by their keys; putting one costs the same however many there are.

    Other conditions are looked up in `columns`, which are made beside the turns or by the first query that needs them.
    """

    def __init__(
        self, keys: Mapping[str, Keys], facts_of: Callable[[str], Facts], text_of: Callable[[str], str]
    ) -> None:
        self._keys = dict(keys)
        self.columns = Columns(list(keys), facts_of, text_of)
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

    def put(self, request: LicenseRequest) -> None:
        """Index a request, or index it anew. Its persons are indexed with it, or by `columns.put_text`."""
        key, keys = request.id, Keys.of(request)
        if old := self._keys.get(key):
            self._drop(key, old)
        self._keys[key] = keys
        self._by_account[keys.account].add(key)
        insort(self._by_status[keys.status], (keys.since, key))
        if keys.remind_at:
            insort(self._due, (keys.remind_at, key))
        self.columns.put(key, Facts.of(request))

    def _drop(self, key: str, old: Keys) -> None:
        self._by_account[old.account].discard(key)
        if not self._by_account[old.account]:
            del self._by_account[old.account]
        _remove(self._by_status[old.status], (old.since, key))
        if old.remind_at:
            _remove(self._due, (old.remind_at, key))

    def find(self, query: RequestQuery) -> Iterator[str]:
        """The ids that match, the last changed first."""
        end = None if query.limit is None else query.offset + query.limit
        keys, conditions = self._by_keys(query), query.all_conditions
        if keys is not None and not keys:
            return iter(())
        if conditions and keys is None:
            return islice(self.columns.find(conditions, end, oldest_first=query.oldest_first), query.offset, None)
        if keys and conditions:
            keys = keys.intersection(self.columns.find(conditions, None))
        if keys is None and query.status is not None:
            return self._of_status(query, end)
        ordered = self._in_order(query) if keys is None else self._sorted(keys, query)
        return islice(ordered, query.offset, end)

    def due(self, by: datetime, limit: int) -> list[str]:
        """The ids of those whose instant has come, the longest due first."""
        end = bisect_right(self._due, by, key=lambda due: due[0])
        return [key for _, key in self._due[: min(end, limit)]]

    def count(self, query: RequestQuery) -> int:
        """Return the number of matches, whatever the limit."""
        conditions = query.all_conditions
        if conditions and self._by_keys(query) is None:
            return self.columns.count(conditions)
        return sum(1 for _ in self.find(replace(query, limit=None, offset=0)))

    def _sorted(self, keys: Collection[str], query: RequestQuery) -> Iterator[str]:
        found = ((self._keys[key].since, key) for key in keys)
        return (key for _, key in sorted(found, reverse=not query.oldest_first))

    def _of_status(self, query: RequestQuery, end: int | None) -> Iterator[str]:
        """Some of a status: a page costs the same wherever it is."""
        ordered = self._by_status.get(query.status, []) if query.status else []
        if query.oldest_first:
            return iter([key for _, key in ordered[query.offset : end]])
        count = len(ordered)
        start = 0 if end is None else max(0, count - end)
        return iter([key for _, key in reversed(ordered[start : max(0, count - query.offset)])])

    def _in_order(self, query: RequestQuery) -> Iterator[str]:
        """All of them."""
        lists = self._by_status.values()
        if query.oldest_first:
            return (key for _, key in merge(*lists))
        return (key for _, key in merge(*map(reversed, lists), reverse=True))

    def _by_keys(self, query: RequestQuery) -> set[str] | None:
        """The ids that account, due instant and, beside those or conditions, the status leave; None for all."""
        found: list[set[str]] = []
        if query.account is not None:
            found.append(self._by_account.get(str(query.account), set()))
        if query.due_by is not None:
            end = bisect_right(self._due, query.due_by, key=lambda due: due[0])
            found.append({key for _, key in self._due[:end]})
        if query.status is not None and (found or query.all_conditions):
            found.append({key for _, key in self._by_status.get(query.status, ())})
        return set.intersection(*found) if found else None


def _remove(ordered: list[_At], at: _At) -> None:
    del ordered[bisect_left(ordered, at)]
