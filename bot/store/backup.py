"""Check, back up and restore the TinyDB journal: what `la-bot store check|backup|restore` do."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from bot.errors import StoreDamaged, StoreError
from bot.lifecycle import LicenseRequest
from bot.notices import address_of
from bot.store.documents import CONVERSATIONS, KINDS, OUTBOX, PERSONS, REQUESTS
from bot.store.journal import locked, write_snapshot
from bot.store.lines import Tables, load, whole_lines
from bot.store.sealing import demand_keys


@dataclass(frozen=True, slots=True)
class Report:
    """What stands in a journal. `documents` by table; `torn` bytes of a commit that was cut short, which is no damage.

    `damaged`: the numbers of the lines that no crash explains; `unreadable`: what is not as la-bot writes it.
    """

    documents: Mapping[str, int]
    torn: int
    damaged: tuple[int, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether everything can be read."""
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


def restore(path: Path, source: Path) -> tuple[int, Path | None]:
    """Put the backup in the journal's place; returns the number of documents and where the old journal is kept.

    Requests that were erased since stay erased, with all that the backup holds of whoever made them.

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
            _erase_again(tables, whole_lines(path)[0].tables)
            kept = next(old for n in count(1) if not (old := path.with_name(f"{path.name}.replaced-{n}")).exists())
            kept.hardlink_to(path)
        write_snapshot(path, tables)
    return sum(map(len, tables.values())), kept


def _erase_again(tables: Tables, since: Tables) -> None:
    """Take out of `tables` who was erased in `since`, which is younger, as far as that can be read."""
    for key in tables.get(REQUESTS.table, {}).keys() & since.get(REQUESTS.table, {}).keys():
        with suppress(StoreDamaged):
            now = REQUESTS.unwrap(msgspec.json.decode(since[REQUESTS.table][key]), key).value
            before = REQUESTS.unwrap(msgspec.json.decode(tables[REQUESTS.table][key]), key).value
            if now.has_lost_persons and not before.is_erased:
                for name in (REQUESTS.table, PERSONS.table):
                    _take_row(tables, since, name, key)
                if now.is_erased:
                    _drop_account(tables, before)


def _take_row(tables: Tables, since: Tables, name: str, key: str) -> None:
    """The row as it is in `since`: gone, where it is gone there."""
    tables.get(name, {}).pop(key, None)
    if (row := since.get(name, {}).get(key)) is not None:
        tables[name][key] = row


def _drop_account(tables: Tables, before: LicenseRequest) -> None:
    """The form and the waiting messages of whoever had made the request."""
    tables.get(CONVERSATIONS.table, {}).pop(str(before.account), None)
    outbox = tables.get(OUTBOX.table, {})
    addresses = {before.address, address_of(before.account) if before.account else None}
    for key, row in list(outbox.items()):
        if OUTBOX.unwrap(msgspec.json.decode(row), key).value.outgoing.address in addresses:
            del outbox[key]
