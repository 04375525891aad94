"""A journal can be looked at, saved and put back while others hold it, and moved to the other engine and back."""

import asyncio
import stat
from pathlib import Path

import pytest

from bot.app.reading import JournalReading
from bot.model.errors import StoreDamaged, StoreError, StoreLocked
from bot.model.identity import RequestId
from bot.privacy.restore import restore
from bot.request.query import RequestQuery
from bot.request.status import Status
from bot.store.engines import open_store
from bot.store.journal.backup import backup, check
from bot.store.journal.lines import load
from bot.store.journal.store import TinyDBStore
from bot.store.migration import check_database, copy
from bot.store.port import Commit, ConversationWrite
from bot.store.postgres.schema import migrate
from bot.store.postgres.store import PostgresStore
from tests.store_values import DRAFT, OTHER, PERSONS, R1, R2, R3, a_request, a_turn, in_status, opened


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A journal with something in every table."""
    path = tmp_path / "store.json"
    store = TinyDBStore(path)
    await store.commit(a_turn())
    await store.commit(opened(in_status(R2, Status.RECEIVED, 1)))
    await store.commit(Commit("é 2", ConversationWrite(OTHER, DRAFT, 0), personal_data={R2: PERSONS}))
    await store.aclose()
    return path


def damage(path: Path, old: bytes, new: bytes) -> None:
    text = path.read_bytes()
    assert old in text
    path.write_bytes(text.replace(old, new))


async def test_a_url_opens_the_database_and_none_the_journal(path: Path, database: str) -> None:
    for url, found in (("", True), (database, False)):
        store = await open_store(url, path)
        assert bool(await store.request(R1)) == found
        await store.aclose()


def test_checking_counts_what_there_is(path: Path) -> None:
    report = check(path)
    expected = {"conversations": 2, "requests": 2, "persons": 2, "outbox": 2, "seen": 2, "state": 1}
    assert (report.documents, report.torn, report.is_sound) == (expected, 0, True)


def test_checking_names_damaged_lines_and_unreadable_documents(path: Path) -> None:
    damage(path, b'"status":"received"', b'"status":"receivex"')
    assert check(path).damaged == (3,)
    other = path.with_name("other.json")
    other.write_bytes(b'{"requests": {"4DME-1": {"schema": 1, "version": 1, "value": {"id": 1}}}}')
    assert check(other).unreadable == ("requests '4DME-1' is not what la-bot wrote: ClassValidationError",)
    with pytest.raises(StoreError, match="does not exist"):
        check(path.with_name("none.json"))


async def test_a_backup_is_made_while_the_bot_runs_and_restored_when_it_does_not(path: Path, tmp_path: Path) -> None:
    target, wanted = tmp_path / "backup.json", load(path).tables
    store = TinyDBStore(path)
    assert backup(path, target) == 11
    await store.commit(opened(a_request(R3)))
    with pytest.raises(StoreLocked):
        restore(path, target)
    await store.aclose()
    later = load(path).tables
    documents, kept = restore(path, target)
    assert documents == 11
    assert kept
    assert load(path).tables == wanted
    assert load(kept).tables == later
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, target, kept)} == {0o600}


def test_a_backup_overwrites_nothing_and_a_restore_takes_nothing_damaged(path: Path, tmp_path: Path) -> None:
    target, before = tmp_path / "backup.json", path.read_bytes()
    backup(path, target)
    with pytest.raises(StoreError, match="name a new file"):
        backup(path, target)
    target.write_bytes(target.read_bytes()[:-1000])
    with pytest.raises(StoreDamaged, match="last compaction"):
        restore(path, target)
    with pytest.raises(StoreError, match="does not exist"):
        restore(path, tmp_path / "none.json")
    assert path.read_bytes() == before


async def test_without_a_backup_one_goes_on_with_the_lines_that_are_whole(path: Path, tmp_path: Path) -> None:
    damage(path, b'"status":"received"', b'"status":"receivex"')
    target = tmp_path / "whole.json"
    with pytest.raises(StoreDamaged, match="line 3"):
        backup(path, target)
    backup(path, target, whole_lines_only=True)
    restore(path, target)
    assert [request.id for request in await JournalReading(path).requests(RequestQuery())] == [R1]
    assert check(path).is_sound


async def test_everything_is_copied_to_postgresql_and_back(path: Path, database: str, tmp_path: Path) -> None:
    back = tmp_path / "back" / "store.json"
    there = copy(str(path), database)
    assert {name: digest.documents for name, digest in there.items()} == check(path).documents
    assert copy(database, str(back)) == there
    old, new, other = TinyDBStore(path), TinyDBStore(back), await PostgresStore.open(database)
    for store in (new, other):
        for request_id in (R1, R2, RequestId("none")):
            assert await store.request(request_id) == await old.request(request_id)
            assert await store.personal_data(request_id) == await old.personal_data(request_id)
        assert await store.conversation(OTHER) == await old.conversation(OTHER)
        assert list(await store.outbox()) == list(await old.outbox())
        assert list(await store.requests(RequestQuery(text="muller"))) == [
            in_status(R2, Status.RECEIVED, 1),
            a_request(),
        ]
        assert await store.commit(a_turn()) == ()
        await store.commit(opened(a_request(R3)))
    await asyncio.gather(old.aclose(), new.aclose(), other.aclose())


def test_nothing_is_copied_over_something(path: Path, database: str, tmp_path: Path) -> None:
    copy(str(path), database)
    with pytest.raises(StoreError, match="not empty"):
        copy(str(path), database)
    other = tmp_path / "other.json"
    backup(path, other)
    with pytest.raises(StoreError, match="not empty"):
        copy(database, str(other))


async def test_a_running_bot_is_not_copied(path: Path, database: str) -> None:
    store = TinyDBStore(path)
    with pytest.raises(StoreLocked):
        copy(str(path), database)
    await store.aclose()


def test_an_empty_place_is_not_copied_and_a_database_that_is_away_is_one_line(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to copy"):
        copy(str(tmp_path / "none.json"), str(tmp_path / "other.json"))
    nowhere = f"postgresql:///x?host={tmp_path}"
    for act in (lambda: copy(str(path), nowhere), lambda: migrate(nowhere), lambda: check_database(nowhere)):
        with pytest.raises(StoreError, match=r"^the database: [^\n]+$"):
            act()


def test_a_database_is_checked_as_a_journal_is(path: Path, database: str) -> None:
    copy(str(path), database)
    assert check_database(database) == check(path)
