"""Writing a commit to PostgreSQL: the rows of its documents, and the statements of its one transaction."""

from typing import Any, TypeVar

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb

from bot.dialogue.state import Conversation
from bot.model.errors import StaleCommit
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.people import PersonalData
from bot.request.query import searched
from bot.request.request import LicenseRequest
from bot.store.documents import CONVERSATIONS, OUTBOX, PERSONS, RECORDS, REQUESTS, Kind, Record
from bot.store.encryption import sealing
from bot.store.memory.request_index import Keys
from bot.store.port import Commit, OutboxEntry, RecordWrite, RequestWrite
from bot.store.postgres.schema import CHANNEL

Connection = AsyncConnection[tuple[Any, ...]]
Row = dict[str, object]
T = TypeVar("T")

PRUNED_EVERY = 100
"""So many commits share the work of forgetting old message ids."""


def written(address: DeliveryAddress) -> str:
    """An address as one text, in the column that entries are ordered within."""
    return "\n".join((address.platform, address.chat, address.thread))


def conversation_row(account: Account, conversation: Conversation, version: int) -> Row:
    """The columns of a conversation."""
    document = Jsonb(CONVERSATIONS.wrap(conversation, version))
    return {"id": str(account), "version": version, "document": document}


def record_row(key: str, record: Record, version: int) -> Row:
    """The columns of a record."""
    return {"id": key, "version": version, "document": Jsonb(RECORDS.wrap(record, version))}


def request_row(request: LicenseRequest, version: int) -> Row:
    """The columns of a request: its document, and what it is queried by."""
    keys = Keys.of(request)
    return {
        "id": request.id,
        "version": version,
        "document": Jsonb(REQUESTS.wrap(request, version)),
        "account": keys.account,
        "status": keys.status,
        "since": keys.since,
        "remind_at": keys.remind_at,
        "standing": request.standing,
        "agreement": request.document.version,
        "assignee": None if request.assignee is None else str(request.assignee),
    }


def searched_column(request_id: RequestId, persons: PersonalData, clear: bool) -> str:
    """Return the searchable text of persons; the id alone if they are encrypted: then the process searches names."""
    return searched(request_id, persons if clear else None)


def persons_row(request_id: RequestId, persons: PersonalData, version: int) -> Row:
    """The columns of a request's persons."""
    document, text = Jsonb(PERSONS.wrap(persons, version)), searched_column(request_id, persons, not sealing())
    return {"id": request_id, "version": version, "document": document, "searched": text}


def entry_row(entry: OutboxEntry, version: int) -> Row:
    """The columns of an outbox entry, which nobody has claimed."""
    outgoing = entry.outgoing
    return {
        "id": entry.id,
        "version": version,
        "document": Jsonb(OUTBOX.wrap(entry, version)),
        "platform": outgoing.address.platform,
        "address": written(outgoing.address),
        "undeliverable": entry.undeliverable,
        "not_before": outgoing.not_before,
        "next_attempt_at": entry.next_attempt_at,
        "leased_until": None,
    }


def insertion(table: str, row: Row, on_conflict: str = "") -> sql.Composed:
    """The statement that adds a row, its values named as its columns. `on_conflict`: "update" or "ignore"."""
    names = [sql.Identifier(name) for name in row]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table), sql.SQL(", ").join(names), sql.SQL(", ").join(map(sql.Placeholder, row))
    )
    if on_conflict == "update":
        return statement + sql.SQL(" ON CONFLICT (id) DO UPDATE SET ") + _assignments(row)
    return statement + sql.SQL(" ON CONFLICT DO NOTHING" if on_conflict else "")


def _assignments(row: Row) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in row if name != "id"
    )


class Writing:
    """One commit within its transaction."""

    def __init__(self, connection: Connection, seen_kept: int) -> None:
        self._connection, self._seen_kept, self._version = connection, seen_kept, 0

    async def write(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        """The entries of the commit; none where its message was seen. Raises StaleCommit."""
        self._version = await self._next()
        if commit.message_id and not await self._is_new(commit.message_id):
            return ()
        if write := commit.conversation:
            await self._conversation(write.account, write.conversation, write.version)
        for change in commit.requests:
            await self._request(change)
        for record in commit.records:
            await self._record(record)
        for request_id, persons in commit.personal_data.items():
            await self._persons(request_id, persons)
        if commit.forgets:
            forget = sql.SQL("DELETE FROM seen WHERE string_to_array(id, ':') && %(names)s::text[]")
            await self._execute(forget, {"names": sorted(commit.forgets)})
        if commit.forgets_upto:
            forget = sql.SQL("DELETE FROM seen WHERE version <= %(upto)s")
            await self._execute(forget, {"upto": commit.forgets_upto})
        return await self._outbox(commit)

    async def _request(self, change: RequestWrite) -> None:
        row = request_row(change.request, self._version)
        if not await self._replace(REQUESTS.table, row, change.version):
            raise StaleCommit(f"{change.request.id} moved on since it was read: decide anew")

    async def _conversation(self, account: Account, conversation: Conversation | None, version: int) -> None:
        if conversation:
            row = conversation_row(account, conversation, self._version)
            done = await self._replace(CONVERSATIONS.table, row, version)
        else:
            done = await self._delete(CONVERSATIONS, str(account), version)
        if not done:
            raise StaleCommit("the conversation moved on since it was read: decide anew")

    async def _record(self, write: RecordWrite) -> None:
        if write.content is not None:
            row = record_row(write.key, Record(write.content), self._version)
            done = await self._replace(RECORDS.table, row, write.version)
        else:
            done = await self._delete(RECORDS, write.key, write.version)
        if not done:
            raise StaleCommit(f"record {write.key} moved on since it was read: decide anew")

    async def _delete(self, kind: Kind[T], key: str, version: int) -> bool:
        """Delete the document of that version (0: none); return whether it was there at that version."""
        table, values = sql.Identifier(kind.table), {"id": key, "version": version}
        if version == 0:
            return not await self._execute(sql.SQL("SELECT FROM {} WHERE id = %(id)s").format(table), values)
        delete = sql.SQL("DELETE FROM {} WHERE id = %(id)s AND version = %(version)s").format(table)
        return bool(await self._execute(delete, values))

    async def _persons(self, request_id: RequestId, persons: PersonalData | None) -> None:
        if persons is None:
            await self._execute(sql.SQL("DELETE FROM persons WHERE id = %(id)s"), {"id": request_id})
        else:
            row = persons_row(request_id, persons, self._version)
            await self._execute(insertion(PERSONS.table, row, "update"), row)

    async def _outbox(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        if commit.delivered:
            delete = sql.SQL("DELETE FROM outbox WHERE id = ANY (%(ids)s)")
            await self._execute(delete, {"ids": list(commit.delivered)})
        for entry in commit.rescheduled:
            row = entry_row(entry, self._version)
            known = sql.SQL("UPDATE outbox SET {} WHERE id = %(id)s").format(_assignments(row))
            await self._execute(known, row)
        entries = [OutboxEntry(await self._next(), new, 0, new.not_before) for new in commit.outgoing]
        for entry in entries:
            row = entry_row(entry, self._version)
            await self._execute(insertion(OUTBOX.table, row), row)
        if entries:
            await self._execute(sql.SQL("NOTIFY {}").format(sql.Identifier(CHANNEL)), {})
        return tuple(entries)

    async def _replace(self, table: str, row: Row, version: int) -> bool:
        """Write the row over the one of that version (0: none); return whether that version was there."""
        if version == 0:
            return bool(await self._execute(insertion(table, row, "ignore"), row))
        statement = sql.SQL("UPDATE {} SET {} WHERE id = %(id)s AND version = %(old)s")
        update = statement.format(sql.Identifier(table), _assignments(row))
        return bool(await self._execute(update, row | {"old": version}))

    async def _is_new(self, message_id: str) -> bool:
        if self._version % PRUNED_EVERY == 0:
            forget = sql.SQL("DELETE FROM seen WHERE version <= %(version)s")
            await self._execute(forget, {"version": self._version - self._seen_kept})
        row: Row = {"id": message_id, "version": self._version}
        return bool(await self._execute(insertion("seen", row, "ignore"), row))

    async def _execute(self, statement: sql.SQL | sql.Composed, row: Row) -> int:
        return (await self._connection.execute(statement, row)).rowcount

    async def _next(self) -> int:
        row = await (await self._connection.execute("SELECT nextval('commits')")).fetchone()
        assert row
        return int(row[0])
