"""The Store port on PostgreSQL: for several bot processes at once, or where the disk does not last.

A turn holds its account's lock in the database, on the connection that it also reads and commits on. A connection that
is lost is replaced, and what was asked is asked again: a commit that had gone through is known by its message id, or
is refused as stale. The URL leads to the server itself, or to a pooler in session mode: locks and LISTEN need one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from psycopg import AsyncConnection, DataError, InterfaceError, OperationalError, sql
from psycopg.errors import UndefinedTable
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.dialogue.state import Conversation
from bot.model.errors import StoreDamaged, StoreError
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.json_codec import JsonObject
from bot.model.people import PersonalData
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.store.documents import CONVERSATIONS, OUTBOX, PERSONS, RECORDS, REQUESTS, SEEN_KEPT, Kind
from bot.store.encryption import SEALED, in_use, sealing
from bot.store.memory.contents import Contents
from bot.store.port import Claim, Commit, OutboxEntry, Stored
from bot.store.postgres.commit import Connection, Writing, written
from bot.store.postgres.schema import CHANNEL, MIGRATIONS
from bot.store.postgres.search import reads_persons, where

T = TypeVar("T")

Values = Sequence[object] | Mapping[str, object]

ATTEMPTS = 6
FIRST_WAIT = 0.05
"""Seconds; doubled after each attempt, so that a server that restarts in a second is waited for."""


@dataclass
class _Held:
    """The connection that holds an account's lock; None once the lock was let go."""

    connection: Connection | None


_held: ContextVar[_Held | None] = ContextVar("held", default=None)


async def _configure(connection: Connection) -> None:
    await connection.set_autocommit(True)
    await connection.execute("SET TIME ZONE 'UTC'; SET lock_timeout = '30s'")


class PostgresStore:
    """`bot.store.port.Store` in the database at `url`; `await PostgresStore.open(url)`.

    `connections`: how many turns may go on at once. `patience`: how many seconds a turn waits for one of them.
    """

    def __init__(self, url: str, connections: int, patience: float, seen_kept: int) -> None:
        self._url, self._seen_kept = url, seen_kept
        self._pool = AsyncConnectionPool[Connection](
            url,
            connection_class=AsyncConnection[tuple[Any, ...]],
            min_size=1,
            max_size=connections,
            open=False,
            timeout=patience,
            configure=_configure,
            check=AsyncConnectionPool.check_connection,
        )
        self._locks: WeakValueDictionary[Account, asyncio.Lock] = WeakValueDictionary()
        self._listener: Connection | None = None

    @classmethod
    async def open(
        cls, url: str, connections: int = 10, patience: float = 10.0, seen_kept: int = SEEN_KEPT
    ) -> "PostgresStore":
        """Connect. Raises StoreError where there is no server, StoreDamaged where its schema is not this la-bot's.

        Raises StoreEncrypted where a key of its documents is not in use.
        """
        store = cls(url, connections, patience, seen_kept)
        try:
            store._listener = await store._listen()
            await store._pool.open(wait=True, timeout=patience)
            if (version := await store._schema()) != len(MIGRATIONS):
                advice = "la-bot store migrate" if version < len(MIGRATIONS) else "the newer la-bot"
                raise StoreDamaged(f"the database has schema {version}, not {len(MIGRATIONS)}: run {advice}")
            in_use().demand(filter(None, await store.seals()))
        except OperationalError as error:
            await store.aclose()
            raise StoreError(f"the database cannot be reached: {_told(error)}") from error
        except BaseException:
            await store.aclose()
            raise
        return store

    async def _schema(self) -> int:
        """The version that `la-bot store migrate` left; 0 where it never ran."""
        try:
            ((version,),) = await self._rows(sql.SQL("SELECT max(version) FROM la_bot_schema"), ())
        except UndefinedTable:
            return 0
        return version or 0

    async def _run(self, work: Callable[[Connection], Awaitable[T]], attempts: int = ATTEMPTS) -> T:
        """Do it on a connection, and again on another one where that was lost. Raises StoreError in the end."""
        for attempt in range(1, attempts + 1):
            try:
                async with self._connection() as connection:
                    return await work(connection)
            except (OperationalError, InterfaceError) as error:
                if attempt == attempts or isinstance(error, PoolTimeout):
                    raise StoreError(f"the database does not answer: {_told(error)}") from error
                await asyncio.sleep(FIRST_WAIT * 2 ** (attempt - 1))
            except (DataError, UnicodeEncodeError) as error:
                raise StoreError(f"the store cannot hold this: {type(error).__name__}") from error
        raise AssertionError

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """The one that holds the lock of this turn's account, or one of the pool."""
        held = _held.get()
        if held and held.connection and not held.connection.closed:
            yield held.connection
        else:
            async with self._pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def account_lock(self, account: Account) -> AsyncIterator[None]:
        """See the port. Within the process first, so that a waiting turn takes no connection."""
        async with self._locks.setdefault(account, asyncio.Lock()), self._locked(account) as held:
            token = _held.set(held)
            try:
                yield
            finally:
                _held.reset(token)

    @asynccontextmanager
    async def _locked(self, account: Account) -> AsyncIterator[_Held]:
        lock = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
        unlock = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
        try:
            connection = await self._pool.getconn()
        except OperationalError as error:
            raise StoreError(f"the database does not answer: {_told(error)}") from error
        held = _Held(connection)
        try:
            try:
                await connection.execute(lock, [str(account)])
            except OperationalError as error:
                raise StoreError(f"the account's lock is not to be had: {_told(error)}") from error
            yield held
        finally:
            held.connection = None
            with suppress(OperationalError):  # lost, and the lock with it
                await connection.execute(unlock, [str(account)])
            await self._pool.putconn(connection)

    async def _rows(self, query: sql.SQL | sql.Composed, values: Values) -> list[tuple[Any, ...]]:
        async def read(connection: Connection) -> list[tuple[Any, ...]]:
            return await (await connection.execute(query, values)).fetchall()

        return await self._run(read)

    async def _stored(self, kind: Kind[T], key: str) -> Stored[T] | None:
        query = sql.SQL("SELECT document FROM {} WHERE id = %s").format(sql.Identifier(kind.table))
        rows = await self._rows(query, [key])
        return kind.unwrap(rows[0][0], key) if rows else None

    async def conversation(self, account: Account) -> Stored[Conversation | None]:
        """See the port."""
        stored = await self._stored(CONVERSATIONS, str(account))
        return Stored(stored.value, stored.version) if stored else Stored(None, 0)

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """See the port."""
        rows = await self._rows(sql.SQL("SELECT id, document FROM conversations"), ())
        return {Account.parse(key): CONVERSATIONS.unwrap(document, key) for key, document in rows}

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """See the port."""
        return await self._stored(REQUESTS, request_id)

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """See the port."""
        stored = await self._stored(PERSONS, request_id)
        return stored.value if stored else None

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """See the port."""
        stored = await self._stored(RECORDS, key)
        return Stored(stored.value.content, stored.version) if stored else Stored(None, 0)

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """See the port."""
        query = sql.SQL('SELECT id, document FROM records WHERE starts_with(id, %s) ORDER BY id COLLATE "C"')
        found = ((key, RECORDS.unwrap(document, key)) for key, document in await self._rows(query, [prefix]))
        return {key: Stored(stored.value.content, stored.version) for key, stored in found}

    async def seen(self, message_id: str) -> bool:
        """See the port."""
        return bool(await self._rows(sql.SQL("SELECT FROM seen WHERE id = %s"), [message_id]))

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """See the port."""
        if sealing() and reads_persons(query):
            return await asyncio.to_thread((await self._contents()).requests, query)
        condition, values = where(query)
        selected = sql.SQL(
            "SELECT id, requests.document FROM requests LEFT JOIN persons USING (id) WHERE {}"
            ' ORDER BY since {order}, id COLLATE "C" {order} LIMIT %s OFFSET %s'
        ).format(condition, order=sql.SQL("ASC" if query.oldest_first else "DESC"))
        rows = await self._rows(selected, [*values, query.limit, query.offset])
        return [REQUESTS.unwrap(document, key).value for key, document in rows]

    async def _contents(self) -> Contents:
        """All requests and persons: the database cannot look for names that it cannot read."""
        tables = {}
        for kind in (REQUESTS, PERSONS):
            query = sql.SQL("SELECT id, document::text FROM {}").format(sql.Identifier(kind.table))
            tables[kind.table] = {key: text.encode() for key, text in await self._rows(query, ())}
        return await asyncio.to_thread(Contents, tables)

    async def due(self, by: datetime, limit: int) -> Sequence[Stored[LicenseRequest]]:
        """See the port."""
        query = sql.SQL("SELECT id, document FROM requests WHERE remind_at <= %s ORDER BY remind_at, id LIMIT %s")
        return [REQUESTS.unwrap(document, key) for key, document in await self._rows(query, [by, limit])]

    async def count(self, query: RequestQuery) -> int:
        """See the port."""
        if sealing() and reads_persons(query):
            return await asyncio.to_thread((await self._contents()).index.count, query)
        condition, values = where(query)
        counted = sql.SQL("SELECT count(*) FROM requests LEFT JOIN persons USING (id) WHERE {}").format(condition)
        ((count,),) = await self._rows(counted, values)
        return int(count)

    async def outbox(self, address: DeliveryAddress | None = None) -> Sequence[OutboxEntry]:
        """See the port."""
        wanted = None if address is None else written(address)
        query = sql.SQL("SELECT id, document FROM outbox WHERE %(at)s::text IS NULL OR address = %(at)s ORDER BY id")
        return [OUTBOX.unwrap(document, str(key)).value for key, document in await self._rows(query, {"at": wanted})]

    async def claim(self, platforms: Collection[str], now: datetime, lease: timedelta, limit: int) -> Claim:
        """See the port. A lease is a column, so that all processes know of it."""
        values = {"platforms": list(platforms), "now": now, "until": now + lease, "limit": limit}
        ((documents, wake_at),) = await self._rows(CLAIM, values)
        entries = (OUTBOX.unwrap(document, "claimed").value for document in documents or ())
        return Claim(tuple(sorted(entries, key=lambda entry: entry.id)), wake_at)

    async def outbox_changed(self) -> None:
        """See the port. It returns after a lost connection too: what was said meanwhile is unknown."""
        try:
            if self._listener is None:
                self._listener = await self._listen()
                return
            async for _ in self._listener.notifies(stop_after=1):
                return
        except (OperationalError, InterfaceError) as error:
            self._listener = None
            raise StoreError(f"the database does not answer: {_told(error)}") from error

    async def _listen(self) -> Connection:
        connection = await AsyncConnection.connect(self._url, autocommit=True)
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        return connection

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        """See the port. It is one transaction, and made again after a lost connection where that cannot double it."""
        decided = commit.conversation or commit.requests or commit.records
        known_again = commit.message_id or decided or not commit.outgoing

        async def write(connection: Connection) -> tuple[OutboxEntry, ...]:
            async with connection.transaction():
                return await Writing(connection, self._seen_kept).write(commit)

        return await self._run(write, ATTEMPTS if known_again else 1)

    async def seals(self) -> Mapping[str, int]:
        """See the port."""
        return dict(await self._rows(SEALS, ()))

    async def forget_history(self) -> tuple[str, ...]:
        """See the port. VACUUM takes away the rows that nobody can query any more; what the server archives stays.

        Of a few rows it would leave the keys in the indexes, where that is not asked for.
        """

        async def vacuum(connection: Connection) -> None:
            await connection.execute(
                "VACUUM (INDEX_CLEANUP ON) conversations, requests, persons, outbox, seen, records"
            )

        await self._run(vacuum)
        return ()

    async def aclose(self) -> None:
        """See the port."""
        if self._listener:
            await self._listener.close()
        await self._pool.close()


_KEYS = sql.SQL(" UNION ALL ").join(
    sql.SQL("SELECT coalesce(document ->> 'key', '') AS key FROM {}").format(sql.Identifier(table))
    for table in sorted(SEALED)
)
SEALS = sql.SQL("SELECT key, count(*) FROM ({}) AS keys GROUP BY key").format(_KEYS)

CLAIM = sql.SQL("""
    WITH waiting AS (
        SELECT * FROM outbox WHERE NOT undeliverable AND platform = ANY (%(platforms)s)
    ), heads AS (
        SELECT DISTINCT ON (address) id, greatest(next_attempt_at, leased_until) AS ready_at
        FROM waiting WHERE not_before <= %(now)s ORDER BY address, id
    ), free AS (
        SELECT id FROM outbox JOIN heads USING (id)
        WHERE greatest(outbox.next_attempt_at, outbox.leased_until) <= %(now)s
        ORDER BY id LIMIT %(limit)s FOR UPDATE OF outbox SKIP LOCKED
    ), claimed AS (
        UPDATE outbox SET leased_until = %(until)s FROM free WHERE outbox.id = free.id RETURNING document
    )
    SELECT (SELECT jsonb_agg(document) FROM claimed), (
        SELECT min(at) FROM (
            SELECT ready_at AS at FROM heads UNION ALL SELECT not_before FROM waiting
        ) AS instants WHERE at > %(now)s
    )
""")


def _told(error: Exception) -> str:
    """The first line of an error: those of libpq have several."""
    return str(error).partition("\n")[0] or type(error).__name__
