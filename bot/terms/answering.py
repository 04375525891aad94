"""Answers to questions about the LA: a unit of `answers.toml`, its sentence, its clauses and the LA's own words.

No language is generated: a question is matched to the units' example questions (`bot.language.matcher`), and
everything that is shown stands in the data. Three rules hold whatever the matching finds:

- A "yes" or "under conditions" needs the evidence on its side: where the examples that are answered "no" weigh in,
  the clause is shown without a verdict, and the person picks the reading (`Terms._doubt`).
- Where the LA is silent, the answer has no clause and no verdict, and names the contact.
- What no example resembles is asked back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.agreement.agreement import DATASETS, Dataset, load_dataset
from bot.agreement.clauses import Clause, Quote
from bot.language import matcher
from bot.language.e5_session import Floats
from bot.language.matcher import Encoder, Matcher
from bot.terms import question_text
from bot.terms.answer import Answer, AnswerKind, Verdict
from bot.terms.answer_bank import UNITS, Answers, Unit, phrases, read_answers

FITTED = "answers.npz"
_UNCLEAR = "unclear"

# Fixed on the bank by cross-validation (tests/evaluation.py prints what they cost and save).
_LEAST = 0.16
"""A best score below this is no answer."""
_LEAST_OF_PART = 0.30
"""A part of a question adds its clauses from this score on."""
_LEAD_OVER_NO = 0.14
"""By how much a permission must lead the best "no"."""
_LEAD_OVER_YES = 0.06
"""By how much a refusal must lead the best permission."""
_LEAD_OF_NO = 0.02
"""By how much a refusal must lead whatever is no refusal."""
_WEAK_NO, _LEAD_OF_WEAK_NO = 0.35, 0.05
"""Below that score a refusal must lead by more."""
_WEIGHT_AGAINST = -0.10
"""All "no" units' scores less all permissions': a permission must have it below this."""
_LEAST_OF_TALK = 0.35
"""Small talk is answered as such from this score on."""
_LEAST_ASKED = 0.60
"""A few small words with a question mark are a question from this score on."""


@dataclass(frozen=True, slots=True)
class Match:
    """The units' scores for one text, in the order of the units."""

    units: tuple[Unit, ...]
    scores: Floats
    turning: frozenset[str]
    open: bool

    @property
    def ranked(self) -> list[Unit]:
        """The units, the best first."""
        return [self.units[i] for i in np.argsort(-self.scores, kind="stable")]

    @property
    def best(self) -> Unit:
        """The unit with the highest score."""
        return self.units[int(self.scores.argmax())]

    @property
    def confidence(self) -> float:
        """The highest score, between 0 and 1."""
        return round(float(min(1, max(0, self.scores.max()))), 3)

    def best_of(self, verdict: Verdict) -> Unit:
        """The unit of that verdict with the highest score."""
        return next(unit for unit in self.ranked if unit.verdict is verdict)

    def first_of(self, kind: AnswerKind) -> Unit:
        """The unit of that kind with the highest score."""
        return next(unit for unit in self.ranked if unit.kind is kind)

    def supports(self, unit: Unit) -> bool:
        """Return whether `unit` may be said: a permission or a refusal only where its contrary stays well behind."""
        if unit.permits:
            lead = self._lead(unit, self._refusing)
            against = self.scores[self._refusing].sum() - self.scores[self._permitting].sum()
            return not self.turning - unit.vocabulary and lead >= _LEAD_OVER_NO and bool(against <= _WEIGHT_AGAINST)
        if unit.verdict is Verdict.NO:
            over_all = self._lead(unit, ~self._refusing)
            least = _LEAD_OF_NO if self.scores.max() >= _WEAK_NO else _LEAD_OF_WEAK_NO
            return over_all >= least and self._lead(unit, self._permitting) >= _LEAD_OVER_YES
        return True

    @property
    def _refusing(self) -> NDArray[np.bool_]:
        return np.array([unit.verdict is Verdict.NO for unit in self.units])

    @property
    def _permitting(self) -> NDArray[np.bool_]:
        return np.array([unit.permits for unit in self.units])

    def _lead(self, unit: Unit, others: NDArray[np.bool_]) -> float:
        """By how much it leads the best of the others."""
        return float(self.scores[self.units.index(unit)] - self.scores[others].max(initial=0))


@dataclass(frozen=True, slots=True)
class Terms:
    """All that can be said about one version of the LA. Immutable; nothing here does I/O after `load`."""

    units: Mapping[str, Unit]
    sentences: Mapping[str, str]
    clauses: tuple[Clause, ...]
    unclear: str
    no_clause: str
    turning_words: frozenset[str]
    matcher: Matcher

    @classmethod
    def load(cls, dataset: Dataset, encoder: Encoder | None = None) -> "Terms":
        """The answers to the version in force. Raises AgreementError that names the unit and what is wrong with it."""
        bank = read_answers(dataset)
        by = encoder or matcher.encoder()
        return cls.of(bank, matcher.fit(bank.examples, by, dataset.folder / FITTED))

    @classmethod
    def of(cls, answers: Answers, matcher: Matcher) -> "Terms":
        """The answers with a matcher that was fitted to some of their examples."""
        return cls(
            {unit.id: unit for unit in answers.units},
            answers.sentences,
            answers.clauses,
            answers.unclear,
            answers.no_clause,
            answers.turning_words,
            matcher,
        )

    def answer(self, asked: str, previous: str | None = None) -> Answer:
        """Answer `asked` from the LA. `previous`: the unit of this conversation's last answer, if there was one."""
        if not any(letter.isalnum() for letter in asked):
            return self._unclear(())
        if read := self._clause(asked):
            return read
        if question_text.is_follow_up(asked):
            return self._follow_up(asked, self.units.get(previous or ""))
        whole = self._match(asked)
        pieces = question_text.parts(asked)
        if pieces == [asked] or (len(pieces) < 2 and not _strays(whole.best, pieces)):
            return self._single(whole)
        return self._joined(whole, [self._match(piece) for piece in pieces])

    def unit_answer(self, unit_id: str) -> Answer:
        """The answer of a unit that a person picked."""
        return _answer(self.units[unit_id], 1.0)

    def label(self, unit_id: str) -> str:
        """A few words for a button."""
        return self.units[unit_id].label

    def plain(self, clause_id: str) -> str:
        """One plain sentence for a clause."""
        return self.sentences[clause_id]

    def is_question(self, text: str) -> bool:
        """Return whether `text` asks something, rather than answering an open form field."""
        if question_text.is_question(text) or self._clause(text):
            return True
        if not text.rstrip().endswith("?") or text != text.lower():
            return False
        match = self._match(text)
        return match.confidence >= _LEAST_ASKED and match.best.kind in _ASKED

    def _clause(self, asked: str) -> Answer | None:
        """Return the clause that is to be read, whole; all with its number (the LA has two called 6); None if none has
        it.
        """
        if (wanted := question_text.clause_to_read(asked)) is None:
            return None
        number, title = wanted
        numbered = [clause for clause in self.clauses if clause.number == number]
        named = [clause for clause in numbered if title in ("", question_text.title_of(clause.title))]
        if not named:
            return None if title else replace(self._unclear(()), text=self.no_clause)
        text = " ".join(self.plain(clause.id) for clause in named)
        quotes = tuple(Quote(clause.id, clause.text) for clause in named)
        return Answer(tuple(clause.id for clause in named), Verdict.INFO, text, quotes, confidence=1.0)

    def _match(self, text: str) -> Match:
        units = tuple(self.units[label] for label in self.matcher.labels)
        turning = self.turning_words & phrases(text)
        scores = self.matcher.scores(question_text.without_opening(text))
        return Match(units, scores, turning, question_text.is_open(text))

    def _single(self, match: Match) -> Answer:
        if match.confidence < _LEAST:
            return self._unclear(match.ranked)
        if match.best.kind is AnswerKind.CHITCHAT and match.confidence < _LEAST_OF_TALK:
            return _answer(match.first_of(AnswerKind.NONSENSE), match.confidence)
        if match.best.kind is AnswerKind.WISH and match.confidence < _LEAST_OF_TALK:
            return self._unclear(match.ranked)
        if match.best.permits and match.open:
            return self._opened(match)
        return _answer(match.best, match.confidence) if match.supports(match.best) else self._doubt(match)

    def _opened(self, match: Match) -> Answer:
        """Answer a what or how, which cannot be a yes: the nearest explaining unit, or the same words without a
        verdict.
        """
        beside = [unit for unit in match.ranked[:5] if unit.clauses[:1] == match.best.clauses[:1]]
        telling = next((unit for unit in beside if unit.verdict is Verdict.INFO), match.best)
        return replace(_answer(telling, match.confidence), verdict=Verdict.INFO, headline="")

    def _joined(self, whole: Match, matches: Sequence[Match]) -> Answer:
        """One answer to several questions: every clause touched, a refusal first."""
        sure = [m for m in matches if m.best.clauses and m.confidence >= _LEAST_OF_PART]
        if not sure:
            return self._single(whole)
        if whole.best.clauses and whole.confidence >= _LEAST:
            sure.append(whole)
        answers = list({m.best.id: self._single(m) for m in sure}.values())
        answers.sort(key=lambda answer: _FIRST.index(answer.verdict))
        return _together(answers)

    def _follow_up(self, asked: str, previous: Unit | None) -> Answer:
        """Answer a follow-up by its new content: a permission given before is never carried over to it."""
        alone = self._match(asked)
        if previous is None or not previous.clauses:
            return self._single(alone) if alone.confidence >= _LEAST_OF_PART else self._unclear(alone.ranked)
        after = self._match(f"{previous.questions[0]} {asked}")
        both = replace(after, scores=np.mean([alone.scores, after.scores], axis=0, dtype=np.float32))
        if both.confidence < _LEAST:
            return self._unclear(both.ranked)
        if both.best.permits and both.best is not alone.best:
            return self._doubt(both)
        return self._single(both)

    def _doubt(self, match: Match) -> Answer:
        """The clause without a verdict, and the readings to pick from: what was understood, and its contrary."""
        unit = match.best
        contrary = match.best_of(Verdict.NO) if unit.permits else next(u for u in match.ranked if u.is_contrary(unit))
        text = f"It depends on what exactly you mean. {self.plain(unit.clauses[0])}"
        return replace(
            _answer(unit, match.confidence),
            kind=AnswerKind.UNCLEAR,
            verdict=Verdict.INFO,
            headline="",
            text=text,
            readings=(unit.id, contrary.id),
        )

    def _unclear(self, ranked: Sequence[Unit]) -> Answer:
        readings = tuple(unit.id for unit in ranked if unit.kind in _ASKED)[:2]
        return Answer((), Verdict.UNKNOWN, self.unclear, unit=_UNCLEAR, readings=readings, kind=AnswerKind.UNCLEAR)


_ASKED = (AnswerKind.ANSWER, AnswerKind.SILENT, AnswerKind.WISH)
_FIRST = (Verdict.NO, Verdict.CONDITIONAL, Verdict.YES, Verdict.INFO, Verdict.UNKNOWN)


def _strays(unit: Unit, pieces: Sequence[str]) -> bool:
    """Return whether small talk or a command may cover a question that stands beside it."""
    return not unit.clauses and unit.kind is not AnswerKind.SILENT and len(pieces) == 1


def _answer(unit: Unit, confidence: float) -> Answer:
    return Answer(
        unit.clauses,
        unit.verdict,
        unit.text,
        unit.quotes,
        unit.id,
        confidence,
        kind=unit.kind,
        headline=unit.headline,
    )


def _together(answers: Sequence[Answer]) -> Answer:
    """The first answer, with the clauses, sentences and quotes of the others after its own."""
    return replace(
        answers[0],
        clauses=tuple(dict.fromkeys(clause for answer in answers for clause in answer.clauses)),
        text=" ".join(dict.fromkeys(answer.text for answer in answers)),
        quotes=tuple(dict.fromkeys(quote for answer in answers for quote in answer.quotes)),
        readings=tuple(dict.fromkeys(reading for answer in answers for reading in answer.readings)),
    )


def as_json(asked: str, answer: Answer) -> dict[str, object]:
    """An answer as `la-bot ask --json` writes it."""
    return {
        "question": asked,
        "clauses": list(answer.clauses),
        "verdict": answer.verdict.value,
        "text": answer.text,
        "quotes": [quote.text for quote in answer.quotes],
        "unit": answer.unit,
        "confidence": answer.confidence,
    }


def main() -> None:
    """Fit the matching anew and keep it beside the answers (`make answers`)."""
    for folder in sorted(path.parent for path in DATASETS.glob(f"*/{UNITS}")):
        matcher.store(read_answers(load_dataset(folder)).examples, matcher.encoder(), folder / FITTED)


if __name__ == "__main__":
    main()
