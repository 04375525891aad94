"""Fit the classifier of acts: the highest score of a message's clauses is what its label is learnt from."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from bot.language.e5_session import Floats
from bot.understanding.classifying import SIZE, grams
from bot.understanding.clauses import cut, pooled, whole
from bot.understanding.descent import Adam, Rows, in_bytes, rows_of
from bot.understanding.encoding import WIDTH
from bot.understanding.kept_vectors import KeptVectors
from bot.understanding.training import Turn

_HIDDEN = 192
_BATCH = 96
_SMOOTH = 0.01


class _Bag:
    """A message as its clauses: vectors, groups of letters and words (sparse), the acts that it holds."""

    def __init__(self, turn: Turn, kept: KeptVectors, acts: Sequence[str]) -> None:
        clauses = [whole(turn.text, turn.values)]
        parts = cut(turn.text, turn.values)
        clauses += parts if len(parts) > 1 else []
        all_of_it, words = kept.encode(turn.text, turn.words)
        each = [pooled(turn.words, words, clause.span, turn.values) for clause in clauses]
        self.vectors = np.stack([np.concatenate([vector, all_of_it]) for vector in each]).astype(np.float16)
        rows = []
        for index, clause in enumerate(clauses):
            after = clauses[index + 1] if 0 < index < len(clauses) - 1 else None
            rows.append(grams(clause, after, turn.state, is_whole=index == 0))
        ends = np.cumsum([0, *map(len, rows)])
        columns = np.fromiter((column for row in rows for column in row), np.int32)
        self.grams = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(clauses), SIZE))
        self.labels = np.array([act in turn.acts for act in acts], np.float32)
        self.weight = 1.0


def fit_classifier(turns: Sequence[Turn], kept: KeptVectors, path: Path, rounds: int = 11, seed: int = 2) -> None:
    """Fit and write to `path`."""
    counts: dict[str, int] = {}
    for turn in turns:
        for act in turn.acts:
            counts[act] = counts.get(act, 0) + 1
    acts = sorted(act for act, count in counts.items() if count >= 4)
    dice = np.random.default_rng(seed)
    bags = [_Bag(turn, kept, acts) for turn in turns]
    centre, spread = _standard(bags)
    parts = {
        "vectors": dice.normal(0, 0.05, (2 * WIDTH, _HIDDEN)).astype(np.float32),
        "table": dice.normal(0, 0.01, (SIZE, _HIDDEN)).astype(np.float32),
        "bias": np.zeros(_HIDDEN, np.float32),
        "out": dice.normal(0, 0.1, (_HIDDEN, len(acts))).astype(np.float32),
        "out_bias": np.full(len(acts), -3, np.float32),
        "direct": np.zeros((SIZE, len(acts)), np.float32),
    }
    adam = Adam(parts, 2.5e-3, 2e-2)
    total, done, begun = rounds * (len(bags) // _BATCH + 1), 0, time.time()
    for number in range(rounds):
        loss, order = 0.0, dice.permutation(len(bags))
        for at in range(0, len(order), _BATCH):
            pace = min(1.0, (done + 1) / 50) * max(0.03, 1 - done / total)
            batch_loss, gradients = _gradients([bags[index] for index in order[at : at + _BATCH]], parts, dice)
            adam.step(gradients, pace)
            loss += batch_loss
            done += 1
        print(f"acts {number}: {loss / len(bags):.4f} {time.time() - begun:.0f} s", flush=True)  # noqa: T201
    parts["bias"] -= (centre / spread) @ parts["vectors"]
    parts["vectors"] /= spread[:, None]
    _write(path, parts, acts)


def _standard(bags: Sequence[_Bag]) -> tuple[Floats, Floats]:
    """Centre all vectors and bring each part of them to one size: sentence vectors lie close together as they come."""
    every = np.concatenate([bag.vectors for bag in bags]).astype(np.float32)
    centre, spread = every.mean(axis=0), every.std(axis=0) + 1e-4
    for bag in bags:
        bag.vectors = ((bag.vectors - centre) / spread).astype(np.float16)
    return centre, spread


def _gradients(
    batch: Sequence[_Bag], parts: dict[str, Floats], dice: np.random.Generator
) -> tuple[float, dict[str, Floats | Rows]]:
    vectors = np.concatenate([bag.vectors for bag in batch]).astype(np.float32)
    seen = sparse.vstack([bag.grams for bag in batch]).tocsr()
    seen.data *= (dice.random(len(seen.data)) > 0.4).astype(np.float32) / 0.6
    silent = np.repeat(dice.random(len(batch)) < 0.25, [len(bag.vectors) for bag in batch])  # by its meaning alone
    seen = sparse.diags(1.0 - silent.astype(np.float32)) @ seen
    vectors *= (dice.random(vectors.shape) > 0.1).astype(np.float32) / 0.9
    before = vectors @ parts["vectors"] + seen @ parts["table"] + parts["bias"]
    kept = (dice.random(before.shape) > 0.3).astype(np.float32) / 0.7
    hidden = np.maximum(before, 0) * kept
    scores = np.asarray(hidden @ parts["out"] + parts["out_bias"] + seen @ parts["direct"])
    slope, loss, at = np.zeros_like(scores), 0.0, 0
    for bag in batch:
        rows = scores[at : at + len(bag.vectors)]
        top = rows.argmax(axis=0)
        best = rows[top, np.arange(rows.shape[1])]
        wanted = bag.labels * (1 - 2 * _SMOOTH) + _SMOOTH / 4
        chance = 1 / (1 + np.exp(-best))
        loss += float(-(wanted * np.log(chance + 1e-9) + (1 - wanted) * np.log(1 - chance + 1e-9)).sum())
        slope[at + top, np.arange(rows.shape[1])] = (chance - wanted) * bag.weight
        at += len(bag.vectors)
    size = len(batch)
    back = (slope @ parts["out"].T) * kept * (before > 0)
    return loss, {
        "vectors": vectors.T @ back / size,
        "table": rows_of(seen, back / size),
        "bias": back.sum(axis=0) / size,
        "out": hidden.T @ slope / size,
        "out_bias": slope.sum(axis=0) / size,
        "direct": rows_of(seen, slope / size),
    }


def _write(path: Path, parts: dict[str, Floats], acts: Sequence[str]) -> None:
    table, table_scales = in_bytes(parts["table"])
    direct, direct_scales = in_bytes(parts["direct"])
    half: dict[str, Any] = {name: parts[name].astype(np.float16) for name in ("vectors", "bias", "out", "out_bias")}
    np.savez_compressed(
        path,
        acts=np.array(acts),
        table=table,
        table_scales=table_scales,
        direct=direct,
        direct_scales=direct_scales,
        **half,
    )
