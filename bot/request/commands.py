"""The commands of a license request. `bot.request.lifecycle` has who may give them and the events they cause.

PURE.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.model.identity import RequestId
from bot.model.people import Standing
from bot.request.status import Document, EmailCheck
from bot.request.version_notice import VersionNotice


@dataclass(frozen=True, slots=True)
class Issue:
    """Make another document, which supersedes the one before: a field changed, perhaps who the signer is."""

    document: Document
    standing: Standing


@dataclass(frozen=True, slots=True)
class MarkEmailed:
    """The applicant says that the signed scan was emailed."""


@dataclass(frozen=True, slots=True)
class Receive:
    """Staff confirm that the email arrived."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Staff grant the license."""


@dataclass(frozen=True, slots=True)
class Return:
    """Staff send it back for correction; `reasons` are codes of the dataset's list."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """Staff refuse it; `reason` is a code of the dataset's list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The applicant takes the request back."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The clock closes a request that nobody went on with."""


@dataclass(frozen=True, slots=True)
class OptOut:
    """The signer opts out of a changed LA, which renders the previous LA void (clause 6, Changes)."""


@dataclass(frozen=True, slots=True)
class Inform:
    """Tell the holder of a license that the LA changes, or offer a document on the new version."""

    about: VersionNotice


@dataclass(frozen=True, slots=True)
class Stay:
    """The signer agrees to the changed LA that they were told of."""


@dataclass(frozen=True, slots=True)
class LeaveUnanswered:
    """Record that nobody answered by the day: the license goes on under the new version, as is the practice."""

    about: VersionNotice


@dataclass(frozen=True, slots=True)
class Lapse:
    """End the license because nobody answered by the day, where that is the practice."""

    about: VersionNotice


@dataclass(frozen=True, slots=True)
class Revoke:
    """Staff take an approved license back; `reason` is a code of the dataset's list."""

    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Staff write something down for each other. What they wrote stands with the persons (`PersonalData.notes`)."""


@dataclass(frozen=True, slots=True)
class Assign:
    """A staff member takes it on."""


@dataclass(frozen=True, slots=True)
class CorrectVersion:
    """Record that the paper received is on another version of the LA: that document, which is none of our PDFs."""

    document: Document


@dataclass(frozen=True, slots=True)
class Merge:
    """Staff close it as a duplicate of another request, which goes on."""

    into: RequestId


@dataclass(frozen=True, slots=True)
class Absorb:
    """The other side of `Merge`: a duplicate was closed for this one."""

    duplicate: RequestId


@dataclass(frozen=True, slots=True)
class Reopen:
    """Staff take back what closed it, whenever that was: it stands where it stood before, as of now."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Staff take back what they just did, and nobody has heard of: done at `since` or later, it can be undone."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Remind:
    """The clock reminds the applicant, or asks staff about a mail that nobody confirmed."""


@dataclass(frozen=True, slots=True)
class Postpone:
    """The applicant asks to be reminded in so many days, and not before."""

    days: int


@dataclass(frozen=True, slots=True)
class StopReminding:
    """The applicant wants no more reminders of this request."""


@dataclass(frozen=True, slots=True)
class CheckEmail:
    """The applicant says what they found, looking once more at the email that they sent."""

    found: EmailCheck


@dataclass(frozen=True, slots=True)
class Erase:
    """Take the person out of the request: account, address and message ids. Its persons are erased beside it."""


@dataclass(frozen=True, slots=True)
class EraseSigner:
    """Take the signer out of the request, at their wish; its applicant, who did not ask, stays."""


Command = (
    Issue
    | MarkEmailed
    | Receive
    | Approve
    | Return
    | Reject
    | Withdraw
    | Expire
    | OptOut
    | Inform
    | Stay
    | LeaveUnanswered
    | Lapse
    | Revoke
    | Note
    | Assign
    | CorrectVersion
    | Merge
    | Absorb
    | Reopen
    | Undo
    | Remind
    | Postpone
    | StopReminding
    | CheckEmail
    | Erase
    | EraseSigner
)
