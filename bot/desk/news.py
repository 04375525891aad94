"""Staff are told of new and of emailed requests, several within a few minutes in one message.

A job of the clock reads what is new off the requests themselves, and writes down what it told in the commit that tells
it: a kill loses nothing, and of two processes one is refused. Requests are looked at from `MARGIN` before the last
look, for a turn may take its time between its instant and its commit.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.signers import same_signer
from bot.desk.views import DeskOffer, DeskViews
from bot.model.errors import StaleCommit
from bot.model.identity import Role
from bot.model.json_codec import JsonObject
from bot.request.events import Event, Happened
from bot.request.query import Changed, RequestQuery
from bot.request.request import LicenseRequest
from bot.staff.notices import Notices
from bot.store.port import Commit, RecordWrite, Store
from bot.texts.say import Say

KEY = "desk/news"
GROUPED = timedelta(minutes=3)
"""The time for which the first of several news waits for the others."""
MARGIN = timedelta(hours=1)

_MOST_SHOWN = 5
"""Requests that get a button."""

Piece = tuple[LicenseRequest, Event]


@dataclass(frozen=True, slots=True)
class News:
    """The job."""

    store: Store
    views: DeskViews
    notices: Notices

    async def tell(self, now: datetime) -> None:
        """Tell what is new, if the oldest of it has waited for long enough."""
        stored = await self.store.record(KEY)
        known: JsonObject = stored.value or {"upto": now.isoformat(), "told": []}
        begins = datetime.fromisoformat(known["upto"]) - MARGIN
        found = await self.store.requests(RequestQuery(conditions=(Changed(after=begins),), oldest_first=True))
        news = [piece for request in found for piece in _news(request, begins) if _key(piece) not in known["told"]]
        if not news or min(event.at for _, event in news) > now - GROUPED:
            return
        told = [key for key in known["told"] if datetime.fromisoformat(key.rpartition(" ")[2]) > now - MARGIN]
        content: JsonObject = {"upto": now.isoformat(), "told": [*told, *map(_key, news)]}
        says = tuple([say async for say in self._said(news)])
        message = self.views.message(says, self._offers(news))
        record = RecordWrite(KEY, content, stored.version)
        try:
            await self.store.commit(Commit(records=(record,), outgoing=tuple(self.notices.telling(message, now))))
        except StaleCommit:  # another process told it
            return

    async def _said(self, news: Sequence[Piece]) -> AsyncIterator[Say]:
        if len(news) > 1:
            yield Say("staff.news", {"count": len(news)})
        for request, event in news:
            values = {
                "request_id": request.id,
                "standing": request.standing,
                "version": request.document.version,
                "contact": self.views.views.dataset.contact,
                "same_signer": await self._same_signer(request),
            }
            yield Say("staff.new_request" if event.happened is Happened.ISSUED else "staff.emailed_request", values)

    async def _same_signer(self, request: LicenseRequest) -> str:
        """The other requests that its signer stands behind, by their ids."""
        persons = await self.store.personal_data(request.id)
        return ", ".join(other.id for other in await same_signer(self.store, persons, request.id)) if persons else ""

    def _offers(self, news: Sequence[Piece]) -> tuple[DeskOffer, ...]:
        ids = dict.fromkeys(request.id for request, _ in news)
        return tuple(DeskOffer(f"show {key}", "show", key) for key in list(ids)[:_MOST_SHOWN])


def _news(request: LicenseRequest, begins: datetime) -> Iterator[Piece]:
    """That it was made, and that it was emailed, by who is no staff."""
    for number, event in enumerate(request.events):
        new = (event.happened is Happened.ISSUED and number == 0) or event.happened is Happened.EMAILED
        if new and event.at >= begins and event.actor.role is Role.APPLICANT:
            yield request, event


def _key(piece: Piece) -> str:
    request, event = piece
    return f"{request.id} {event.happened} {event.at.isoformat()}"
