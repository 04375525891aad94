"""Which acts a message holds: a score for each, the highest that one of its clauses or the whole of it reaches.

The examples say which acts a message has, not which clause says so; fitting finds that out (learning from bags).
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.language.e5_session import Floats
from bot.understanding.acts import Span
from bot.understanding.clauses import Clause
from bot.understanding.state import State
from bot.understanding.words import split

SIZE = 1 << 15
"""Word and letter groups are hashed into so many rows."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An act (`ask=terms`) with its probability, and the clause that says it."""

    act: str
    probability: float
    evidence: Span
    clause: int


def grams(clause: Clause, after: Clause | None, state: State, *, is_whole: bool) -> list[int]:
    """The rows of a clause's word and letter groups, by themselves and with the open step."""
    words = [word.text.casefold() for word in split(clause.words)][:80]
    begun = [word.text.casefold() for word in split(after.words)[:2]] if after else []
    found = {f"{first} {second}" for first, second in pairwise(["<", *words, ">"])}
    found |= {f"{first} _ {third}" for first, third in zip(words, words[2:], strict=False)}
    found |= {f"then {word}" for word in begun}
    stepped = {*words, *found, f"length {min(len(words), 6)}"}
    asked = {f"{state.asked}|{word}" for word in words} if len(words) < 8 else set()
    whole = {f"all|{word}" for word in words} if is_whole else set()
    every = {*words, *found, *whole, *asked, *(f"{state.step}|{gram}" for gram in stepped)}
    every |= {
        *letters(words),
        f"step {state.step}",
        f"standing {state.standing}",
        f"asked {state.asked}",
        f"whole {is_whole}",
    }
    return sorted({zlib.crc32(gram.encode()) % SIZE for gram in every})


def letters(words: Sequence[str]) -> Iterable[str]:
    """Three and four letters at a time."""
    for word in words:
        padded = f"<{word}>"
        for size in (3, 4):
            yield from (padded[at : at + size] for at in range(len(padded) - size + 1))


@dataclass(frozen=True, slots=True)
class Classifier:
    """`vectors` (2 widths x hidden) and `table` (groups x hidden) meet in a hidden layer; `direct`: groups x acts."""

    acts: tuple[str, ...]
    vectors: Floats
    table: NDArray[np.int8]
    table_scales: Floats
    bias: Floats
    out: Floats
    out_bias: Floats
    direct: NDArray[np.int8]
    direct_scales: Floats

    @classmethod
    def load(cls, path: Path) -> "Classifier":
        """Read what was fitted."""
        with np.load(path) as file:
            parts = {name: file[name] for name in cls.__dataclass_fields__}
        acts = tuple(str(act) for act in parts.pop("acts"))
        return cls(
            acts, **{name: part if part.dtype == np.int8 else part.astype(np.float32) for name, part in parts.items()}
        )

    def score(
        self, clauses: Sequence[Clause], vectors: Sequence[Floats], message: Floats, state: State
    ) -> list[Scored]:
        """Every act's probability. The first clause is the whole message, the others are its parts in their order."""
        rows = [self._row(index, clauses, vectors[index], message, state) for index in range(len(clauses))]
        table = np.stack(rows)
        said = table.argmax(axis=0)
        chances = 1 / (1 + np.exp(-table.max(axis=0)))
        return [
            Scored(act, float(chances[column]), clauses[said[column]].span, int(said[column]))
            for column, act in enumerate(self.acts)
        ]

    def _row(self, index: int, clauses: Sequence[Clause], vector: Floats, message: Floats, state: State) -> Floats:
        after = clauses[index + 1] if 0 < index < len(clauses) - 1 else None
        found = grams(clauses[index], after, state, is_whole=index == 0)
        hidden = np.concatenate([vector, message]) @ self.vectors + self.bias
        hidden += self.table[found].astype(np.float32).sum(axis=0) * self.table_scales
        direct = self.direct[found].astype(np.float32).sum(axis=0) * self.direct_scales
        return np.asarray(np.maximum(hidden, 0) @ self.out + self.out_bias + direct, dtype=np.float32)
