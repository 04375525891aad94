"""Searching 100,000 requests: the TinyDB store beside SQLite on the same requests, LIKE over a folded column and FTS5.

A page is the ten that changed last, decoded; SQLite gives their documents undecoded. Both count all that match.
"""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import msgspec

from bot.desk.search import Asker, parse
from bot.model.identity import Account
from bot.model.people import PersonalData, Signer
from bot.request.query import RequestQuery, folded, searched
from bot.request.status import Status
from bot.store.documents import PERSONS, REQUESTS
from bot.store.engines import open_store
from bot.store.journal.file import write_snapshot
from bot.store.journal.store import TinyDBStore
from tests.benchmarks.store import a_long_request, request_id
from tests.store_values import NOW

SIZE = 100_000
ROUNDS = 7
NAMES = ("Zoë Müller", "渡辺 徹", "Дмитрий Щербаков", "Łukasz Żółć", "Anna Virtanen", "김철수", "Nguyễn Thị Ánh")
DOMAINS = ("oulu.fi", "uni-goettingen.de", "u-tokyo.ac.jp", "msu.example", "uw.edu.pl")
LIKE = "SELECT {} FROM requests WHERE searched LIKE '%' || ? || '%'"
FTS = "SELECT {} FROM requests WHERE id IN (SELECT id FROM words WHERE words MATCH ?)"
PEERS = {
    "muller 4321": (LIKE + " AND searched LIKE '%' || ? || '%'", ["muller", "4321"], '"muller" AND "4321"'),
    "щерб": (LIKE, ["щерб"], '"щерб"'),
    "virtanen": (LIKE, ["virtanen"], '"virtanen"'),
    "nobody": (LIKE, ["nobody"], '"nobody"'),
    "徹": (LIKE, ["徹"], ""),  # FTS5's trigrams need three characters
}
SEARCHES = (
    *PEERS,
    "domain:oulu.fi",
    "name:lukasz status:emailed",
    "-status:approved -name:virtanen",
    "waiting:staff after:2026-01-01",
    "overdue",
    'affiliation:"university 77"',
)


def fill(path: Path) -> sqlite3.Connection:
    """The journal at `path`, and SQLite beside it."""
    long, statuses = a_long_request(), list(Status)
    tables = {"requests": dict[str, bytes](), "persons": dict[str, bytes]()}
    peer = sqlite3.connect(path.with_suffix(".sqlite"))
    peer.execute("CREATE TABLE requests (id TEXT PRIMARY KEY, since REAL, searched TEXT, document BLOB)")
    peer.execute("CREATE INDEX by_since ON requests (since)")
    peer.execute("CREATE VIRTUAL TABLE words USING fts5 (id UNINDEXED, searched, tokenize = 'trigram')")
    for number in range(SIZE):
        since = NOW - timedelta(minutes=number * 7919 % SIZE)
        account, status = Account("telegram", "", str(number // 2)), statuses[number % len(statuses)]
        request = replace(long, id=request_id(number), account=account, status=status, since=since)
        name, domain = f"{NAMES[number % 7]} {number}", DOMAINS[number % 5]
        persons = PersonalData(Signer(name, "Professor", f"University {number % 100}", f"s{number}@{domain}", "x"))
        tables["requests"][request.id] = msgspec.json.encode(REQUESTS.wrap(request, 1))
        tables["persons"][request.id] = msgspec.json.encode(PERSONS.wrap(persons, 1))
        text = searched(request.id, persons)
        row = (request.id, since.timestamp(), text, tables["requests"][request.id])
        peer.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", row)
        peer.execute("INSERT INTO words VALUES (?, ?)", (request.id, text))
    peer.commit()
    write_snapshot(path, tables)
    return peer


def query_of(text: str) -> RequestQuery:
    query = parse(text, Asker(NOW))
    assert isinstance(query, RequestQuery)
    return query


def timed(action: Callable[[], object]) -> float:
    """Median milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return median(times) * 1e3


def asked(peer: sqlite3.Connection, statement: str, values: list[str]) -> None:
    peer.execute(statement.format("count(*)"), values).fetchall()
    for (row,) in peer.execute(statement.format("document") + " ORDER BY since DESC LIMIT 10", values).fetchall():
        json.loads(row)


def table(path: Path) -> Iterator[str]:
    peer = fill(path)
    with asyncio.Runner() as runner:
        start = time.perf_counter()
        store = runner.run(open_store("", path))
        assert isinstance(store, TinyDBStore)
        opened = time.perf_counter() - start

        async def first() -> int:
            return await store.count(query_of("muller"))

        start = time.perf_counter()
        runner.run(first())
        yield f"start-up {opened:.2f} s; a first search at once {time.perf_counter() - start:.2f} s, later it is warm\n"
        yield "search                                found    page ms   count ms   LIKE ms   FTS5 ms"
        for text in SEARCHES:
            query = query_of(text)
            found = runner.run(store.count(query))
            page = timed(lambda q=query: runner.run(store.requests(replace(q, limit=10))))  # type: ignore[misc]
            count = timed(lambda q=query: runner.run(store.count(q)))  # type: ignore[misc]
            like, fts = "", ""
            if text in PEERS:
                statement, values, match = PEERS[text]
                assert [folded(value) for value in values] == values
                like = f"{timed(lambda s=statement, v=values: asked(peer, s, v)):9.1f}"  # type: ignore[misc]
                fts = f"{timed(lambda m=match: asked(peer, FTS, [m])):9.1f}" if match else ""  # type: ignore[misc]
            yield f"{text:36} {found:6} {page:10.1f} {count:10.1f} {like:>9} {fts:>9}"
        runner.run(store.aclose())
    peer.close()


def main() -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        for line in table(Path(folder) / "store.json"):
            print(line, flush=True)  # noqa: T201
