"""What staff are shown: lists of requests, and one request with its persons and its history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.dialogue import Choice
from bot.lifecycle import LicenseRequest, waiting_for
from bot.messages import Button, Message
from bot.model import PersonalData
from bot.phrasing import normalised
from bot.staff import PRESSED
from bot.turns import Say, Value
from bot.views import Views


@dataclass(frozen=True, slots=True)
class DeskOffer:
    """A button of the desk: the command that it says (as it could be typed; Telegram has 64 bytes for it and a token).

    `label` names the words on it, `desk.button.…`; `about` stands in them as `{about}`.
    """

    command: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class DeskViews:
    """The words of everybody's views, and the desk's own."""

    views: Views

    def message(self, says: Sequence[Say], offers: Sequence[DeskOffer] = ()) -> Message:
        """The sayings as one message, with buttons under it."""
        return replace(self.views.message(says, ""), buttons=tuple(map(self._button, offers)))

    def is_yes(self, text: str) -> bool:
        """Whether a text says yes, in the words that everybody has for it."""
        texts = self.views.texts
        return normalised(text) in {normalised(texts.labels[Choice.YES]), *texts.phrases[Choice.YES]}

    def _button(self, offer: DeskOffer) -> Button:
        label = self.views.texts.words[f"desk.button.{offer.label}"].replace("{about}", offer.about)
        return Button(f"{PRESSED}{offer.command}", label)

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
