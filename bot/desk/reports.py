"""The figures and the table of all requests, as staff ask for them: words, a picture, a file.

Files are made when they are delivered, so the outbox holds nothing of what is in them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.views import DeskViews
from bot.model.identity import RequestId
from bot.model.message import DocumentRef, FileKind
from bot.reports.chart import can_draw, drawn, lasting
from bot.reports.export import Entry, as_csv
from bot.reports.figures import FUNNEL, Figures, measure
from bot.reports.question_counts import Tally
from bot.request.query import Changed, RequestQuery
from bot.request.request import LicenseRequest
from bot.store.port import Store
from bot.texts.say import Say

_LABEL, _NUMBER = 15, 9
"""Characters of a column of the tables: three of them fit on a phone."""


CHUNK = 200
"""Requests that are read at once: what is said to the bot meanwhile waits no longer than for these."""


async def every(store: Store) -> Sequence[LicenseRequest]:
    """All requests, the last changed first, read in pieces between which the bot goes on.

    Whatever changes meanwhile moves to the end, and is read again there: none is left out.
    """
    found, after, beside = dict[RequestId, LicenseRequest](), None, 0
    while True:
        conditions = (Changed(after=after),) if after else ()
        query = RequestQuery(conditions=conditions, offset=beside, limit=CHUNK, oldest_first=True)
        page = await store.requests(query)
        for request in page:
            found.pop(request.id, None)
            found[request.id] = request
        if len(page) < CHUNK:
            return [*reversed(found.values())]
        last = page[-1].since
        beside = sum(request.since == last for request in page) + (beside if last == after else 0)
        after = last
        await asyncio.sleep(0)


async def entries(store: Store) -> Sequence[Entry]:
    """All requests with their persons, the last changed first; read in pieces too."""
    found = list[Entry]()
    for number, request in enumerate(await every(store)):
        found.append((request, await store.personal_data(request.id)))
        if number % CHUNK == 0:
            await asyncio.sleep(0)
    return found


@dataclass(frozen=True, slots=True)
class Reports:
    """The handlers, and the makers of their files. Days are those of `zone`."""

    store: Store
    views: DeskViews
    tally: Tally
    zone: tzinfo = UTC

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {"stats": self._stats, "export": self._export}

    @property
    def makers(self) -> Mapping[FileKind, Callable[[DocumentRef], Awaitable[bytes]]]:
        """By the kind of the file."""
        return {FileKind.CHART: self._chart_file, FileKind.EXPORT: self._export_file}

    async def figures(self) -> Figures:
        """Return the figures of all requests now."""
        requests, questions = await every(self.store), await self.tally.questions()
        return await asyncio.to_thread(measure, requests, questions, self.zone)

    async def _stats(self, turn: DeskTurn) -> Reply:
        figures = await self.figures()
        if not figures.total:
            return Reply((Say("stats.none"),))
        says = tuple(self._told(figures))
        if not can_draw():
            return Reply((*says, Say("stats.no_picture")))
        day = self._day(turn.now)
        return Reply(says, document=DocumentRef(RequestId(""), 0, f"stats-{day}.png", FileKind.CHART, day))

    async def _export(self, turn: DeskTurn) -> Reply:
        day, count = self._day(turn.now), await self.store.count(RequestQuery())
        document = DocumentRef(RequestId(""), 0, f"requests-{day}.csv", FileKind.EXPORT)
        return Reply((Say("stats.export", {"count": count}),), document=document)

    async def _chart_file(self, reference: DocumentRef) -> bytes:
        words = self.views.views.texts.words
        title = f"{self.views.views.dataset.name} · {reference.about}"
        return await asyncio.to_thread(drawn, await self.figures(), title, words)

    async def _export_file(self, _: DocumentRef) -> bytes:
        return (await asyncio.to_thread(as_csv, await entries(self.store))).encode()

    def _day(self, now: datetime) -> str:
        return now.astimezone(self.zone).date().isoformat()

    def _told(self, figures: Figures) -> Iterator[Say]:
        word = self.views.views.texts.words
        labels = {reason.code: reason.label for reason in self.views.views.dataset.reasons}
        yield Say("stats.all", {"count": figures.total})
        yield from _rows((word[f"status.{status}"], str(count)) for status, count in figures.statuses.items())
        yield Say("stats.funnel")
        first = figures.funnel[FUNNEL[0]]
        yield from _rows(
            (word[f"status.{status}"], str(count), f"{100 * count / first:.0f} %")
            for status, count in figures.funnel.items()
        )
        if figures.stages:
            yield Say("stats.stages")
            for stage in figures.stages:
                yield Say(
                    "stats.stage",
                    {
                        "status": stage.status,
                        "waiting": word[f"desk.party.{stage.party}"],
                        "median": lasting(stage.median),
                        "ninetieth": lasting(stage.ninetieth),
                        "count": stage.count,
                    },
                )
        if figures.judged:
            share = f"{100 * figures.right / figures.judged:.0f}"
            yield Say("stats.right", {"right": figures.right, "judged": figures.judged, "share": share})
        for reason, count in figures.returned.items():
            yield Say("stats.reason", {"reason": labels.get(reason, reason), "count": count})
        asked, silent = figures.questions.asked, figures.questions.silent
        if asked:
            yield Say("stats.questions", {"asked": asked, "silent": silent, "share": f"{100 * silent / asked:.0f}"})


def _rows(rows: Iterator[tuple[str, ...]]) -> Iterator[Say]:
    """Lines of a table: a label, then numbers under each other."""
    for label, *numbers in rows:
        cut = label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
        yield Say("stats.row", {"row": f"{cut:<{_LABEL}}" + "".join(f"{number:>{_NUMBER}}" for number in numbers)})
