"""The clock at work: rounds, failures, stopping."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.app.scheduler import EVERY, Clockwork
from bot.model.errors import StoreError
from tests.fakes import FakeClock

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
