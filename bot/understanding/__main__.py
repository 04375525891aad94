"""python -m bot.understanding < turns.jsonl > output.jsonl."""

import sys

from bot.understanding.lines import read_lines
from bot.understanding.loading import load_reader

reader = load_reader()
if reader is None:
    sys.exit("sentences cannot be read without onnxruntime: install what requirements.txt names")
for line in read_lines(reader, sys.stdin):
    sys.stdout.write(line + "\n")
