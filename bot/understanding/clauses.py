"""A message cut into clauses, each with its values replaced by what they are: "her mail is MAIL"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.language.e5_session import Floats
from bot.understanding.acts import Span
from bot.understanding.words import Word

MOST_CLAUSES = 12
_STANDS_FOR = {
    "applicant_name": "NAME",
    "name": "NAME",
    "applicant_email": "MAIL",
    "email": "MAIL",
    "affiliation": "UNIVERSITY",
    "address": "ADDRESS",
}
"""Positions and all else stay as they are typed: they say something."""

_JOINT = re.compile(
    r"[.!?;]+(?=\s|$)|[。！？；，、]+|\n+|[,:](?=\s)| [-–—]+ |\.\.\.+|…"
    r"|\s(?=(?:and|but|because|so|then|und|aber|weil|denn|y|pero|porque|et|mais|car|ja|mutta|koska|e|mas|ma)\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message. `words`: as it is classified; `sign`: what ended it, a question mark or not."""

    span: Span
    words: str


def cut(text: str, values: Sequence[tuple[Span, str]]) -> list[Clause]:
    """The clauses of a text in their order, values (with their labels) never cut; at most `MOST_CLAUSES`."""
    found = [Clause(span, stripped(text, span, values)) for span in _ranges(text, values)]
    spoken = [clause for clause in found if any(map(str.isalnum, clause.words)) or "?" in clause.words]
    return spoken if len(spoken) <= MOST_CLAUSES else _fewer(text, values, spoken)


def whole(text: str, values: Sequence[tuple[Span, str]]) -> Clause:
    """The message as one clause."""
    span = Span(0, len(text))
    return Clause(span, stripped(text, span, values))


def _fewer(text: str, values: Sequence[tuple[Span, str]], clauses: Sequence[Clause]) -> list[Clause]:
    """The first ones, and all that follow as the last."""
    rest = Span(clauses[MOST_CLAUSES - 1].span.start, len(text))
    return [*clauses[: MOST_CLAUSES - 1], Clause(rest, stripped(text, rest, values))]


def _ranges(text: str, values: Sequence[tuple[Span, str]]) -> Iterator[Span]:
    start = 0
    for joint in _JOINT.finditer(text):
        if any(span.start < joint.end() and joint.start() < span.end for span, _ in values):
            continue
        if joint.end() > start:
            yield Span(start, joint.end())
            start = joint.end()
    if start < len(text):
        yield Span(start, len(text))


def stripped(text: str, part: Span, values: Sequence[tuple[Span, str]]) -> str:
    """A part of the text on one line, with what values stand for in their place."""
    said, at = "", part.start
    for span, label in values:
        if span.start < at or span.end > part.end or label not in _STANDS_FOR:
            continue
        said += f"{text[at : span.start]} {_STANDS_FOR[label]} "
        at = span.end
    return " ".join((said + text[at : part.end]).split())[:600]


def pooled(words: Sequence[Word], vectors: Floats, part: Span, values: Sequence[tuple[Span, str]]) -> Floats:
    """The vector of a part, of length 1: the mean over its words without its values."""
    hidden = [span for span, label in values if label in _STANDS_FOR]
    places = [place for place, word in enumerate(words) if part.start <= word.start < part.end]
    spoken = [place for place in places if not any(span.start <= words[place].start < span.end for span in hidden)]
    if not places:
        return np.zeros(vectors.shape[1], np.float32)
    mean = vectors[spoken or places].mean(axis=0)
    return np.asarray(mean / (np.linalg.norm(mean) or 1.0), dtype=np.float32)
