"""Telegram: updates become turns (`telegram_updates`), outbox entries become messages (`telegram_sending`).

Updates are fetched here rather than by PTB's `Updater`, which tells Telegram that an update was received before it is
worked through: what was fetched when the process died would be lost. Here an update is confirmed once its turn is
committed, by the next fetch or by the answer to the webhook; one that comes twice makes one turn.
"""

import asyncio
import hashlib
import hmac
import itertools
import logging
import os
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import telegram
from aiohttp import web
from telegram import Bot, BotCommand, CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import AIORateLimiter, Defaults, ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram_format import chosen, pressed
from adapters.telegram_sending import Sender, if_possible
from adapters.telegram_updates import COMMANDS, PLATFORM, PUBLIC_COMMANDS, Aside, read
from bot.config import Settings
from bot.dialogue import Choice, Conversation
from bot.errors import ConfigError, LaBotError, StoreError
from bot.incoming import Edited, Incoming, Pressed, Typed
from bot.messages import Message
from bot.outbox import RetryPolicy
from bot.ports import Clock, OutboxEntry
from bot.service import Service
from bot.staff import PRESSED, settles
from bot.turns import Offer, Say, Stale

os.environ.setdefault("PTB_TIMEDELTA", "true")  # else every RetryAfter warns that it is an int

log = logging.getLogger(__name__)
T = TypeVar("T")

UPDATES = (Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY)
FETCH = timedelta(seconds=50)
"""How long Telegram holds a fetch open while nothing comes in."""

WORKING = (0.7, *itertools.repeat(4.5, 12))
"""Seconds until a turn under way is shown as "typing", and shown again: Telegram shows it for five."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of the header
WRONG_TOKEN = "TELEGRAM_BOT_TOKEN: Telegram does not know this token; copy it again from @BotFather"  # noqa: S105
SECOND_PROGRAM = (
    "Telegram: another program fetches this bot's messages (409 Conflict). Stop it: one token, one program. "
    "If it is not yours, have @BotFather make a new token"
)
DEFAULTS = Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True))


def configured(settings: Settings, service: Service, clock: Clock) -> "Telegram | None":
    """The platform as the settings want it; None without a token."""
    if not settings.telegram_bot_token:
        return None
    keep_out_of_logs(settings.telegram_bot_token)
    return Telegram(service, new_bot(settings), clock, settings.public_url)


def new_bot(settings: Settings) -> ExtBot[Any]:
    """PTB's bot, within the rates that Telegram allows. A 429 is raised at once: the outbox waits it out."""
    return ExtBot(
        settings.telegram_bot_token,
        base_url=settings.telegram_base_url,
        base_file_url=settings.telegram_base_file_url,
        # An answer that comes late is better than a message sent twice.
        request=HTTPXRequest(connection_pool_size=32, read_timeout=30, write_timeout=30, pool_timeout=30),
        get_updates_request=HTTPXRequest(read_timeout=10),
        defaults=DEFAULTS,
        rate_limiter=AIORateLimiter(),
    )


def keep_out_of_logs(token: str) -> None:
    """Libraries log URLs, in which the token stands, and what Telegram answered: what matters of it is logged here."""
    for name in [*logging.root.manager.loggerDict, "telegram", "httpx", "httpcore"]:
        if name.split(".")[0] in {"telegram", "httpx", "httpcore"}:
            logging.getLogger(name).setLevel(logging.CRITICAL)
    for handler in logging.root.handlers:
        handler.addFilter(lambda record: token not in record.getMessage())


@dataclass
class Telegram:
    """The platform `telegram`. With a `public_url` updates come through a webhook, else they are fetched."""

    service: Service
    bot: Bot
    clock: Clock
    public_url: str = ""
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    name: str = PLATFORM
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set, init=False)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, init=False)

    def __post_init__(self) -> None:
        self._sender = Sender(
            self.bot, self.service.file, self.service.views.texts.words["telegram.privately"], self.service.desk.channel
        )
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
        """Make the bot known and begin to receive. Raises ConfigError for a wrong token, else LaBotError."""
        try:
            await self.bot.initialize()
            await self._offer_commands()
            await self._choose_way_in()
        except TelegramError as error:
            await self.bot.shutdown()
            if isinstance(error, InvalidToken):
                raise ConfigError(WRONG_TOKEN) from None
            raise LaBotError(f"Telegram cannot be reached ({type(error).__name__}); is the network up?") from None

    async def stop(self) -> None:
        """Receive no more; return when the turns under way are done."""
        self._stopping.set()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.bot.shutdown()

    async def deliver(self, entry: OutboxEntry) -> None:
        """Send one entry. Raises DeliveryFailed where Telegram does not take it."""
        await self._sender.deliver(entry)

    async def _offer_commands(self) -> None:
        texts = self.service.views.texts
        of = {choice: BotCommand(choice, texts.label(Offer(choice))) for choice in COMMANDS}
        private = [BotCommand("start", texts.words["telegram.start"]), *of.values()]
        await self.bot.set_my_commands(private, telegram.BotCommandScopeAllPrivateChats())
        public = [of[choice] for choice in PUBLIC_COMMANDS]
        await self.bot.set_my_commands(public, telegram.BotCommandScopeAllGroupChats())

    async def _choose_way_in(self) -> None:
        if self.public_url:
            url = self.public_url + self._path
            await self.bot.set_webhook(url, allowed_updates=UPDATES, secret_token=self._secret)
        else:
            await self.bot.delete_webhook()
            self._soon(self._fetch())

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Updates

    async def _fetch(self) -> None:
        """Fetch updates and work them through; those that could not be committed are fetched again."""
        offset = failures = 0
        while not self._stopping.is_set():
            try:
                fetched = self.bot.get_updates(offset, timeout=FETCH, allowed_updates=UPDATES)
                updates = await self._unless_stopped(fetched) or ()
                left = await self._work_through(updates)
            except Exception as error:  # whatever was wrong with a fetch, another one follows
                _complain(error)
                failures += 1
            else:
                offset = min(left) if left else updates[-1].update_id + 1 if updates else offset
                failures = failures + 1 if left else 0
            if failures:
                again_at = self.clock.now() + self.policy.wait(failures, 0)
                await self._unless_stopped(self.clock.sleep_until(again_at))

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work returns; None where it was given up because the bot stops."""
        tasks = asyncio.create_task(work), asyncio.create_task(self._stopping.wait())
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = tasks[0].done()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return tasks[0].result() if done else None

    async def _work_through(self, updates: Sequence[Update]) -> list[int]:
        """Turns of different chats side by side, of one in order; returns the ids of those that were not committed."""
        outcomes = await asyncio.gather(*map(self.receive, updates), return_exceptions=True)
        left = [update.update_id for update, outcome in zip(updates, outcomes, strict=True) if outcome]
        if left:
            log.error("%d updates could not be committed; they are fetched again", len(left))
        return left

    async def _hooked(self, call: web.Request) -> web.Response:
        sent = call.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(sent, self._secret.encode()):
            return web.Response(status=403)
        try:
            update = Update.de_json(await call.json(), self.bot)
        except (ValueError, KeyError, TypeError, AttributeError):
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
        edited = isinstance(incoming, Incoming) and isinstance(incoming.content, Edited)
        (self._sender.answer_edited if edited else self._sender.others_wrote)(incoming.address.chat)
        if isinstance(incoming, Aside):
            await self._aside(incoming)
            return
        if not incoming.private:
            if await self.service.in_channel(incoming) and query:
                self._soon(if_possible(_settle(query, stale=False)))
            return
        stale = await self._is_stale(incoming)
        entries = await self._shown_at_work(incoming.address.chat, self.service.handle(incoming))
        if query and entries:
            self._soon(if_possible(_settle(query, stale)))

    async def _aside(self, aside: Aside) -> None:
        """In a group: the desk's, where it is that; else whatever anybody would hear."""
        if aside.account and aside.words:
            said = Incoming(aside.account, aside.address, aside.message_id, Typed(aside.words), private=False)
            if await self.service.in_channel(said):
                return
        if aside.about:
            await self.service.post(aside.message_id, aside.address, self._answer(aside))

    async def _is_stale(self, incoming: Incoming) -> bool:
        """Whether it is a press that means nothing any more."""
        if not isinstance(incoming.content, Pressed):
            return False
        conversation = (await self.service.store.conversation(incoming.account)).value or Conversation()
        choice = incoming.content.choice
        event = self.service.understanding.press(conversation, choice, incoming.content.token)
        return isinstance(event, Stale) and not await self.service.desk.hears(incoming.account, choice)

    async def _shown_at_work(
        self, chat: str, turn: Coroutine[Any, Any, Sequence[OutboxEntry]]
    ) -> Sequence[OutboxEntry]:
        task = asyncio.create_task(turn)
        for seconds in WORKING:
            if (await asyncio.wait({task}, timeout=seconds))[0]:
                break
            self._soon(if_possible(self.bot.send_chat_action(int(chat), ChatAction.TYPING)))
        return await task

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


async def _settle(query: CallbackQuery, stale: bool) -> None:
    """Show under the message what was chosen, and take its keyboard away. What only looks something up leaves it."""
    said = query.message
    if not isinstance(said, telegram.Message) or said.reply_markup is None or _only_looks_up(query):
        return
    label = _label(said.reply_markup, query.data)
    text = None if stale or label is None else chosen(said, label)
    if text is None:
        await query.edit_message_reply_markup()
    elif said.document:
        await query.edit_message_caption(text, parse_mode=ParseMode.HTML)
    else:
        await query.edit_message_text(text, parse_mode=ParseMode.HTML)


_LOOKING_UP = {Choice.CLAUSE, Choice.READING, Choice.SHOW_REQUEST, Choice.WHOLE_TEXT}
"""Choices of which somebody may want several from one message."""


def _only_looks_up(query: CallbackQuery) -> bool:
    """Whether the pressed choice answers no question of ours."""
    choice = pressed(query.data or "")[0]
    return choice.partition(":")[0] in _LOOKING_UP or (choice.startswith(PRESSED) and not settles(choice))


def _label(under: InlineKeyboardMarkup, brought: str | None) -> str | None:
    return next((b.text for row in under.inline_keyboard for b in row if b.callback_data == brought), None)


def _complain(error: Exception) -> None:
    match error:
        case Conflict():
            log.error(SECOND_PROGRAM)
        case InvalidToken():
            log.error(WRONG_TOKEN)
        case _:
            log.warning("Telegram: updates could not be fetched: %s", type(error).__name__)
