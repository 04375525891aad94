"""PTB's bot as we want it, and what is told when Telegram does not want it."""

import logging
import os
from typing import Any

from telegram import LinkPreviewOptions
from telegram.ext import AIORateLimiter, Defaults, ExtBot
from telegram.request import HTTPXRequest

from bot.config import Settings

os.environ.setdefault("PTB_TIMEDELTA", "true")  # else every RetryAfter warns that it is an int

WRONG_TOKEN = "TELEGRAM_BOT_TOKEN: Telegram does not know this token; copy it again from @BotFather"  # noqa: S105
SECOND_PROGRAM = (
    "Telegram: another program fetches this bot's messages (409 Conflict). Stop it: one token, one program. "
    "If it is not yours, have @BotFather make a new token"
)
DEFAULTS = Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True))


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
