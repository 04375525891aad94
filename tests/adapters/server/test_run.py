"""`la-bot run`, whole: what starts, what stops, and what `la-bot doctor` says of Telegram before."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.platform import Finding
from adapters.server import run
from adapters.telegram.app import Telegram
from adapters.telegram.doctor import examined
from bot.app.bootstrap import Bot
from bot.app.config import Settings, read_settings
from bot.app.scheduler import Clockwork
from bot.app.service import Service
from bot.document.issuer import utc_now
from bot.model.clock import Clock
from bot.model.errors import ConfigError, LaBotError
from tests.adapters.telegram.test_faults import until
from tests.adapters.telegram_talk import Chat, settled
from tests.adapters.telegram_wire import ME, Answer, Wire, error, new_bot
from tests.fakes import FakeClock
from tests.talk import START, World


def only(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram on this wire is the one platform."""

    def make(_: Settings, service: Service, clock: Clock) -> Telegram:
        return Telegram(service, new_bot(wire), clock)

    monkeypatch.setattr(run, "PLATFORMS", (make, lambda *_: None))


def a_bot(world: World) -> Bot:
    return Bot(world.service(), world.policy, Clockwork((), FakeClock(START)), world.versions())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_runs_until_it_is_told_to_stop(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    world, chat, told = World(now=utc_now()), Chat(), list[str]()
    only(chat.wire, monkeypatch)
    chat.wire.bring(chat.message("help"))
    task = asyncio.create_task(run.run_platforms(a_bot(world), read_settings({}), told.append))
    await until(chat.wire.sent)
    assert told == ["running: telegram"]
    os.kill(os.getpid(), number)
    await task
    assert told == ["running: telegram", "stopped"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert await world.store.outbox() == []


async def test_what_was_kept_from_the_garbage_collector_is_given_back_at_the_end() -> None:
    """Else nanobind (zxingcpp) writes at every stop that its whole module leaked."""
    chat = Chat()
    async with run.running(chat.world.service(), [chat.telegram], 0, chat.clock):
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


async def test_without_a_platform_it_says_so() -> None:
    with pytest.raises(ConfigError, match="no chat platform is configured"):
        await run.run_platforms(a_bot(World()), read_settings({}), print)


async def test_what_started_is_stopped_where_something_else_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    world, first, second = World(), Chat(), Chat()
    second.wire.fails("getMe", error(401, "Unauthorized"))
    with pytest.raises(ConfigError, match="TELEGRAM_BOT_TOKEN"):
        async with run.running(world.service(), [first.telegram, second.telegram], 0, first.clock):
            raise AssertionError
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_where_nothing_can_be_reached_it_does_not_start() -> None:
    chat = Chat()
    chat.wire.fails("getMe", error(500, "oh"))
    with pytest.raises(LaBotError, match="Telegram cannot be reached"):
        async with run.running(chat.world.service(), [chat.telegram], 0, chat.clock):
            raise AssertionError


async def test_a_platform_that_cannot_be_reached_joins_later_and_keeps_the_others_from_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, told = World(), list[str]()
    chat, other = Chat(world), Chat(world)
    other.telegram.name = "other"
    other.wire.fails("getMe", error(500, "oh"), error(500, "oh"))
    async with run.running(world.service(), [other.telegram, chat.telegram], 0, chat.clock, told.append):
        chat.wire.bring(chat.message("help"))
        await until(chat.wire.sent)
        assert told == ["running: telegram"]
        assert "it is tried again while the others run" in caplog.text
        for _ in range(2):
            await until(lambda: chat.clock.next_wake)
            chat.clock.advance_to(chat.clock.now() + timedelta(seconds=10))
            await settled()
        await until(lambda: told == ["running: telegram", "running: other"])
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_platform_that_joins_with_a_wrong_token_is_told_and_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    chat, other = Chat(world), Chat(world)
    other.telegram.name = "other"
    other.wire.fails("getMe", error(500, "oh"), error(401, "Unauthorized"))
    async with run.running(world.service(), [other.telegram, chat.telegram], 0, chat.clock):
        await until(lambda: chat.clock.next_wake)
        chat.clock.advance_to(chat.clock.now() + timedelta(seconds=10))
        await until(lambda: "TELEGRAM_BOT_TOKEN" in caplog.text)
        await settled()
        assert chat.clock.next_wake is None


# The doctor


async def found(wire: Wire, public_url: str = "") -> list[tuple[str, str]]:
    return [(finding.mark.strip(), finding.text) async for finding in examined(new_bot(wire), public_url)]


def on_wire(**answers: Answer) -> Wire:
    wire = Wire()
    wire.bring({"update_id": 1})
    for method, answer in answers.items():
        wire.fails(method, answer)
    return wire


def ok(result: object) -> Answer:
    return 200, {"ok": True, "result": result}


def webhook(url: str, pending: int, **more: object) -> Answer:
    return ok({"url": url, "has_custom_certificate": False, "pending_update_count": pending, **more})


@pytest.mark.parametrize(
    ("wire", "findings"),
    [
        (on_wire, [("ok", "@la_test_bot"), ("ok", "no other program")]),
        (lambda: on_wire(getMe=error(401, "Unauthorized")), [("wrong", "@BotFather")]),
        (lambda: on_wire(getMe=error(502, "Bad Gateway")), [("wrong", "TELEGRAM_BASE_URL")]),
        (
            lambda: on_wire(getUpdates=error(409, "Conflict: terminated by other getUpdates request")),
            [("ok", "@la_test_bot"), ("note", "another program fetches this bot's messages (409")],
        ),
        (
            lambda: on_wire(getMe=ok(ME | {"can_read_all_group_messages": True}), getWebhookInfo=webhook("", 3)),
            [("ok", "@la"), ("note", "/setprivacy"), ("ok", "no other"), ("note", "3 messages wait")],
        ),
        (
            lambda: on_wire(getWebhookInfo=webhook("https://bot.example/telegram/x", 0)),
            [("ok", "@la_test_bot"), ("ok", "LA_BOT_PUBLIC_URL")],
        ),
        (
            lambda: on_wire(getWebhookInfo=webhook("https://b.example/x", 0, last_error_message="timed out")),
            [("ok", "@la_test_bot"), ("note", "another address"), ("note", "timed out")],
        ),
    ],
)
async def test_the_doctor_says_what_telegram_says(wire: Callable[[], Wire], findings: list[tuple[str, str]]) -> None:
    said = await found(wire(), "https://bot.example")
    assert [mark for mark, _ in said] == [mark for mark, _ in findings]
    assert all(part in text for (_, text), (_, part) in zip(said, findings, strict=True))


async def test_the_doctor_says_what_telegram_needs() -> None:
    finding, *_ = await run.platform_findings(read_settings({}))
    assert finding == Finding(
        "note ", "TELEGRAM_BOT_TOKEN is not set: no Telegram; @BotFather makes a bot and its token"
    )


# The settings


def test_the_settings_of_the_server_and_of_telegram_are_read() -> None:
    assert read_settings({}).telegram_base_url == "https://api.telegram.org/bot"
    settings = read_settings({"LA_BOT_PUBLIC_URL": "https://bot.example/", "PORT": "80", "TELEGRAM_BOT_TOKEN": "1:x"})
    assert (settings.public_url, settings.port, settings.telegram_bot_token) == ("https://bot.example", 80, "1:x")


@pytest.mark.parametrize(
    ("name", "text"), [("LA_BOT_PUBLIC_URL", "http://x"), ("PORT", "http"), ("TELEGRAM_BASE_URL", "telegram")]
)
def test_a_wrong_setting_is_named(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_settings({name: text})


def test_the_procfile_starts_one_program_for_polling_and_for_webhooks() -> None:
    lines = (Path(__file__).parents[3] / "Procfile").read_text(encoding="utf-8").splitlines()
    started = dict(line.split(": ", 1) for line in lines)
    assert started["worker"] == started["web"] == "python -m adapters run"


async def test_slack_and_telegram_are_made_side_by_side_for_one_run() -> None:
    tokens = {"TELEGRAM_BOT_TOKEN": "123:abc", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    service, clock = World().service(), FakeClock(START)
    made = [make(read_settings(tokens), service, clock) for make in run.PLATFORMS]
    assert [platform.name for platform in made if platform] == ["telegram", "slack"]
    assert [make(read_settings({}), service, clock) for make in run.PLATFORMS] == [None, None]
