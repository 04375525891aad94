"""Restore a backup of the journal without bringing back what was erased since."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from bot.model.errors import StoreDamaged, StoreEncrypted
from bot.model.identity import Account, DeliveryAddress, address_of
from bot.privacy.chat_clearing import prefix_of
from bot.privacy.erasure import holds, known_by
from bot.privacy.subject_access import is_of
from bot.store.documents import CONVERSATIONS, OUTBOX, PERSONS, RECORDS, REQUESTS, names_one
from bot.store.journal import backup
from bot.store.journal.lines import Tables
from bot.store.port import OutboxEntry


def restore(path: Path, source: Path) -> tuple[int, Path | None]:
    """Put the backup in the journal's place; return the number of documents and where the old journal is kept.

    Requests that were erased since stay erased, with all that the backup holds of whoever made them; forms that ended
    since do not come back, nor does anything of who has neither form nor request any more.

    Raises StoreLocked while the bot runs, StoreDamaged where the backup is damaged,
    StoreEncrypted without its keys: then nothing was changed.
    """
    return backup.restore(path, source, _replay)


def _replay(tables: Tables, since: Tables, is_whole: bool) -> None:
    """Erase again in `tables` what `since` has erased, and end again the forms that ended there."""
    _erase_again(tables, since)
    if is_whole and _descends(since, tables):
        _end_forms_again(tables, since)


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
