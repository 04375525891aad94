"""Tell whether what was fitted belongs to the examples that are there."""

import hashlib
from pathlib import Path

_PARTS = ("turns", "lexicon", "values")


def digest(folder: Path) -> str:
    """The digest of all examples, lists of words and made-up values of a dialogue folder."""
    found = hashlib.sha256()
    for path in sorted(path for part in _PARTS for path in (folder / part).glob("*.txt")):
        found.update(path.relative_to(folder).as_posix().encode() + b"\n" + path.read_bytes())
    return found.hexdigest()


def is_fresh(folder: Path) -> bool:
    """Tell whether the fitted files were made of these examples."""
    kept = folder / "fitted" / "digest.txt"
    return kept.exists() and kept.read_text(encoding="utf-8").strip() == digest(folder)
