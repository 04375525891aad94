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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from adapters.cli_store import add_store_commands, store
from adapters.console import PLATFORM, Console, draw, line_reader, terminal_look
from adapters.doctor import findings
from bot.agreement import DATASETS, load_dataset
from bot.codec import to_json
from bot.config import SECRET_FILE, Settings, environment, read_settings, secret_of
from bot.errors import ConfigError, LaBotError
from bot.fields import FieldPolicy
from bot.ids import parse_request_id
from bot.lifecycle import LicenseRequest, Opening, waiting_for
from bot.model import Account, PersonalData, RequestId, Status
from bot.ports import RequestQuery, Stored
from bot.prefilled import Prefilled, Wrong, read_prefilled
from bot.service import Service
from bot.terms import Terms, as_json
from bot.texts import ENGLISH, load_texts
from bot.verifying import Examined, examine
from bot.views import Views

DONE, COULD_NOT, WRONG_USE = 0, 1, 2
DATASET = DATASETS / "4dme"
JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Bot:
    """The core, built, and what the command line asks of it besides."""

    service: Service
    policy: FieldPolicy


class Reading(Protocol):
    """The requests as they are at one instant, read beside the running bot."""

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """The request of that id."""
        ...

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """The requests that the query asks for, the last changed first."""
        ...

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """The persons of a request."""
        ...


@dataclass(frozen=True, slots=True)
class Builders:
    """How the composition root builds what a command needs."""

    bot: Callable[[Settings], AbstractAsyncContextManager[Bot]]
    reading: Callable[[Settings], AbstractAsyncContextManager[Reading]]


Command = Callable[[argparse.Namespace, Settings, Builders], Coroutine[Any, Any, int]]


class WrongInputError(Exception):
    """What was given cannot be used; the message is one line."""


def run(arguments: Sequence[str], build: Builders, folder: Path) -> int:
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
    ask = add("ask", _ask, "Ask what the License Agreement says.")
    ask.add_argument("question", metavar="QUESTION", help="the question; - with --json: one a line from standard input")
    ask.add_argument("--json", action="store_true", help="the answer as JSON")
    verify = add(
        "verify", _verify, "Say whether a PDF was issued by this bot, for which request, and whether it is unaltered."
    )
    verify.add_argument("file", type=Path, metavar="FILE.pdf")
    verify.add_argument("--json", action="store_true", help="as a JSON object")
    add_store_commands(add("store", _store, "Check, back up, restore, migrate or copy what is kept."))
    add("run", _run, "Talk on every chat platform that is configured, until SIGTERM or Ctrl-C.")
    add("doctor", _doctor, "Say what is configured, missing or wrong, with the remedy.")
    return parser


async def _chat(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    if not parsed.name.strip():
        raise WrongInputError("--as: a name is needed")
    async with build.bot(settings) as bot:
        account = Account(PLATFORM, "", parsed.name.strip())
        if sys.stdin.isatty():
            _print(bot.service.views.plain("terminal"))
        await Console(bot.service, account, Path.cwd(), terminal_look(), line_reader(), _print).chat()
    return DONE


async def _run(_: argparse.Namespace, settings: Settings, build: Builders) -> int:
    from adapters.running import run_platforms  # noqa: PLC0415 - the chat libraries take their time, only here

    async with build.bot(settings) as bot:
        await run_platforms(bot.service, settings, _print)
    return DONE


async def _render(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    many = parsed.fields.suffix == ".jsonl"
    documents = _documents(parsed.fields, many)
    _check_out(parsed.out, many)
    async with build.bot(settings) as bot:
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


async def _requests(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    async with build.reading(settings) as kept:
        found = await kept.requests(RequestQuery(status=parsed.status, text=parsed.find))
    if parsed.json:
        _print(json.dumps([_summary(request) for request in found], ensure_ascii=False))
        return DONE
    for request in found:
        summary = _summary(request)
        _print(
            "  ".join(str(summary[key] or "-") for key in ("request_id", "status", "waiting_for", "since", "document"))
        )
    return DONE


async def _show(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    request_id = parse_request_id(load_dataset(DATASET).id_prefix, parsed.id)
    if request_id is None:
        raise WrongInputError(f"{parsed.id!r} is no request id: it has ten letters and digits after its prefix")
    async with build.reading(settings) as kept:
        stored, persons = await kept.request(request_id), await kept.personal_data(request_id)
    if stored is None:
        raise LaBotError(f"{request_id}: no such request")
    shown = _summary(stored.value) | _details(stored.value, persons)
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


async def _ask(parsed: argparse.Namespace, settings: Settings, _: Builders) -> int:
    dataset = load_dataset(DATASET)
    terms = Terms.load(dataset)
    if parsed.json:
        questions = sys.stdin if parsed.question == "-" else [parsed.question]
        for question in questions:
            asked = question.rstrip("\n")
            _print(json.dumps(as_json(asked, terms.answer(asked)), ensure_ascii=False))
        return DONE
    views = Views(load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact)), terms, dataset)
    message = views.message(views.answer(terms.answer(parsed.question)), "")
    _print(draw(replace(message, buttons=()), terminal_look()))
    return DONE


async def _verify(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    content, certificate = _bytes(parsed.file), _bytes(settings.seal_cert) if settings.seal_cert else None
    if not settings.secret and not (settings.data / SECRET_FILE).exists():
        raise LaBotError(f"no secret in {settings.data}: without it nothing can be verified (LA_BOT_SECRET or --data)")
    async with build.reading(settings) as kept:
        found = await examine(content, secret_of(settings), certificate, kept.request)
    if parsed.json:
        _print(json.dumps(to_json(found) | {"genuine": found.genuine}, ensure_ascii=False))
    else:
        _print(_verdict(found))
    return DONE if found.genuine else COULD_NOT


def _verdict(found: Examined) -> str:
    if not found.issued:
        return "not issued by this bot"
    name = f"request {found.request_id}, document {found.document}, LA version {found.version}"
    altered = "unaltered" if found.unaltered else "ALTERED since it was issued (a seal needs LA_BOT_SEAL_CERT)"
    seal = ["the seal is valid"] if found.sealed else []
    return "; ".join([name, altered, *seal, str(found.status or "unknown to this store")])


async def _store(parsed: argparse.Namespace, settings: Settings, _: Builders) -> int:
    _print(await store(parsed, settings, settings.data / JOURNAL))
    return DONE


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongInputError(f"{path}: {error.strerror}") from error


async def _doctor(_: argparse.Namespace, settings: Settings, __: Builders) -> int:
    found = list(findings(settings, environment(Path.cwd()), DATASET, settings.data / JOURNAL))
    for finding in found:
        _print(f"{finding.mark}  {finding.text}")
    return COULD_NOT if any(finding.mark == "wrong" for finding in found) else DONE
