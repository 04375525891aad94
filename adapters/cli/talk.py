"""`la-bot chat` and `la-bot run`: the bot at work, in this terminal or on the chat platforms."""

import argparse
import sys
from pathlib import Path

from adapters.cli.chat import PLATFORM, Console, line_reader, terminal_look
from adapters.cli.context import DONE, WrongInputError, tell
from bot.app.bootstrap import build
from bot.app.config import Settings
from bot.model.identity import Account


async def chat(parsed: argparse.Namespace, settings: Settings) -> int:
    """Talk here, until the person leaves."""
    if not parsed.name.strip():
        raise WrongInputError("--as: a name is needed")
    async with build(settings) as bot:
        account = Account(PLATFORM, "", parsed.name.strip())
        if sys.stdin.isatty():
            tell(bot.service.views.plain("terminal"))
        await Console(bot.service, account, Path.cwd(), terminal_look(), line_reader(), tell).chat()
    return DONE


async def run_bot(_: argparse.Namespace, settings: Settings) -> int:
    """Talk on every platform that is configured, until a signal."""
    from adapters.server.run import run_platforms  # noqa: PLC0415 - the chat libraries take their time, only here

    async with build(settings) as bot:
        await run_platforms(bot, settings, tell)
    return DONE
