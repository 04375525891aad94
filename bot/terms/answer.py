"""The answer to a question about the terms."""

from dataclasses import dataclass
from enum import StrEnum

from bot.agreement.clauses import ClauseId, Quote


class Verdict(StrEnum):
    """The LA's answer about an act or proposition in its positive form, independent of the question's grammar."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"
    INFO = "info"
    UNKNOWN = "unknown"


class AnswerKind(StrEnum):
    """The kind of an answer: the LA answers, is silent, or was not asked; `unclear` asks back.

    `wish`: the person wants something that the bot does; the unit names it.
    """

    ANSWER = "answer"
    SILENT = "silent"
    UNCLEAR = "unclear"
    CHITCHAT = "chitchat"
    NONSENSE = "nonsense"
    COMMAND = "command"
    WISH = "wish"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about the LA to a question.

    `clauses`: the deciding one first; empty where the LA is silent or the message is no question about it.
    `text`: the plain sentence, never empty. `quotes`: verbatim, at least one where there are clauses.
    `headline`: the verdict in two words, where the sentence does not begin with it.
    `unit`: the entry of answers.toml it came from. `confidence`: 0 to 1. `readings`: units to ask back with, where
    the question is unclear.
    """

    clauses: tuple[ClauseId, ...]
    verdict: Verdict
    text: str
    quotes: tuple[Quote, ...] = ()
    unit: str = ""
    confidence: float = 0.0
    readings: tuple[str, ...] = ()
    kind: AnswerKind = AnswerKind.ANSWER
    headline: str = ""
