"""python -m tests.dialogue_evaluation [turns.jsonl]: how well the labelled turns are read, by step and language."""

import json
import sys
from collections import defaultdict
from pathlib import Path

from bot.understanding.lines import read_lines
from bot.understanding.loading import load_reader
from tests.dialogue.scoring import Counts, score


def table(path: Path) -> dict[str, Counts]:
    """The counts of all turns of a file, of each step, and of all languages but English."""
    rows = path.read_text(encoding="utf-8").splitlines()
    outputs = {output["id"]: output for output in map(json.loads, read_lines(load_reader(), rows))}
    sums: defaultdict[str, Counts] = defaultdict(Counts)
    for turn in map(json.loads, filter(str.strip, rows)):
        counts = score(turn, outputs.get(turn["id"], {}))
        keys = [
            "all",
            f"step {turn['state']['step']}",
            *(["other languages"] if turn.get("lang", "en") != "en" else []),
        ]
        for key in keys:
            sums[key] += counts
    return dict(sorted(sums.items()))


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("dialogue") / "dev.jsonl"
    for name, found in table(chosen).items():
        sys.stdout.write(f"{name:16} {found}\n")
