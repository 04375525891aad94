"""Vectors of texts, kept in a file between fittings: encoding is what takes long."""

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.language.e5_session import Floats
from bot.understanding.encoding import WIDTH, WordEncoder
from bot.understanding.words import Word


class KeptVectors:
    """The encoder, and what it found before."""

    def __init__(self, path: Path, encoder: WordEncoder) -> None:
        self._encoder = encoder
        self._kept = sqlite3.connect(path, timeout=120, isolation_level=None)
        self._kept.execute("PRAGMA journal_mode=WAL")
        self._kept.execute("PRAGMA synchronous=OFF")
        self._kept.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, whole BLOB, words BLOB)")

    def encode(self, text: str, words: Sequence[Word]) -> tuple[Floats, Floats]:
        """As the encoder does it, in half precision."""
        key = hashlib.sha256(f"{self._encoder.name}|{len(words)}|{text}".encode()).hexdigest()[:24]
        row = self._kept.execute("SELECT whole, words FROM vectors WHERE key = ?", (key,)).fetchone()
        if row is None:
            found = self._encoder.encode(text, words)
            row = tuple(part.astype(np.float16).tobytes() for part in found)
            self._kept.execute("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", (key, *row))
        whole, each = (np.frombuffer(part, np.float16).astype(np.float32) for part in row)
        return whole, each.reshape(-1, WIDTH)
