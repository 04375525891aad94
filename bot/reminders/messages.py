"""Messages that help the signed scan arrive: reminders, the email ready to send, the text for the signer.

What the LA asks for stands in quotes or is called the LA's; plan, hours and expiry are called the bot's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.events import View
from bot.model.errors import Superseded
from bot.model.message import DocumentRef, FileKind
from bot.model.people import PersonalData, Standing
from bot.reminders.policy import Kind, ReminderPolicy, expires_at, next_at, zone_of
from bot.request.events import Happened, stood
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.port import Store
from bot.texts.choice import Choice
from bot.texts.decisions import Told
from bot.texts.email_draft import Email, draft, mailto
from bot.texts.say import Offer, Say, Value
from bot.texts.views import Views

FOLLOW_UP = "follow_up"
"""The `about` of a draft that asks after an email; the others are the email itself."""

_REMINDED = (Choice.EMAILED, Choice.TOMORROW, Choice.NEXT_WEEK, Choice.STOP_REMINDING)
_WITH_VALUES = {"issued_self", "issued_signer", "returned", "last"}
_POSSIBLE = {
    View.EMAIL: {Status.ISSUED, Status.RETURNED, Status.EMAILED},
    View.FOR_SIGNER: {Status.ISSUED, Status.RETURNED},
    View.FOLLOW_UP: {Status.EMAILED},
}


@dataclass(frozen=True, slots=True)
class HandOver:
    """The words, and the plan that they speak of."""

    views: Views
    policy: ReminderPolicy

    def reminder(self, request: LicenseRequest, kind: Kind, persons: PersonalData | None = None) -> tuple[Say, ...]:
        """Return the reminder for the applicant. It names no person, since it may show on a locked screen.

        `persons`: with whom staff's own words stand, where they returned the request for a reason of their own.
        """
        match kind:
            case Kind.FOLLOW_UP:
                offers = (Offer(Choice.FOLLOW_UP_READY, request.id), Offer(Choice.SHOW_REQUEST, request.id))
                return (Say("reminder.follow_up", self._values(request), offers),)
            case Kind.CLOSING:
                offers = (Offer(Choice.FOLLOW_UP_READY, request.id), Offer(Choice.SHOW_REQUEST, request.id))
                return (Say("reminder.closing", self.closing(request), offers),)
            case Kind.EXPIRY:
                again = (Offer(Choice.START_FROM, request.id), Offer(Choice.MENU))
                was_emailed = Status.EMAILED in {stand.status for stand in stood(request.events)[-2:]}
                text = "reminder.expired_emailed" if was_emailed else "reminder.expired"
                return (Say(text, self._values(request), again),)
            case Kind.REMINDER | Kind.LAST_REMINDER:
                return self._missing(request, kind, self._reasons(request, persons))

    def closing(self, request: LicenseRequest) -> dict[str, Value]:
        """An email that nobody confirmed, since when, and when it expires."""
        at = next_at(request, self.policy)
        return {**self._values(request), "expires": at.astimezone(zone_of(request, self.policy)) if at else ""}

    def _reasons(self, request: LicenseRequest, persons: PersonalData | None) -> tuple[Say, ...]:
        """Why it was returned, where it was."""
        if request.status is not Status.RETURNED:
            return ()
        return tuple(Told(self.views).reasons(request, stood(request.events)[-1].event, persons))

    def _missing(self, request: LicenseRequest, kind: Kind, reasons: tuple[Say, ...]) -> tuple[Say, ...]:
        if self.views.is_outdated(request):
            return self._outdated(request, kind, reasons)
        signs_self = request.standing is Standing.SIGNER
        texts = [
            *self._head(request),
            "la",
            *({Standing.STUDENT: ["la_student"], Standing.RESEARCHER: ["cc_researcher"]}.get(request.standing, [])),
            *(["last"] if kind is Kind.LAST_REMINDER else []),
            "next_self" if signs_self else "next_signer",
        ]
        values = self._values(request)
        says = [Say(f"reminder.{text}", values if text in _WITH_VALUES else {}) for text in texts]
        forwarded = () if signs_self else (Choice.FOR_SIGNER,)
        choices = (*_REMINDED, Choice.SEND_AGAIN, *forwarded, Choice.EMAIL_READY, Choice.WITHDRAW)
        return (
            says[0],
            *reasons,
            *says[1:],
            Say("reminder.ask", {}, tuple(Offer(choice, request.id) for choice in choices)),
        )

    def _outdated(self, request: LicenseRequest, kind: Kind, reasons: tuple[Say, ...]) -> tuple[Say, ...]:
        """The same where the document is not to be sent any more: nothing that would help to send it is offered."""
        last = (Say("reminder.last", self._values(request)),) if kind is Kind.LAST_REMINDER else ()
        offers = (Offer(choice, request.id) for choice in (Choice.RENEW, *_REMINDED, Choice.WITHDRAW))
        head, step = Say("reminder.outdated", self._values(request)), self.views.next_step(request)
        return (head, *reasons, step, *last, Say("reminder.ask", {}, tuple(offers)))

    def _head(self, request: LicenseRequest) -> list[str]:
        if request.status is Status.RETURNED:
            return ["returned"]
        return ["issued_self" if request.standing is Standing.SIGNER else "issued_signer"]

    def _values(self, request: LicenseRequest) -> dict[str, Value]:
        zone = zone_of(request, self.policy)
        return {
            "request_id": request.id,
            "since": request.since.astimezone(zone),
            "expires": expires_at(request, self.policy).astimezone(zone),
        }

    # The email and the text for the signer

    def _is_possible(self, view: View, request: LicenseRequest) -> bool:
        return request.status in _POSSIBLE[view] and not self.views.is_outdated(request)

    def shown(self, view: View, request: LicenseRequest, persons: PersonalData) -> tuple[Say, ...]:
        """The email, the follow-up or the text for the signer; where it is too late for that, how things stand."""
        if not self._is_possible(view, request) or (view is View.FOR_SIGNER and persons.applicant is None):
            return self.views.request(request)
        if view is View.FOR_SIGNER:
            return self._for_signer(request, persons)
        email = self.email(request, persons, about=FOLLOW_UP if view is View.FOLLOW_UP else "")
        values: dict[str, Value] = {
            "to": email.to,
            "cc": email.cc,
            "subject": email.subject,
            "mailto": mailto(email),
            "body": email.body.rstrip("\n"),
        }
        offers = (Offer(Choice.EMAILED, request.id),) if view is View.EMAIL else ()
        after = "mail.attach" if view is View.EMAIL else "mail.reply"
        return (
            Say("mail.head", values),
            Say("mail.body", values),
            Say("mail.open", values),
            Say(after, values, offers),
        )

    def file(self, view: View, request: LicenseRequest) -> DocumentRef | None:
        """Return the file that goes along with it: the LA for the signer, or the draft of the email."""
        if not self._is_possible(view, request):
            return None
        if view is View.FOR_SIGNER:
            return self.views.document(request)
        about = FOLLOW_UP if view is View.FOLLOW_UP else ""
        name = f"email_{request.id}_{request.document.number}{'_follow_up' if about else ''}.eml"
        return DocumentRef(request.id, request.document.number, name, FileKind.EMAIL, about)

    def email(self, request: LicenseRequest, persons: PersonalData, about: str) -> Email:
        """The email in the words of who sends it."""
        values = self.views.issued_values(request, persons) | self._values(request)
        own = request.standing is Standing.SIGNER
        text = f"mail.{FOLLOW_UP}" if about else f"issued.mail_{'self' if own else request.standing}"
        signed = "mail.signed_self" if own else "mail.signed_other"
        bodies = [text, signed] if about else [text]
        return Email(
            to=self.views.dataset.contact,
            subject=self.views.plain_of(Say("mail.subject" if about else "issued.subject", values)),
            body=self.views.plain_of(*(Say(body, values) for body in bodies)) + "\n",
            cc="" if own else persons.signer.email,
            cc_name="" if own else persons.signer.name,
        )

    def _for_signer(self, request: LicenseRequest, persons: PersonalData) -> tuple[Say, ...]:
        quotes = self.views.dataset.agreements[request.document.version].quotes
        quoted = ("signer_gdpr", "signer_controls", "signer_responsible")
        values = self.views.issued_values(request, persons) | {name: quotes[name].text for name in quoted}
        values["where"] = self.views.texts.source(quotes["signer_responsible"])
        offers = (Offer(Choice.EMAIL_READY, request.id), Offer(Choice.EMAILED, request.id))
        return (Say("signer.intro", values), Say("signer.text", values, offers))


@dataclass(frozen=True, slots=True)
class Drafts:
    """Makes the file of an email, anew each time it is delivered: the outbox holds no person."""

    store: Store
    hand_over: HandOver

    async def file(self, reference: DocumentRef) -> bytes:
        """The draft. Raises Superseded where its document is no longer the current one, or its persons are erased."""
        stored = await self.store.request(reference.request_id)
        persons = await self.store.personal_data(reference.request_id)
        if stored is None or persons is None or not self._is_current(stored.value, reference):
            raise Superseded(
                f"{reference.request_id}: the email of document {reference.number} is not to be sent any more"
            )
        return draft(self.hand_over.email(stored.value, persons, reference.about))

    def _is_current(self, request: LicenseRequest, reference: DocumentRef) -> bool:
        return request.document.number == reference.number and not self.hand_over.views.is_outdated(request)


def last_reminded_of(requests: Sequence[LicenseRequest]) -> LicenseRequest | None:
    """The request that the clock spoke of last: what "tomorrow" means, where there are several."""
    reminded = [
        (max(event.at for event in request.events if event.happened is Happened.REMINDED), request.id, request)
        for request in requests
        if any(event.happened is Happened.REMINDED for event in request.events)
    ]
    return max(reminded)[2] if reminded else None
