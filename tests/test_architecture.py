"""The house keeps its shape: who may import what, and how long a file may grow."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = re.search(r"(?ms)^PURE := \$\(addprefix bot/,(.*?)\)$", (ROOT / "Makefile").read_text(encoding="utf-8"))
assert PURE
PURE_MODULES = [f"bot/{name}" for name in PURE[1].replace("\\", " ").split()]
BOT = sorted(ROOT.glob("bot/**/*.py"))
ADAPTERS = sorted(ROOT.glob("adapters/*.py"))
BANNED = re.compile(r"(^|_)(manager|util|utils|helper|helpers|common|data|process)(_|$)")
# `data` is LA_BOT_DATA's setting in one, and the name that TinyDB and pyHanko give a parameter in the others.
DATA_ALLOWED = {"config", "tables", "seal"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" if node.module == "bot" else node.module for alias in node.names)


def test_there_is_a_house() -> None:
    assert len(BOT) > 30
    assert len(ADAPTERS) > 4
    assert len(PURE_MODULES) > 8


@pytest.mark.parametrize("name", PURE_MODULES)
def test_a_pure_module_imports_the_standard_library_and_pure_modules_only(name: str) -> None:
    pure = {module.removesuffix(".py").replace("/", ".") for module in PURE_MODULES} | {"bot.ports"}  # only declares
    for imported in imports(ROOT / name):
        assert imported in pure or imported.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("name", PURE_MODULES)
def test_a_pure_module_has_no_clock_no_chance_and_no_disk(name: str) -> None:
    impure = {"os", "io", "pathlib", "random", "secrets", "socket", "time", "asyncio", "uuid", "tempfile", "subprocess"}
    assert not impure & {imported.split(".")[0] for imported in imports(ROOT / name)}
    assert not re.search(r"\.now\(|\.today\(|\bopen\(|\bprint\(", (ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", BOT, ids=lambda path: path.stem)
def test_the_core_knows_no_platform(path: Path) -> None:
    platforms = {"adapters", "telegram", "slack_bolt", "slack_sdk", "aiohttp", "prompt_toolkit", "argparse"}
    assert not platforms & {imported.split(".")[0] for imported in imports(path)}


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: path.stem)
def test_only_the_composition_root_builds_a_store_or_a_renderer(path: Path) -> None:
    concrete = {"bot.store.tinydb", "bot.store.postgres"} & set(imports(path))
    assert not concrete or path.stem == "__main__"


@pytest.mark.parametrize("path", BOT + ADAPTERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_module_is_one_room(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 350


@pytest.mark.parametrize("path", BOT + ADAPTERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_names_say_what_a_thing_is(path: Path) -> None:
    names = {path.stem}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name.lower())
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    allowed = {"callback_data"} | ({"data"} if path.stem in DATA_ALLOWED else set())  # the former is Telegram's word
    assert {name for name in names - allowed if BANNED.search(name.replace("personal_data", ""))} == set()
