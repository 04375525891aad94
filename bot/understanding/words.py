"""Words with their places: an address or a URL is one, a Chinese or Japanese character is one, a line end too."""

import re
from dataclasses import dataclass
from itertools import islice

MOST_READ = 4000
"""Characters of a message that are read at all."""

MOST_WORDS = 500
"""Words that are looked at."""

_WORD = re.compile(
    r"(?P<mail>[\w.+'’-]{1,64}@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}\b)"
    r"|(?P<url>(?:https?://|www\.)[^\s<>\"]{1,200})"
    r"|(?P<han>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
    r"|(?P<word>[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"|(?P<number>\d+)|(?P<line>\n)|(?P<sign>[^\w\s]|_)"
)


@dataclass(frozen=True, slots=True)
class Word:
    """`text[start:end]` of a message; `make`: mail, url, han, word, number, line or sign."""

    text: str
    start: int
    end: int
    make: str


def split(text: str) -> list[Word]:
    """The words of a text in their order, at most `MOST_WORDS`."""
    return [
        Word(found[0], *found.span(), found.lastgroup or "sign") for found in islice(_WORD.finditer(text), MOST_WORDS)
    ]


def bounded(text: str) -> str:
    """The text with Unix line ends and plain blanks, no longer than what is read."""
    head = text[: 2 * MOST_READ].encode("utf-8", "ignore").decode("utf-8")
    head = head.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    head = re.sub(r"[^\S\n]", " ", head.replace("\u200b", "").replace("\ufeff", ""))
    return head.strip()[:MOST_READ]
