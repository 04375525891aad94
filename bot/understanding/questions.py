"""The parts of a message that only ask or suppose: "may a dean sign?". What they name is not said to be so."""

import re
from collections.abc import Iterator, Sequence

from bot.understanding.acts import Span
from bot.understanding.lexicon import entries

_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:\.(?=\S)[^.!?。！？\n]+)*[.!?。！？]*")
_LEAD = re.compile(
    r"(?:hi|hello|hey|ok|okay|well|so|and|but|or|wait|btw|also|sorry|thanks|please|und|aber|y|et|ja)\b[,!.]?\s+",
    re.IGNORECASE,
)
_PART = re.compile(r"[^,;:，；：]+[,;:，；：]*")


def questions(text: str) -> list[Span]:
    """The parts that ask: from the clause that begins like a question to the end of its sentence."""
    return [span for sentence in _SENTENCE.finditer(text) if (span := _asking(sentence[0], sentence.start()))]


def _asking(sentence: str, at: int) -> Span | None:
    is_marked = sentence.rstrip().endswith(("?", "？"))
    parts = list(_parts(sentence))
    if not is_marked and len(sentence.split()) > 25:
        return None
    for start, part in parts:
        if _begins_asking(part) and (is_marked or start == parts[0][0]):
            return Span(at + start, at + len(sentence))
    if not is_marked or not parts:
        return None
    return Span(at + (parts[-1][0] if len(parts) > 1 else 0), at + len(sentence))


def _parts(sentence: str) -> Iterator[tuple[int, str]]:
    for found in _PART.finditer(sentence):
        if found[0].strip():
            yield found.start(), found[0]


def _begins_asking(part: str) -> bool:
    plain = part.strip(" \t\"'“¿(").casefold()
    while (found := _LEAD.match(plain)) and found.end() < len(plain):
        plain = plain[found.end() :]
    first = re.match(r"[\w'-]+", plain)
    return bool(first) and first[0] in entries("asking") if first else False


def lies_in(span: Span, asked: Sequence[Span]) -> bool:
    """Tell whether most of a part is inside what only asks."""
    inside = sum(max(0, min(span.end, part.end) - max(span.start, part.start)) for part in asked)
    return inside > 0.7 * (span.end - span.start)
