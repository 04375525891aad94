"""The life of a license request: `decide` says what a command makes happen, `apply` what a request then is.

PURE, and the file's law: a status changes only by an event, an event comes only from `decide`, and `decide` looks into
`RULES` before anything else.

    issued ──> emailed ──> received ──> approved ──> void | revoked
      ^  ^       │            ├──> rejected
      │  └───────┘            └──> returned ──> issued (new document) | emailed
      │ a changed field makes a new document
    open ones may become: withdrawn (by the applicant), expired (by the clock, unless it was received),
    merged (into another request, by staff)
    closed and approved ones may be erased: they stand where they stood, and no longer know whose they are

Statuses are a stack: what staff undo or reopen takes the last one off, and the request stands where it stood before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.model.errors import ImpossibleEvent
from bot.model.identity import Actor, Role
from bot.model.people import Standing
from bot.request.commands import (
    Absorb,
    Approve,
    Assign,
    CheckEmail,
    Command,
    CorrectVersion,
    Erase,
    EraseSigner,
    Expire,
    Inform,
    Issue,
    Lapse,
    LeaveUnanswered,
    MarkEmailed,
    Merge,
    Note,
    OptOut,
    Postpone,
    Receive,
    Reject,
    Remind,
    Reopen,
    Return,
    Revoke,
    Stay,
    StopReminding,
    Undo,
    Withdraw,
)
from bot.request.events import Event, Happened, has_stayed, informed_of, stood
from bot.request.request import LicenseRequest, Opening
from bot.request.status import Document, DocumentStatus, Status


class Refusal(StrEnum):
    """Why a command was refused."""

    NOT_PERMITTED = "not_permitted"
    NOT_YOURS = "not_yours"
    WRONG_STATUS = "wrong_status"
    SIGNER_ONLY = "signer_only"
    TOO_LATE = "too_late"
    NOT_INFORMED = "not_informed"
    STAYED = "stayed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that changes nothing; `status` is where the request stands."""

    reason: Refusal
    status: Status


class Rule(NamedTuple):
    """A command, from which statuses, by which roles, and what happens."""

    command: type[Command]
    statuses: frozenset[Status]
    roles: frozenset[Role]
    happens: Happened


_APPLICANT = frozenset({Role.APPLICANT})
_DESK = frozenset({Role.STAFF, Role.OWNER})
_CLOCK = frozenset({Role.CLOCK})
_WAITS_FOR_APPLICANT = frozenset({Status.ISSUED, Status.RETURNED})
_OPEN = _WAITS_FOR_APPLICANT | {Status.EMAILED, Status.RECEIVED}
_UNDOABLE = frozenset({Status.APPROVED, Status.RETURNED, Status.REJECTED, Status.REVOKED})
_CLOSED_BY_STAFF = frozenset({Status.APPROVED, Status.REJECTED, Status.REVOKED, Status.MERGED})

RULES = (
    Rule(Issue, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _APPLICANT | _DESK, Happened.ISSUED),
    Rule(MarkEmailed, _WAITS_FOR_APPLICANT, _APPLICANT | _DESK, Happened.EMAILED),
    Rule(Receive, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _DESK, Happened.RECEIVED),
    Rule(Approve, frozenset({Status.RECEIVED}), _DESK, Happened.APPROVED),
    Rule(Return, frozenset({Status.RECEIVED}), _DESK, Happened.RETURNED),
    Rule(Reject, frozenset({Status.RECEIVED}), _DESK, Happened.REJECTED),
    Rule(Withdraw, _OPEN, _APPLICANT | _DESK, Happened.WITHDRAWN),
    Rule(Expire, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _CLOCK, Happened.EXPIRED),
    Rule(OptOut, frozenset({Status.APPROVED}), _APPLICANT | _DESK, Happened.OPTED_OUT),
    Rule(Revoke, frozenset({Status.APPROVED}), _DESK, Happened.REVOKED),
    Rule(Note, frozenset(Status), _DESK, Happened.NOTED),
    Rule(Assign, _OPEN | {Status.APPROVED}, _DESK, Happened.ASSIGNED),
    Rule(CorrectVersion, frozenset({Status.RECEIVED, Status.APPROVED}), _DESK, Happened.VERSION_CORRECTED),
    Rule(Merge, _OPEN, _DESK, Happened.MERGED),
    Rule(Absorb, _OPEN | {Status.APPROVED}, _DESK, Happened.ABSORBED),
    Rule(Reopen, _CLOSED_BY_STAFF | {Status.WITHDRAWN, Status.EXPIRED}, _DESK, Happened.REOPENED),
    Rule(Undo, _UNDOABLE, _DESK, Happened.UNDONE),
    Rule(Inform, _WAITS_FOR_APPLICANT | {Status.APPROVED}, _DESK | _CLOCK, Happened.INFORMED),
    Rule(Stay, frozenset({Status.APPROVED}), _APPLICANT | _DESK, Happened.STAYED),
    Rule(LeaveUnanswered, frozenset({Status.APPROVED}), _CLOCK, Happened.UNANSWERED),
    Rule(Lapse, frozenset({Status.APPROVED}), _CLOCK, Happened.LAPSED),
    Rule(Remind, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _CLOCK, Happened.REMINDED),
    Rule(Postpone, _WAITS_FOR_APPLICANT, _APPLICANT, Happened.POSTPONED),
    Rule(StopReminding, _WAITS_FOR_APPLICANT, _APPLICANT, Happened.REMINDERS_STOPPED),
    Rule(CheckEmail, frozenset({Status.EMAILED}), _APPLICANT, Happened.EMAIL_CHECKED),
    Rule(Erase, frozenset(Status) - _OPEN, _APPLICANT | _DESK | _CLOCK, Happened.ERASED),
    Rule(EraseSigner, frozenset(Status) - _OPEN, _DESK, Happened.SIGNER_ERASED),
)

PERMISSIONS: Mapping[tuple[Status, Role], frozenset[type[Command]]] = {
    (status, role): frozenset(rule.command for rule in RULES if status in rule.statuses and role in rule.roles)
    for status in Status
    for role in Role
}


RECEIVED_WITH = frozenset({Approve, Return, Reject})
"""Decisions about an email that just came. They imply its receipt, unless it was sent back."""


def possible(status: Status, role: Role) -> frozenset[type[Command]]:
    """Return the commands a role may give at that status, including those possible after an implied receipt."""
    allowed = PERMISSIONS[status, role]
    at_once = Receive in allowed and status is not Status.RETURNED
    return allowed | RECEIVED_WITH if at_once else allowed


def open_request(opening: Opening, document: Document, actor: Actor) -> LicenseRequest:
    """A new request with its first document, issued at the document's instant."""
    event = Event(Happened.ISSUED, document.issued_at, _recorded(actor), document, opening.standing)
    return _begun(opening, document, event)


def register_request(
    opening: Opening, document: Document, actor: Actor, now: datetime, received_at: datetime
) -> LicenseRequest:
    """A request of an LA that came without the bot: received at `received_at`, recorded `now`; the PDF is not ours."""
    event = Event(Happened.REGISTERED, now, actor, document, opening.standing, dated_at=received_at)
    return _begun(opening, document, event)


def _begun(opening: Opening, document: Document, event: Event) -> LicenseRequest:
    now = stood((event,))[-1]
    return LicenseRequest(
        id=opening.id,
        dataset=opening.dataset,
        standing=opening.standing,
        status=now.status,
        since=now.since,
        documents=(document,),
        events=(event,),
        account=opening.account,
        address=opening.address,
        remind_at=event.at,
        time_zone=opening.time_zone,
    )


def decide(command: Command, request: LicenseRequest, actor: Actor, now: datetime) -> Event | Refused:
    """Return the event that the command causes, or the reason why it is refused. Permission is checked first."""
    rule = next(rule for rule in RULES if rule.command is type(command))
    if actor.role not in rule.roles:
        return Refused(Refusal.NOT_PERMITTED, request.status)
    if actor.role is Role.APPLICANT and (request.account is None or actor.account != request.account):
        return Refused(Refusal.NOT_YOURS, request.status)
    if type(command) not in PERMISSIONS[request.status, actor.role]:
        return Refused(Refusal.WRONG_STATUS, request.status)
    if isinstance(command, OptOut | Stay) and actor.role is Role.APPLICANT and request.standing is not Standing.SIGNER:
        return Refused(Refusal.SIGNER_ONLY, request.status)
    wants_notice = isinstance(command, Stay) or (isinstance(command, OptOut) and actor.role is Role.APPLICANT)
    if wants_notice and informed_of(request.events) is None:
        return Refused(Refusal.NOT_INFORMED, request.status)
    if isinstance(command, Stay) and has_stayed(request.events):
        return Refused(Refusal.STAYED, request.status)
    if isinstance(command, Reopen | Undo) and request.has_lost_persons:
        return Refused(Refusal.ERASED, request.status)
    if isinstance(command, Undo) and stood(request.events)[-1].event.at < command.since:
        return Refused(Refusal.TOO_LATE, request.status)
    return _event(command, request, Event(rule.happens, now, _recorded(actor)))


def _event(command: Command, request: LicenseRequest, happened: Event) -> Event:
    """The event with what the command says of it."""
    match command:
        case Issue():
            return replace(happened, document=command.document, standing=command.standing)
        case CorrectVersion():
            return replace(happened, document=command.document)
        case Return(reasons):
            return replace(happened, reasons=reasons)
        case Reject(reason) | Revoke(reason) | CheckEmail(reason):
            return replace(happened, reasons=(reason,))
        case Postpone(days):
            return replace(happened, until=happened.at + timedelta(days=days))
        case Merge(other) | Absorb(other):
            return replace(happened, other=other)
        case Inform(about) | LeaveUnanswered(about) | Lapse(about):
            return replace(happened, about=about)
        case Stay() | OptOut():
            return replace(happened, about=informed_of(request.events))
        case _:
            return happened


def apply(request: LicenseRequest, event: Event) -> LicenseRequest:
    """The request after the event. Raises ImpossibleEvent, and changes nothing, where it cannot have happened.

    The clock looks at it at once, unless whoever commits it knows better (`bot.reminders.policy.next_at`).
    """
    if not any(event.happened is rule.happens and request.status in rule.statuses for rule in RULES):
        raise ImpossibleEvent(f"{request.id} is {request.status}: it cannot have been {event.happened}")
    now = stood((*request.events, event))[-1]
    if event.happened is Happened.ERASED:
        request = replace(request, account=None, address=None, remind_at=None, answered={}, time_zone="")
    return replace(
        request,
        status=now.status,
        since=now.since,
        assignee=event.actor.account if event.happened is Happened.ASSIGNED else request.assignee,
        standing=event.standing or request.standing,
        documents=_documents(request, event),
        events=(*request.events, event),
        remind_at=event.at if event.happened is not Happened.ERASED else None,
    )


def _documents(request: LicenseRequest, event: Event) -> tuple[Document, ...]:
    if event.document is None:
        return request.documents
    if event.document.number != request.document.number + 1:
        raise ImpossibleEvent(f"{request.id}: document {event.document.number} after {request.document.number}")
    return (
        *request.documents[:-1],
        replace(request.document, status=DocumentStatus.SUPERSEDED),
        event.document,
    )


def _recorded(actor: Actor) -> Actor:
    """The actor as an event keeps it: the applicant by role alone."""
    return Actor(Role.APPLICANT) if actor.role is Role.APPLICANT else actor
