"""Queries to the desk: lists of requests in pages, and one request. Looking changes nothing.

A page is found anew each time. Its button says so in words that could be typed, `page 2 find virtanen`; where Telegram
has no room for them it names what was asked last, which is kept in memory only: what is looked for may be a name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from hashlib import sha256

from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.search import PATIENCE, Asker, Misread, Patience, parse
from bot.desk.signers import same_signer
from bot.desk.views import DeskOffer, DeskViews, offers
from bot.model.identity import Account
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.store.port import Store
from bot.texts.choice import PRESSED
from bot.texts.say import Say

PAGE = 10
"""Requests on a page."""

MOST_IN_A_BUTTON = 63
"""Bytes that Telegram has for a choice, beside the token."""

LISTS: Mapping[str, str] = {"waiting": "waiting:staff", "overdue": "overdue"}
"""Lists with a name of their own, as searches; they show what waits longest first."""

_PAGE = re.compile(r"(\d{1,5})(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was asked for, as it could be typed, and the page that is shown, from 1."""

    asked: str
    page: int = 1

    @property
    def digest(self) -> str:
        """Names it in a button without saying it."""
        return "~" + sha256(self.asked.encode(errors="replace")).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Looking:
    """The handlers of the commands that ask. Days are those of `zone`; `patience` says what is overdue."""

    store: Store
    views: DeskViews
    zone: tzinfo = UTC
    patience: Patience = PATIENCE
    last: dict[Account, Listed] = field(default_factory=dict)

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {
            "waiting": self._named,
            "overdue": self._named,
            "find": self._find,
            "more": self._more,
            "page": self._page,
            "show": self._show,
        }

    async def _named(self, turn: DeskTurn) -> Reply:
        return await self._list(turn, Listed(turn.said.command))

    async def _find(self, turn: DeskTurn) -> Reply:
        return await self._list(turn, Listed(f"find {turn.said.words}".strip()))

    async def _more(self, turn: DeskTurn) -> Reply:
        last = self.last.get(turn.incoming.account)
        return await self._list(turn, replace(last, page=last.page + 1)) if last else Reply((Say("desk.no_list"),))

    async def _page(self, turn: DeskTurn) -> Reply:
        said, last = _PAGE.fullmatch(turn.said.words), self.last.get(turn.incoming.account)
        if said and said[2] and not said[2].startswith("~"):
            return await self._list(turn, Listed(said[2], max(1, int(said[1]))))
        if said and last and said[2] in {None, last.digest}:
            return await self._list(turn, replace(last, page=max(1, int(said[1]))))
        return Reply((Say("desk.no_list"),))

    async def _list(self, turn: DeskTurn, listed: Listed) -> Reply:
        query = self.query(listed.asked, turn.incoming.account, turn.now)
        if isinstance(query, Misread):
            return Reply((self.views.misread(query),))
        offset = (listed.page - 1) * PAGE
        count = await self.store.count(query)
        found = await self.store.requests(replace(query, offset=offset, limit=PAGE))
        self.last[turn.incoming.account] = listed
        offers = [DeskOffer(f"show {request.id}", "show", request.id) for request in found]
        if offset + len(found) < count and found:
            offers.append(DeskOffer(_next(listed), "more"))
        says = self.views.page(found, count, offset, turn.now, oldest_first=query.oldest_first)
        return Reply(says, tuple(offers))

    def query(self, asked: str, account: Account, now: datetime) -> RequestQuery | Misread:
        """Return the query of a typed list: a named one, or `find` and a search."""
        search = LISTS.get(asked, asked.removeprefix("find").strip())
        query = parse(search, Asker(now.astimezone(self.zone), self.patience, account))
        return query if isinstance(query, Misread) else replace(query, oldest_first=asked in LISTS)

    async def _show(self, turn: DeskTurn) -> Reply:
        if turn.said.request_id is None:
            return Reply((Say("desk.no_id"),))
        found = await self.store.request(turn.said.request_id)
        if found is None:
            return Reply((Say("desk.none"),))
        return Reply(await self.whole(found.value, turn.now), offers(found.value, turn.role))

    async def whole(self, request: LicenseRequest, now: datetime) -> tuple[Say, ...]:
        """One request with all that staff see of it."""
        persons = await self.store.personal_data(request.id)
        head, *rest = self.views.request(request, persons, now)
        same = await same_signer(self.store, persons, request.id) if persons else ()
        others = (Say("desk.same_signer", {"requests": ", ".join(other.id for other in same)}),) if same else ()
        return (head, *others, *rest)


def _next(listed: Listed) -> str:
    """The command of the button that leads to the next page."""
    whole = f"page {listed.page + 1} {listed.asked}"
    return whole if len(f"{PRESSED}{whole}".encode()) <= MOST_IN_A_BUTTON else f"page {listed.page + 1} {listed.digest}"
