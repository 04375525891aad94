"""The listeners, one for each kind of Slack event, acknowledged before: read by `slack_events`, answered by
`slack_answers`.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack import events
from adapters.slack.blocks import pressed
from adapters.slack.client import Calls
from adapters.slack.events import PLATFORM, Payload
from adapters.slack.home import seen_in
from adapters.slack.markup import from_markup
from adapters.slack.modal import errors, form, is_open, sent
from adapters.slack.staff_group import StaffGroup
from adapters.slack.turns import Answers
from bot.app.service import Service
from bot.desk.commands import settles
from bot.desk.views import LOOK, Seen
from bot.model.identity import Account
from bot.model.incoming import CameIn, Incoming, Pressed, Typed
from bot.model.message import Message
from bot.texts.say import Say

Ack = Callable[..., Awaitable[Any]]

_MENTION = re.compile(r"^\s*(<@[^>]+>\s*)+")


@dataclass(frozen=True, slots=True)
class Listeners:
    """One listener for each thing that Slack sends. `revoked` is told why the installation ended."""

    service: Service
    calls: Calls
    answers: Answers
    group: StaffGroup
    revoked: Callable[[str], None]

    @property
    def team(self) -> str:
        """The workspace."""
        return self.answers.team

    def _person(self, body: Payload) -> Account:
        return events.account(self.team, body["user"]["id"])

    async def on_message(self, body: Payload) -> None:
        """In the direct messages: see the table in `slack_events`."""
        event = body["event"]
        if event.get("channel_type") != "im":
            return
        incoming = events.said(self.team, event)
        if events.is_from_elsewhere(self.team, event):
            if incoming and isinstance(incoming.content, Typed):
                answer = self._for_others(incoming.content.text)
                await self.service.post(incoming.message_id, incoming.address, answer)
            return
        if events.has_files(event):
            where = events.address(event["channel"], event.get("thread_ts"))
            known = events.message_id(self.team, event["channel"], event["ts"])
            await self.service.post(f"{known}:files", where, self.answers.message(Say("attached.document")))
        if incoming:
            await self.answers.turn(incoming)

    def _for_others(self, question: str) -> Message:
        """For members of other workspaces: the terms, and whom to ask for a license."""
        answer, notice = self.service.in_public(question), self.answers.message(Say("slack.elsewhere"))
        return replace(answer, blocks=(*answer.blocks, *notice.blocks), buttons=())

    async def on_app_mention(self, body: Payload) -> None:
        """In a channel: an answer about the terms, in a thread."""
        event = body["event"]
        if event.get("bot_id") or not event.get("user"):
            return
        question = from_markup(_MENTION.sub("", event.get("text") or "")).strip()
        where = events.address(event["channel"], event.get("thread_ts") or event["ts"])
        known = events.message_id(self.team, event["channel"], event["ts"])
        person = events.account(self.team, event["user"])
        if not events.is_from_elsewhere(self.team, event) and await self.service.in_channel(
            Incoming(person, where, known, Typed(question), private=False)
        ):
            return
        await self.service.post(known, where, self.answers.in_public(question, body))

    async def on_app_home_opened(self, body: Payload) -> None:
        """The Home, or the direct messages: those greet a person once; whoever comes back finds all as it stood."""
        event = body["event"]
        person = events.account(self.team, event["user"])
        if event.get("tab") == "home":
            await self.answers.home_opened(person)
        elif event.get("tab") == "messages":
            greeting = f"{PLATFORM}:{self.team}:{person.user}:greeting"
            await self.answers.turn(Incoming(person, events.address(event["channel"]), greeting, CameIn()))

    async def on_app_uninstalled(self, _: Payload) -> None:
        """The workspace has the app no more."""
        self.revoked("the app was uninstalled")

    async def on_subteam_members_changed(self, _: Payload) -> None:
        """A user group is another one now, perhaps that of staff."""
        self.group.forget()

    async def on_tokens_revoked(self, body: Payload) -> None:
        """The bot's token, or only that of a person, which it does not use."""
        if body["event"].get("tokens", {}).get("bot"):
            self.revoked("its token was revoked")

    async def on_command(self, body: Payload) -> None:
        """`/la`: about the terms only to who asked, everything else in the direct messages."""
        text = from_markup(body.get("text") or "").strip()
        word, _, rest = text.partition(" ")
        if await self.service.desk.hears(events.account(self.team, body["user_id"]), text):
            await self._privately(body, Typed(f"/{text}"))
            return
        match word.casefold():
            case "":
                await self._privately(body, CameIn())
            case "status":
                await self._privately(body, Typed("status"))
            case "cite":
                reference = self.answers.message(*self.service.views.cite())
                await self._only_to_the_asker(body, self.answers.with_direct(reference, body))
            case "ask":
                await self._only_to_the_asker(body, self.answers.in_public(rest.strip(), body))
            case _:
                await self._only_to_the_asker(body, self.answers.in_public(text, body))

    async def on_shortcut(self, body: Payload) -> None:
        """ "Ask LA Bot about this" on somebody's message."""
        question = from_markup(body["message"].get("text") or "").strip()
        await self._only_to_the_asker(body, self.answers.in_public(question, body))

    async def _privately(self, body: Payload, content: CameIn | Typed) -> None:
        """Answer a command in the direct messages, and say so where it was given."""
        user = body["user_id"]
        channel = await self.calls.direct_messages(user)
        known = f"{PLATFORM}:{self.team}:{user}:{body['trigger_id']}"
        await self.answers.turn(Incoming(events.account(self.team, user), events.address(channel), known, content))
        if body["channel_id"] != channel:
            await self._point_to_direct(body)

    async def _only_to_the_asker(self, body: Payload, message: Message) -> None:
        await self.calls.respond(body["response_url"], message)

    async def _point_to_direct(self, body: Payload) -> None:
        pointer = self.answers.message(Say("slack.privately"))
        await self._only_to_the_asker(body, self.answers.with_direct(pointer, body))

    async def on_direct(self, _: Payload) -> None:
        """A link was followed: Slack opens it, and wants to hear only that it was told."""

    async def on_choice(self, body: Payload) -> None:
        """A choice, in the direct messages, the Home, or under an answer in a channel."""
        if body["user"].get("team_id", self.team) != self.team:  # Slack Connect
            await self._only_to_the_asker(body, self.answers.message(Say("slack.elsewhere")))
            return
        action, person = body["actions"][0], self._person(body)
        if pressed(action["value"])[0].startswith(LOOK):
            await self.answers.look(person, Seen.read(pressed(action["value"])[0].removeprefix(LOOK)))
            return
        if "view" in body:
            self.answers.looks(person, seen_in(body["view"]))
        where, here = await self.answers.pressed_at(body)
        incoming = events.acted(self.team, body, where, Pressed(*pressed(action["value"])))
        if self.answers.in_staff_channel(body):
            if await self.service.in_channel(replace(incoming, private=False)) and settles(pressed(action["value"])[0]):
                await self.calls.mark(where.chat, body["message"], action["text"]["text"])
            return
        if await self.answers.turn(incoming) and here:
            await self.calls.mark(where.chat, body["message"], action["text"]["text"])
        if "channel" in body and not here:
            await self._point_to_direct(body)

    async def on_filter(self, body: Payload) -> None:
        """Another list of the desk was chosen in the Home."""
        if body["user"].get("team_id", self.team) == self.team:
            asked = body["actions"][0]["selected_option"]["value"]
            await self.answers.look(self._person(body), Seen.read(str(Seen(asked))))

    async def on_continue(self, body: Payload) -> None:
        """Take up the dialogue, from the Home."""
        where, _ = await self.answers.pressed_at(body)
        await self.answers.turn(events.acted(self.team, body, where, CameIn()))

    async def on_form(self, body: Payload) -> None:
        """Open the form; where none is open any more, say in the dialogue what is."""
        conversation = await self.service.conversation(self._person(body))
        if is_open(conversation):
            await self.calls.open(body["trigger_id"], form(self.service, conversation))
        else:
            await self.on_continue(body)

    async def on_sent_form(self, body: Payload, ack: Ack) -> None:
        """Judge the form before it closes, which is its acknowledgement; take it after."""
        submitted, person = sent(body["view"]), self._person(body)
        if wrong := errors(self.service, await self.service.conversation(person), submitted):
            await ack(response_action="errors", errors=wrong)
            return
        where = events.address(await self.calls.direct_messages(person.user))
        await ack()
        await self.answers.turn(events.acted(self.team, body, where, submitted))
