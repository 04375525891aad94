"""What the tagger sees of a word besides its vector: its letters, its neighbours, its line, and what is asked."""

import zlib
from collections.abc import Sequence

from bot.understanding.lexicon import FLAGS
from bot.understanding.state import State
from bot.understanding.words import Word

SIZE = 1 << 14
"""Features are hashed into so many rows."""

_NEAR = (-3, -2, -1, 1, 2)


def features(words: Sequence[Word], state: State) -> list[list[int]]:
    """The rows of each word's features."""
    plain = [_plain(word) for word in words]
    shapes = [_shape(word) for word in words]
    lines = _lines(words)
    told = [f"step={state.step}", f"asked={state.asked}", f"standing={state.standing}"]
    length = f"length={min(len(words), 12) // 3}"
    rows = []
    for place, word in enumerate(words):
        own = [f"w={plain[place]}", f"s={shapes[place]}", f"end={plain[place][-3:]}", f"begin={plain[place][:3]}"]
        own += [f"make={word.make}", f"line={lines[place]}", f"{lines[place]}/{shapes[place]}", length]
        own += [f"asked={state.asked}/{length}", f"asked={state.asked}/{shapes[place]}"]
        own += [f"flag={flag}" for flag in FLAGS.get(plain[place], ())]
        own += told
        for step in _NEAR:
            other = place + step
            inside = 0 <= other < len(words)
            own.append(f"w{step}={plain[other] if inside else '-'}")
            if step in (-1, 1):
                own.append(f"s{step}={shapes[other] if inside else '-'}")
                own += [f"flag{step}={flag}" for flag in FLAGS.get(plain[other], ())] if inside else ()
        before = plain[place - 1] if place else "-"
        own.append(f"w-2,-1={plain[place - 2] if place > 1 else '-'} {before}")
        rows.append([zlib.crc32(feature.encode()) % SIZE for feature in own])
    return rows


def _plain(word: Word) -> str:
    match word.make:
        case "number":
            return "0" * min(len(word.text), 6)
        case "mail" | "url":
            return f"<{word.make}>"
        case _:
            return word.text.casefold()


def _shape(word: Word) -> str:
    text = word.text
    if word.make != "word":
        return word.make if word.make != "sign" else text
    if len(text) == 1:
        return "X" if text.isupper() else "x"
    if text.isupper():
        return "XX"
    return "Xx" if text[0].isupper() else "xX" if any(map(str.isupper, text)) else "xx"


def _lines(words: Sequence[Word]) -> list[str]:
    """Where in its line each word stands: its first or later, behind a colon or not, the message's only line or not."""
    found, many = [], any(word.make == "line" for word in words)
    at, colon = 0, False
    for word in words:
        found.append(f"{'m' if many else 's'}{min(at, 2)}{':' if colon else ''}")
        at, colon = at + 1, colon or word.text in {":", "："}
        if word.make == "line":
            at, colon = 0, False
    return found
