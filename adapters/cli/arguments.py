"""The commands of `la-bot` with their arguments; nothing of what they do is imported here, so that `--help` is at once.

A command names its function as `module:function`; `command_of` imports it when the command runs.
"""

import argparse
import getpass
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

from bot.request.status import Status

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command: its name, the function that carries it out, its meaning."""

AddVerb = Callable[[str, str], argparse.ArgumentParser]
"""Adds a verb under a command: its name, its meaning."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line; `parsed.command` names the function. Exits for `--help` and for wrong use."""
    return parser_of_all().parse_args(arguments)


def command_of(parsed: argparse.Namespace) -> Callable[..., object]:
    """Import the function that carries the command out (`adapters.cli.context.Command`)."""
    module, _, name = str(parsed.command).partition(":")
    function: Callable[..., object] = getattr(import_module(module), name)
    return function


def parser_of_all() -> argparse.ArgumentParser:
    """Make the parser, with the commands in the order in which `--help` lists them."""
    parser = argparse.ArgumentParser(prog="la-bot", description="License Agreements out of a chat.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: str, meaning: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=meaning, description=meaning)
        _add_folder(sub)
        sub.set_defaults(command=command)
        return sub

    _add_issuing(add)
    _add_looking(add)
    _add_asking(add)
    _add_reports(add)
    store = add("store", "adapters.cli.store:store", "Check, back up, restore, migrate, copy or encrypt what is kept.")
    _add_store_verbs(store)
    agreement = "adapters.cli.agreement:agreement"
    _add_agreement_verbs(add("agreement", agreement, "Check, compare or announce a version of the LA."))
    add("retention", "adapters.cli.privacy:retention", "Say what will lose its persons when.")
    add(
        "record-of-processing",
        "adapters.cli.privacy:processing",
        "Print the record of processing activities (GDPR Art. 30) as text.",
    )
    add("run", "adapters.cli.talk:run_bot", "Talk on every chat platform that is configured, until SIGTERM or Ctrl-C.")
    add("doctor", "adapters.cli.doctor:doctor", "Say what is configured, missing or wrong, with the remedy.")
    return parser


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of everything that is kept")


def _verbs(parser: argparse.ArgumentParser) -> AddVerb:
    """Let the command have verbs; `parsed.verb` is the name of the one that was given."""
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    def add(name: str, meaning: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=meaning, description=meaning)
        _add_folder(sub)
        sub.set_defaults(verb=name)
        return sub

    return add


def _add_issuing(add: Add) -> None:
    chat = add("chat", "adapters.cli.talk:chat", "Talk to the bot here. Files are written into this folder.")
    chat.add_argument("--as", dest="name", default=getpass.getuser(), metavar="NAME", help="who is talking")
    render_parser = add("render", "adapters.cli.render:render", "Issue requests without a chat, from JSON.")
    render_parser.add_argument(
        "fields", type=Path, metavar="FIELDS", help="one request as .json, or one a line as .jsonl"
    )
    render_parser.add_argument(
        "--out", type=Path, required=True, metavar="PDF|FOLDER", help="the PDF; a folder for .jsonl"
    )


def _add_looking(add: Add) -> None:
    requests_parser = add("requests", "adapters.cli.requests:requests", "List the requests.")
    requests_parser.add_argument("--status", type=Status, choices=list(Status), metavar="S", help=", ".join(Status))
    requests_parser.add_argument(
        "--find",
        default="",
        metavar="TEXT",
        help="words, or fields as status:emailed domain:oulu.fi before:2026-06-01 -version:29 overdue",
    )
    requests_parser.add_argument("--json", action="store_true", help="as a JSON list")
    show_parser = add("show", "adapters.cli.requests:show", "Show one request.")
    show_parser.add_argument("id", metavar="ID", help="the request id, in any case, with or without dashes")
    show_parser.add_argument("--json", action="store_true", help="as a JSON object")


def _add_asking(add: Add) -> None:
    ask = add("ask", "adapters.cli.ask:ask", "Ask what the License Agreement says.")
    ask.add_argument("question", metavar="QUESTION", help="the question; - with --json: one a line from standard input")
    ask.add_argument("--json", action="store_true", help="the answer as JSON")
    verify_parser = add(
        "verify",
        "adapters.cli.verify:verify",
        "Say whether a PDF was issued by this bot, for which request, and whether it is unaltered; "
        "or which document a scan or a photograph shows.",
    )
    verify_parser.add_argument("file", type=Path, metavar="FILE", help="a PDF, or a picture")
    verify_parser.add_argument("--json", action="store_true", help="as a JSON object")


def _add_reports(add: Add) -> None:
    stats_parser = add(
        "stats", "adapters.cli.reports:stats", "Say how many requests there are, how far they came, how long it took."
    )
    stats_parser.add_argument("--json", action="store_true", help="as a JSON object, durations in hours")
    export_parser = add(
        "export", "adapters.cli.reports:export", "Write all requests with their persons, for their owner alone to read."
    )
    formats = export_parser.add_mutually_exclusive_group(required=True)
    formats.add_argument("--csv", type=Path, metavar="FILE", help="a table for spreadsheets")
    formats.add_argument("--json", type=Path, metavar="FILE", help="everything that is kept of them")
    formats.add_argument("--archive", type=Path, metavar="FOLDER", help="a PDF of each with its whole history")


def _add_store_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs under `store`."""
    add = _verbs(parser)
    add("check", "Read everything and say whether it is sound; the bot may run.")
    saving = add("backup", "Write a copy of the journal to a new file; the bot may run.")
    saving.add_argument("file", type=Path, metavar="FILE")
    saving.add_argument("--whole-lines", action="store_true", help="leave damaged lines out")
    restoring = add("restore", "Put a backup in the journal's place; the old one is kept beside it.")
    restoring.add_argument("file", type=Path, metavar="FILE")
    add("migrate", "Make or upgrade the tables of DATABASE_URL.")
    rotating = add("rotate-keys", "Encrypt everything anew with the first of LA_BOT_ENCRYPTION_KEYS.")
    rotating.add_argument("--off", action="store_true", help="decrypt everything instead; then unset the keys")
    copying = add("copy", "Move everything from one store to another, and verify it.")
    for end in ("from", "to"):
        copying.add_argument(f"--{end}", dest=end, required=True, metavar="JOURNAL|URL")


def _add_agreement_verbs(parser: argparse.ArgumentParser) -> None:
    """Add the verbs under `agreement`."""
    add = _verbs(parser)
    checking = add("check", "Say everything that is wrong with a version's folder.")
    checking.add_argument("folder", type=Path, metavar="FOLDER")
    comparing = add("diff", "Show what changes between two versions, clause by clause.")
    comparing.add_argument("old", metavar="OLD", help="a version, or a folder of one")
    comparing.add_argument("new", metavar="NEW", help="a version, or a folder of one")
    comparing.add_argument("--out", type=Path, metavar="FILE", help="a .html or .pdf to write, or a .txt")
    announcing = add("announce", "Announce a version to every holder; the bot must not run, or say it in chat.")
    announcing.add_argument("version", metavar="VERSION")
    announcing.add_argument("--effective", type=date.fromisoformat, required=True, metavar="DATE", help="as 2027-02-01")
    announcing.add_argument("--typo-only", type=_reason, metavar="REASON", help="only slips of writing are corrected")
    announcing.add_argument("--yes", action="store_true", help="announce it; without, it is only shown")
    calling = add("call-off", "Take back an announcement before its day; everybody who was told hears that.")
    calling.add_argument("version", metavar="VERSION")
    calling.add_argument("--yes", action="store_true", help="call it off; without, it is only shown")
    showing = add("evidence", "Export what came of an announcement, holder by holder; the bot may run.")
    showing.add_argument("version", metavar="VERSION")
    showing.add_argument(
        "--number", type=int, metavar="N", help="the first announcement of it, where it was called off"
    )
    showing.add_argument("--csv", action="store_true", help="a line a notice, instead of JSON")
    showing.add_argument("--check", type=Path, metavar="FILE", help="whether this export still says what is kept")
    writing = add("letters", "Write emails to the holders who cannot be reached in chat; the bot may not run.")
    writing.add_argument("version", metavar="VERSION")
    writing.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def _reason(text: str) -> str:
    """What is said of a correction; without it nobody would know that it is one."""
    if not text.strip():
        raise argparse.ArgumentTypeError("say what was a slip of writing")
    return text.strip()
