"""Encrypt everything anew with the first key, or write it in clear: `la-bot store rotate-keys`.

All or nothing, whenever it is killed: a journal is replaced by a new one, a database is changed in one transaction.
Nothing of what stood there before is left in the files of the store: a journal has no history afterwards, and the
tables of a database are written anew (VACUUM FULL). Versions stay, so nobody's turn is refused for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot.store.encryption import SEALED, resealed
from bot.store.journal.file import locked, write_snapshot
from bot.store.journal.lines import Tables, load


@dataclass(frozen=True, slots=True)
class Rotated:
    """The number of documents written anew, and the older copies that still hold them as they were."""

    documents: int
    older_copies: tuple[str, ...] = ()


def rotate(path: Path, clear: bool) -> Rotated:
    """The journal at `path`. Raises StoreLocked while the bot runs, StoreDamaged, StoreEncrypted: nothing changed."""
    with locked(path):
        found = load(path).tables
        tables = rotated(found, clear)
        if path.exists():
            write_snapshot(path, tables)
    copies = sorted(copy.name for copy in path.parent.glob(f"{path.name}.replaced-*"))
    return Rotated(sum(len(tables.get(name, ())) for name in SEALED), tuple(copies))


def rotated(tables: Tables, clear: bool) -> Tables:
    """The tables, with what holds persons as it would be written now. Raises StoreEncrypted, StoreDamaged."""
    return {name: _rows(name, rows, clear) if name in SEALED else rows for name, rows in tables.items()}


def _rows(name: str, rows: Mapping[str, bytes], clear: bool) -> dict[str, bytes]:
    return {key: msgspec.json.encode(resealed(name, key, msgspec.json.decode(row), clear)) for key, row in rows.items()}
