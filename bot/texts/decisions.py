"""Messages to the applicant about the actions of staff: the action, its reason, and the next step.

The LA's words are quoted from the version that the request is on. Nothing is said of anybody else's request.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.agreement.citation import as_text
from bot.agreement.clauses import Quote
from bot.agreement.reasons import OTHER
from bot.model.message import Message
from bot.model.people import PersonalData, Standing
from bot.request.events import Event, Happened
from bot.request.request import LicenseRequest
from bot.texts.choice import Choice
from bot.texts.say import Offer, Say, Value
from bot.texts.views import Views

_BOUND = ("no_commercial", "no_distribution", "challenge_only", "signer_controls", "signer_responsible", "signer_gdpr")
"""The named quotes of what a license binds to; the citation has a place of its own."""

_SILENT = frozenset({Happened.NOTED, Happened.ASSIGNED, Happened.ABSORBED, Happened.UNDONE, Happened.REGISTERED})
"""Events that only staff are told of."""


@dataclass(frozen=True, slots=True)
class Told:
    """The words for applicants. `delivery`: where the data come from, by the settings; may be empty."""

    views: Views
    delivery: str = ""

    def of(self, request: LicenseRequest, event: Event, persons: PersonalData | None) -> Message | None:
        """Return the message of an event; None where nobody is to be told, or nobody can be."""
        if request.address is None or event.happened in _SILENT:
            return None
        says = (*self._says(request, event, persons), Say("told.next", {}, (Offer(Choice.SHOW_REQUEST, request.id),)))
        return self.views.message(says, "")

    def reasons(self, request: LicenseRequest, event: Event, persons: PersonalData | None) -> Iterator[Say]:
        """Each reason as the applicant reads it: the LA's words as such, practice as such, the staff's as theirs."""
        known = {reason.code: reason for reason in self.views.dataset.reasons}
        for code in event.reasons:
            if code == OTHER:
                yield Say("told.reason_other", {"text": _own_words(event, persons)})
            elif quote := known[code].la_says(request.standing):
                yield Say("told.reason_la", {"text": known[code].text, "quotes": (quote,)})
            else:
                yield Say("told.reason_practice", {"text": known[code].text})

    def _says(self, request: LicenseRequest, event: Event, persons: PersonalData | None) -> Iterator[Say]:
        values: dict[str, Value] = {"request_id": request.id, "version": request.document.version}
        match event.happened:
            case Happened.APPROVED:
                yield Say("told.approved", values)
                yield from self._bound(request)
            case Happened.RETURNED | Happened.REJECTED | Happened.REVOKED:
                yield Say(f"told.{event.happened}", values)
                yield from self.reasons(request, event, persons)
                outdated = self.views.is_outdated(request)
                yield self.views.next_step(request) if outdated else Say(f"told.{event.happened}_next", values)
            case Happened.MERGED:
                yield Say("told.merged", values)
            case Happened.REOPENED:
                yield Say("told.reopened", values)
                yield self.views.next_step(request)
            case happened:
                yield Say(f"told.{happened}", values)

    def _bound(self, request: LicenseRequest) -> Iterator[Say]:
        """Yield the obligations of the license, the persons it covers, the citation, and the source of the data."""
        own = request.standing is Standing.SIGNER
        yield Say("told.bound_own" if own else "told.bound", {"quotes": self._quotes(request, *_BOUND)})
        yield Say("told.covers", {"quotes": self._quotes(request, "group_covered")})
        reference = as_text(self.views.dataset.citation).strip()
        yield Say("told.cite", {"quotes": self._quotes(request, "cite"), "reference": reference})
        yield Say("told.delivery" if self.delivery else "told.delivery_unknown", {"delivery": self.delivery})

    def _quotes(self, request: LicenseRequest, *names: str) -> tuple[Quote, ...]:
        agreements = self.views.dataset.agreements
        known = agreements.get(request.document.version, self.views.dataset.current).quotes
        return tuple(known[name] for name in names if name in known)


def _own_words(event: Event, persons: PersonalData | None) -> str:
    """The reason in the staff's words; where the persons were erased since, so were they."""
    remarks = persons.remarks if persons else ()
    return next((remark.text for remark in remarks if remark.told and remark.at == event.at), "…")
