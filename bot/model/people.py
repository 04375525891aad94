"""The nouns of LA Bot: ids and frozen types that every other module speaks in.

PURE: standard library only. Nothing here does I/O, reads a clock or makes an id.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

RequestId = NewType("RequestId", str)
"""`4DME-` and eight characters, the last a check character (see `bot.request.request_id`)."""

ClauseId = NewType("ClauseId", str)
"""Stable within a dataset: `1-commercial` … `6-owners`, `6-changes`, and `preamble`, `signature`."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """A person's identity on a platform: the key of a conversation. Written `platform:tenant/user`.

    `tenant` is the Slack team; it is empty where a platform has no tenants.
    """

    platform: str
    tenant: str
    user: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.tenant}/{self.user}" if self.tenant else f"{self.platform}:{self.user}"

    @classmethod
    def parse(cls, text: str) -> "Account":
        """Read what `str` writes. Raises ValueError where platform or user is missing."""
        platform, colon, rest = text.strip().partition(":")
        tenant, slash, user = rest.partition("/")
        if not slash:
            tenant, user = "", rest
        if not (platform and colon and user):
            raise ValueError(f"{text!r} is no account: write platform:tenant/user, or platform:user")
        return cls(platform, tenant, user)


@dataclass(frozen=True, slots=True)
class DeliveryAddress:
    """A chat on a platform, and the thread in it, to answer in. Not the person (that is `Account`)."""

    platform: str
    chat: str
    thread: str = ""

    @property
    def whole_chat(self) -> "DeliveryAddress":
        """The chat, whatever the thread."""
        return DeliveryAddress(self.platform, self.chat)


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


class DocumentStatus(StrEnum):
    """A changed field makes a new document, and the one before it `superseded`."""

    CURRENT = "current"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Document:
    """One issued PDF of a request: which text it carries and the digest of its bytes. It holds no personal data.

    `number` counts from 1 within the request; `version` is the LA's, as `29.04.2026`; both digests are hex SHA-256,
    `agreement_sha256` of the canonical text, `pdf_sha256` of the bytes delivered. Of paper that came without the bot
    `pdf_sha256` is empty, and `agreement_sha256` too where the version is none of the dataset's.
    """

    number: int
    version: str
    agreement_sha256: str
    pdf_sha256: str
    pages: int
    issued_at: datetime
    status: DocumentStatus = DocumentStatus.CURRENT


class Status(StrEnum):
    """The status of a license request (the transitions are in `bot.request.lifecycle`)."""

    ISSUED = "issued"
    EMAILED = "emailed"
    RECEIVED = "received"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"
    REVOKED = "revoked"
    MERGED = "merged"


class EmailCheck(StrEnum):
    """The result of an applicant's second look at the email that they sent."""

    COMPLETE = "complete"
    CC_FORGOTTEN = "cc_forgotten"
    SCAN_INCOMPLETE = "scan_incomplete"


class Role(StrEnum):
    """The capacity in which somebody acts on a request.

    A reader sees everything that staff see, and changes nothing.
    """

    APPLICANT = "applicant"
    READER = "reader"
    STAFF = "staff"
    OWNER = "owner"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an event. `account`, and the `place` they wrote from, are kept of staff and owners only.

    The applicant's account stands in the request, erasable.
    """

    role: Role
    account: Account | None = None
    place: DeliveryAddress | None = None


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list in the LA. `marker` is the LA's own ("A."), empty for a plain bullet."""

    text: str
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the LA."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of the LA."""

    items: tuple[ListItem, ...]


Block = Paragraph | Items


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered paragraph of the LA: `number` and `title` as the LA prints them (two clauses are "6").

    `text` is the whole clause, heading included, as it stands in the canonical text. `preamble` and `signature`
    have no number.
    """

    id: ClauseId
    number: str
    title: str
    blocks: tuple[Block, ...]
    text: str

    @property
    def heading(self) -> str:
        """As the LA prints it: "3. Access"."""
        return f"{self.number}. {self.title}" if self.number else self.title


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the LA to the letter, and the clause they stand in."""

    clause: ClauseId
    text: str


class Verdict(StrEnum):
    """The LA's answer about an act or proposition in its positive form, independent of the question's grammar."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"
    INFO = "info"
    UNKNOWN = "unknown"


class AnswerKind(StrEnum):
    """The kind of an answer: the LA answers, is silent, or was not asked; `unclear` asks back.

    `wish`: the person wants something that the bot does; the unit names it.
    """

    ANSWER = "answer"
    SILENT = "silent"
    UNCLEAR = "unclear"
    CHITCHAT = "chitchat"
    NONSENSE = "nonsense"
    COMMAND = "command"
    WISH = "wish"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about the LA to a question.

    `clauses`: the deciding one first; empty where the LA is silent or the message is no question about it.
    `text`: the plain sentence, never empty. `quotes`: verbatim, at least one where there are clauses.
    `headline`: the verdict in two words, where the sentence does not begin with it.
    `unit`: the entry of answers.toml it came from. `confidence`: 0 to 1. `readings`: units to ask back with, where
    the question is unclear.
    """

    clauses: tuple[ClauseId, ...]
    verdict: Verdict
    text: str
    quotes: tuple[Quote, ...] = ()
    unit: str = ""
    confidence: float = 0.0
    readings: tuple[str, ...] = ()
    kind: AnswerKind = AnswerKind.ANSWER
    headline: str = ""


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
