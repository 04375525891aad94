"""Check, back up and restore the TinyDB journal: what `la-bot store check|backup|restore` do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from bot.model.errors import StoreDamaged, StoreError
from bot.store.documents import KINDS
from bot.store.encryption import demand_keys
from bot.store.journal.file import locked, write_snapshot
from bot.store.journal.lines import Tables, load, whole_lines


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a journal. `documents` by table; `torn` bytes of a commit that was cut short, which is no damage.

    `damaged`: the numbers of the lines that no crash explains; `unreadable`: what is not as la-bot writes it.
    """

    documents: Mapping[str, int]
    torn: int
    damaged: tuple[int, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """True if everything can be read."""
        return not (self.damaged or self.unreadable)


def check(path: Path) -> Report:
    """Read every line and every document. It needs no lock: the bot may run. Raises StoreError where there is none."""
    if not path.exists():
        raise StoreError(f"{path} does not exist")
    damaged: tuple[int, ...] = ()
    try:
        found = load(path)
    except StoreDamaged:
        found, numbers = whole_lines(path)
        damaged = tuple(numbers)
    return report_of(found.tables, found.torn, damaged)


def report_of(tables: Tables, torn: int = 0, damaged: tuple[int, ...] = ()) -> Report:
    """Read every document of `tables`."""
    unreadable = []
    for kind in KINDS:
        for key, row in tables.get(kind.table, {}).items():
            try:
                kind.unwrap(msgspec.json.decode(row), key)
            except StoreDamaged as error:
                unreadable.append(str(error))
    return Report({name: len(rows) for name, rows in tables.items()}, torn, damaged, tuple(unreadable))


def backup(path: Path, target: Path, whole_lines_only: bool = False) -> int:
    """Write the whole commits of the journal to a new file and return the number of documents. The bot may run.

    `whole_lines_only` leaves damaged lines out, which is how one goes on without a backup: the documents in them are
    as the lines before left them. Raises StoreDamaged where lines are damaged, StoreError where `target` is taken.
    """
    if target.exists():
        raise StoreError(f"{target} exists: name a new file")
    tables = whole_lines(path)[0].tables if whole_lines_only else load(path).tables
    write_snapshot(target, tables)
    return sum(map(len, tables.values()))


Replay = Callable[[Tables, Tables, bool], None]
"""Takes out of a backup's tables what went since: the backup's tables, the younger ones, whether those are whole."""


def restore(path: Path, source: Path, replay: Replay) -> tuple[int, Path | None]:
    """Put the backup in the journal's place; return the number of documents and where the old journal is kept.

    `replay` carries out on the backup what was erased since.

    Raises StoreLocked while the bot runs, StoreDamaged where the backup is damaged,
    StoreEncrypted without its keys: then nothing was changed.
    """
    if not source.exists():
        raise StoreError(f"{source} does not exist")
    tables = load(source).tables
    demand_keys(tables)
    with locked(path):
        kept = None
        if path.exists():
            found, damaged = whole_lines(path)
            replay(tables, found.tables, not damaged)
            kept = next(old for n in count(1) if not (old := path.with_name(f"{path.name}.replaced-{n}")).exists())
            kept.hardlink_to(path)
        write_snapshot(path, tables)
    return sum(map(len, tables.values())), kept
