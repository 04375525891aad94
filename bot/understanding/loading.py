"""The reader as it is installed."""

from pathlib import Path

from bot.understanding.encoding import WordEncoder
from bot.understanding.engine import FittedReader
from bot.understanding.lexicon import FOLDER
from bot.understanding.reader import Reader


def load_reader(folder: Path = FOLDER / "fitted") -> Reader:
    """Load what was fitted."""
    return FittedReader(folder, WordEncoder())
