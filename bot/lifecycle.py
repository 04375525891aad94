"""The life of a license request: `decide` says what a command makes happen, `apply` what a request then is.

PURE, and the file's law: a status changes only by an event, an event comes only from `decide`, and `decide` looks into
`RULES` before anything else. Events hold no personal data; they name the applicant by role alone.

    issued ──> emailed ──> received ──> approved ──> void | revoked
      ^  ^       │            ├──> rejected
      │  └───────┘            └──> returned ──> issued (new document) | emailed
      │ a changed field makes a new document
    open ones may become: withdrawn (by the applicant), expired (by the clock, while it waits for the applicant)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.commands import (
    Approve,
    CheckEmail,
    Command,
    Expire,
    Issue,
    MarkEmailed,
    OptOut,
    Postpone,
    Receive,
    Reject,
    Remind,
    Return,
    Revoke,
    StopReminding,
    Withdraw,
)
from bot.errors import ImpossibleEvent
from bot.model import (
    Account,
    Actor,
    DeliveryAddress,
    Document,
    DocumentStatus,
    Field,
    RequestId,
    Role,
    Standing,
    Status,
)


class Happened(StrEnum):
    """What an event says, in the past tense."""

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
    REMINDED = "reminded"
    POSTPONED = "postponed"
    REMINDERS_STOPPED = "reminders_stopped"
    EMAIL_CHECKED = "email_checked"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a request, when (UTC) and by whom. `reasons` where staff gave some, or what a check found.

    `document` and `standing` stand in `issued`, `until` in `postponed`.
    """

    happened: Happened
    at: datetime
    actor: Actor
    document: Document | None = None
    standing: Standing | None = None
    reasons: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LicenseRequest:
    """A request as its events made it. `account` and `address` are None where no chat stands behind it.

    `remind_at` is when the clock looks at it next (`bot.reminders`); the store answers by it. `time_zone` is the
    person's (IANA), empty where unknown. `answered`: which message of the chat answered which field, so that editing
    one still finds it.
    """

    id: RequestId
    dataset: str
    standing: Standing
    status: Status
    since: datetime
    documents: tuple[Document, ...]
    events: tuple[Event, ...]
    account: Account | None = None
    address: DeliveryAddress | None = None
    remind_at: datetime | None = None
    answered: Mapping[str, Field] = attribute(default_factory=dict)
    time_zone: str = ""

    @property
    def document(self) -> Document:
        """The current document, the last one issued."""
        return self.documents[-1]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a request is opened with, besides its first document."""

    id: RequestId
    dataset: str
    standing: Standing
    account: Account | None = None
    address: DeliveryAddress | None = None
    time_zone: str = ""


class Refusal(StrEnum):
    """Why a command was refused."""

    NOT_PERMITTED = "not_permitted"
    NOT_YOURS = "not_yours"
    WRONG_STATUS = "wrong_status"
    SIGNER_ONLY = "signer_only"


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

RULES = (
    Rule(Issue, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _APPLICANT | _DESK, Happened.ISSUED),
    Rule(MarkEmailed, _WAITS_FOR_APPLICANT, _APPLICANT | _DESK, Happened.EMAILED),
    Rule(Receive, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _DESK, Happened.RECEIVED),
    Rule(Approve, frozenset({Status.RECEIVED}), _DESK, Happened.APPROVED),
    Rule(Return, frozenset({Status.RECEIVED}), _DESK, Happened.RETURNED),
    Rule(Reject, frozenset({Status.RECEIVED}), _DESK, Happened.REJECTED),
    Rule(Withdraw, _OPEN, _APPLICANT | _DESK, Happened.WITHDRAWN),
    Rule(Expire, _WAITS_FOR_APPLICANT, _CLOCK, Happened.EXPIRED),
    Rule(OptOut, frozenset({Status.APPROVED}), _APPLICANT | _DESK, Happened.OPTED_OUT),
    Rule(Revoke, frozenset({Status.APPROVED}), _DESK, Happened.REVOKED),
    Rule(Remind, _WAITS_FOR_APPLICANT | {Status.EMAILED}, _CLOCK, Happened.REMINDED),
    Rule(Postpone, _WAITS_FOR_APPLICANT, _APPLICANT, Happened.POSTPONED),
    Rule(StopReminding, _WAITS_FOR_APPLICANT, _APPLICANT, Happened.REMINDERS_STOPPED),
    Rule(CheckEmail, frozenset({Status.EMAILED}), _APPLICANT, Happened.EMAIL_CHECKED),
)

PERMISSIONS: Mapping[tuple[Status, Role], frozenset[type[Command]]] = {
    (status, role): frozenset(rule.command for rule in RULES if status in rule.statuses and role in rule.roles)
    for status in Status
    for role in Role
}

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
    Happened.REMINDED: None,
    Happened.POSTPONED: None,
    Happened.REMINDERS_STOPPED: None,
    Happened.EMAIL_CHECKED: None,
}
"""None: the request stays where it stands, and `since` with it."""


class Party(StrEnum):
    """Who is being waited for."""

    APPLICANT = "applicant"
    SIGNER = "signer"
    STAFF = "staff"


def waiting_for(request: LicenseRequest) -> Party | None:
    """Who has to act next; None where nobody has to."""
    match request.status:
        case Status.ISSUED if request.standing is not Standing.SIGNER:
            return Party.SIGNER
        case Status.ISSUED | Status.RETURNED:
            return Party.APPLICANT
        case Status.EMAILED | Status.RECEIVED:
            return Party.STAFF
        case _:
            return None


def open_request(opening: Opening, document: Document, actor: Actor) -> LicenseRequest:
    """A new request with its first document, issued at the document's instant."""
    event = Event(Happened.ISSUED, document.issued_at, _recorded(actor), document, opening.standing)
    return LicenseRequest(
        id=opening.id,
        dataset=opening.dataset,
        standing=opening.standing,
        status=Status.ISSUED,
        since=event.at,
        documents=(document,),
        events=(event,),
        account=opening.account,
        address=opening.address,
        remind_at=event.at,
        time_zone=opening.time_zone,
    )


def decide(command: Command, request: LicenseRequest, actor: Actor, now: datetime) -> Event | Refused:
    """What the command makes happen, or why nothing does. Permission is looked at first."""
    rule = next(rule for rule in RULES if rule.command is type(command))
    if actor.role not in rule.roles:
        return Refused(Refusal.NOT_PERMITTED, request.status)
    if actor.role is Role.APPLICANT and (request.account is None or actor.account != request.account):
        return Refused(Refusal.NOT_YOURS, request.status)
    if type(command) not in PERMISSIONS[request.status, actor.role]:
        return Refused(Refusal.WRONG_STATUS, request.status)
    if isinstance(command, OptOut) and actor.role is Role.APPLICANT and request.standing is not Standing.SIGNER:
        return Refused(Refusal.SIGNER_ONLY, request.status)
    happened = Event(rule.happens, now, _recorded(actor), reasons=_reasons(command))
    match command:
        case Issue(document, standing):
            return replace(happened, document=document, standing=standing)
        case Postpone(days):
            return replace(happened, until=now + timedelta(days=days))
        case _:
            return happened


def apply(request: LicenseRequest, event: Event) -> LicenseRequest:
    """The request after the event. Raises ImpossibleEvent, and changes nothing, where it cannot have happened.

    The clock looks at it at once, unless whoever commits it knows better (`bot.reminders.next_at`).
    """
    if not any(event.happened is rule.happens and request.status in rule.statuses for rule in RULES):
        raise ImpossibleEvent(f"{request.id} is {request.status}: it cannot have been {event.happened}")
    becomes = BECOMES[event.happened]
    return replace(
        request,
        status=becomes or request.status,
        since=event.at if becomes else request.since,
        standing=event.standing or request.standing,
        documents=_documents(request, event),
        events=(*request.events, event),
        remind_at=event.at,
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


def _reasons(command: Command) -> tuple[str, ...]:
    match command:
        case Return(reasons):
            return reasons
        case Reject(reason) | Revoke(reason) | CheckEmail(reason):
            return (reason,)
        case _:
            return ()
