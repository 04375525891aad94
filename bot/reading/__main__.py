"""python -m bot.reading < turns.jsonl > output.jsonl."""

import sys

from bot.reading.lines import read_lines
from bot.reading.loading import load_reader

for line in read_lines(load_reader(), sys.stdin):
    sys.stdout.write(line + "\n")
