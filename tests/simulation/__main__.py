"""`python -m tests.simulation`: play a made-up time with made-up people; print a table, draw a picture."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from bot.app.bootstrap import Bot, build
from bot.app.config import read_settings
from bot.request.events import Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status
from tests.simulation.made_up_year import BlankRenderer, Simulation, Tally

Stage = tuple[str, int]


def arguments_of(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=365, metavar="N", help="how long (365)")
    parser.add_argument("--requests", type=int, default=100, metavar="N", help="how many people ask (100)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed, the same people (1)")
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the funnel")
    parsed = parser.parse_args(words)
    if parsed.days < 1 or parsed.requests < 1:
        parser.error("--days and --requests: write a whole number, 1 or more")
    return parsed


async def simulate(parsed: argparse.Namespace) -> int:
    """Run it in a folder that is thrown away, on the default settings. 1 where a promise was broken."""
    started = time.monotonic()
    with TemporaryDirectory(prefix="la-bot-simulated-") as folder:
        settings = read_settings({}, Path(folder))

        def open_bot(now: Callable[[], datetime]) -> AbstractAsyncContextManager[Bot]:
            return build(settings, now, BlankRenderer())

        tally = await Simulation(parsed.days, parsed.requests, Random(parsed.seed), open_bot).run()
    for line in _table(tally, time.monotonic() - started):
        print(line)  # noqa: T201
    if parsed.picture:
        draw(stages(tally.requests), parsed.picture)
        print(f"⇩ {parsed.picture}")  # noqa: T201
    return 1 if tally.violations else 0


def stages(requests: Sequence[LicenseRequest]) -> list[Stage]:
    """How many requests came how far."""
    ever = {happened: sum(_was(request, happened) for request in requests) for happened in Happened}
    names = (Happened.ISSUED, Happened.EMAILED, Happened.RECEIVED, Happened.APPROVED)
    return [(str(happened), ever[happened]) for happened in names]


def _was(request: LicenseRequest, happened: Happened) -> bool:
    return any(event.happened is happened for event in request.events)


def _table(tally: Tally, seconds: float) -> Iterator[str]:
    requests = tally.requests
    total = max(1, len(requests))
    yield f"{'came as far as':28}{'requests':>10}"
    yield from (f"{name:28}{number:>10}{number / total:>8.0%}" for name, number in stages(requests))
    yield f"\n{'stand at the end':28}{'requests':>10}"
    for status in Status:
        if number := sum(request.status is status for request in requests):
            yield f"{status:28}{number:>10}{number / total:>8.0%}"
    reminded = [sum(e.happened is Happened.REMINDED for e in r.events) for r in requests]
    yield f"\n{'reminders':28}{sum(reminded):>10}"
    yield f"{'most for one request':28}{max(reminded, default=0):>10}"
    for happened in (Happened.POSTPONED, Happened.REMINDERS_STOPPED, Happened.EMAIL_CHECKED):
        yield f"{happened.replace('_', ' '):28}{sum(e.happened is happened for r in requests for e in r.events):>10}"
    if days := [_days_to_email(request) for request in requests if _was(request, Happened.EMAILED)]:
        yield f"{'days to the email, median':28}{median(days):>10.1f}"
    yield f"\n{'turns':28}{tally.turns:>10}"
    yield f"{'restarts':28}{tally.restarts:>10}"
    yield f"{'seconds':28}{seconds:>10.1f}"
    yield f"{'broken promises':28}{len(tally.violations):>10}"
    yield from tally.violations[:20]


def _days_to_email(request: LicenseRequest) -> float:
    emailed = next(event.at for event in request.events if event.happened is Happened.EMAILED)
    return (emailed - request.events[0].at).total_seconds() / 86_400


def draw(found: Sequence[Stage], path: Path) -> None:
    """The funnel as PNG."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.add_subplot()
    names, numbers = [name for name, _ in reversed(found)], [number for _, number in reversed(found)]
    most = max(1, *numbers)
    bars = axes.barh(names, numbers, left=[(most - number) / 2 for number in numbers], color="#1f3a5f", height=0.72)
    axes.bar_label(bars, [f"{number}  ({number / most:.0%})" for number in numbers], label_type="center", color="white")
    axes.set_title("How far requests came")
    axes.set_xticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    figure.savefig(path, dpi=150, format="png")


def main(words: Sequence[str] | None = None) -> int:
    return asyncio.run(simulate(arguments_of(words)))


if __name__ == "__main__":
    sys.exit(main())
