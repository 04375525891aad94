"""The reader as it is installed."""

from pathlib import Path

from bot.reading.encoding import WordEncoder
from bot.reading.engine import FittedReader
from bot.reading.lexicon import FOLDER
from bot.reading.reader import Reader


def load_reader(folder: Path = FOLDER / "fitted") -> Reader:
    """Load what was fitted."""
    return FittedReader(folder, WordEncoder())
