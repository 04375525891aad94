"""The closed list of acts: what a message in the request dialogue can mean. A model proposes out of this list alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.model.people import Field


class Kind(StrEnum):
    """A kind of act. `TAKEN_AT_A_COST` are done on a sure reading alone."""

    REQUEST = "request"
    STANDING = "standing"
    LEADER_SIGNS = "leader_signs"
    OTHER_SIGNER = "other_signer"
    PURPOSE = "purpose"
    SET = "set"
    CHANGE = "change"
    AFFIRM = "affirm"
    DENY = "deny"
    ASK = "ask"
    STATUS = "status"
    EMAILED = "emailed"
    CC_MISSING = "cc_missing"
    SCAN_INCOMPLETE = "scan_incomplete"
    SEND_AGAIN = "send_again"
    HAND_OVER = "hand_over"
    EMAIL_DRAFT = "email_draft"
    WITHDRAW = "withdraw"
    REMIND_LATER = "remind_later"
    STOP_REMINDING = "stop_reminding"
    BACK = "back"
    CANCEL = "cancel"
    START_OVER = "start_over"
    HELP = "help"
    REPEAT = "repeat"
    PRIVACY = "privacy"
    MY_DATA = "my_data"
    ERASE = "erase"
    CITE = "cite"
    SHOW_TERMS = "show_terms"
    PERSON = "person"
    POSTPONE = "postpone"
    UNKNOWN = "unknown"
    SOCIAL = "social"


TAKEN_AT_A_COST = frozenset({Kind.CANCEL, Kind.START_OVER, Kind.WITHDRAW, Kind.ERASE, Kind.EMAILED})

VALUES: Mapping[Kind, tuple[str, ...]] = {
    Kind.STANDING: ("signer", "student", "researcher", "signed_already", "unsure"),
    Kind.PURPOSE: ("challenge", "research", "commercial"),
    Kind.ASK: ("terms", "process"),
}
"""The values of the kinds that have a closed set of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the message: `text[start:end]`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words themselves."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two share a character."""
        return self.start < other.end and other.start < self.end


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a message means.

    `field`: of `SET` and `CHANGE`. `value`: what is set; or one of `VALUES`. `evidence`: the words that say so.
    """

    kind: Kind
    field: Field | None = None
    value: str = ""
    evidence: Span = NOWHERE
    confidence: float = 1.0

    @property
    def meaning(self) -> tuple[Kind, Field | None, str]:
        """The act without its evidence, for comparison."""
        return self.kind, self.field, self.value

    def as_json(self) -> dict[str, str]:
        """The act as the labelled turns write it."""
        parts = {"act": str(self.kind), "field": str(self.field or "")}
        parts["about" if self.kind is Kind.ASK else "value"] = self.value
        return {key: part for key, part in parts.items() if part}


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. `acts` are sure and taken; `asks` are proposed, and done only once confirmed."""

    acts: tuple[Act, ...] = ()
    asks: tuple[Act, ...] = ()

    def has(self, kind: Kind) -> bool:
        """Tell whether an act of this kind was taken."""
        return any(act.kind is kind for act in self.acts)
