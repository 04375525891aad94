"""What staff are shown: lists of requests, and one request with its persons and its history."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.lifecycle import LicenseRequest, waiting_for
from bot.messages import Message
from bot.model import PersonalData
from bot.turns import Say, Value
from bot.views import Views


@dataclass(frozen=True, slots=True)
class DeskViews:
    """The words of everybody's views, and the desk's own."""

    views: Views

    def message(self, says: Sequence[Say]) -> Message:
        """The sayings as one message."""
        return self.views.message(says, "")

    def listed(self, requests: Sequence[LicenseRequest]) -> tuple[Say, ...]:
        """A line for each request."""
        if not requests:
            return (Say("desk.none"),)
        return tuple(Say("desk.line", self._line(request)) for request in requests)

    def request(self, request: LicenseRequest, persons: PersonalData | None) -> tuple[Say, ...]:
        """One request: where it stands, its persons, its history."""
        head = Say("desk.head", self._line(request))
        history = (Say("desk.event", {"at": e.at, "happened": e.happened}) for e in request.events)
        return (head, *self._persons(persons), *history)

    def _persons(self, persons: PersonalData | None) -> tuple[Say, ...]:
        if persons is None:
            return (Say("desk.erased"),)
        signer, applicant = persons.signer, persons.applicant
        values: dict[str, Value] = {
            "signer": signer.name,
            "title": signer.title,
            "affiliation": signer.affiliation,
            "signer_email": signer.email,
            "applicant": applicant.name if applicant else "",
            "applicant_email": applicant.email if applicant else "",
        }
        return (Say("desk.persons", values),)

    def _line(self, request: LicenseRequest) -> dict[str, Value]:
        return {
            "request_id": request.id,
            "number": request.document.number,
            "version": request.document.version,
            "status": request.status,
            "since": request.since,
            "waiting": waiting_for(request) or "",
        }
