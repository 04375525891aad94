"""Check, back up and restore the TinyDB journal: what `la-bot store check|backup|restore` do."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from bot.model.errors import StoreDamaged, StoreEncrypted, StoreError
from bot.model.people import Account, DeliveryAddress
from bot.privacy.chat_clearing import prefix_of
from bot.privacy.erasure import holds, known_by
from bot.privacy.subject_access import is_of
from bot.staff.notices import address_of
from bot.store.documents import CONVERSATIONS, KINDS, OUTBOX, PERSONS, RECORDS, REQUESTS, names_one
from bot.store.encryption import demand_keys
from bot.store.journal.file import locked, write_snapshot
from bot.store.journal.lines import Tables, load, whole_lines
from bot.store.port import OutboxEntry


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


def restore(path: Path, source: Path) -> tuple[int, Path | None]:
    """Put the backup in the journal's place; returns the number of documents and where the old journal is kept.

    Requests that were erased since stay erased, with all that the backup holds of whoever made them; forms that ended
    since do not come back, nor does anything of who has neither form nor request any more.

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
            _erase_again(tables, found.tables)
            if not damaged and _descends(found.tables, tables):
                _end_forms_again(tables, found.tables)
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
                _unsay(tables, _known_by(tables, key) - _known_by(since, key))
                for name in (REQUESTS.table, PERSONS.table):
                    _take_row(tables, since, name, key)
                if now.is_erased and before.account:
                    addresses = {address_of(before.account), *([before.address] if before.address else [])}
                    _forget(tables, before.account, addresses)


def _known_by(tables: Tables, key: str) -> frozenset[str]:
    """Of a request's persons; nothing where they cannot be read."""
    row = tables.get(PERSONS.table, {}).get(key)
    with suppress(StoreDamaged, StoreEncrypted):
        return known_by(PERSONS.unwrap(msgspec.json.decode(row), key).value) if row else frozenset()
    return frozenset()


def _unsay(tables: Tables, values: frozenset[str]) -> None:
    """Take out the waiting messages that say one of those, whoever they are for."""
    for key, entry in _outbox(tables):
        if holds(entry.outgoing.message, values):
            del tables[OUTBOX.table][key]


def _outbox(tables: Tables) -> list[tuple[str, OutboxEntry]]:
    rows = tables.get(OUTBOX.table, {})
    return [(key, OUTBOX.unwrap(msgspec.json.decode(row), key).value) for key, row in rows.items()]


def _take_row(tables: Tables, since: Tables, name: str, key: str) -> None:
    """The row as it is in `since`: gone, where it is gone there."""
    tables.get(name, {}).pop(key, None)
    if (row := since.get(name, {}).get(key)) is not None:
        tables[name][key] = row


def _descends(since: Tables, tables: Tables) -> bool:
    """Return whether `since` is a later state of the same store, and not a new store begun in its place."""
    known = since.get(REQUESTS.table, {}).keys() >= tables.get(REQUESTS.table, {}).keys()
    return known and _commits(since) >= _commits(tables)


def _commits(tables: Tables) -> int:
    state = tables.get("state", {}).get("state")
    return int(msgspec.json.decode(state)["last"]) if state else 0


def _end_forms_again(tables: Tables, since: Tables) -> None:
    """Take out of `tables` the forms that are not in `since`: they were finished, cancelled, too old, or erased."""
    known = {account for row in since.get(REQUESTS.table, {}).values() for account in _accounts(row)}
    for key in tables.get(CONVERSATIONS.table, {}).keys() - since.get(CONVERSATIONS.table, {}).keys():
        account = Account.parse(key)
        del tables[CONVERSATIONS.table][key]
        if str(account) not in known:
            _forget(tables, account, {address_of(account)})


def _accounts(row: bytes) -> Iterator[str]:
    with suppress(KeyError, TypeError, msgspec.DecodeError):  # a row that cannot be read names nobody
        yield msgspec.json.decode(row)["value"]["account"]


def _forget(tables: Tables, account: Account, addresses: Collection[DeliveryAddress]) -> None:
    """Take out the form, the waiting messages, the records and the message ids of an account."""
    chats = {address.whole_chat for address in addresses}
    tables.get(CONVERSATIONS.table, {}).pop(str(account), None)
    for key, entry in _outbox(tables):
        if entry.outgoing.address.whole_chat in chats:
            del tables[OUTBOX.table][key]
    names = frozenset({account.user, *(chat.chat for chat in chats)})
    for key in [key for key in tables.get("seen", {}) if names_one(key, names)]:
        del tables["seen"][key]
    begins = tuple(map(prefix_of, chats))
    for key in [key for key in tables.get(RECORDS.table, {}) if is_of(account, key) or key.startswith(begins)]:
        del tables[RECORDS.table][key]
