"""Who has their data erased has the chat emptied too, as far as the platform lets a bot, and is told what stays."""

from datetime import timedelta
from functools import partial

import pytest

from bot.model.errors import DeliveryFailed
from bot.model.identity import Account, DeliveryAddress
from bot.privacy.chat_clearing import SENT
from bot.store.port import OutboxEntry
from tests.adapters.slack.test_delivery import FORM
from tests.adapters.slack_server import BOT_USER, Failure
from tests.adapters.slack_talk import talk, words
from tests.adapters.telegram.test_faults import at_work, until
from tests.adapters.telegram.test_unusual import PICTURE
from tests.adapters.telegram_talk import Chat
from tests.adapters.telegram_wire import Answer, error
from tests.store_values import NOW, outgoing
from tests.talk import World

AT = DeliveryAddress("telegram", "7")


def last_word(chat: str, platform: str = "slack") -> OutboxEntry:
    return OutboxEntry(1, outgoing("1", DeliveryAddress(platform, chat)), 0, NOW)


# Telegram


async def says(chat: Chat, *lines: str) -> None:
    """Say the lines to the whole bot at work, each after the answer to the one before."""
    for line in lines:
        before = len(chat.wire.shown())
        chat.wire.bring(chat.message(line))
        await until(partial(_more_is_shown, chat, before))
        await until(lambda: not _waiting(chat))


def _more_is_shown(chat: Chat, before: int) -> bool:
    return len(chat.wire.shown()) > before


def _waiting(chat: Chat) -> bool:
    return any(e.outgoing.address == AT for e in chat.world.store.entries.values())  # type: ignore[attr-defined]


async def erased(chat: Chat) -> str:
    """The last word after a whole dialogue that ends with the person's erasure."""
    async with at_work(chat):
        await says(chat, *TYPED, "erase", "yes")
    return chat.wire.shown()[-1].text


TYPED = ("request", "i sign myself", "challenge", "Anna Virtanen", "Professor")


async def test_telegram_deletes_what_both_sides_wrote_and_keeps_no_id() -> None:
    chat = Chat()
    told = await erased(chat)
    (kept,) = [number for to, number in chat.wire.messages if to == chat.chat]
    assert chat.wire.gone == set(range(1001, kept))
    assert "what you and I wrote in the last two days is deleted" in told
    assert await chat.world.store.records(SENT) == {}


async def test_what_somebody_said_to_the_desk_there_is_deleted_too() -> None:
    chat = Chat(World(staff=(Account("telegram", "", "7"),)))
    async with at_work(chat):
        await says(chat, "find virtanen", "erase", "yes")
    assert chat.wire.gone == {1001, 1002, 1003, 1004, 1005}


async def test_pictures_that_were_sent_at_once_are_deleted_all() -> None:
    chat = Chat()
    pictures = [chat.message(photo=PICTURE, media_group_id="77") for _ in range(3)]
    async with at_work(chat):
        chat.wire.bring(*pictures)
        await until(lambda: bool(chat.wire.shown()))
        await until(lambda: not _waiting(chat))
        await says(chat, "erase", "yes")
    assert chat.wire.gone == set(range(1001, 1008))
    assert [call.text[:10] for call in chat.wire.shown()].count("I cannot r") == 1


async def test_the_ids_are_kept_as_long_as_telegram_lets_a_bot_delete_and_shown() -> None:
    chat = Chat()
    async with at_work(chat):
        await says(chat, "help", "my data")
    kept = await chat.world.store.records(SENT)
    assert [record.value["ids"] for record in kept.values()] == [["1001", "1002"], ["1003", "1004"]]
    assert all(key.startswith("sent/telegram:7/") for key in kept)
    assert "that I can still delete there: 2" in " ".join(call.text for call in chat.wire.shown())


async def test_what_telegram_does_not_let_go_is_counted_and_the_rest_is_deleted() -> None:
    chat = Chat()
    chat.wire.too_old = {1001, 1002}
    told = await erased(chat)
    assert "did not let me delete: 2." in told
    assert {1003, 1004} <= chat.wire.gone
    assert not {1001, 1002} & chat.wire.gone


async def test_what_the_person_deleted_already_is_gone() -> None:
    chat = Chat()
    chat.wire.too_old, chat.wire.gone = {1001}, {1002}
    assert "did not let me delete: 1." in await erased(chat)


async def test_ids_of_more_than_two_days_are_not_tried() -> None:
    chat = Chat()
    async with at_work(chat):
        await says(chat, "help")
        chat.clock.advance_to(chat.clock.instant + timedelta(hours=49))
        await says(chat, "erase", "yes")
    assert chat.wire.gone == {1003, 1004, 1005}


async def test_more_than_a_hundred_are_deleted_a_hundred_at_a_time() -> None:
    chat = await Chat().begin()
    assert await chat.telegram.clear(last_word("7", "telegram"), [str(number) for number in range(1, 251)]) == 0
    asked = [len(call.parameters["message_ids"]) for call in chat.wire.sent("deleteMessages")]
    assert asked == [100, 100, 50]


@pytest.mark.parametrize(
    "fault", [error(429, "Too Many Requests: retry after 3", retry_after=3), error(500, "Internal Server Error")]
)
async def test_where_telegram_asks_to_wait_the_last_word_waits_too(fault: Answer) -> None:
    chat = Chat()
    async with at_work(chat):
        await says(chat, "help", "erase")
        chat.wire.fails("deleteMessages", fault)
        before = len(chat.wire.shown())
        chat.wire.bring(chat.message("yes"))
        await until(lambda: chat.clock.next_wake)
        assert len(chat.wire.shown()) == before
        chat.clock.advance_to(chat.clock.next_wake or chat.clock.instant)
        await until(lambda: len(chat.wire.shown()) > before)
    assert chat.wire.gone == {1001, 1002, 1003, 1004, 1005}


async def test_who_blocked_the_bot_hears_nothing_and_no_id_is_left() -> None:
    chat = Chat()
    async with at_work(chat):
        await says(chat, "help", "erase")
        blocked = error(403, "Forbidden: bot was blocked by the user")
        chat.wire.fails("deleteMessages", blocked)
        chat.wire.fails("sendMessage", blocked)
        chat.wire.bring(chat.message("yes"))
        await until(lambda: not chat.wire.answers["sendMessage"])
        await until(lambda: not _waiting(chat))
    assert await chat.world.store.records(SENT) == {}
    assert await chat.world.store.outbox() == []


async def test_of_a_group_and_of_an_erased_persons_last_word_no_id_is_kept() -> None:
    chat = await Chat().begin()
    service = chat.world.service()
    (group,) = await service.post("telegram:-5:9", DeliveryAddress("telegram", "-5"), service.in_public("may I sell?"))
    assert await chat.telegram.deliver(group) == ()
    (private,) = await service.post("telegram:7:9", AT, service.in_public("may I sell?"))
    assert await chat.telegram.deliver(private) == ["9", "1002"]
    (pressed,) = await service.post("telegram:7:1002#t", AT, service.in_public("may I sell?"))
    assert await chat.telegram.deliver(pressed) == ["1003"]


# Slack


async def test_slack_deletes_what_the_bot_wrote_and_uploaded_and_nothing_else() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, "yes"])
        own = {"ts": "1600000999.000001", "channel": person.channel, "user": person.user, "text": "mine"}
        person.server.others[own["ts"]] = own
        await person.say("erase my data")
        person.server.page = 7
        await person.say("yes")
        told, left = person.server.everything()
        assert (told["user"], left) == (BOT_USER, own | {"reply_count": 0})
        assert "my messages and PDFs are deleted" in words(told)
        assert person.server.named("files.delete") == [{"file": "F1"}]
        assert await person.world.store.outbox() == []


async def test_slack_finds_what_stands_in_threads_and_leaves_the_persons_own() -> None:
    async with talk() as person:
        await person.say("help")
        await person.say("help", thread_ts="1600000001.000001")
        question = {"ts": "1600000001.000001", "channel": "D1", "user": "U1"}
        person.server.others[question["ts"]] = question
        assert await person.slack.clear(last_word("U1"), ()) == 0
        assert [message["user"] for message in person.server.everything()] == ["U1"]


@pytest.mark.parametrize(
    ("code", "left"), [("cant_delete_message", 1), ("compliance_exports_prevent_deletion", 1), ("message_not_found", 0)]
)
async def test_slack_says_how_many_it_does_not_let_go(code: str, left: int) -> None:
    async with talk() as person:
        await person.say("help")
        person.server.failures["chat.delete"].append(Failure(code))
        assert await person.slack.clear(last_word("D1"), ()) == left


async def test_where_slack_asks_to_wait_the_next_attempt_goes_on_with_the_rest() -> None:
    async with talk() as person:
        await person.say("help")
        await person.say("help")
        person.server.failures["chat.delete"] += [Failure("ratelimited", 429, "30")]
        with pytest.raises(DeliveryFailed) as failed:
            await person.slack.clear(last_word("D1"), ())
        assert failed.value.retry_after == timedelta(seconds=30)
        assert await person.slack.clear(last_word("D1"), ()) == 0
        assert person.server.everything() == []


async def test_a_void_token_deletes_nothing_and_waits() -> None:
    async with talk() as person:
        person.server.failures["auth.test"].append(Failure("token_revoked"))
        for _ in range(2):
            with pytest.raises(DeliveryFailed):
                await person.slack.clear(last_word("D1"), ())
