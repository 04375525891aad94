"""TinyDB on the journal: its Table and Query, with commits that are durable, whole, and as fast at 100,000 documents.

TinyDB rewrites its file at each change; here `Table._update_table`, the one hook that all its changes go through,
journals what changed. Ids are strings, so that natural keys are found at once. Documents are decoded as they are read:
changing one changes nothing stored. `update` and `remove` by id touch those documents only; by query, they read all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from inspect import iscoroutine
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from bot.model.errors import StoreError
from bot.model.json_codec import JsonObject
from bot.store.journal.file import Journal

T = TypeVar("T")
Rows = dict[str, bytes | None]


class Documents(Mapping[str, Any]):
    """A table as TinyDB reads it, `pending` changes of an open transaction included."""

    def __init__(self, rows: Mapping[str, bytes], pending: Mapping[str, bytes | None]) -> None:
        self._rows, self._pending = rows, pending

    def row(self, key: str) -> bytes | None:
        """The document's JSON; None where there is none."""
        return self._pending[key] if key in self._pending else self._rows.get(key)

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401
        if (row := self.row(key)) is None:
            raise KeyError(key)
        return msgspec.json.decode(row)

    def __contains__(self, key: object) -> bool:
        return self.row(cast("str", key)) is not None

    def __iter__(self) -> Iterator[str]:
        if not self._pending:
            return iter(self._rows)
        return (key for key in dict.fromkeys([*self._rows, *self._pending]) if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self) if self._pending else len(self._rows)


class Draft(MutableMapping[str, Any]):
    """A table as TinyDB's own updaters see it: they may change what they take out of it."""

    def __init__(self, documents: Documents) -> None:
        self._documents, self._touched = documents, dict[str, Any]()

    def changes(self) -> Rows:
        """Return the differences from the table now, as JSON. Raises TypeError for values that JSON cannot hold."""
        rows = {key: None if value is None else msgspec.json.encode(value) for key, value in self._touched.items()}
        return {key: row for key, row in rows.items() if row != self._documents.row(key)}

    def __contains__(self, key: object) -> bool:
        return self._touched[key] is not None if key in self._touched else key in self._documents

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401
        if key not in self:
            raise KeyError(key)
        if key not in self._touched:
            self._touched[key] = self._documents[key]
        return self._touched[key]

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401
        self._touched[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._touched[key] = None

    def __iter__(self) -> Iterator[str]:
        return (key for key in dict.fromkeys([*self._documents, *self._touched]) if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class JournalStorage(Storage):
    """TinyDB's storage: the journal at `path`, and the transaction that is open, if one is."""

    def __init__(self, path: str | Path) -> None:
        self.journal = Journal(Path(path))
        self._pending: dict[str, Rows] | None = None

    def documents(self, name: str) -> Documents:
        """The table of that name, empty where there is none."""
        return Documents(self.journal.tables.get(name, {}), (self._pending or {}).get(name, {}))

    def change(self, name: str, rows: Rows) -> None:
        """Make these changes part of the open transaction, or a commit of their own."""
        if self._pending is None:
            self.transaction(lambda: self.change(name, rows))
            return
        if name.startswith(("#", "_journal")):
            raise StoreError(f"no table can be called {name!r}: the journal uses that name")
        self._pending.setdefault(name, {}).update(rows)

    def transaction(self, step: Callable[[], T]) -> T:
        """Run `step`; when it returns, all that it changed is on disk as one commit, and when it raises, nothing is.

        It is a function because a transaction must hold no await: what others changed meanwhile would be part of it.
        """
        result = self.append(step)
        self.journal.sync()
        return result

    def append(self, step: Callable[[], T]) -> T:
        """`transaction` without its last part: what was changed is safe once `journal.durable` returns."""
        if self._pending is not None:
            raise StoreError("a transaction is open already")
        self._pending = {}
        try:
            result = step()
            if iscoroutine(result):
                result.close()
                raise TypeError("a transaction must not contain an await: give it a plain function")
            if changes := {name: rows for name, rows in self._pending.items() if rows}:
                self.journal.append(changes)
        except UnicodeEncodeError as error:
            raise StoreError(f"the store cannot hold this: {error.reason}") from error
        finally:
            self._pending = None
        return result

    def read(self) -> dict[str, Documents]:  # type: ignore[override]
        """All tables, as TinyDB asks for them."""
        names = dict.fromkeys([*self.journal.tables, *(self._pending or {})])
        return {name: documents for name in names if (documents := self.documents(name))}

    def write(self, data: Mapping[str, Any]) -> None:
        """Drop the tables that are not in `data`: TinyDB writes whole states for nothing else here."""

        def drop() -> None:
            for name in self.read().keys() - data.keys():
                self.change(name, dict.fromkeys(self.documents(name)))

        return drop() if self._pending is not None else self.transaction(drop)

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()


class JournalTable(Table):
    """A TinyDB table that journals its changes. Give each document its id: `Document(value, id)`."""

    document_id_class = str  # type: ignore[assignment]

    def __init__(self, storage: JournalStorage, name: str) -> None:
        super().__init__(storage, name, cache_size=0)  # TinyDB's cache hands the same document out twice
        self._journaled = storage

    def _read_table(self) -> Documents:  # type: ignore[override]
        return self._journaled.documents(self.name)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        draft = Draft(self._journaled.documents(self.name))
        updater(draft)
        if changes := draft.changes():
            self._journaled.change(self.name, changes)

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Store `value` under `key`, whatever was there before."""
        self._journaled.change(self.name, {key: msgspec.json.encode(value)})

    def delete(self, keys: Iterable[str]) -> None:
        """Remove those that are there."""
        documents = self._read_table()
        if gone := dict.fromkeys(key for key in keys if key in documents):
            self._journaled.change(self.name, gone)

    def lookup(self, key: str) -> JsonObject | None:
        """The document of that id, None where there is none."""
        return cast("JsonObject | None", self._read_table().get(key))

    def _get_next_id(self) -> int:
        raise StoreError(f"a document of table {self.name!r} needs an id: insert(Document(value, id))")


class JournalDB(TinyDB):
    """A TinyDB database on a journal: `JournalDB(path)`."""

    table_class = JournalTable  # type: ignore[assignment]
    default_storage_class = JournalStorage  # type: ignore[assignment]
    storage: JournalStorage

    def journaled(self, name: str) -> JournalTable:
        """The table of that name; `table` annotates it as TinyDB's own."""
        return cast("JournalTable", self.table(name))


def document(value: Mapping[str, Any], key: str) -> Document:
    """A TinyDB document with a string for its id, which TinyDB's annotations do not foresee."""
    return Document(value, cast("int", key))
