"""What a turn asks the world to do; each effect comes back as an event.

PURE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from bot.model.identity import RequestId
from bot.model.people import Field, PersonalData, Standing
from bot.request.commands import Command


@dataclass(frozen=True, slots=True)
class IssueDocument:
    """Make the PDF and record it: a new request, or a new document of the one that is `changing`."""

    standing: Standing
    personal_data: PersonalData
    changing: RequestId | None
    answered: Mapping[str, Field] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """Carry out a lifecycle command on a request of this person."""

    command: Command
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Consider:
    """See whether a lifecycle command may be carried out, before it is asked about."""

    command: Command
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Reopen:
    """Fetch the fields of an issued request."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Renew:
    """Make a document of the same fields on the LA that is in force now."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class Prefill:
    """Fetch the fields of a closed request for a new one."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Erase all that is kept of this person, but for what has to stay."""


Effect = IssueDocument | Act | Consider | Reopen | Prefill | Renew | ErasePerson
