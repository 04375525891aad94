"""The tables of the PostgreSQL store, as the steps that make and upgrade them.

A document stands whole in `document`; beside it, in columns, what is queried, and the commit's number as `version`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from bot.model.errors import StoreError

MIGRATIONS: tuple[LiteralString, ...] = (
    """
    CREATE SEQUENCE commits;
    CREATE TABLE conversations (id text PRIMARY KEY, version bigint NOT NULL, document jsonb NOT NULL);
    CREATE TABLE requests (
        id text PRIMARY KEY, version bigint NOT NULL, document jsonb NOT NULL,
        account text, status text NOT NULL, since timestamptz NOT NULL, remind_at timestamptz
    );
    CREATE INDEX requests_by_account ON requests (account);
    CREATE INDEX requests_by_status ON requests (status, since);
    CREATE INDEX requests_by_since ON requests (since);
    CREATE INDEX requests_by_remind_at ON requests (remind_at);
    CREATE TABLE persons (
        id text PRIMARY KEY, version bigint NOT NULL, document jsonb NOT NULL, searched text NOT NULL
    );
    CREATE TABLE outbox (
        id bigint PRIMARY KEY, version bigint NOT NULL, document jsonb NOT NULL,
        platform text NOT NULL, address text NOT NULL, undeliverable boolean NOT NULL,
        not_before timestamptz NOT NULL, next_attempt_at timestamptz NOT NULL, leased_until timestamptz
    );
    CREATE INDEX outbox_lanes ON outbox (address, id) WHERE NOT undeliverable;
    CREATE TABLE seen (id text PRIMARY KEY, version bigint NOT NULL);
    CREATE INDEX seen_by_version ON seen (version);
    """,
    "CREATE TABLE records (id text PRIMARY KEY, version bigint NOT NULL, document jsonb NOT NULL)",
    """
    ALTER TABLE requests ADD standing text, ADD agreement text, ADD assignee text;
    UPDATE requests SET standing = document #>> '{value,standing}',
        agreement = document #>> '{value,documents,-1,version}', assignee = document #>> '{value,assignee}';
    ALTER TABLE requests ALTER standing SET NOT NULL, ALTER agreement SET NOT NULL;
    UPDATE persons SET searched = replace(replace(replace(
        translate(searched, 'øłđðħı', 'olddhi'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    """,
    # ANALYZE, which the server runs by itself, copies values into pg_statistic, where they outlive their rows (those of
    # an emptied table for ever): none of what may name a person. A new type, be it the old one, drops what is there.
    """
    ALTER TABLE conversations ALTER id TYPE text, ALTER document TYPE jsonb;
    ALTER TABLE conversations ALTER id SET STATISTICS 0, ALTER document SET STATISTICS 0;
    ALTER TABLE requests ALTER account TYPE text, ALTER document TYPE jsonb;
    ALTER TABLE requests ALTER account SET STATISTICS 0, ALTER document SET STATISTICS 0;
    ALTER TABLE persons ALTER searched TYPE text, ALTER document TYPE jsonb;
    ALTER TABLE persons ALTER searched SET STATISTICS 0, ALTER document SET STATISTICS 0;
    ALTER TABLE outbox ALTER address TYPE text, ALTER document TYPE jsonb;
    ALTER TABLE outbox ALTER address SET STATISTICS 0, ALTER document SET STATISTICS 0;
    ALTER TABLE seen ALTER id TYPE text;
    ALTER TABLE seen ALTER id SET STATISTICS 0;
    ALTER TABLE records ALTER id TYPE text, ALTER document TYPE jsonb;
    ALTER TABLE records ALTER id SET STATISTICS 0, ALTER document SET STATISTICS 0;
    """,
)

CHANNEL = "la_bot_outbox"

_LOCK = 0x4C41424F54


@contextmanager
def database_errors() -> Iterator[None]:
    """psycopg's errors as ours, in one line."""
    try:
        yield
    except psycopg.Error as error:
        raise StoreError(f"the database: {str(error).partition(chr(10))[0]}") from error


def migrate(url: str) -> tuple[int, int]:
    """Take the steps that are missing, all or none; returns the versions before and after.

    Raises StoreError where the database refuses or cannot be reached.
    """
    with database_errors(), psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute("CREATE TABLE IF NOT EXISTS la_bot_schema (version integer NOT NULL)")
        row = connection.execute("SELECT max(version) FROM la_bot_schema").fetchone()
        before = int(row[0]) if row and row[0] else 0
        for version, step in enumerate(MIGRATIONS[before:], before + 1):
            connection.execute(step)
            connection.execute("INSERT INTO la_bot_schema VALUES (%s)", [version])
    return before, max(before, len(MIGRATIONS))
