"""The words between the conversation and the rest: its state, the events that reach it, what it says and asks for.

PURE. `bot.conversation` decides with them, `bot.understanding` makes the events, `bot.service` performs the effects.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.lifecycle import Command, Refused
from bot.model import (
    APPLICANT_FIELDS,
    SIGNER_FIELDS,
    Answer,
    Checked,
    Doubtful,
    Field,
    PersonalData,
    Quote,
    RequestId,
    Standing,
)


class Step(StrEnum):
    """Which question is open. `menu`: none; nothing is kept."""

    MENU = "menu"
    WHO = "who"
    STUDENT = "student"
    PURPOSE = "purpose"
    FIELD = "field"
    REVIEW = "review"
    CHOOSE = "choose"


class Choice(StrEnum):
    """Everything that can be chosen, by a button, by its label or by a command. Its words are in the texts."""

    REQUEST = "request"
    ASK = "ask"
    STATUS = "status"
    PRIVACY = "privacy"
    HELP = "help"
    MENU = "menu"

    SIGN_SELF = "sign_self"
    SIGN_LEADER = "sign_leader"
    SIGN_ALREADY = "sign_already"
    SIGN_UNSURE = "sign_unsure"
    IS_STUDENT = "is_student"
    IS_RESEARCHER = "is_researcher"
    FOR_CHALLENGE = "for_challenge"
    FOR_RESEARCH = "for_research"
    FOR_COMMERCE = "for_commerce"

    SUGGESTED = "suggested"
    KEEP = "keep"
    TAKE = "take"
    TAKE_SUGGESTION = "take_suggestion"
    OTHER_SIGNER = "other_signer"
    ISSUE = "issue"
    CHANGE = "change"
    BACK = "back"
    CANCEL = "cancel"
    START_OVER = "start_over"
    YES = "yes"
    NO = "no"

    EMAILED = "emailed"
    CHANGE_ISSUED = "change_issued"
    SEND_AGAIN = "send_again"
    WITHDRAW = "withdraw"
    WITHDRAW_SURELY = "withdraw_surely"
    SHOW_REQUEST = "show_request"

    TERMS = "terms"
    WHOLE_TEXT = "whole_text"
    CITE = "cite"
    CLAUSE = "clause"
    READING = "reading"
    ASK_LICENSOR = "ask_licensor"


ABOUT_THE_STATE = frozenset(
    {
        *(Choice.SIGN_SELF, Choice.SIGN_LEADER, Choice.SIGN_ALREADY, Choice.SIGN_UNSURE),
        *(Choice.IS_STUDENT, Choice.IS_RESEARCHER, Choice.FOR_CHALLENGE, Choice.FOR_RESEARCH, Choice.FOR_COMMERCE),
        *(Choice.SUGGESTED, Choice.KEEP, Choice.TAKE, Choice.TAKE_SUGGESTION, Choice.OTHER_SIGNER, Choice.ISSUE),
        *(Choice.CHANGE, Choice.YES, Choice.NO, Choice.BACK, Choice.CANCEL, Choice.START_OVER),
    }
)
"""Choices that mean something only in the state that they were offered in: on an old message they change nothing."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a person is in the dialogue, and what they have answered so far.

    `field`: the one that is asked for in step `field`. `doubt`: its value is asked about. `leaving`: cancel or start
    over would lose answers, and is asked about. `changing`: the issued request whose fields are being changed.
    `last_unit`: the answer that a follow-up question leans on.
    """

    step: Step = Step.MENU
    standing: Standing | None = None
    draft: Mapping[Field, str] = field(default_factory=dict)
    field: Field | None = None
    doubt: Doubtful | None = None
    leaving: Choice | None = None
    changing: RequestId | None = None
    last_unit: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that this person is asked for, in order."""
        return SIGNER_FIELDS if self.standing is Standing.SIGNER else APPLICANT_FIELDS + SIGNER_FIELDS

    @property
    def missing(self) -> tuple[Field, ...]:
        """Those of them that are still to be answered."""
        return tuple(f for f in self.fields if f not in self.draft)

    @property
    def token(self) -> str:
        """A digest of what the open question was asked on: a button pressed under another one is stale."""
        state = (
            self.step,
            self.standing,
            sorted(self.draft.items()),
            self.field,
            self.doubt,
            self.leaving,
            self.changing,
        )
        return hashlib.sha256(repr(state).encode(errors="surrogatepass")).hexdigest()[:8]


# Events: what reached the conversation.


@dataclass(frozen=True, slots=True)
class Opened:
    """The person opened the chat, or came back to it."""


@dataclass(frozen=True, slots=True)
class Chose:
    """A choice was made. `argument`: the field, request id, clause or unit that it is about, or the suggested value."""

    choice: Choice
    argument: str = ""


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
class Asked:
    """A question about the terms, and what the LA says."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Words that fit neither the open question nor anything else."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A button of an earlier question was pressed."""


@dataclass(frozen=True, slots=True)
class Reopened:
    """The fields of an issued request, to be changed."""

    request_id: RequestId
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
class Acted:
    """A lifecycle command was carried out: the effect `Act` is done."""

    command: Command
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class WasRefused:
    """A lifecycle command was refused, and why."""

    refused: Refused
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class NoSuchRequest:
    """A request was named that this person does not have."""


Event = (
    Opened
    | Chose
    | Gave
    | Pasted
    | Asked
    | NotUnderstood
    | Stale
    | Reopened
    | WasIssued
    | NotIssued
    | Acted
    | WasRefused
    | NoSuchRequest
)


# What a turn says.


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice that is offered; the argument is written on the button where the choice has no words of its own."""

    choice: Choice
    argument: str = ""


Value = str | int | datetime | tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A text by its id, the values in it, and the choices under it."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()


class View(StrEnum):
    """What the service shows from what it knows."""

    REQUESTS = "requests"
    REQUEST = "request"
    ISSUED = "issued"
    TERMS = "terms"
    WHOLE_TEXT = "whole_text"
    CLAUSE = "clause"
    CITE = "cite"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Show:
    """A view; `argument` is the request id, clause or unit that it shows."""

    view: View
    argument: str = ""


# What a turn asks the world to do; each comes back as an event.


@dataclass(frozen=True, slots=True)
class IssueDocument:
    """Make the PDF and record it: a new request, or a new document of the one that is `changing`."""

    standing: Standing
    personal_data: PersonalData
    changing: RequestId | None


@dataclass(frozen=True, slots=True)
class Act:
    """Carry out a lifecycle command on a request of this person."""

    command: Command
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Reopen:
    """Fetch the fields of an issued request."""

    request_id: RequestId


Effect = IssueDocument | Act | Reopen


@dataclass(frozen=True, slots=True)
class Turn:
    """The conversation after an event, what to say, and at most one thing to do."""

    conversation: Conversation
    says: tuple[Say | Show, ...] = ()
    effect: Effect | None = None
