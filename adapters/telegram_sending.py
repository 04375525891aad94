"""Outbox entries as Telegram messages.

Telegram has no way to make sending repeatable: where its answer to a call is lost on the way, the message may come
twice. Of an entry in several parts, those that were sent are remembered while the process lives.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import telegram
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.helpers import create_deep_linked_url

from adapters.telegram_format import keyboard, parts
from bot.errors import DeliveryFailed, Superseded
from bot.messages import DocumentRef, Message
from bot.model import DeliveryAddress
from bot.ports import OutboxEntry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """A chat, the topic in it, and what stands under the last part."""

    chat: int
    thread: int | None
    under: InlineKeyboardMarkup | None


@dataclass
class Sender:
    """Sends entries. `privately` is written on the button that leads from a group to the private chat.

    `staff_channel`: the one group in which choices stand under what is said.
    """

    bot: Bot
    file: Callable[[DocumentRef], Awaitable[bytes]]
    privately: str
    staff_channel: DeliveryAddress | None = None
    _sent: dict[int, int] = field(default_factory=dict, init=False)
    """Entries that were sent in part, and how many parts of them."""
    _last: dict[str, tuple[int, int]] = field(default_factory=dict, init=False)
    """Chats whose last message is ours: its id, and the hash of how it begins."""
    _corrected: set[str] = field(default_factory=set, init=False)
    """Chats in which an answer was just edited: the card that shows it may be edited too."""
    _moved: dict[str, int] = field(default_factory=dict, init=False)
    """Groups that became supergroups, and their ids since."""

    def others_wrote(self, chat: str) -> None:
        """What we said last is not the last message of that chat any more."""
        self._last.pop(chat, None)

    def answer_edited(self, chat: str) -> None:
        """A message of theirs was edited: nothing new stands in that chat."""
        self._corrected.add(chat)

    async def deliver(self, entry: OutboxEntry) -> None:
        """Send an entry, or what is left of it. Raises DeliveryFailed."""
        try:
            await self._send(entry)
        except RetryAfter as error:
            raise DeliveryFailed("Telegram asks to wait", _duration(error.retry_after)) from None
        except ChatMigrated as error:
            self._moved[entry.outgoing.address.chat] = error.new_chat_id
            await self.deliver(entry)
        except (Forbidden, BadRequest, Superseded) as error:
            self._sent.pop(entry.id, None)
            raise DeliveryFailed(f"it cannot be sent: {type(error).__name__}", final=True) from None
        except TelegramError as error:
            raise DeliveryFailed(f"Telegram: {type(error).__name__}") from None

    async def _send(self, entry: OutboxEntry) -> None:
        address, message = entry.outgoing.address, entry.outgoing.message
        if not (message.blocks or message.document):
            return  # Telegram has no message without words
        texts, place = parts(message), self._place(entry)
        if len(texts) == 1 and await self._replaced(address.chat, message, texts[0]):
            return
        for number in range(self._sent.get(entry.id, 0), len(texts)):
            last = number == len(texts) - 1
            here = place if last else _Place(place.chat, place.thread, None)
            sent = await self._send_part(here, texts[number], message.document if number == 0 else None)
            self._sent[entry.id] = number + 1
            self._last[address.chat] = (sent.message_id, _beginning(message))
        self._sent.pop(entry.id, None)

    def _place(self, entry: OutboxEntry) -> _Place:
        address = entry.outgoing.address
        chat = self._moved.get(address.chat, int(address.chat))
        among_others = chat < 0 and DeliveryAddress(address.platform, address.chat) != self.staff_channel
        under = self._way_to_private() if among_others else keyboard(entry.outgoing.message)
        return _Place(chat, int(address.thread) if address.thread else None, under)

    def _way_to_private(self) -> InlineKeyboardMarkup:
        """What stands under everything in a group: nothing personal is chosen there."""
        link = create_deep_linked_url(self.bot.username, "group")
        return InlineKeyboardMarkup([[InlineKeyboardButton(self.privately, url=link)]])

    async def _send_part(self, place: _Place, text: str, document: DocumentRef | None) -> telegram.Message:
        if document is None:
            return await self.bot.send_message(
                place.chat, text, ParseMode.HTML, message_thread_id=place.thread, reply_markup=place.under
            )
        working = if_possible(self.bot.send_chat_action(place.chat, ChatAction.UPLOAD_DOCUMENT))
        content, _ = await asyncio.gather(self.file(document), working)
        return await self.bot.send_document(
            place.chat,
            content,
            caption=text or None,
            parse_mode=ParseMode.HTML,
            filename=document.filename,
            reply_markup=place.under,
        )

    async def _replaced(self, chat: str, message: Message, text: str) -> bool:
        """A card that is shown last, and begins like this one, is brought up to date where it stands."""
        if chat not in self._corrected or message.document:
            return False
        self._corrected.discard(chat)
        message_id, beginning = self._last.get(chat, (0, 0))
        if beginning != _beginning(message):
            return False
        try:
            await self.bot.edit_message_text(
                text, int(chat), message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard(message)
            )
        except BadRequest as error:
            return "not modified" in error.message  # else it is gone, or too old: the card is sent anew
        return True


async def if_possible(call: Awaitable[object]) -> None:
    """Make a call that nothing depends on."""
    try:
        await call
    except Exception as error:  # nobody waits for it, so nobody else would hear of it
        log.info("Telegram did not take a nicety: %s", type(error).__name__)


def _duration(asked: int | timedelta) -> timedelta:
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


def _beginning(message: Message) -> int:
    return hash(message.blocks[:1])
