"""The state of a conversation, and everything that can be chosen in it.

PURE. `bot.dialogue.state.reducer` moves it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from bot.model.people import (
    APPLICANT_FIELDS,
    SIGNER_FIELDS,
    Applicant,
    Doubtful,
    Field,
    PersonalData,
    RequestId,
    Signer,
    Standing,
)

_SEPARATOR = "\0"


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
    MY_DATA = "my_data"
    ERASE = "erase"
    ERASE_SURELY = "erase_surely"
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
    STAY = "stay"
    OPT_OUT = "opt_out"
    OPT_OUT_SURELY = "opt_out_surely"
    RENEW = "renew"
    START_FROM = "start_from"

    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"
    STOP_REMINDING = "stop_reminding"
    EMAIL_READY = "email_ready"
    FOLLOW_UP_READY = "follow_up_ready"
    FOR_SIGNER = "for_signer"
    EMAIL_COMPLETE = "email_complete"
    CC_FORGOTTEN = "cc_forgotten"
    SCAN_INCOMPLETE = "scan_incomplete"

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
        *(Choice.CHANGE, Choice.YES, Choice.NO, Choice.BACK, Choice.CANCEL, Choice.START_OVER, Choice.ERASE_SURELY),
    }
)
"""Choices that mean something only in the state that they were offered in: on an old message they change nothing."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a person is in the dialogue, and what they have answered so far.

    `asked`: the one that step `field` asks for. `doubts`: values that are asked about before they are taken.
    `leaving`: cancel or start over would lose answers, and is asked about; so is `withdrawing` a request,
    `opting_out` of a changed LA, and `erasing` all that is kept of the person. `touched_at`, `warned_at`:
    when they last said something, and were warned that the form will go (UTC). `changing`: the issued request whose
    fields are being changed. `last_unit`: the answer that a follow-up question leans on.
    `answered`: which message answered which field, so that editing the message corrects it.
    `checking`: at the menu, the request whose email was asked about just now, which a yes or no answers.
    """

    step: Step = Step.MENU
    standing: Standing | None = None
    draft: Mapping[Field, str] = attribute(default_factory=dict)
    asked: Field | None = None
    doubts: Mapping[Field, Doubtful] = attribute(default_factory=dict)
    leaving: Choice | None = None
    withdrawing: RequestId | None = None
    opting_out: RequestId | None = None
    changing: RequestId | None = None
    last_unit: str = ""
    answered: Mapping[str, Field] = attribute(default_factory=dict)
    erasing: bool = False
    touched_at: datetime | None = None
    warned_at: datetime | None = None
    checking: RequestId | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that this person is asked for, in order."""
        return SIGNER_FIELDS if self.standing is Standing.SIGNER else APPLICANT_FIELDS + SIGNER_FIELDS

    @property
    def missing(self) -> tuple[Field, ...]:
        """Those of them that are still to be answered, or in doubt."""
        return tuple(f for f in self.fields if f not in self.draft or f in self.doubts)

    @property
    def settled(self) -> "Conversation":
        """Nothing that lies over the step is asked about any more."""
        if not (self.leaving or self.withdrawing or self.opting_out or self.erasing or self.checking):
            return self
        return replace(self, leaving=None, withdrawing=None, opting_out=None, erasing=False, checking=None)

    def answered_by(self, message_id: str, field: Field) -> "Conversation":
        """The field's last answer came in that message."""
        others = {message: answered for message, answered in self.answered.items() if answered is not field}
        return replace(self, answered={**others, message_id: field})

    @property
    def doubt(self) -> Doubtful | None:
        """What is asked about the value of the open field."""
        return self.doubts.get(self.asked) if self.asked else None

    @property
    def personal_data(self) -> PersonalData:
        """The persons of a complete draft. Raises KeyError where a field is missing."""
        signer = Signer(*(self.draft[field] for field in SIGNER_FIELDS))
        if self.standing is Standing.SIGNER:
            return PersonalData(signer)
        return PersonalData(signer, Applicant(*(self.draft[field] for field in APPLICANT_FIELDS)))

    def with_value(self, field: Field, value: str) -> "Conversation":
        """The field answered, whatever was doubted before."""
        return replace(self, draft={**self.draft, field: value}, doubts=self._doubts_but(field))

    def with_doubt(self, field: Field, doubt: Doubtful) -> "Conversation":
        """The field to be asked about; what it held before stands until that is settled."""
        return replace(self, doubts={**self.doubts, field: doubt})

    def without_doubt(self, field: Field | None) -> "Conversation":
        """The doubt dropped: the field's own question is open again."""
        return replace(self, doubts=self._doubts_but(field))

    def _doubts_but(self, field: Field | None) -> Mapping[Field, Doubtful]:
        return {key: doubt for key, doubt in self.doubts.items() if key is not field}

    @property
    def token(self) -> str:
        """A digest of what the open question was asked on: a button pressed under another one is stale."""
        over = (self.leaving, self.changing, self.withdrawing, self.opting_out, self.erasing and "erasing")
        answers = (part for answer in sorted(self.draft.items()) for part in answer)  # a store may turn them round
        state = (self.step, self.standing, self.asked, self.doubt and repr(self.doubt), *over, *answers)
        return f"{crc32(_SEPARATOR.join([part or '' for part in state]).encode(errors='replace')):08x}"
