"""The fitted reader: exact rules, tagger and classifier, editors of the draft, and rules of the step behind them."""

from collections.abc import Mapping
from pathlib import Path

from bot.understanding import clauses as cutting
from bot.understanding import combining, spoken
from bot.understanding.acts import Reading
from bot.understanding.classifying import Classifier, Scored
from bot.understanding.encoding import WordEncoder
from bot.understanding.state import State
from bot.understanding.tagging import Found, Tagger
from bot.understanding.words import bounded, split

_SURE_SPAN = 0.3


class FittedReader:
    """Reads one message at a time; holds nothing between them."""

    def __init__(self, folder: Path, encoder: WordEncoder) -> None:
        """Load what `fit` wrote to `folder`."""
        self._encoder = encoder
        self._tagger = Tagger.load(folder / "values.npz")
        self._classifier = Classifier.load(folder / "acts.npz")

    def read(self, words: str, state: State) -> Reading:
        """Read one message."""
        text = spoken.written(bounded(words))
        if not text:
            return combining.nothing()
        found, scored = self.look(text, state)
        return combining.combine(text, found, scored, state)

    def look(self, text: str, state: State) -> tuple[list[Found], Mapping[str, Scored]]:
        """What the fitted models see: values, and every act with its probability."""
        words = split(text)
        whole, vectors = self._encoder.encode(text, words)
        found = self._tagger.find(words, vectors, state)
        values = [(item.span, item.label) for item in found if item.confidence > _SURE_SPAN]
        parts = cutting.cut(text, values)
        clauses = [cutting.whole(text, values), *(parts if len(parts) > 1 else [])]
        pooled = [cutting.pooled(words, vectors, clause.span, values) for clause in clauses]
        scored = self._classifier.score(clauses, pooled, whole, state)
        return found, {item.act: item for item in scored}
