"""The commands that give everything out: `la-bot stats` and `la-bot export`. They work while the bot runs."""

import argparse
import json
from pathlib import Path

from adapters.cli.context import DONE, WrongInputError, tell
from adapters.cli.private_file import write_private
from bot.agreement.agreement import load_dataset
from bot.app.config import DATASET, Settings
from bot.app.reading import read
from bot.model.clock import SystemClock
from bot.model.json_codec import to_json
from bot.reports.export import Entry, as_csv
from bot.reports.figures import as_json, measure
from bot.reports.question_counts import questions
from bot.request.query import RequestQuery


async def stats(parsed: argparse.Namespace, settings: Settings) -> int:
    """The figures of all requests."""
    async with read(settings) as kept:
        requests, asked = await kept.requests(RequestQuery()), await questions(kept)
    figures = as_json(measure(requests, asked, settings.desk_time_zone))
    if parsed.json:
        tell(json.dumps(figures, ensure_ascii=False))
        return DONE
    for name, value in figures.items():
        tell(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    return DONE


async def export(parsed: argparse.Namespace, settings: Settings) -> int:
    """All requests as files."""
    async with read(settings) as kept:
        entries = [(request, await kept.personal_data(request.id)) for request in await kept.requests(RequestQuery())]
    if parsed.csv:
        _write(parsed.csv, as_csv(entries).encode())
    elif parsed.json:
        whole = [{"request": to_json(request), "persons": to_json(p) if p else None} for request, p in entries]
        _write(parsed.json, json.dumps(whole, ensure_ascii=False, indent=1).encode())
    else:
        _archive(parsed.archive, entries, settings)
    tell(f"{len(entries)} requests")
    return DONE


def _archive(folder: Path, entries: list[Entry], settings: Settings) -> None:
    from bot.reports.archive import archived  # noqa: PLC0415 - what sets pages takes its time, only here

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    dataset, now = load_dataset(DATASET), SystemClock().now()
    for request, persons in entries:
        _write(folder / f"{request.id}.pdf", archived(request, persons, dataset, now, settings.desk_time_zone))


def _write(path: Path, content: bytes) -> None:
    try:
        write_private(path, content)
    except OSError as error:
        raise WrongInputError(f"{path}: {error.strerror}") from error
