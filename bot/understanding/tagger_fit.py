"""Fit the tagger: the likelihood of whole sequences, by Adam, in batches of messages of like length."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from bot.language.e5_session import Floats
from bot.understanding.descent import Adam, Rows, in_bytes, rows_of
from bot.understanding.encoding import WIDTH
from bot.understanding.features import SIZE, features
from bot.understanding.kept_vectors import KeptVectors
from bot.understanding.tagging import TAGS
from bot.understanding.training import Turn

_HIDDEN = 128
_BATCH = 48
_LONGEST = 220
_FORBIDDEN = -30.0


class _Message:
    """What is learnt of one turn: vectors, features (sparse), tags."""

    def __init__(self, turn: Turn, kept: KeptVectors) -> None:
        words = turn.words[:_LONGEST]
        self.vectors = kept.encode(turn.text, turn.words)[1][:_LONGEST].astype(np.float16)
        found = features(words, turn.state)
        ends = np.cumsum([0, *map(len, found)])
        columns = np.fromiter((row for rows in found for row in rows), np.int32)
        self.features = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(words), SIZE))
        self.tags = np.array(turn.tags[:_LONGEST])


def allowed() -> Floats:
    """What may follow what: a value's inside only its own beginning or inside."""
    steps = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for column in range(2, len(TAGS), 2):
        steps[:, column] = _FORBIDDEN
        steps[column, column] = steps[column - 1, column] = 0
    return steps


def fit_tagger(turns: Sequence[Turn], kept: KeptVectors, path: Path, rounds: int = 8, seed: int = 1) -> None:
    """Fit and write to `path`."""
    dice = np.random.default_rng(seed)
    messages = [_Message(turn, kept) for turn in turns if turn.words]
    parts = _beginning(dice)
    fixed = allowed()
    adam = Adam(parts, 2e-3, 1e-2)
    total = rounds * (len(messages) // _BATCH + 1)
    done, begun = 0, time.time()
    for number in range(rounds):
        loss = 0.0
        for batch in _batches(messages, dice):
            pace = min(1.0, (done + 1) / 50) * max(0.03, 1 - done / total)
            batch_loss, gradients = _gradients(batch, parts, fixed, dice)
            adam.step(gradients, pace)
            loss += batch_loss
            done += 1
        print(f"tagger {number}: {loss / len(messages):.3f} {time.time() - begun:.0f} s", flush=True)  # noqa: T201
    _write(path, parts, fixed)


def _beginning(dice: np.random.Generator) -> dict[str, Floats]:
    def drawn(rows: int, columns: int, size: float) -> Floats:
        return dice.normal(0, size, (rows, columns)).astype(np.float32)

    return {
        "vectors": drawn(WIDTH, _HIDDEN, 0.05),
        "table": drawn(SIZE, _HIDDEN, 0.02),
        "bias": np.zeros(_HIDDEN, np.float32),
        "out": drawn(_HIDDEN, len(TAGS), 0.1),
        "out_bias": np.zeros(len(TAGS), np.float32),
        "steps": np.zeros((len(TAGS), len(TAGS)), np.float32),
        "first": np.zeros(len(TAGS), np.float32),
    }


def _batches(messages: Sequence[_Message], dice: np.random.Generator) -> list[list[_Message]]:
    order = sorted(dice.permutation(len(messages)), key=lambda index: len(messages[index].tags) + dice.random() * 4)
    cuts = [[messages[index] for index in order[at : at + _BATCH]] for at in range(0, len(order), _BATCH)]
    return [cuts[index] for index in dice.permutation(len(cuts))]


def _gradients(
    batch: Sequence[_Message], parts: dict[str, Floats], fixed: Floats, dice: np.random.Generator
) -> tuple[float, dict[str, Floats | Rows]]:
    vectors = np.concatenate([message.vectors for message in batch]).astype(np.float32)
    seen = sparse.vstack([message.features for message in batch]).tocsr()
    seen.data *= (dice.random(len(seen.data)) > 0.4).astype(np.float32) / 0.6  # no feature is to be relied on alone
    vectors *= (dice.random(vectors.shape) > 0.1).astype(np.float32) / 0.9
    before = vectors @ parts["vectors"] + seen @ parts["table"] + parts["bias"]
    kept = (dice.random(before.shape) > 0.25).astype(np.float32) / 0.75
    hidden = np.maximum(before, 0) * kept
    scores = hidden @ parts["out"] + parts["out_bias"]
    loss, slope, steps, first = _chain(
        [message.tags for message in batch], scores, parts["steps"] + fixed, parts["first"]
    )
    size = len(batch)
    back = (slope @ parts["out"].T) * kept * (before > 0)
    return loss, {
        "vectors": vectors.T @ back / size,
        "table": rows_of(seen, back / size),
        "bias": back.sum(axis=0) / size,
        "out": hidden.T @ slope / size,
        "out_bias": slope.sum(axis=0) / size,
        "steps": steps / size,
        "first": first / size,
    }


def _chain(
    tags: Sequence[np.ndarray], scores: Floats, steps: Floats, first: Floats
) -> tuple[float, Floats, Floats, Floats]:
    """The loss of all sequences together and its slopes, by the forward and backward sums, padded to the longest."""
    sizes = np.array([len(row) for row in tags])
    count, longest, kinds = len(tags), int(sizes.max()), scores.shape[1]
    inside = np.arange(longest)[None, :] < sizes[:, None]
    table = np.zeros((count, longest, kinds), np.float32)
    table[inside] = scores
    true = np.zeros((count, longest), np.int64)
    true[inside] = np.concatenate(tags)
    forward, backward = np.zeros_like(table), np.zeros_like(table)
    forward[:, 0] = table[:, 0] + first
    for at in range(1, longest):
        reached = _log_sum(forward[:, at - 1, :, None] + steps, 1) + table[:, at]
        forward[:, at] = np.where(inside[:, at, None], reached, forward[:, at - 1])
    for at in range(longest - 2, -1, -1):
        ahead = _log_sum(steps[None] + (table[:, at + 1] + backward[:, at + 1])[:, None, :], 2)
        backward[:, at] = np.where(inside[:, at + 1, None], ahead, 0)
    total = _log_sum(forward[:, -1], 1)
    likely = np.exp(forward + backward - total[:, None, None]) * inside[..., None]
    step_slope = np.zeros_like(steps)
    for at in range(1, longest):
        pair = forward[:, at - 1, :, None] + steps + (table[:, at] + backward[:, at])[:, None, :] - total[:, None, None]
        step_slope += (np.exp(pair) * inside[:, at, None, None]).sum(axis=0)
    rows = np.arange(count)
    gold = (np.take_along_axis(table, true[..., None], 2)[..., 0] * inside).sum(axis=1) + first[true[:, 0]]
    moves = steps[true[:, :-1], true[:, 1:]] * inside[:, 1:]
    loss = float((total - gold - moves.sum(axis=1)).sum())
    slope = likely.copy()
    slope[np.nonzero(inside)[0], np.nonzero(inside)[1], true[inside]] -= 1
    np.add.at(step_slope, (true[:, :-1][inside[:, 1:]], true[:, 1:][inside[:, 1:]]), -1)
    first_slope = likely[:, 0].sum(axis=0)
    np.add.at(first_slope, true[rows, 0], -1)
    return loss, slope[inside], step_slope, first_slope


def _log_sum(scores: Floats, axis: int) -> Floats:
    top = scores.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(scores - top).sum(axis=axis)) + top.squeeze(axis), dtype=np.float32)


def _write(path: Path, parts: dict[str, Floats], fixed: Floats) -> None:
    table, scales = in_bytes(parts["table"])
    others = {name: part for name, part in parts.items() if name not in ("table", "steps")}
    first = others.pop("first")
    first[2::2] = _FORBIDDEN
    half: dict[str, Any] = {name: part.astype(np.float16) for name, part in others.items()}
    np.savez_compressed(path, table=table, scales=scales, steps=parts["steps"] + fixed, first=first, **half)
