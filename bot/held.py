"""Everything that is kept of a person, gathered: what `my data` shows, and what staff give to a signer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.codec import JsonObject, to_json
from bot.dialogue import Conversation
from bot.lifecycle import LicenseRequest
from bot.model import Account, DeliveryAddress, Field, PersonalData
from bot.notices import address_of
from bot.ports import OutboxEntry, RequestQuery, Store
from bot.staff import STAFF_RECORDS


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of somebody. `waiting`: messages to them that are not delivered yet; `records`: the rest, by key."""

    of: str
    forms: Sequence[Conversation]
    requests: Sequence[tuple[LicenseRequest, PersonalData | None]]
    waiting: Sequence[OutboxEntry]
    records: JsonObject

    @property
    def json(self) -> str:
        """All of it, for programs and for people who read closely."""
        content = {
            "of": self.of,
            "forms": [to_json(form) for form in self.forms],
            "requests": [
                {"request": to_json(request), "persons": to_json(persons) if persons else None}
                for request, persons in self.requests
            ],
            "messages_waiting": [to_json(entry.outgoing) for entry in self.waiting],
            "records": self.records,
        }
        return json.dumps(content, ensure_ascii=False, indent=2)


async def of_account(store: Store, account: Account, address: DeliveryAddress) -> Held:
    """What is kept of whoever chats from that account."""
    requests = await store.requests(RequestQuery(account=account))
    form = (await store.conversation(account)).value
    places = {address, address_of(account), *(request.address for request in requests)}
    return Held(
        str(account),
        (form,) if form else (),
        [(request, await store.personal_data(request.id)) for request in requests],
        [entry for entry in await store.outbox() if entry.outgoing.address in places],
        {key: kept.value for key, kept in (await store.records("")).items() if is_of(account, key)},
    )


async def of_email(store: Store, email: str) -> Held:
    """What is kept of whoever has that email address, as signer or as applicant, whoever typed it."""
    found = [(r, await store.personal_data(r.id)) for r in await store.requests(RequestQuery(text=email))]
    forms = (stored.value for stored in (await store.conversations()).values())
    return Held(
        email,
        [form for form in forms if email.casefold() in emails_in(form)],
        [(request, persons) for request, persons in found if persons and email.casefold() in emails_of(persons)],
        (),
        {},
    )


def is_of(account: Account, key: str) -> bool:
    """Whether a record is about whoever has that account, and theirs; who may do what at the desk is the desk's."""
    return key.endswith(f"/{account}") and not key.startswith(STAFF_RECORDS)


def emails_of(persons: PersonalData) -> set[str]:
    """The addresses in a request's persons, without case."""
    applicant = {persons.applicant.email} if persons.applicant else set()
    return {email.casefold() for email in {persons.signer.email, *applicant}}


def emails_in(form: Conversation) -> set[str]:
    """The addresses in an unfinished form, without case."""
    return {form.draft.get(field, "").casefold() for field in (Field.EMAIL, Field.APPLICANT_EMAIL)}
