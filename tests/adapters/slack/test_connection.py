"""Slack's two ways in: a real WebSocket, and signed requests over HTTP; how each begins, breaks and ends."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.platform import Platform
from adapters.slack.app import PATH, configured
from bot.app.config import read_settings
from bot.model.clock import SystemClock
from bot.model.errors import ConfigError, DeliveryFailed, LaBotError, StoreError
from bot.model.identity import DeliveryAddress
from bot.store.port import Commit, OutboxEntry
from tests.adapters.slack_server import TEAM, Failure, Json
from tests.adapters.slack_talk import SlackTalk, settings, talk

SECRET = "s" * 32
HTTP = {"SLACK_SIGNING_SECRET": SECRET, "LA_BOT_PUBLIC_URL": "https://bot.example.org"}


# Socket Mode


@asynccontextmanager
async def socket_mode(ping_interval: float = 10) -> AsyncIterator[SlackTalk]:
    async with talk(SLACK_APP_TOKEN="xapp-1") as person:
        person.slack.ping_interval = ping_interval
        await person.slack.start()
        yield person


async def sent(person: SlackTalk, body: Json, envelope: str = "e1", kind: str = "events_api") -> Json:
    """Send it down the newest socket; the acknowledgement."""
    socket = person.server.sockets[-1]
    await socket.send_json({"envelope_id": envelope, "type": kind, "payload": body, "accepts_response_payload": True})
    return await asyncio.wait_for(person.server.received.get(), 10)


async def worked(person: SlackTalk) -> None:
    """All that came in is done and delivered. The socket stays open."""
    while not await person.world.store.outbox():
        await asyncio.wait_for(person.world.store.outbox_changed(), 10)
    await person.deliver()


async def test_a_message_comes_down_the_socket_and_is_acknowledged_at_once() -> None:
    async with socket_mode() as person:
        assert await sent(person, person.message("hello")) == {"envelope_id": "e1"}
        await worked(person)
        assert "What would you like to do?" in person.shown_words


async def test_a_message_that_comes_down_twice_is_answered_once() -> None:
    async with socket_mode() as person:
        body = person.message("hello")
        await sent(person, body, "e1")
        await worked(person)
        await sent(person, body | {"retry_attempt": 1}, "e2")
        await person.slack.stop()
        await person.deliver()
        assert len(person.heard) == 1


async def test_the_acknowledgement_waits_for_no_work() -> None:
    async with socket_mode() as person:
        lock = person.world.store.account_lock(person.account)
        async with lock:
            assert await sent(person, person.message("hello")) == {"envelope_id": "e1"}
            assert await person.world.store.outbox() == []
        await worked(person)
        assert len(person.heard) == 1


async def test_a_disconnect_in_the_middle_of_a_turn_loses_nothing() -> None:
    async with socket_mode(ping_interval=0.05) as person:
        async with person.world.store.account_lock(person.account):
            await sent(person, person.message("hello"))
            first = person.server.sockets[-1]
            await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
            while len(person.server.sockets) < 2:
                await asyncio.wait_for(person.server.connected.get(), 10)
        await worked(person)
        assert len(person.heard) == 1
        await sent(person, person.message("help"), "e2")
        await worked(person)
        assert len(person.heard) == 2


async def connected_again(person: SlackTalk) -> None:
    before = len(person.server.sockets)
    while len(person.server.sockets) == before:
        await asyncio.wait_for(person.server.connected.get(), 10)


async def test_a_socket_that_is_closed_is_opened_again() -> None:
    async with socket_mode(ping_interval=0.05) as person:
        await person.server.sockets[-1].close()
        await connected_again(person)
        await sent(person, person.message("hello"))
        await worked(person)
        assert len(person.heard) == 1


async def test_a_socket_that_fell_silent_is_opened_again() -> None:
    async with socket_mode(ping_interval=0.3) as person:
        person.server.silent = True
        await connected_again(person)
        person.server.silent = False
        assert len(person.server.named("apps.connections.open")) > 1


async def test_stopping_waits_for_the_turn_under_way() -> None:
    async with socket_mode() as person:
        async with person.world.store.account_lock(person.account):
            await sent(person, person.message("hello"))
            stopping = asyncio.create_task(person.slack.stop())
            await asyncio.sleep(0)
            assert not stopping.done()
        await stopping
        await person.deliver()
        assert len(person.heard) == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "app_uninstalled"}, "the app was uninstalled"),
        ({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}, "its token was revoked"),
    ],
)
async def test_an_ended_installation_stops_the_adapter_and_says_so(
    event: Json, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with socket_mode() as person:
        await person.send(person.event(event))
        assert f"Slack stopped: {reason}" in caplog.text
        await person.say("hello")
        assert await person.world.store.outbox() == []
        await person.slack.service.post("", person_address(person), person.slack.service.in_public("May I sell it?"))
        (entry,) = await person.world.store.outbox()
        with pytest.raises(DeliveryFailed, match="not installed any more"):
            await person.slack.deliver(entry)


async def test_the_token_of_a_person_may_be_revoked() -> None:
    async with talk() as person:
        await person.send(person.event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}))
        assert person.slack.stopped_because == ""


def person_address(person: SlackTalk) -> DeliveryAddress:
    return DeliveryAddress("slack", person.channel)


async def test_a_failure_at_the_border_is_logged_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with talk() as person:
        mention = {"type": "app_mention", "user": "U1", "text": "<@UBOT> hi", "channel": "C1", "ts": "1.1"}
        person.world.store.commit = full_disk  # type: ignore[assignment,method-assign]
        await person.send(person.event(mention))
        assert "what Slack sent could not be answered: StoreError" in caplog.text


async def full_disk(_: Commit) -> tuple[OutboxEntry, ...]:
    raise StoreError("the disk is full")


# Start


async def test_it_is_a_platform_where_there_is_a_token_for_it() -> None:
    async with talk() as person:
        service = person.slack.service
        platform: Platform | None = configured(settings(person.server), service, SystemClock())
        assert platform is not None
        assert platform.name == "slack"
        assert configured(read_settings({}), service, SystemClock()) is None


async def test_a_wrong_token_is_named_at_start() -> None:
    async with talk(SLACK_BOT_TOKEN="xoxb-bad") as person:
        with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN: Slack says invalid_auth"):
            await person.slack.start()


async def test_a_wrong_app_token_is_named_at_start() -> None:
    async with talk(SLACK_APP_TOKEN="xapp-1") as person:
        person.server.failures["apps.connections.open"].append(Failure("invalid_auth"))
        with pytest.raises(ConfigError, match="SLACK_APP_TOKEN: Slack says invalid_auth"):
            await person.slack.start()


async def test_a_mode_that_is_half_configured_is_named_at_start() -> None:
    async with talk(SLACK_SIGNING_SECRET=SECRET) as person:
        with pytest.raises(ConfigError, match="SLACK_APP_TOKEN, or both SLACK_SIGNING_SECRET and LA_BOT_PUBLIC_URL"):
            await person.slack.start()


async def test_a_slack_that_cannot_be_reached_is_named_at_start() -> None:
    async with talk(SLACK_APP_TOKEN="xapp-1") as person:
        person.server.failures["auth.test"].append(Failure(status=503))
        with pytest.raises(LaBotError, match="Slack cannot be reached"):
            await person.slack.start()


async def test_socket_mode_needs_no_route() -> None:
    async with talk(SLACK_APP_TOKEN="xapp-1") as person:
        assert list(person.slack.routes()) == []


# HTTP


@asynccontextmanager
async def over_http() -> AsyncIterator[tuple[SlackTalk, "TestClient[web.Request, web.Application]"]]:
    async with talk(None, **HTTP) as person:
        await person.slack.start()
        app = web.Application()
        app.add_routes(person.slack.routes())
        async with TestClient(TestServer(app)) as client:
            yield person, client


def signed(body: str, age: int = 0, secret: str = SECRET) -> dict[str, str]:
    at = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}", "Content-Type": "application/json"}


async def test_a_signed_message_is_answered() -> None:
    async with over_http() as (person, client):
        body = json.dumps(person.message("hello"))
        response = await client.post(PATH, data=body, headers=signed(body))
        assert response.status == 200
        await person.slack.stop()
        await person.deliver()
        assert len(person.heard) == 1


async def test_a_repetition_over_http_changes_nothing() -> None:
    async with over_http() as (person, client):
        body = json.dumps(person.message("hello"))
        for number in range(3):
            headers = signed(body) | {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"}
            assert (await client.post(PATH, data=body, headers=headers)).status == 200
            await person.slack.stop()
        await person.deliver()
        assert len(person.heard) == 1


@pytest.mark.parametrize("headers", [{"age": 600}, {"secret": "another"}, None])
async def test_what_is_not_signed_by_slack_or_old_is_refused(headers: dict[str, object] | None) -> None:
    async with over_http() as (person, client):
        body = json.dumps(person.message("hello"))
        given = {} if headers is None else signed(body, **headers)  # type: ignore[arg-type]
        assert (await client.post(PATH, data=body, headers=given)).status == 401
        await person.slack.stop()
        assert await person.world.store.outbox() == []


async def test_slack_can_verify_the_address() -> None:
    async with over_http() as (_, client):
        body = json.dumps({"type": "url_verification", "challenge": "c1", "token": "t"})
        response = await client.post(PATH, data=body, headers=signed(body))
        assert (await response.json())["challenge"] == "c1"


async def test_a_command_over_http_is_acknowledged_and_answered() -> None:
    async with over_http() as (person, client):
        fields = {"command": "/la", "text": "ask May I sell it?", "team_id": TEAM, "user_id": "U1", "channel_id": "C1"}
        body = urlencode(fields | {"trigger_id": "t", "response_url": f"{person.server.url}respond"})
        headers = signed(body) | {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await client.post(PATH, data=body, headers=headers)).status == 200
        await person.slack.stop()
        assert len(person.server.responses) == 1
