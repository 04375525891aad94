"""Names in the scripts of the world: extracted as they were typed, by two independent readers."""

from dataclasses import replace

import pypdfium2
import pytest

from bot.document.fonts import unprintable
from tests.forms import SIGNER, folded, printed, text_by_pdfium, text_by_pypdf
from tests.scripts import MARKED, SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_are_extracted_as_they_were_typed(script: str) -> None:
    names = SCRIPTS[script]
    pdf = printed(replace(SIGNER, name=names[0], affiliation=names[1], address=f"{names[2]}\n1 Street"))
    for read in (text_by_pypdf, text_by_pdfium):
        text = folded(read(pdf))
        assert [name for name in names if folded(name) not in text] == []


@pytest.mark.parametrize("name", MARKED)
def test_marks_and_joiners_are_extracted_where_they_were_typed(name: str) -> None:
    for read in (text_by_pypdf, text_by_pdfium):
        assert folded(name) in folded(read(printed(replace(SIGNER, affiliation=name))))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_character_of_the_scripts_has_a_font(script: str) -> None:
    assert unprintable("\n".join(SCRIPTS[script])) == set()


def test_characters_without_a_font_are_named() -> None:
    assert unprintable("Ann 😀 Lee\n𓀀 𒀀") == {"😀", "𓀀", "𒀀"}


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\x00", "\ud800", "\ue000", "\u2066", "\ufeff", "\U0001ef00"])
def test_controls_overrides_and_private_characters_are_unprintable(char: str) -> None:
    assert unprintable(f"a{char}b") == {char}


def test_a_scalar_may_come_decomposed() -> None:
    assert unprintable("Nguye\u0302\u0303n") == set()


def test_lines_of_both_directions_are_in_the_order_of_unicode() -> None:
    """UAX 9 for a line that starts from the left: the first Arabic word is the rightmost, its number stays readable."""
    pdf = printed(replace(SIGNER, affiliation="Cairo، فلان 12 شارع end"))
    page = pypdfium2.PdfDocument(pdf.content)[1].get_textpage()
    chars = [page.get_text_range(i, 1) for i in range(page.count_chars())]
    start = "".join(chars).index("Affiliation")
    left = {chars[i]: page.get_charbox(i)[0] for i in range(start, start + 80) if chars[i] in "فش12"}
    assert sorted(left, key=lambda char: left[char]) == ["ش", "1", "2", "ف"]
