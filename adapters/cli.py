"""The command line: words in, lines out. Results on stdout, one line of complaint on stderr.

Exit: 0 done, 1 could not (locked, not found, service away), 2 wrong use or wrong input.
"""

import argparse
import asyncio
import getpass
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.console import PLATFORM, Console, line_reader, terminal_look
from adapters.doctor import findings
from bot.agreement import DATASETS, load_dataset
from bot.codec import to_json
from bot.config import Settings, environment, read_settings
from bot.errors import ConfigError, LaBotError
from bot.fields import FieldPolicy
from bot.ids import parse_request_id
from bot.lifecycle import LicenseRequest, Opening, waiting_for
from bot.model import Account, PersonalData, Status
from bot.ports import RequestQuery
from bot.prefilled import Prefilled, Wrong, read_prefilled
from bot.service import Service
from bot.store.snapshot import Snapshot

DONE, COULD_NOT, WRONG_USE = 0, 1, 2
DATASET = DATASETS / "4dme"
JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Bot:
    """The core, built, and what the command line asks of it besides."""

    service: Service
    policy: FieldPolicy


Build = Callable[[Settings], AbstractAsyncContextManager[Bot]]
Command = Callable[[argparse.Namespace, Settings, Build], Coroutine[Any, Any, int]]


class WrongInputError(Exception):
    """What was given cannot be used; the message is one line."""


def run(arguments: Sequence[str], build: Build, folder: Path) -> int:
    """Carry out a command line; the exit code. `folder` is where `.env` is looked for."""
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(
        level=os.environ.get("LOGLEVEL", "WARNING").upper(), format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = read_settings(environment(folder), parsed.data)
        command: Command = parsed.command
        return asyncio.run(command(parsed, settings, build))
    except (ConfigError, WrongInputError) as error:
        return _complain(error, WRONG_USE)
    except (LaBotError, OSError) as error:
        return _complain(error, COULD_NOT)
    except KeyboardInterrupt:
        return DONE
    except BrokenPipeError:
        return DONE


def _complain(error: Exception, code: int) -> int:
    print("la-bot:", " ".join(str(error).split()), file=sys.stderr)  # noqa: T201
    return code


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201


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
    render = add("render", _render, "Issue requests without a chat, from JSON.")
    render.add_argument("fields", type=Path, metavar="FIELDS", help="one request as .json, or one a line as .jsonl")
    render.add_argument("--out", type=Path, required=True, metavar="PDF|FOLDER", help="the PDF; a folder for .jsonl")
    requests = add("requests", _requests, "List the requests.")
    requests.add_argument("--status", type=Status, choices=list(Status), metavar="S", help=", ".join(Status))
    requests.add_argument("--find", default="", metavar="TEXT", help="words of id, name, email or affiliation")
    requests.add_argument("--json", action="store_true", help="as a JSON list")
    show = add("show", _show, "Show one request.")
    show.add_argument("id", metavar="ID", help="the request id, in any case, with or without dashes")
    show.add_argument("--json", action="store_true", help="as a JSON object")
    add("run", _run, "Talk on every chat platform that is configured, until SIGTERM or Ctrl-C.")
    add("doctor", _doctor, "Say what is configured, missing or wrong, with the remedy.")
    return parser


async def _chat(parsed: argparse.Namespace, settings: Settings, build: Build) -> int:
    if not parsed.name.strip():
        raise WrongInputError("--as: a name is needed")
    async with build(settings) as bot:
        account = Account(PLATFORM, "", parsed.name.strip())
        await Console(bot.service, account, Path.cwd(), terminal_look(), line_reader(), _print).chat()
    return DONE


async def _run(_: argparse.Namespace, settings: Settings, build: Build) -> int:
    from adapters.running import run_platforms  # noqa: PLC0415 - the chat libraries take their time, only here

    async with build(settings) as bot:
        await run_platforms(bot.service, settings, _print)
    return DONE


async def _render(parsed: argparse.Namespace, settings: Settings, build: Build) -> int:
    many = parsed.fields.suffix == ".jsonl"
    documents = _documents(parsed.fields, many)
    _check_out(parsed.out, many)
    async with build(settings) as bot:
        # All are judged before one is issued: a file with a mistake in it issues nothing.
        read = [_prefilled(place, document, bot.policy) for place, document in documents]
        for prefilled in read:
            request = await _issue(bot.service, prefilled, parsed.out, many)
            _print(json.dumps(_receipt(request, prefilled), ensure_ascii=False))
    return DONE


def _documents(path: Path, many: bool) -> list[tuple[str, object]]:
    """The JSON values of a file, each with the place to name in a complaint."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInputError(f"{path}: {error}") from error
    lines = [(f"{path}, line {n}", line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    try:
        return [(place, json.loads(part)) for place, part in (lines if many else [(str(path), text)])]
    except ValueError as error:
        raise WrongInputError(f"{path}: not JSON: {error}") from error


def _check_out(out: Path, many: bool) -> None:
    """Complain before anything is issued, not after."""
    if many:
        out.mkdir(parents=True, exist_ok=True)
    elif out.is_dir() or not out.absolute().parent.is_dir():
        raise WrongInputError(f"--out {out}: write the name of a PDF in a folder that exists")


def _prefilled(place: str, document: object, policy: FieldPolicy) -> Prefilled:
    read = read_prefilled(document, policy)
    if isinstance(read, Wrong):
        what = read.problem.replace("_", " ") if read.problem else ""
        raise WrongInputError(f"{place}: {read.field}: {'; '.join(filter(None, (what, read.detail)))}")
    return read


async def _issue(service: Service, prefilled: Prefilled, out: Path, many: bool) -> LicenseRequest:
    issuer = service.issuer
    opening = Opening(issuer.new_request_id(), issuer.dataset.name, prefilled.standing)
    request, pdf = await service.issue(opening, prefilled.persons)
    path = out / service.views.document(request).filename if many else out
    await asyncio.to_thread(path.write_bytes, pdf.content)
    return request


def _receipt(request: LicenseRequest, prefilled: Prefilled) -> dict[str, Any]:
    document = request.document
    return {
        "request_id": request.id,
        "document": document.number,
        "version": document.version,
        "agreement_sha256": document.agreement_sha256,
        "pdf_sha256": document.pdf_sha256,
        "pages": document.pages,
        "warnings": [f"{field}: {problem.replace('_', ' ')}" for field, problem in prefilled.warnings],
    }


async def _requests(parsed: argparse.Namespace, settings: Settings, _: Build) -> int:
    found = Snapshot(settings.data / JOURNAL).requests(RequestQuery(status=parsed.status, text=parsed.find))
    if parsed.json:
        _print(json.dumps([_summary(request) for request in found], ensure_ascii=False))
        return DONE
    for request in found:
        summary = _summary(request)
        _print(
            "  ".join(str(summary[key] or "-") for key in ("request_id", "status", "waiting_for", "since", "document"))
        )
    return DONE


async def _show(parsed: argparse.Namespace, settings: Settings, _: Build) -> int:
    request_id = parse_request_id(load_dataset(DATASET).id_prefix, parsed.id)
    if request_id is None:
        raise WrongInputError(f"{parsed.id!r} is no request id: it has ten letters and digits after its prefix")
    snapshot = Snapshot(settings.data / JOURNAL)
    request = snapshot.request(request_id)
    if request is None:
        return _complain(LaBotError(f"{request_id}: no such request"), COULD_NOT)
    shown = _summary(request) | _details(request, snapshot.personal_data(request_id))
    if parsed.json:
        _print(json.dumps(shown, ensure_ascii=False))
        return DONE
    for key, value in _flat(shown):
        _print(f"{key}: {value}")
    return DONE


def _summary(request: LicenseRequest) -> dict[str, Any]:
    return {
        "request_id": request.id,
        "status": request.status,
        "waiting_for": waiting_for(request),
        "since": request.since.isoformat(),
        "version": request.document.version,
        "document": request.document.number,
    }


def _details(request: LicenseRequest, persons: PersonalData | None) -> dict[str, Any]:
    return {
        "standing": request.standing,
        "persons": to_json(persons) if persons else None,
        "documents": [to_json(document) for document in request.documents],
        "events": [to_json(event) for event in request.events],
    }


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Nested JSON as lines: `documents.1.pages: 3`."""
    match value:
        case dict():
            inner = value.items()
        case list():
            inner = {str(n): entry for n, entry in enumerate(value, 1)}.items()
        case _:
            yield path, "-" if value is None else str(value).replace("\n", ", ")
            return
    for key, entry in inner:
        yield from _flat(entry, f"{path}.{key}" if path else key)


async def _doctor(_: argparse.Namespace, settings: Settings, __: Build) -> int:
    from adapters.running import platform_findings  # noqa: PLC0415 - as above

    found = list(findings(settings, environment(Path.cwd()), DATASET, settings.data / JOURNAL))
    found += await platform_findings(settings)
    for finding in found:
        _print(f"{finding.mark}  {finding.text}")
    return COULD_NOT if any(finding.mark == "wrong" for finding in found) else DONE
