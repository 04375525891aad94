"""The LA's text: nothing added, nothing dropped, nothing changed."""

import re
import shutil
from pathlib import Path

import pytest

from bot.agreement.agreement import DATASETS, Agreement, Dataset, folded, load_agreement, load_dataset
from bot.agreement.clauses import Items, Paragraph
from bot.model.errors import AgreementError

FOLDER = DATASETS / "4dme" / "29.04.2026"
RELEASED = {"29.04.2026": "68ed556611e3d89a682da6403116f42dff56147416981f0dca2b35e373968380"}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset(DATASETS / "4dme")


@pytest.fixture(scope="module")
def agreement(dataset: Dataset) -> Agreement:
    return dataset.current


def words(text: str) -> list[str]:
    """The words and punctuation of a text, without the marks that markdown and layout add."""
    table = re.sub(r"(?m)^\|[ |-]*$|^- |\|", " ", text)
    return re.sub(r"\*|\\|\]\(#\)|(?m:^\[)", "", table).split()


def test_released_texts_keep_their_hash(dataset: Dataset) -> None:
    assert {a.version: a.sha256 for a in dataset.agreements.values()} == RELEASED


def test_the_canonical_text_has_the_words_of_the_source(agreement: Agreement) -> None:
    source = (FOLDER / "source.md").read_text(encoding="utf-8")
    assert len(words(source)) > 600
    assert words(agreement.text) == words(source)


def test_the_clauses_have_the_words_of_the_text(agreement: Agreement) -> None:
    assert "\n\n".join(clause.text for clause in agreement.clauses) == agreement.text.strip()


def test_the_blocks_of_a_clause_have_the_words_of_the_clause(agreement: Agreement) -> None:
    for clause in agreement.clauses[1:-1]:
        said = [clause.heading]
        for block in clause.blocks:
            match block:
                case Paragraph(text):
                    said.append(text)
                case Items(items):
                    said += [f"{item.marker} {item.text}" for item in items]
        assert " ".join(said).split() == words(clause.text)


def test_clauses_are_numbered_as_the_la_numbers_them(agreement: Agreement) -> None:
    assert [clause.heading for clause in agreement.clauses[1:-1]] == [
        "1. Restriction of commercial use",
        "2. Distribution and publications",
        "3. Access",
        "4. Publications and citations",
        "5. Research",
        "6. Data Owners",
        "6. Changes",
        "7. Warranty",
    ]


def test_the_sign_block_has_the_labels_of_the_la(agreement: Agreement) -> None:
    assert [[cell.label for cell in row] for row in agreement.sign_block] == [
        ["Name", "Title"],
        ["Affiliation (Institute, University, ...)"],
        ["Work email (at your affiliation)"],
        ["Detail Address"],
        ["Signature", "Date"],
    ]


def test_a_quote_that_the_la_does_not_say_is_refused(agreement: Agreement) -> None:
    with pytest.raises(AgreementError, match="does not say in 1-commercial"):
        agreement.quote("1-commercial", "The user may sell the database")
    with pytest.raises(AgreementError, match="no clause '9-none'"):
        agreement.quote("9-none", "The user")


def test_a_quote_may_run_over_the_ends_of_lines(agreement: Agreement) -> None:
    assert agreement.quote("1-commercial", "commercial systems, testing commercial systems").clause == "1-commercial"


def test_the_contact_stands_in_every_version(dataset: Dataset) -> None:
    for agreement in dataset.agreements.values():
        assert dataset.contact in agreement.text


def test_the_citation_has_the_names_of_the_la(dataset: Dataset, agreement: Agreement) -> None:
    clause = folded(agreement.clause("4-citations").text)
    for family, given in dataset.citation.authors:
        assert f"{family}, {given}" in clause or f"{given} {family}" in clause
    for part in (
        dataset.citation.title,
        dataset.citation.journal,
        str(dataset.citation.year),
        dataset.citation.note,
    ):
        assert part in clause


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("agreement.txt", "shall not", "may", "not the text that was released"),
        ("agreement.toml", '"7-warranty", ', "", "10 clauses in the text, 9 in agreement.toml"),
        ("agreement.toml", "has fixed position", "has a fixed position", "does not say in 3-access"),
        ("agreement.toml", '["address"], ', "", "labels without a cell"),
        ("agreement.toml", 'italic = ["IEEE Transactions', 'italic = ["IEEE Trans', "does not say 'IEEE Trans on"),
        ("agreement.toml", "language =", "tongue =", "missing or wrong: 'language'"),
        ("agreement.toml", "version =", "version", "agreement.toml: "),
    ],
)
def test_a_changed_folder_is_refused(tmp_path: Path, file: str, old: str, new: str, complaint: str) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "x"))
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AgreementError, match=re.escape(complaint)):
        load_agreement(folder)
