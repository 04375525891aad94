"""Staff work after a change of the LA is announced: emails to holders without a chat, notes of signers' answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.desk.desk import DeskTurn, Handler, Handlers, Reply
from bot.desk.views import DeskOffer
from bot.model.message import DocumentRef
from bot.model.people import Standing
from bot.request.commands import Command, Inform, OptOut, Stay
from bot.request.events import Event, Happened
from bot.request.lifecycle import apply, decide
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.request.version_notice import Informed
from bot.store.port import DELIVER_WITHIN, Outgoing, RequestWrite, Stored
from bot.texts.choice import SURELY
from bot.texts.say import Say, Value
from bot.versions.announcement import BY_EMAIL, Announcement, Silence, closes_at, counted_from, notice, superseded
from bot.versions.announcements import Announcing, pages
from bot.versions.job import Informing
from bot.versions.messages import ChangeViews

_SHOWN = 10
"""So many requests are listed; the rest is counted."""

_Commanded = Callable[[LicenseRequest, Announcement, datetime], Awaitable[Command]]

_REMINDERS = frozenset({Informed.HALFWAY, Informed.LAST})


@dataclass(frozen=True, slots=True)
class DeskVersions:
    """The handlers of the commands about a version that was announced."""

    announcing: Announcing
    views: ChangeViews
    informing: Informing

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {
            "unreached": self._unreached,
            "old versions": self._old_versions,
            "letter": self._letter,
            "informed": self._moves(self._by_email),
            "stays": self._moves(_stays),
            "opt out": self._moves(_opts_out, confirms=True),
        }

    async def _unreached(self, turn: DeskTurn) -> Reply:
        announcement = await self.announcing.last()
        if announcement is None:
            return Reply((Say("announce.none"),))
        requests = await self.announcing.unreached(announcement, turn.now, self.views.silence)
        version: dict[str, Value] = {"version": announcement.version}
        if not requests:
            return Reply((Say("announce.all_reached", version),))
        says = [await self._unreached_line(request, announcement, turn.now) for request in requests[:_SHOWN]]
        return Reply((*says, *_more(len(requests), "announce.more_unreached", version)))

    async def _unreached_line(self, request: LicenseRequest, announcement: Announcement, now: datetime) -> Say:
        values: dict[str, Value] = {"request_id": request.id, "version": announcement.version}
        if await self._step(request, announcement, now) in _REMINDERS:
            return Say("announce.unreminded", values)
        why = self.views.views.texts.words[f"unreached.{self._why(request, announcement)}"]
        return Say("announce.unreached", values | {"why": why})

    async def _step(self, request: LicenseRequest, announcement: Announcement, now: datetime) -> Informed | None:
        return await self.announcing.by_staff(request, announcement, now, self.views.silence)

    def _why(self, request: LicenseRequest, announcement: Announcement) -> str:
        if request.address is None:
            return "called_off" if announcement.called_off_at else "no_chat"
        ends = self.views.silence is Silence.ENDS
        return "not_the_signer" if ends and request.standing is not Standing.SIGNER else "undelivered"

    async def _old_versions(self, turn: DeskTurn) -> Reply:
        known = await self.announcing.learn(turn.now)
        says = list[Say]()
        async for page in pages(self.announcing.store, (Status.EMAILED, Status.RECEIVED)):
            for request in page:
                if by := superseded(known, request.document.version, turn.now):
                    values: dict[str, Value] = {
                        "request_id": request.id,
                        "status": request.status,
                        "old": request.document.version,
                    }
                    values |= {"version": by.version, "effective": by.effective_at}
                    says.append(Say("announce.old_version", values))
        if not says:
            return Reply((Say("announce.no_old"),))
        return Reply((Say("announce.old_versions"), *says[:_SHOWN], *_more(len(says), "announce.more", {})))

    async def _letter(self, turn: DeskTurn) -> Reply:
        last, stored = await self.announcing.last(), await self._stored(turn)
        if stored is None:
            return Reply((_which(turn),))
        if last is None:
            return Reply((Say("announce.none"),))
        letter = await self.letter(stored.value, last, turn.now)
        if letter is None:
            return Reply((Say("announce.no_email", {"request_id": stored.value.id}),))
        return Reply((letter,), document=await self.attached(stored.value, last, turn.now))

    async def letter(self, request: LicenseRequest, announcement: Announcement, now: datetime) -> Say | None:
        """The email to a holder, ready to be sent; None where nobody knows the address any more."""
        persons, known = await self.announcing.store.personal_data(request.id), await self.announcing.known()
        if persons is None:
            return None
        old = self.informing.base(request, announcement, known, now)
        receipts = await self.announcing.receipts(request, announcement)
        closes = closes_at(announcement, counted_from(request, announcement, receipts, self.views.silence) or now)
        return self.views.letter(request, announcement, old, persons.signer, closes)

    async def attached(self, request: LicenseRequest, announcement: Announcement, now: datetime) -> DocumentRef:
        """The comparison that goes with it."""
        old = self.informing.base(request, announcement, await self.announcing.known(), now)
        return self.views.document(request.id, announcement, old)

    def _moves(self, command: _Commanded, *, confirms: bool = False) -> Handler:
        async def handler(turn: DeskTurn) -> Reply:
            last, stored = await self.announcing.last(), await self._stored(turn)
            if stored is None:
                return Reply((_which(turn),))
            request = stored.value
            if last is None:
                return Reply((Say("announce.not_concerned", {"request_id": request.id}),))
            decided = decide(await command(request, last, turn.now), request, turn.actor, turn.now)
            if not isinstance(decided, Event):
                refused = {"request_id": request.id, "status": request.status}
                return Reply((Say(f"refused.{decided.reason}", refused),))
            if confirms and not turn.said.surely:
                ask = Say("change.opt_out", {"request_id": request.id})
                said = f"{turn.said.command} {request.id}"
                return Reply((ask,), (DeskOffer(SURELY, "surely"),), confirm=said)
            write = RequestWrite(apply(request, decided), stored.version)
            noted = Say("announce.noted", {"request_id": request.id, "happened": decided.happened})
            says, outgoing = await self._confirmed(request, decided)
            return Reply((noted, *says), requests=(write,), outgoing=outgoing)

        return handler

    async def _by_email(self, request: LicenseRequest, announcement: Announcement, now: datetime) -> Command:
        """That staff wrote to a holder: what was due, or else that a version comes, or does not after all."""
        otherwise = Informed.CALLED_OFF if announcement.called_off_at else Informed.TOLD
        step = await self._step(request, announcement, now) or otherwise
        return Inform(notice(announcement, step, BY_EMAIL))

    async def _confirmed(self, request: LicenseRequest, event: Event) -> tuple[tuple[Say, ...], tuple[Outgoing, ...]]:
        """The confirmation of what a signer answered by way of staff: to the chat behind it, and as an email."""
        if event.happened not in {Happened.STAYED, Happened.OPTED_OUT}:
            return (), ()
        persons = await self.announcing.store.personal_data(request.id)
        says = (self.views.confirmation(request, event, persons.signer),) if persons else ()
        if request.address is None:
            return says, ()
        message, deadline = self.views.noted(request, event), event.at + DELIVER_WITHIN
        return says, (Outgoing(request.address, message, event.at, deadline, request.id),)

    async def _stored(self, turn: DeskTurn) -> Stored[LicenseRequest] | None:
        return await self.announcing.store.request(turn.said.request_id) if turn.said.request_id else None


async def _stays(*_: object) -> Command:
    return Stay()


async def _opts_out(*_: object) -> Command:
    return OptOut()


def _which(turn: DeskTurn) -> Say:
    return Say("desk.no_id" if turn.said.request_id is None else "desk.none")


def _more(count: int, text: str, values: dict[str, Value]) -> tuple[Say, ...]:
    return (Say(text, values | {"count": count - _SHOWN}),) if count > _SHOWN else ()
