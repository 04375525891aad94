"""The desk in a place of somebody's own, as an App Home: a list to leaf through, and the request that is opened in it.

Role and requests are looked up anew each time, so whoever lost the role sees nothing of it at the next opening or
press. Looking changes nothing; a button that moves a request says a command, as it could be typed.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.desk.commands import BY_NAME
from bot.desk.listing import PAGE, Looking
from bot.desk.search import Misread
from bot.desk.views import ALL_PRESSABLE, FILTERS, LOOK, Seen, Sight, offers
from bot.model.identity import Account, RequestId, Role
from bot.model.message import BlockKind, Button, Message
from bot.request.query import RequestQuery
from bot.staff.roles import Roles
from bot.texts.say import Say


@dataclass(frozen=True, slots=True)
class DeskHome:
    """Lists and requests are those that the desk shows to whoever asks in words."""

    roles: Roles
    looking: Looking

    async def sight(self, account: Account, seen: Seen, now: datetime) -> Sight | None:
        """Return somebody's view; None if they have no role. If a page or request is gone, another is shown."""
        role = await self.roles.of(account)
        if role is None or role not in BY_NAME["find"].roles & BY_NAME["show"].roles:
            return None
        return await self._opened(seen, role, now) or await self._listed(account, seen, now)

    async def _opened(self, seen: Seen, role: Role, now: datetime) -> Sight | None:
        found = await self.looking.store.request(RequestId(seen.request_id)) if seen.request_id else None
        if found is None:
            return None
        says, able = await self.looking.whole(found.value, now), offers(found.value, role, ALL_PRESSABLE)
        message = self.looking.views.message(says, able)
        back = self._leads("back", replace(seen, request_id=""))
        return self._sight(replace(message, buttons=(*message.buttons, back)), seen)

    async def _listed(self, account: Account, seen: Seen, now: datetime) -> Sight:
        query = self.looking.query(seen.asked, account, now)
        assert not isinstance(query, Misread), "a list of FILTERS"
        count = await self.looking.store.count(query)
        seen = Seen(seen.asked, min(seen.page, max(1, -(-count // PAGE))))
        return self._sight(await self._page(query, count, seen, now), seen)

    async def _page(self, query: RequestQuery, count: int, seen: Seen, now: datetime) -> Message:
        offset = (seen.page - 1) * PAGE
        found = await self.looking.store.requests(replace(query, offset=offset, limit=PAGE))
        says = self.looking.views.page(found, count, offset, now, oldest_first=query.oldest_first)
        message = self.looking.views.message((Say("desk.home.head"), *says))
        beside = tuple(self._leads("open", replace(seen, request_id=request.id)) for request in found)
        blocks = (replace(b, beside=beside) if b.kind is BlockKind.LIST else b for b in message.blocks)
        pages = {"previous": seen.page - 1, "next": seen.page + 1 if offset + len(found) < count else 0}
        leads = (self._leads(label, replace(seen, page=page)) for label, page in pages.items() if page)
        return replace(message, blocks=tuple(blocks), buttons=tuple(leads))

    def _leads(self, label: str, seen: Seen) -> Button:
        return Button(f"{LOOK}{seen}", self.looking.views.views.texts.words[f"desk.button.{label}"])

    def _sight(self, message: Message, seen: Seen) -> Sight:
        return Sight(message, {asked: self._named(asked) for asked in FILTERS}, seen)

    def _named(self, asked: str) -> str:
        """Return the name of a list."""
        words, status = self.looking.views.views.texts.words, asked.partition("status:")[2]
        name = words[f"status.{status}"] if status else words[f"desk.home.{'all' if asked == 'find' else asked}"]
        return name[:1].upper() + name[1:]
