"""The port of whoever answers questions about the terms."""

from typing import Protocol

from bot.terms.answer import Answer


class Terms(Protocol):
    """Answers about the LA. Nothing here does I/O."""

    def answer(self, asked: str, previous: str | None = None) -> Answer:
        """Answer a question about the LA; `previous` is the unit of the answer before, for a follow-up."""
        ...

    def unit_answer(self, unit_id: str) -> Answer:
        """The answer of a unit. Raises KeyError where there is none."""
        ...

    def label(self, unit_id: str) -> str:
        """Return the label of the button that asks for a unit."""
        ...

    def is_question(self, text: str) -> bool:
        """Return whether a message asks about the terms, rather than answering an open question of a form."""
        ...

    def plain(self, clause_id: str) -> str:
        """A clause in one plain sentence."""
        ...
