"""The terms of whichever version of the LA is in force: the answers change with it, on its day."""

from dataclasses import dataclass, field

from bot.agreement.agreement import Dataset
from bot.terms.answer import Answer
from bot.terms.answering import Terms


@dataclass(frozen=True, slots=True)
class TermsInForce:
    """The Terms port. A version's answers are loaded when they are first asked for."""

    dataset: Dataset
    _loaded: dict[str, Terms] = field(default_factory=dict)

    @property
    def now(self) -> Terms:
        """The terms of the version in force. Raises AgreementError where its answers are not in order."""
        version = self.dataset.current_version
        if version not in self._loaded:
            self._loaded[version] = Terms.load(self.dataset)
        return self._loaded[version]

    def answer(self, asked: str, previous: str | None = None) -> Answer:
        """Answer a question about the LA; `previous` is the unit of the answer before, for a follow-up."""
        return self.now.answer(asked, previous)

    def unit_answer(self, unit_id: str) -> Answer:
        """The answer of a unit. Raises KeyError where there is none."""
        return self.now.unit_answer(unit_id)

    def label(self, unit_id: str) -> str:
        """Return the label of the button that asks for a unit."""
        return self.now.label(unit_id)

    def is_question(self, text: str) -> bool:
        """Return whether a message asks about the terms, rather than answering an open question of a form."""
        return self.now.is_question(text)

    def plain(self, clause_id: str) -> str:
        """A clause in one plain sentence."""
        return self.now.plain(clause_id)
