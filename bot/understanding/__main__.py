"""python -m bot.understanding < turns.jsonl > output.jsonl."""

import sys

from bot.understanding.lines import read_lines
from bot.understanding.loading import load_reader

for line in read_lines(load_reader(), sys.stdin):
    sys.stdout.write(line + "\n")
