"""Announcing to 100,000 holders on TinyDB: turns of others while all are told, and while staff ask whom it concerns.

The peer is in the same run: the same turns while nothing is due.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec

from bot.app.service import Service
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.people import Standing
from bot.request.events import Event, Happened
from bot.request.lifecycle import apply
from bot.request.request import LicenseRequest
from bot.store.documents import PERSONS, REQUESTS
from bot.store.journal.file import write_snapshot
from bot.store.journal.store import TinyDBStore
from bot.store.outbox import receipt
from bot.store.port import Commit
from bot.versions.announcements import Plan
from tests.benchmarks.reminders import ready, told, turns
from tests.fakes import FakeTerms
from tests.newer import NEW, newer_dataset
from tests.store_values import PERSONS as SOMEBODY
from tests.store_values import a_request
from tests.talk import START, World

HOLDERS = 100_000


def a_holder(number: int) -> LicenseRequest:
    """A license granted a week ago; one of ten has no chat."""
    account, at = Account("telegram", "", str(number)), START - timedelta(days=7)
    issued = a_request(RequestId(f"4DME-{number:05}-{number:05}"), account, since=at)
    issued = replace(issued, standing=Standing.SIGNER, address=DeliveryAddress("telegram", account.user))
    if not number % 10:
        issued = replace(issued, account=None, address=None)
    received = apply(issued, Event(Happened.RECEIVED, at, Actor(Role.OWNER)))
    return replace(apply(received, Event(Happened.APPROVED, at, Actor(Role.OWNER))), remind_at=None)


def fill(path: Path) -> None:
    """A journal of so many holders with their persons."""
    holders = [a_holder(number) for number in range(HOLDERS)]
    persons = msgspec.json.encode(PERSONS.wrap(SOMEBODY, 1))
    tables: dict[str, dict[str, bytes]] = {
        "requests": {holder.id: msgspec.json.encode(REQUESTS.wrap(holder, 1)) for holder in holders},
        "persons": {holder.id: persons for holder in holders},
    }
    write_snapshot(path, tables)


async def pauses(until: Callable[[], bool]) -> list[float]:
    """Seconds for which nobody could have had a turn, whatever the disk did: how late each beat of a clock came."""
    taken = list[float]()
    while not until():
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        taken.append(time.perf_counter() - start - 0.001)
    return taken


async def beside(service: Service, name: str, work: Callable[[], Awaitable[object]]) -> None:
    """The turns of others while something is done."""
    start, seconds = time.perf_counter(), list[float]()

    async def done() -> None:
        await work()
        seconds.append(time.perf_counter() - start)

    def is_done() -> bool:
        return bool(seconds)

    _, taken, late = await asyncio.gather(done(), turns(service, name, is_done), pauses(is_done))
    told(f"turns, {name}", taken)
    print(f"{name}: {seconds[0]:.1f} s; the loop stood still for {max(late) * 1e3:.0f} ms at most")  # noqa: T201


async def delivered(store: TinyDBStore) -> list[str]:
    """What waits for holders goes out, and leaves its receipts; whom it was about."""
    about = list[str]()
    while claim := (await store.claim({"telegram"}, START, timedelta(minutes=2), 16)).entries:
        for entry in claim:
            records = receipt(entry, START, delivered=True)
            await store.commit(Commit(delivered=(entry.id,), records=records))
            about.append(str(entry.outgoing.about))
    return about


async def measured(folder: Path) -> None:
    store, dataset = TinyDBStore(folder / "journal.jsonl"), newer_dataset(folder)
    world = World(store=store, dataset=dataset, terms=FakeTerms(dataset.current))
    service, versions = world.service(), world.versions()
    await ready(store)
    told("turns, nothing due", await turns(service, "nothing due", lambda: True))
    plans = list[Plan]()

    async def plan() -> None:
        made = await versions.announcing.plan(NEW, date(2027, 2, 1), "", START)
        assert isinstance(made, Plan)
        assert (made.holders, made.unreachable) == (HOLDERS, HOLDERS // 10)
        plans.append(made)

    await beside(service, "staff ask for the preview", plan)
    await versions.announcing.write(plans[0].announcement, Actor(Role.OWNER))
    told_of = list[str]()

    async def tell() -> None:
        """Round after round, each delivered before the next, as within its minute."""
        while len(told_of) < HOLDERS - HOLDERS // 10:
            await versions.informing(START)
            told_of.extend(await delivered(store))

    await beside(service, "all are told", tell)
    assert len(set(told_of)) == len(told_of)
    await beside(service, "a look an hour later", lambda: versions.informing(START + timedelta(hours=1)))

    async def unreached() -> None:
        found = await versions.announcing.unreached(plans[0].announcement, START, versions.views.silence)
        assert len(found) == HOLDERS // 10

    await beside(service, "staff ask who was not reached", unreached)
    await store.aclose()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "journal.jsonl")
        asyncio.run(measured(Path(folder)))


if __name__ == "__main__":
    main()
