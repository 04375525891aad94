"""Retention periods by kind, and the data that an erasure leaves.

PURE, and the file's law: an open request is never due, nor is a license that holds; what is due loses its persons, its
account and its chat, and keeps its history, so that figures stay true.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.dialogue.state import Conversation
from bot.model.identity import RequestId
from bot.model.people import PersonalData
from bot.request.events import Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status

WARNED_BEFORE = timedelta(days=3)
"""A person is warned so long before their draft goes, or a third of its time where that is less."""

_SLACK = timedelta(days=3)
"""Months are not of one length: so much earlier is looked, and then every request judged by its own end."""

_GRANTED = frozenset({Status.APPROVED, Status.VOID, Status.REVOKED})


class Evidence(StrEnum):
    """The data of an approved license that survive an erasure: its sign block, or nothing."""

    SIGNER = "signer"
    NOTHING = "nothing"


class DraftDue(StrEnum):
    """The action due on an unfinished form."""

    NOTHING = "nothing"
    COUNT = "count"
    WARN = "warn"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Going:
    """A request that will lose its persons, and when (UTC)."""

    request_id: RequestId
    status: Status
    at: datetime


@dataclass(frozen=True, slots=True)
class Retention:
    """The controller's periods: days, months, months, years. `evidence` outlives an erasure, not its period.

    `undecided`: days after which what is with staff expires where nobody confirmed it, and else is to be reviewed.
    """

    draft: int
    closed: int
    rejected: int
    approved: int
    evidence: Evidence = Evidence.SIGNER
    undecided: int = 365

    @property
    def months(self) -> dict[Status, int]:
        """Months that a request is kept in a status that ends it."""
        ended = 12 * self.approved
        return {
            **dict.fromkeys((Status.EXPIRED, Status.WITHDRAWN, Status.MERGED), self.closed),
            Status.REJECTED: self.rejected,
            **dict.fromkeys((Status.VOID, Status.REVOKED), ended),
        }

    def ends_at(self, request: LicenseRequest) -> datetime | None:
        """Return the instant at which a request loses its persons; None while it is open or its license holds."""
        months = self.months.get(request.status)
        return None if months is None else later(request.since, months)

    def looked_at(self, now: datetime) -> Iterator[tuple[Status, datetime]]:
        """Yield the statuses of requests that may be due, each with the latest instant of its beginning."""
        for status, months in self.months.items():
            yield status, later(now, -months) + _SLACK

    def due(self, requests: Iterable[LicenseRequest], now: datetime) -> tuple[LicenseRequest, ...]:
        """Those whose time is over."""
        return tuple(r for r in requests if (at := self.ends_at(r)) and at <= now)

    def going(self, requests: Iterable[LicenseRequest]) -> tuple[Going, ...]:
        """Return the coming deletions, the next one first."""
        found = (Going(r.id, r.status, at) for r in requests if (at := self.ends_at(r)))
        return tuple(sorted(found, key=lambda going: (going.at, going.request_id)))

    def draft_ends_at(self, conversation: Conversation) -> datetime | None:
        """Return an unfinished form's end, never sooner than its warning promised; None if it is not counted yet."""
        if conversation.touched_at is None:
            return None
        ends_at = conversation.touched_at + timedelta(days=self.draft)
        warned_at = conversation.warned_at
        return max(ends_at, warned_at + self._notice) if warned_at else ends_at

    def draft_due(self, conversation: Conversation, now: datetime) -> DraftDue:
        """Return the action due now; `count`: the form's age is unknown, so it is counted from now on."""
        ends_at = self.draft_ends_at(conversation)
        if ends_at is None:
            return DraftDue.COUNT
        if conversation.warned_at is None:
            return DraftDue.WARN if now >= ends_at - self._notice else DraftDue.NOTHING
        return DraftDue.DELETE if now >= ends_at else DraftDue.NOTHING

    @property
    def _notice(self) -> timedelta:
        return min(WARNED_BEFORE, timedelta(days=self.draft) / 3)

    def left(self, request: LicenseRequest, persons: PersonalData | None) -> PersonalData | None:
        """Return the persons that an erasure leaves: the signer of a license that was granted, or nothing."""
        if persons and self.evidence is Evidence.SIGNER and was_granted(request):
            return PersonalData(persons.signer)
        return None

    def keeps_signed(self, request: LicenseRequest) -> bool:
        """Return whether a license is kept although its signer, who did not ask for it in the chat, is to be erased."""
        return self.evidence is Evidence.SIGNER and was_granted(request) and request.status in _GRANTED


def was_granted(request: LicenseRequest) -> bool:
    """Return whether a license was granted, in force or ended."""
    return any(event.happened is Happened.APPROVED for event in request.events)


def later(instant: datetime, months: int) -> datetime:
    """So many calendar months later, or earlier; the last day of a shorter month where it has no such day."""
    years, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = min(instant.day, monthrange(years, month + 1)[1])
    return instant.replace(year=years, month=month + 1, day=day)
