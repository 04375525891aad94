"""What people type for a choice, held against the phrases for it: politeness, decoration and slips read away.

A slip is forgiven where a misreading costs little. What gives something up or makes it final takes a whole sentence
for that, and a negation is never a slip: "this is not right" is not near "this is right".
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.texts.choice import Choice

_COSTLY = frozenset(
    {
        *(Choice.ISSUE, Choice.YES, Choice.NO, Choice.TAKE, Choice.KEEP, Choice.EMAILED, Choice.CANCEL),
        *(Choice.START_OVER, Choice.WITHDRAW, Choice.WITHDRAW_SURELY, Choice.OTHER_SIGNER, Choice.SIGN_ALREADY),
        *(Choice.FOR_RESEARCH, Choice.FOR_COMMERCE, Choice.ERASE, Choice.ERASE_SURELY),
    }
)
_ONE_SLIP, _ONE_COSTLY_SLIP, _TWO_SLIPS = 7, 12, 20
"""From so many characters on."""
_NEGATIONS = re.compile(r"\b(?:no|not|never|none|nothing|without|cannot|\w+n't|dont|isnt|cant|wont|un\w+|in\w+)\b")
_POLITE = re.compile(
    r"^(?:(?:please|pls|plz|kindly|ok|okay|well|oh|hmm|um|sorry) )+"
    r"|(?: (?:please|pls|plz|thanks|thank you|thx|to me|now|then))+$"
)

_PROF = re.compile(r"\bprof\b\.?")


class _Undecorated(dict[int, str]):
    """For `str.translate`: decoration becomes a space. A character is looked up in Unicode's table once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        is_decoration = character in ",!;\u200d\ufe0f" or unicodedata.category(character) in {"So", "Sk", "Co"}
        self[code] = " " if is_decoration else character
        return self[code]


_UNDECORATED = _Undecorated()


def normalised(text: str) -> str:
    """Words without case, pictures, punctuation around them, a command's slash, or more than one space between them."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(folded.translate(_UNDECORATED).split()).strip(" /.\"'“”:")


def plainly(text: str) -> str:
    """Normalised words without the polite ones around them, unless there are no others; "prof" is a professor."""
    said = normalised(text)
    return _PROF.sub("professor", _POLITE.sub("", said) or said)


class Phrases:
    """Phrases and what they stand for; hundreds of them are held against each message, so they are kept by length."""

    def __init__(self, phrases: Iterable[tuple[str, Choice]]) -> None:
        self._by_length = defaultdict[int, dict[tuple[str, Choice], str]](dict)
        for phrase, choice in phrases:
            self._by_length[len(phrase)][phrase, choice] = phrase

    def near(self, said: str) -> Iterator[Choice]:
        """What `said` may be a slip of; normalised."""
        most = _slips(len(said) + 2)
        for length in range(len(said) - most, len(said) + most + 1):
            if not (known := self._by_length.get(length)):
                continue
            found = process.extract(said, known, scorer=OSA.distance, score_cutoff=most, limit=None)
            for phrase, slips, (_, choice) in found:
                if slips <= _slips(length, choice) and _NEGATIONS.findall(said) == _NEGATIONS.findall(phrase):
                    yield choice


def _slips(length: int, choice: Choice | None = None) -> int:
    """How many slips are forgiven in a phrase of so many characters."""
    if choice in _COSTLY:
        return int(length >= _ONE_COSTLY_SLIP)
    return (length >= _ONE_SLIP) + (length >= _TWO_SLIPS)
