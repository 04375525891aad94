"""What staff do when the LA changes: announce, write to those whom the bot cannot reach, note what signers say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.announcement import (
    BY_EMAIL,
    Announcement,
    Silence,
    closes_at,
    notice,
    superseded,
)
from bot.announcing import Announcing, Plan, record_of
from bot.change_views import ChangeViews
from bot.commands import Command, Inform, OptOut, Stay
from bot.desk import DeskTurn, Handler, Handlers, Reply
from bot.desk_views import DeskOffer
from bot.events import Event
from bot.informing import Informing
from bot.lifecycle import LicenseRequest, apply, decide
from bot.model import Standing, Status
from bot.ports import RequestQuery, RequestWrite, Stored
from bot.staff import SURELY
from bot.turns import Say, Value
from bot.version_notice import Informed

_WANTED = re.compile(r"(\S+)\s+(?:on|from)?\s*(\d{4}-\d{2}-\d{2})(?:\s+typo(?:-only)?:?\s+(\S.*))?", re.DOTALL)
_PAGE = 10

_Commanded = Callable[[Announcement], Command]


@dataclass(frozen=True, slots=True)
class DeskVersions:
    """The handlers of the commands about a new version."""

    announcing: Announcing
    views: ChangeViews
    informing: Informing

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {
            "announce": self._announce,
            "unreached": self._unreached,
            "old versions": self._old_versions,
            "letter": self._letter,
            "informed": self._moves(lambda a: Inform(notice(a, Informed.TOLD, BY_EMAIL))),
            "stays": self._moves(lambda _: Stay()),
            "opt out": self._moves(lambda _: OptOut(), confirms=True),
        }

    async def _announce(self, turn: DeskTurn) -> Reply:
        wanted = _WANTED.fullmatch(turn.said.words)
        if wanted is None:
            return Reply((Say("announce.how"),))
        try:
            day = date.fromisoformat(wanted[2])
        except ValueError:
            return Reply((Say("announce.how"),))
        plan = await self.announcing.plan(wanted[1], day, wanted[3] or "", turn.now)
        if isinstance(plan, Say):
            return Reply((plan,))
        if plan.known:
            return Reply((Say("announce.again", _values(plan)),))
        if not turn.said.surely:
            command = f"announce {turn.said.words}"
            says = (*self.views.preview(plan), Say("announce.ask"))
            return Reply(says, (DeskOffer(SURELY, "surely"),), confirm=command)
        return Reply((Say("announce.done", _values(plan)),), records=(record_of(plan.announcement, turn.actor),))

    async def _unreached(self, turn: DeskTurn) -> Reply:
        known = await self.announcing.learn(turn.now)
        if not known:
            return Reply((Say("announce.none"),))
        announcement, requests = known[-1], await self.announcing.unreached(known, turn.now, self.views.silence)
        if not requests:
            return Reply((Say("announce.all_reached", {"version": announcement.version}),))
        words = self.views.views.texts.words
        says = (
            Say(
                "announce.unreached",
                {
                    "request_id": request.id,
                    "version": announcement.version,
                    "why": words[f"unreached.{self._why_unreached(request)}"],
                },
            )
            for request in requests[:_PAGE]
        )
        return Reply(tuple(says))

    def _why_unreached(self, request: LicenseRequest) -> str:
        if request.address is None:
            return "no_chat"
        ends = self.views.silence is Silence.ENDS
        return "not_the_signer" if ends and request.standing is not Standing.SIGNER else "undelivered"

    async def _old_versions(self, turn: DeskTurn) -> Reply:
        known = await self.announcing.learn(turn.now)
        says = []
        for status in (Status.EMAILED, Status.RECEIVED):
            for request in await self.announcing.store.requests(RequestQuery(status=status)):
                if by := superseded(known, request.document.version, turn.now):
                    values: dict[str, Value] = {
                        "request_id": request.id,
                        "status": request.status,
                        "old": request.document.version,
                    }
                    values |= {"version": by.version, "effective": by.effective_at}
                    says.append(Say("announce.old_version", values))
        return Reply(tuple(says[:_PAGE]) or (Say("announce.no_old"),))

    async def _letter(self, turn: DeskTurn) -> Reply:
        known, stored = await self.announcing.learn(turn.now), await self._stored(turn)
        if stored is None:
            return Reply((Say("desk.no_id" if turn.said.request_id is None else "desk.none"),))
        persons = await self.announcing.store.personal_data(stored.value.id)
        if not known:
            return Reply((Say("announce.none"),))
        if persons is None:
            return Reply((Say("announce.no_email", {"request_id": stored.value.id}),))
        old = self.informing.base(stored.value, known, turn.now)
        return Reply(
            (self.views.letter(stored.value, known[-1], old, persons.signer.email, closes_at(known[-1], turn.now)),)
        )

    def _moves(self, command: _Commanded, *, confirms: bool = False) -> Handler:
        async def handler(turn: DeskTurn) -> Reply:
            known, stored = await self.announcing.learn(turn.now), await self._stored(turn)
            if stored is None:
                return Reply((Say("desk.no_id" if turn.said.request_id is None else "desk.none"),))
            request_id = stored.value.id
            if not known:
                return Reply((Say("announce.not_concerned", {"request_id": request_id}),))
            decided = decide(command(known[-1]), stored.value, turn.actor, turn.now)
            if not isinstance(decided, Event):
                refused = {"request_id": request_id, "status": stored.value.status}
                return Reply((Say(f"refused.{decided.reason}", refused),))
            if confirms and not turn.said.surely:
                ask = Say("change.opt_out", {"request_id": request_id})
                said = f"{turn.said.command} {request_id}"
                return Reply((ask,), (DeskOffer(SURELY, "surely"),), confirm=said)
            write = RequestWrite(apply(stored.value, decided), stored.version)
            noted = Say("announce.noted", {"request_id": request_id, "happened": decided.happened})
            return Reply((noted,), requests=(write,))

        return handler

    async def _stored(self, turn: DeskTurn) -> Stored[LicenseRequest] | None:
        return await self.announcing.store.request(turn.said.request_id) if turn.said.request_id else None


def _values(plan: Plan) -> dict[str, Value]:
    announcement = plan.announcement
    return {"version": announcement.version, "effective": announcement.effective_at, "holders": len(plan.holders)}
