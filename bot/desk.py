"""The desk: what staff say, answered and carried out. Whoever is no staff is not told that it exists.

A turn of the desk is decided as any turn is: inside the account's lock, on the versions that it read, in one commit.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.desk_views import DeskViews
from bot.incoming import Incoming, Typed
from bot.model import Account, Role, Status
from bot.notices import DELIVER_WITHIN
from bot.ports import Commit, Outgoing, RequestQuery, Store
from bot.staff import Said, read
from bot.turns import Say

PAGE = 10
"""Requests on a page."""

_WAITING = (Status.RECEIVED, Status.EMAILED)


@dataclass(frozen=True, slots=True)
class Desk:
    """`roles`: who is what, by the platform's own identity. What a display name says counts for nothing."""

    store: Store
    views: DeskViews
    id_prefix: str
    roles: Mapping[Account, Role]

    async def turn(self, incoming: Incoming, now: datetime) -> Commit | None:
        """The turn, where it is one of the desk's; None where it belongs to the dialogue that everybody has."""
        role = self.roles.get(incoming.account)
        if role is None or not isinstance(incoming.content, Typed):
            return None
        said = read(incoming.content.text, role, self.id_prefix)
        if said is None:
            return None
        message = self.views.message(await _HANDLERS[said.command](self, said))
        outgoing = Outgoing(incoming.address, message, now, now + DELIVER_WITHIN, said.request_id)
        return Commit(incoming.message_id, outgoing=(outgoing,))

    async def _waiting(self, _: Said) -> tuple[Say, ...]:
        found = [r for status in _WAITING for r in await self.store.requests(RequestQuery(status=status))]
        return self.views.listed(sorted(found, key=lambda request: request.since)[:PAGE])

    async def _find(self, said: Said) -> tuple[Say, ...]:
        return self.views.listed(await self.store.requests(RequestQuery(text=said.words, limit=PAGE)))

    async def _show(self, said: Said) -> tuple[Say, ...]:
        assert said.request_id
        found, persons = await self.store.request(said.request_id), await self.store.personal_data(said.request_id)
        return self.views.request(found.value, persons) if found else (Say("desk.none"),)


_HANDLERS: Mapping[str, Callable[[Desk, Said], Awaitable[tuple[Say, ...]]]] = {
    "waiting": Desk._waiting,  # noqa: SLF001
    "find": Desk._find,  # noqa: SLF001
    "show": Desk._show,  # noqa: SLF001
}
