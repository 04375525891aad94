"""The search language of staff: `status:emailed domain:oulu.fi before:2026-06-01 -virtanen`.

PURE. Everything written must hold; `-` before a part turns it round, a comma means or. Dates are days in the desk's
time zone: `after` from that day on, `before` until the day before. What cannot be read is a value: `Misread`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from bot.model.identity import Account
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
    RequestQuery,
    Stands,
    folded,
)
from bot.request.request import Party, party_of
from bot.request.status import Status

T = TypeVar("T")

FIELDS = (
    "status",
    "waiting",
    "assigned",
    "before",
    "after",
    "on",
    "name",
    "email",
    "domain",
    "affiliation",
    "id",
    "version",
)
"""The fields that can stand before a colon."""

NOBODY = "nobody"
PARTIES: Mapping[str, Party | None] = {
    **{str(party): party for party in Party},
    "us": Party.STAFF,
    "desk": Party.STAFF,
    NOBODY: None,
}
DAYS = ("2026-06-01", "2026-06", "2026", "today", "yesterday", "14d")
"""The ways to write a day, each by an example."""

OVERDUE = "overdue"
ME = "me"
_SYNONYMS = {"mail": "email", "since": "after", "until": "before", "la": "version", "waits": "waiting", "is": "status"}
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_PART = re.compile(r'(?P<not>-?)(?:(?P<field>[^\W\d_]+):(?!//)\s*)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]*))')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})d")
_OPEN = frozenset({Status.ISSUED, Status.EMAILED, Status.RECEIVED, Status.RETURNED})
_STATUSES: Mapping[str, frozenset[Status]] = {
    **{str(status): frozenset({status}) for status in Status},
    "open": _OPEN,
    "closed": frozenset(Status) - _OPEN,
}


class Problem(StrEnum):
    """A possible fault of a search."""

    FIELD = "field"
    STATUS = "status"
    WAITING = "waiting"
    DAY = "day"
    ASSIGNED = "assigned"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Misread:
    """A part of a search that cannot be read, and what would be possible in its place."""

    problem: Problem
    said: str
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """After how long a request is overdue: waiting for staff, and for the applicant or signer."""

    staff: timedelta = timedelta(days=5)
    applicant: timedelta = timedelta(days=30)


class _MisreadError(Exception):
    """Within this module only: a part cannot be read."""

    def __init__(self, problem: Problem, said: str, possible: tuple[str, ...]) -> None:
        super().__init__(problem)
        self.misread = Misread(problem, said, possible)


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Asker:
    """The context of a search: the time, the place and the person who types it.

    `now` is in the desk's time zone: its days are meant. `account`: who "me" is; None where nobody is.
    """

    now: datetime
    patience: Patience = PATIENCE
    account: Account | None = None


def parse(text: str, asker: Asker) -> RequestQuery | Misread:
    """The query that is typed, without limits."""
    clean = "".join(" " if c.isspace() or not c.isprintable() else c for c in text).translate(_QUOTES)
    try:
        return RequestQuery(conditions=tuple(_conditions(clean, asker)))
    except _MisreadError as error:
        return error.misread


def _conditions(text: str, asker: Asker) -> Iterator[Condition]:
    for part in _PART.finditer(text):
        quoted, plain = part["quoted"], part["plain"]
        value = (quoted or plain or "").strip()
        if part["field"]:
            condition = _field(part["field"], value, asker)
        elif plain and folded(plain) == OVERDUE:
            condition = overdue(asker)
        elif wanted := folded(value):
            condition = Contains(wanted)
        else:
            continue
        yield Not(condition) if part["not"] else condition


def _field(said: str, value: str, asker: Asker) -> Condition:
    name = _SYNONYMS.get(folded(said), folded(said))
    if name not in FIELDS:
        raise _MisreadError(Problem.FIELD, said, FIELDS)
    if not folded(value):
        raise _MisreadError(Problem.EMPTY, name, ())
    return _READ[name](value, asker)


def _status(value: str, _: Asker) -> Condition:
    said = _each(value, _STATUSES, Problem.STATUS)
    return Stands(frozenset((status, standing) for group in said for status in group for standing in Standing))


def _waiting(value: str, _: Asker) -> Condition:
    return waiting(frozenset(_each(value, PARTIES, Problem.WAITING)))


def _each(value: str, known: Mapping[str, T], problem: Problem) -> Iterator[T]:
    for word in filter(None, folded(value).split(",")):
        if word.strip() not in known:
            raise _MisreadError(problem, word.strip(), tuple(known))
        yield known[word.strip()]


def waiting(parties: frozenset[Party | None]) -> Stands:
    """It waits for one of these; None: for nobody."""
    return Stands(frozenset((s, st) for s in Status for st in Standing if party_of(s, st) in parties))


def overdue(asker: Asker) -> Condition:
    """It waits for somebody for longer than it should."""
    instant, patience = asker.now.astimezone(UTC), asker.patience
    staff, others = frozenset({Party.STAFF}), frozenset({Party.APPLICANT, Party.SIGNER})
    return AnyOf(
        (
            AllOf((waiting(staff), Changed(before=instant - patience.staff))),
            AllOf((waiting(others), Changed(before=instant - patience.applicant))),
        )
    )


def _assigned(value: str, asker: Asker) -> Condition:
    said = folded(value)
    if said == NOBODY or (said == ME and asker.account):
        return AssignedTo(None if said == NOBODY else asker.account)
    try:
        return AssignedTo(Account.parse(value))
    except ValueError:
        raise _MisreadError(Problem.ASSIGNED, value, (ME, NOBODY, "slack:T0123/U0456")) from None


def _before(value: str, asker: Asker) -> Condition:
    return Changed(before=_day(value, asker.now)[0])


def _after(value: str, asker: Asker) -> Condition:
    return Changed(after=_day(value, asker.now)[0])


def _on(value: str, asker: Asker) -> Condition:
    begins, ends = _day(value, asker.now)
    return Changed(after=begins, before=ends)


def _day(value: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day, month or year, in UTC."""
    today, said = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=now.tzinfo), folded(value)
    try:
        if ago := _AGO.fullmatch(said.replace("today", "0d").replace("yesterday", "1d")):
            begins = today - timedelta(days=int(ago[1]))
            return _utc(begins), _utc(begins + timedelta(days=1))
        if date := _DATE.fullmatch(said):
            year, month, day = (int(number) if number else None for number in date.groups())
            begins = today.replace(year=year or 1, month=month or 1, day=day or 1)
            return _utc(begins), _utc(_next(begins, month, day))
    except (ValueError, OverflowError):
        pass
    raise _MisreadError(Problem.DAY, value, DAYS)


def _next(begins: datetime, month: int | None, day: int | None) -> datetime:
    """The end of a day, or of a month or year where that is all that was said."""
    if day:
        return begins + timedelta(days=1)
    if month and month < 12:
        return begins.replace(month=month + 1)
    return begins.replace(year=begins.year + 1, month=1)


def _utc(local: datetime) -> datetime:
    return local.astimezone(UTC)


def _text(place: Place) -> "Callable[[str, Asker], Condition]":
    return lambda value, _: Contains(folded(value), place)


_READ: Mapping[str, Callable[[str, Asker], Condition]] = {
    "status": _status,
    "waiting": _waiting,
    "assigned": _assigned,
    "before": _before,
    "after": _after,
    "on": _on,
    "name": _text(Place.NAME),
    "email": _text(Place.EMAIL),
    "domain": lambda value, _: Contains(folded(value).strip("@.*") or folded(value), Place.DOMAIN),
    "affiliation": _text(Place.AFFILIATION),
    "id": _text(Place.ID),
    "version": lambda value, _: OfVersion(value),
}
