"""A person in Slack, played through Bolt: typing, pressing, editing, and what the workspace then shows."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.app import Slack
from bot.app.config import Settings, read_settings
from bot.model.errors import DeliveryFailed
from bot.model.identity import Account
from bot.privacy.chat_clearing import Clearing
from bot.store.port import Commit
from bot.understanding.phrases import normalised
from tests.adapters.slack_server import APP, TEAM, Json, SlackServer, elements, slack_server
from tests.talk import World

OWN_BUTTONS = {"form", "continue", "direct"}


def settings(server: SlackServer, **more: str) -> Settings:
    return read_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_BASE_URL": f"{server.url}api"} | more)


@dataclass
class SlackTalk:
    """One workspace with one person in it. What the bot has to say is delivered after every event."""

    world: World
    server: SlackServer
    slack: Slack
    user: str = "U1"
    said: int = 0
    pressed: int = 0
    events: list[Json] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return Account("slack", TEAM, self.user)

    @property
    def channel(self) -> str:
        return self.user.replace("U", "D")

    async def send(self, body: Json) -> BoltResponse:
        """Let Slack deliver something; returns the acknowledgement once all work is done and delivered."""
        self.events.append(body)
        response = await self.slack.app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        await self.slack.stop()
        await self.deliver()
        return response

    async def deliver(self) -> None:
        """What the outbox worker does, without its waiting."""
        for entry in await self.world.store.outbox():
            if entry.outgoing.address.platform == "slack" and entry.outgoing.not_before <= self.world.now:
                try:
                    if entry.outgoing.clears:
                        clearing = Clearing(self.world.store, self.slack.service.views, {"slack": self.slack.clear})
                        entry = await clearing(entry, self.world.now)  # noqa: PLW2901 - as the worker does
                    await self.slack.deliver(entry)
                except DeliveryFailed:
                    continue
                await self.world.store.commit(Commit(delivered=(entry.id,)))

    def event(self, event: Json) -> Json:
        return {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event_id": "E", "event": event}

    def message(self, text: str, **more: object) -> Json:
        self.said += 1
        event = {
            "type": "message",
            "channel_type": "im",
            "channel": self.channel,
            "user": self.user,
            "team": TEAM,
            "text": text,
            "ts": f"1600000{self.said:03d}.000001",
            **more,
        }
        return self.event({key: value for key, value in event.items() if value is not None})

    async def open_messages(self) -> None:
        """Open the bot's direct messages for the first time."""
        await self.send(
            self.event({"type": "app_home_opened", "tab": "messages", "user": self.user, "channel": self.channel})
        )

    async def open_home(self) -> None:
        await self.send(
            self.event({"type": "app_home_opened", "tab": "home", "user": self.user, "channel": self.channel})
        )

    @property
    def home(self) -> Json:
        """The Home as it was published last."""
        view: Json = self.server.named("views.publish")[-1]["view"]
        return view

    async def say(self, text: str, **more: object) -> BoltResponse:
        self.world.now += timedelta(minutes=1)
        return await self.send(self.message(text, **more))

    def press_of(self, button: Json, message: Json | None = None, **more: object) -> Json:
        self.pressed += 1
        action = {"type": "button", "block_id": "b", "action_ts": f"15{self.pressed}.1", **button}
        body: Json = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": self.user, "team_id": TEAM},
            "api_app_id": APP,
            "trigger_id": f"trigger{self.pressed}",
            "response_url": f"{self.server.url}respond",
            "actions": [action],
        }
        if message:
            body |= {
                "channel": {"id": message["channel"], "name": "directmessage"},
                "message": message,
                "container": {"type": "message", "message_ts": message["ts"], "is_ephemeral": False},
            }
        return body | more

    async def press(self, label: str, message: Json | None = None) -> BoltResponse:
        shown = message or self.shown
        found = next(b for b in elements(shown["blocks"]) if b["text"]["text"] == label)
        self.world.now += timedelta(minutes=1)
        return await self.send(self.press_of(found, shown))

    async def play(self, lines: Iterable[str]) -> None:
        """Say the lines as in the terminal: a choice's number or label is a press."""
        for line in lines:
            if found := self._meant(line):
                self.world.now += timedelta(minutes=1)
                await self.send(self.press_of(found, self.shown))
            else:
                await self.say(line.replace("\\n", "\n"))

    @property
    def heard(self) -> list[str]:
        """The words of every message, as it was posted."""
        return [words(message) for message in self.server.named("chat.postMessage")]

    def _meant(self, line: str) -> Json | None:
        for number, found in enumerate(choices(self.shown), 1):
            if line.strip() == str(number) or normalised(line) == normalised(found["text"]["text"]):
                return found
        return None

    @property
    def shown(self) -> Json:
        """The last message in the direct messages."""
        posted = [m for m in self.server.messages.values() if m["channel"] == self.channel]
        return posted[-1] if posted else {"blocks": []}

    @property
    def shown_words(self) -> str:
        return words(self.shown)


def choices(message: Json) -> list[Json]:
    """The bot's choices under a message, without the buttons that are Slack's own or stand beside a line."""
    under = [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]
    return [element for element in under if element["action_id"] not in OWN_BUTTONS]


def words(message: Json) -> str:
    """What is to be read in a message, a line each, with the choices under it."""
    lines = [line for block in message["blocks"] if block["type"] != "actions" for line in _lines(block)]
    return "\n".join([*lines, *(f"[{button['text']['text']}]" for button in choices(message))])


def _lines(block: Json) -> list[str]:
    match block["type"]:
        case "section":
            return list(block["text"]["text"].split("\n"))
        case "context":
            return [element["text"] for element in block["elements"]]
        case "divider":
            return []
        case "rich_text" | "rich_text_list":
            return [line for element in block["elements"] for line in _lines(element)]
        case _:
            return "".join(run["text"] for run in block["elements"]).split("\n")


@asynccontextmanager
async def talk(world: World | None = None, **more: str) -> AsyncIterator[SlackTalk]:
    """Slack and the bot in it; nothing that was sent may break Slack's rules."""
    async with slack_server() as server:
        world = world or World()
        slack = Slack(world.service(), settings(server, **more))
        yield SlackTalk(world, server, slack)
        await slack.stop()
        assert not server.wrong, server.wrong
        assert json.dumps(server.calls)
