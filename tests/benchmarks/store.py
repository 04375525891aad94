"""The TinyDB store beside SQLite (WAL, synchronous=FULL) in the same process and run, at 1k, 10k and 100k requests.

Updates alternate, one commit of each, so that both meet the same disk. A ratio below 1 says that the store is faster,
but for throughput, where above 1 does.
"""

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median

import msgspec

from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.request.commands import Approve, Command, MarkEmailed, Receive, Return
from bot.request.events import Event
from bot.request.lifecycle import apply, decide
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.documents import CONVERSATIONS, OUTBOX, PERSONS, REQUESTS
from bot.store.encryption import use_keys
from bot.store.journal.file import write_snapshot
from bot.store.journal.store import TinyDBStore
from bot.store.journal.tinydb_tables import JournalDB
from bot.store.port import Commit, ConversationWrite, RequestWrite
from tests.store_values import DRAFT, KEY, NOW, a_request, an_entry, outgoing
from tests.store_values import PERSONS as SOMEBODY

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 400
FLOOD = 4_000
STAFF = Actor(Role.STAFF, Account("slack", "T024BE7LD", "U0STAFF00"))


def request_id(number: int) -> RequestId:
    return RequestId(f"4DME-{number:05}-{number:05}")


def a_long_request() -> LicenseRequest:
    """A request with seven events: about 1.5 KB of JSON."""
    request = a_request()
    commands: tuple[Command, ...] = (MarkEmailed(), Receive(), Return(("scan",)), MarkEmailed(), Receive(), Approve())
    for command in commands:
        event = decide(command, request, STAFF, NOW)
        assert isinstance(event, Event)
        request = apply(request, event)
    return request


def fill(path: Path, size: int) -> dict[str, bytes]:
    """A journal of so many requests with their persons; returns the requests' rows."""
    long, tables = a_long_request(), {"requests": dict[str, bytes](), "persons": dict[str, bytes]()}
    statuses = list(Status)
    for number in range(size):
        account = Account("telegram", "", str(number // 2))
        status = statuses[number % len(statuses)]
        request = replace(long, id=request_id(number), account=account, status=status, remind_at=NOW)
        persons = replace(SOMEBODY, signer=replace(SOMEBODY.signer, name=f"Zoë Müller {number}"))
        tables["requests"][request.id] = msgspec.json.encode(REQUESTS.wrap(request, 1))
        tables["persons"][request.id] = msgspec.json.encode(PERSONS.wrap(persons, 1))
    write_snapshot(path, tables)
    return tables["requests"]


def sqlite(path: Path, rows: dict[str, bytes]) -> sqlite3.Connection:
    peer = sqlite3.connect(path, isolation_level=None)
    peer.execute("PRAGMA journal_mode = WAL")
    peer.execute("PRAGMA synchronous = FULL")
    peer.execute(
        "CREATE TABLE documents (kind TEXT, id TEXT, status TEXT, since TEXT, json BLOB, PRIMARY KEY (kind, id))"
    )
    peer.execute("CREATE INDEX by_status ON documents (kind, status, since)")
    peer.execute("BEGIN")
    statuses = list(Status)
    peer.executemany(
        "INSERT INTO documents VALUES ('requests', ?, ?, 'then', ?)",
        ((key, statuses[number % len(statuses)], row) for number, (key, row) in enumerate(rows.items())),
    )
    peer.execute("COMMIT")
    return peer


def put(peer: sqlite3.Connection, kind: str, key: str, document: object) -> None:
    peer.execute(
        "INSERT INTO documents VALUES (?, ?, NULL, NULL, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
        (kind, key, msgspec.json.encode(document)),
    )


def read(peer: sqlite3.Connection, key: str) -> dict[str, object]:
    (row,) = peer.execute("SELECT json FROM documents WHERE kind = 'requests' AND id = ?", (key,)).fetchone()
    document: dict[str, object] = msgspec.json.decode(row)
    return document


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def updates(beds: list["Bed"]) -> dict[int, tuple[float, float]]:
    """By size, median seconds of a durable update of one document: ours, and SQLite's. All sizes and both alternate."""
    times = {bed.size: (list[float](), list[float]()) for bed in beds}
    dbs = [JournalDB(bed.path) for bed in beds]
    for number in range(ROUNDS):
        for bed, db in zip(beds, dbs, strict=True):
            key = request_id(number * 7919 % bed.size)
            ours, theirs = times[bed.size]
            ours.append(timed(partial(update, db, key, number)))
            theirs.append(timed(partial(update_peer, bed.peer, key, number)))
    for db in dbs:
        db.close()
    return {size: (median(ours), median(theirs)) for size, (ours, theirs) in times.items()}


def update(db: JournalDB, key: str, number: int) -> None:
    db.table("requests").update({"version": number + 2}, doc_ids=[key])  # type: ignore[list-item]


def update_peer(peer: sqlite3.Connection, key: str, number: int) -> None:
    peer.execute("BEGIN IMMEDIATE")
    put(peer, "requests", key, read(peer, key) | {"version": number + 2})
    peer.execute("COMMIT")


async def reads(bed: "Bed") -> dict[str, tuple[float, float]]:
    """Median seconds of a get, and of the twenty requests of a status that changed last: ours, and SQLite's."""
    store, times = TinyDBStore(bed.path), {"get": (list[float](), list[float]()), "status": ([], [])}
    for number in range(50):
        key = request_id(number * 7919 % bed.size)
        start = time.perf_counter()
        await store.request(key)
        times["get"][0].append(time.perf_counter() - start)
        times["get"][1].append(timed(partial(get_peer, bed.peer, key)))
        start = time.perf_counter()
        await store.requests(RequestQuery(status=Status.RECEIVED, limit=20))
        times["status"][0].append(time.perf_counter() - start)
        times["status"][1].append(timed(partial(query_peer, bed.peer)))
    await store.aclose()
    return {name: (median(ours), median(theirs)) for name, (ours, theirs) in times.items()}


def get_peer(peer: sqlite3.Connection, key: str) -> None:
    REQUESTS.unwrap(read(peer, key), key)


def query_peer(peer: sqlite3.Connection) -> None:
    query = "SELECT json FROM documents WHERE kind = 'requests' AND status = ? ORDER BY since DESC LIMIT 20"
    for (row,) in peer.execute(query, (Status.RECEIVED,)).fetchall():
        REQUESTS.unwrap(msgspec.json.decode(row), "")


async def flood(chats: int, act: Callable[[int], Awaitable[None]]) -> float:
    """How many actions a second so many chats make, each one after the other."""

    async def chat(number: int) -> None:
        for count in range(FLOOD // chats):
            await act(number + chats * count)

    start = time.perf_counter()
    await asyncio.gather(*map(chat, range(chats)))
    return FLOOD // chats * chats / (time.perf_counter() - start)


async def update_floods(bed: "Bed", chats: int) -> tuple[float, float]:
    """Durable updates of one document a second, as in `updates`."""
    db = JournalDB(bed.path)

    async def ours(number: int) -> None:
        db.storage.append(partial(update, db, request_id(number * 7919 % bed.size), number))
        await db.storage.journal.durable()

    async def theirs(number: int) -> None:
        await asyncio.sleep(0)
        update_peer(bed.peer, request_id(number * 7919 % bed.size), number)

    found = await flood(chats, ours), await flood(chats, theirs)
    db.close()
    return found


async def turn_floods(bed: "Bed", chats: int) -> tuple[float, float]:
    """Whole turns a second: a conversation, a request of seven events, an outgoing message and a seen id, each time."""
    store, long, peer = TinyDBStore(bed.path), a_long_request(), bed.peer

    async def turn(number: int) -> None:
        account, key = Account("slack", "T", str(number % chats)), request_id(number * 7919 % bed.size)
        conversation, request = await store.conversation(account), await store.request(key)
        entries = await store.outbox(DeliveryAddress("slack", account.user))
        await store.commit(
            Commit(
                message_id=f"{chats} {number}",
                conversation=ConversationWrite(account, DRAFT, conversation.version),
                requests=(RequestWrite(replace(long, id=key), request.version if request else 0),),
                outgoing=(outgoing("hello", DeliveryAddress("slack", account.user)),),
                delivered=tuple(entry.id for entry in entries),
            )
        )

    async def turn_peer(number: int) -> None:
        await asyncio.sleep(0)
        account, key = Account("slack", "T", str(number % chats)), request_id(number * 7919 % bed.size)
        peer.execute("BEGIN IMMEDIATE")
        REQUESTS.unwrap(read(peer, key), key)
        put(peer, "conversations", str(account), CONVERSATIONS.wrap(DRAFT, number))
        put(peer, "requests", key, REQUESTS.wrap(replace(long, id=key), number))
        put(peer, "outbox", str(number), OUTBOX.wrap(an_entry(number), number))
        peer.execute("DELETE FROM documents WHERE kind = 'outbox' AND id = ?", (str(number - chats),))
        put(peer, "seen", f"{chats} {number}", {})
        peer.execute("COMMIT")

    await store.compact()
    found = await flood(chats, turn), await flood(chats, turn_peer)
    await store.aclose()
    return found


OPEN = """
import asyncio, re, sys, time
from pathlib import Path
from bot.request.query import RequestQuery
from bot.store.encryption import use_keys
from bot.store.journal.store import TinyDBStore
from tests.store_values import KEY

def megabytes():  # at most, so far
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def text_query():
    start = time.perf_counter()
    asyncio.run(store.requests(RequestQuery(text="muller 999", limit=20)))
    return time.perf_counter() - start

use_keys([KEY] if sys.argv[2:] else [])
before, start = megabytes(), time.perf_counter()
store = TinyDBStore(Path(sys.argv[1]))
print(time.perf_counter() - start, before, text_query(), text_query(), megabytes())
"""


def opened(path: Path, *encrypted: str) -> list[float]:
    """Of a fresh process: seconds to open, MB before, seconds of a first and a second text query, MB at most."""
    done = subprocess.run([sys.executable, "-c", OPEN, path, *encrypted], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


@dataclass(frozen=True)
class Bed:
    """What is measured: a journal of so many requests, and a SQLite database of the same."""

    size: int
    path: Path
    peer: sqlite3.Connection

    @classmethod
    def make(cls, folder: Path, size: int) -> "Bed":
        path = folder / f"{size}.json"
        return cls(size, path, sqlite(folder / f"{size}.sqlite", fill(path, size)))


def main() -> None:
    for line in table():
        print(line, flush=True)  # noqa: T201


def table() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        beds = [Bed.make(Path(folder), size) for size in SIZES]
        yield "requests   start-up s   memory MB (bare)   text query ms (first)"
        for bed in beds:
            start_up, before, first, text, memory = opened(bed.path)
            yield f"{bed.size:8} {start_up:12.2f} {memory:11.0f} ({before:.0f}) {text * 1e3:16.1f} ({first * 1e3:.0f})"
        yield "\nrequests   what                  ours ms   SQLite ms   ratio   over the smallest"
        times = updates(beds)
        for bed in beds:
            row = {"durable update": times[bed.size]} | asyncio.run(reads(bed))
            for name, (ours, theirs) in row.items():
                growth = f"{ours / times[SIZES[0]][0]:15.2f}" if name == "durable update" else ""
                yield f"{bed.size:8}   {name:16} {ours * 1e3:12.3f} {theirs * 1e3:11.3f} {ours / theirs:7.2f} {growth}"
        yield "\nrequests   a second              ours      SQLite   ratio"
        for bed in beds:
            for chats, (name, floods) in product((1, 8, 32), (("updates", update_floods), ("turns", turn_floods))):
                ours, theirs = asyncio.run(floods(bed, chats))
                yield f"{bed.size:8}   {name + f', {chats} chats':16} {ours:10.0f} {theirs:11.0f} {ours / theirs:7.2f}"
        yield "\nencrypted (in clear)   start-up s   first text query ms      turns a second, 8 chats"
        for bed in beds:
            (start_up, first, turns), (clear_start_up, clear_first, clear_turns) = sealed(bed)
            shown = f"{start_up:9.2f} ({clear_start_up:.2f}) {first * 1e3:15.0f} ({clear_first * 1e3:.0f})"
            yield f"{bed.size:20} {shown} {turns:16.0f} ({clear_turns:.0f})"
        for bed in beds:
            bed.peer.close()


def sealed(bed: Bed) -> list[tuple[float, float, float]]:
    """Seconds to open, of a first text query, and turns a second: encrypted, and in clear."""
    found, path = [], bed.path.with_suffix(".sealed")
    for keys, arguments in (([KEY], ["encrypted"]), ([], [])):
        use_keys(keys)
        fill(path, bed.size)
        start_up, _, first, _, _ = opened(path, *arguments)
        turns, _ = asyncio.run(turn_floods(replace(bed, path=path), 8))
        found.append((start_up, first, turns))
    return found
