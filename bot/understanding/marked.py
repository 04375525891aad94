"""The example corpus: `where | message | acts`, one turn a line, with the values marked in the message."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_MARK = re.compile(r"\{(\w+)(?::([^{}]*?))?(?:=>([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked part: `label` is a field or `other`; `typed` is empty where a value is to be made up."""

    label: str
    typed: str
    printed: str


@dataclass(frozen=True, slots=True)
class Example:
    """A line of the corpus. `parts`: plain text and marks, in order. `draft`: `field=value`, where one is needed."""

    where: tuple[str, ...]
    parts: tuple[str | Mark, ...]
    acts: tuple[str, ...]
    draft: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """An example as somebody would type it: the text, and `(start, end, label, printed)` of each value."""

    text: str
    spans: tuple[tuple[int, int, str, str], ...]


def read_corpus(folder: Path) -> Iterator[Example]:
    """All examples of the `*.txt` in a folder, in the order of their names."""
    for path in sorted(folder.glob("*.txt")):
        for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if row.strip() and not row.startswith("#") and (example := read_line(row, path.name, number)):
                yield example


def read_line(row: str, file: str = "", number: int = 0) -> Example | None:
    """One line; None where it has not three parts."""
    pieces = re.split(r"\s\|(?=\s|$)", row.rstrip("\n"))
    if len(pieces) < 2:
        return None
    where = tuple(part.strip() for part in pieces[0].split(",") if part.strip())
    acts = tuple(pieces[2].split()) if len(pieces) > 2 else ()
    draft = pieces[3].strip() if len(pieces) > 3 else ""
    return Example(where, tuple(_parts(pieces[1].strip().replace("\\n", "\n"))), acts, draft, file, number)


def _parts(message: str) -> Iterator[str | Mark]:
    at = 0
    for found in _MARK.finditer(message):
        if found.start() > at:
            yield message[at : found.start()]
        typed = found[2] or ""
        yield Mark(found[1], typed, found[3] if found[3] is not None else typed)
        at = found.end()
    if at < len(message):
        yield message[at:]


def fill(example: Example, values: Mapping[int, tuple[str, str]]) -> Filled:
    """The message with `values` (typed, printed) in place of the marks, by their index among the parts."""
    text, spans = "", []
    for index, part in enumerate(example.parts):
        if isinstance(part, str):
            text += part
            continue
        typed, printed = values.get(index, (part.typed, part.printed))
        spans.append((len(text), len(text) + len(typed), part.label, printed))
        text += typed
    return Filled(text, tuple(spans))
