"""Answers to a person's questions about their data: content and purpose, all of it, and the effect of erasing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.state import Conversation
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role, address_of
from bot.model.message import DocumentRef, FileKind
from bot.privacy import subject_access
from bot.privacy.erasure import Erasing, Plan
from bot.privacy.stored_fields import KEPT, Category
from bot.privacy.subject_access import Held, Theirs
from bot.request.query import RequestQuery
from bot.texts.catalogue import Texts
from bot.texts.say import Say, Value

FILE = "my-data.json"


@dataclass(frozen=True, slots=True)
class Rights:
    """`basis`: on what legal basis the controller keeps it, in the controller's words; empty where they gave none."""

    erasing: Erasing
    texts: Texts
    basis: str

    def privacy(self) -> tuple[Say, ...]:
        """Return the privacy notice: data, purpose, legal basis, periods, readers, access, erasure, and contact."""
        basis = Say("privacy.basis", {"basis": self.basis}) if self.basis else Say("privacy.no_basis")
        about_people = (category for category in Category if category is not Category.TECHNICAL)
        kept = (Say("privacy.line", told(self.texts, category)) for category in about_people)
        return (Say("privacy.who"), basis, Say("privacy.kept"), *kept, Say("privacy.rest"))

    # All of it

    async def held_of(self, account: Account, address: DeliveryAddress) -> tuple[Say, ...]:
        """Everything that is kept of whoever chats from that account."""
        found = await subject_access.of_account(self.erasing.store, account, address)
        return (Say("held.intro"), *_listed(found), Say("held.left_out"), Say("held.file"))

    async def held_of_email(self, email: str) -> tuple[Say, ...]:
        """Everything that is kept of whoever has that email address, for staff who were asked for it."""
        found = await subject_access.of_email(self.erasing.store, email)
        return (Say("held.of_email", {"of": found.of}), *_listed(found), Say("held.left_out_of_email"))

    def document(self, of: Account | str) -> DocumentRef:
        """The file with all of it; it is made when it is delivered."""
        return DocumentRef(RequestId(""), 0, FILE, FileKind.PERSONAL_DATA, str(of))

    async def file(self, reference: DocumentRef) -> bytes:
        """All that is kept of an account or of an email address now, as JSON; less the message that brings it."""
        store = self.erasing.store
        if ":" not in reference.about:  # an account has one, its user may have an @; an address has none
            return (await subject_access.of_email(store, reference.about)).json.encode()
        account = Account.parse(reference.about)
        found = await subject_access.of_account(store, account, address_of(account))
        waiting = [entry for entry in found.waiting if entry.outgoing.message.document != reference]
        return replace(found, waiting=waiting).json.encode()

    # What erasing would do

    async def preview(self, account: Account, now: datetime) -> tuple[Say, ...]:
        """Return the effects of an erasure, with reasons, before anybody confirms it."""
        requests = await self.erasing.store.requests(RequestQuery(account=account))
        plan = await self.erasing.plan(requests, Actor(Role.APPLICANT, account), now)
        in_chat = Say(f"erase.chat_{account.platform}")
        elsewhere = Say("erase.elsewhere", {"backups_until": self.erasing.backups_until(now)})
        return (Say("erase.goes"), *stays(plan), in_chat, elsewhere)

    def cleared(self, account: Account) -> Say:
        """Return the messages gone from their chat by the time they read it, and those that stay."""
        return Say(f"cleared.{account.platform}")


def told(texts: Texts, category: Category) -> dict[str, Value]:
    """Return a category's description, purpose and period, in words."""
    return {
        "what": texts.words[f"category.{category}"],
        "why": texts.words[f"purpose.{category}"],
        "until": texts.words[f"until.{KEPT[category].until}"],
    }


def stays(plan: Plan) -> Iterator[Say]:
    """Yield the effects worth knowing before an erasure: requests it withdraws, licenses whose signer stays."""
    if plan.withdrawn:
        yield Say("erase.withdraws", {"requests": ", ".join(plan.withdrawn)})
    if plan.left:
        yield Say("erase.stays", {"requests": ", ".join(plan.left)})
    if plan.parted:
        yield Say("erase.parted", {"requests": ", ".join(plan.parted)})
    if plan.kept:
        yield Say("erase.stays_signed", {"requests": ", ".join(plan.kept)})


def _listed(found: Held) -> Iterator[Say]:
    if not (found.forms or found.requests):
        yield Say("held.nothing")
    for form in found.forms:
        yield from _form(form)
    for theirs in found.requests:
        yield from _request(theirs)
    if found.waiting:
        yield Say("held.waiting", {"count": len(found.waiting)})
    if found.sent:
        yield Say("held.sent", {"count": sum(len(record["ids"]) for record in found.sent)})


def _form(form: Conversation) -> Iterator[Say]:
    yield Say("held.form", {"since": form.touched_at} if form.touched_at else {"since": ""})
    for field, value in form.draft.items():
        yield Say("pasted.field", {"field": field, "value": value})


def _request(theirs: Theirs) -> Iterator[Say]:
    request = theirs.request
    values: dict[str, Value] = {"request_id": request.id, "status": request.status, "since": request.since}
    yield Say("held.request", values)
    if theirs.applicant:
        applicant: dict[str, Value] = {
            "applicant_name": theirs.applicant.name,
            "applicant_email": theirs.applicant.email,
        }
        yield Say("held.applicant", applicant)
    if signer := theirs.signer:
        block: dict[str, Value] = {
            "name": signer.name,
            "title": signer.title,
            "affiliation": signer.affiliation,
            "email": signer.email,
            "address": signer.address,
        }
        yield Say("review.signer", block)
    yield Say("held.history")
    for event in request.events:
        yield Say("held.event", {"at": event.at, "happened": event.happened})
