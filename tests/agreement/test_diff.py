"""What changed between two texts: nothing is lost, nothing is invented."""

from hypothesis import given
from hypothesis import strategies as st

from bot.agreement.clauses import Clause, ClauseId
from bot.agreement.diff import Kind, Part, Piece, compare, pieces

TEXTS = st.text(alphabet="ab, .\n9é’", max_size=40)


def clause(name: str, text: str = "") -> Clause:
    return Clause(ClauseId(name), name, name, (), text or f"The words of {name}.")


@given(TEXTS, TEXTS)
def test_what_stayed_and_went_is_the_old_text_and_what_stayed_and_came_the_new_one(old: str, new: str) -> None:
    found = pieces(old, new)
    assert "".join(p.text for p in found if p.part is not Part.ADDED) == old
    assert "".join(p.text for p in found if p.part is not Part.REMOVED) == new
    assert all(piece.text for piece in found)


def test_words_are_compared_whole() -> None:
    assert pieces("It won't end on 29.04.2026.", "It will end on 01.02.2027.") == (
        Piece(Part.KEPT, "It "),
        Piece(Part.REMOVED, "won't"),
        Piece(Part.ADDED, "will"),
        Piece(Part.KEPT, " end on "),
        Piece(Part.REMOVED, "29.04.2026"),
        Piece(Part.ADDED, "01.02.2027"),
        Piece(Part.KEPT, "."),
    )


def test_neighbouring_words_change_together() -> None:
    assert pieces("the old law holds", "the new rule holds") == (
        Piece(Part.KEPT, "the "),
        Piece(Part.REMOVED, "old law"),
        Piece(Part.ADDED, "new rule"),
        Piece(Part.KEPT, " holds"),
    )


def test_white_space_at_the_end_that_stayed_is_no_change() -> None:
    assert pieces("a ", "b ") == (Piece(Part.REMOVED, "a"), Piece(Part.ADDED, "b"), Piece(Part.KEPT, " "))


def test_clauses_are_the_same_by_their_ids() -> None:
    old = [clause("1-a"), clause("2-b"), clause("3-c"), clause("4-d")]
    new = [clause("3-c"), clause("1-a", "Other words."), clause("5-e"), clause("4-d")]
    found = {change.id: change for change in compare(old, new)}
    assert list(found) == ["3-c", "1-a", "2-b", "5-e", "4-d"]
    assert {name: change.kind for name, change in found.items()} == {
        "3-c": Kind.SAME,
        "1-a": Kind.CHANGED,
        "2-b": Kind.REMOVED,
        "5-e": Kind.NEW,
        "4-d": Kind.SAME,
    }
    assert sum(found[ClauseId(name)].moved for name in ("1-a", "3-c")) == 1
    assert not found[ClauseId("4-d")].touched
    assert (found[ClauseId("2-b")].new, found[ClauseId("5-e")].old) == ("", "")


def test_a_first_clause_that_went_stands_first() -> None:
    assert [change.id for change in compare([clause("1-a"), clause("2-b")], [clause("2-b")])] == ["1-a", "2-b"]
