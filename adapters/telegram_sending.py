"""Outbox entries as Telegram messages.

What cannot be known: whether a call whose answer was lost (a connection reset, a time-out, a kill) was carried out.
Telegram has no id by which a call could be repeated harmlessly, and a bot cannot read what it sent. The message is then
sent again: a copy too many is better than a License Agreement that never came. So each message arrives once where
Telegram answered, if only to refuse (429, 5xx), and once more for each answer that was lost after it was taken. Of an
entry in several parts those that Telegram answered for are remembered while the process lives. An edit may be repeated.

Where a new message would only repeat what stands there, the one that stands there is edited: the review after an edited
answer, and whatever a press leads to that moves about in the form. It is so while that message is the last in the chat.
After that nobody would see the change: the answer comes as a new message, and the buttons of the old one go.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import telegram
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.helpers import create_deep_linked_url

from adapters.telegram_bot import asked_of
from adapters.telegram_format import keyboard, parts
from bot.errors import DeliveryFailed, Superseded
from bot.messages import DocumentRef, Message
from bot.model import DeliveryAddress
from bot.ports import OutboxEntry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """A chat, the topic in it, what stands under the last part, and the message that the first part quotes."""

    chat: int
    thread: int | None
    under: InlineKeyboardMarkup | None
    answers: ReplyParameters | None = None


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
    _open: dict[str, int] = field(default_factory=dict, init=False)
    """Chats in which a message of the form has buttons: its id."""
    _place_of: dict[str, tuple[int, int | None]] = field(default_factory=dict, init=False)
    """Chats in which what the form says next may take a message's place: its id, and how both are to begin."""
    _moved: dict[str, int] = field(default_factory=dict, init=False)
    """Groups that became supergroups, and their ids since."""

    def others_wrote(self, chat: str) -> None:
        """What we said last is not the last message of that chat any more."""
        self._last.pop(chat, None)

    def answer_edited(self, chat: str) -> None:
        """A message of theirs was edited, nothing new stands in that chat: a card that shows it may be edited too."""
        if chat in self._last:
            self._place_of[chat] = self._last[chat]

    def moves_about(self, chat: str, message_id: int) -> bool:
        """A press under that message moves about in the form; whether what follows may take the message's place."""
        if last := self._last.get(chat, (0, 0))[0] == message_id:
            self._place_of[chat] = message_id, None
        return last

    def nothing_follows(self, chat: str) -> None:
        """What seemed to get an answer there gets none."""
        self._place_of.pop(chat, None)

    def buttons_gone(self, chat: str, message_id: int) -> None:
        """That message has no buttons any more."""
        if self._open.get(chat) == message_id:
            del self._open[chat]

    async def deliver(self, entry: OutboxEntry) -> None:
        """Send an entry, or what is left of it. Raises DeliveryFailed."""
        try:
            await self._send(entry)
        except RetryAfter as error:
            raise DeliveryFailed("Telegram asks to wait", asked_of(error)) from None
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
        if message.form and await self._replaced(address.chat, message, texts):
            return
        if place.under and message.form and (former := self._open.pop(address.chat, 0)):
            await if_possible(self.bot.edit_message_reply_markup(place.chat, former))
        for number in range(self._sent.get(entry.id, 0), len(texts)):
            last = number == len(texts) - 1
            here = replace(place, under=place.under if last else None, answers=None if number else place.answers)
            sent = await self._send_part(here, texts[number], message.document if number == 0 else None)
            self._sent[entry.id] = number + 1
            self._last[address.chat] = (sent.message_id, _beginning(message))
        self._sent.pop(entry.id, None)
        if place.under and message.form:
            self._open[address.chat] = self._last[address.chat][0]

    def _place(self, entry: OutboxEntry) -> _Place:
        address = entry.outgoing.address
        chat = self._moved.get(address.chat, int(address.chat))
        among_others = chat < 0 and DeliveryAddress(address.platform, address.chat) != self.staff_channel
        under = self._way_to_private() if among_others else keyboard(entry.outgoing.message)
        answers = _quoted(entry.outgoing.answers) if chat < 0 else None
        return _Place(chat, int(address.thread) if address.thread else None, under, answers)

    def _way_to_private(self) -> InlineKeyboardMarkup:
        """What stands under everything in a group: nothing personal is chosen there."""
        link = create_deep_linked_url(self.bot.username, "group")
        return InlineKeyboardMarkup([[InlineKeyboardButton(self.privately, url=link)]])

    async def _send_part(self, place: _Place, text: str, document: DocumentRef | None) -> telegram.Message:
        if document is None:
            return await self.bot.send_message(
                place.chat,
                text,
                ParseMode.HTML,
                message_thread_id=place.thread,
                reply_parameters=place.answers,
                reply_markup=place.under,
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

    async def _replaced(self, chat: str, message: Message, texts: Sequence[str]) -> bool:
        """Whether a message that is shown last was brought up to date where it stands."""
        message_id, begins = self._place_of.pop(chat, (0, None))
        is_last = message_id == self._last.get(chat, (0, 0))[0] != 0
        if not is_last or begins not in {None, _beginning(message)} or len(texts) > 1 or message.document:
            return False
        try:
            await self.bot.edit_message_text(
                texts[0], int(chat), message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard(message)
            )
        except BadRequest as error:
            if "not modified" not in error.message:
                return False  # it is gone, or too old: the card is sent anew
        except TelegramError:
            self._place_of[chat] = message_id, begins
            raise
        self._last[chat] = message_id, _beginning(message)
        return True


async def if_possible(call: Awaitable[object]) -> None:
    """Make a call that nothing depends on."""
    try:
        await call
    except Exception as error:  # nobody waits for it, so nobody else would hear of it
        log.info("Telegram did not take a nicety: %s", type(error).__name__)


def _quoted(message_id: str) -> ReplyParameters | None:
    """The message of a group that is answered, unless it is gone by then."""
    number = message_id.rpartition(":")[2]
    return ReplyParameters(int(number), allow_sending_without_reply=True) if number.isdecimal() else None


def _beginning(message: Message) -> int:
    return hash(message.blocks[:1])
