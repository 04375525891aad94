"""Updates that are fetched: side by side between people, in order for each, none confirmed before it is committed."""

import asyncio
from datetime import timedelta

import pytest
from telegram.error import TimedOut

from bot.model.errors import StoreError
from bot.store.port import Commit, OutboxEntry
from tests.adapters.telegram.test_faults import at_work, until
from tests.adapters.telegram_talk import Chat, settled
from tests.adapters.telegram_wire import Wire, error
from tests.talk import World

WAIT = timedelta(seconds=40)


@pytest.fixture
def no_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.polling.MOMENT", 0)


@pytest.mark.usefixtures("no_moment")
async def test_who_writes_while_a_slow_turn_goes_on_is_answered_before_it_ends() -> None:
    world, wire = World(), Wire()
    anna, bob = Chat(world, wire), Chat(world, wire, user=8)
    async with at_work(anna):
        async with world.store.account_lock(anna.account):
            slow = anna.message("help")
            wire.bring(slow)
            await until(lambda: len(wire.sent("getUpdates")) > 2)
            bob.updates = 200
            wire.bring(bob.message("help"))
            await until(lambda: wire.sent(chat=8))
            assert wire.sent(chat=7) == []
            await until(lambda: wire.sent("getUpdates")[-1].parameters["offset"] == slow["update_id"])
        await until(lambda: wire.offset == 202)
    assert [len(wire.sent(chat=chat)) for chat in (7, 8)] == [1, 1]


@pytest.mark.usefixtures("no_moment")
async def test_a_slow_turn_is_confirmed_only_when_it_is_durable() -> None:
    chat = Chat()
    async with at_work(chat):
        async with chat.world.store.account_lock(chat.account):
            first, second = chat.message("help"), chat.message("privacy")
            chat.wire.bring(first, second)
            await until(lambda: len(chat.wire.sent("getUpdates")) > 3)
            assert chat.wire.offset <= first["update_id"]
        await until(lambda: chat.wire.offset == second["update_id"] + 1)
        await until(lambda: len(chat.wire.sent()) == 2)
    assert [call.text.split()[0] for call in chat.wire.sent()] == ["What", "Who"]


async def test_after_an_update_that_could_not_be_committed_none_of_that_chat_goes_first() -> None:
    world, wire = World(), Wire()
    anna, bob = Chat(world, wire), Chat(world, wire, user=8)
    real, refused = world.store.commit, 0

    async def commit(commit: Commit) -> tuple[OutboxEntry, ...]:
        nonlocal refused
        if commit.message_id.startswith("telegram:7:") and not refused:
            refused += 1
            raise StoreError("no space left")
        return await real(commit)

    world.store.commit = commit  # type: ignore[method-assign]
    bob.updates = 200
    async with at_work(anna):
        wire.bring(anna.message("help"), anna.message("privacy"), bob.message("cite"))
        await until(lambda: wire.sent(chat=8))
        await until(lambda: anna.clock.next_wake)
        assert wire.sent(chat=7) == []
        anna.clock.advance_to(anna.clock.now() + timedelta(minutes=1))
        await until(lambda: len(wire.sent(chat=7)) == 2)
        await settled()
    assert refused == 1
    assert [call.text.split()[0] for call in wire.sent(chat=7)] == ["What", "Who"]
    assert len(wire.sent(chat=8)) == 1


async def test_an_update_that_nobody_can_read_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    chat = Chat()
    # As an older Bot API server writes a poll: https://core.telegram.org/bots/api-changelog
    poll = {"id": "1", "question": "Canary?", "options": [], "total_voter_count": 0}
    unreadable = chat.message(poll=poll)
    async with at_work(chat):
        chat.wire.bring(unreadable, chat.message("help"))
        await until(chat.wire.sent)
        await until(lambda: chat.wire.offset == unreadable["update_id"] + 2)
    assert chat.wire.sent()[0].text.startswith("What I can do")
    assert f"update {unreadable['update_id']} cannot be read" in caplog.text
    assert "Canary" not in caplog.text


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (error(401, "Unauthorized"), "copy it again from @BotFather"),
        (error(409, "Conflict: terminated by other getUpdates request"), "another program fetches"),
        (error(502, "Bad Gateway"), "it is tried again"),
        (error(429, "Too Many Requests: retry after 40", retry_after=40), "it is tried again"),
        (TimedOut(), "it is tried again"),
        ((200, {"ok": True, "result": [7]}), "it is tried again"),
    ],
)
async def test_a_fetch_that_fails_again_and_again_is_told_once_and_does_not_spin(
    fault: tuple[int, dict[str, object]] | Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    chat = Chat()
    chat.wire.fails("getUpdates", *[fault] * 4)
    async with at_work(chat):
        for left in (3, 2, 1, 0):
            await until(lambda: chat.clock.next_wake)
            await settled()
            assert len(chat.wire.answers["getUpdates"]) == left
            assert chat.clock.next_wake
            assert chat.clock.next_wake - chat.clock.now() >= (WAIT if "retry" in str(fault) else timedelta(seconds=2))
            chat.clock.advance_to(chat.clock.next_wake)
            await settled()
        chat.wire.bring(chat.message("help"))
        await until(chat.wire.sent)
    assert caplog.text.count(told) == 1


async def test_stopping_breaks_off_a_fetch_and_waits_for_open_turns() -> None:
    chat = Chat()
    async with chat.world.store.account_lock(chat.account):
        await chat.telegram.start()
        chat.wire.bring(chat.message("help"))
        await until(lambda: chat.wire.sent("getUpdates"))
        await settled()
        stopping = asyncio.create_task(chat.telegram.stop())
        await settled()
        assert not stopping.done()
    await stopping
    assert len(await chat.world.store.outbox()) == 1
