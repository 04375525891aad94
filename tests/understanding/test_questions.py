import pytest

from bot.understanding.acts import Span
from bot.understanding.questions import lies_in, questions


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Can a dean sign for me?", "Can a dean sign for me?"),
        ("My guide is away, can the dean sign?", " can the dean sign?"),
        ("If I say yes, is it final?", "If I say yes, is it final?"),
        ("what challenge", "what challenge"),
    ],
)
def test_what_only_asks_is_found(text: str, asked: str) -> None:
    assert [span.of(text) for span in questions(text)] == [asked]


def test_a_statement_asks_nothing() -> None:
    assert questions("I am a student and my professor signs.") == []


def test_a_part_lies_in_what_it_mostly_overlaps() -> None:
    assert lies_in(Span(10, 20), [Span(9, 30)])
    assert not lies_in(Span(0, 20), [Span(15, 30)])
