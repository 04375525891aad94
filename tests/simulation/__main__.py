"""`la-bot simulate`: a made-up time with made-up people on the real machines, as a table and as a picture."""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from adapters.cli.context import COULD_NOT, DONE, Bot, Builders, WrongInputError, tell
from adapters.cli.simulation import BlankRenderer, Simulation, Tally
from bot.app.config import Settings
from bot.model.errors import ConfigError
from bot.request.events import Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status

Stage = tuple[str, int]


def add_simulate_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said of the simulation."""
    parser.add_argument("--days", type=int, default=365, metavar="N", help="how long (365)")
    parser.add_argument("--requests", type=int, default=100, metavar="N", help="how many people ask (100)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed, the same people (1)")
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw the funnel (la-bot[charts])")


async def simulate(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """Run it in a folder that is thrown away, whatever the settings keep. COULD_NOT where a promise was broken."""
    if parsed.days < 1 or parsed.requests < 1:
        raise WrongInputError("--days and --requests: write a whole number, 1 or more")
    started = time.monotonic()
    with TemporaryDirectory(prefix="la-bot-simulated-") as folder:
        made_up = replace(settings, data=Path(folder), database_url="", staff=(), seal_key=None, seal_cert=None)

        def open_bot(now: Callable[[], datetime]) -> AbstractAsyncContextManager[Bot]:
            return build.simulated(made_up, now, BlankRenderer())

        tally = await Simulation(parsed.days, parsed.requests, Random(parsed.seed), open_bot).run()  # noqa: S311 - it is a play
    for line in _table(tally, time.monotonic() - started):
        tell(line)
    if parsed.picture:
        draw(stages(tally.requests), parsed.picture)
        tell(f"⇩ {parsed.picture}")
    return COULD_NOT if tally.violations else DONE


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
    """The funnel as PNG. Raises ConfigError without la-bot[charts]."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - it takes its time, and is an extra
    except ModuleNotFoundError:
        raise ConfigError("--picture: pip install 'la-bot[charts]'") from None
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
