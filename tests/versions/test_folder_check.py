"""`agreement check`: everything that is wrong with a version is said, and where."""

from pathlib import Path

import pytest

from bot.agreement.agreement import DATASETS
from bot.texts.catalogue import ENGLISH, quotes_used
from bot.versions.folder_check import findings
from tests.newer import NEW, newer_folder

NAMED = quotes_used(ENGLISH)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return newer_folder(tmp_path)


def change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def said(folder: Path) -> str:
    return "\n".join(map(str, findings(folder, NAMED)))


def test_every_version_that_ships_is_sound() -> None:
    shipped = [path.parent for path in DATASETS.glob("*/*/agreement.toml")]
    assert shipped
    assert [found for version in shipped for found in findings(version, NAMED)] == []


def test_a_new_version_with_answers_of_its_own_is_sound(folder: Path) -> None:
    assert said(folder) == ""


def test_all_that_is_wrong_is_said_with_its_line(folder: Path) -> None:
    change(
        folder / "agreement.toml", ("has fixed position", "has a fixed post"), ("IEEE Transactions on A", "IEEE on A")
    )
    change(folder / "agreement.txt", ("shall not use", "may use"))
    found = said(folder)
    assert "agreement.txt: not the text that was released (sha256 " in found
    lines = (folder / "agreement.toml").read_text(encoding="utf-8").splitlines()
    at = {
        name: next(n for n, line in enumerate(lines, 1) if line.startswith(name)) for name in ("no_comm", "fixed_pos")
    }
    wrong = f"agreement.toml:{at['no_comm']}: quote no_commercial: the LA 01.02.2027 does not say in 1-commercial"
    assert wrong in found
    assert f"agreement.toml:{at['fixed_pos']}: quote fixed_position:" in found
    assert "nearest is agreement.txt:28" in found
    assert "layout: the LA does not say 'IEEE on Affective Computing'" in found
    assert "says 'The user may use the' where source.md says 'The user shall not use the'" in found
    assert "../answers.toml: unit 'commercial-use': the LA does not say" in found


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("agreement.toml", "language =", "tongue =", "agreement.toml: language is missing"),
        ("agreement.toml", "language =", "tongue =", "agreement.toml: tongue is nothing that a version has"),
        ("agreement.toml", "language =", "language", "agreement.toml:5: "),
        ("agreement.toml", "italic =", "slanted =", "layout.slanted is nothing that a layout has"),
        ("agreement.toml", '["address"]', '["phone"]', "sign_rows: 'phone' is no field that the bot asks for"),
        ("agreement.toml", '["address"]', '["phone"]', "sign_rows: address must stand there once"),
        ("agreement.toml", '["address"], ', "", "labels without a cell: ['Date']"),
        ("agreement.toml", '["address"], ', '["address"], ["more"], ', "cells without a label: ['date']"),
        ("agreement.toml", '"8-deletion", ', "", "11 clauses in the text, 10 in agreement.toml"),
        ("agreement.toml", '"preamble", "1-commercial"', '"1-commercial", "preamble"', "begin with preamble"),
        ("agreement.toml", "cite = {", "site = {", "quote cite is missing: the bot's texts use it"),
        ("agreement.toml", f'version = "{NEW}"', 'version = "2"', f"version is 2, but the folder is called {NEW}"),
        ("agreement.toml", f'version = "{NEW}"', 'version = "2"', "agreement.txt:3: its title does not name version 2"),
        ("answers.toml", "8-deletion =", "9-none =", "no plain sentence for 8-deletion"),
        ("answers.toml", NEW, "29.04.2026", "unit 'version' names version 29.04.2026"),
        ("../dataset.toml", "xiaobai.li@oulu.fi", "a@b.fi", "the contact a@b.fi of dataset.toml does not stand in it"),
        ("../dataset.toml", "name =", "name", "dataset.toml: "),
        ("../answers.toml", "[[unit]]", "[[unit", "../answers.toml: missing or wrong: "),
    ],
)
def test_a_slip_is_found(folder: Path, file: str, old: str, new: str, complaint: str) -> None:
    change(folder / file, (old, new))
    assert complaint in said(folder)


@pytest.mark.parametrize("file", ["agreement.toml", "agreement.txt", "source.md"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert f"{file}: is missing" in said(folder)
