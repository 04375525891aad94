"""Every field that is stored: what it is, whose, why, and how long it is kept.

PURE, and the file's law: nothing is stored that stands not here (a test reads the types and a store after whole
dialogues). `privacy`, `my data` and the record of processing are written from this table; its words are in the texts,
under `category`, `purpose` and `until`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Until(StrEnum):
    """Until when something is kept."""

    DRAFT = "draft"
    REQUEST = "request"
    DELIVERED = "delivered"
    RECENT = "recent"
    DELETABLE = "deletable"
    NAMELESS = "nameless"
    ALWAYS = "always"


class Whose(StrEnum):
    """Whom it tells something of."""

    APPLICANT = "applicant"
    SIGNER = "signer"
    STAFF = "staff"
    NOBODY = "nobody"


class Category(StrEnum):
    """Kinds of what is stored, as they are told to people."""

    SIGN_BLOCK = "sign_block"
    APPLICANT = "applicant"
    FORM = "form"
    ACCOUNT = "account"
    MESSAGE_IDS = "message_ids"
    SENT_IDS = "sent_ids"
    MESSAGES = "messages"
    HISTORY = "history"
    REMARKS = "remarks"
    STAFF = "staff"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True)
class Kept:
    """Whom a category tells something of, and until when it is kept."""

    whose: tuple[Whose, ...]
    until: Until


KEPT = {
    Category.SIGN_BLOCK: Kept((Whose.SIGNER,), Until.REQUEST),
    Category.APPLICANT: Kept((Whose.APPLICANT,), Until.REQUEST),
    Category.FORM: Kept((Whose.APPLICANT, Whose.SIGNER), Until.DRAFT),
    Category.ACCOUNT: Kept((Whose.APPLICANT,), Until.REQUEST),
    Category.MESSAGE_IDS: Kept((Whose.APPLICANT,), Until.RECENT),
    Category.SENT_IDS: Kept((Whose.APPLICANT,), Until.DELETABLE),
    Category.MESSAGES: Kept((Whose.APPLICANT, Whose.SIGNER), Until.DELIVERED),
    Category.HISTORY: Kept((Whose.APPLICANT, Whose.SIGNER), Until.NAMELESS),
    Category.REMARKS: Kept((Whose.APPLICANT, Whose.SIGNER, Whose.STAFF), Until.REQUEST),
    Category.STAFF: Kept((Whose.STAFF,), Until.ALWAYS),
    Category.TECHNICAL: Kept((Whose.NOBODY,), Until.ALWAYS),
}


WHOLE = "*"
"""Stands for everything below: what a message or a record may hold is its own business, and one category."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields of one place: `at` is table and path, `names` are the fields there."""

    at: str
    names: str
    category: Category

    def paths(self) -> Iterator[str]:
        """Each field with its place."""
        return (f"{self.at}.{name}" for name in self.names.split())


_ISSUED = "number version agreement_sha256 pdf_sha256 pages issued_at status"

STORED = (
    Fields("persons.signer", "name title affiliation email address", Category.SIGN_BLOCK),
    Fields("persons.applicant", "name email", Category.APPLICANT),
    Fields("persons.remarks", "at author text told", Category.REMARKS),
    Fields("conversations", "key draft answered", Category.FORM),
    Fields(
        "conversations",
        "step standing asked leaving withdrawing opting_out erasing checking changing last_unit is_eligible",
        Category.FORM,
    ),
    Fields("conversations", "touched_at warned_at", Category.FORM),
    Fields("conversations.doubts", "value problem suggestion", Category.FORM),
    Fields("requests", "account answered time_zone", Category.ACCOUNT),
    Fields("requests.address", "platform chat thread", Category.ACCOUNT),
    Fields("requests", "id dataset standing status since remind_at", Category.HISTORY),
    Fields("requests.documents", _ISSUED, Category.HISTORY),
    Fields("requests.events", "happened at standing reasons other dated_at until", Category.HISTORY),
    Fields("requests.events.about", "version sha256 step route number", Category.HISTORY),
    Fields("records.announcement", WHOLE, Category.HISTORY),
    Fields("records.announced", WHOLE, Category.HISTORY),
    Fields("records.receipt", WHOLE, Category.HISTORY),
    Fields("requests.events.actor", "role", Category.HISTORY),
    Fields("requests.events.actor", "account", Category.STAFF),
    Fields("requests.events.actor.place", "platform chat thread", Category.STAFF),
    Fields("requests", "assignee", Category.STAFF),
    Fields("records.staff", WHOLE, Category.STAFF),
    Fields("records.menu", WHOLE, Category.STAFF),
    Fields("requests.events.document", _ISSUED, Category.HISTORY),
    Fields("outbox", "id attempts next_attempt_at undeliverable", Category.MESSAGES),
    Fields("outbox.outgoing", "not_before deadline about lapses traceless", Category.MESSAGES),
    Fields("outbox.outgoing", "answers receipt replaces clears", Category.MESSAGES),
    Fields("outbox.outgoing.address", "platform chat thread", Category.MESSAGES),
    Fields("outbox.outgoing.message", WHOLE, Category.MESSAGES),
    Fields("records.erasing", WHOLE, Category.MESSAGES),
    Fields("seen", "key version", Category.MESSAGE_IDS),
    Fields("records.sent", WHOLE, Category.SENT_IDS),
    Fields("state", "last", Category.TECHNICAL),
    Fields("records.desk", WHOLE, Category.TECHNICAL),
    Fields("records.figures", WHOLE, Category.TECHNICAL),
)


def category_of(path: str) -> Category | None:
    """The category of a stored field by its path, as `requests.address.chat`; None where nobody knows it."""
    for fields in STORED:
        for known in fields.paths():
            if path == known or (known.endswith(WHOLE) and path.startswith(known.removesuffix(WHOLE))):
                return fields.category
    return None
