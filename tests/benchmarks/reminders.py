"""The clock on TinyDB: 100,000 requests, 10,000 due at once; turns of others meanwhile; what idling costs.

The peers are in the same run: the same turns while nothing is due, and a loop that only sleeps.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import msgspec

from bot.app.scheduler import Clockwork
from bot.app.service import Service
from bot.model.clock import SystemClock
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.incoming import Incoming, Typed
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.documents import PERSONS, REQUESTS
from bot.store.journal.file import write_snapshot
from bot.store.journal.store import TinyDBStore
from tests.store_values import PERSONS as SOMEBODY
from tests.store_values import a_request
from tests.talk import START, World

REQUEST_COUNT, DUE_COUNT = 100_000, 10_000
TURNS = 300
IDLE_SECONDS = 20.0


def a_kept_request(number: int) -> LicenseRequest:
    """Due for its first reminder, or approved long ago."""
    due = number < DUE_COUNT
    account = Account("telegram", "", str(number))
    request = a_request(RequestId(f"4DME-{number:05}-{number:05}"), account, since=START - timedelta(days=3))
    address = DeliveryAddress("telegram", account.user)
    status, remind_at = (Status.ISSUED, START) if due else (Status.APPROVED, None)
    return replace(request, status=status, remind_at=remind_at, address=address)


def fill(path: Path) -> None:
    """A journal of so many requests with their persons."""
    requests = [a_kept_request(number) for number in range(REQUEST_COUNT)]
    persons = msgspec.json.encode(PERSONS.wrap(SOMEBODY, 1))
    tables: dict[str, dict[str, bytes]] = {
        "requests": {request.id: msgspec.json.encode(REQUESTS.wrap(request, 1)) for request in requests},
        "persons": {request.id: persons for request in requests},
    }
    write_snapshot(path, tables)


async def turns(service: Service, beginning: str, until: Callable[[], bool]) -> list[float]:
    """Seconds of each turn of people who write one after the other, at least as long as `until` says."""
    taken: list[float] = []
    while len(taken) < TURNS or not until():
        number = len(taken)
        who = Account("terminal", "", f"{beginning}{number % 50}")
        incoming = Incoming(who, DeliveryAddress("terminal", who.user), f"{beginning}{number}", Typed("my requests"))
        start = time.perf_counter()
        await service.handle(incoming)
        taken.append(time.perf_counter() - start)
        await asyncio.sleep(0.005)
    return taken


def told(name: str, taken: list[float]) -> None:
    cuts = quantiles(taken, n=100)
    print(f"{name:32} p50 {cuts[49] * 1e3:6.1f} ms   p99 {cuts[98] * 1e3:6.1f} ms   {len(taken)} turns")  # noqa: T201


async def ready(store: TinyDBStore) -> None:
    """As `la-bot run` is soon after it began: what searches need is made, and what stays is no garbage."""
    await store.requests(RequestQuery(text="nobody"))
    gc.collect()
    gc.freeze()


async def reminded(path: Path) -> None:
    """So many due at once."""
    store = TinyDBStore(path)
    service = World(store=store).service()
    await ready(store)
    told("turns, nothing due", await turns(service, "a", lambda: True))
    start, seconds = time.perf_counter(), list[float]()

    async def remind() -> None:
        await service.reminding.remind(START)
        seconds.append(time.perf_counter() - start)

    _, taken = await asyncio.gather(remind(), turns(service, "b", lambda: bool(seconds)))
    entries = [entry for entry in await store.outbox() if entry.outgoing.address.platform == "telegram"]
    assert len({entry.outgoing.about for entry in entries}) == len(entries) == DUE_COUNT
    told(f"turns, {DUE_COUNT:,} due", taken)
    print(f"{DUE_COUNT:,} of {REQUEST_COUNT:,} in the outbox after {seconds[0]:.1f} s")  # noqa: T201
    await store.aclose()


async def share(work: Callable[[], Awaitable[None]]) -> float:
    """Of a core, over some seconds."""
    before = time.process_time()
    await asyncio.wait([asyncio.ensure_future(work())], timeout=IDLE_SECONDS)
    return (time.process_time() - before) / IDLE_SECONDS


async def idle(path: Path) -> None:
    """The clock's jobs on a full store in which nothing is due; a minute is made a second."""
    store = TinyDBStore(path)
    reminding = World(store=store).service().reminding
    clockwork = Clockwork((reminding.remind,), SystemClock(), timedelta(seconds=1))
    ours = await share(clockwork.run)
    peer = await share(lambda: asyncio.sleep(IDLE_SECONDS))
    print(f"the clock, each second for each minute: {ours:.3%} of a core; sleeping: {peer:.3%}")  # noqa: T201
    clockwork.stop()
    await store.aclose()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        fill(path)
        asyncio.run(reminded(path))
        asyncio.run(idle(path))


if __name__ == "__main__":
    main()
