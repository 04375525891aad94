"""A person on Telegram, played: a PTB Application drives the adapter on a checked wire, the whole core behind it."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from telegram import Update
from telegram.ext import Application, CallbackContext, TypeHandler

from adapters.telegram.app import Telegram
from bot.model.identity import Account
from bot.store.port import Commit
from bot.understanding.phrases import normalised
from tests.adapters.telegram_wire import ME, Call, Wire, new_bot
from tests.fakes import FakeClock
from tests.talk import World


@dataclass
class Chat:
    """A person's private chat with the bot, or a group that they write in (`chat` is negative then)."""

    world: World = field(default_factory=World)
    wire: Wire = field(default_factory=Wire)
    user: int = 7
    chat: int = 0
    public_url: str = ""

    def __post_init__(self) -> None:
        self.chat = self.chat or self.user
        self.updates = 100
        self.clock = FakeClock(self.world.now)
        self.telegram = Telegram(self.world.service(), new_bot(self.wire, limited=False), self.clock, self.public_url)
        self.application = Application.builder().bot(self.telegram.bot).updater(None).build()
        self.application.add_handler(TypeHandler(Update, self._receive))
        self.raised: Exception | None = None

    async def begin(self) -> "Chat":
        """What `start` does of it, without fetching."""
        await self.application.initialize()
        return self

    async def _receive(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        try:
            await self.telegram.receive(update)
        except Exception as error:  # an Application keeps to itself what a handler raises
            self.raised = error

    # What the person does, as updates.

    def message(self, text: str = "", **more: object) -> dict[str, Any]:
        self.wire.last_message += 1
        kind = "private" if self.chat > 0 else "supergroup"
        sender = {"id": self.user, "is_bot": False, "first_name": "Anna"}
        message = {"message_id": self.wire.last_message, "date": 1, "chat": {"id": self.chat, "type": kind}}
        return self.update(message=message | {"from": sender} | ({"text": text} if text else {}) | more)

    def edit(self, message: dict[str, Any], text: str) -> dict[str, Any]:
        return self.update(edited_message=message["message"] | {"text": text, "edit_date": 2})

    def press(self, button: dict[str, str], message_id: int) -> dict[str, Any]:
        sender = {"id": self.user, "is_bot": False, "first_name": "Anna"}
        query = {"id": f"q{self.updates}", "from": sender, "chat_instance": "c", "data": button["callback_data"]}
        return self.update(callback_query=query | {"message": self.wire.messages[self.chat, message_id]})

    def update(self, **content: object) -> dict[str, Any]:
        self.updates += 1
        return {"update_id": self.updates, **content}

    # Playing.

    async def comes(self, update: dict[str, Any]) -> list[Call]:
        """The update is worked through and what it brought is shown; returns that."""
        before = len(self.wire.shown())
        await self.application.initialize()
        await self.application.process_update(Update.de_json(update, self.telegram.bot))
        if self.raised:
            raise self.raised
        await self.delivered()
        return self.wire.shown()[before:]

    async def says(self, line: str) -> list[Call]:
        """A label or a number of the last keyboard is pressed, anything else is typed."""
        self.world.now += timedelta(minutes=1)
        shown = self.keyboard()
        if shown:
            message_id, buttons = shown
            for number, button in enumerate(buttons, 1):
                if line.strip() == str(number) or normalised(line) == normalised(button["text"]):
                    return await self.comes(self.press(button, message_id))
        return await self.comes(self.message(line.replace("\\n", "\n")))

    def keyboard(self) -> tuple[int, list[dict[str, str]]] | None:
        """The buttons under the last message of the bot, and that message's id."""
        message_id = max((m for c, m in self.wire.messages if c == self.chat), default=0)
        under = self.wire.messages.get((self.chat, message_id), {}).get("reply_markup")
        return (message_id, [b for row in under["inline_keyboard"] for b in row]) if under else None

    async def delivered(self) -> None:
        """Everything that waits for Telegram is sent, and niceties are done."""
        for entry in await self.world.store.outbox():
            due = entry.outgoing.not_before <= self.world.now
            if entry.outgoing.address.platform == "telegram" and due and not entry.undeliverable:
                await self.telegram.deliver(entry)
                await self.world.store.commit(Commit(delivered=(entry.id,)))
        await settled()
        assert not self.wire.refused, self.wire.refused

    @property
    def account(self) -> Account:
        return Account("telegram", "", str(self.user))


async def settled() -> None:
    """Whatever happens without a clock has happened."""
    for _ in range(60):
        await asyncio.sleep(0)


def mention(text: str) -> dict[str, Any]:
    name = f"@{ME['username']}"
    return {"text": text, "entities": [{"type": "mention", "offset": text.index(name), "length": len(name)}]}
