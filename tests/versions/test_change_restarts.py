"""The whole notice period on a simulated clock: the bot is killed and begun anew at any instant, messages come late.

Whatever happens, each holder is told once of each thing, never too early, and nobody is silent who was not reached in
time. Time goes on in steps of up to a day, and most commits kill the process, before they hold or after.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.model.identity import DeliveryAddress
from bot.model.message import plain_text
from bot.model.people import Standing
from bot.request.events import Event, Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.request.version_notice import Informed
from bot.store.journal.store import TinyDBStore
from bot.store.outbox import receipt
from bot.store.port import Commit, OutboxEntry, Store
from bot.store.postgres.store import PostgresStore
from bot.versions.announcement import (
    RECEIPTS,
    Announcement,
    Receipts,
    Silence,
    answer,
    closes_at,
    counted_from,
    reached_at,
)
from bot.versions.announcements import announcements_in, receipts_of
from tests.change_world import DAY, IDS, announce, change_world, found, hold, talk
from tests.talk import START, World

ANNA, BO, CARL, MATTI, DORA = range(5)
CHATS = {ANNA: "anna", BO: "bo", CARL: "carl", MATTI: "matti"}
END = DAY + timedelta(days=75)
UNHARMED = 10**9
CLOSED = {Silence.STAYS: Happened.UNANSWERED, Silence.ENDS: Happened.LAPSED}


class Killed(Exception):
    """The process is gone."""


@dataclass
class Life:
    """A bot that dies and is begun anew on what its store kept, which `opened` opens."""

    folder: Path
    random: Random
    world: World
    opened: Callable[[], Awaitable[Store]]
    commits: int = UNHARMED
    deaths: int = 0
    sent: defaultdict[str, list[OutboxEntry]] = field(default_factory=lambda: defaultdict(list))

    async def begin(self) -> None:
        """Another process. Its commits are counted down to the one that kills it."""
        store = await self.opened()
        real, self.commits = store.commit, UNHARMED

        async def commit(wanted: Commit) -> tuple[OutboxEntry, ...]:
            self.commits -= 1
            if self.commits <= 0 and self.random.random() < 0.5:
                raise Killed
            entries = await real(wanted)
            if self.commits <= 0:
                raise Killed
            return entries

        store.commit = commit  # type: ignore[method-assign, assignment]
        self.world.store = store

    async def looked(self) -> bool:
        """Whether a process lived to the end of a few looks."""
        self.commits, versions = self.random.choice((1, 1, 2, UNHARMED)), self.world.versions()
        try:
            for _ in range(3):  # what a look leaves out, the next one finds
                await versions.informing(self.world.now)
        except Killed:
            return False
        return True

    async def step(self) -> None:
        """The clock looks, in one process after the other until one survives; then some of what waits is delivered."""
        while not await self.looked():
            self.deaths += 1
            await self.world.store.aclose()
            await self.begin()
        self.commits = UNHARMED
        for name in (*CHATS.values(), "staff"):
            if self.random.random() < 0.4:
                await self.deliver(name, given_up=name == "carl" and self.random.random() < 0.3)

    async def deliver(self, name: str, *, given_up: bool = False) -> None:
        for entry in await self.world.store.outbox(DeliveryAddress("terminal", name)):
            self.sent[name].append(entry)
            records = receipt(entry, self.world.now, delivered=not given_up)
            await self.world.store.commit(Commit(delivered=(entry.id,), records=records))

    async def say(self, name: str, *lines: str) -> None:
        await self.deliver(name)
        await talk(self.world, self.folder, name, *lines)

    async def live(self) -> None:
        """Anna stays and Bo opts out some day; staff write to Dora, who has no chat, and to Matti's signer."""
        says = {
            "anna": ("anna", "stay"),
            "bo": ("bo", "opt out", "yes"),
            "dora": ("staff", f"informed {IDS[DORA]}"),
            "matti": ("staff", f"informed {IDS[MATTI]}"),
        }
        days = {name: START + timedelta(days=self.random.uniform(3, 65)) for name in says}
        while self.world.now < END:
            self.world.now += timedelta(minutes=self.random.uniform(10, 24 * 60))
            await self.step()
            for name in [name for name, at in days.items() if at <= self.world.now]:
                del days[name]
                await self.say(*says[name])
        for name in (*CHATS.values(), "staff"):
            await self.deliver(name)


@pytest.fixture(params=["tinydb", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Awaitable[Store]]:
    async def journal() -> Store:
        return TinyDBStore(tmp_path / "journal.jsonl")

    async def database() -> Store:
        return await PostgresStore.open(request.getfixturevalue("database"))

    return journal if request.param == "tinydb" else database


@pytest.fixture(params=[(seed, silence) for seed in range(2) for silence in Silence], ids=str)
async def life(
    request: pytest.FixtureRequest, tmp_path: Path, opened: Callable[[], Awaitable[Store]]
) -> AsyncIterator[Life]:
    seed, silence = request.param
    world = change_world(tmp_path, silence=silence)
    life = Life(tmp_path, Random(seed), world, opened)
    await life.begin()
    yield life
    await world.store.aclose()


async def test_over_the_notice_period_and_any_restarts_each_is_told_once_and_in_time(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.versions.announcements.PAGE", 1)
    world = life.world
    for number, name in CHATS.items():
        await hold(world, number, name, standing=Standing.STUDENT if number == MATTI else Standing.SIGNER)
    await hold(world, DORA, "dora", chat=False)
    await announce(world, life.folder)
    await life.live()
    assert life.deaths > 3
    (announcement,) = await announcements_in(world.store)
    receipts = receipts_of(await world.store.records(f"{RECEIPTS}{announcement.key}/"), announcement)
    requests = [await found(world, number) for number in range(5)]
    for request in requests:
        told_in_time(request, announcement, receipts, world.silence)
    for number, name in CHATS.items():
        notices = [entry.outgoing.receipt for entry in life.sent[name] if entry.outgoing.receipt]
        informed = [event for event in requests[number].events if event.happened is Happened.INFORMED]
        by_chat = [event for event in informed if event.about and event.about.route == "terminal"]
        assert Counter(notices) == Counter(f"{RECEIPTS}{announcement.key}/{IDS[number]}/{step(e)}" for e in by_chat)
        ended = [entry for entry in life.sent[name] if "no answer came for license" in words(entry)]
        assert len(ended) == len(closings(requests[number]))
    assert sum("From today version" in words(entry) for entry in life.sent["staff"]) == 1
    assert (requests[ANNA].status, requests[BO].status) == (Status.APPROVED, Status.VOID)
    assert [e.happened for r in requests[:2] if (e := answer(r, announcement))] == [Happened.STAYED, Happened.OPTED_OUT]


def told_in_time(request: LicenseRequest, announcement: Announcement, receipts: Receipts, silence: Silence) -> None:
    """Each notice once, reminders after it came and in their order, no answer counted after the whole period alone."""
    notices = [event for event in request.events if event.happened is Happened.INFORMED]
    assert max(Counter(event.about for event in notices).values()) == 1
    reached, counted = (f(request, announcement, receipts) for f in (reached_at, counted_by(silence)))
    reminders = [(step(event), event.at) for event in notices if step(event) is not Informed.TOLD]
    assert [reminder for reminder, _ in reminders] == [Informed.HALFWAY, Informed.LAST][: len(reminders)]
    assert all(reached and at > reached for _, at in reminders)
    closed = closings(request)
    assert len(closed) == int(counted is not None and {e.happened for e in request.events}.isdisjoint(ANSWERED))
    for event in closed:
        assert counted
        assert event.happened is CLOSED[silence]
        assert timedelta() <= event.at - closes_at(announcement, counted) <= timedelta(days=1)
        assert event.at - counted >= timedelta(days=30)
        assert request.address is None or len(reminders) == 2


ANSWERED = {Happened.STAYED, Happened.OPTED_OUT}


def counted_by(silence: Silence) -> Callable[[LicenseRequest, Announcement, Receipts], datetime | None]:
    return lambda request, announcement, receipts: counted_from(request, announcement, receipts, silence)


def closings(request: LicenseRequest) -> list[Event]:
    return [event for event in request.events if event.happened in CLOSED.values()]


def step(event: Event) -> Informed:
    assert event.about
    return event.about.step


def words(entry: OutboxEntry) -> str:
    return " ".join(plain_text(entry.outgoing.message).split())
