"""Telegram over real HTTP: the webhook on the one server, and the bot against a Bot API server on this computer."""

import asyncio
import copy
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import lo_bot_api_emulator
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from lo_bot_api_emulator import LoBotApiEmulator
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.request import HTTPXRequest

from adapters.server.run import running
from adapters.server.web import serving
from adapters.telegram.app import SECRET_HEADER, configured
from bot.app.config import read_settings
from bot.model.errors import StoreError
from bot.model.message import plain_text
from bot.request.query import RequestQuery
from bot.store.port import Commit, OutboxEntry
from tests.adapters.telegram.test_app import FORM
from tests.adapters.telegram.test_faults import until
from tests.adapters.telegram_talk import Chat, settled
from tests.adapters.telegram_wire import TOKEN, Call, Refused, Wire, new_bot
from tests.fakes import FakeClock
from tests.talk import START, World

PUBLIC = "https://bot.example"


# The webhook


@asynccontextmanager
async def hooked(chat: Chat) -> AsyncIterator[tuple[str, str]]:
    """The bot behind its webhook: the address, and the secret that Telegram was told."""
    await chat.telegram.start()
    (call,) = chat.wire.sent("setWebhook")
    assert call.parameters["allowed_updates"] == ["message", "edited_message", "callback_query"]
    path = str(call.parameters["url"]).removeprefix(PUBLIC)
    async with serving(chat.telegram.routes(), 0, chat.world.store.outbox) as port:
        yield f"http://127.0.0.1:{port}{path}", call.parameters["secret_token"]
    await chat.telegram.stop()


async def posted(url: str, secret: str, **body: Any) -> int:  # noqa: ANN401
    async with ClientSession() as session, session.post(url, headers={SECRET_HEADER: secret}, **body) as response:
        return response.status


async def test_an_update_through_the_webhook_is_a_turn() -> None:
    chat = Chat(public_url=PUBLIC)
    async with hooked(chat) as (url, secret):
        assert await posted(url, secret, json=chat.message("help")) == 200
        await chat.delivered()
    assert chat.wire.sent()[0].text.startswith("What I can do")
    assert [c.method for c in chat.wire.calls if c.method in {"getUpdates", "deleteWebhook"}] == []


async def test_the_webhook_lets_in_only_who_knows_the_secret() -> None:
    chat = Chat(public_url=PUBLIC)
    async with hooked(chat) as (url, secret):
        assert await posted(url, "wrong", json=chat.message("help")) == 403
        assert await posted(url, "", json=chat.message("help")) == 403
        assert await posted(url[:-1], secret, json=chat.message("help")) == 404
        assert await posted(re.sub(r"/telegram/.*", "/healthz", url), secret) == 405
    assert await chat.world.store.outbox() == []
    assert TOKEN not in url
    assert TOKEN not in secret
    assert re.fullmatch(r"[A-Za-z0-9_-]{32,256}", secret)


async def test_turns_through_the_webhook_go_on_side_by_side_and_in_order_for_each() -> None:
    world, wire = World(), Wire()
    anna, bob = Chat(world, wire, public_url=PUBLIC), Chat(world, wire, user=8)
    receive, came = anna.telegram.receive, list[int]()

    async def received(update: Update) -> None:
        came.append(update.update_id)
        await receive(update)

    anna.telegram.receive = received  # type: ignore[method-assign]
    async with hooked(anna) as (url, secret):
        async with world.store.account_lock(anna.account):
            held = asyncio.create_task(posted(url, secret, json=anna.message("help")))
            await until(lambda: len(came) == 1)
            behind = asyncio.create_task(posted(url, secret, json=anna.message("privacy")))
            await until(lambda: len(came) == 2)
            assert await posted(url, secret, json=bob.message("cite")) == 200
            assert not held.done()
        assert [await held, await behind] == [200, 200]
    said = [plain_text(entry.outgoing.message).split()[0] for entry in await world.store.outbox()]
    assert said[1:] == ["What", "Who"]


NO_UPDATES = (b"", b"{", b"[]", b"7", b'{"update_id": "x", "message": 3}', b"\xff", b"[" * 100_000)


@pytest.mark.parametrize("body", NO_UPDATES, ids=range(len(NO_UPDATES)))
async def test_what_is_no_update_is_refused(body: bytes) -> None:
    chat = Chat(public_url=PUBLIC)
    async with hooked(chat) as (url, secret):
        assert await posted(url, secret, data=body) == 400
        assert await posted(url, secret, json=chat.message("help")) == 200


async def test_a_body_that_no_update_has_is_not_read() -> None:
    chat = Chat(public_url=PUBLIC)
    async with hooked(chat) as (url, secret):
        assert await posted(url, secret, data=BytesIO(b" " * 1_050_000)) == 413


async def test_an_update_that_nobody_can_read_is_taken_and_does_not_come_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chat = Chat(public_url=PUBLIC)
    async with hooked(chat) as (url, secret):
        assert await posted(url, secret, json=chat.message(poll={"id": "1", "question": "Canary?"})) == 200
    assert "cannot be read" in caplog.text
    assert "Canary" not in caplog.text


async def test_only_a_post_is_an_update() -> None:
    chat = Chat(public_url=PUBLIC)
    async with hooked(chat) as (url, secret), ClientSession(headers={SECRET_HEADER: secret}) as session:
        for method in ("GET", "PUT", "DELETE"):
            async with session.request(method, url, json=chat.message("help")) as response:
                assert response.status == 405
    assert await chat.world.store.outbox() == []


async def test_each_start_tells_telegram_where_to_bring_updates() -> None:
    """An address that changed is told anew; without one the webhook goes; what waits at Telegram is never dropped."""
    world, wire = World(), Wire()
    for url in (PUBLIC, "https://elsewhere.example", ""):
        chat = Chat(world, wire, public_url=url)
        await chat.telegram.start()
        await settled()
        await chat.telegram.stop()
        assert [route.method for route in chat.telegram.routes()] == (["POST"] if url else [])
    hooks = [call for call in wire.calls if call.method in {"setWebhook", "deleteWebhook"}]
    assert [(call.method, str(call.parameters.get("url", "")).partition("/telegram")[0]) for call in hooks] == [
        ("setWebhook", PUBLIC),
        ("setWebhook", "https://elsewhere.example"),
        ("deleteWebhook", ""),
    ]
    assert not [call for call in hooks if call.parameters.get("drop_pending_updates")]
    assert [call.method for call in wire.calls if call.method == "getUpdates"] == ["getUpdates"]


async def test_what_could_not_be_committed_comes_again_through_the_webhook() -> None:
    chat = Chat(public_url=PUBLIC)
    real, full = chat.world.store.commit, True

    async def commit(commit: Commit) -> tuple[OutboxEntry, ...]:
        if full:
            raise StoreError("no space left")
        return await real(commit)

    chat.world.store.commit = commit  # type: ignore[method-assign]
    update = chat.message("help")
    async with hooked(chat) as (url, secret):
        assert await posted(url, secret, json=update) == 503
        full = False
        assert [await posted(url, secret, json=update) for _ in range(2)] == [200, 200]
    assert len(await chat.world.store.outbox()) == 1


async def health(looked_up: Callable[[], Awaitable[object]]) -> tuple[int, str]:
    async with (
        serving([], 0, looked_up) as port,
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as response,
    ):
        return response.status, await response.text()


async def test_the_server_says_that_it_is_there() -> None:
    assert await health(World().store.outbox) == (200, "ok\n")


async def test_the_server_says_when_the_store_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone() -> None:
        raise StoreError("the database does not answer")

    assert await health(gone) == (503, "the store does not answer\n")
    monkeypatch.setattr("adapters.server.web.PATIENCE", 0)
    assert await health(asyncio.Event().wait) == (503, "the store does not answer\n")


async def test_whoever_asks_for_health_hears_of_the_store_of_the_running_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    chat, served = Chat(public_url=PUBLIC), list[Callable[[], Awaitable[object]]]()

    @asynccontextmanager
    async def listening(routes: object, port: int, looked_up: Callable[[], Awaitable[object]]) -> AsyncIterator[int]:
        served.append(looked_up)
        yield port

    monkeypatch.setattr("adapters.server.run.serving", listening)
    async with running(chat.world.service(), [chat.telegram], 0, chat.clock):
        assert await served[0]() is False

        async def gone(message_id: str) -> bool:
            raise StoreError("the database does not answer")

        chat.world.store.seen = gone  # type: ignore[method-assign]
        with pytest.raises(StoreError):
            await served[0]()


# A Bot API server

Fault = Callable[[web.Request], web.StreamResponse]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reset(call: web.Request) -> web.StreamResponse:
    """The connection breaks."""
    assert call.transport
    call.transport.abort()
    return web.Response()


def taken_and_reset(call: web.Request) -> web.StreamResponse:
    """The message was taken; the connection breaks before the answer is there."""
    return reset(call)


def answering(status: int, **parameters: int) -> Fault:
    body = {"ok": False, "error_code": status, "description": "no", "parameters": parameters}
    return lambda _: web.json_response(body, status=status)


class Server:
    """The emulator on a port of its own; `faults` come before its answers to sendMessage."""

    def __init__(self) -> None:
        self.emulator = LoBotApiEmulator()
        self.faults: list[Fault] = []
        self.taken = 0

        @web.middleware
        async def faulty(call: web.Request, handler: Handler) -> web.StreamResponse:
            if self.faults and call.path.endswith("/sendMessage"):
                fault = self.faults.pop(0)
                if fault is taken_and_reset:
                    await handler(call)
                    self.taken += 1
                return fault(call)
            return await handler(call)

        application = self.emulator.app()
        application.middlewares.append(faulty)
        self.server = TestServer(application)

    async def bring(self, *updates: dict[str, Any]) -> None:
        for update in updates:
            await self.emulator.enqueue_update(update, token=TOKEN)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    # It differs from https://core.telegram.org/bots/api#sendmessage: one parameter is missing, and tags count as text.
    contract = copy.deepcopy(lo_bot_api_emulator.CONTRACT)
    contract["limits"] |= {"captionUtf16": 2048, "textUtf16": 8192}
    for method in ("sendMessage", "editMessageText"):
        contract["methods"][method]["parameters"].append("link_preview_options")
    monkeypatch.setattr(lo_bot_api_emulator, "CONTRACT", contract)
    started = Server()
    await started.server.start_server()
    yield started
    await started.server.close()


def said(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call.method in {"sendMessage", "sendDocument"}]


@asynccontextmanager
async def at_work(world: World, server: Server) -> AsyncIterator[FakeClock]:
    base = str(server.server.make_url("/"))
    settings = read_settings(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": f"{base}bot",
            "TELEGRAM_BASE_FILE_URL": f"{base}file/bot",
        }
    )
    clock = FakeClock(START)
    platform = configured(settings, world.service(), clock)
    assert platform
    async with running(world.service(), [platform], 0, clock):
        yield clock


LONG = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x" * 65)]])


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("<b>Anna", {"parse_mode": "HTML"}),
        ("<name>", {"parse_mode": "HTML"}),
        ("x" * 4097, {"parse_mode": "HTML"}),
        ("<b> </b>", {"parse_mode": "HTML"}),
        ("x", {"api_kwargs": {"colour": "red"}}),
        ("x", {"reply_markup": LONG}),
    ],
)
async def test_a_call_that_telegram_would_not_take_does_not_leave(
    server: Server, refused: list[Exception], text: str, more: dict[str, Any]
) -> None:
    """So no test can send unchecked: neither on the wire, nor over HTTP."""
    wire = Wire()
    over_http = Bot(TOKEN, base_url=f"{server.server.make_url('/')}bot", request=HTTPXRequest())
    for bot, why in ((new_bot(wire), wire.refused), (over_http, refused)):
        with pytest.raises(Refused, match="sendMessage"):
            await bot.send_message(7, text, **more)
        assert len(why) == 1
    assert (wire.calls, server.emulator.requests) == ([], [])
    refused.clear()


async def test_a_request_from_the_first_word_to_the_pdf_over_http(server: Server, calls: list[Call]) -> None:
    world, chat = World(), Chat()
    lines = ("/start", "request", "i will", "challenge", *FORM[3:], "yes, this is right")
    await server.bring(*(chat.message(line) for line in lines))
    async with at_work(world, server):
        await until(lambda: len(said(calls)) > len(lines))  # the last message comes in two
    (request,) = await world.store.requests(RequestQuery())
    (document,) = [call for call in said(calls) if "document" in call.files]
    assert request.id in document.text
    (asset,) = [asset for asset in server.emulator.assets.values() if "data" in asset]
    assert asset["data"] == document.files["document"][1]
    assert await world.store.outbox() == []


@pytest.mark.parametrize(
    "faults", [[reset], [reset, reset], [answering(500)], [answering(429, retry_after=3)], [answering(502), reset]]
)
async def test_faults_of_the_line_lose_and_double_nothing(
    server: Server, calls: list[Call], faults: list[Fault]
) -> None:
    world, chat = World(), Chat()
    server.faults += faults
    await server.bring(chat.message("help"), chat.message("privacy"))
    async with at_work(world, server) as clock:
        while len(said(calls)) < 2:
            await settled()
            if clock.next_wake:
                clock.advance_to(clock.next_wake)
    assert [call.text.split()[0] for call in said(calls)] == ["What", "Who"]
    assert await world.store.outbox() == []


async def test_a_message_that_was_taken_though_the_answer_was_lost_comes_once_more_and_in_order(
    server: Server, calls: list[Call]
) -> None:
    world, chat = World(), Chat()
    server.faults += [taken_and_reset]
    await server.bring(chat.message("help"), chat.message("privacy"))
    async with at_work(world, server) as clock:
        while len(said(calls)) < 2:
            await settled()
            if clock.next_wake:
                clock.advance_to(clock.next_wake)
    assert server.taken == 1  # the copy that nobody can know of
    assert [call.text.split()[0] for call in said(calls)] == ["What", "Who"]
    assert await world.store.outbox() == []
