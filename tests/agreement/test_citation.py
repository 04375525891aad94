"""Clause 4's reference, in every form, says what the LA says."""

import json
import re
from dataclasses import replace

from bot.agreement import citation
from bot.agreement.agreement import DATASETS, Citation, folded, load_dataset

DATASET = load_dataset(DATASETS / "4dme")
CITED = DATASET.citation


def test_the_text_is_the_reference_of_clause_4_to_the_letter() -> None:
    reference = citation.as_text(CITED).removesuffix(f" ({CITED.note}.)")
    assert reference in folded(DATASET.current.clause("4-citations").text)


def test_every_part_of_the_reference_stands_in_clause_4() -> None:
    clause = folded(DATASET.current.clause("4-citations").text)
    parts = [*(part for author in CITED.authors for part in author), CITED.title, CITED.journal, CITED.note]
    assert [part for part in parts if part not in clause] == []


def test_bibtex_holds_every_author_in_order_and_keeps_the_capitals_of_the_title() -> None:
    entry = citation.as_bibtex(CITED)
    fields = dict(re.findall(r"^  (\w+) *= \{(.*)\},$", entry, re.MULTILINE))
    assert fields == {
        "author": " and ".join(f"{family}, {given}" for family, given in CITED.authors),
        "title": "{4DME: A spontaneous 4D micro-expression dataset with multimodalities}",
        "journal": "IEEE Transactions on Affective Computing",
        "year": "2022",
        "note": "Early access version",
    }
    assert entry.startswith("@article{li2022fourdme,\n")
    assert entry.count("{") == entry.count("}")


def test_bibtex_escapes_what_tex_would_take_for_a_command() -> None:
    entry = citation.as_bibtex(replace(CITED, journal="Signals & Systems_100%"))
    assert r"{Signals \& Systems\_100\%}" in entry


def test_ris_begins_with_its_type_ends_with_its_end_and_has_a_line_an_author() -> None:
    lines = citation.as_ris(CITED).split("\r\n")
    assert lines[0] == "TY  - JOUR"
    assert lines[-2:] == ["ER  - ", ""]
    assert [line[6:] for line in lines if line.startswith("AU")] == [", ".join(author) for author in CITED.authors]


def test_csl_json_gives_back_the_citation() -> None:
    (item,) = json.loads(citation.as_csl_json(CITED))
    again = Citation(
        key=item["id"],
        authors=tuple((author["family"], author["given"]) for author in item["author"]),
        title=item["title"],
        journal=item["container-title"],
        year=item["issued"]["date-parts"][0][0],
        note=item["note"],
    )
    assert again == CITED


def test_a_reference_with_one_author_has_no_and() -> None:
    alone = replace(CITED, authors=CITED.authors[:1])
    assert citation.as_text(alone).startswith('Li, Xiaobai. "4DME: ')
