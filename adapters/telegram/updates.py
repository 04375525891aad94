"""The meaning of a Telegram update to the core; one function in, and nothing is done here.

In a private chat everything becomes a turn of that person. In a group nobody's state is looked at: what is said there
to the bot is an `Aside`. Updates: https://core.telegram.org/bots/api#update
"""

import re
from dataclasses import dataclass
from typing import Final

from telegram import CallbackQuery, Message, MessageEntity, Update, User
from telegram.constants import ChatType, MessageType
from telegram.helpers import effective_message_type

from adapters.telegram.format import pressed
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import CameIn, Edited, Incoming, Pressed, Typed
from bot.texts.choice import ABOUT_THE_STATE, PRESSED, Choice

PLATFORM: Final = "telegram"
COMMANDS = (
    *(Choice.REQUEST, Choice.ASK, Choice.TERMS, Choice.CITE, Choice.STATUS),
    *(Choice.CANCEL, Choice.PRIVACY, Choice.MY_DATA, Choice.ERASE, Choice.HELP),
)
HARMLESS = frozenset(COMMANDS) - {Choice.CANCEL, Choice.ERASE}
"""Choices that a link or an edit may make as well: they show something, or ask."""
PUBLIC_COMMANDS = (Choice.ASK, Choice.TERMS, Choice.CITE, Choice.HELP)

LINKED = frozenset({Choice.CLAUSE, Choice.READING})
"""Choices that a link from a group makes in the private chat, with their subject behind them."""

_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_SPOKEN = {Choice.CANCEL: "cancel", Choice.BACK: "back", Choice.START_OVER: "start over"}
"""Commands that move the open question: a button of them would be bound to it, words are not."""

_ATTACHED = {
    MessageType.DOCUMENT: "document",
    MessageType.PHOTO: "photo",
    **dict.fromkeys((MessageType.VOICE, MessageType.AUDIO, MessageType.VIDEO_NOTE, MessageType.VIDEO), "voice"),
    **dict.fromkeys((MessageType.LOCATION, MessageType.VENUE), "location"),
    MessageType.CONTACT: "contact",
    **dict.fromkeys((MessageType.STICKER, MessageType.ANIMATION, MessageType.DICE, MessageType.POLL), "other"),
    **dict.fromkeys((MessageType.GAME, MessageType.STORY, MessageType.CHECKLIST), "other"),
}


@dataclass(frozen=True, slots=True)
class Aside:
    """Said outside of anybody's dialogue. `about`: the id of the text that answers, or a choice with `question`.

    `account` and `words`: who said what, where somebody did who can be told from others; empty `about`: to nobody else
    is it the bot's business. `album`: the id of what was sent at once, as several messages, and gets one answer.
    """

    message_id: str
    address: DeliveryAddress
    about: str
    question: str = ""
    account: Account | None = None
    words: str = ""
    album: str = ""


def read(update: Update, bot: User) -> Incoming | Aside | None:
    """Read an update; None if it is none of the bot's business."""
    if update.callback_query:
        return _press(update.callback_query)
    if update.edited_message:
        return _edit(update.edited_message, f"{PLATFORM}:{bot.id}:{update.update_id}")
    message = update.message
    if message is None or (message.from_user and message.from_user.is_bot and not message.sender_chat):
        return None
    if message.chat.type == ChatType.PRIVATE:
        return _private(message)
    return _public(message, bot) if message.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP} else None


def _private(message: Message) -> Incoming | Aside | None:
    address, user = DeliveryAddress(PLATFORM, str(message.chat.id)), message.from_user
    if user and message.text:
        account = Account(PLATFORM, "", str(user.id))
        return Incoming(account, address, _id(message), _meant(message.text), words=_words(message.text))
    kind = effective_message_type(message)
    attached = _ATTACHED.get(MessageType(kind)) if kind else None
    album = f"{PLATFORM}:{address.chat}:album {message.media_group_id}" if message.media_group_id else ""
    return Aside(_id(message), address, f"attached.{attached}", album=album) if attached else None


def _words(text: str) -> str:
    """Return the typed words as the desk reads them: `/name_staff …` is "/name staff …", a request's link "/show …"."""
    command = _COMMAND.fullmatch(text.strip())
    if not command:
        return text
    name, rest = command[1].lower().replace("_", " "), (command[3] or "").strip()
    return f"/{'show' if name == 'start' and _is_request(rest) else name} {rest}".strip()


def linked(choice: str) -> str:
    """Return the payload of a deep link for this choice; empty if none does it, or none could."""
    name, _, argument = choice.partition(":")
    payload = f"{name}_{argument}" if name in LINKED and argument else ""
    return payload if re.fullmatch(r"[\w-]{1,64}", payload, re.ASCII) else ""


def _is_linked(payload: str) -> bool:
    name, _, argument = payload.partition("_")
    return name in LINKED and bool(argument)


def _is_request(payload: str) -> bool:
    """Return whether a deep link brought the id of a request; all others are single words, or `linked`."""
    return "-" in payload and not _is_linked(payload)


def _meant(text: str) -> Typed | Pressed | CameIn:
    command = _COMMAND.fullmatch(text.strip())
    if not command:
        return Typed(text)
    name, rest = command[1].lower(), (command[3] or "").strip()
    if name == "start":
        return _came_in(rest)
    if name in _SPOKEN:
        return Typed(_SPOKEN[Choice(name)])
    if name == Choice.STATUS and rest:
        return Pressed(f"{Choice.SHOW_REQUEST}:{rest.upper()}", "")
    if name == Choice.ASK and rest:
        return Pressed(f"{Choice.ASK}:{rest}", "")
    return Pressed(name if name in COMMANDS else Choice.HELP, "")


def _came_in(payload: str) -> Typed | Pressed | CameIn:
    """The start of a chat, and what a deep link brought: `request`, the id of a request, what was `linked`."""
    if payload in HARMLESS:
        return _meant(f"/{payload}")
    if _is_linked(payload):
        return Pressed(payload.replace("_", ":", 1), "")
    return Pressed(f"{Choice.SHOW_REQUEST}:{payload.upper()}", "") if _is_request(payload) else CameIn()


def _press(query: CallbackQuery) -> Incoming | None:
    """A press. Of those about the state one counts for a message: a double tap is no second choice."""
    if query.message is None or not query.data:
        return None
    choice, token = pressed(query.data)
    once = choice.partition(":")[0] in ABOUT_THE_STATE
    thread = _topic(query.message) if isinstance(query.message, Message) else ""
    address = DeliveryAddress(PLATFORM, str(query.message.chat.id), thread)
    press_id = f"{query.message.message_id}#{token}" if once else f"press {query.id}"
    if moves_about(choice):
        press_id += f" {_edited_at(query)}"
    message_id = f"{PLATFORM}:{address.chat}:{press_id}"
    account, private = Account(PLATFORM, "", str(query.from_user.id)), query.message.chat.type == ChatType.PRIVATE
    if not (private or choice.startswith(PRESSED)):
        return None  # nobody's dialogue goes on in a group
    return Incoming(account, address, message_id, Pressed(choice, token), private)


def moves_about(choice: str) -> bool:
    """Return whether a choice only moves about in the form and answers nothing: from the review to a field, or back."""
    name, _, _ = choice.partition(":")
    return name in {Choice.CHANGE, Choice.KEEP, Choice.BACK}


def _edited_at(query: CallbackQuery) -> int:
    """Return the last edit's time (seconds since 1970): a message may return to the same state and place."""
    said = query.message
    return int(said.edit_date.timestamp()) if isinstance(said, Message) and said.edit_date else 0


def _edit(message: Message, update_id: str) -> Incoming | None:
    user = message.from_user
    if message.chat.type != ChatType.PRIVATE or user is None or not message.text:
        return None
    address, command = DeliveryAddress(PLATFORM, str(message.chat.id)), _COMMAND.fullmatch(message.text.strip())
    is_harmless = command is not None and command[1].lower() in HARMLESS
    content = _meant(message.text) if is_harmless else Edited(_id(message), message.text)
    return Incoming(Account(PLATFORM, "", str(user.id)), address, update_id, content)


def _public(message: Message, bot: User) -> Aside | None:
    """Read a message to the bot in a group: a command, a mention, or an answer to its own message."""
    address = DeliveryAddress(PLATFORM, str(message.chat.id), _topic(message))
    text = message.text or message.caption or ""
    # Whoever speaks as a group or a channel cannot be told from others who do.
    user = None if message.sender_chat else message.from_user
    account = Account(PLATFORM, "", str(user.id)) if user else None
    command = _COMMAND.fullmatch(text.strip())
    if command:
        about, question = _public_command(command, bot)
        words = _words(re.sub(rf"(?i)^(/\w+)@{bot.username}\b", r"\1", text.strip())) if about is not None else ""
        return Aside(_id(message), address, about or "", question, account, words) if about is not None else None
    question = " ".join(re.sub(rf"(?i)@{bot.username}\b", " ", text).split())
    if not (_mentions(message, bot) or _answers(message, bot)):
        return None
    about = Choice.ASK if question else "group.intro"
    return Aside(_id(message), address, about, question, account, question)


def _public_command(command: re.Match[str], bot: User) -> tuple[str | None, str]:
    """Return a group command's answer and question: empty if it may be another bot's, None if it is."""
    name, meant, rest = command[1].lower(), (command[2] or "").lower(), (command[3] or "").strip()
    if meant not in {"", (bot.username or "").lower()}:
        return None, ""
    if not (name == "start" or name in COMMANDS or meant):
        return "", ""
    return (name, rest) if name in {Choice.TERMS, Choice.CITE} or (name == Choice.ASK and rest) else ("group.intro", "")


def _mentions(message: Message, bot: User) -> bool:
    read = message.parse_entities if message.text else message.parse_caption_entities
    return f"@{bot.username}".lower() in {mention.lower() for mention in read([MessageEntity.MENTION]).values()}


def _answers(message: Message, bot: User) -> bool:
    answered = message.reply_to_message
    return bool(answered and answered.from_user and answered.from_user.id == bot.id)


def _topic(message: Message) -> str:
    return str(message.message_thread_id) if message.is_topic_message else ""


def _id(message: Message) -> str:
    return f"{PLATFORM}:{message.chat.id}:{message.message_id}"
