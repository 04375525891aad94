"""PTB's bot as we want it, and what is told when Telegram does not want it."""

import logging
import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from telegram import Bot, LinkPreviewOptions, ReplyParameters, Update
from telegram.constants import ParseMode
from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter, Defaults, ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.format import Keyboard
from bot.app.config import Settings
from bot.app.outbox_worker import SIDE_BY_SIDE

log = logging.getLogger(__name__)

os.environ.setdefault("PTB_TIMEDELTA", "true")  # else every RetryAfter warns that it is an int

WRONG_TOKEN = "TELEGRAM_BOT_TOKEN: Telegram does not know this token; copy it again from @BotFather"  # noqa: S105
SECOND_PROGRAM = (
    "Telegram: another program fetches this bot's messages (409 Conflict). Stop it: one token, one program. "
    "If it is not yours, have @BotFather make a new token"
)
UPDATES = (Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY)
NO_PREVIEW = {"is_disabled": True}
DEFAULTS = Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True))


class ReadingBot(ExtBot[Any]):
    """PTB's bot, which fetches updates that are read one by one, and says things without reading them back.

    PTB's own `get_updates` reads all or none: one that it does not understand (as a poll from an older Bot API server)
    would be fetched for ever, with all those behind it, and logged as it is.
    """

    async def fetch(self, offset: int, held: timedelta) -> Sequence[Update]:
        """The updates from `offset` on, which confirms those before; `held` open while there are none."""
        seconds = int(held.total_seconds())
        wanted = {"offset": offset, "timeout": seconds, "allowed_updates": UPDATES}
        patience = seconds + (self._request[0].read_timeout or 0)
        brought = cast("list[object]", await self._post("getUpdates", wanted, read_timeout=patience))
        return [update_of(each, self) for each in brought]

    async def say(
        self, chat: int, html: str, thread: int | None, answers: ReplyParameters | None, under: Keyboard | None
    ) -> int:
        """Send a message; gives its id. PTB's `send_message` reads all of the answer, a tenth of the time of a turn."""
        wanted = {"chat_id": chat, "text": html, "parse_mode": ParseMode.HTML, "link_preview_options": NO_PREVIEW}
        beside = {"message_thread_id": thread, "reply_parameters": answers, "reply_markup": under}
        sent = await self._do_post("sendMessage", wanted | {name: value for name, value in beside.items() if value})
        return int(cast("dict[str, int]", sent)["message_id"])


def update_of(brought: object, bot: Bot) -> Update:
    """The update; one that PTB cannot read has nothing in it. Raises ValueError for what is no update at all."""
    if not isinstance(brought, dict) or not isinstance(brought.get("update_id"), int):
        raise ValueError("no update")
    try:
        return Update.de_json(brought, bot)
    except Exception as error:  # it must not come again and again
        log.error("update %d cannot be read: %s", brought["update_id"], type(error).__name__)
        return Update(brought["update_id"])


def asked_of(error: Exception) -> timedelta:
    """Return the time that Telegram asks to wait after a call that failed."""
    asked = error.retry_after if isinstance(error, RetryAfter) else timedelta()
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


def new_bot(settings: Settings) -> ReadingBot:
    """PTB's bot, within the rates that Telegram allows. A 429 is raised at once: the outbox waits it out."""
    return ReadingBot(
        settings.telegram_bot_token,
        base_url=settings.telegram_base_url,
        base_file_url=settings.telegram_base_file_url,
        # An answer that comes late is better than a message sent twice.
        request=HTTPXRequest(connection_pool_size=SIDE_BY_SIDE, read_timeout=30, write_timeout=30, pool_timeout=30),
        get_updates_request=HTTPXRequest(read_timeout=10),
        defaults=DEFAULTS,
        rate_limiter=AIORateLimiter(),
    )


def keep_out_of_logs(token: str) -> None:
    """Libraries log URLs, in which the token stands, and what Telegram answered: what matters of it is logged here."""
    for name in [*logging.root.manager.loggerDict, "telegram", "httpx", "httpcore"]:
        if name.split(".")[0] in {"telegram", "httpx", "httpcore"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for handler in logging.root.handlers:
        handler.addFilter(_Without(token.rpartition(":")[2]))


class _Without(logging.Filter):
    """Takes a secret out of whatever is logged, tracebacks included."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        said = logging.Formatter().format(record)
        if self.secret in said:
            record.msg, record.args = said.replace(self.secret, "…"), ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True
