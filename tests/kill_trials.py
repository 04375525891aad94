"""Kill a process that commits and compacts, again and again, and look whether its store kept its word.

`python -m tests.kill_trials FOLDER TRIALS SEED` prints, as JSON, how many trials there were, in how many a compaction
was under way, how many commits were acknowledged, and every violation. Each trial goes on with the file of the last.
A victim acknowledges on a pipe, after `commit` returned: that record is outside of it, and outlives it.
"""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bot.dialogue.state import Conversation
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.request.query import RequestQuery
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, ConversationWrite, RequestWrite
from tests.store_values import PERSONS, a_request, outgoing

CHATS = 8


def account_of(chat: int) -> Account:
    return Account("terminal", "", str(chat))


def request_of(chat: int) -> RequestId:
    return RequestId(f"4DME-{chat:05}-AAAAA")


async def turn(store: TinyDBStore, chat: int) -> int:
    """One commit that counts up everything that belongs to the chat; returns the count."""
    account, address = account_of(chat), DeliveryAddress("terminal", str(chat))
    conversation, request = await store.conversation(account), await store.request(request_of(chat))
    count = int(conversation.value.last_unit) + 1 if conversation.value else 1
    name = replace(PERSONS.signer, name=str(count))
    await store.commit(
        Commit(
            message_id=f"{chat}-{count}",
            conversation=ConversationWrite(account, Conversation(last_unit=str(count)), conversation.version),
            requests=(
                RequestWrite(
                    a_request(request_of(chat), account, dataset=str(count)), request.version if request else 0
                ),
            ),
            personal_data={request_of(chat): replace(PERSONS, signer=name)},
            outgoing=(outgoing(str(count), address),),
            delivered=tuple(entry.id for entry in await store.outbox(address)),
        )
    )
    return count


async def victim(path: Path, acknowledge: int, compacts: bool) -> None:
    store = TinyDBStore(path, seen_kept=2000)

    async def chat(number: int) -> None:
        while True:
            count = await turn(store, number)
            os.write(acknowledge, f"{number} {count}\n".encode())

    async def compaction() -> None:
        while compacts:
            await store.compact()

    await asyncio.gather(compaction(), *map(chat, range(CHATS)))


def kill_one(path: Path, acks: int, compacts: bool) -> tuple[list[str], bool]:
    """Start a victim, kill it once it acknowledged so many commits; its record, and whether it was compacting."""
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            asyncio.run(victim(path, writing, compacts))
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as record:
        lines = [line for _, line in zip(range(acks), record, strict=False)]
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        compacting = path.with_name(f"{path.name}.new").exists()
        return [line.decode() for line in [*lines, *record]], compacting


async def look(path: Path, acknowledged: Counter[int]) -> list[str]:
    """What is not as it was acknowledged, or was committed by halves. `acknowledged` becomes what there is."""
    found, requests = [], 0
    store = TinyDBStore(path)
    for chat in range(CHATS):
        entries = await store.outbox(DeliveryAddress("terminal", str(chat)))
        conversation, request = await store.conversation(account_of(chat)), await store.request(request_of(chat))
        persons = await store.personal_data(request_of(chat))
        counts = {
            *(int(entry.outgoing.message.blocks[0].lines[0][0].text) for entry in entries),
            int(conversation.value.last_unit) if conversation.value else 0,
            int(request.value.dataset) if request else 0,
            int(persons.signer.name) if persons else 0,
        }
        count, requests = max(counts), requests + bool(request)
        seen = [await store.seen(f"{chat}-{n}") for n in (count, count + 1)]
        whole = (len(counts), len(entries), seen) == ((1, 1, [True, False]) if count else (1, 0, [False, False]))
        if not whole or not acknowledged[chat] <= count <= acknowledged[chat] + 1:
            found.append(f"chat {chat}: acknowledged {acknowledged[chat]}, found {counts}, {len(entries)}, {seen}")
        acknowledged[chat] = count
    if len(await store.requests(RequestQuery())) != requests:
        found.append("the index does not have every request")
    await store.aclose()
    return found


def run(folder: Path, trials: int, seed: int) -> dict[str, object]:
    """Kill so many victims on one file."""
    path, chance, last = folder / "store.json", random.Random(seed), Counter[int]()
    acknowledged, compacting, found = 0, 0, list[str]()
    for _ in range(trials):
        record, was_compacting = kill_one(path, chance.randrange(1, 120), chance.random() < 0.7)
        acknowledged, compacting = acknowledged + len(record), compacting + was_compacting
        for line in record:
            number, count = map(int, line.split())
            last[number] = count
        found += asyncio.run(look(path, last))
    return {"trials": trials, "compacting": compacting, "acknowledged": acknowledged, "violations": found}


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
