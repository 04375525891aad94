from bot.understanding.lexicon import FOLDER
from bot.understanding.marked import Mark, fill, read_corpus, read_line


def test_a_line_has_a_place_a_message_with_marks_and_acts() -> None:
    example = read_line("menu,who | it's {name:jim baker=>Jim Baker}, {email} | leader_signs")
    assert example is not None
    assert example.where == ("menu", "who")
    assert example.parts == ("it's ", Mark("name", "jim baker", "Jim Baker"), ", ", Mark("email", "", ""))
    assert example.acts == ("leader_signs",)


def test_marks_are_filled_where_they_stand() -> None:
    example = read_line("field | mail {email} please |")
    assert example is not None
    filled = fill(example, {1: ("a@b.fi", "a@b.fi")})
    assert filled.text[filled.spans[0][0] : filled.spans[0][1]] == "a@b.fi"


def test_every_line_of_the_corpus_is_read() -> None:
    rows = [row for path in (FOLDER / "turns").glob("*.txt") for row in path.read_text(encoding="utf-8").splitlines()]
    wanted = sum(bool(row.strip()) and not row.startswith("#") for row in rows)
    assert sum(1 for _ in read_corpus(FOLDER / "turns")) == wanted
