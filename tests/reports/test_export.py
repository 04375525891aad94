"""Requests as files: a table that no spreadsheet executes, and the PDF for the archive."""

import csv
import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.people import PersonalData, Remark, Signer
from bot.reports.archive import archived
from bot.reports.export import BOM, COLUMNS, FORMULAS, as_csv, harmless, row
from tests.benchmarks.store import STAFF, a_long_request
from tests.store_values import NOW, OTHER, PERSONS, R1, R2, a_request
from tests.talk import dataset

HELSINKI = ZoneInfo("Europe/Helsinki")


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline="")))


def named(text: str) -> PersonalData:
    return replace(PERSONS, signer=Signer(text, text, text, text, text))


def test_a_table_has_a_line_for_each_request_and_a_mark_for_spreadsheets() -> None:
    text = as_csv([(a_request(assignee=OTHER), PERSONS), (a_request(R2), None)])
    assert text.encode().startswith(b"\xef\xbb\xbfrequest_id,status,")
    first, second = read(text)
    assert tuple(first) == COLUMNS
    assert (first["request_id"], first["signer_name"], first["waiting_for"]) == (R1, "Zoë Müller", "signer")
    assert (first["signer_address"], first["assignee"]) == ("Wilhelmsplatz 1\n37073", "telegram:123456789")
    assert (second["request_id"], second["signer_name"]) == (R2, "")


def test_the_way_of_a_request_is_in_its_columns() -> None:
    cells = row(a_long_request(), PERSONS)
    assert (cells["status"], cells["returned"], cells["reasons"]) == ("approved", "1", "scan")
    assert cells["approved_at"] == cells["issued_at"] == NOW.isoformat(timespec="seconds")


@pytest.mark.parametrize(
    "text", ["=1+1", "+358 40", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", '=HYPERLINK("x")']
)
def test_a_formula_becomes_text(text: str) -> None:
    (cells,) = read(as_csv([(a_request(), named(text))]))
    assert cells["signer_name"] == f"'{text}"


@pytest.mark.parametrize("text", ["", "Anna", "a=b", "1-2", "x@y.fi", "'quoted", "渡辺"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_no_cell_of_any_text_is_a_formula_and_nothing_of_it_is_lost(text: str) -> None:
    table = as_csv([(a_request(), named(text))])
    (cells,) = read(table)
    for column in COLUMNS:
        assert cells[column][:1] not in FORMULAS
        assert cells[column].lstrip()[:1] not in FORMULAS
    assert cells["signer_name"] in {text, f"'{text}"}


def test_the_archive_has_the_whole_history_in_any_script() -> None:
    persons = replace(
        PERSONS,
        signer=replace(PERSONS.signer, name="渡辺 徹", affiliation="Университет"),
        remarks=(Remark(NOW, OTHER, "The scan is upside down."),),
    )
    content = archived(a_long_request(), persons, dataset(), NOW, HELSINKI)
    assert content == archived(a_long_request(), persons, dataset(), NOW, HELSINKI)
    pages = pypdfium2.PdfDocument(content)
    text = "\n".join(page.get_textpage().get_text_range() for page in pages)
    for said in (R1, "渡辺", "Университет", "ana.simic@stud.uni-goettingen.de", "upside down", "2026-11-22 14:00 EET"):
        assert said in text
    assert text.count("received (staff") == 2
    labels = {r.code: r.label for r in dataset().reasons}
    given = [code for event in a_long_request().events for code in event.reasons]
    assert given
    assert all(labels.get(code, code.replace("_", " ")) in text for code in given)
    assert not any(code in text for code in given if "_" in code)
    assert str(STAFF.account) in text


def test_the_archive_of_an_erased_request_keeps_its_history() -> None:
    pages = pypdfium2.PdfDocument(archived(a_request(), None, dataset(), NOW, HELSINKI))
    text = pages[0].get_textpage().get_text_range()
    assert "Nothing is kept any more" in text
    assert "issued (applicant)" in text
