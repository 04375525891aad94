"""Slack, by Socket Mode or HTTP: what comes in goes to the service, acknowledged first; what goes out, through `Calls`.

`EVENTS`, `COMMAND`, `SHORTCUT` and the action ids are what `manifest.yaml` has to declare; tests hold the two
together.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.blocks import CHOICE, DIRECT, FORM
from adapters.slack.clearing import clear
from adapters.slack.client import REVOKED, Calls
from adapters.slack.events import PLATFORM, Payload
from adapters.slack.home import CONTINUE, FILTER
from adapters.slack.listeners import Ack, Listeners
from adapters.slack.quiet_logs import quiet_logger
from adapters.slack.staff_group import StaffGroup
from adapters.slack.turns import Answers
from bot.app.config import Settings
from bot.app.service import Service
from bot.model.clock import Clock
from bot.model.errors import ConfigError, DeliveryFailed, LaBotError
from bot.store.port import OutboxEntry
from bot.texts.say import Say

log = logging.getLogger(__name__)

COMMAND = "/la"
SHORTCUT = "ask_about"
EVENTS = (
    *("app_home_opened", "app_mention", "app_uninstalled", "message", "subteam_members_changed", "tokens_revoked"),
)
PATH = "/slack/events"
"""The path to which Slack sends events, commands and presses in HTTP mode."""

_REMEDY = "copy it from https://api.slack.com/apps (your app)"
_NOT_INSTALLED = "slack: the app is not installed any more"


def configured(settings: Settings, service: Service, _: Clock) -> "Slack | None":
    """The platform, where there is a token for it."""
    return Slack(service, settings) if settings.slack_bot_token else None


class Slack:
    """The platform (`adapters.platform.Platform`). `ping_interval` is the socket's, in seconds."""

    name = PLATFORM

    def __init__(self, service: Service, settings: Settings, ping_interval: float = 10) -> None:
        self.service, self.settings, self.ping_interval = service, settings, ping_interval
        self.stopped_because = ""
        logger = quiet_logger()
        client = AsyncWebClient(settings.slack_bot_token, base_url=settings.slack_base_url, logger=logger)
        # The outbox tries again, not the client: a message could be sent twice without anybody knowing.
        client.retry_handlers.clear()
        self.answers = Answers(service, Calls(client, service, self._revoked))
        self.group = StaffGroup(self.answers.calls, settings.staff_group, lambda: self.answers.team, service.issuer.now)
        service.desk.roles.group = self.group.members
        self.app = AsyncApp(
            client=client,
            signing_secret=settings.slack_signing_secret,
            logger=logger,
            name="adapters.slack.library",
        )
        self._socket: AsyncSocketModeHandler | None = None
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._listen()

    # The platform

    def routes(self) -> Iterable[web.RouteDef]:
        """The address for Slack's requests, where there is no app token for Socket Mode."""
        return () if self.settings.slack_app_token else (web.post(PATH, self._over_http),)

    async def start(self) -> None:
        """Look whether the tokens are good, and open the socket. Raises LaBotError."""
        known = await self._asked("SLACK_BOT_TOKEN", self.app.client.auth_test)
        self.answers.team = known["team_id"]
        if not self.settings.slack_app_token:
            if not (self.settings.slack_signing_secret and self.settings.public_url):
                raise ConfigError(
                    "Slack: set SLACK_APP_TOKEN, or both SLACK_SIGNING_SECRET and LA_BOT_PUBLIC_URL;"
                    " README says where to find them"
                )
            return
        token = self.settings.slack_app_token
        opened = await self._asked("SLACK_APP_TOKEN", lambda: self.app.client.apps_connections_open(app_token=token))
        self._socket = AsyncSocketModeHandler(self.app, token, self.app.logger, ping_interval=self.ping_interval)
        self._socket.client.wss_uri = opened["url"]
        await self._socket.client.connect()  # type: ignore[no-untyped-call]

    async def _asked(self, setting: str, call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - Slack's answer
        try:
            return await self.answers.calls.tried(call)
        except DeliveryFailed as error:
            code = str(error).removeprefix("slack: ")
            if code in REVOKED or code == "not_allowed_token_type":
                raise ConfigError(f"{setting}: Slack says {code}; {_REMEDY}") from None
            raise LaBotError(f"Slack cannot be reached ({code}); try again, or set SLACK_BASE_URL") from None

    async def stop(self) -> None:
        """Receive no more; return when the turns under way are done."""
        await self._close()
        # Bolt acknowledges, and begins the work on the loop's next round.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        while self._in_hand:
            self._idle.clear()
            await self._idle.wait()
        await self.answers.zones.settled()

    async def _close(self) -> None:
        if socket := self._socket:
            self._socket = None
            await socket.client.close()  # type: ignore[no-untyped-call]

    def _revoked(self, reason: str) -> None:
        """The installation ended: this adapter stops, the bot goes on."""
        if not self.stopped_because:
            self.stopped_because = reason
            log.error("Slack stopped: %s. Install the app again, set SLACK_BOT_TOKEN anew, and restart", reason)
            self._closing = asyncio.get_running_loop().create_task(self._close())

    async def deliver(self, entry: OutboxEntry) -> Sequence[str]:
        """See `bot.store.port.Deliver`. No ids are needed: Slack knows what the bot wrote."""
        if self.stopped_because:
            raise DeliveryFailed(_NOT_INSTALLED)
        await self.answers.calls.deliver(entry)
        if entry.outgoing.about:
            await self.answers.refresh_about(entry.outgoing.about)
        return ()

    async def clear(self, entry: OutboxEntry, ids: Sequence[str]) -> int:
        """See `bot.store.port.Clear`."""
        if self.stopped_because:
            raise DeliveryFailed(_NOT_INSTALLED)
        return await clear(self.answers.calls, entry.outgoing.address.chat)

    async def _over_http(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

    # What Slack sends

    def _listen(self) -> None:
        listeners = Listeners(self.service, self.answers.calls, self.answers, self.group, self._revoked)
        for event in EVENTS:
            self.app.event(event)(self._acknowledged(getattr(listeners, f"on_{event}")))
        self.app.command(COMMAND)(self._acknowledged(listeners.on_command))
        self.app.message_shortcut(SHORTCUT)(self._acknowledged(listeners.on_shortcut))
        self.app.action(re.compile(f"^{CHOICE}:"))(self._acknowledged(listeners.on_choice))
        self.app.action(FILTER)(self._acknowledged(listeners.on_filter))
        self.app.action(CONTINUE)(self._acknowledged(listeners.on_continue))
        self.app.action(FORM)(self._acknowledged(listeners.on_form))
        self.app.action(DIRECT)(self._acknowledged(listeners.on_direct))
        self.app.view(FORM)(self._working(listeners.on_sent_form))

    def _acknowledged(self, listener: Callable[[Payload], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """Acknowledge first: Slack waits three seconds, and sends again what was not acknowledged."""

        async def acknowledged(body: Payload, ack: Ack) -> None:
            await ack()
            await listener(body)

        return self._working(acknowledged)

    def _working(self, listener: Callable[[Payload, Ack], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """A listener whose work `stop` waits for, and the adapter's border: nothing thrown goes further."""

        async def working(body: dict[str, Any], ack: Ack) -> None:
            self._in_hand += 1
            try:
                if self.stopped_because:
                    await ack()
                else:
                    self.answers.team = self.answers.team or str(body.get("team_id") or body["team"]["id"])
                    await listener(body, ack)
            except Exception as error:
                log.error("what Slack sent could not be answered: %s", type(error).__name__)
                if "response_url" in body:
                    await self.answers.calls.respond(body["response_url"], self.answers.message(Say("failure")))
            finally:
                self._in_hand -= 1
                self._idle.set()

        return working
