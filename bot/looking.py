"""What staff ask the desk: lists of requests, and one request. Nothing is changed by looking."""

from dataclasses import dataclass

from bot.desk import DeskTurn, Handlers, Reply
from bot.desk_views import DeskViews
from bot.model import Status
from bot.ports import RequestQuery, Store
from bot.turns import Say

PAGE = 10
"""Requests on a page."""

_WAITING = (Status.RECEIVED, Status.EMAILED)


@dataclass(frozen=True, slots=True)
class Looking:
    """The handlers of the commands that ask."""

    store: Store
    views: DeskViews

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {"waiting": self._waiting, "find": self._find, "show": self._show}

    async def _waiting(self, _: DeskTurn) -> Reply:
        found = [r for status in _WAITING for r in await self.store.requests(RequestQuery(status=status))]
        return Reply(self.views.listed(sorted(found, key=lambda request: request.since)[:PAGE]))

    async def _find(self, turn: DeskTurn) -> Reply:
        return Reply(self.views.listed(await self.store.requests(RequestQuery(text=turn.said.words, limit=PAGE))))

    async def _show(self, turn: DeskTurn) -> Reply:
        if turn.said.request_id is None:
            return Reply((Say("desk.no_id"),))
        found = await self.store.request(turn.said.request_id)
        persons = await self.store.personal_data(turn.said.request_id)
        return Reply(self.views.request(found.value, persons) if found else (Say("desk.none"),))
