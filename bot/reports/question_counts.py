"""Counts of the questions asked, and of those that the LA does not answer: without persons and without texts.

They are counted in memory and written by the clock, so that no question waits for another; a kill loses a minute.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.model.errors import StaleCommit
from bot.model.json_codec import JsonObject
from bot.reports.figures import Questions
from bot.store.port import Commit, RecordWrite, Store, Stored
from bot.terms.answer import Answer, AnswerKind

KEY = "figures/questions"

_COUNTED = frozenset({AnswerKind.ANSWER, AnswerKind.SILENT})


class Records(Protocol):
    """A port for reading records."""

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """A record; None at version 0 where there is none."""
        ...


async def questions(records: Records) -> Questions:
    """All that were written down."""
    kept = (await records.record(KEY)).value or {}
    return Questions(kept.get("asked", 0), kept.get("silent", 0))


@dataclass(frozen=True, slots=True)
class Tally:
    """The questions since the clock last wrote the counts down."""

    store: Store
    counts: Counter[AnswerKind] = field(default_factory=Counter)

    def note(self, answer: Answer) -> None:
        """Count a question that was answered, if it was one about the LA and clear."""
        if answer.kind in _COUNTED:
            self.counts[answer.kind] += 1

    async def questions(self) -> Questions:
        """All that were ever counted."""
        kept = await questions(self.store)
        return Questions(kept.asked + self.counts.total(), kept.silent + self.counts[AnswerKind.SILENT])

    async def write(self, _: datetime) -> None:
        """Write down what was counted; where another process did just now, the next minute will."""
        counted = Counter(self.counts)
        if not counted.total():
            return
        stored, asked = await self.store.record(KEY), await self.questions()
        content: JsonObject = {"asked": asked.asked, "silent": asked.silent}
        try:
            await self.store.commit(Commit(records=(RecordWrite(KEY, content, stored.version),)))
        except StaleCommit:
            return
        self.counts.subtract(counted)
