"""`stats` and `export` of 100,000 requests: how long each takes, and how long the bot answers nobody meanwhile.

The peer is reading all of them at once, as it was done before.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from bot.desk.reports import Reports
from bot.desk.views import DeskViews
from bot.model.identity import RequestId
from bot.model.message import DocumentRef, FileKind
from bot.reports.figures import measure
from bot.reports.question_counts import Tally
from bot.request.query import RequestQuery
from bot.store.engines import open_store
from bot.store.journal.store import TinyDBStore
from tests.benchmarks.search import fill
from tests.talk import World


async def silence(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Seconds that the work takes, and the longest in them in which nothing else went on."""
    longest, over = 0.0, asyncio.Event()

    async def beating() -> None:
        nonlocal longest
        while not over.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before - 0.001)

    beat = asyncio.create_task(beating())
    await asyncio.sleep(0)
    start = time.perf_counter()
    await work()
    took = time.perf_counter() - start
    over.set()
    await beat
    return took, longest


def table(path: Path) -> Iterator[str]:
    fill(path).close()
    with asyncio.Runner() as runner:
        store = runner.run(open_store("", path))
        assert isinstance(store, TinyDBStore)
        reports, csv = Reports(store, DeskViews(World().views()), Tally(store)), FileKind.EXPORT
        reference = DocumentRef(RequestId(""), 0, "x", csv)

        async def at_once() -> object:
            return measure(await store.requests(RequestQuery()), await reports.tally.questions())

        works = {"stats": reports.figures, "export": lambda: reports.makers[csv](reference), "stats at once": at_once}
        yield "work             seconds   longest silence ms"
        for name, work in works.items():
            took, longest = runner.run(silence(work))
            yield f"{name:15} {took:8.1f} {longest * 1e3:20.0f}"
        runner.run(store.aclose())


def main() -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for line in table(Path(folder) / "store.json"):
            print(line, flush=True)  # noqa: T201
