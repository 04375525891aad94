"""The reader as it is installed."""

import logging
from pathlib import Path

from bot.understanding.encoding import WordEncoder
from bot.understanding.engine import FittedReader
from bot.understanding.lexicon import FOLDER
from bot.understanding.reader import Reader

_log = logging.getLogger(__name__)


def load_reader(folder: Path = FOLDER / "fitted") -> Reader:
    """Load what was fitted. Raises ImportError or RuntimeError where the sentence encoder cannot be used here."""
    return FittedReader(folder, WordEncoder())


def reader_if_installed() -> Reader | None:
    """Load what was fitted; None, with a warning, where the sentence encoder cannot be used on this machine."""
    try:
        return load_reader()
    except (ImportError, RuntimeError) as error:
        _log.warning("sentences are read by their phrases alone, without onnxruntime: %s", type(error).__name__)
        return None
