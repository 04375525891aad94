"""The events of a request, and the statuses that follow from them.

PURE. Events hold no personal data; they name the applicant by role alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.model.identity import Actor, RequestId
from bot.model.people import Standing
from bot.request.status import Document, Status
from bot.request.version_notice import Informed, VersionNotice


class Happened(StrEnum):
    """The kind of an event, in the past tense."""

    ISSUED = "issued"
    EMAILED = "emailed"
    RECEIVED = "received"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OPTED_OUT = "opted_out"
    REVOKED = "revoked"
    REGISTERED = "registered"
    NOTED = "noted"
    ASSIGNED = "assigned"
    VERSION_CORRECTED = "version_corrected"
    MERGED = "merged"
    ABSORBED = "absorbed"
    REOPENED = "reopened"
    UNDONE = "undone"
    INFORMED = "informed"
    STAYED = "stayed"
    UNANSWERED = "unanswered"
    LAPSED = "lapsed"
    REMINDED = "reminded"
    POSTPONED = "postponed"
    REMINDERS_STOPPED = "reminders_stopped"
    EMAIL_CHECKED = "email_checked"
    ERASED = "erased"
    SIGNER_ERASED = "signer_erased"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a request, with its instant (UTC) and actor. `reasons` are those of staff, or the findings of a
    check.

    `document` and `standing` stand in `issued`, a document in `version_corrected` too. `other`: the request that it was
    merged into, or that was merged into it. `dated_at`: when it happened, where that was before it was recorded.
    `about`: the announced version that somebody was told of, stayed with or opted out of.
    `until` stands in `postponed`.
    """

    happened: Happened
    at: datetime
    actor: Actor
    document: Document | None = None
    standing: Standing | None = None
    reasons: tuple[str, ...] = ()
    other: RequestId | None = None
    dated_at: datetime | None = None
    about: VersionNotice | None = None
    until: datetime | None = None


BECOMES: Mapping[Happened, Status | None] = {
    Happened.ISSUED: Status.ISSUED,
    Happened.EMAILED: Status.EMAILED,
    Happened.RECEIVED: Status.RECEIVED,
    Happened.APPROVED: Status.APPROVED,
    Happened.RETURNED: Status.RETURNED,
    Happened.REJECTED: Status.REJECTED,
    Happened.WITHDRAWN: Status.WITHDRAWN,
    Happened.EXPIRED: Status.EXPIRED,
    Happened.OPTED_OUT: Status.VOID,
    Happened.REVOKED: Status.REVOKED,
    Happened.REGISTERED: Status.RECEIVED,
    Happened.NOTED: None,
    Happened.ASSIGNED: None,
    Happened.VERSION_CORRECTED: None,
    Happened.MERGED: Status.MERGED,
    Happened.ABSORBED: None,
    Happened.REOPENED: None,
    Happened.UNDONE: None,
    Happened.INFORMED: None,
    Happened.STAYED: None,
    Happened.UNANSWERED: None,
    Happened.LAPSED: Status.VOID,
    Happened.REMINDED: None,
    Happened.POSTPONED: None,
    Happened.REMINDERS_STOPPED: None,
    Happened.EMAIL_CHECKED: None,
    Happened.ERASED: None,
    Happened.SIGNER_ERASED: None,
}
"""None: no status is added; the request stays where it stands, but for `reopened` and `undone`, which take one off."""

_TAKES_OFF = frozenset({Happened.REOPENED, Happened.UNDONE})


class Stand(NamedTuple):
    """A status that a request has or had, the instant it began, and the event that caused it."""

    status: Status
    since: datetime
    event: Event


def trail(events: tuple[Event, ...]) -> list[tuple[Event, Status | None, Status]]:
    """Each event with the status before it (None: there was no request) and after it."""
    after = [stood(events[: n + 1])[-1].status for n in range(len(events))]
    return list(zip(events, [None, *after], after, strict=False))


def stood(events: tuple[Event, ...]) -> list[Stand]:
    """Return the statuses that a request has had and that were not taken back; the last is the current one."""
    stack: list[Stand] = []
    for event in events:
        if event.happened in _TAKES_OFF:
            stack.pop()
            if event.happened is Happened.REOPENED:
                stack[-1] = stack[-1]._replace(since=event.at)
        elif becomes := BECOMES[event.happened]:
            stack.append(Stand(becomes, event.dated_at or event.at, event))
    return stack


def informed_of(events: tuple[Event, ...]) -> VersionNotice | None:
    """The version that the holder was told of last; None where none was, or where it was called off since.

    Whom a document on it was offered held no license then: nobody was asked to stay or to opt out.
    """
    notices = (event.about for event in reversed(events) if event.happened is Happened.INFORMED)
    last = next((about for about in notices if about and about.step is not Informed.OFFERED), None)
    return None if last and last.step is Informed.CALLED_OFF else last


def has_stayed(events: tuple[Event, ...]) -> bool:
    """Return whether the holder said that they stay with the version that they were told of last."""
    last = informed_of(events)
    stays = (event.about for event in events if event.happened is Happened.STAYED and event.about)
    return last is not None and any((a.version, a.number) == (last.version, last.number) for a in stays)
