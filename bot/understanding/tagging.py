"""The values in a message: a conditional random field over the words' vectors and features finds where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.language.e5_session import Floats
from bot.understanding.acts import Span
from bot.understanding.features import features
from bot.understanding.state import State
from bot.understanding.words import Word

LABELS = ("applicant_name", "applicant_email", "name", "title", "affiliation", "email", "address", "other")
MOST_VALUES = 40
TAGS = ("O", *(f"{part}-{label}" for label in LABELS for part in "BI"))


@dataclass(frozen=True, slots=True)
class Found:
    """A value where it stands. `shares`: how likely each label is for these words."""

    span: Span
    label: str
    confidence: float
    shares: tuple[float, ...]

    def share(self, label: str) -> float:
        """How likely it is `label`."""
        return self.shares[LABELS.index(label)]


@dataclass(frozen=True, slots=True)
class Tagger:
    """`vectors` (width x hidden), `table` (features x hidden), `out` (hidden x tags), `steps` (tags x tags)."""

    vectors: Floats
    table: NDArray[np.int8]
    scales: Floats
    bias: Floats
    out: Floats
    out_bias: Floats
    steps: Floats
    first: Floats

    @classmethod
    def load(cls, path: Path) -> "Tagger":
        """Read what was fitted."""
        with np.load(path) as file:
            parts = {name: file[name] for name in cls.__dataclass_fields__}
        return cls(**{name: part if name == "table" else part.astype(np.float32) for name, part in parts.items()})

    def emissions(self, words: Sequence[Word], vectors: Floats, state: State) -> Floats:
        """A score for each tag of each word."""
        hidden = vectors @ self.vectors + self.bias
        for row, found in enumerate(features(words, state)):
            hidden[row] += self.table[found].astype(np.float32).sum(axis=0) * self.scales
        return np.asarray(np.maximum(hidden, 0) @ self.out + self.out_bias, dtype=np.float32)

    def find(self, words: Sequence[Word], vectors: Floats, state: State) -> list[Found]:
        """The likeliest values of a message, in their order."""
        if not words:
            return []
        scores = self.emissions(words, vectors, state)
        likely = marginals(scores, self.steps, self.first)
        found = [_found(words, likely, start, stop) for start, stop in _runs(best(scores, self.steps, self.first))]
        found += _addresses(words, likely, found)
        return sorted(found, key=lambda item: item.span.start)[:MOST_VALUES]


def best(scores: Floats, steps: Floats, first: Floats) -> list[int]:
    """The likeliest sequence of tags (Viterbi)."""
    reached, back = first + scores[0], []
    for row in scores[1:]:
        through = reached[:, None] + steps
        back.append(through.argmax(axis=0))
        reached = through.max(axis=0) + row
    tags = [int(reached.argmax())]
    for choice in reversed(back):
        tags.append(int(choice[tags[-1]]))
    return tags[::-1]


def marginals(scores: Floats, steps: Floats, first: Floats) -> Floats:
    """How likely each tag of each word is, over all sequences."""
    count = len(scores)
    forward, backward = np.zeros_like(scores), np.zeros_like(scores)
    forward[0] = first + scores[0]
    for row in range(1, count):
        forward[row] = _log_sum(forward[row - 1][:, None] + steps, 0) + scores[row]
    for row in range(count - 2, -1, -1):
        backward[row] = _log_sum(steps + (scores[row + 1] + backward[row + 1])[None, :], 1)
    total = forward + backward
    return np.asarray(np.exp(total - _log_sum(total, 1)[:, None]), dtype=np.float32)


def _log_sum(scores: Floats, axis: int) -> Floats:
    top = scores.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(scores - top).sum(axis=axis)) + top.squeeze(axis), dtype=np.float32)


def _runs(tags: Sequence[int]) -> list[tuple[int, int]]:
    """Where values begin and end, in words."""
    runs, start = [], None
    for place, tag in enumerate([*tags, 0]):
        is_inside = tag and tag % 2 == 0
        if start is not None and not is_inside:
            runs.append((start, place))
            start = None
        if tag % 2 == 1:
            start = place
    return runs


def _addresses(words: Sequence[Word], likely: Floats, found: Sequence[Found]) -> list[Found]:
    """Email addresses that no value holds: each is somebody's, and if it is not sure whose, it is asked about."""
    missed: list[Found] = []
    for place, word in enumerate(words):
        is_held = any(item.span.start <= word.start < item.span.end for item in found)
        if word.make == "mail" and not is_held and len(missed) < MOST_VALUES:
            alone = _found(words, likely, place, place + 1)
            mails = [alone.share("applicant_email"), alone.share("email"), alone.share("other")]
            label = ("applicant_email", "email", "other")[int(np.argmax(mails))]
            missed.append(Found(alone.span, label, min(0.6, max(mails) / (sum(mails) + 1e-9)), alone.shares))
    return missed


def _found(words: Sequence[Word], likely: Floats, start: int, stop: int) -> Found:
    inside = likely[start:stop]
    shares = np.array([inside[:, 1 + 2 * label : 3 + 2 * label].sum(axis=1).mean() for label in range(len(LABELS))])
    label = int(shares.argmax())
    edge = 1.0 if stop == len(words) else 1.0 - float(likely[stop, 2 + 2 * label])
    sure = min(float(shares[label]), float(inside[0, 1 + 2 * label]) + 0.1, edge + 0.1)
    return Found(Span(words[start].start, words[stop - 1].end), LABELS[label], sure, tuple(map(float, shares)))
