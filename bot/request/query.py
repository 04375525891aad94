"""The conditions by which requests are searched; every store answers them in the same way.

PURE. `predicate` makes a condition a function for the stores that answer from memory; PostgreSQL has it in SQL.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, assert_never

from bot.model.identity import Account, RequestId
from bot.model.people import PersonalData, Standing
from bot.request.status import Status

_ACCENTS = re.compile("[\u0300-\u036f]")
_STROKED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
_STROKE = re.compile(f"[{''.join(_STROKED)}]")
"""Letters that Unicode does not take apart, and what people type for them."""


def folded(text: str) -> str:
    """A text without case, accents and strokes; what is looked for, folded, is looked for in it."""
    if text.isascii():
        return text.casefold()
    # Case first: the iota that Greek writes below a vowel is an accent in one case and a letter in the other.
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()
    return _STROKE.sub(lambda letter: _STROKED[letter[0]], plain)


class Place(StrEnum):
    """The part of a request that a text is searched in. `domain`: whole labels of an email's domain."""

    ANYWHERE = "anywhere"
    ID = "id"
    NAME = "name"
    EMAIL = "email"
    DOMAIN = "domain"
    AFFILIATION = "affiliation"


LINES = {
    Place.ID: (0,),
    Place.NAME: (1, 4),
    Place.EMAIL: (2, 5),
    Place.DOMAIN: (2, 5),
    Place.AFFILIATION: (3,),
}
"""The lines of `searched` that belong to each place, from 0."""


def searched(request_id: RequestId, persons: PersonalData | None) -> str:
    """Return the searchable text, a line each: id, the signer's name, email, affiliation, applicant's name, email."""
    found = [str(request_id)]
    if persons:
        found += [persons.signer.name, persons.signer.email, persons.signer.affiliation]
        found += [persons.applicant.name, persons.applicant.email] if persons.applicant else []
    return "\n".join(folded(line).replace("\n", " ") for line in found)


@dataclass(frozen=True, slots=True)
class Contains:
    """`text` (folded) stands in it."""

    text: str
    place: Place = Place.ANYWHERE


@dataclass(frozen=True, slots=True)
class Stands:
    """Its status is one of these, with one of these standings: that is also whom it waits for."""

    pairs: frozenset[tuple[Status, Standing]]


@dataclass(frozen=True, slots=True)
class Changed:
    """It stands where it does since `after` or later, and earlier than `before` (UTC)."""

    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfVersion:
    """The version of the LA in its current document begins so."""

    version: str


@dataclass(frozen=True, slots=True)
class AssignedTo:
    """That member of staff took it on; None: nobody did."""

    account: Account | None


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of them hold."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of them holds at least."""

    conditions: "tuple[Condition, ...]"


Condition = Contains | Stands | Changed | OfVersion | AssignedTo | Not | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class RequestQuery:
    """A query for requests: all conditions must hold, an empty one always does.

    Every word of `text` is looked for in id, names, emails and affiliations, without regard to case or accents.
    `limit`: no more than so many, the last changed (or those with `oldest_first`), after the first `offset` of them.
    """

    account: Account | None = None
    status: Status | None = None
    text: str = ""
    due_by: datetime | None = None
    limit: int | None = None
    conditions: tuple[Condition, ...] = ()
    offset: int = 0
    oldest_first: bool = False

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        """The words of `text` as conditions, and the others."""
        words = folded(self.text).split() if self.text else ()
        return (*map(Contains, words), *self.conditions)


class Facts(Protocol):
    """The facts that conditions look at besides the text."""

    @property
    def status(self) -> Status:
        """The status of the request."""

    @property
    def standing(self) -> Standing:
        """The applicant's relation to the signer."""

    @property
    def since(self) -> datetime:
        """The instant at which its status began (UTC)."""

    @property
    def version(self) -> str:
        """The LA's, in the current document."""

    @property
    def assignee(self) -> str | None:
        """The staff member who took it on, as `str(Account)`."""


Predicate = Callable[[Facts, str], bool]
"""A function that tells if a condition holds, given the request's facts and its `searched` text."""


def predicate(condition: Condition) -> Predicate:
    """The condition as a function. It is called for every request, so what can be made ready is."""
    match condition:
        case Contains():
            return _contains(condition)
        case Stands(pairs):
            return lambda facts, _: (facts.status, facts.standing) in pairs
        case Changed(after, before):
            return lambda facts, _: (after is None or facts.since >= after) and (before is None or facts.since < before)
        case OfVersion(version):
            return lambda facts, _: facts.version.startswith(version)
        case AssignedTo(account):
            assignee = None if account is None else str(account)
            return lambda facts, _: facts.assignee == assignee
        case Not(inner):
            holds = predicate(inner)
            return lambda facts, text: not holds(facts, text)
        case AllOf(conditions):
            every = tuple(map(predicate, conditions))
            return lambda facts, text: all(holds(facts, text) for holds in every)
        case AnyOf(conditions):
            some = tuple(map(predicate, conditions))
            return lambda facts, text: any(holds(facts, text) for holds in some)
        case _:  # pragma: no cover
            assert_never(condition)


def _contains(condition: Contains) -> Predicate:
    wanted, place = needle(condition), condition.place
    return lambda _, searched: wanted in seen_at(place, searched)


def needle(condition: Contains) -> str:
    """Return the text that has to occur in `seen_at` of its place."""
    match condition.place:
        case Place.ID:
            return condition.text.replace("-", "")
        case Place.DOMAIN:
            return f".{condition.text}."
        case _:
            return condition.text


def seen_at(place: Place, searched: str) -> str:
    """Return the part of `searched` that is compared: an id's characters, or domain labels between dots."""
    if place is Place.ANYWHERE:
        return searched
    lines = searched.split("\n")
    seen = [lines[number] for number in LINES[place] if number < len(lines)]
    match place:
        case Place.ID:
            return seen[0].replace("-", "")
        case Place.DOMAIN:
            return "\n".join(f".{line.rpartition('@')[2]}." for line in seen)
        case _:
            return "\n".join(seen)
