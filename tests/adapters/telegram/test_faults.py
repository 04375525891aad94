"""What goes wrong between here and Telegram: every message arrives, once; only a kill may make it two."""

import asyncio
import logging
import multiprocessing
import os
import signal
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from telegram.error import InvalidToken, NetworkError, TimedOut

from adapters.server.run import running
from adapters.server.web import serving
from adapters.telegram.app import SECRET_HEADER, configured
from adapters.telegram.client import keep_out_of_logs
from bot.app.config import read_settings
from bot.model.errors import ConfigError, DeliveryFailed, LaBotError, StoreError
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.message import BlockKind, DocumentRef, Message, Span, TextBlock
from bot.store.journal.store import TinyDBStore
from bot.store.outbox import RetryPolicy
from bot.store.port import Commit, OutboxEntry, Store
from tests.adapters.telegram.test_app import FORM
from tests.adapters.telegram_talk import Chat, settled
from tests.adapters.telegram_wire import TOKEN, Answer, Wire, error
from tests.fakes import FakeClock
from tests.talk import START, World

AT_CHAT = DeliveryAddress("telegram", "7")


def said(*texts: str, document: DocumentRef | None = None) -> Message:
    blocks = tuple(TextBlock(BlockKind.PARAGRAPH, ((Span(text),),)) for text in texts)
    return Message(blocks, document=document)


async def waiting(world: World, message: Message, address: DeliveryAddress = AT_CHAT) -> OutboxEntry:
    (entry,) = await world.service().post("", address, message)
    return entry


@asynccontextmanager
async def at_work(chat: Chat) -> AsyncIterator[Chat]:
    """The whole bot on the checked wire, with a clock that stands still."""
    async with running(chat.world.service(), [chat.telegram], 0, chat.clock):
        yield chat
    assert not chat.wire.refused, chat.wire.refused


async def until(reached: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110 - anything may be waited for
            await asyncio.sleep(0)


# Sending


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (error(429, "Too Many Requests: retry after 3", retry_after=3), timedelta(seconds=3)),
        (error(500, "Internal Server Error"), RetryPolicy().first / 2),
        (error(502, "Bad Gateway"), RetryPolicy().first / 2),
        (error(503, "Service Unavailable"), RetryPolicy().first / 2),
        (error(401, "Unauthorized"), RetryPolicy().first / 2),  # a revoked token: kept until there is a new one
        (error(409, "Conflict"), RetryPolicy().first / 2),
        (error(413, "Request Entity Too Large"), RetryPolicy().first / 2),
        ((200, {"ok": True, "result": "no message"}), RetryPolicy().first / 2),
        (NetworkError("httpx.ReadError: connection reset"), RetryPolicy().first / 2),
        (TimedOut(), RetryPolicy().first / 2),
    ],
)
async def test_a_fault_delays_a_message_and_neither_loses_nor_doubles_it(fault: Answer, pause: timedelta) -> None:
    chat = Chat()
    async with at_work(chat):
        chat.wire.fails("sendMessage", fault, fault)
        chat.wire.bring(chat.message("help"))
        await until(lambda: chat.clock.next_wake)
        assert (chat.clock.next_wake or START) >= START + pause
        await until(lambda: len(chat.wire.answers["sendMessage"]) == 1)
        while not chat.wire.sent():
            if chat.clock.next_wake:
                chat.clock.advance_to(chat.clock.next_wake)
            await settled()
    assert len(chat.wire.sent()) == 1
    assert await chat.world.store.outbox() == []


async def test_what_was_asked_to_wait_says_how_long() -> None:
    chat = await Chat().begin()
    chat.wire.fails("sendMessage", error(429, "Too Many Requests: retry after 3", retry_after=3))
    with pytest.raises(DeliveryFailed) as failed:
        await chat.telegram.deliver(await waiting(chat.world, said("x")))
    assert (failed.value.retry_after, failed.value.final) == (timedelta(seconds=3), False)


async def test_the_parts_that_were_sent_are_not_sent_again() -> None:
    chat = await Chat().begin()
    entry = await waiting(chat.world, said("a" * 4000, "b" * 4000, "c" * 4000))
    chat.wire.fails("sendMessage", (200, {"ok": True, "result": chat.message("a")["message"]}), error(500, "oh"))
    with pytest.raises(DeliveryFailed) as failed:
        await chat.telegram.deliver(entry)
    assert not failed.value.final
    await chat.telegram.deliver(entry)
    assert [call.text[0] for call in chat.wire.sent()] == ["b", "c"]


@pytest.mark.parametrize(
    "answer",
    [
        error(403, "Forbidden: bot was blocked by the user"),
        error(403, "Forbidden: user is deactivated"),
        error(403, "Forbidden: bot was kicked from the supergroup chat"),
        error(400, "Bad Request: chat not found"),
    ],
)
async def test_a_chat_that_is_gone_ends_its_deliveries(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    """What is about a request stays, for staff to see (`test_telegram_unusual`); the rest concerns nobody any more."""
    chat = Chat(World(staff=(Account("telegram", "", "9"),)))
    async with at_work(chat):
        chat.wire.fails("sendMessage", answer)
        await waiting(chat.world, said("x"))
        await until(lambda: not chat.wire.answers["sendMessage"])
        await settled()
        assert await chat.world.store.outbox() == []
    assert chat.wire.sent() == []
    assert "undeliverable" in caplog.text
    assert "blocked" not in caplog.text


async def test_a_group_that_moved_is_followed() -> None:
    chat = await Chat(chat=-5).begin()
    chat.wire.fails("sendMessage", error(400, "Bad Request: upgraded", migrate_to_chat_id=-1005))
    for _ in range(2):
        await chat.telegram.deliver(await waiting(chat.world, said("x"), DeliveryAddress("telegram", "-5")))
    assert [call.parameters["chat_id"] for call in chat.wire.sent()] == [-1005, -1005]


async def test_a_message_without_words_holds_up_nothing() -> None:
    chat = await Chat().begin()
    await chat.telegram.deliver(await waiting(chat.world, Message(())))
    assert chat.wire.sent() == []


async def test_a_document_that_was_superseded_makes_way() -> None:
    chat = await Chat().begin()
    reference = DocumentRef(RequestId("4DME-22222-22222"), 1, "a.pdf")
    with pytest.raises(DeliveryFailed) as failed:
        await chat.telegram.deliver(await waiting(chat.world, said("x", document=reference)))
    assert failed.value.final


@pytest.mark.parametrize("lost", [NetworkError("httpx.ReadError: "), TimedOut()])
async def test_of_several_parts_only_the_one_whose_answer_was_lost_comes_again(lost: Exception) -> None:
    chat = await Chat().begin()
    entry = await waiting(chat.world, said("a" * 4000, "b" * 4000, "c" * 4000))
    chat.wire.loses("sendMessage", None, lost)
    with pytest.raises(DeliveryFailed) as failed:
        await chat.telegram.deliver(entry)
    assert not failed.value.final
    await chat.telegram.deliver(entry)
    assert [call.text[0] for call in chat.wire.sent()] == ["a", "b", "b", "c"]


# Receiving


async def test_an_update_is_confirmed_when_its_turn_is_durable() -> None:
    chat = Chat()
    store, full = chat.world.store, True
    real = store.commit

    async def commit(commit: Commit) -> tuple[OutboxEntry, ...]:
        if full and commit.message_id:
            raise StoreError("no space left")
        return await real(commit)

    store.commit = commit  # type: ignore[method-assign]
    async with at_work(chat):
        first, second = chat.message("help"), chat.message("privacy")
        chat.wire.bring(first, second)
        await until(lambda: chat.clock.next_wake)
        assert chat.wire.offset == 0
        full = False
        chat.clock.advance_to(chat.clock.now() + timedelta(minutes=1))
        await until(lambda: chat.wire.offset == second["update_id"] + 1)
        await until(lambda: len(chat.wire.sent()) == 2)
    assert [call.text.split()[0] for call in chat.wire.sent()] == ["What", "Who"]


async def test_updates_that_came_while_it_was_off_are_worked_through_in_order() -> None:
    chat = Chat()
    chat.wire.bring(*(chat.message(line) for line in ("request", "i will", "challenge", "Anna Virtanen")))
    async with at_work(chat):
        await until(lambda: len(chat.wire.sent()) == 4)
    stored = (await chat.world.store.conversation(chat.account)).value
    assert stored
    assert list(stored.draft.values()) == ["Anna Virtanen"]
    assert "title" in chat.wire.sent()[-1].text


async def test_updates_that_come_twice_or_out_of_order_make_one_turn_each_in_order() -> None:
    chat = Chat()
    first, second = chat.message("help"), chat.message("privacy")
    async with at_work(chat):
        chat.wire.bring(second, first, second, first)
        await until(lambda: len(chat.wire.sent()) == 2)
        await settled()
    assert [call.text.split()[0] for call in chat.wire.sent()] == ["What", "Who"]


async def test_a_slow_turn_of_one_person_does_not_hold_up_another() -> None:
    world, wire = World(), Wire()
    anna, bob = Chat(world, wire), Chat(world, wire, user=8)
    bob.updates = 200
    async with at_work(anna):
        async with world.store.account_lock(anna.account):
            wire.bring(anna.message("help"), bob.message("help"))
            await until(lambda: wire.sent(chat=8))
            assert wire.sent(chat=7) == []
        await until(lambda: wire.sent(chat=7))


async def test_stopping_finishes_the_turn_and_keeps_what_it_says() -> None:
    chat = Chat()
    async with chat.world.store.account_lock(chat.account):
        running_bot = at_work(chat)
        await running_bot.__aenter__()
        chat.wire.bring(chat.message("help"))
        await until(lambda: chat.wire.sent("getUpdates"))
        await settled()
        ending = asyncio.create_task(running_bot.__aexit__(None, None, None))
        await settled()
        assert not ending.done()
    await ending
    assert len(await chat.world.store.outbox()) == 1
    again = Chat(chat.world)
    async with at_work(again):
        await until(again.wire.sent)
    assert await chat.world.store.outbox() == []


async def test_stopping_waits_for_what_is_being_sent_and_it_is_sent_once() -> None:
    answered = asyncio.Event()

    class Slow(Wire):
        async def do_request(self, url: str, *arguments: Any, **options: Any) -> tuple[int, bytes]:  # noqa: ANN401
            answer = await super().do_request(url, *arguments, **options)
            if url.endswith("/sendMessage"):
                await answered.wait()
            return answer

    chat = Chat(wire=Slow())
    running_bot = at_work(chat)
    await running_bot.__aenter__()
    chat.wire.bring(chat.message("help"))
    await until(chat.wire.sent)
    ending = asyncio.create_task(running_bot.__aexit__(None, None, None))
    await settled()
    assert not ending.done()
    answered.set()
    await ending
    assert await chat.world.store.outbox() == []
    assert len(chat.wire.sent()) == 1


async def test_a_second_program_with_the_token_is_told_plainly(caplog: pytest.LogCaptureFixture) -> None:
    chat = Chat()
    chat.wire.fails("getUpdates", error(409, "Conflict: terminated by other getUpdates request"))
    async with at_work(chat):
        await until(lambda: chat.clock.next_wake)
        assert "another program fetches this bot's messages" in caplog.text
        chat.clock.advance_to(chat.clock.now() + timedelta(minutes=1))
        chat.wire.bring(chat.message("help"))
        await until(chat.wire.sent)


@pytest.mark.parametrize(
    ("answer", "kind", "remedy"),
    [
        (error(401, "Unauthorized"), ConfigError, "@BotFather"),
        (NetworkError("no route"), LaBotError, "is the network up"),
    ],
)
async def test_what_keeps_it_from_starting_is_told_with_the_remedy(
    answer: Answer, kind: type[Exception], remedy: str
) -> None:
    chat = Chat()
    chat.wire.fails("getMe", answer)
    with pytest.raises(kind, match=remedy) as raised:
        await chat.telegram.start()
    assert "CANARY" not in str(raised.value)


async def test_an_address_that_telegram_does_not_take_for_its_webhook_is_told_as_that() -> None:
    chat = Chat(public_url="https://bot.example")
    chat.wire.fails("setWebhook", error(400, "Bad Request: bad webhook: Failed to resolve host"))
    with pytest.raises(ConfigError, match=r"^LA_BOT_PUBLIC_URL: .*failed to resolve host"):
        await chat.telegram.start()


# The logs


@pytest.fixture
def chatty() -> Iterator[None]:
    """Every logger says everything that it has to say."""
    loggers = {name: logging.getLogger(name) for name in ("", *logging.root.manager.loggerDict)}
    levels = {name: logger.level for name, logger in loggers.items()}
    for logger in loggers.values():
        logger.setLevel(logging.DEBUG)
    yield
    for name, logger in loggers.items():
        logger.setLevel(levels[name])


@pytest.mark.usefixtures("chatty")
async def test_nothing_personal_and_no_token_is_in_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    keep_out_of_logs(TOKEN)
    chat = Chat()
    form = [line.replace("Anna", "Canary").replace("anna", "canary") for line in FORM]
    async with at_work(chat):
        for line in ("/start", "request", "i will", "challenge", *form[3:], "yes, this is right", "Canary?"):
            chat.wire.fails("sendMessage", error(500, "canary"))
            chat.wire.bring(chat.message(line))
            await settled()
            chat.clock.advance_to(chat.clock.now() + timedelta(minutes=1))
            await settled()
        chat.wire.fails(
            "getUpdates", (200, {"ok": False, "result": "Canary"}), (200, {"ok": True, "result": ["Canary"]})
        )
        chat.wire.bring(chat.message(poll={"id": "Canary"}), chat.message("help"))
        await until(lambda: chat.wire.sent("sendDocument"))
        await until(lambda: "cannot be read" in caplog.text)
    assert len(caplog.records) > 10
    assert "canary" not in caplog.text.casefold()


@pytest.mark.usefixtures("chatty")
async def test_the_token_is_in_no_log_of_real_http(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing listens there: httpx fails with the URL in hand, in which the token stands."""
    settings = read_settings({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BASE_URL": "http://127.0.0.1:9/bot"})
    platform = configured(settings, World().service(), FakeClock(START))
    assert platform
    with pytest.raises(LaBotError, match="is the network up") as raised:
        await platform.start()
    logging.getLogger("telegram.Bot").critical("Received data was %r", "CANARY")  # as PTB logs what it cannot read
    try:
        raise InvalidToken(f"The token `{TOKEN}` was rejected")
    except InvalidToken:
        logging.getLogger("asyncio").exception("of %r at %s", platform.bot, TOKEN.replace(":", "%3A"), stack_info=True)
    assert "CANARY" not in caplog.text + str(raised.value) + "".join(traceback.format_exception(raised.value))
    assert not [record for record in caplog.records if record.name.startswith(("telegram", "httpx", "httpcore"))]
    assert "The token" in caplog.text  # it is the secret that goes, not what went wrong


@pytest.mark.usefixtures("chatty")
async def test_no_secret_of_the_webhook_is_in_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    keep_out_of_logs(TOKEN)
    chat = Chat(public_url="https://bot.example")
    async with at_work(chat):
        hook = chat.wire.sent("setWebhook")[0].parameters
        path = str(hook["url"]).removeprefix("https://bot.example")
        async with serving(chat.telegram.routes(), 0, chat.world.store.outbox) as port, ClientSession() as session:
            for secret in (hook["secret_token"], "wrong"):
                address = f"http://127.0.0.1:{port}{path}"
                for body in (chat.message("Canary"), {"update_id": "Canary"}):
                    await session.post(address, json=body, headers={SECRET_HEADER: secret})
    for secret in (path, hook["secret_token"], "CANARY", "Canary"):
        assert secret not in caplog.text


# A kill


def run_until_killed(folder: Path, journal: str, sent_first: bool) -> None:
    """A bot that is killed as it sends: before Telegram has the message, or right after it."""

    class Dying(Wire):
        async def do_request(self, url: str, *arguments: Any, **options: Any) -> tuple[int, bytes]:  # noqa: ANN401
            if url.endswith("/sendMessage"):
                if sent_first:
                    (folder / "sent").write_text("once")
                os.kill(os.getpid(), signal.SIGKILL)
            return await super().do_request(url, *arguments, **options)

    async def work() -> None:
        chat = Chat(World(store=TinyDBStore(folder / journal)), Dying())
        chat.wire.bring(chat.message("help"))
        async with at_work(chat):
            await asyncio.sleep(20)

    asyncio.run(work())


@pytest.mark.parametrize("sent_first", [False, True])
def test_after_a_kill_the_message_arrives_and_at_most_twice(tmp_path: Path, sent_first: bool) -> None:
    context = multiprocessing.get_context("fork")
    child = context.Process(target=run_until_killed, args=(tmp_path, "journal.jsonl", sent_first))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL

    async def come_back() -> int:
        store: Store = TinyDBStore(tmp_path / "journal.jsonl")
        chat = Chat(World(store=store))
        chat.wire.bring(chat.message("help"))  # it was never confirmed, so Telegram brings it again
        async with at_work(chat):
            await until(lambda: chat.wire.offset)
            await until(chat.wire.sent)
            await settled()
        assert await store.outbox() == []
        await store.aclose()
        return len(chat.wire.sent())

    assert asyncio.run(come_back()) == 1
    assert (tmp_path / "sent").exists() == sent_first
