"""The command line: words in, lines out. Results on stdout, one line of complaint on stderr.

Exit: 0 done, 1 could not (locked, not found, service away), 2 wrong use or wrong input.
"""

import argparse
import asyncio
import getpass
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adapters.cli.agreement import add_agreement_commands, agreement
from adapters.cli.chat import PLATFORM, Console, draw, line_reader, terminal_look
from adapters.cli.context import COULD_NOT, DATASET, DONE, JOURNAL, WRONG_USE, Builders, Command, WrongInputError, tell
from adapters.cli.doctor import findings
from adapters.cli.privacy import processing, retention
from adapters.cli.render import render
from adapters.cli.reports import add_report_commands
from adapters.cli.requests import requests, show, verify
from adapters.cli.simulate import add_simulate_arguments, simulate
from adapters.cli.store import add_store_commands, store
from bot.agreement.agreement import load_dataset
from bot.app.config import Settings, environment, read_settings
from bot.document.issuer import utc_now
from bot.model.errors import ConfigError, LaBotError
from bot.model.identity import Account
from bot.request.status import Status
from bot.store.encryption import use_keys
from bot.terms.answering import Terms, as_json
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.views import Views
from bot.versions.announcement import standing
from bot.versions.announcements import announcements_in, let_know


def run(arguments: Sequence[str], build: Builders, folder: Path) -> int:
    """Carry out a command line; the exit code. `folder` is where `.env` is looked for."""
    parsed = _parser().parse_args(arguments)
    command: Command = parsed.command
    try:
        settings = read_settings(environment(folder), parsed.data)
        use_keys(settings.encryption_keys)
        logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s")
        return asyncio.run(command(parsed, settings, build))
    except (ConfigError, WrongInputError) as error:
        return _complain(error, WRONG_USE)
    except (KeyboardInterrupt, BrokenPipeError):  # Ctrl-C, or whoever read the output went away
        return DONE
    except (LaBotError, OSError) as error:
        return _complain(error, COULD_NOT)


def _complain(error: Exception, code: int) -> int:
    print("la-bot:", " ".join(str(error).split()), file=sys.stderr)  # noqa: T201
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="la-bot", description="License Agreements out of a chat.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Command, meaning: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=meaning, description=meaning)
        sub.add_argument("--data", type=Path, metavar="DIR", help="folder of everything that is kept")
        sub.set_defaults(command=command)
        return sub

    chat = add("chat", _chat, "Talk to the bot here. Files are written into this folder.")
    chat.add_argument("--as", dest="name", default=getpass.getuser(), metavar="NAME", help="who is talking")
    render_parser = add("render", render, "Issue requests without a chat, from JSON.")
    render_parser.add_argument(
        "fields", type=Path, metavar="FIELDS", help="one request as .json, or one a line as .jsonl"
    )
    render_parser.add_argument(
        "--out", type=Path, required=True, metavar="PDF|FOLDER", help="the PDF; a folder for .jsonl"
    )
    requests_parser = add("requests", requests, "List the requests.")
    requests_parser.add_argument("--status", type=Status, choices=list(Status), metavar="S", help=", ".join(Status))
    requests_parser.add_argument(
        "--find",
        default="",
        metavar="TEXT",
        help="words, or fields as status:emailed domain:oulu.fi before:2026-06-01 -version:29 overdue",
    )
    requests_parser.add_argument("--json", action="store_true", help="as a JSON list")
    show_parser = add("show", show, "Show one request.")
    show_parser.add_argument("id", metavar="ID", help="the request id, in any case, with or without dashes")
    show_parser.add_argument("--json", action="store_true", help="as a JSON object")
    ask = add("ask", _ask, "Ask what the License Agreement says.")
    ask.add_argument("question", metavar="QUESTION", help="the question; - with --json: one a line from standard input")
    ask.add_argument("--json", action="store_true", help="the answer as JSON")
    verify_parser = add(
        "verify",
        verify,
        "Say whether a PDF was issued by this bot, for which request, and whether it is unaltered; "
        "or which document a scan or a photograph shows.",
    )
    verify_parser.add_argument("file", type=Path, metavar="FILE", help="a PDF, or a picture")
    verify_parser.add_argument("--json", action="store_true", help="as a JSON object")
    add_report_commands(add)
    add_store_commands(add("store", _store, "Check, back up, restore, migrate, copy or encrypt what is kept."))
    add_agreement_commands(add("agreement", agreement, "Check, compare or announce a version of the LA."))
    add_simulate_arguments(
        add("simulate", simulate, "Play made-up people through a made-up year, in a folder of its own.")
    )
    add("retention", retention, "Say what will lose its persons when.")
    add("record-of-processing", processing, "Print the record of processing activities (GDPR Art. 30) as text.")
    add("run", _run, "Talk on every chat platform that is configured, until SIGTERM or Ctrl-C.")
    add("doctor", _doctor, "Say what is configured, missing or wrong, with the remedy.")
    return parser


async def _chat(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    if not parsed.name.strip():
        raise WrongInputError("--as: a name is needed")
    async with build.bot(settings) as bot:
        account = Account(PLATFORM, "", parsed.name.strip())
        if sys.stdin.isatty():
            tell(bot.service.views.plain("terminal"))
        await Console(bot.service, account, Path.cwd(), terminal_look(), line_reader(), tell).chat()
    return DONE


async def _run(_: argparse.Namespace, settings: Settings, build: Builders) -> int:
    from adapters.server.run import run_platforms  # noqa: PLC0415 - the chat libraries take their time, only here

    async with build.bot(settings) as bot:
        await run_platforms(bot, settings, tell)
    return DONE


async def _ask(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    dataset = load_dataset(DATASET)
    async with build.reading(settings) as kept:
        let_know(dataset, standing(await announcements_in(kept)), utc_now())
    terms = Terms.load(dataset)
    if parsed.json:
        questions = sys.stdin if parsed.question == "-" else [parsed.question]
        for question in questions:
            asked = question.rstrip("\n")
            tell(json.dumps(as_json(asked, terms.answer(asked)), ensure_ascii=False))
        return DONE
    views = Views(load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact)), terms, dataset)
    message = views.message(views.answer(terms.answer(parsed.question)), "")
    tell(draw(replace(message, buttons=()), terminal_look()))
    return DONE


async def _store(parsed: argparse.Namespace, settings: Settings, _: Builders) -> int:
    tell(await store(parsed, settings, settings.data / JOURNAL))
    return DONE


async def _doctor(_: argparse.Namespace, settings: Settings, build: Builders) -> int:
    from adapters.server.run import platform_findings  # noqa: PLC0415 - as above

    found = [finding async for finding in findings(settings, environment(Path.cwd()), DATASET, build)]
    found += await platform_findings(settings)
    for finding in found:
        tell(f"{finding.mark}  {finding.text}")
    return COULD_NOT if any(finding.mark == "wrong" for finding in found) else DONE
