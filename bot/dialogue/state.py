"""The state of a conversation, and everything that can be chosen in it.

PURE. `bot.dialogue.state.reducer` moves it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from bot.form.outcome import Doubtful
from bot.model.identity import RequestId
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Applicant, Field, PersonalData, Signer, Standing
from bot.texts.choice import Choice

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


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a person is in the dialogue, and what they have answered so far.

    `asked`: the one that step `field` asks for. `doubts`: values that are asked about before they are taken.
    `leaving`: cancel or start over would lose answers, and is asked about; so is `withdrawing` a request,
    `opting_out` of a changed LA, and `erasing` all that is kept of the person. `touched_at`, `warned_at`:
    when they last said something, and were warned that the form will go (UTC). `changing`: the issued request whose
    fields are being changed. `last_unit`: the answer that a follow-up question leans on.
    `answered`: which message answered which field, so that editing the message corrects it.
    `is_eligible`: the purpose was said to be the challenge.
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
    is_eligible: bool = False

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
