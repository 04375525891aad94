"""The statuses of a request and of its documents."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
