"""The corpus as turns to learn from: texts with values and acts, in states, with their vectors."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.reading.acts import Span
from bot.reading.invention import Inventor
from bot.reading.marked import Example, Filled, Mark
from bot.reading.state import State
from bot.reading.tagging import TAGS
from bot.reading.words import Word, bounded, split

_MANY_STATES = frozenset({"*", "field", "confirm"})


@dataclass(frozen=True, slots=True)
class Turn:
    """A message in a state, with what it means."""

    example: Example
    text: str
    words: tuple[Word, ...]
    values: tuple[tuple[Span, str], ...]
    state: State
    acts: frozenset[str]

    @property
    def tags(self) -> list[int]:
        """The tag of each word, by its index."""
        return [self._tag(word) for word in self.words]

    def _tag(self, word: Word) -> int:
        for span, label in self.values:
            if span.start <= word.start < span.end:
                return TAGS.index(f"{'B' if word.start == span.start else 'I'}-{label}")
        return 0


def turns(examples: Iterable[Example], seed: int, copies: int) -> list[Turn]:
    """Each example as it stands, and `copies` with other values where it has any."""
    found = []
    for example in examples:
        inventor = Inventor(random.Random(f"{seed}|{example.file}|{example.line}").getrandbits(32))  # noqa: S311
        marks = [part for part in example.parts if isinstance(part, Mark) and part.label != "other"]
        count = 1 + (copies if marks else 0)
        own = [_turn(example, *inventor.turn(example, anew=copy > 0)) for copy in range(count)]
        if len(example.where) > 1 or example.where[0] in _MANY_STATES:
            own += [replace(own[0], state=inventor.state(example)) for _ in range(2)]
        if marks:
            own.append(_in_small_letters(own[-1]))
        found += own
    return found


def _in_small_letters(turn: Turn) -> Turn:
    """As it is typed on a phone."""
    text = "".join(sign if len(sign.lower()) != 1 else sign.lower() for sign in turn.text)
    return replace(turn, text=text, words=tuple(split(text)))


def _turn(example: Example, filled: Filled, state: State) -> Turn:
    text = bounded(filled.text)
    values = tuple((Span(start, end), label) for start, end, label, _ in filled.spans)
    return Turn(example, text, tuple(split(text)), values, state, frozenset(example.acts))


def is_partial(example: Example) -> bool:
    """Tell whether the marks hold only a part of the value: such lines are for the editors, not for the tagger."""
    return bool(example.draft)
