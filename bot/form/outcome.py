"""The outcomes of judging a typed value: accepted, doubtful, rejected, and the problem found."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """A possible fault of a typed value. Its words are in the texts, under `problem`."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY_LINES = "too_many_lines"
    NOT_TEXT = "not_text"
    NOT_A_NAME = "not_a_name"
    PLACEHOLDER = "placeholder"
    ONE_WORD = "one_word"
    NO_FIXED_POSITION = "no_fixed_position"
    BAD_EMAIL = "bad_email"
    SLIP = "slip"
    PRIVATE_MAILBOX = "private_mailbox"
    THROW_AWAY_MAILBOX = "throw_away_mailbox"
    SAME_EMAIL = "same_email"
    THIN_ADDRESS = "thin_address"
    UNPRINTABLE = "unprintable"
    OTHER_FIELD = "other_field"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A value as it will be stored and printed."""

    value: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A value that is asked about once, and can be taken. `suggestion`: what it was probably meant to be, if known.

    Where the two are equal, the value was only read out of some decoration, as `mailto:`.
    """

    value: str
    problem: Problem
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A value that cannot be taken. `detail` is shown to the person: a length, a character, a domain."""

    problem: Problem
    detail: str = ""
    suggestion: str = ""


Checked = Accepted | Doubtful | Rejected
