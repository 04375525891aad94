"""The life of a license request: `decide` says what a command makes happen, `apply` what a request then is.

PURE, and the file's law: a status changes only by an event, an event comes only from `decide`, and `decide` looks into
`RULES` before anything else. Events hold no personal data; they name the applicant by role alone.

    issued ──> emailed ──> received ──> approved ──> void | revoked
      ^  ^       │            ├──> rejected
      │  └───────┘            └──> returned ──> issued (new document) | emailed
      │ a changed field makes a new document
    open ones may become: withdrawn (by the applicant), expired (by the clock, while it waits for the applicant)
    closed and approved ones may be erased: they stand where they stood, and no longer know whose they are
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

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


@dataclass(frozen=True, slots=True)
class Issue:
    """Make another document, which supersedes the one before: a field changed, perhaps who the signer is."""

    document: Document
    standing: Standing


@dataclass(frozen=True, slots=True)
class MarkEmailed:
    """The applicant says that the signed scan was emailed."""


@dataclass(frozen=True, slots=True)
class Receive:
    """Staff confirm that the email arrived."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Staff grant the license."""


@dataclass(frozen=True, slots=True)
class Return:
    """Staff send it back for correction; `reasons` are codes of the dataset's list."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """Staff refuse it; `reason` is a code of the dataset's list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The applicant takes the request back."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The clock closes a request that nobody went on with."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """The signer opts out of a changed LA, which renders the previous LA void (clause 6, Changes)."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """Staff take an approved license back; `reason` is a code of the dataset's list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Take the person out of the request: account, address and message ids. Its persons are erased beside it."""


Command = Erase | Issue | MarkEmailed | Receive | Approve | Return | Reject | Withdraw | Expire | OptOut | Revoke


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
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a request, when (UTC) and by whom. `reasons` where staff gave some.

    `document` and `standing` stand in `issued`.
    """

    happened: Happened
    at: datetime
    actor: Actor
    document: Document | None = None
    standing: Standing | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LicenseRequest:
    """A request as its events made it. `account` and `address` are None where no chat stands behind it.

    `remind_at` is when the clock looks at it next; the store answers by it. `answered`: which message of the chat
    answered which field, so that editing one still finds it.
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
    Rule(Erase, frozenset(Status) - _OPEN, _APPLICANT | _DESK | _CLOCK, Happened.ERASED),
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
    Happened.ERASED: None,
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
    if isinstance(command, Issue):
        return replace(happened, document=command.document, standing=command.standing)
    return happened


def apply(request: LicenseRequest, event: Event) -> LicenseRequest:
    """The request after the event. Raises ImpossibleEvent, and changes nothing, where it cannot have happened."""
    if not any(event.happened is rule.happens and request.status in rule.statuses for rule in RULES):
        raise ImpossibleEvent(f"{request.id} is {request.status}: it cannot have been {event.happened}")
    if event.happened is Happened.ERASED:
        request = replace(request, account=None, address=None, remind_at=None, answered={})
    becomes = BECOMES[event.happened]
    return replace(
        request,
        status=becomes or request.status,
        since=event.at if becomes else request.since,
        standing=event.standing or request.standing,
        documents=_documents(request, event),
        events=(*request.events, event),
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
        case Reject(reason) | Revoke(reason):
            return (reason,)
        case _:
            return ()
