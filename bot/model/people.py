"""The nouns of LA Bot: ids and frozen types that every other module speaks in.

PURE: standard library only. Nothing here does I/O, reads a clock or makes an id.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.identity import Account


class Field(StrEnum):
    """A field that a person is asked for, in the order of the questions; the signer's are the LA's sign block."""

    APPLICANT_NAME = "applicant_name"
    APPLICANT_EMAIL = "applicant_email"
    NAME = "name"
    TITLE = "title"
    AFFILIATION = "affiliation"
    EMAIL = "email"
    ADDRESS = "address"


SIGNER_FIELDS = (Field.NAME, Field.TITLE, Field.AFFILIATION, Field.EMAIL, Field.ADDRESS)
APPLICANT_FIELDS = (Field.APPLICANT_NAME, Field.APPLICANT_EMAIL)


class Standing(StrEnum):
    """The applicant's relation to the signer. It decides if the signer must be in CC (clause 3)."""

    SIGNER = "signer"
    STUDENT = "student"
    RESEARCHER = "researcher"


@dataclass(frozen=True, slots=True)
class Applicant:
    """The person who asks in the chat, if that is not the signer."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Signer:
    """The person who signs the LA: its sign block, values as printed. `address` may have several lines."""

    name: str
    title: str
    affiliation: str
    email: str
    address: str


NO_SIGNER = Signer("", "", "", "", "")
"""In place of a signer who had their data erased, where the applicant, who did not ask, stays."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A text in the staff's own words, which may name persons: a note for each other, or a reason (`told`).

    `told`: the applicant was told it, as a reason of the move that was made at that instant.
    """

    at: datetime
    author: Account
    text: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that a request knows of persons, in one record that its events point to and that can be erased."""

    signer: Signer
    applicant: Applicant | None = None
    remarks: tuple[Remark, ...] = ()
