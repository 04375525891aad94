"""The parts of an agreement's text: clauses, paragraphs, lists, quotes."""

from dataclasses import dataclass
from typing import NewType

ClauseId = NewType("ClauseId", str)
"""Stable within a dataset: `1-commercial` … `6-owners`, `6-changes`, and `preamble`, `signature`."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list in the LA. `marker` is the LA's own ("A."), empty for a plain bullet."""

    text: str
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the LA."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of the LA."""

    items: tuple[ListItem, ...]


Block = Paragraph | Items


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered paragraph of the LA: `number` and `title` as the LA prints them (two clauses are "6").

    `text` is the whole clause, heading included, as it stands in the canonical text. `preamble` and `signature`
    have no number.
    """

    id: ClauseId
    number: str
    title: str
    blocks: tuple[Block, ...]
    text: str

    @property
    def heading(self) -> str:
        """As the LA prints it: "3. Access"."""
        return f"{self.number}. {self.title}" if self.number else self.title


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the LA to the letter, and the clause they stand in."""

    clause: ClauseId
    text: str
