"""Move everything from one engine to the other, either way, and look whether it arrived: `la-bot store copy`.

A place is a PostgreSQL URL, or the path of a journal. The bot must not run on either. Documents are copied as they
stand, versions included; a place that holds something already is refused.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from bot.model.errors import StoreError
from bot.model.identity import Account, RequestId
from bot.model.json_codec import JsonObject
from bot.store.documents import CONVERSATIONS, KINDS, OUTBOX, PERSONS, RECORDS, REQUESTS
from bot.store.journal.backup import Report, report_of
from bot.store.journal.file import locked, write_snapshot
from bot.store.journal.lines import Tables, load
from bot.store.journal.store import SEEN, STATE
from bot.store.postgres.commit import Row, conversation_row, entry_row, insertion, persons_row, record_row, request_row
from bot.store.postgres.schema import database_errors, migrate

_canonical = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Digest:
    """The number of documents in a table, and the SHA-256 of them all, in the order of their ids."""

    documents: int
    sha256: str


def copy(source: str, target: str) -> Mapping[str, Digest]:
    """Copy and verify; returns the digest of each table. Raises StoreError, naming the table, where they differ."""
    with database_errors():
        tables = _read(source)
        if not tables:
            raise StoreError("there is nothing to copy")
        if _read(target):
            raise StoreError("the place to copy to is not empty")
        _write(target, tables)
        wanted, found = digests(tables), digests(_read(target))
    if wrong := [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]:
        raise StoreError(f"the copy differs in {', '.join(sorted(wrong))}: empty the place and copy again")
    return found


def check_database(url: str) -> Report:
    """Read every document in the database. Raises StoreError where it cannot be reached."""
    with database_errors():
        return report_of(_read_database(url))


def digests(tables: Tables) -> dict[str, Digest]:
    """Of each table, whatever the order of the keys in its documents; of ids of messages, the ids."""
    seen = {SEEN: dict.fromkeys(tables[SEEN], b"{}")} if SEEN in tables else {}
    return {name: Digest(len(rows), _sha256(rows)) for name, rows in (tables | seen).items()}


def _sha256(rows: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for key in sorted(rows):
        digest.update(_canonical.encode([key, msgspec.json.decode(rows[key])]) + b"\n")
    return digest.hexdigest()


def is_url(place: str) -> bool:
    """Return whether it names a PostgreSQL database rather than a file."""
    return place.startswith(("postgresql://", "postgres://"))


def _read(place: str) -> Tables:
    return _read_database(place) if is_url(place) else _read_journal(Path(place))


def _read_journal(path: Path) -> Tables:
    if not path.exists():
        return {}
    with locked(path):
        return load(path).tables


def _read_database(url: str) -> Tables:
    migrate(url)
    tables: Tables = {}
    with psycopg.connect(url) as connection:
        for kind in KINDS:
            documents = sql.SQL("SELECT id::text, document FROM {} ORDER BY id").format(sql.Identifier(kind.table))
            tables[kind.table] = {key: msgspec.json.encode(found) for key, found in connection.execute(documents)}
        seen = connection.execute("SELECT id, version FROM seen ORDER BY version, id")
        tables[SEEN] = {key: b'{"version":%d}' % version for key, version in seen}
        row = connection.execute("SELECT last_value FROM commits WHERE is_called").fetchone()
        tables[STATE] = {STATE: b'{"last":%d}' % row[0]} if row else {}
    return {name: rows for name, rows in tables.items() if rows}


def _write(place: str, tables: Tables) -> None:
    if is_url(place):
        _write_database(place, tables)
    else:
        path = Path(place)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(path):
            write_snapshot(path, tables)


def _write_database(url: str, tables: Tables) -> None:
    state = tables.get(STATE, {}).get(STATE, b'{"last":0}')
    first_seen = msgspec.json.decode(state)["last"] - len(tables.get(SEEN, {})) + 1  # as if the last ones had been so
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for name, documents in tables.items():
            numbered = enumerate(documents.items(), first_seen)
            rows = [_row(name, key, msgspec.json.decode(row), number) for number, (key, row) in numbered]
            if name != STATE:
                cursor.executemany(insertion(name, rows[0]), rows)
            else:
                cursor.execute("SELECT setval('commits', %(last)s)", rows[0])


def _row(table: str, key: str, document: JsonObject, number: int) -> Row:
    """The columns of a document, and the document as it stands."""
    version = document.get("version", number)
    match table:
        case CONVERSATIONS.table:
            row = conversation_row(Account.parse(key), CONVERSATIONS.unwrap(document, key).value, version)
        case REQUESTS.table:
            row = request_row(REQUESTS.unwrap(document, key).value, version)
        case PERSONS.table:
            row = persons_row(RequestId(key), PERSONS.unwrap(document, key).value, version)
        case RECORDS.table:
            row = record_row(key, RECORDS.unwrap(document, key).value, version)
        case OUTBOX.table:
            row = entry_row(OUTBOX.unwrap(document, key).value, version)
        case "seen":
            return {"id": key, "version": version}
        case "state":
            return document
        case _:
            raise StoreError(f"la-bot has no table {table!r}: it cannot be copied")
    return row | {"document": Jsonb(document)}
