"""Commands that should answer at once, as whole processes: processor time beside Python with asyncio and json alone."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 7
PEER = "python -c 'import asyncio, json'"
COMMANDS = ("--help", "requests", "stats", "store check", "doctor")


def processor_seconds(arguments: list[str]) -> float:
    """User and system time of one process that has ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure the peer and the commands in turns, so that a busy moment meets all of them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LA_BOT_DATA"] = folder
        lines = {PEER: ["-c", "import asyncio, json"]}
        lines |= {f"la-bot {command}": ["-m", "adapters", *command.split()] for command in COMMANDS}
        found = {name: list[float]() for name in lines}
        for _ in range(ROUNDS):
            for name, arguments in lines.items():
                found[name].append(processor_seconds(arguments))
    peer = statistics.median(found[PEER])
    print(f"{'':34} seconds    ratio")  # noqa: T201
    for name, seconds in found.items():
        print(f"{name:34} {statistics.median(seconds):7.2f} {statistics.median(seconds) / peer:8.1f}")  # noqa: T201
