"""Two versions beside each other: as text, as a page, as PDF."""

import html
import re
from pathlib import Path

import pypdfium2
import pytest

from bot.document.comparison import as_html, as_text
from bot.document.comparison_pdf import as_pdf
from bot.document.port import Comparison
from tests.newer import NEW, OLD, newer_dataset


@pytest.fixture
def compared(tmp_path: Path) -> Comparison:
    dataset = newer_dataset(tmp_path)
    return Comparison(dataset.agreements[OLD], dataset.agreements[NEW], dataset.title, dataset.licensor, "1 May 2027")


def test_as_text_only_what_changes_is_shown(compared: Comparison) -> None:
    found = as_text(compared)
    assert found.startswith(f"LA {OLD} -> {NEW}\n\n== preamble: changed\n")
    assert "2. [-Distribution-]{+Publications+} and [-publications-]{+distribution+}" in found
    assert "{+\n- D. delete the face photos that were not used.+}" in found
    assert "== 8-deletion: new\n{+8. Deletion" in found
    assert "7-warranty" not in found
    assert as_text(Comparison(compared.old, compared.old, "", "")).endswith("no clause changes")


def test_the_marks_taken_away_are_the_two_texts(compared: Comparison) -> None:
    page = as_html(compared).partition('<div class="whole">')[0].replace("</del> <ins>", "</del><ins>")
    clauses = [clause for clause in compared.new.clauses if clause.id in ("preamble", "2-distribution", "5-research")]
    shown = re.findall(r'<p class="clause">(.*?)</p>', page, re.DOTALL)
    without = [html.unescape(re.sub(r"<del>.*?</del>", "", text)) for text in shown]
    plain = [re.sub(r"</?ins>", "", text).replace("<br>", "\n") for text in without]
    assert plain[:3] == [clause.text for clause in clauses]


def test_the_page_needs_nothing_from_anywhere_and_no_colours(compared: Comparison) -> None:
    page = as_html(compared)
    assert not re.search(r"src=|href=|url\(|@import|<script", page)
    assert "<del>Distribution</del> <ins>Publications</ins>" in page
    assert "line-through" in page
    assert 'content: "[removed: "' in page
    assert 'lang="en"' in page


def test_the_pdf_has_the_changes_and_the_whole_new_text(compared: Comparison) -> None:
    pdf = as_pdf(compared)
    pages = pypdfium2.PdfDocument(pdf.content)
    text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)
    assert len(pages) == pdf.pages
    assert "in force from 1 May 2027" in text
    assert "This copy is for reading, not for signing." in text
    for said in (compared.old.sha256, compared.new.sha256, "D. delete the face photos that were not used."):
        assert said in text
    _, found, whole = text.partition("The whole new text")
    assert found
    for clause in compared.new.clauses[1:-1]:
        assert " ".join(clause.text.split()[-6:]) in whole
    assert as_pdf(compared) == pdf


def test_what_moved_is_said_to_have_moved(compared: Comparison) -> None:
    old = compared.old
    turned = (*old.clauses[:7], old.clauses[8], old.clauses[7], *old.clauses[9:])
    moved = Comparison(type(old)(**{f: getattr(old, f) for f in old.__slots__} | {"clauses": turned}), old, "T", "L")
    assert "moved" in as_text(moved)
    assert "stands elsewhere" in as_html(moved)
