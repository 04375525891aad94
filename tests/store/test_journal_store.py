"""What the TinyDB store does besides the contract: it keeps its file small, and what was erased out of it."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.dialogue.state import Conversation, Step
from bot.model.errors import StoreError
from bot.model.identity import Account
from bot.model.people import Field
from bot.store.documents import PERSONS as PERSONS_KIND
from bot.store.journal import file
from bot.store.journal import store as store_module
from bot.store.journal.file import Journal, write_snapshot
from bot.store.journal.lines import load
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, ConversationWrite
from tests.store_values import ACCOUNT, DRAFT, LEASE, NOW, PERSONS, R1, a_turn


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.json"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[TinyDBStore]:
    store = TinyDBStore(path)
    yield store
    await store.aclose()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "answer",
    [
        lambda store: store.commit(a_turn("m2", version=1)),
        lambda store: store.commit(a_turn()),
        lambda store: store.seen("m1"),
        lambda store: store.claim({"slack"}, NOW, LEASE, 9),
    ],
    ids=["commit", "repeated commit", "seen", "claim"],
)
async def test_nothing_is_answered_from_what_is_not_on_disk_yet(
    store: TinyDBStore, path: Path, monkeypatch: pytest.MonkeyPatch, answer: Callable[[TinyDBStore], Awaitable[object]]
) -> None:
    sizes: list[int] = []

    def recorded(file: int, sync: Callable[[int], None] = file.sync) -> None:
        size = os.fstat(file).st_size
        sync(file)
        sizes.append(size)

    monkeypatch.setattr(file, "sync", recorded)
    first = asyncio.create_task(store.commit(a_turn()))
    await asyncio.sleep(0)
    assert sizes == []
    assert len(text(path)) > 2000
    await answer(store)
    assert sizes[-1] == len(text(path).encode())
    await first


async def test_what_was_erased_leaves_the_file(store: TinyDBStore, path: Path) -> None:
    await store.commit(a_turn())
    await store.commit(Commit("m2", personal_data={R1: None}))
    await store.aclose()
    assert "Müller" not in text(path)
    assert R1 in text(path)


async def test_what_was_erased_right_before_a_crash_leaves_the_file_after_it(path: Path) -> None:
    store = TinyDBStore(path)
    await store.commit(a_turn())
    await store.aclose()
    crashed = Journal(path)  # it erases, and is gone before it can compact
    crashed.append({PERSONS_KIND.table: {R1: None}})
    crashed.sync()
    crashed.close()
    assert "Müller" in text(path)
    store = TinyDBStore(path)
    await store.commit(Commit("m3"))
    await store.aclose()
    assert "Müller" not in text(path)


async def test_what_is_erased_during_a_compaction_leaves_the_file_too(store: TinyDBStore, path: Path) -> None:
    await store.commit(a_turn())
    await store.commit(Commit(personal_data={R1: None}))
    await asyncio.sleep(0)
    await store.commit(Commit(personal_data={R1: PERSONS}))
    await store.commit(Commit(personal_data={R1: None}))
    await store.aclose()
    assert "Müller" not in text(path)


async def test_what_is_erased_while_somebody_else_compacts_leaves_the_file_too(store: TinyDBStore, path: Path) -> None:
    await store.commit(a_turn())
    compaction = asyncio.create_task(store.compact())
    await asyncio.sleep(0)
    await store.commit(Commit(personal_data={R1: None}))
    await compaction
    await store.aclose()
    assert "Müller" not in text(path)


async def test_a_file_that_is_mostly_history_is_compacted(
    store: TinyDBStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "SPARE", 10)
    for _ in range(100):
        version = (await store.conversation(ACCOUNT)).version
        await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, version)))
    await store.aclose()
    assert text(path).count("\n") < 40
    assert len(load(path).tables["conversations"]) == 1


async def test_a_compaction_that_the_disk_refuses_is_told_and_turns_go_on(
    store: TinyDBStore, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(_: object) -> None:
        raise StoreError("no room for a second file")

    monkeypatch.setattr(file.Journal, "compact", refuse)
    with caplog.at_level(logging.ERROR, "bot.store.journal.store"):
        await store.commit(a_turn())
        await store.commit(Commit(personal_data={R1: None}))
        await store.aclose()
    assert set(caplog.messages) == {"no room for a second file"}
    assert "persons" not in load(path).tables


async def test_so_many_message_ids_are_remembered_and_no_more(path: Path) -> None:
    store = TinyDBStore(path, seen_kept=3)
    for number in range(5):
        await store.commit(Commit(f"m{number}"))
    assert [await store.seen(f"m{number}") for number in range(5)] == [False, False, True, True, True]
    await store.aclose()
    store = TinyDBStore(path, seen_kept=3)
    await store.commit(Commit("m5"))
    assert [await store.seen(f"m{number}") for number in range(6)] == [False, False, False, True, True, True]
    await store.aclose()


async def test_a_lock_is_forgotten_with_its_last_holder(store: TinyDBStore) -> None:
    async with store.account_lock(ACCOUNT):
        assert len(store._locks) == 1  # noqa: SLF001
    assert len(store._locks) == 0  # noqa: SLF001


def test_a_store_that_cannot_be_read_is_let_go_of(path: Path) -> None:
    path.write_bytes(b'{"outbox": {"1": {"schema": 9, "version": 1, "value": {}}}}')
    for _ in range(2):
        with pytest.raises(StoreError, match="outbox: schema 9 is newer"):
            TinyDBStore(path)


async def test_ids_that_an_older_la_bot_wrote_without_a_number_are_of_before(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write_snapshot(path, {"state": {"state": b'{"last":7}'}, "seen": {"old": b"{}"}})
    store = TinyDBStore(path)
    await store.commit(Commit("new"))
    await store.commit(Commit(forgets_upto=1))
    assert [await store.seen(known) for known in ("old", "new")] == [False, True]
    await store.aclose()


async def test_a_conversation_at_hand_is_the_one_that_is_stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "AT_HAND", 2)
    accounts = [Account("slack", "T1", f"U{number}") for number in range(4)]
    store = TinyDBStore(path)
    for number, account in enumerate(accounts):
        written = Conversation(step=Step.FIELD, draft={Field.NAME: f"Anna {number}"})
        await store.commit(Commit(conversation=ConversationWrite(account, written, 0)))
    last = await store.conversation(accounts[3])
    await store.commit(Commit(conversation=ConversationWrite(accounts[3], None, last.version)))
    at_hand = [await store.conversation(account) for account in accounts]
    await store.aclose()
    again = TinyDBStore(path)
    assert at_hand == [await again.conversation(account) for account in accounts]
    names = [stored.value.draft[Field.NAME] if stored.value else "" for stored in at_hand]
    assert names == ["Anna 0", "Anna 1", "Anna 2", ""]
    await again.aclose()
