"""Outbox entries as Telegram messages.

What cannot be known: whether a call whose answer was lost (a connection reset, a time-out, a kill) was carried out.
Telegram has no id by which a call could be repeated harmlessly, and a bot cannot read what it sent. The message is then
sent again: a copy too many is better than a License Agreement that never came. So each message arrives once where
Telegram answered, if only to refuse (429, 5xx), and once more for each answer that was lost after it was taken. Of an
entry in several parts those that Telegram answered for are remembered while the process lives. An edit may be repeated.

Where a new message would only repeat what stands there, the one that stands there is edited: the review after an edited
answer, and whatever a press leads to that moves about in the form. It is so while that message is the last in the chat.
After that nobody would see the change: the answer comes as a new message, and the buttons of the old one go. Which
message that is stands in the entry, so that a process that died as it edited edits again and sends no second one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

from telegram import ReplyParameters
from telegram.constants import BulkRequestLimit, ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.helpers import create_deep_linked_url

from adapters.telegram.client import ReadingBot, asked_of
from adapters.telegram.format import PARAGRAPHS, Keyboard, as_ptb, keyboard, parts
from adapters.telegram.updates import PLATFORM, linked
from bot.model.errors import DeliveryFailed, Superseded
from bot.model.identity import DeliveryAddress
from bot.model.message import DocumentRef, Message
from bot.store.port import OutboxEntry

log = logging.getLogger(__name__)

NOT_OURS = (0, "")
"""Stands for a last message that is not ours, or that nobody knows of."""

_AT_ONCE = BulkRequestLimit.MAX_LIMIT
"""So many messages are deleted in one call."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A chat, the topic in it, what stands under the last part, and the message that the first part quotes."""

    chat: int
    thread: int | None
    under: Keyboard | None
    answers: ReplyParameters | None = None


@dataclass
class Sender:
    """Sends entries. `privately` is written on the button that leads from a group to the private chat.

    `staff_channel`: the one group in which choices stand under what is said.
    """

    bot: ReadingBot
    file: Callable[[DocumentRef], Awaitable[bytes]]
    privately: str
    staff_channel: DeliveryAddress | None = None
    _sent: dict[int, list[int]] = field(default_factory=dict, init=False)
    """Entries that were sent in part, and the ids of those parts."""
    _last: dict[str, tuple[int, str]] = field(default_factory=dict, init=False)
    """The last message of a chat, if it is ours: its id (0: it is theirs), and a checksum of how it begins."""
    _open: dict[str, int] = field(default_factory=dict, init=False)
    """Chats in which a message of the form has buttons: its id."""
    _moved: dict[str, int] = field(default_factory=dict, init=False)
    """Groups that became supergroups, and their ids since."""

    def others_wrote(self, chat: str) -> None:
        """Note that our last message is not the last one of that chat any more."""
        self._last[chat] = NOT_OURS

    def place_of_card(self, chat: str) -> str:
        """Return the place that an edited answer may take: our last message, by one that begins as it does."""
        message_id, begins = self._last.get(chat, NOT_OURS)
        return f"{message_id}#{begins}" if message_id else ""

    def place_if_last(self, chat: str, message_id: int) -> str:
        """That message, if it is the last: whatever it leads to in the form may take its place."""
        return str(message_id) if self._last.get(chat, NOT_OURS)[0] == message_id else ""

    def buttons_gone(self, chat: str, message_id: int) -> None:
        """That message has no buttons any more."""
        if self._open.get(chat) == message_id:
            del self._open[chat]

    async def deliver(self, entry: OutboxEntry) -> Sequence[str]:
        """Send an entry, or what is left of it. Raises DeliveryFailed.

        Gives, of a private chat, the ids of what was sent and of what it answers: a bot may delete both there.
        """
        try:
            sent = await self._send(entry)
        except ChatMigrated as error:
            self._follow(entry.outgoing.address, error.new_chat_id)
            return await self.deliver(entry)
        except (Forbidden, BadRequest, Superseded) as error:
            self._sent.pop(entry.id, None)
            raise DeliveryFailed(f"it cannot be sent: {type(error).__name__}", final=True) from None
        except TelegramError as error:
            raise _failed(error) from None
        chat = entry.outgoing.address.chat
        return () if int(chat) < 0 else [*_answered(chat, entry.outgoing.answers), *map(str, sent)]

    def _follow(self, address: DeliveryAddress, chat: int) -> None:
        self._moved[address.chat] = chat
        if address == self.staff_channel:
            log.error("the staff's channel became a supergroup; set LA_BOT_STAFF_CHANNEL=%s:%d", PLATFORM, chat)

    async def clear(self, entry: OutboxEntry, ids: Sequence[str]) -> int:
        """Delete those messages of a private chat, and what is answered; how many stay. Raises DeliveryFailed."""
        chat = entry.outgoing.address.chat
        self._open.pop(chat, None)
        self._last[chat] = NOT_OURS
        numbers = [int(each) for each in [*ids, *_answered(chat, entry.outgoing.answers)]]
        batches = (numbers[begin : begin + _AT_ONCE] for begin in range(0, len(numbers), _AT_ONCE))
        try:
            return sum([await self._left_of(int(chat), batch) for batch in batches])
        except Forbidden:
            return len(numbers)
        except TelegramError as error:
            raise _failed(error) from None

    async def _left_of(self, chat: int, batch: Sequence[int]) -> int:
        """Delete at once, or where one of them hinders that, each by itself. Ids of what is gone are skipped."""
        try:
            await self.bot.delete_messages(chat, batch)
        except BadRequest:
            return sum([await self._stays(chat, each) for each in batch])
        return 0

    async def _stays(self, chat: int, message_id: int) -> bool:
        try:
            await self.bot.delete_message(chat, message_id)
        except BadRequest as error:
            return "to delete not found" not in error.message
        return False

    async def _send(self, entry: OutboxEntry) -> Sequence[int]:
        """The ids of the messages that it became."""
        address, message = entry.outgoing.address, entry.outgoing.message
        if not (message.blocks or message.document):
            return ()  # Telegram has no message without words
        texts, place = parts(message), self._place(entry)
        if message.form and await self._replaced(entry, texts):
            return ()
        if place.under and message.form and (former := self._open.pop(address.chat, _replaces(entry)[0])):
            await if_possible(self.bot.edit_message_reply_markup(place.chat, former))
        ids = self._sent.setdefault(entry.id, [])
        for number in range(len(ids), len(texts)):
            here = _around(place, first=number == 0, last=number == len(texts) - 1)
            sent = await self._send_part(here, texts[number], message.document if number == 0 else None)
            ids.append(sent)
            self._last[address.chat] = (sent, _beginning(texts))
        self._sent.pop(entry.id, None)
        if place.under and message.form:
            self._open[address.chat] = self._last[address.chat][0]
        return ids

    def _place(self, entry: OutboxEntry) -> _Place:
        address = entry.outgoing.address
        chat = self._moved.get(address.chat, int(address.chat))
        among_others = chat < 0 and DeliveryAddress(address.platform, address.chat) != self.staff_channel
        message = entry.outgoing.message
        under = self._ways_to_private(message) if among_others else keyboard(message)
        answers = _quoted(entry.outgoing.answers) if chat < 0 else None
        return _Place(chat, int(address.thread) if address.thread else None, under, answers)

    def _ways_to_private(self, message: Message) -> Keyboard:
        """Return the links under every message in a group: nothing personal is chosen there."""
        ways = [(button.label, linked(button.choice)) for button in message.buttons]
        wanted = [*((label, payload) for label, payload in ways if payload), (self.privately, "group")]
        links = ((label, create_deep_linked_url(self.bot.username, payload)) for label, payload in wanted)
        return {"inline_keyboard": [[{"text": label, "url": url}] for label, url in links]}

    async def _send_part(self, place: _Place, text: str, document: DocumentRef | None) -> int:
        if document is None:
            return await self.bot.say(place.chat, text, place.thread, place.answers, place.under)
        working = if_possible(self.bot.send_chat_action(place.chat, ChatAction.UPLOAD_DOCUMENT, place.thread))
        content, _ = await asyncio.gather(self.file(document), working)
        sent = await self.bot.send_document(
            place.chat,
            content,
            caption=text or None,
            parse_mode=ParseMode.HTML,
            filename=document.filename,
            message_thread_id=place.thread,
            reply_parameters=place.answers,
            reply_markup=as_ptb(place.under),
        )
        return sent.message_id

    async def _replaced(self, entry: OutboxEntry, texts: Sequence[str]) -> bool:
        """Return whether the entry replaced a message that is last, or was when the process before this one died."""
        chat, message, (message_id, begins) = entry.outgoing.address.chat, entry.outgoing.message, _replaces(entry)
        is_last = self._last.get(chat, (message_id, ""))[0] == message_id != 0
        if not is_last or begins not in {"", _beginning(texts)} or len(texts) > 1 or message.document:
            return False
        try:
            await self.bot.edit_message_text(
                texts[0], int(chat), message_id, parse_mode=ParseMode.HTML, reply_markup=as_ptb(keyboard(message))
            )
        except BadRequest as error:
            if "not modified" not in error.message:
                return False  # it is gone, or too old: the card is sent anew
        self._last[chat] = message_id, _beginning(texts)
        return True


async def if_possible(call: Awaitable[object]) -> bool:
    """Make a call that nothing depends on; whether it was taken."""
    try:
        await call
    except Exception as error:  # nobody waits for it, so nobody else would hear of it
        log.info("Telegram did not take a nicety: %s", type(error).__name__)
        return False
    return True


def _around(place: _Place, *, first: bool, last: bool) -> _Place:
    """Return the surroundings of one part: the first quotes the message it answers, the last has the choices."""
    if first and last:
        return place
    return replace(place, under=place.under if last else None, answers=place.answers if first else None)


def _failed(error: TelegramError) -> DeliveryFailed:
    """An error that another attempt may mend."""
    if isinstance(error, RetryAfter):
        return DeliveryFailed("Telegram asks to wait", asked_of(error))
    return DeliveryFailed(f"Telegram: {type(error).__name__}")


def _answered(chat: str, message_id: str) -> list[str]:
    """The message that is answered, if it is one of that chat, and no press or edit."""
    prefix, _, number = message_id.rpartition(":")
    return [number] if prefix == f"{PLATFORM}:{chat}" and number.isdecimal() else []


def _quoted(message_id: str) -> ReplyParameters | None:
    """The message of a group that is answered, unless it is gone by then."""
    number = message_id.rpartition(":")[2]
    return ReplyParameters(int(number), allow_sending_without_reply=True) if number.isdecimal() else None


def _replaces(entry: OutboxEntry) -> tuple[int, str]:
    """The message whose place an entry may take (0: none), and how it is to begin for that (empty: anyhow)."""
    message_id, _, begins = entry.outgoing.replaces.partition("#")
    return int(message_id or 0), begins


def _beginning(texts: Sequence[str]) -> str:
    """A checksum of the first paragraph, the same in every process."""
    return f"{crc32(texts[0].partition(PARAGRAPHS)[0].encode()):x}"
