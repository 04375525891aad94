"""PostgreSQL with several bot processes on it, and with a connection that may go at any moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.app.outbox_worker import OutboxWorker
from bot.desk.search import Asker, parse
from bot.model.errors import StaleCommit, StoreDamaged, StoreError
from bot.model.identity import DeliveryAddress
from bot.request.query import RequestQuery
from bot.store.journal.store import TinyDBStore
from bot.store.migration import copy
from bot.store.port import Commit, ConversationWrite, OutboxEntry
from bot.store.postgres import store as postgres_module
from bot.store.postgres.commit import PRUNED_EVERY, insertion, persons_row, request_row
from bot.store.postgres.schema import MIGRATIONS, migrate
from bot.store.postgres.store import PostgresStore
from tests.fakes import FakeClock
from tests.postgres import Server
from tests.store_values import ACCOUNT, DRAFT, LEASE, NOW, PERSONS, PLATFORMS, R1, a_request, a_turn, opened, outgoing


@pytest.fixture
async def stores(database: str) -> AsyncIterator[list[PostgresStore]]:
    """Two stores on one database, as two processes have them."""
    stores = [await PostgresStore.open(database) for _ in range(2)]
    yield stores
    await asyncio.gather(*(store.aclose() for store in stores))


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_module, "FIRST_WAIT", 0.001)


def drop_connections(url: str) -> int:
    """As the server's restart or a network does; how many there were."""
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid() AND usename IS NOT NULL"
    )
    with psycopg.connect(url) as connection:
        return len(connection.execute(others).fetchall())


async def test_the_turns_of_an_account_follow_each_other_whichever_process_they_are_in(
    stores: list[PostgresStore],
) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with stores[0].account_lock(ACCOUNT):
            entered.set()
            await leave.wait()
            await stores[0].commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, 0)))

    async def second() -> int:
        async with stores[1].account_lock(ACCOUNT):
            return (await stores[1].conversation(ACCOUNT)).version

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(first())
        await entered.wait()
        waiting = tasks.create_task(second())
        while not await waits_for_lock(stores[0]):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)
        leave.set()
    assert waiting.result() > 0


async def waits_for_lock(store: PostgresStore) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool((await store._rows(psycopg.sql.SQL(waiting), ()))[0][0])  # noqa: SLF001


async def test_more_turns_than_connections_all_have_their_turn(database: str) -> None:
    store = await PostgresStore.open(database, connections=3)

    async def turn(number: int) -> None:
        account = replace(ACCOUNT, user=str(number % 6))
        async with store.account_lock(account):
            conversation = await store.conversation(account)
            draft = replace(DRAFT, last_unit=str(int(getattr(conversation.value, "last_unit", 0)) + 1))
            await store.commit(Commit(conversation=ConversationWrite(account, draft, conversation.version)))

    async with asyncio.timeout(30):
        await asyncio.gather(*map(turn, range(30)))
    for number in range(6):
        conversation = (await store.conversation(replace(ACCOUNT, user=str(number)))).value
        assert conversation
        assert conversation.last_unit == "5"
    await store.aclose()


async def test_an_entry_is_claimed_by_one_process_only(stores: list[PostgresStore]) -> None:
    chats = [DeliveryAddress("slack", str(number)) for number in range(40)]
    entries = await stores[0].commit(Commit(outgoing=tuple(outgoing("1", chat) for chat in chats)))
    claims = await asyncio.gather(*(stores[n % 2].claim(PLATFORMS, NOW, LEASE, 5) for n in range(20)))
    claimed = [entry for claim in claims for entry in claim.entries]
    assert len({entry.id for entry in claimed}) == len(claimed)
    rest = await stores[0].claim(PLATFORMS, NOW, LEASE, 99)
    assert {entry.id for entry in (*claimed, *rest.entries)} == {entry.id for entry in entries}


async def test_what_one_process_commits_wakes_the_other(stores: list[PostgresStore]) -> None:
    waiting = asyncio.create_task(stores[1].outbox_changed())
    await stores[0].commit(Commit(outgoing=(outgoing("1"),)))
    async with asyncio.timeout(10):
        await waiting


async def test_two_workers_send_each_message_once_and_in_order(stores: list[PostgresStore]) -> None:
    sent: list[tuple[str, int]] = []

    async def deliver(entry: OutboxEntry) -> Sequence[str]:
        await asyncio.sleep(0)
        sent.append((entry.outgoing.address.chat, entry.id))
        return ()

    chats = [DeliveryAddress("slack", str(number % 5)) for number in range(40)]
    entries = await stores[0].commit(Commit(outgoing=tuple(outgoing("1", chat) for chat in chats)))
    workers = [OutboxWorker(store, {"slack": deliver}, FakeClock(NOW)) for store in stores]
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        for worker in workers:
            tasks.create_task(worker.run())
        while await stores[0].outbox():  # noqa: ASYNC110 - the workers tell nobody
            await asyncio.sleep(0)
        for worker in workers:
            worker.stop()
    assert sorted(number for _, number in sent) == [entry.id for entry in entries]
    for chat in {chat.chat for chat in chats}:
        of_chat = [number for to, number in sent if to == chat]
        assert of_chat == sorted(of_chat)


@pytest.mark.usefixtures("_impatient")
async def test_a_lost_connection_is_replaced(stores: list[PostgresStore], database: str) -> None:
    store = stores[0]
    await store.commit(a_turn())
    assert drop_connections(database) >= 4
    assert await store.request(R1)
    drop_connections(database)
    assert await store.commit(a_turn()) == ()
    drop_connections(database)
    assert len((await store.claim(PLATFORMS, NOW, LEASE, 9)).entries) == 1
    drop_connections(database)
    async with store.account_lock(ACCOUNT):
        read = await store.conversation(ACCOUNT)
        drop_connections(database)
        await store.commit(Commit("m2", ConversationWrite(ACCOUNT, None, read.version)))
    assert (await store.conversation(ACCOUNT)).value is None


async def test_who_waits_for_messages_is_told_of_a_lost_connection_and_woken_after_it(
    stores: list[PostgresStore], database: str
) -> None:
    waiting = asyncio.create_task(stores[1].outbox_changed())
    await asyncio.sleep(0)
    drop_connections(database)
    with pytest.raises(StoreError, match="does not answer"):
        await waiting
    async with asyncio.timeout(10):
        await stores[1].outbox_changed()


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("commit", [a_turn(), opened(a_request()), Commit(outgoing=(outgoing("one"),))])
async def test_a_commit_whose_answer_was_lost_is_never_made_twice(
    stores: list[PostgresStore], monkeypatch: pytest.MonkeyPatch, commit: Commit
) -> None:
    done = psycopg.AsyncTransaction.__aexit__
    lost: list[object] = []

    async def lose_the_first(self: psycopg.AsyncTransaction, *error: Any) -> Any:  # noqa: ANN401
        result = await done(self, *error)
        if not lost:
            lost.append(self)
            raise psycopg.OperationalError("the connection is lost")
        return result

    monkeypatch.setattr(psycopg.AsyncTransaction, "__aexit__", lose_the_first)
    try:
        assert await stores[0].commit(commit) == ()
    except (StaleCommit, StoreError) as error:
        assert isinstance(error, StaleCommit) == bool(commit.requests)  # noqa: PT017
    assert lost
    assert [entry.outgoing for entry in await stores[0].outbox()] == list(commit.outgoing)


@pytest.mark.usefixtures("_impatient")
async def test_a_server_that_is_away_is_named_and_its_return_is_enough(postgres: Server, database: str) -> None:
    store = await PostgresStore.open(database, patience=0.1)
    await store.commit(a_turn())
    postgres.stop()
    try:
        with pytest.raises(StoreError, match="the database does not answer"):
            await store.request(R1)
        with pytest.raises(StoreError, match="the database does not answer"):
            async with store.account_lock(ACCOUNT):
                pass
        with pytest.raises(StoreError, match="cannot be reached"):
            await PostgresStore.open(database)
    finally:
        postgres.start()
    async with asyncio.timeout(30):
        while True:
            with suppress(StoreError):
                assert await store.request(R1)
                break
    await store.aclose()


async def test_a_database_without_the_schema_of_this_la_bot_is_refused(database: str) -> None:
    assert migrate(database) == (len(MIGRATIONS), len(MIGRATIONS))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO la_bot_schema VALUES (99)")
        with pytest.raises(StoreDamaged, match=f"schema 99, not {len(MIGRATIONS)}: run the newer la-bot"):
            await PostgresStore.open(database)
        assert migrate(database) == (99, 99)
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        with pytest.raises(StoreDamaged, match=f"schema 0, not {len(MIGRATIONS)}: run la-bot store migrate"):
            await PostgresStore.open(database)


async def test_two_releases_that_migrate_at_once_do_it_once(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    outcomes = await asyncio.gather(*(asyncio.to_thread(migrate, database) for _ in range(3)))
    assert sorted(before for before, _ in outcomes) == [0, len(MIGRATIONS), len(MIGRATIONS)]


async def test_message_ids_are_remembered_for_long_but_not_for_ever(database: str) -> None:
    store = await PostgresStore.open(database, seen_kept=50)
    for number in range(220):
        await store.commit(Commit(f"m{number}"))
    seen = [await store.seen(f"m{number}") for number in range(220)]
    assert seen[-50:] == [True] * 50
    assert seen.count(True) <= 50 + PRUNED_EVERY
    await store.aclose()


async def test_copied_message_ids_are_remembered_as_the_last_ones(database: str, tmp_path: Path) -> None:
    old = TinyDBStore(tmp_path / "store.json")
    for _ in range(300):
        await old.commit(Commit())
    await old.commit(Commit("m1"))
    await old.aclose()
    copy(str(tmp_path / "store.json"), database)
    store = await PostgresStore.open(database, seen_kept=150)
    for number in range(110):
        await store.commit(Commit(str(number)))
    assert await store.seen("m1")
    await store.aclose()


async def test_a_task_that_outlives_its_turn_uses_a_connection_of_its_own(stores: list[PostgresStore]) -> None:
    go_on = asyncio.Event()

    async def late() -> object:
        await go_on.wait()
        return await stores[0].request(R1)

    async with stores[0].account_lock(ACCOUNT):
        task = asyncio.create_task(late())
    go_on.set()
    assert await task is None


async def test_what_the_database_cannot_hold_is_refused_whole(stores: list[PostgresStore]) -> None:
    commit = replace(a_turn(), outgoing=(outgoing("a\0b"),))
    with pytest.raises(StoreError, match="the store cannot hold this"):
        await stores[0].commit(commit)
    assert await stores[0].request(R1) is None


async def test_an_older_schema_is_upgraded_with_what_it_holds(database: str) -> None:
    """The second schema: no standing, no version of the LA, and strokes in what is searched."""
    persons = replace(PERSONS, signer=replace(PERSONS.signer, name="Łukasz Æsir"))
    rows = {"requests": request_row(a_request(), 1), "persons": persons_row(R1, persons, 1)}
    rows["persons"]["searched"] = "4dme-7kq2m-xb4rt\nłukasz æsir\nz@x.de\noulu"
    for column in ("standing", "agreement", "assignee"):
        del rows["requests"][column]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute("CREATE TABLE la_bot_schema (version integer NOT NULL)")
        connection.execute("INSERT INTO la_bot_schema VALUES (1), (2)")
        for step in MIGRATIONS[:2]:
            connection.execute(step)
        for table, row in rows.items():
            connection.execute(insertion(table, row), row)
    assert migrate(database) == (2, len(MIGRATIONS))
    store = await PostgresStore.open(database)
    wanted = parse("lukasz name:aesir version:29.04 waiting:signer", Asker(NOW))
    assert isinstance(wanted, RequestQuery)
    assert await store.requests(wanted) == [a_request()]
    await store.aclose()
