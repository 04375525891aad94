"""What goes into the conversation and what comes out: events, sayings, effects.

PURE. `bot.understanding.interpreter` makes the events, `bot.texts.views` words the sayings, `bot.app.service`
performs the effects.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.dialogue.effects import Effect
from bot.dialogue.state import Conversation
from bot.form.outcome import Checked
from bot.model.identity import RequestId
from bot.model.people import Field, PersonalData, Standing
from bot.request.commands import Command
from bot.request.lifecycle import Refused
from bot.terms.answer import Answer
from bot.texts.choice import Choice
from bot.texts.say import Say

# Events: what reached the conversation.


@dataclass(frozen=True, slots=True)
class Opened:
    """The person opened the chat, or came back to it."""


@dataclass(frozen=True, slots=True)
class Chose:
    """A choice was made. `argument`: the field, request id, clause or unit that it is about, or the suggested value.

    `field`: the one to be changed, where `argument` names the request.
    """

    choice: Choice
    argument: str = ""
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Gave:
    """A value for a field, already checked."""

    field: Field
    checked: Checked


@dataclass(frozen=True, slots=True)
class Pasted:
    """Several values at once, from a block or a signature, each already checked."""

    given: tuple[Gave, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """All that one message says, in the order in which it is applied."""

    events: "tuple[Event, ...]"


@dataclass(frozen=True, slots=True)
class Deferred:
    """The person comes back later, or asks somebody first."""


@dataclass(frozen=True, slots=True)
class FilledIn:
    """The values of a whole form, each already checked; those that the draft held already are left out."""

    given: tuple[Gave, ...]


@dataclass(frozen=True, slots=True)
class StaleForm:
    """A form was sent that had been opened before the answers changed elsewhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the terms, and what the LA says."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Words that fit neither the open question nor anything else."""


@dataclass(frozen=True, slots=True)
class EditedTooLate:
    """A message was edited that answers nothing which is still open."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A button of an earlier question was pressed."""


@dataclass(frozen=True, slots=True)
class Reopened:
    """The fields of an issued request, to be changed; `corrected`: one of them already, by an edited message."""

    request_id: RequestId
    standing: Standing
    personal_data: PersonalData
    corrected: Gave | None = None


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The fields of a closed request, for a new one to begin with."""

    standing: Standing
    personal_data: PersonalData


@dataclass(frozen=True, slots=True)
class WasIssued:
    """A document was issued: the effect `IssueDocument` is done."""

    request_id: RequestId
    number: int


@dataclass(frozen=True, slots=True)
class NotIssued:
    """The PDF could not be made; nothing was changed."""


@dataclass(frozen=True, slots=True)
class NothingChanged:
    """The form holds what the issued document already says: no new one was made."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Acted:
    """A lifecycle command was carried out: the effect `Act` is done.

    `standing` is the applicant's. `next_at`: when the clock looks at the request next, by the person's own calendar.
    `at`: when it happened. `version`: the announced version of the LA that it is about, empty where it is about none.
    """

    command: Command
    request_id: RequestId
    standing: Standing
    next_at: datetime | None = None
    at: datetime | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Permitted:
    """A lifecycle command may be carried out: the effect `Consider` is done. Now it is asked about."""

    command: Command
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class WasRefused:
    """A lifecycle command was refused, and why."""

    refused: Refused
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class WasErased:
    """The person was erased: the effect `ErasePerson` is done.

    `withdrawn` requests were open; of those in `left` the signer stays. `backups_until`: when the last backup is gone.
    """

    withdrawn: tuple[RequestId, ...]
    left: tuple[RequestId, ...]
    backups_until: datetime


@dataclass(frozen=True, slots=True)
class NoSuchRequest:
    """A request was named that this person does not have."""


Event = (
    Opened
    | Chose
    | Gave
    | Pasted
    | Several
    | Deferred
    | FilledIn
    | StaleForm
    | Asked
    | NotUnderstood
    | EditedTooLate
    | Stale
    | Reopened
    | Prefilled
    | WasIssued
    | NotIssued
    | NothingChanged
    | Acted
    | Permitted
    | WasRefused
    | WasErased
    | NoSuchRequest
)


# What a turn says.


class View(StrEnum):
    """What the service shows from what it knows."""

    REQUESTS = "requests"
    REQUEST = "request"
    ISSUED = "issued"
    EMAIL = "email"
    FOLLOW_UP = "follow_up"
    FOR_SIGNER = "for_signer"
    TERMS = "terms"
    WHOLE_TEXT = "whole_text"
    CLAUSE = "clause"
    CITE = "cite"
    PRIVACY = "privacy"
    MY_DATA = "my_data"
    ERASING = "erasing"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Show:
    """A view; `argument` is the request id or clause that it shows; of requests, the choice that one is picked for."""

    view: View
    argument: str = ""


Says = tuple[Say | Show | Answer, ...]


# What a turn asks the world to do; each comes back as an event.


@dataclass(frozen=True, slots=True)
class Turn:
    """The conversation after an event, what to say, and at most one thing to do."""

    conversation: Conversation
    says: Says = ()
    effect: Effect | None = None
