"""Handling of incoming messages: the turn, the Home, and answers in places where others read along."""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from adapters.slack.blocks import DIRECT, JsonObject
from adapters.slack.client import Calls
from adapters.slack.events import PLATFORM, Payload, address
from adapters.slack.home import desk_home, home
from adapters.slack.time_zones import Zones
from bot.app.service import Service
from bot.desk.commands import settles
from bot.desk.views import Seen
from bot.model.errors import StoreError
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.incoming import Incoming, Pressed
from bot.model.message import Button, Message
from bot.request.query import RequestQuery
from bot.texts.choice import ABOUT_THE_STATE
from bot.texts.say import Say

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Answers:
    """Turns and what shows them. `team` is the workspace, once it is known."""

    service: Service
    calls: Calls
    team: str = ""
    zones: Zones = field(init=False)
    _turns: WeakValueDictionary[Account, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _homes: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, Seen] = field(default_factory=dict)
    """The position of each staff member in their Home."""

    def __post_init__(self) -> None:
        self.zones = Zones(self.calls, self.service.issuer.now)

    async def turn(self, incoming: Incoming) -> bool:
        """Make the turn; a failure is apologised for. Whether it was a press that settled what its message asked."""
        incoming = replace(incoming, time_zone=self.zones.of(incoming.account.user))
        # Held here as well as in the service: what a press settles is seen on the state that it meets.
        async with self._turns.setdefault(incoming.account, asyncio.Lock()):
            try:
                before = (await self.service.conversation(incoming.account)).token
                at_the_desk = await self._settles_at_the_desk(incoming)
                entries = await self.service.handle(incoming)
            except Exception as error:
                log.error("a turn failed: %s", type(error).__name__)
                await self.calls.apologise(incoming.address)
                return False
            await self.refresh(incoming.account)
        match incoming.content:
            case Pressed(choice, token):
                settled = token == before and choice.partition(":")[0] in ABOUT_THE_STATE
                return bool(entries) and (settled or at_the_desk)
            case _:
                return False

    async def _settles_at_the_desk(self, incoming: Incoming) -> bool:
        """Return whether the message is a press of a desk's button that does something, by somebody who may."""
        match incoming.content:
            case Pressed(choice, _) if settles(choice):
                return await self.service.desk.hears(incoming.account, choice)
            case _:
                return False

    async def home_opened(self, person: Account) -> None:
        """From now on the person's Home is kept up to date."""
        self._homes[person.user] = ""
        await self.refresh(person)

    async def look(self, person: Account, seen: Seen) -> None:
        """Show staff that part of the desk in their Home; whoever is none sees their own."""
        self.looks(person, seen)
        await self.refresh(person)

    def looks(self, person: Account, seen: Seen) -> None:
        """Somebody has their Home before them, and looks at that part of the desk if they are staff."""
        self._homes.setdefault(person.user, "")
        self._seen[person.user] = seen

    async def refresh(self, person: Account | None) -> None:
        """Publish somebody's Home if they have opened it and it would look different. Nothing depends on it."""
        if person is None or person.platform != PLATFORM or person.user not in self._homes:
            return
        try:
            view = await self._home(person)
        except StoreError as error:
            log.warning("a Home is not shown: %s", type(error).__name__)
            return
        if self._homes[person.user] != str(view) and await self.calls.publish(person.user, view):
            self._homes[person.user] = str(view)

    async def _home(self, person: Account) -> JsonObject:
        """The desk for whoever is staff at this moment, for everybody else their own requests."""
        desk, seen = self.service.desk, self._seen.get(person.user, Seen())
        if sight := await desk.home(person, seen, self.service.issuer.now()):
            self._seen[person.user] = sight.seen
            return desk_home(desk.views, self.calls.labels, sight)
        self._seen.pop(person.user, None)
        conversation = await self.service.conversation(person)
        requests = await self.service.store.requests(RequestQuery(account=person))
        return home(self.service.views, self.calls.labels, conversation, requests)

    async def refresh_about(self, request_id: RequestId) -> None:
        """Bring the Home of whose request that is up to date."""
        try:
            stored = await self.service.store.request(request_id)
        except StoreError as error:
            log.warning("a Home is not shown: %s", type(error).__name__)
            return
        await self.refresh(stored.value.account if stored else None)

    def in_staff_channel(self, body: Payload) -> bool:
        """Return whether a button was pressed in the channel where staff work."""
        channel = self.service.desk.channel
        return channel is not None and channel == address((body.get("channel") or {}).get("id", ""))

    async def pressed_at(self, body: Payload) -> tuple[DeliveryAddress, bool]:
        """Return the address to answer a press: in the direct messages, in its thread if it was there (then True).

        In the staff channel it is answered there. Where two people write to each other only what the asker alone sees
        can be ours: it is ephemeral.
        """
        channel = (body.get("channel") or {}).get("id", "")
        if self.in_staff_channel(body):
            return address(channel, body["message"].get("thread_ts") or body["message"]["ts"]), True
        if channel.startswith("D") and "message" in body and not body["container"].get("is_ephemeral"):
            return address(channel, body["message"].get("thread_ts")), True
        return address(await self.calls.direct_messages(body["user"]["id"])), False

    def in_public(self, question: str, body: Payload) -> Message:
        """An answer about the terms, with the way to the direct messages; without a question, what can be asked."""
        message = self.service.in_public(question) if question else self.message(Say("slack.in_channel"))
        return self.with_direct(message, body)

    def with_direct(self, message: Message, body: Payload) -> Message:
        """The message with a button that opens the direct messages."""
        link = f"slack://app?team={self.team}&id={body.get('api_app_id', '')}&tab=messages"
        direct = Button(f"{DIRECT}:{link}", self.service.views.plain("slack.direct"))
        return replace(message, buttons=(*message.buttons, direct))

    def message(self, *says: Say) -> Message:
        """Sayings as a message that belongs to no conversation."""
        return self.service.views.message(says, "")
