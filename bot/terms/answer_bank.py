"""`answers.toml`: what is answered, as data, checked against the LA's text. Its own header explains its entries."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.agreement.agreement import Agreement, Dataset, read_toml
from bot.agreement.clauses import Clause, ClauseId, Quote
from bot.language import matcher
from bot.model.errors import AgreementError
from bot.terms import question_text
from bot.terms.answer import AnswerKind, Verdict

UNITS = "answers.toml"


@dataclass(frozen=True, slots=True)
class Unit:
    """One entry of `answers.toml`, checked."""

    id: str
    kind: AnswerKind
    label: str
    clauses: tuple[ClauseId, ...]
    verdict: Verdict
    text: str
    quotes: tuple[Quote, ...]
    questions: tuple[str, ...]
    headline: str = ""
    unlearned: frozenset[str] = field(default=frozenset(), repr=False)
    vocabulary: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found = frozenset[str]().union(*(phrases(line) for line in self.questions))
        object.__setattr__(self, "vocabulary", found - self.unlearned)

    @property
    def permits(self) -> bool:
        """True if the unit says that something may or must be so."""
        return self.verdict in (Verdict.YES, Verdict.CONDITIONAL)

    def is_contrary(self, refusal: "Unit") -> bool:
        """Return whether a refused person may have asked this instead: it answers otherwise, or is not answered."""
        return self.verdict is not refusal.verdict and self.kind in (AnswerKind.ANSWER, AnswerKind.SILENT)


@dataclass(frozen=True, slots=True)
class Answers:
    """`answers.toml` of a dataset, with a version's own units and sentences laid over it."""

    units: tuple[Unit, ...]
    sentences: Mapping[str, str]
    clauses: tuple[Clause, ...]
    unclear: str
    no_clause: str
    turning_words: frozenset[str]

    @property
    def examples(self) -> list[tuple[str, str]]:
        """Every example question with its unit."""
        return [(unit.id, asked) for unit in self.units for asked in unit.questions]


def phrases(text: str) -> frozenset[str]:
    """The words of `text` and its pairs of neighbours ("not-lead"), less a question tag at its end."""
    found = matcher.words(question_text.without_tag(matcher.normal(text)))
    return frozenset(found) | {f"{first}-{second}" for first, second in pairwise(found)}


def read_answers(dataset: Dataset, agreement: Agreement | None = None) -> Answers:
    """The answers to a version, or to the one in force. Raises AgreementError that names the unit and what is wrong."""
    agreement = agreement or dataset.current
    content, rows, plain = _content(dataset.folder, agreement)
    ask = f"Ask {dataset.licensor_short}: {dataset.contact}"
    negations = frozenset(content["negations"].split())
    units = tuple(_unit(row, agreement, ask, negations) for row in rows)
    sentences: dict[str, str] = {clause.id: plain.get(clause.id, "") for clause in agreement.clauses}
    if missing := [clause for clause, sentence in sentences.items() if not sentence]:
        raise AgreementError(f"{dataset.folder / UNITS}: no plain sentence for {', '.join(missing)}")
    turning_words = negations | set(content["turning_words"].split())
    return Answers(units, sentences, agreement.clauses, content["unclear"], content["no_clause"], turning_words)


def wrong_with_answers(folder: Path, agreement: Agreement, others: Collection[str] = ()) -> Iterator[str]:
    """Everything that keeps the answers in a dataset's folder from being the answers to that version.

    `others`: the other versions that there are, which no answer to this one may name.
    """
    try:
        content, rows, plain = _content(folder, agreement)
    except (AgreementError, KeyError) as error:
        yield f"missing or wrong: {error}"
        return
    for row in rows:
        try:
            _unit(row, agreement, "", frozenset(content["negations"].split()))
        except AgreementError as error:
            yield str(error).removeprefix(f"{UNITS}, ")
    for clause in agreement.clauses:
        if not plain.get(clause.id):
            yield f"no plain sentence for {clause.id}"
    said = {f"unit {row.get('id')!r}": row.get("text", "") for row in rows}
    said |= {f"the plain sentence for {clause.id}": plain.get(clause.id, "") for clause in agreement.clauses}
    for place, text in said.items():
        yield from (f"{place} names version {other}" for other in others if other in text)


def _content(folder: Path, agreement: Agreement) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, str]]:
    """A dataset's file, its units and its plain sentences, with those of the version's own file in their place."""
    content = read_toml(folder / UNITS)
    own = read_toml(agreement.folder / UNITS) if (agreement.folder / UNITS).exists() else {}
    rows = {row["id"]: row for row in content["unit"]}
    if len(rows) != len(content["unit"]):
        raise AgreementError(f"{folder / UNITS}: two units have the same id")
    rows |= {row["id"]: row for row in own.get("unit", ())}
    return content, list(rows.values()), content["clauses"] | own.get("clauses", {})


def _unit(row: Mapping[str, Any], agreement: Agreement, ask: str, negations: frozenset[str]) -> Unit:
    try:
        kind = AnswerKind(row.get("kind", AnswerKind.ANSWER))
        clauses = tuple(agreement.clause(clause).id for clause in row.get("clauses", ()))
        unit = Unit(
            id=row["id"],
            kind=kind,
            label=row["label"],
            clauses=clauses,
            verdict=Verdict(row.get("verdict", Verdict.UNKNOWN)),
            text=f"{row['text']} {ask}" if kind is AnswerKind.SILENT else row["text"],
            quotes=tuple(_quote(agreement, clauses, text) for text in row.get("quotes", ())),
            questions=tuple(line.strip() for line in row["questions"].splitlines() if line.strip()),
            headline=row.get("headline", ""),
            unlearned=negations.difference(row.get("knows", "").split()),
        )
    except (KeyError, ValueError, AgreementError) as error:
        raise AgreementError(f"{UNITS}, unit {row.get('id')!r}: {error}") from error
    _check(unit)
    return unit


def _check(unit: Unit) -> None:
    answers = unit.kind is AnswerKind.ANSWER
    if answers != bool(unit.clauses) or answers != (unit.verdict is not Verdict.UNKNOWN):
        raise AgreementError(f"{UNITS}, unit {unit.id!r}: an answer, and nothing else, has clauses and a verdict")
    if {quote.clause for quote in unit.quotes} != set(unit.clauses):
        raise AgreementError(f"{UNITS}, unit {unit.id!r}: every clause needs a quote, and every quote its clause")
    if not unit.questions:
        raise AgreementError(f"{UNITS}, unit {unit.id!r}: no questions")


def _quote(agreement: Agreement, clauses: Sequence[ClauseId], text: str) -> Quote:
    for clause in clauses:
        try:
            return agreement.quote(clause, text)
        except AgreementError:
            continue
    raise AgreementError(f"the LA does not say in {', '.join(clauses) or 'no clause'}: {text!r}")
