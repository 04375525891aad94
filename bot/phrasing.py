"""What people type for a choice, held against the phrases for it: politeness, decoration and slips read away.

A slip is forgiven where a misreading costs little. What gives something up or makes it final takes a whole sentence
for that, and a negation is never a slip: "this is not right" is not near "this is right".
"""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from bot.dialogue import Choice

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


def normalised(text: str) -> str:
    """Words without case, pictures, punctuation around them, a command's slash, or more than one space between them."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    plain = "".join(" " if _is_decoration(character) else character for character in folded)
    return " ".join(plain.split()).strip(" /.\"'“”:")


def _is_decoration(character: str) -> bool:
    return character in ",!;\u200d\ufe0f" or unicodedata.category(character) in {"So", "Sk", "Co"}


def plainly(text: str) -> str:
    """Normalised words without the polite ones around them, unless there are no others."""
    return _POLITE.sub("", normalised(text)) or normalised(text)


def is_near(said: str, phrase: str, choice: Choice) -> bool:
    """Whether `said` is the phrase for the choice but for a slip; both normalised."""
    slips = (len(phrase) >= _ONE_SLIP) + (len(phrase) >= _TWO_SLIPS)
    if choice in _COSTLY:
        slips = int(len(phrase) >= _ONE_COSTLY_SLIP)
    # The distance first: hundreds of phrases are looked at for each message, and few of them come near.
    near = OSA.distance(said, phrase, score_cutoff=slips) <= slips
    return near and _NEGATIONS.findall(said) == _NEGATIONS.findall(phrase)


def meant(said: str, phrases: Iterable[tuple[str, Choice]]) -> frozenset[Choice]:
    """The choices that `said` may be a slip of."""
    return frozenset(choice for phrase, choice in phrases if is_near(said, phrase, choice))
