"""After `erase` nothing of the person is left, in no file and in no row, whatever happened meanwhile; others stay."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app.desk_commands import DeskPolicy
from bot.dialogue.state import Step
from bot.model.errors import StoreError
from bot.model.identity import Actor, DeliveryAddress, RequestId, Role, address_of
from bot.model.incoming import Incoming, Typed
from bot.model.message import plain_text
from bot.model.people import NO_SIGNER, PersonalData
from bot.privacy.chat_clearing import SENT
from bot.privacy.restore import restore
from bot.privacy.retention import Evidence
from bot.privacy.subject_access import of_account
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.encryption import use_keys
from bot.store.journal import file as journal_module
from bot.store.journal.backup import backup, check
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, ConversationWrite, OutboxEntry, RecordWrite, RequestWrite, Store
from bot.store.postgres.schema import migrate
from bot.store.postgres.store import PostgresStore
from tests.erasures import (
    DM,
    DONE,
    GRANTED,
    OPEN,
    OTHERS,
    STAFF,
    VALUES,
    WHO,
    deliver_all,
    erase,
    fill,
    left_in_files,
    left_in_rows,
    persons_of,
)
from tests.fakes import FakeStore
from tests.postgres import Server
from tests.store_values import DRAFT, KEY, NOW, OTHER, PERSONS, outgoing
from tests.talk import World


@pytest.fixture(params=["fake", "tinydb", "postgres", "encrypted tinydb", "encrypted postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param.startswith("encrypted"):
        request.getfixturevalue("encrypted")
    match request.param.split()[-1]:
        case "fake":
            store: Store = FakeStore()
        case "tinydb":
            store = TinyDBStore(tmp_path / "journal.jsonl")
        case _:
            store = await PostgresStore.open(request.getfixturevalue("database"))
    yield store
    await store.aclose()


def world_of(store: Store) -> World:
    return World(store=store, staff=(STAFF,))


async def test_everything_of_the_person_goes_and_everything_of_others_stays(store: Store) -> None:
    await fill(store, VALUES)
    entries = await erase(world_of(store).service())
    assert await store.requests(RequestQuery(account=WHO)) == []
    assert [await store.personal_data(request_id) for request_id in (OPEN, DONE)] == [None, None]
    assert (await store.conversation(WHO)).value is None
    assert await store.requests(RequestQuery(text="canary")) == []
    assert await store.records("activity/") == {}
    assert await store.personal_data(OTHERS) == PERSONS
    assert [r.id for r in await store.requests(RequestQuery(account=OTHER))] == [OTHERS]
    assert [entry.outgoing.address for entry in entries] == [address_of(STAFF), DM]


async def test_what_happened_stays_and_the_open_request_is_withdrawn_first(store: Store) -> None:
    await fill(store, VALUES)
    await erase(world_of(store).service())
    opened, closed = await store.request(OPEN), await store.request(DONE)
    assert opened
    assert closed
    assert [event.happened for event in opened.value.events] == ["issued", "withdrawn", "erased"]
    assert (closed.value.status, closed.value.events[-1].happened) == (Status.REJECTED, "erased")
    assert opened.value.document.pdf_sha256
    told = [plain_text(entry.outgoing.message) for entry in await store.outbox(address_of(STAFF))]
    (notice,) = [words for words in told if "had their data erased" in words]
    assert all(request_id in notice for request_id in (OPEN, DONE))
    assert f"Withdrawn with that: {OPEN}" in notice
    assert "Please delete" in notice
    assert all("canary" not in words.casefold() for words in told)


async def test_of_a_granted_license_the_sign_block_stays_and_nobody_else(store: Store) -> None:
    await fill(store, VALUES, granted=True)
    (_, answer) = await erase(world_of(store).service())
    stored = await store.request(GRANTED)
    assert stored
    assert (stored.value.status, stored.value.account, stored.value.address) == (Status.APPROVED, None, None)
    persons = await store.personal_data(GRANTED)
    assert persons
    assert (persons.signer.name, persons.applicant) == (VALUES[0], None)
    assert f"evidence of a license: {GRANTED}" in plain_text(answer.outgoing.message)


async def test_where_the_controller_keeps_no_evidence_the_signer_goes_too(store: Store) -> None:
    world = world_of(store)
    world.retention = replace(world.retention, evidence=Evidence.NOTHING)
    await fill(store, VALUES, granted=True)
    await erase(world.service())
    assert await store.personal_data(GRANTED) is None


async def test_what_waits_in_any_thread_of_the_chat_goes_and_is_shown_before(store: Store) -> None:
    await fill(store, VALUES)
    threads = [replace(DM, thread=thread) for thread in ("1700000009.000900", "")]
    desk = DeliveryAddress("slack", "C0DESK")
    at_desk = [outgoing(f"show: {VALUES[0]}", replace(desk, thread="1.2"), about=None), outgoing("4 wait", desk)]
    waiting = [*(outgoing(f"Is {VALUES[0]} right?", thread, about=None) for thread in threads), *at_desk]
    *_, harmless = await store.commit(Commit(outgoing=tuple(waiting)))
    world = replace(world_of(store), desk=DeskPolicy(channel=desk))
    assert len((await of_account(store, WHO, DM)).waiting) == 3
    await erase(world.service())
    left = [entry for entry in await store.outbox() if entry.outgoing.address.chat in {DM.chat, desk.chat}]
    (notice,) = [entry for entry in left if "had their data erased" in plain_text(entry.outgoing.message)]
    assert {entry.id for entry in left if not entry.outgoing.clears} == {harmless.id, notice.id}


class Noting(FakeStore):
    """Writes down in which order an erasure goes; `refusing`: its disk is full."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []
        self.refusing = False

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        self.order += ["erased"] if commit.forgets else []
        self.order += ["said" for outgoing in commit.outgoing if outgoing.traceless]
        return await super().commit(commit)

    async def forget_history(self) -> tuple[str, ...]:
        if self.refusing:
            raise StoreError("the disk is full")
        self.order.append("forgotten")
        return await super().forget_history()


async def test_the_answer_comes_only_once_the_history_is_forgotten() -> None:
    store = Noting()
    await fill(store, VALUES)
    await erase(world_of(store).service())
    assert store.order == ["erased", "forgotten", "said"]


async def test_where_the_disk_refuses_nothing_is_claimed_and_the_clock_says_it_later() -> None:
    store = Noting()
    store.refusing = True
    await fill(store, VALUES)
    service = world_of(store).service()
    assert [entry.outgoing.address for entry in await erase(service)] == [address_of(STAFF)]
    with pytest.raises(StoreError):
        await service.rights.erasing.finish(service.issuer.now())
    store.refusing = False
    (answer,) = await service.rights.erasing.finish(service.issuer.now())
    assert "It is done" in plain_text(answer.outgoing.message)
    assert await service.rights.erasing.finish(service.issuer.now()) == ()


async def test_two_processes_that_find_an_erasure_pending_say_it_once(store: Store) -> None:
    await fill(store, VALUES)
    service = world_of(store).service()
    erasing = service.rights.erasing
    await service.handle(Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:3", Typed("erase my data")))
    turn = Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:4", Typed("yes"))
    await store.commit(await service._decided(turn))  # noqa: SLF001 - the process dies right after it
    said = await asyncio.gather(erasing.finish(service.issuer.now()), erasing.finish(service.issuer.now()))
    assert sorted(map(len, said)) == [0, 1]


async def test_staff_are_told_of_older_copies_by_name() -> None:
    store = FakeStore()
    store.older_copies = ("journal.jsonl.replaced-1",)
    await fill(store, VALUES)
    await erase(world_of(store).service())
    told = [plain_text(entry.outgoing.message) for entry in await store.outbox(address_of(STAFF))]
    assert any("journal.jsonl.replaced-1" in words for words in told)


class Overtaken(FakeStore):
    """Somebody on the desk commits to the request just before an erasure does."""

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        if commit.forgets and "staff:1" not in self.messages:
            stored = self.stored[OPEN]
            received = replace(stored.value, status=Status.RECEIVED)
            await super().commit(Commit("staff:1", requests=(RequestWrite(received, stored.version),)))
        return await super().commit(commit)


async def test_a_staff_turn_that_comes_between_is_kept_and_the_erasure_decided_anew() -> None:
    store = Overtaken()
    await fill(store, VALUES)
    before = (await _request(store, OPEN)).events
    await erase(world_of(store).service())
    after = await _request(store, OPEN)
    assert (after.account, after.status) == (None, Status.WITHDRAWN)
    assert len(after.events) == len(before) + 2


async def _request(store: Store, request_id: RequestId) -> LicenseRequest:
    stored = await store.request(request_id)
    assert stored
    return stored.value


async def test_who_has_no_signer_any_more_takes_nothing_from_the_desk_that_does_not_name_them() -> None:
    store = FakeStore()
    await fill(store, VALUES)
    await store.commit(Commit(personal_data={OPEN: PersonalData(NO_SIGNER, persons_of(VALUES).applicant)}))
    await erase(world_of(store).service())
    told = [plain_text(entry.outgoing.message) for entry in await store.outbox(address_of(STAFF))]
    assert "new request" in told


async def test_a_role_at_the_desk_and_the_records_of_others_are_no_data_of_the_applicant() -> None:
    store = FakeStore()
    await fill(store, VALUES)
    others = f"activity/{replace(WHO, user=WHO.user + '9')}"
    role = RecordWrite(f"staff/{WHO}", {"role": "", "history": []}, 0)
    await store.commit(Commit(records=(role, RecordWrite(others, {"zone": "x"}, 0))))
    await erase(world_of(store).service())
    assert {key for key in await store.records("") if not key.startswith(SENT)} == {role.key, others}


async def test_what_a_person_asked_last_is_forgotten_too() -> None:
    world = world_of(FakeStore())
    service = world.service()
    await service.handle(Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:2", Typed("May I sell it?")))
    assert WHO in service.last_units
    await erase(service)
    assert WHO not in service.last_units


# No byte

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=12)


@settings(max_examples=25)
@given(parts=st.lists(NAMES, min_size=10, max_size=10))
def test_no_byte_of_the_person_is_left_in_any_file(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    values = [f"Ž{number}{part}" for number, part in enumerate(parts)]
    asyncio.run(_in_files(tmp_path_factory.mktemp("erased"), values))


async def _in_files(folder: Path, values: list[str]) -> None:
    store = TinyDBStore(folder / "journal.jsonl")
    await fill(store, values)
    assert left_in_files(folder, values)
    await erase(world_of(store).service())
    assert {form for _, form in left_in_files(folder, values)} <= {b"D0CANARY2"}  # where the answer goes
    await deliver_all(store)
    await store.aclose()
    assert left_in_files(folder, values) == set()
    again = TinyDBStore(folder / "journal.jsonl")
    assert await again.personal_data(OTHERS) == PERSONS
    await again.aclose()


@settings(max_examples=10)
@given(parts=st.lists(NAMES.filter(lambda text: "\0" not in text), min_size=10, max_size=10))
def test_no_byte_of_the_person_is_left_in_any_row(postgres: Server, parts: list[str]) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrate(postgres.url)
    asyncio.run(_in_rows(postgres.url, [f"Ž{number}{part}" for number, part in enumerate(parts)]))


async def _in_rows(url: str, values: list[str]) -> None:
    store = await PostgresStore.open(url)
    await fill(store, values)
    analyze(url)
    assert left_in_rows(url, values)
    await erase(world_of(store).service())
    await deliver_all(store)
    await store.aclose()
    assert left_in_rows(url, values) == set()


def analyze(url: str) -> None:
    """As the server does by itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


async def test_what_the_server_noted_of_persons_before_goes_with_the_upgrade(postgres: Server) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrate(postgres.url)
    store = await PostgresStore.open(postgres.url)
    await fill(store, VALUES)
    await store.aclose()
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        for table in ("conversations", "requests", "persons", "outbox", "seen", "records"):
            columns = connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table]
            )
            for (column,) in columns.fetchall():
                connection.execute(f'ALTER TABLE {table} ALTER "{column}" SET STATISTICS -1')
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM la_bot_schema WHERE version >= 4")
        noted = "SELECT count(*) FROM pg_stats t WHERE schemaname = 'public' AND t::text LIKE '%%anary%%'"
        assert connection.execute(noted).fetchone() != (0,)
        migrate(postgres.url)
        assert connection.execute(noted).fetchone() == (0,)


class Dying(TinyDBStore):
    """Is killed at a point of an erasure."""

    def __init__(self, path: Path, point: str) -> None:
        super().__init__(path)
        self.point = point

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        if commit.forgets and self.point == "before it":
            die()
        entries = await super().commit(commit)
        if commit.forgets and self.point == "committed":
            die()
        return entries

    async def forget_history(self) -> tuple[str, ...]:
        if self.point == "compacting":
            journal_module.os.replace = die  # type: ignore[attr-defined]
        names = await super().forget_history()
        die()
        return names


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("point", ["before it", "committed", "compacting", "compacted"])
async def test_an_erasure_that_was_killed_is_finished_at_the_next_start(tmp_path: Path, point: str) -> None:
    path = tmp_path / "journal.jsonl"
    store = TinyDBStore(path)
    await fill(store, VALUES)
    await store.aclose()
    if (pid := os.fork()) == 0:
        try:
            asyncio.run(_erase_and_die(path, point))
        finally:
            os._exit(1)
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    store = TinyDBStore(path)
    service = world_of(store).service()
    assert bool(await store.requests(RequestQuery(account=WHO))) == (point == "before it")
    if point == "before it":
        await erase(service)
    else:
        await service.rights.erasing.finish(service.issuer.now())
    await deliver_all(store)
    await store.aclose()
    assert left_in_files(tmp_path, VALUES) == set()


async def _erase_and_die(path: Path, point: str) -> None:
    await erase(world_of(Dying(path, point)).service())


async def erased_and_restored(store: TinyDBStore, path: Path, saved: Path) -> TinyDBStore:
    """The store of a backup that was made before somebody was erased, restored after that."""
    backup(path, saved)
    await erase(world_of(store).service())
    await deliver_all(store)
    await store.aclose()
    restore(path, saved)
    return TinyDBStore(path)


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_backup_that_is_restored_does_not_bring_back_who_was_erased_since(tmp_path: Path, sealed: bool) -> None:
    use_keys([KEY] if sealed else [])
    path, saved = tmp_path / "kept" / "journal.jsonl", tmp_path / "saved.jsonl"
    store = TinyDBStore(path)
    await fill(store, VALUES)
    store = await erased_and_restored(store, path, saved)
    assert await store.requests(RequestQuery(account=WHO)) == []
    assert await store.requests(RequestQuery(text="canary")) == []
    assert (await store.conversation(WHO)).value is None
    assert await store.outbox(DM) == []
    assert await store.personal_data(OTHERS) == PERSONS
    await store.aclose()
    assert check(path).is_sound
    assert left_in_files(tmp_path / "kept", VALUES) == set()


async def test_a_backup_that_is_restored_does_not_bring_back_a_form_that_ended_since(tmp_path: Path) -> None:
    path, saved = tmp_path / "kept" / "journal.jsonl", tmp_path / "saved.jsonl"
    form, young = replace(DRAFT, step=Step.STUDENT), tmp_path / "new" / "journal.jsonl"
    store = TinyDBStore(path)
    await store.commit(Commit(f"slack:T024BE7LD:{WHO.user}:1", ConversationWrite(WHO, form, 0)))
    waiting = outgoing("1", address_of(WHO), about=None)
    await store.commit(Commit("telegram:7:1", ConversationWrite(OTHER, form, 0), outgoing=(waiting,)))
    await store.commit(Commit(records=(RecordWrite(f"activity/{WHO}", {"zone": "x"}, 0),)))
    store = await erased_and_restored(store, path, saved)
    assert (await store.conversation(WHO)).value is None
    assert (await store.conversation(OTHER)).value == form
    await store.aclose()
    assert WHO.user.encode() not in path.read_bytes()
    young.parent.mkdir()
    await TinyDBStore(young).aclose()
    restore(young, saved)
    store = TinyDBStore(young)
    assert (await store.conversation(WHO)).value == form  # a new machine knows of nobody's wish
    await store.aclose()


async def test_a_backup_that_is_restored_does_not_bring_back_a_signer_who_was_erased_since(tmp_path: Path) -> None:
    path, saved = tmp_path / "kept" / "journal.jsonl", tmp_path / "saved.jsonl"
    store = TinyDBStore(path)
    await fill(store, VALUES)
    backup(path, saved)
    erasing = world_of(store).service().rights.erasing
    plan = await erasing.plan([await _request(store, OPEN)], Actor(Role.STAFF, STAFF), NOW, VALUES[3])
    await store.commit(Commit(requests=plan.writes, personal_data=plan.persons))
    await store.aclose()
    restore(path, saved)
    store = TinyDBStore(path)
    assert await store.personal_data(OPEN) == PersonalData(NO_SIGNER, persons_of(VALUES).applicant)
    assert (await _request(store, OPEN)).account == WHO
    assert (await store.conversation(WHO)).value is not None
    await store.aclose()
