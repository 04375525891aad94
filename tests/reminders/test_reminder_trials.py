"""Reminders under kill -9: several processes on PostgreSQL, one of them killed again and again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def trial(url: str, count: int, seed: int) -> dict[str, int]:
    arguments = [sys.executable, "-m", "tests.reminder_trials", url, str(count), str(seed)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True, timeout=500)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_a_killed_process_loses_and_doubles_no_reminder(database: str) -> None:
    found = trial(database, 150, 1)
    assert found.pop("kills") > 0
    assert found == {"entries": 150, "requests": 150, "doubled": 0, "left": 0}


@pytest.mark.soak
def test_a_thousand_reminders_survive_a_kill_every_half_second(database: str) -> None:
    found = trial(database, 1000, 7)
    assert found.pop("kills") > 5
    assert found == {"entries": 1000, "requests": 1000, "doubled": 0, "left": 0}
