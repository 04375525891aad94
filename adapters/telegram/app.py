"""Telegram: updates become turns (`telegram_updates`), outbox entries become messages (`telegram_sending`).

PTB's `Application` and `Updater` are left out: they tell Telegram that an update was received before it is worked
through, and keep to themselves what a handler raises, so that what was fetched when the process died, or could not be
committed, would be lost. Here an update is confirmed once its turn is committed, by the next fetch
(`telegram_fetching`) or by the answer to the webhook; one that comes twice makes one turn. What PTB gives is its `Bot`:
the calls, the rates, the shapes. `receive` is a handler as any other: the tests have an `Application` call it, on a
`BaseRequest` of theirs.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import telegram
from aiohttp import web
from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, InvalidToken, TelegramError

from adapters.telegram.client import UPDATES, WRONG_TOKEN, ReadingBot, keep_out_of_logs, new_bot, update_of
from adapters.telegram.format import chosen, pressed
from adapters.telegram.menus import Menus
from adapters.telegram.own_menus import OwnMenus
from adapters.telegram.polling import Fetching
from adapters.telegram.sender import Sender, if_possible
from adapters.telegram.updates import PLATFORM, Aside, moves_about, read
from bot.app.config import Settings
from bot.app.service import Service
from bot.desk.commands import settles
from bot.dialogue.events import Stale
from bot.dialogue.state import Conversation
from bot.model.clock import Clock
from bot.model.errors import ConfigError, LaBotError, StoreError
from bot.model.incoming import Edited, Incoming, Pressed, Typed
from bot.model.message import Message
from bot.store.outbox import RetryPolicy
from bot.store.port import OutboxEntry
from bot.texts.choice import PRESSED, Choice
from bot.texts.say import Say

log = logging.getLogger(__name__)

WORKING = (0.7, 4.5)
"""Seconds until a turn under way is shown as "typing", and until it is again: Telegram shows it for five."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of the header


def configured(settings: Settings, service: Service, clock: Clock) -> "Telegram | None":
    """The platform as the settings want it; None without a token."""
    if not settings.telegram_bot_token:
        return None
    keep_out_of_logs(settings.telegram_bot_token)
    return Telegram(service, new_bot(settings), clock, settings.public_url)


@dataclass
class Telegram:
    """The platform `telegram`. With a `public_url` updates come through a webhook, else they are fetched."""

    service: Service
    bot: ReadingBot
    clock: Clock
    public_url: str = ""
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    name: str = PLATFORM
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set, init=False)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, init=False)

    def __post_init__(self) -> None:
        words = self.service.views.texts.words["telegram.privately"]
        self._sender = Sender(self.bot, self.service.file, words, self.service.desk.channel)
        own = OwnMenus(self.service.store)
        self._menus = Menus(self.bot, self.service.views, self.service.desk.roles, own)
        self._path = f"/telegram/{self._derived('path')}"
        self._secret = self._derived("secret")

    def _derived(self, purpose: str) -> str:
        """A secret that the token gives, the same after every start, from which the token cannot be told."""
        return hmac.new(self.bot.token.encode(), purpose.encode(), hashlib.sha256).hexdigest()

    # Starting and stopping

    def routes(self) -> Iterable[web.RouteDef]:
        """The webhook, at a path that nobody guesses."""
        return [web.post(self._path, self._hooked)] if self.public_url else []

    async def start(self) -> None:
        """Make the bot known and begin to receive. Raises ConfigError for a wrong token or address, else LaBotError."""
        try:
            await self.bot.initialize()
            await self._choose_way_in()
        except TelegramError as error:
            await self.bot.shutdown()
            if isinstance(error, InvalidToken):
                raise ConfigError(WRONG_TOKEN) from None
            if isinstance(error, BadRequest) and self.public_url:
                raise ConfigError(f"LA_BOT_PUBLIC_URL: Telegram does not take it ({error.message})") from None
            raise LaBotError(f"Telegram cannot be reached ({type(error).__name__}); is the network up?") from None
        self._soon(if_possible(self._menus.offer()))

    async def stop(self) -> None:
        """Receive no more; return when the turns under way are done."""
        self._stopping.set()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.bot.shutdown()

    async def deliver(self, entry: OutboxEntry) -> Sequence[str]:
        """See `bot.store.port.Deliver`."""
        return await self._sender.deliver(entry)

    async def clear(self, entry: OutboxEntry, ids: Sequence[str]) -> int:
        """See `bot.store.port.Clear`."""
        return await self._sender.clear(entry, ids)

    async def _choose_way_in(self) -> None:
        if self.public_url:
            url = self.public_url + self._path
            await self.bot.set_webhook(url, allowed_updates=UPDATES, secret_token=self._secret)
        else:
            await self.bot.delete_webhook()
            fetching = Fetching(self.bot, self.receive, self.clock, self.policy, self._stopping)
            self._soon(fetching.run())

    def _soon(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Updates

    async def _hooked(self, call: web.Request) -> web.Response:
        sent = call.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(sent, self._secret.encode()):
            return web.Response(status=403)
        try:
            update = update_of(await call.json(), self.bot)
        except (ValueError, LookupError, RecursionError):  # no update, whatever it says of itself
            return web.Response(status=400)
        try:
            await self.receive(update)
        except StoreError as error:
            log.error("an update could not be committed: %s", type(error).__name__)
            return web.Response(status=503)  # Telegram brings it again
        return web.Response()

    async def receive(self, update: Update) -> None:
        """Work one update through. Raises StoreError: nothing was written, and it has to come again."""
        query, incoming = update.callback_query, read(update, self.bot.bot)
        if query:
            self._soon(if_possible(query.answer()))
        if incoming is None:
            return
        async with self._turns.setdefault(incoming.address.chat, asyncio.Lock()):
            try:
                await self._turn(incoming, query)
            except StoreError:
                raise
            except Exception as error:  # our mistake must not come again and again
                log.error("an update failed: %s", type(error).__name__)
                await self.service.post("", incoming.address, self._said("failure"))

    async def _turn(self, incoming: Incoming | Aside, query: CallbackQuery | None) -> None:
        chat = incoming.address.chat
        if isinstance(incoming, Aside):
            self._sender.others_wrote(chat)
            await self._aside(incoming)
            return
        if not incoming.private:
            if await self.service.in_channel(incoming) and query:
                self._soon(if_possible(_settle(query, stale=False)))
            return
        stale = await self._is_stale(incoming)
        in_place = "" if stale else self._place_to_take(incoming, query)
        with _AtWork(partial(self._show_typing, chat)):
            entries = await self.service.handle(replace(incoming, replaces=in_place) if in_place else incoming)
        if await self._menus.is_outdated(incoming.account):
            self._soon(if_possible(self._menus.offer_to(incoming.account)))
        if query and query.message and entries and not in_place and not _only_looks_up(query):
            self._sender.buttons_gone(chat, query.message.message_id)
            self._soon(if_possible(_settle(query, stale)))

    def _place_to_take(self, incoming: Incoming, query: CallbackQuery | None) -> str:
        """The message that may become the answer, if one may; the sender hears what came."""
        chat = incoming.address.chat
        match incoming.content:
            case Edited():
                return self._sender.place_of_card(chat)
            case Pressed(choice, _) if query and query.message:
                return self._sender.place_if_last(chat, query.message.message_id) if moves_about(choice) else ""
            case _:
                self._sender.others_wrote(chat)
        return ""

    async def _aside(self, aside: Aside) -> None:
        """In a group: the desk's, where it is that; else whatever anybody would hear."""
        if aside.account and aside.words:
            said = Incoming(aside.account, aside.address, aside.message_id, Typed(aside.words), private=False)
            if await self.service.in_channel(said):
                return
        if not aside.about:
            return
        once = aside.album or aside.message_id
        answered = await self.service.post(once, aside.address, self._answer(aside), aside.message_id)
        if aside.album and not answered:  # its id is kept as others are, so that it can be deleted with them
            await self.service.post(aside.message_id, aside.address, Message(()))

    async def _is_stale(self, incoming: Incoming) -> bool:
        """Return whether it is a press that means nothing any more."""
        if not isinstance(incoming.content, Pressed) or incoming.content.choice.startswith(PRESSED):
            return False
        conversation = (await self.service.store.conversation(incoming.account)).value or Conversation()
        choice = incoming.content.choice
        event = self.service.understanding.press(conversation, choice, incoming.content.token)
        return isinstance(event, Stale) and not await self.service.desk.hears(incoming.account, choice)

    def _show_typing(self, chat: str) -> None:
        self._soon(if_possible(self.bot.send_chat_action(int(chat), ChatAction.TYPING)))

    def _answer(self, aside: Aside) -> Message:
        views = self.service.views
        match aside.about:
            case Choice.ASK:
                return self.service.in_public(aside.question)
            case Choice.TERMS:
                return views.message(views.overview(), "")
            case Choice.CITE:
                return views.message(views.cite(), "")
            case text:
                return self._said(text)

    def _said(self, text: str) -> Message:
        return self.service.views.message([Say(text)], "")


class _AtWork:
    """Calls `show` while what is done within takes its time."""

    def __init__(self, show: Callable[[], None]) -> None:
        self._show, self._loop = show, asyncio.get_running_loop()

    def __enter__(self) -> None:
        self._timer = self._loop.call_later(WORKING[0], self._shown)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _shown(self) -> None:
        self._timer = self._loop.call_later(WORKING[1], self._shown)
        self._show()


async def _settle(query: CallbackQuery, stale: bool) -> None:
    """Show under the message what was chosen, and take its keyboard away."""
    said = query.message
    if not isinstance(said, telegram.Message) or said.reply_markup is None:
        return
    label = _label(said.reply_markup, query.data)
    text = None if stale or label is None else chosen(said, label)
    if text is None:
        await query.edit_message_reply_markup()
    elif said.document:
        await query.edit_message_caption(text, parse_mode=ParseMode.HTML)
    else:
        await query.edit_message_text(text, parse_mode=ParseMode.HTML)


_LOOKING_UP = {
    *(Choice.CLAUSE, Choice.READING, Choice.SHOW_REQUEST, Choice.WHOLE_TEXT),
    *(Choice.FOR_SIGNER, Choice.EMAIL_READY, Choice.FOLLOW_UP_READY),
}
"""Choices of which somebody may want several from one message."""


def _only_looks_up(query: CallbackQuery) -> bool:
    """Return whether the pressed choice answers no question of ours: then the keyboard stays."""
    choice, _ = pressed(query.data or "")
    at_desk = choice.startswith(PRESSED) and not settles(choice)
    return at_desk or choice.partition(":")[0] in _LOOKING_UP


def _label(under: InlineKeyboardMarkup, brought: str | None) -> str | None:
    return next((b.text for row in under.inline_keyboard for b in row if b.callback_data == brought), None)
