"""Erasing a person: what goes, what stays, and that it is true before it is said.

One commit takes the person out of everything, and puts the answer aside as a record; then the store forgets its
history; only then the answer goes out. Whoever finds the record, after a crash or in another process, goes
on from there.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.form.email_address import mailbox_of
from bot.model.errors import StaleCommit
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, address_of
from bot.model.json_codec import from_json, to_json
from bot.model.message import Message, plain_text
from bot.model.people import NO_SIGNER, PersonalData
from bot.privacy.retention import Retention
from bot.privacy.subject_access import is_of, mailboxes_in, signs_for_another
from bot.request.commands import Erase, EraseSigner, Withdraw
from bot.request.lifecycle import Refused, apply, decide
from bot.request.request import LicenseRequest
from bot.staff.notices import Notices
from bot.staff.roles import Roles
from bot.store.port import (
    DELIVER_WITHIN,
    Commit,
    ConversationWrite,
    OutboxEntry,
    Outgoing,
    RecordWrite,
    RequestWrite,
    Store,
)
from bot.texts.say import Say

log = logging.getLogger(__name__)

PENDING = "erasing/"
"""Records of answers that wait until what they say is true."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The effect of an erasure on requests. `withdrawn` ones were open; of those in `left` the signer stays.

    `before` and `chats`: the persons and the chats that the requests had. `kept`: licenses of whose signer, who wants
    to be erased, the evidence stays, and with it the applicant, who did not ask. `parted`: requests that lose such a
    signer, and keep the applicant.
    """

    writes: tuple[RequestWrite, ...] = ()
    persons: Mapping[RequestId, PersonalData | None] = field(default_factory=dict)
    before: tuple[PersonalData, ...] = ()
    chats: Mapping[RequestId, DeliveryAddress] = field(default_factory=dict)
    withdrawn: tuple[RequestId, ...] = ()
    left: tuple[RequestId, ...] = ()
    kept: tuple[RequestId, ...] = ()
    parted: tuple[RequestId, ...] = ()

    @property
    def values(self) -> frozenset[str]:
        """The names and addresses of those persons."""
        return frozenset().union(*map(known_by, self.before))


@dataclass(frozen=True, slots=True)
class Erasing:
    """Plans erasures and carries them out. `backups`: days that a backup may still hold what was erased.

    `channel`: where the desk reads together, if it does.
    """

    store: Store
    notices: Notices
    retention: Retention
    backups: int
    roles: Roles
    channel: DeliveryAddress | None = None

    def backups_until(self, now: datetime) -> datetime:
        """Return the instant at which the last backup that holds it is gone."""
        return now + timedelta(days=self.backups)

    async def plan(self, requests: Iterable[LicenseRequest], actor: Actor, now: datetime, email: str = "") -> Plan:
        """Plan to erase the persons of these requests, or of each the one with that address. Open requests end."""
        plan = Plan()
        for listed in requests:
            stored, persons = await self.store.request(listed.id), await self.store.personal_data(listed.id)
            if stored:
                write = RequestWrite(stored.value, stored.version)
                if persons is None or not signs_for_another(persons, email):
                    plan = self._with(plan, write, persons, actor, now)
                elif self.retention.keeps_signed(stored.value):
                    plan = _with_kept(plan, write, persons)
                else:
                    plan = _with_parted(plan, write, persons, actor, now)
        return plan

    def _with(self, plan: Plan, write: RequestWrite, persons: PersonalData | None, actor: Actor, now: datetime) -> Plan:
        plan, request = _ended(plan, write.request, actor, now)
        erased = decide(Erase(), request, actor, now)
        if isinstance(erased, Refused):
            return plan
        left = self.retention.left(request, persons)
        return replace(
            plan,
            writes=(*plan.writes, replace(write, request=apply(request, erased))),
            persons={**plan.persons, request.id: left},
            before=(*plan.before, *([persons] if persons else [])),
            chats=_with_chat(plan, request),
            left=(*plan.left, request.id) if left else plan.left,
        )

    async def commit_of(self, account: Account, version: int, plan: Plan, answer: Outgoing) -> Commit:
        """All that an account's erasure changes; `answer` is what they are told once it is true."""
        addresses, now = {answer.address, address_of(account), *plan.chats.values()}, answer.not_before
        records = await self.store.records("")
        drops = [RecordWrite(key, None, kept.version) for key, kept in records.items() if is_of(account, key)]
        return Commit(
            conversation=ConversationWrite(account, None, version),
            requests=plan.writes,
            personal_data=plan.persons,
            outgoing=tuple(self._told_staff(plan, now)),
            delivered=await self.unsaid(addresses, plan.values),
            records=(*drops, pending(answer, clears=True)),
            forgets=frozenset({account.user, *(a.chat for a in addresses)}),
        )

    async def unsaid(
        self, addresses: Collection[DeliveryAddress], values: frozenset[str], others: Collection[DeliveryAddress] = ()
    ) -> tuple[int, ...]:
        """Messages that are not to go out any more: to the person, and to staff or `others` where they name them."""
        channel = (self.channel,) if self.channel else ()
        desk = {at.whole_chat for at in (*channel, *others, *map(address_of, await self.roles.everybody()))}
        own = {at.whole_chat for at in addresses}
        return tuple(
            entry.id
            for entry in await self.store.outbox()
            if (to := entry.outgoing.address.whole_chat) in own
            or (to in desk and holds(entry.outgoing.message, values))
        )

    def _told_staff(self, plan: Plan, now: datetime) -> Iterable[Outgoing]:
        if plan.persons:
            values = {"requests": ", ".join(plan.persons), "withdrawn": ", ".join(plan.withdrawn)}
            yield from self.notices.to_staff(Say("staff.erased", values), None, now)

    async def finish(self, now: datetime) -> tuple[OutboxEntry, ...]:
        """Make true what was committed, and say it. Raises StoreError: then it is not said yet."""
        entries: tuple[OutboxEntry, ...] = ()
        if not (pending_before := await self.store.records(PENDING)):
            return entries
        for key, kept in pending_before.items():
            if email := kept.value["forms_of"]:
                await self._delete_forms(email, now)
                await self._written(Commit(records=(RecordWrite(key, {**kept.value, "forms_of": ""}, kept.version),)))
        pending_now = await self.store.records(PENDING)
        copies = await self.store.forget_history()
        for key, kept in pending_now.items():
            answer = replace(from_json(kept.value["answer"], Outgoing), not_before=now)
            told = self.told_of_copies(copies, now)
            entries += await self._written(
                Commit(outgoing=(answer, *told), records=(RecordWrite(key, None, kept.version),))
            )
        return entries

    async def _delete_forms(self, email: str, now: datetime) -> None:
        """Unfinished forms that name the address, until there is none; who was filling one in is told.

        Whoever answers just then makes the deletion stale: their form is looked at once more.
        """
        while forms := await self._forms_of(email):
            for account, version in forms.items():
                message = self.notices.views.message([Say("form_erased")], "")
                told = Outgoing(address_of(account), message, now, now + DELIVER_WITHIN)
                await self._written(Commit(conversation=ConversationWrite(account, None, version), outgoing=(told,)))

    async def _forms_of(self, email: str) -> dict[Account, int]:
        """Whose unfinished forms name the address, and their versions."""
        mailbox, forms = mailbox_of(email), await self.store.conversations()
        return {account: form.version for account, form in forms.items() if mailbox in mailboxes_in(form.value)}

    async def _written(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        """Commit, where nobody else did meanwhile: then it is done, or done the next time."""
        try:
            return await self.store.commit(commit)
        except StaleCommit:
            log.info("another process said it, or somebody wrote just now")
            return ()

    def told_of_copies(self, copies: Sequence[str], now: datetime) -> Iterable[Outgoing]:
        """Yield the notices to staff of copies of the store that still hold erased persons, by the copies' names."""
        if copies:
            yield from self.notices.to_staff(Say("staff.older_copies", {"names": ", ".join(copies)}), None, now)


def _ended(plan: Plan, request: LicenseRequest, actor: Actor, now: datetime) -> tuple[Plan, LicenseRequest]:
    """The request withdrawn, where it was open."""
    withdrawn = decide(Withdraw(), request, actor, now)
    if isinstance(withdrawn, Refused):
        return plan, request
    return replace(plan, withdrawn=(*plan.withdrawn, request.id)), apply(request, withdrawn)


def _with_chat(plan: Plan, request: LicenseRequest) -> Mapping[RequestId, DeliveryAddress]:
    return {**plan.chats, request.id: request.address} if request.address else plan.chats


def _with_parted(plan: Plan, write: RequestWrite, persons: PersonalData, actor: Actor, now: datetime) -> Plan:
    """The request without its signer, and without what staff wrote. It ends: its document names the signer."""
    plan, request = _ended(plan, write.request, actor, now)
    erased = decide(EraseSigner(), request, actor, now)
    if isinstance(erased, Refused):
        return plan
    return replace(
        plan,
        writes=(*plan.writes, replace(write, request=apply(request, erased))),
        persons={**plan.persons, request.id: PersonalData(NO_SIGNER, persons.applicant)},
        before=(*plan.before, PersonalData(persons.signer)),
        chats=_with_chat(plan, request),
        parted=(*plan.parted, request.id),
    )


def _with_kept(plan: Plan, write: RequestWrite, persons: PersonalData) -> Plan:
    """The license as it is, but for what staff wrote, which may name its signer."""
    return replace(
        plan,
        writes=(*plan.writes, write),
        persons={**plan.persons, write.request.id: replace(persons, remarks=())},
        before=(*plan.before, PersonalData(persons.signer)),
        kept=(*plan.kept, write.request.id),
    )


def pending(answer: Outgoing, forms_of: str = "", *, clears: bool = False) -> RecordWrite:
    """The answer put aside until it is true. `forms_of`: an address whose unfinished forms go before that.

    `clears`: what was said in its chat is deleted there just before it is sent.
    """
    content = {"answer": to_json(replace(answer, traceless=True, clears=clears)), "forms_of": forms_of}
    return RecordWrite(f"{PENDING}{answer.not_before.isoformat()}", content, 0)


def makes_pending(commit: Commit) -> bool:
    """Return whether an answer was put aside in it."""
    return any(write.key.startswith(PENDING) for write in commit.records)


def known_by(persons: PersonalData) -> frozenset[str]:
    """The names and addresses of a request's persons; an erased signer has none."""
    known = {persons.signer.name, persons.signer.email}
    if persons.applicant:
        known |= {persons.applicant.name, persons.applicant.email}
    return frozenset(filter(None, known))


def holds(message: Message, values: frozenset[str]) -> bool:
    """Return whether a message says one of those."""
    words = "\n".join([plain_text(message), *(button.label for button in message.buttons)])
    return any(value in words for value in values)
