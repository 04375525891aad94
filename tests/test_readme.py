"""The README says what is so: its commands, settings and dialogue are those of the bot."""

import re
from pathlib import Path

from bot.app.config import SETTINGS
from tests.talk import texts

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme_and_in_the_example_with_its_default() -> None:
    assert len(SETTINGS) > 5
    for setting in SETTINGS:
        assert f"`{setting.name}`" in README
        assert f"# {setting.meaning}\n# {setting.name}={setting.default}\n" in EXAMPLE


def test_the_example_sets_nothing_and_names_nothing_else() -> None:
    assert re.findall(r"(?m)^[^#\n]", EXAMPLE) == []
    assert re.findall(r"(?m)^# ([A-Z][A-Z_]+)=", EXAMPLE) == [setting.name for setting in SETTINGS]


def test_every_make_target_of_the_readme_is_there() -> None:
    targets = set(re.findall(r"\bmake ([a-z]+)(?=[`\s]+(?:#|measures|runs))", README))
    assert {"chat", "test"} <= targets
    assert targets <= set(re.findall(r"(?m)^([a-z]+):", MAKEFILE))


def test_the_dialogue_in_the_readme_is_the_bots() -> None:
    shown = README.split("```text\n")[1].split("```")[0]
    transcript = (ROOT / "tests" / "transcripts" / "student_with_professor.txt").read_text(encoding="utf-8")
    parts = [part.strip("\n") for part in shown.split("…\n")]
    assert len(parts) > 1
    for part in parts:
        assert part in transcript


def test_the_glossary_uses_the_words_of_the_texts() -> None:
    assert texts().words["field.address"] == "Detail Address"
    for word in ("Applicant", "Signer", "Staff", "LicenseRequest", "Agreement", "Clause", "Account"):
        assert f"**{word}**" in README
