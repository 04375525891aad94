"""The findings of `la-bot doctor` about the Telegram bot, asked of Telegram itself."""

from collections.abc import AsyncIterator
from datetime import timedelta

from telegram import WebhookInfo
from telegram.error import Conflict, InvalidToken, TelegramError

from adapters.platform import Finding
from adapters.telegram.client import SECOND_PROGRAM, WRONG_TOKEN, ReadingBot, keep_out_of_logs, new_bot
from bot.app.config import Settings


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Yield the findings to know before `la-bot run`. No update is taken from anybody."""
    if not settings.telegram_bot_token:
        yield Finding("note ", "TELEGRAM_BOT_TOKEN is not set: no Telegram; @BotFather makes a bot and its token")
        return
    keep_out_of_logs(settings.telegram_bot_token)
    async for finding in examined(new_bot(settings), settings.public_url):
        yield finding


async def examined(bot: ReadingBot, public_url: str) -> AsyncIterator[Finding]:
    """Yield the findings in Telegram's answers about the bot."""
    try:
        await bot.initialize()
        yield Finding("ok   ", f"Telegram: the bot is @{bot.username}")
        if bot.bot.can_read_all_group_messages:
            yield Finding(
                "note ", "Telegram: the bot reads all that is said in groups; @BotFather's /setprivacy ends it"
            )
        async for finding in _way_in(bot, public_url):
            yield finding
    except InvalidToken:
        yield Finding("wrong", WRONG_TOKEN)
    except TelegramError as error:
        reason = type(error).__name__
        yield Finding("wrong", f"Telegram cannot be reached ({reason}); check the network, or TELEGRAM_BASE_URL")
    finally:
        await bot.shutdown()


async def _way_in(bot: ReadingBot, public_url: str) -> AsyncIterator[Finding]:
    webhook = await bot.get_webhook_info()
    if webhook.url:
        yield _webhook(webhook, public_url)
    else:
        yield await _fetching(bot)
    if webhook.pending_update_count:
        yield Finding("note ", f"Telegram: {webhook.pending_update_count} messages wait for the bot")
    if webhook.url and webhook.last_error_message:
        yield Finding("note ", f"Telegram could not reach the webhook: {webhook.last_error_message}")


def _webhook(webhook: WebhookInfo, public_url: str) -> Finding:
    if public_url and webhook.url.startswith(f"{public_url}/"):
        return Finding("ok   ", "Telegram brings messages to LA_BOT_PUBLIC_URL")
    return Finding("note ", "Telegram brings messages to another address; `la-bot run` takes them over")


async def _fetching(bot: ReadingBot) -> Finding:
    """A second program that fetches is noticed: it breaks off this fetch, which confirms nothing."""
    try:
        await bot.fetch(0, timedelta(seconds=2))
    except Conflict:
        return Finding("note ", f"{SECOND_PROGRAM}. (All is well if that is your `la-bot run`.)")
    return Finding("ok   ", "Telegram: no other program fetches the bot's messages")
