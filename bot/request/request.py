"""A license request as its events made it.

PURE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum

from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.people import Field, Standing
from bot.request.events import Event, Happened
from bot.request.status import Document, Status


@dataclass(frozen=True, slots=True)
class LicenseRequest:
    """A request as its events made it. `account` and `address` are None where no chat stands behind it.

    `remind_at` is when the clock looks at it next (`bot.reminders.policy`); the store answers by it. `time_zone` is the
    person's (IANA), empty where unknown. `answered`: which message of the chat answered which field, so that editing
    one still finds it. `assignee`: the staff member who took it on.
    """

    id: RequestId
    dataset: str
    standing: Standing
    status: Status
    since: datetime
    documents: tuple[Document, ...]
    events: tuple[Event, ...]
    account: Account | None = None
    address: DeliveryAddress | None = None
    remind_at: datetime | None = None
    answered: Mapping[str, Field] = attribute(default_factory=dict)
    assignee: Account | None = None
    time_zone: str = ""

    @property
    def document(self) -> Document:
        """The current document, the last one issued."""
        return self.documents[-1]

    @property
    def is_erased(self) -> bool:
        """True if the request no longer knows whose it is."""
        return any(event.happened is Happened.ERASED for event in self.events)

    @property
    def has_lost_persons(self) -> bool:
        """True if a person was taken out of the request, so that it cannot be continued."""
        return any(event.happened in {Happened.ERASED, Happened.SIGNER_ERASED} for event in self.events)


@dataclass(frozen=True, slots=True)
class Opening:
    """The data that a request is opened with, besides its first document."""

    id: RequestId
    dataset: str
    standing: Standing
    account: Account | None = None
    address: DeliveryAddress | None = None
    time_zone: str = ""


class Party(StrEnum):
    """A party that a request may wait for."""

    APPLICANT = "applicant"
    SIGNER = "signer"
    STAFF = "staff"


def waiting_for(request: LicenseRequest) -> Party | None:
    """Return the party that has to act next; None if nobody has to."""
    return party_of(request.status, request.standing)


def party_of(status: Status, standing: Standing) -> Party | None:
    """Return the party that has to act next at that status and standing; None if nobody has to."""
    match status:
        case Status.ISSUED if standing is not Standing.SIGNER:
            return Party.SIGNER
        case Status.ISSUED | Status.RETURNED:
            return Party.APPLICANT
        case Status.EMAILED | Status.RECEIVED:
            return Party.STAFF
        case _:
            return None
