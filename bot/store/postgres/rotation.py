"""`bot.store.key_rotation` of a PostgreSQL database. Bots may run on it, if they have the new key already."""

from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from bot.model.identity import RequestId
from bot.store.documents import PERSONS
from bot.store.encryption import SEALED, resealed
from bot.store.key_rotation import Rotated
from bot.store.postgres.commit import searched_column
from bot.store.postgres.schema import database_errors

Connection = psycopg.Connection[tuple[Any, ...]]


def rotate_database(url: str, clear: bool) -> Rotated:
    """Write it anew in one transaction, then its tables. Raises StoreError, StoreEncrypted: then nothing changed."""
    tables = sorted(SEALED)
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    with database_errors():
        with psycopg.connect(url) as connection:
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
            documents = sum(_rewrite(connection, table, clear) for table in tables)
        with psycopg.connect(url, autocommit=True) as connection:
            # Of a schema before the fourth, the planner's statistics held values.
            connection.execute(sql.SQL("VACUUM FULL {}, pg_statistic").format(names))
    return Rotated(documents)


def _rewrite(connection: Connection, table: str, clear: bool) -> int:
    """Replace the documents of a table; how many there were."""
    name = sql.Identifier(table)
    update = sql.SQL("UPDATE {} SET document = %s WHERE id = %s").format(name)
    rows = connection.execute(sql.SQL("SELECT id, document FROM {}").format(name)).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(update, [(Jsonb(resealed(table, str(key), document, clear)), key) for key, document in rows])
        if table == PERSONS.table:
            persons = ((key, PERSONS.unwrap(document, key).value) for key, document in rows)
            found = [(searched_column(RequestId(key), value, clear), key) for key, value in persons]
            cursor.executemany("UPDATE persons SET searched = %s WHERE id = %s", found)
    return len(rows)
