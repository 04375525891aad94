"""The commands that give everything out: `la-bot stats` and `la-bot export`. They work while the bot runs."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from adapters.cli.context import DATASET, DONE, Builders, Command, WrongInputError, tell
from adapters.cli.private_file import write_private
from bot.agreement.agreement import load_dataset
from bot.app.config import Settings
from bot.model.clock import SystemClock
from bot.model.json_codec import to_json
from bot.reports.export import Entry, as_csv
from bot.reports.figures import as_json, measure
from bot.reports.question_counts import questions
from bot.request.query import RequestQuery


def add_report_commands(add: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Their arguments."""
    stats_parser = add("stats", stats, "Say how many requests there are, how far they came, how long it took.")
    stats_parser.add_argument("--json", action="store_true", help="as a JSON object, durations in hours")
    export_parser = add("export", export, "Write all requests with their persons, for their owner alone to read.")
    formats = export_parser.add_mutually_exclusive_group(required=True)
    formats.add_argument("--csv", type=Path, metavar="FILE", help="a table for spreadsheets")
    formats.add_argument("--json", type=Path, metavar="FILE", help="everything that is kept of them")
    formats.add_argument("--archive", type=Path, metavar="FOLDER", help="a PDF of each with its whole history")


async def stats(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """The figures of all requests."""
    async with build.reading(settings) as kept:
        requests, asked = await kept.requests(RequestQuery()), await questions(kept)
    figures = as_json(measure(requests, asked, settings.desk_time_zone))
    if parsed.json:
        tell(json.dumps(figures, ensure_ascii=False))
        return DONE
    for name, value in figures.items():
        tell(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    return DONE


async def export(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """All requests as files."""
    async with build.reading(settings) as kept:
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
