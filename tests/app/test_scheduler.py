"""The clock at work: rounds, failures, stopping."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.app.scheduler import EVERY, Clockwork, tell_staff
from bot.model.errors import StoreError
from bot.model.identity import Account
from bot.model.message import plain_text
from tests.fakes import FakeClock
from tests.talk import World

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def until_asleep(clock: FakeClock) -> None:
    while clock.next_wake is None:  # noqa: ASYNC110 - the fake clock tells nobody
        await asyncio.sleep(0)


async def test_each_job_is_asked_every_minute_and_a_failing_one_stops_nobody() -> None:
    clock, asked = FakeClock(START), list[datetime]()

    async def failing(_: datetime) -> None:
        raise StoreError("the disk is full")

    async def noting(now: datetime) -> None:
        asked.append(now)

    clockwork = Clockwork((failing, noting), clock)
    running = asyncio.create_task(clockwork.run())
    for minutes in range(3):
        await until_asleep(clock)
        clock.advance_to(START + minutes * EVERY)
        await asyncio.sleep(0)
    await until_asleep(clock)
    clockwork.stop()
    await running
    assert asked == [START, START + timedelta(minutes=1), START + timedelta(minutes=2)]


async def test_stopping_lets_the_round_under_way_finish() -> None:
    clock, begun, go_on, done = FakeClock(START), asyncio.Event(), asyncio.Event(), list[str]()

    async def slow(_: datetime) -> None:
        begun.set()
        await go_on.wait()
        done.append("finished")

    clockwork = Clockwork((slow,), clock)
    running = asyncio.create_task(clockwork.run())
    await begun.wait()
    clockwork.stop()
    go_on.set()
    await running
    assert done == ["finished"]


class Broken:
    """A job with a slip in it: it fails each time, in the second way from the third time on."""

    def __init__(self) -> None:
        self.tries = 0

    async def __call__(self, _: datetime) -> None:
        self.tries += 1
        raise KeyError("Anna Virtanen") if self.tries < 3 else ZeroDivisionError


async def rounds(clockwork: Clockwork, clock: FakeClock, number: int) -> None:
    running = asyncio.create_task(clockwork.run())
    for minutes in range(1, number):
        await until_asleep(clock)
        clock.advance_to(START + minutes * EVERY)
        await asyncio.sleep(0)
    await until_asleep(clock)
    clockwork.stop()
    await running


async def test_an_unexpected_error_ends_nothing_is_logged_by_type_and_told_to_staff_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, asked, job = FakeClock(START), list[datetime](), Broken()
    world = World(staff=(Account("slack", "T1", "U1"), Account("telegram", "", "2")))

    async def noting(now: datetime) -> None:
        asked.append(now)

    await rounds(Clockwork((job, noting), clock, tell=tell_staff(world.store, world.notices())), clock, 4)
    assert job.tries == len(asked) == 4
    assert caplog.messages.count("Broken: unexpected KeyError") == 2
    assert "Virtanen" not in caplog.text
    said = [
        (entry.outgoing.address.platform, plain_text(entry.outgoing.message)) for entry in await world.store.outbox()
    ]
    assert [platform for platform, _ in said] == ["slack", "telegram"] * 2
    assert "Broken failed unexpectedly" in said[0][1]
    assert "KeyError" in said[0][1]
    assert "ZeroDivisionError" in said[2][1]
    assert "Virtanen" not in str(said)


async def test_staff_are_told_later_where_they_could_not_be_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    clock, told = FakeClock(START), list[datetime]()

    async def failing(_: datetime) -> None:
        raise KeyError

    async def tell(_job: str, _error: str, now: datetime) -> None:
        told.append(now)
        if len(told) == 1:
            raise StoreError("the disk is full")

    await rounds(Clockwork((failing,), clock, tell=tell), clock, 4)
    assert told == [START, START + EVERY]
    assert "staff could not be told" in caplog.text
