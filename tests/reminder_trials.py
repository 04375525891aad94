"""Processes that remind on one database, one of them killed every half a second: nothing lost, nothing doubled.

`python -m tests.reminder_trials URL COUNT SEED` fills the database with so many requests that are due, starts four
processes, and kills and replaces one again and again until nothing is due. It prints what the outbox holds, as JSON.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.store.port import Commit, RequestWrite
from bot.store.postgres.store import PostgresStore
from tests.store_values import a_request
from tests.talk import START, World

WORKERS = 4
KILL_EVERY = 0.5


async def fill(url: str, count: int) -> None:
    store = await PostgresStore.open(url)
    for number in range(count):
        account = Account("telegram", "", str(number))
        request = a_request(RequestId(f"4DME-{number:05}"), account, since=START - timedelta(days=3), remind_at=START)
        request = replace(request, address=DeliveryAddress("telegram", account.user))
        await store.commit(Commit(requests=(RequestWrite(request, 0),)))
    await store.aclose()


async def work(url: str, pause: float) -> None:
    """Remind until killed, slowly, so that a kill meets something."""
    store = await PostgresStore.open(url, connections=2)
    real = store.commit

    async def slow_commit(commit: Commit) -> tuple[object, ...]:
        await asyncio.sleep(pause)
        return await real(commit)

    store.commit = slow_commit  # type: ignore[assignment, method-assign]
    service = World(store=store).service()
    while True:
        await service.reminding.remind(START)
        await asyncio.sleep(0.05)


def started(url: str) -> int:
    if (pid := os.fork()) == 0:
        try:
            asyncio.run(work(url, 0.1))
        finally:
            os._exit(1)
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


async def left(url: str) -> int:
    store = await PostgresStore.open(url)
    try:
        return len(await store.due(START, 1_000_000))
    finally:
        await store.aclose()


async def looked_at(url: str, kills: int) -> dict[str, int]:
    store = await PostgresStore.open(url)
    told = Counter(entry.outgoing.about for entry in await store.outbox())
    due = await store.due(START, 10)
    await store.aclose()
    return {
        "entries": told.total(),
        "requests": len(told),
        "doubled": sum(1 for times in told.values() if times > 1),
        "left": len(due),
        "kills": kills,
    }


def run(url: str, count: int, seed: int) -> dict[str, int]:
    asyncio.run(fill(url, count))
    chance, workers, kills = random.Random(seed), [started(url) for _ in range(WORKERS)], 0
    while asyncio.run(left(url)):
        time.sleep(KILL_EVERY)
        number = chance.randrange(WORKERS)
        kill(workers[number])
        workers[number], kills = started(url), kills + 1
    for pid in workers:
        kill(pid)
    return asyncio.run(looked_at(url, kills))


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
