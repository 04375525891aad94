"""Slack, by Socket Mode or HTTP: what comes in goes to the service, acknowledged first; what goes out, through `Calls`.

`EVENTS`, `COMMAND`, `SHORTCUT` and the action ids are what `slack_manifest.yaml` has to declare; tests hold the two
together.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters import slack_events as events
from adapters.slack_blocks import CHOICE, DIRECT, FORM, chosen, parts, pressed
from adapters.slack_calls import REVOKED, Calls
from adapters.slack_events import PLATFORM, Payload
from adapters.slack_form import errors, form, is_open, sent
from adapters.slack_home import CONTINUE, home
from adapters.slack_quiet import quiet_logger
from adapters.slack_words import from_markup
from bot.config import Settings
from bot.dialogue import ABOUT_THE_STATE
from bot.errors import ConfigError, DeliveryFailed, LaBotError
from bot.messages import Button, Message
from bot.model import Account, DeliveryAddress
from bot.ports import OutboxEntry, RequestQuery
from bot.service import CameIn, Incoming, Pressed, Service, Typed
from bot.turns import Say

log = logging.getLogger(__name__)

COMMAND = "/la"
SHORTCUT = "ask_about"
EVENTS = ("app_home_opened", "app_mention", "app_uninstalled", "message", "tokens_revoked")
PATH = "/slack/events"
"""Where Slack sends events, commands and presses in HTTP mode."""

_MENTION = re.compile(r"^\s*(<@[^>]+>\s*)+")
_REMEDY = "copy it from https://api.slack.com/apps (your app)"
_NOT_INSTALLED = "slack: the app is not installed any more"

Ack = Callable[..., Awaitable[Any]]


class Slack:
    """The platform (`adapters.platform.Platform`). `ping_interval` is the socket's, in seconds."""

    name = PLATFORM

    def __init__(self, service: Service, settings: Settings, ping_interval: float = 10) -> None:
        self.service, self.settings, self.ping_interval = service, settings, ping_interval
        self.team = ""
        self.stopped_because = ""
        logger = quiet_logger()
        client = AsyncWebClient(settings.slack_bot_token, base_url=settings.slack_base_url, logger=logger)
        # The outbox tries again, not the client: a message could be sent twice without anybody knowing.
        client.retry_handlers.clear()
        self.calls = Calls(client, service, self._revoked)
        self.app = AsyncApp(
            client=client, signing_secret=settings.slack_signing_secret, logger=logger, name="adapters.slack.library"
        )
        self._socket: AsyncSocketModeHandler | None = None
        self._turns: WeakValueDictionary[Account, asyncio.Lock] = WeakValueDictionary()
        self._homes: dict[str, str] = {}
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
        self.team = known["team_id"]
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
        await self._socket.connect_async()

    async def _asked(self, setting: str, call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - Slack's answer
        try:
            return await self.calls.tried(call)
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

    async def _close(self) -> None:
        if socket := self._socket:
            self._socket = None
            await socket.close_async()

    def _revoked(self, reason: str) -> None:
        """The installation ended: this adapter stops, the bot goes on."""
        if not self.stopped_because:
            self.stopped_because = reason
            log.error("Slack stopped: %s. Install the app again, set SLACK_BOT_TOKEN anew, and restart", reason)
            self._closing = asyncio.get_running_loop().create_task(self._close())

    async def deliver(self, entry: OutboxEntry) -> None:
        """Send one entry. Raises DeliveryFailed where Slack does not take it."""
        if self.stopped_because:
            raise DeliveryFailed(_NOT_INSTALLED)
        await self.calls.deliver(entry)
        if entry.outgoing.about and (stored := await self.service.store.request(entry.outgoing.about)):
            await self._refresh(stored.value.account)

    async def _over_http(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

    # What Slack sends

    def _listen(self) -> None:
        for event in EVENTS:
            self.app.event(event)(self._working(getattr(self, f"_on_{event}")))
        self.app.command(COMMAND)(self._working(self._on_command))
        self.app.message_shortcut(SHORTCUT)(self._working(self._on_shortcut))
        self.app.action(re.compile(f"^{CHOICE}:"))(self._working(self._on_choice))
        self.app.action(CONTINUE)(self._working(self._on_continue))
        self.app.action(FORM)(self._working(self._on_form))
        self.app.action(DIRECT)(self._working(self._on_direct))
        self.app.view(FORM)(self._working(self._on_sent_form))

    def _working(self, listener: Callable[[Payload, Ack], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """A listener whose work is waited for at the end, and the adapter's border: nothing thrown goes further."""

        async def listen(body: Mapping[str, Any], ack: Ack) -> None:
            self._in_hand += 1
            try:
                if self.stopped_because:
                    await ack()
                else:
                    self.team = self.team or self._team_of(body)
                    await listener(body, ack)
            except Exception as error:
                log.error("Slack: %s failed: %s", listener.__name__, type(error).__name__)
            finally:
                self._in_hand -= 1
                self._idle.set()

        return listen

    @staticmethod
    def _team_of(body: Payload) -> str:
        team = body.get("team") or {}
        return str(body.get("team_id") or team["id"])

    async def _on_message(self, body: Payload, _: Ack) -> None:
        event = body["event"]
        if event.get("channel_type") != "im":
            return
        if events.is_from_elsewhere(self.team, event):
            await self._answer_elsewhere(event)
            return
        incoming = events.said(self.team, event)
        if events.has_files(event):
            where = events.address(event["channel"], event.get("thread_ts"))
            known = events.message_id(self.team, event["channel"], event["ts"])
            await self.service.post(f"{known}:files", where, self._message(Say("attached.document")))
        if incoming:
            async with self._turn_of(incoming.account):
                await self._turn(incoming)

    async def _answer_elsewhere(self, event: Payload) -> None:
        """To members of other workspaces: the terms, and whom to ask for a license."""
        incoming = events.said(self.team, event)
        if incoming and isinstance(incoming.content, Typed):
            answer = self.service.in_public(incoming.content.text)
            notice = self._message(Say("slack.elsewhere"))
            message = replace(answer, blocks=(*answer.blocks, *notice.blocks), buttons=())
            await self.service.post(incoming.message_id, incoming.address, message)

    async def _on_app_mention(self, body: Payload, _: Ack) -> None:
        event = body["event"]
        if event.get("bot_id") or not event.get("user"):
            return
        question = from_markup(_MENTION.sub("", event.get("text") or "")).strip()
        where = events.address(event["channel"], event.get("thread_ts") or event["ts"])
        known = events.message_id(self.team, event["channel"], event["ts"])
        await self.service.post(known, where, self._in_public(question, body))

    def _in_public(self, question: str, body: Payload) -> Message:
        """An answer about the terms, with the way to the direct messages; without a question, what can be asked."""
        message = self.service.in_public(question) if question else self._message(Say("slack.in_channel"))
        return self._with_direct(message, body)

    def _with_direct(self, message: Message, body: Payload) -> Message:
        link = f"slack://app?team={self.team}&id={body.get('api_app_id', '')}&tab=messages"
        direct = Button(f"{DIRECT}:{link}", self.service.views.plain("slack.direct"))
        return replace(message, buttons=(*message.buttons, direct))

    async def _on_app_home_opened(self, body: Payload, _: Ack) -> None:
        event = body["event"]
        person = events.account(self.team, event["user"])
        if event.get("tab") == "home":
            self._homes[person.user] = ""
            await self._refresh(person)
        elif event.get("tab") == "messages":
            # Once for a person: whoever comes back finds the dialogue where it stood.
            greeting = f"{PLATFORM}:{self.team}:{person.user}:greeting"
            await self._turn(Incoming(person, events.address(event["channel"]), greeting, CameIn()))

    async def _on_app_uninstalled(self, _: Payload, __: Ack) -> None:
        self._revoked("the app was uninstalled")

    async def _on_tokens_revoked(self, body: Payload, _: Ack) -> None:
        if body["event"].get("tokens", {}).get("bot"):
            self._revoked("its token was revoked")

    async def _on_command(self, body: Payload, ack: Ack) -> None:
        await ack()
        word, _, rest = from_markup(body.get("text") or "").strip().partition(" ")
        match word.casefold():
            case "":
                await self._privately(body, CameIn())
            case "status":
                await self._privately(body, Typed("status"))
            case "cite":
                await self._respond(body, self._with_direct(self._message(*self.service.views.cite()), body))
            case "ask":
                await self._respond(body, self._in_public(rest.strip(), body))
            case _:
                await self._respond(body, self._in_public(f"{word} {rest}".strip(), body))

    async def _on_shortcut(self, body: Payload, ack: Ack) -> None:
        await ack()
        question = from_markup(body["message"].get("text") or "").strip()
        await self._respond(body, self._in_public(question, body))

    async def _privately(self, body: Payload, content: CameIn | Typed) -> None:
        """Answer a command in the direct messages, and say so where it was given."""
        user = body["user_id"]
        channel = await self.calls.direct_messages(user)
        known = f"{PLATFORM}:{self.team}:{user}:{body['trigger_id']}"
        incoming = Incoming(events.account(self.team, user), events.address(channel), known, content)
        async with self._turn_of(incoming.account):
            await self._turn(incoming)
        if body["channel_id"] != channel:
            await self._respond(body, self._with_direct(self._message(Say("slack.privately")), body))

    async def _on_direct(self, _: Payload, ack: Ack) -> None:
        """A link was followed: Slack opens it, and wants to hear that it was told."""
        await ack()

    async def _on_choice(self, body: Payload, ack: Ack) -> None:
        await ack()
        action = body["actions"][0]
        choice, token = pressed(action["value"])
        where, here = await self._answered_at(body)
        incoming = events.acted(self.team, body, where, Pressed(choice, token))
        async with self._turn_of(incoming.account):
            binding = choice.partition(":")[0] in ABOUT_THE_STATE
            settles = binding and (await self.service.conversation(incoming.account)).token == token
            done = await self._turn(incoming)
        if done and settles and here:
            await self._mark(body, action["text"]["text"])
        if "message" in body and not here or body.get("container", {}).get("is_ephemeral"):
            await self._respond(body, self._with_direct(self._message(Say("slack.privately")), body))

    async def _answered_at(self, body: Payload) -> tuple[DeliveryAddress, bool]:
        """Where to answer a press: in the direct messages, in its thread if it was there (then True)."""
        direct = await self.calls.direct_messages(body["user"]["id"])
        if (body.get("channel") or {}).get("id") == direct:
            return events.address(direct, body["message"].get("thread_ts")), True
        return events.address(direct), False

    async def _mark(self, body: Payload, label: str) -> None:
        """Show a pressed choice as chosen. Where that fails the old buttons stay, and mean nothing any more."""
        message = body["message"]
        try:
            await self.calls.tried(
                lambda: self.app.client.chat_update(
                    channel=body["channel"]["id"],
                    ts=message["ts"],
                    text=message.get("text") or "…",
                    blocks=chosen(message["blocks"], label),
                )
            )
        except DeliveryFailed as error:
            log.warning("a pressed choice could not be shown: %s", error)

    async def _on_continue(self, body: Payload, ack: Ack) -> None:
        await ack()
        where, _ = await self._answered_at(body)
        incoming = events.acted(self.team, body, where, CameIn())
        async with self._turn_of(incoming.account):
            await self._turn(incoming)

    async def _on_form(self, body: Payload, ack: Ack) -> None:
        """Open the form; where none is open any more, say in the dialogue what is."""
        await ack()
        conversation = await self.service.conversation(events.account(self.team, body["user"]["id"]))
        if is_open(conversation):
            view = form(self.service, conversation)
            await self.calls.tried(lambda: self.app.client.views_open(trigger_id=body["trigger_id"], view=view))
        else:
            await self._on_continue(body, ack)

    async def _on_sent_form(self, body: Payload, ack: Ack) -> None:
        """Judge the form before it closes, and take it after."""
        submitted, person = sent(body["view"]), events.account(self.team, body["user"]["id"])
        if wrong := errors(self.service, await self.service.conversation(person), submitted):
            await ack(response_action="errors", errors=wrong)
            return
        await ack()
        where = events.address(await self.calls.direct_messages(person.user))
        async with self._turn_of(person):
            await self._turn(events.acted(self.team, body, where, submitted))

    # What is done about it

    @asynccontextmanager
    async def _turn_of(self, person: Account) -> AsyncIterator[None]:
        """One after the other for one person: what a press settles is seen on the state that it meets."""
        lock = self._turns.setdefault(person, asyncio.Lock())
        async with lock:
            yield

    async def _turn(self, incoming: Incoming) -> bool:
        """Make the turn and bring the Home up to date; whether anything came of it. A failure is apologised for."""
        try:
            entries = await self.service.handle(incoming)
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__)
            await self._apologise(incoming.address)
            return False
        await self._refresh(incoming.account)
        return bool(entries)

    async def _apologise(self, where: DeliveryAddress) -> None:
        """Not through the outbox: the store may be what failed."""
        text, thread = self.service.views.plain("failure"), where.thread or None
        try:
            await self.calls.tried(
                lambda: self.app.client.chat_postMessage(channel=where.chat, thread_ts=thread, text=text)
            )
        except DeliveryFailed as error:
            log.warning("an apology could not be sent: %s", error)

    async def _refresh(self, person: Account | None) -> None:
        """Publish somebody's Home if they have opened it and it would look different."""
        if person is None or person.platform != PLATFORM or person.user not in self._homes:
            return
        conversation = await self.service.conversation(person)
        requests = await self.service.store.requests(RequestQuery(account=person))
        view = home(self.service.views, self.calls.labels, conversation, requests)
        if self._homes[person.user] == str(view):
            return
        try:
            await self.calls.tried(lambda: self.app.client.views_publish(user_id=person.user, view=view))
            self._homes[person.user] = str(view)
        except DeliveryFailed as error:
            log.warning("a Home could not be published: %s", error)

    async def _respond(self, body: Payload, message: Message) -> None:
        """Answer only to who asked, where they asked. It is not kept: whoever misses it asks again."""
        client = AsyncWebhookClient(body["response_url"], logger=self.app.logger)
        for part in parts(message, self.calls.labels):
            await client.send(text=part.text, blocks=part.blocks, response_type="ephemeral", replace_original=False)

    def _message(self, *says: Say) -> Message:
        return self.service.views.message(says, "")
