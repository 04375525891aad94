"""The differences between two versions of the LA, clause by clause, word by word.

PURE. Clauses are the same where their ids are, whatever number and place they have. Nothing is lost: what stayed and
what went are the old text to the letter, what stayed and what came are the new one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from bot.agreement.clauses import Clause, ClauseId

_WORDS = re.compile(r"\w+(?:[.'’@-]\w+)*|\s+|[^\w\s]")  # a date, an address, a won't are one word


class Part(StrEnum):
    """The fate of a passage."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of the old text, of the new one, or of both."""

    part: Part
    text: str


class Kind(StrEnum):
    """The fate of a clause."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause in two versions. `old` and `new` are its headings, empty where that version lacks it.

    `moved`: it stands elsewhere among the clauses that both versions have.
    """

    id: ClauseId
    kind: Kind
    old: str
    new: str
    pieces: tuple[Piece, ...]
    moved: bool = False

    @property
    def touched(self) -> bool:
        """True if the clause needs a reader's attention."""
        return self.moved or self.kind is not Kind.SAME


def compare(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[ClauseChange, ...]:
    """Every clause of either version: those of the new one in its order, a removed one where it stood."""
    before, after = {clause.id: clause for clause in old}, {clause.id: clause for clause in new}
    moved = _moved([i for i in before if i in after], [i for i in after if i in before])
    return tuple(_change(i, before.get(i), after.get(i), i in moved) for i in _in_order(list(before), list(after)))


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """The passages of both texts, in order: before each passage that came stands the one that went."""
    first, second = _WORDS.findall(old), _WORDS.findall(new)
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        gone, come = "".join(first[i:j]), "".join(second[k:m])
        found += [Piece(Part.KEPT, gone)] if tag == "equal" else [Piece(Part.REMOVED, gone), Piece(Part.ADDED, come)]
    return tuple(_readable(found))


def _change(clause_id: ClauseId, old: Clause | None, new: Clause | None, moved: bool) -> ClauseChange:
    found = pieces(old.text if old else "", new.text if new else "")
    if old is None or new is None:
        kind = Kind.REMOVED if new is None else Kind.NEW
    else:
        kind = Kind.SAME if old.text == new.text else Kind.CHANGED
    return ClauseChange(clause_id, kind, old.heading if old else "", new.heading if new else "", found, moved)


def _moved(old: list[ClauseId], new: list[ClauseId]) -> set[ClauseId]:
    """Of the ids that both have, those that the runs in the same order leave out."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(old).difference(*(old[block.a : block.a + block.size] for block in blocks))


def _in_order(old: list[ClauseId], new: list[ClauseId]) -> list[ClauseId]:
    order = list(new)
    for place, gone in enumerate(old):
        if gone not in new:
            before = [i for i in old[:place] if i in order]
            order.insert(order.index(before[-1]) + 1 if before else 0, gone)
    return order


def _readable(found: Iterable[Piece]) -> Iterator[Piece]:
    """Changes that only white space parts are one change; pieces that are empty are none."""
    gone, come = "", ""
    held = ""  # white space after a change: kept if a word follows that stays, part of the change otherwise
    for piece in found:
        match piece.part:
            case Part.REMOVED | Part.ADDED if not piece.text:
                continue
            case Part.KEPT if piece.text.isspace() and "\n" not in piece.text and (gone or come):
                held = piece.text
            case Part.KEPT:
                yield from _settled(gone, come)
                yield Piece(Part.KEPT, held + piece.text)
                gone, come, held = "", "", ""
            case Part.REMOVED:
                gone, come, held = gone + held + piece.text, come + held, ""
            case _:
                gone, come, held = gone + held, come + held + piece.text, ""
    yield from _settled(gone, come)
    if held:
        yield Piece(Part.KEPT, held)


def _settled(gone: str, come: str) -> Iterator[Piece]:
    if gone:
        yield Piece(Part.REMOVED, gone)
    if come:
        yield Piece(Part.ADDED, come)
