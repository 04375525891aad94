"""The READMEs say what is so: commands, settings, dialogue, files and packages are those of the bot."""

import argparse
import re
from pathlib import Path

import pytest

from adapters.cli.arguments import parser_of_all
from bot.app.config import SETTINGS
from bot.desk.commands import BY_NAME
from tests.talk import texts
from tests.test_architecture import HOUSE, graph_of, packages_of

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
READMES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [
        ROOT / "README.md",
        *(p for top in ("bot", "adapters", "templates", "tests") for p in ROOT.glob(f"{top}/**/README.md")),
    ]
}
BESIDE = {
    "templates/agreement/README.md": ("la-bot agreement diff", "make answers", "When the LA changes"),
    "bot/privacy/README.md": ("erase my data", "LA_BOT_RETENTION_BACKUP", "Encryption at rest"),
    "bot/document/README.md": ("Noto Serif", "la-bot verify"),
    "tests/README.md": ("make soak", "make eval", "permitted where the LA says no"),
}
CLI = READMES["adapters/cli/README.md"]


def chapter(title: str) -> str:
    """Return the text of a chapter of the README."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the commands or verbs under a parser."""
    actions = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001 - no other way
    return dict(next(actions, argparse.Namespace(choices={})).choices)


def names_a_file(text: str) -> bool:
    """Tell whether a code span is a path in this repository."""
    return re.fullmatch(r"(?:bot|adapters|templates|tests)/[\w./-]+", text) is not None


def test_the_readme_is_for_the_first_minute() -> None:
    assert len(README.splitlines()) <= 180


def test_every_setting_is_in_the_example_with_its_default() -> None:
    assert len(SETTINGS) > 5
    for setting in SETTINGS:
        assert f"# {setting.meaning}\n# {setting.name}={setting.default}\n" in EXAMPLE


def test_every_setting_that_the_code_names_is_in_the_example() -> None:
    named = {
        name for text in HOUSE.values() for name in re.findall(r"\b(?:LA_BOT|SLACK|TELEGRAM)_[A-Z_]*[A-Z]\b", text)
    }
    assert len(named) > 20
    assert named - set(re.findall(r"(?m)^# ([A-Z][A-Z_]+)=", EXAMPLE)) == set()


def test_the_example_sets_nothing_and_names_nothing_else() -> None:
    assert re.findall(r"(?m)^[^#\n]", EXAMPLE) == []
    assert re.findall(r"(?m)^# ([A-Z][A-Z_]+)=", EXAMPLE) == [setting.name for setting in SETTINGS]


def test_the_eight_settings_of_the_readme_are_those_of_the_bot() -> None:
    rows = re.findall(r"(?m)^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", chapter("Settings"))
    known = {s.name: (s.meaning, f"`{s.default}`" if s.default else "") for s in SETTINGS}
    assert len(rows) == 8
    assert {name: (meaning, default.strip()) for name, meaning, default in rows} == {n: known[n] for n, _, _ in rows}


@pytest.mark.parametrize("name", sorted(READMES))
def test_every_setting_of_a_readme_is_one(name: str) -> None:
    named = set(re.findall(r"`((?:LA_BOT|SLACK|TELEGRAM)_[A-Z_]+)", READMES[name]))
    assert named <= {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("name", sorted(READMES))
def test_every_make_target_of_a_readme_is_there(name: str) -> None:
    targets = set(re.findall(r"(?m)(?:`|^)make ([a-z]+)\b", READMES[name]))
    assert targets <= set(re.findall(r"(?m)^([a-z]+):", MAKEFILE))


def test_the_quick_start_is_two_commands() -> None:
    assert re.findall(r"(?m)^make ([a-z]+) ", chapter("Quick start")) == ["chat", "test"]


def test_the_dialogue_in_the_readme_is_the_bots() -> None:
    shown = README.split("```text\n")[1].split("```")[0]
    transcripts = [path.read_text(encoding="utf-8") for path in ROOT.glob("tests/transcripts/*.txt")]
    parts = [part.strip("\n") for part in shown.split("…\n")]
    assert len(parts) == 3
    for part in parts:
        assert any(part in transcript for transcript in transcripts), part


def test_the_glossary_uses_the_words_of_the_texts() -> None:
    assert texts().words["field.address"] == "Detail Address"
    for word in ("Applicant", "Signer", "Staff", "LicenseRequest", "Agreement", "Clause", "Account"):
        assert f"**{word}**" in READMES["bot/README.md"]


def test_every_command_is_listed_beside_the_command_line_and_no_other() -> None:
    tree = subcommands(parser_of_all())
    found = [(command, verb) for command, parser in tree.items() for verb in subcommands(parser) or [""]]
    assert len(found) > 15
    for command, verb in found:
        assert f"la-bot {command} {verb}".strip() in CLI or f"/ `{verb} " in CLI
    first = set(re.findall(r"(?m)^\| `la-bot ([a-z-]+)", CLI))
    assert first == set(tree)


@pytest.mark.parametrize("name", sorted(READMES))
def test_every_command_line_of_a_readme_is_one(name: str) -> None:
    tree = subcommands(parser_of_all())
    for command, verb in re.findall(r"\bla-bot ([a-z][a-z-]*)(?:\s+([a-z-]+))?", READMES[name]):
        assert command in tree
        assert not subcommands(tree[command]) or verb in subcommands(tree[command])


def test_every_command_of_staff_in_the_readme_is_one() -> None:
    listed = re.findall(r"(?m)^- .*(?:\n  .*)*", chapter("For staff"))
    said = [span for line in listed for span in re.findall(r"`([^`]+)`", line)]
    assert len(said) > 20
    for span in said:
        assert any(span == name or span.startswith(f"{name} ") for name in BY_NAME), span


def test_where_do_i_change_names_files_that_are_there() -> None:
    rows = re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \|$", chapter("Where do I change …"))[1:]
    assert len(rows) >= 12
    for task, files in rows:
        paths = [span for span in re.findall(r"`([^`]+)`", files) if "/" in span or span.startswith(".")]
        assert paths, task
        assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", sorted(READMES))
def test_every_file_that_a_readme_names_is_there(name: str) -> None:
    here = (ROOT / name).parent
    spans = set(re.findall(r"`([^`\n]+)`", READMES[name]))
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", READMES[name]) if "://" not in link}
    assert [
        span for span in spans if names_a_file(span) and not (ROOT / span).exists() and not (here / span).exists()
    ] == []
    modules = [span for span in spans if re.fullmatch(r"[\w./]+\.py", span)]
    assert [module for module in modules if not (ROOT / module).exists() and not (here / module).exists()] == []
    assert [link for link in links if not (here / link).exists()] == []


def test_the_picture_shows_every_package_each_after_what_it_imports() -> None:
    shown = [path.replace("/", ".") for path in re.findall(r"(?m)^\| `((?:bot|adapters)/\w+)` ", chapter("The layers"))]
    packages = {module for module in HOUSE if module.count(".") == 1 and any(m.startswith(f"{module}.") for m in HOUSE)}
    assert len(packages) > 15
    assert set(shown) == packages
    imports = packages_of(graph_of(HOUSE))
    late = {(room, i) for room in shown for i in imports[room] & packages if shown.index(i) > shown.index(room)}
    assert late == set()


@pytest.mark.parametrize("name", sorted(BESIDE))
def test_the_long_chapters_stand_beside_their_subject(name: str) -> None:
    for part in BESIDE[name]:
        assert part in READMES[name]
    assert f"]({name})" in README
