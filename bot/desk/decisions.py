"""Staff actions on a request: the lifecycle decides, the applicant is told, and it can be taken back for a while.

A move, its notice to the applicant and the staff's own words are one commit. Notices of decisions are held for the time
to undo and a little longer, so that none is on its way when its move is undone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.agreement.agreement import Dataset
from bot.agreement.reasons import Given, read_reasons
from bot.desk.commands import BY_NAME
from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.views import ALL_PRESSABLE, DeskOffer, DeskViews, offers
from bot.model.identity import Actor, RequestId, Role
from bot.model.people import PersonalData, Remark
from bot.request.commands import (
    Absorb,
    Approve,
    Assign,
    Command,
    CorrectVersion,
    MarkEmailed,
    Merge,
    Note,
    Receive,
    Reject,
    Reopen,
    Return,
    Revoke,
    Undo,
    Withdraw,
)
from bot.request.events import BECOMES, Event, Happened, stood
from bot.request.lifecycle import Refusal, Refused, apply, decide, possible
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Document
from bot.store.port import DELIVER_WITHIN, OutboxEntry, Outgoing, RequestWrite, Store
from bot.texts.decisions import Told
from bot.texts.say import Say

_SIMPLE: Mapping[str, Callable[[], Command]] = {
    "received": Receive,
    "approve": Approve,
    "emailed": MarkEmailed,
    "withdraw": Withdraw,
    "reopen": Reopen,
    "assign": Assign,
}
_REASONED: Mapping[str, Callable[[tuple[str, ...]], Command]] = {
    "return": Return,
    "reject": lambda codes: Reject(codes[0]),
    "revoke": lambda codes: Revoke(codes[0]),
}
_HELD = frozenset({Happened.APPROVED, Happened.RETURNED, Happened.REJECTED, Happened.REVOKED})
_STATUSES_HELD = frozenset(BECOMES[happened] for happened in _HELD)
_MOVED = {
    Happened.UNDONE: "desk.undone",
    **dict.fromkeys((Happened.NOTED, Happened.ASSIGNED, Happened.VERSION_CORRECTED), "desk.stays"),
}
_GRACE = timedelta(seconds=10)
"""Longer than a commit takes: what is undone at the last instant is on nobody's wire."""
_LATELY = 50
"""Requests that are looked through for the move that an "undo" without an id means."""
_VERSION = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b")
_WHOLE_BUTTON = 50
"""Bytes of a command that fit on a button everywhere."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The handlers of the commands that move. `undo_after`: for how long a decision can be undone."""

    store: Store
    views: DeskViews
    told: Told
    dataset: Dataset
    undo_after: timedelta

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {
            **dict.fromkeys(_SIMPLE, self._simple),
            **dict.fromkeys(_REASONED, self._reasoned),
            "note": self._note,
            "version": self._version,
            "merge": self._merge,
            "undo": self._undo,
        }

    async def _simple(self, turn: DeskTurn) -> Reply:
        return await self._move(turn, _SIMPLE[turn.said.command]())

    async def _reasoned(self, turn: DeskTurn) -> Reply:
        reasons = [r for r in self.dataset.reasons if turn.said.command in r.moves]
        given = read_reasons(turn.said.words, reasons)
        if given.codes and (turn.said.command == "return" or len(given.codes) == 1):
            return await self._move(turn, _REASONED[turn.said.command](given.codes), given)
        stored = await self.store.request(turn.said.request_id) if turn.said.request_id else None
        if stored is None:
            return Reply((Say("desk.none" if turn.said.request_id else "desk.no_id"),))
        if BY_NAME[turn.said.command].move not in possible(stored.value.status, turn.role):
            return self._already(stored.value, turn.role)
        why = (DeskOffer(f"{turn.said.command} {turn.said.request_id} {r.code}", "reason", r.label) for r in reasons)
        return Reply((Say("desk.why_one" if given.codes else "desk.why"),), tuple(why))

    async def _note(self, turn: DeskTurn) -> Reply:
        if not turn.said.words:
            return Reply((Say("desk.note_what"),))
        return await self._move(turn, Note(), Given((), turn.said.words))

    async def _version(self, turn: DeskTurn) -> Reply:
        found = _VERSION.search(turn.said.words)
        stored = await self.store.request(turn.said.request_id) if turn.said.request_id else None
        if not found or stored is None:
            return Reply((Say("desk.which_version", {"versions": ", ".join(self.dataset.agreements)}),))
        known = self.dataset.agreements.get(found[0])
        number, sha256 = stored.value.document.number + 1, known.sha256 if known else ""
        return await self._move(turn, CorrectVersion(Document(number, found[0], sha256, "", 0, turn.now)))

    async def _merge(self, turn: DeskTurn) -> Reply:
        duplicate, others = turn.said.request_id, turn.said.others
        if duplicate is None or len(others) != 1 or others[0] == duplicate:
            return Reply((Say("desk.merge_which"),))
        into = await self.store.request(others[0])
        if into is None:
            return Reply((Say("desk.none"),))
        absorbed = decide(Absorb(duplicate), into.value, turn.actor, turn.now)
        if isinstance(absorbed, Refused):
            return self._already(into.value, turn.role)
        reply = await self._move(turn, Merge(others[0]))
        write = RequestWrite(apply(into.value, absorbed), into.version)
        return replace(reply, requests=(*reply.requests, write)) if reply.requests else reply

    async def _undo(self, turn: DeskTurn) -> Reply:
        request_id = turn.said.request_id or await self._last_moved(turn)
        if request_id is None:
            return Reply((Say("desk.nothing_to_undo"),))
        turn = replace(turn, said=replace(turn.said, request_id=request_id))
        stored = await self.store.request(request_id)
        if stored is None or stored.value.status not in _STATUSES_HELD:
            return await self._move(turn, Undo(turn.now))
        undone = stood(stored.value.events)[-1].event
        held = [e for e in await self._held(stored.value, turn.now) if e.outgoing.not_before == self._told_at(undone)]
        if stored.value.address and not held:
            return Reply((_too_late(stored.value),))
        reply = await self._move(turn, Undo(turn.now - self.undo_after))
        if not reply.requests:
            return reply
        persons = await self.store.personal_data(request_id)
        unsaid = {request_id: _unsaid(persons, undone)} if persons else {}
        return replace(reply, delivered=tuple(entry.id for entry in held), personal_data=unsaid)

    async def _held(self, request: LicenseRequest, now: datetime) -> tuple[OutboxEntry, ...]:
        """The notices about it that nobody has had yet, because they are held."""
        entries = await self.store.outbox(request.address) if request.address else ()
        return tuple(e for e in entries if e.outgoing.about == request.id and e.outgoing.not_before > now)

    async def _last_moved(self, turn: DeskTurn) -> RequestId | None:
        """The request that this person decided last, while that can be undone."""
        for request in await self.store.requests(RequestQuery(limit=_LATELY)):
            last = stood(request.events)[-1].event
            mine = last.actor.account == turn.incoming.account and last.happened in _HELD
            if mine and last.at >= turn.now - self.undo_after:
                return request.id
        return None

    # A move

    async def _move(self, turn: DeskTurn, command: Command, given: Given | None = None) -> Reply:
        request_id = turn.said.request_id
        stored = await self.store.request(request_id) if request_id else None
        if request_id is None or stored is None:
            return Reply((Say("desk.none" if request_id else "desk.no_id"),))
        steps = _steps(command, stored.value, turn.actor, turn.now)
        if isinstance(steps, Refused):
            too_late = steps.reason is Refusal.TOO_LATE
            return Reply((_too_late(stored.value),)) if too_late else self._already(stored.value, turn.role)
        persons = await self.store.personal_data(request_id)
        if given and given.words:
            if persons is None:
                return Reply((Say("desk.no_words"),))
            remark = Remark(turn.now, turn.incoming.account, given.words, told=not isinstance(command, Note))
            persons = replace(persons, remarks=(*persons.remarks, remark))
        if self._asks(turn):
            return _question(turn, stored.value)
        after = stored.value
        for event in steps:
            after = apply(after, event)
        told_after = max((e.outgoing.not_before for e in await self._held(after, turn.now)), default=turn.now)
        reply = self._moved(RequestWrite(after, stored.version), steps[-1], persons, told_after)
        return replace(reply, personal_data={request_id: persons}) if given and given.words else reply

    def _asks(self, turn: DeskTurn) -> bool:
        """Return whether the command is asked about first, because it cannot be undone."""
        command = BY_NAME[turn.said.command]
        undoable = command.undoable and self.undo_after > timedelta()
        return not turn.said.surely and (command.confirms or (command.undoable and not undoable))

    def _notice(
        self, request: LicenseRequest, event: Event, persons: PersonalData | None, at: datetime
    ) -> Outgoing | None:
        """Return what the applicant is sent, not before `at`; None where nobody is told."""
        message = self.told.of(request, event, persons)
        if message is None or request.address is None:
            return None
        return Outgoing(request.address, message, at, at + DELIVER_WITHIN, request.id)

    def _moved(self, write: RequestWrite, event: Event, persons: PersonalData | None, told_after: datetime) -> Reply:
        """Return the reply to staff and the notice to the applicant, perhaps later: events are told in their order."""
        request, at = write.request, max(self._told_at(event), told_after)
        notice = self._notice(request, event, persons, at)
        values = {"request_id": request.id, "happened": event.happened, "status": request.status}
        says = [Say(_MOVED.get(event.happened, "desk.moved"), values)]
        if event.reasons and notice:
            says += [Say("desk.reasons"), *self.told.reasons(request, event, persons)]
        says += [self._what_is_heard(notice is not None, event, request, persons, at)]
        can_undo = event.happened in _HELD and self.undo_after > timedelta()
        return Reply(
            tuple(says),
            (DeskOffer(f"undo {request.id}", "undo"),) if can_undo else (),
            requests=(write,),
            outgoing=(notice,) if notice else (),
        )

    def _already(self, request: LicenseRequest, role: Role) -> Reply:
        """Nothing was changed, who did what made it stand where it stands, and what can be done with it now."""
        last = stood(request.events)[-1].event
        who = str(last.actor.account or last.actor.role)
        values = {"request_id": request.id, "status": request.status, "who": who, "at": self.views.instant(last.at)}
        can = offers(request, role, ALL_PRESSABLE)
        commands = ", ".join(offer.label for offer in can)
        return Reply((Say("desk.already", values), Say("desk.can", {"commands": commands})), can)

    def _what_is_heard(
        self, told: bool, event: Event, request: LicenseRequest, persons: PersonalData | None, at: datetime
    ) -> Say:
        """Return what happens to the notice: held, sent, not for applicants, or to be brought by staff."""
        if told:
            return Say(
                "desk.held" if at > event.at else "desk.told", {"at": f"{at.astimezone(self.views.zone):%H:%M %Z}"}
            )
        if request.address is None and event.happened not in {Happened.NOTED, Happened.ASSIGNED, Happened.UNDONE}:
            recipient = (persons.applicant.email if persons.applicant else persons.signer.email) if persons else "-"
            return Say("desk.no_chat", {"email": recipient})
        return Say("desk.between_us")

    def _told_at(self, event: Event) -> datetime:
        if event.happened not in _HELD or not self.undo_after:
            return event.at
        return event.at + self.undo_after + _GRACE


def _steps(command: Command, request: LicenseRequest, actor: Actor, now: datetime) -> tuple[Event, ...] | Refused:
    """Return the events of the command. A decision implies the receipt, even if nobody had recorded it."""
    decided = decide(command, request, actor, now)
    if isinstance(decided, Event):
        return (decided,)
    received = decide(Receive(), request, actor, now)
    if isinstance(received, Refused) or type(command) not in possible(request.status, actor.role):
        return decided
    then = decide(command, apply(request, received), actor, now)
    return (received, then) if isinstance(then, Event) else then


def _question(turn: DeskTurn, request: LicenseRequest) -> Reply:
    said = turn.said
    whole = " ".join(filter(None, (said.command, said.request_id, *said.others, said.words)))
    button = f"{whole} surely" if len(whole.encode()) < _WHOLE_BUTTON else "surely"
    values = {"request_id": request.id, "command": said.command, "other": " ".join(said.others)}
    text = "desk.surely_merge" if said.others else "desk.surely"
    return Reply((Say(text, values),), (DeskOffer(button, "surely"),), confirm=whole)


def _unsaid(persons: PersonalData, undone: Event) -> PersonalData:
    """The staff's own words of a move that was undone: nobody was told them, so they are a note."""
    remarks = (replace(remark, told=remark.told and remark.at != undone.at) for remark in persons.remarks)
    return replace(persons, remarks=tuple(remarks))


def _too_late(request: LicenseRequest) -> Say:
    return Say("desk.too_late", {"request_id": request.id, "status": request.status})
