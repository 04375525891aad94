"""The commands that only look: `la-bot requests` and `show`. They work while the bot runs."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.cli.context import DONE, WrongInputError, tell
from bot.agreement.agreement import load_dataset
from bot.app.config import DATASET, Settings
from bot.app.reading import read
from bot.desk.search import Asker, Misread, Patience, Problem, parse
from bot.model.clock import SystemClock
from bot.model.errors import LaBotError
from bot.model.json_codec import to_json
from bot.model.people import PersonalData
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest, waiting_for
from bot.request.request_id import parse_request_id


async def requests(parsed: argparse.Namespace, settings: Settings) -> int:
    """The requests that match, a line each or as a JSON list."""
    async with read(settings) as kept:
        found = await kept.requests(replace(searched(parsed.find, settings), status=parsed.status))
    if parsed.json:
        tell(json.dumps([_summary(request) for request in found], ensure_ascii=False))
        return DONE
    for request in found:
        summary = _summary(request)
        tell(
            "  ".join(str(summary[key] or "-") for key in ("request_id", "status", "waiting_for", "since", "document"))
        )
    return DONE


def searched(text: str, settings: Settings) -> RequestQuery:
    """The query of a search as staff type it. Raises WrongInputError where it cannot be read."""
    patience = Patience(settings.overdue_staff, settings.overdue_applicant)
    query = parse(text, Asker(SystemClock().now().astimezone(settings.desk_time_zone), patience))
    if isinstance(query, Misread):
        possible = f"; write one of: {', '.join(query.possible)}" if query.possible else ""
        raise WrongInputError(f"--find: {query.said!r} is {_MISREAD[query.problem]}{possible}")
    return query


_MISREAD = {
    Problem.FIELD: "no field",
    Problem.STATUS: "no status",
    Problem.WAITING: "nobody who is waited for",
    Problem.ASSIGNED: "no account",
    Problem.DAY: "no day",
    Problem.EMPTY: "a field without a value",
}


async def show(parsed: argparse.Namespace, settings: Settings) -> int:
    """Everything that is kept of one request."""
    request_id = parse_request_id(load_dataset(DATASET).id_prefix, parsed.id)
    if request_id is None:
        raise WrongInputError(f"{parsed.id!r} is no request id: it has ten letters and digits after its prefix")
    async with read(settings) as kept:
        stored, persons = await kept.request(request_id), await kept.personal_data(request_id)
    if stored is None:
        raise LaBotError(f"{request_id}: no such request")
    shown = _summary(stored.value) | _details(stored.value, persons)
    if parsed.json:
        tell(json.dumps(shown, ensure_ascii=False))
        return DONE
    for key, value in _flat(shown):
        tell(f"{key}: {value}")
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
