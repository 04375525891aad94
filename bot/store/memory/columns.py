"""Requests as columns, in memory: a condition is a mask over all of them, so 100,000 are looked through at once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from heapq import nlargest, nsmallest
from itertools import islice, product
from typing import assert_never

import msgspec
import numpy as np
from numpy.typing import NDArray

from bot.model.people import Standing
from bot.request.query import (
    AllOf,
    AnyOf,
    AssignedTo,
    Changed,
    Condition,
    Contains,
    Not,
    OfVersion,
    Place,
    Stands,
    needle,
    seen_at,
)
from bot.request.request import LicenseRequest
from bot.request.status import Status

Mask = NDArray[np.bool_]

_PAIRS = {pair: number for number, pair in enumerate(product(Status, Standing))}


class Issued(msgspec.Struct, frozen=True, gc=False):
    """The parts of a request's documents that searches use."""

    version: str


class Facts(msgspec.Struct, frozen=True, gc=False):
    """The facts that conditions look at (`bot.request.query.Facts`), named as in a request's document."""

    status: Status
    since: datetime
    standing: Standing
    documents: tuple[Issued, ...]
    assignee: str | None = None

    @classmethod
    def of(cls, request: LicenseRequest) -> "Facts":
        """The facts of a request."""
        assignee = None if request.assignee is None else str(request.assignee)
        return cls(request.status, request.since, request.standing, (Issued(request.document.version),), assignee)

    @property
    def version(self) -> str:
        """The LA's, in the current document."""
        return self.documents[-1].version


class Columns:
    """The columns of the requests in `keys`, which may grow; `facts_of` and `text_of` give what stands in a row.

    Rows are made as they are needed, or before that by `make`.
    """

    def __init__(self, keys: Sequence[str], facts_of: Callable[[str], Facts], text_of: Callable[[str], str]) -> None:
        self._facts_of, self._text_of = facts_of, text_of
        self._missing = iter(keys)
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._pairs, self._since = np.zeros(1024, np.uint8), np.zeros(1024, np.float64)
        self._versions: list[str] = []
        self._assignees: list[str | None] = []
        self._texts: dict[Place, list[str]] = {Place.ANYWHERE: []}

    def make(self, most: int | None = None) -> bool:
        """Make the rows that are missing, or so many of them; whether there may be more."""
        made = 0
        for key in islice(self._missing, most):
            made += 1
            if key not in self._rows:
                self.put(key, self._facts_of(key))
        return made == most

    def put(self, key: str, facts: Facts) -> None:
        """Bring a request's row to what it is now; a new row is with its text, of an old one `put_text` changes it."""
        known, row = key in self._rows, self._row(key)
        self._pairs[row] = _PAIRS[facts.status, facts.standing]
        self._since[row] = facts.since.timestamp()
        self._versions[row] = facts.version
        self._assignees[row] = facts.assignee
        if not known:
            self._put_text(row, self._text_of(key))

    def put_text(self, key: str) -> None:
        """Bring its text alone to what it is now."""
        if key in self._rows:
            self._put_text(self._rows[key], self._text_of(key))

    def _row(self, key: str) -> int:
        if key not in self._rows:
            self._rows[key] = len(self._ids)
            self._ids.append(key)
            self._versions.append("")
            self._assignees.append(None)
            for texts in self._texts.values():
                texts.append("")
            if len(self._ids) > len(self._since):
                self._pairs, self._since = (np.concatenate([a, np.zeros_like(a)]) for a in (self._pairs, self._since))
        return self._rows[key]

    def _put_text(self, row: int, text: str) -> None:
        for place, texts in self._texts.items():
            texts[row] = seen_at(place, text)

    def find(self, conditions: Sequence[Condition], end: int | None, *, oldest_first: bool = False) -> list[str]:
        """The ids of which all conditions hold, the last changed first or the other way, or so many of them."""
        self.make()
        rows = np.flatnonzero(self._all(conditions))
        if end is not None and end < len(rows):
            age = self._since[rows] if oldest_first else -self._since[rows]
            rows = rows[age <= np.partition(age, end - 1)[end - 1]] if end else rows[:0]
        found = [(self._since[row], self._ids[row]) for row in rows]
        if end is None:
            return [key for _, key in sorted(found, reverse=not oldest_first)]
        return [key for _, key in (nsmallest if oldest_first else nlargest)(end, found)]

    def count(self, conditions: Sequence[Condition]) -> int:
        """Of how many all conditions hold."""
        self.make()
        return int(np.count_nonzero(self._all(conditions)))

    def _all(self, conditions: Sequence[Condition]) -> Mask:
        return reduce(np.logical_and, map(self._mask, conditions), np.ones(len(self._ids), np.bool_))

    def _mask(self, condition: Condition) -> Mask:
        size = len(self._ids)
        match condition:
            case Contains():
                return self._containing(condition)
            case Stands(pairs):
                return np.isin(self._pairs[:size], [_PAIRS[pair] for pair in pairs])
            case Changed(after, before):
                since, mask = self._since[:size], np.ones(size, np.bool_)
                mask &= since >= after.timestamp() if after else True
                return mask & (since < before.timestamp() if before else True)
            case OfVersion(version):
                return np.fromiter((known.startswith(version) for known in self._versions), np.bool_, size)
            case AssignedTo(account):
                assignee = None if account is None else str(account)
                return np.array([known == assignee for known in self._assignees], np.bool_)
            case Not(inner):
                return ~self._mask(inner)
            case AllOf(conditions):
                return self._all(conditions)
            case AnyOf(conditions):
                return reduce(np.logical_or, map(self._mask, conditions), np.zeros(size, np.bool_))
            case _:
                assert_never(condition)

    def _containing(self, condition: Contains) -> Mask:
        wanted, place = needle(condition), condition.place
        if place not in self._texts:
            self._texts[place] = [seen_at(place, text) for text in self._texts[Place.ANYWHERE]]
        return np.array([wanted in text for text in self._texts[place]], np.bool_)
