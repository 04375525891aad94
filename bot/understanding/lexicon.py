"""Lists of words that tell what a part of a message is: positions, institutions, streets, honorifics, relations.

They stand in `templates/dialogue/lexicon/*.txt`, one entry a line, so that anybody can add to them.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "templates" / "dialogue"


@cache
def entries(name: str) -> tuple[str, ...]:
    """The entries of a list in their order."""
    rows = (FOLDER / "lexicon" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(row.strip() for row in rows if row.strip() and not row.startswith("#"))


@cache
def pairs(name: str) -> Mapping[str, str]:
    """The entries `typed => printed` of a list, what is typed in small letters."""
    cut = (entry.partition("=>") for entry in entries(name))
    return {typed.strip().casefold(): printed.strip() for typed, _, printed in cut}


def _flags() -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in ("positions", "institutions", "streets", "honorifics", "relations", "places"):
        for entry in entries(name):
            found[entry.casefold()].append(name)
    return {word: tuple(flags) for word, flags in found.items()}


FLAGS: Mapping[str, tuple[str, ...]] = _flags()
"""Which lists a word stands in."""
