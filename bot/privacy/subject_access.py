"""Everything that is kept of a person, gathered: what `my data` shows, and what staff give to a signer.

What is about others is left out (GDPR Art. 15(4)): which of the staff acted, their notes for each other, and, where an
email address is asked about, whatever of the other person stands beside it. Who typed a form gets all that they typed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.dialogue.state import Conversation
from bot.form.email_address import mailbox_of
from bot.model.identity import Account, Actor, DeliveryAddress, Role, address_of
from bot.model.json_codec import JsonObject, to_json
from bot.model.people import (
    APPLICANT_FIELDS,
    NO_SIGNER,
    SIGNER_FIELDS,
    Applicant,
    Field,
    PersonalData,
    Remark,
    Signer,
    Standing,
)
from bot.privacy.chat_clearing import kept_of
from bot.request.query import Contains, Place, RequestQuery, folded
from bot.request.request import LicenseRequest
from bot.staff.records import STAFF_RECORDS
from bot.store.port import OutboxEntry, Store

_THEIR_OWN = frozenset({Role.APPLICANT, Role.CLOCK})

Mailbox = tuple[str, str]
"""An address as `bot.form.email_address.mailbox_of` knows it again."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The part of a request that may be given to a person: it names no staff. `told`: reasons in the staff's words."""

    request: LicenseRequest
    signer: Signer | None = None
    applicant: Applicant | None = None
    told: tuple[Remark, ...] = ()

    @property
    def json(self) -> JsonObject:
        """The request and its persons, without who wrote the reasons."""
        persons: JsonObject = {
            "signer": to_json(self.signer) if self.signer else None,
            "applicant": to_json(self.applicant) if self.applicant else None,
            "told": [{"at": remark.at.isoformat(), "text": remark.text} for remark in self.told],
        }
        return {"request": to_json(self.request), "persons": {key: kept for key, kept in persons.items() if kept}}


@dataclass(frozen=True, slots=True)
class Held:
    """The data of a person. `waiting`: messages to them that are not delivered yet; `records`: the rest, by key.

    `sent`: the ids by which what was said in their chat can be deleted (`bot.privacy.chat_clearing`).
    """

    of: str
    forms: Sequence[Conversation]
    requests: Sequence[Theirs]
    waiting: Sequence[OutboxEntry]
    records: JsonObject
    sent: Sequence[JsonObject] = ()

    @property
    def json(self) -> str:
        """All of it, for programs and for people who read closely."""
        content = {
            "of": self.of,
            "forms": [to_json(form) for form in self.forms],
            "requests": [theirs.json for theirs in self.requests],
            "messages_waiting": [to_json(entry.outgoing) for entry in self.waiting],
            "records": self.records,
            "message_ids": list(self.sent),
        }
        return json.dumps(content, ensure_ascii=False, indent=2)


async def of_account(store: Store, account: Account, address: DeliveryAddress) -> Held:
    """Return the data of the person who chats from that account."""
    requests = await store.requests(RequestQuery(account=account))
    form = (await store.conversation(account)).value
    places = (address, address_of(account), *(request.address for request in requests if request.address))
    chats = {place.whole_chat for place in places}
    return Held(
        str(account),
        (form,) if form else (),
        [_of_applicant(request, await store.personal_data(request.id)) for request in requests],
        [entry for entry in await store.outbox() if entry.outgoing.address.whole_chat in chats],
        {key: kept.value for key, kept in (await store.records("")).items() if is_of(account, key)},
        [kept.value for chat in chats for kept in (await kept_of(store, chat)).values()],
    )


async def of_email(store: Store, email: str) -> Held:
    """Return the data of the person with that email address, as signer or as applicant, whoever typed it."""
    known = mailbox_of(email)
    likely = RequestQuery(conditions=(Contains(folded(known[0]), Place.EMAIL),))
    found = [(request, await store.personal_data(request.id)) for request in await store.requests(likely)]
    forms = (stored.value for stored in (await store.conversations()).values())
    return Held(
        email,
        [_form_of(form, known) for form in forms if known in mailboxes_in(form)],
        [_of_one(request, persons, known) for request, persons in found if persons and known in _mailboxes_of(persons)],
        (),
        {},
    )


def _of_applicant(request: LicenseRequest, persons: PersonalData | None) -> Theirs:
    """All that they typed, and what staff told them."""
    told = tuple(remark for remark in persons.remarks if remark.told) if persons else ()
    bare = _without_staff(request)
    signer = persons.signer if persons and persons.signer != NO_SIGNER else None
    return Theirs(bare, signer, persons.applicant, told) if persons else Theirs(bare)


def _of_one(request: LicenseRequest, persons: PersonalData, mailbox: Mailbox) -> Theirs:
    """Of the two persons the one with that address; the chat is the applicant's, who may be the signer."""
    signs = mailbox_of(persons.signer.email) == mailbox
    applies = persons.applicant is not None and mailbox_of(persons.applicant.email) == mailbox
    if applies or (signs and request.standing is Standing.SIGNER):
        whole = _of_applicant(request, persons)
        return whole if signs else replace(whole, signer=None)
    bare = replace(_without_staff(request), account=None, address=None, answered={}, time_zone="")
    return Theirs(bare, persons.signer)


def _without_staff(request: LicenseRequest) -> LicenseRequest:
    events = (e if e.actor.role in _THEIR_OWN else replace(e, actor=Actor(e.actor.role)) for e in request.events)
    return replace(request, events=tuple(events), assignee=None)


def _form_of(form: Conversation, mailbox: Mailbox) -> Conversation:
    """Return the part of an unfinished form that is about the person with that address."""
    groups = {Field.EMAIL: SIGNER_FIELDS, Field.APPLICANT_EMAIL: APPLICANT_FIELDS}
    own = {field for key in groups if mailbox_of(form.draft.get(key, "")) == mailbox for field in groups[key]}
    draft = {field: value for field, value in form.draft.items() if field in own}
    doubts = {field: doubt for field, doubt in form.doubts.items() if field in own}
    return replace(form, draft=draft, doubts=doubts, answered={}, changing=None)


def is_of(account: Account, key: str) -> bool:
    """Return whether a record is about the account's person, and theirs; roles at the desk belong to the desk."""
    return key.endswith(f"/{account}") and not key.startswith(STAFF_RECORDS)


def signs_for_another(persons: PersonalData, email: str) -> bool:
    """Return whether the person with that address signs a request of somebody else."""
    wanted, applicant = mailbox_of(email), persons.applicant
    signs = bool(email) and mailbox_of(persons.signer.email) == wanted
    return signs and applicant is not None and mailbox_of(applicant.email) != wanted


def _mailboxes_of(persons: PersonalData) -> set[Mailbox]:
    """The addresses in a request's persons, however they are spelt."""
    applicant = {persons.applicant.email} if persons.applicant else set()
    return {mailbox_of(email) for email in {persons.signer.email, *applicant}}


def mailboxes_in(form: Conversation) -> set[Mailbox]:
    """The addresses in an unfinished form, however they are spelt."""
    return {mailbox_of(form.draft[field]) for field in (Field.EMAIL, Field.APPLICANT_EMAIL) if field in form.draft}
