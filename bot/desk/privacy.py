"""Rights of people who never chatted, as signers often are: staff show and erase what is kept of an email address."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.views import DeskOffer, DeskViews
from bot.form import email_address
from bot.model.identity import RequestId
from bot.privacy.erasure import Plan, pending
from bot.privacy.job import Outlook, outlook
from bot.privacy.rights import Rights, stays
from bot.privacy.subject_access import of_email
from bot.store.port import DELIVER_WITHIN, Outgoing
from bot.texts.choice import SURELY, Choice
from bot.texts.say import Offer, Say

PAGE = 10
"""So many requests are listed."""


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """The handlers of what staff do for others' rights."""

    rights: Rights
    views: DeskViews

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {"data of": self._shown, "erase signer": self._erase, "retention": self._retention}

    async def _shown(self, turn: DeskTurn) -> Reply:
        if not (email := _email(turn)):
            return Reply((Say("desk.no_email"),))
        return Reply(await self.rights.held_of_email(email), document=self.rights.document(email))

    async def _erase(self, turn: DeskTurn) -> Reply:
        """Shown first, then asked about; everything that names that address goes, or loses its persons."""
        if not (email := _email(turn)):
            return Reply((Say("desk.no_email"),))
        erasing = self.rights.erasing
        held = await of_email(erasing.store, email)
        if not (held.requests or held.forms):
            return Reply((Say("desk.nothing_of", {"of": email}),))
        plan = await erasing.plan([theirs.request for theirs in held.requests], turn.actor, turn.now, email)
        gone = _listed([key for key in plan.persons if key not in plan.kept])
        if not turn.said.surely:
            until = erasing.backups_until(turn.now)
            says = (Say("desk.erases", {"of": email, "requests": gone, "forms": len(held.forms)}),)
            asked = (*says, *stays(plan), Say("desk.erase_ask", {"backups_until": until}))
            return Reply(asked, (DeskOffer(SURELY, "surely"),), confirm=f"erase signer {email}")
        message = self.views.message((Say("desk.erased_signer", {"requests": gone}), *stays(plan)))
        answer = Outgoing(turn.incoming.address, message, turn.now, turn.now + DELIVER_WITHIN)
        return Reply(
            (Say("desk.erasing"),),
            requests=plan.writes,
            personal_data=plan.persons,
            outgoing=tuple(self._told(plan, turn)),
            delivered=await erasing.unsaid((), plan.values, plan.chats.values()),
            records=(pending(answer, forms_of=email),),
        )

    def _told(self, plan: Plan, turn: DeskTurn) -> Iterator[Outgoing]:
        """The applicants, each of their own request: it does not know them any more."""
        for request_id, address in plan.chats.items():
            message = self.rights.erasing.notices.views.message([_told(request_id, plan)], "")
            yield Outgoing(address, message, turn.now, turn.now + DELIVER_WITHIN, request_id)

    async def _retention(self, turn: DeskTurn) -> Reply:
        erasing = self.rights.erasing
        return Reply(tuple(told(await outlook(erasing.store, erasing.retention, PAGE, turn.now))))


def told(found: Outlook) -> Iterator[Say]:
    """Yield the coming deletions and their instants, in words."""
    yield Say("retention.intro")
    for status, count in found.ended.items():
        yield Say("retention.ended", {"status": status, "count": count})
    forms = Say("retention.forms", {"count": found.forms, "at": found.first_form_at or ""})
    yield forms if found.forms else Say("retention.no_forms")
    if found.first_expires_at:
        yield Say("retention.unconfirmed", {"count": found.unconfirmed, "at": found.first_expires_at})
    if found.undecided:
        yield Say("retention.undecided", {"requests": ", ".join(found.undecided)})
    if found.next:
        yield Say("retention.next")
    for going in found.next:
        yield Say("retention.line", {"request_id": going.request_id, "status": going.status, "at": going.at})


def _told(request_id: RequestId, plan: Plan) -> Say:
    """Return the message to an applicant that their request ended, lost its signer, or knows them no more."""
    if request_id not in plan.parted:
        return Say("signer_erased", {"request_id": request_id})
    if request_id not in plan.withdrawn:
        return Say("signer_gone", {"request_id": request_id})
    again = (Offer(Choice.START_FROM, request_id), Offer(Choice.MENU))
    return Say("signer_gone_withdrawn", {"request_id": request_id}, again)


def _email(turn: DeskTurn) -> str:
    """The address that was named; empty where the words are none. Slack writes `<mailto:a@b|a@b>`."""
    words = turn.said.words.strip()
    found = email_address.parse(words) or email_address.undecorated(words)
    return found.value if found else ""


def _listed(requests: Collection[RequestId]) -> str:
    return ", ".join(requests) or "-"
