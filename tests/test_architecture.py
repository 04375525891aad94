"""The house keeps its shape: who may import what, and how long a file may grow."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = re.search(r"(?ms)^PURE := (.*?)\n\n", (ROOT / "Makefile").read_text(encoding="utf-8"))
assert PURE
PURE_FILES = sorted(file for pattern in PURE[1].replace("\\", " ").split() for file in ROOT.glob(f"{pattern}"))
FILES = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("adapters/**/*.py")])
LAYERS = (
    "bot.model",
    "bot.form bot.request bot.agreement bot.language",
    "bot.terms",
    "bot.texts",
    "bot.dialogue",
    "bot.understanding",
    "bot.store",
    "bot.document bot.staff",
    "bot.scan",
    "bot.mailbox bot.reminders bot.reports bot.versions bot.privacy",
    "bot.desk",
    "bot.app",
    "adapters.platform",
    "adapters.slack adapters.telegram adapters.mail",
    "adapters.server",
    "adapters.cli",
    "adapters.__main__",
)
"""From left to right: a package imports from its left; those of one row may import each other, but in no circle."""
APART = frozenset({"adapters.slack", "adapters.telegram", "adapters.mail"})
RANK = {package: rank for rank, row in enumerate(LAYERS) for package in row.split()}
BANNED = re.compile(r"(^|_)(manager|util|utils|helper|helpers|common|data|process)(_|$)")
# `data` is LA_BOT_DATA's setting in one, and the name that TinyDB and pyHanko give a parameter in the others.
DATA_ALLOWED = {"config", "tinydb_tables", "seal"}


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = frozenset(map(module_of, FILES))


def imports_of(text: str, modules: frozenset[str] = MODULES) -> Iterator[str]:
    """The modules that a source text imports, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (named & modules) or {node.module}


def package_of(module: str) -> str:
    """The room of a module: its first two names."""
    return ".".join(module.split(".")[:2])


def graph_of(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Who imports whom, within the house."""
    modules = frozenset(texts)
    return {module: {i for i in imports_of(text, modules) if i in modules} for module, text in texts.items()}


def against_the_line(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Imports that run to the right of the line, or from one platform to another."""
    pairs = [(m, i) for m, found in graph.items() for i in found if package_of(m) != package_of(i)]
    pairs = [(m, i) for m, i in pairs if package_of(m) in RANK and package_of(i) in RANK]
    return sorted(
        f"{m} -> {i}"
        for m, i in pairs
        if RANK[package_of(i)] > RANK[package_of(m)] or {package_of(m), package_of(i)} <= APART
    )


def circle_in(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """What is left once all that import nothing left were taken away: [] where there is no circle."""
    left = {module: set(found) - {module} for module, found in graph.items()}
    while free := [module for module, found in left.items() if not found & left.keys()]:
        for module in free:
            del left[module]
    return sorted(left)


def packages_of(graph: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Which room imports which."""
    rooms: dict[str, set[str]] = {}
    for module, found in graph.items():
        rooms.setdefault(package_of(module), set()).update(map(package_of, found))
    return rooms


def impure_imports(text: str, pure: frozenset[str]) -> set[str]:
    """What a pure module may not import: libraries, and modules that are not pure."""
    return {i for i in imports_of(text) if i not in pure and i.split(".")[0] not in sys.stdlib_module_names}


HOUSE = {module_of(path): path.read_text(encoding="utf-8") for path in FILES}
PURE_MODULES = frozenset(map(module_of, PURE_FILES)) | {"bot.store.port"}  # which only declares


def test_there_is_a_house() -> None:
    assert len(HOUSE) > 150
    assert len(PURE_MODULES) > 20
    assert {package_of(module) for module in HOUSE} - RANK.keys() == {"bot", "adapters"}
    assert sum(map(len, graph_of(HOUSE).values())) > 600


def test_no_module_stands_outside_of_the_rooms() -> None:
    assert [path.name for path in ROOT.glob("bot/*.py")] == ["__init__.py"]
    assert {path.name for path in ROOT.glob("adapters/*.py")} == {"__init__.py", "__main__.py", "platform.py"}


def test_imports_run_to_the_left_of_the_line() -> None:
    assert against_the_line(graph_of(HOUSE)) == []


def test_no_files_and_no_packages_import_each_other_in_a_circle() -> None:
    assert circle_in(graph_of(HOUSE)) == []
    assert circle_in(packages_of(graph_of(HOUSE))) == []


@pytest.mark.parametrize(
    ("planted", "line"),
    [
        ("bot.model.people", "from bot.desk.desk import Desk"),
        ("bot.dialogue.state", "import bot.app.config"),
        ("adapters.slack.app", "from adapters.telegram import client"),
        ("bot.texts.say", "def f() -> None:\n    from bot.store.port import Store"),
    ],
)
def test_a_planted_import_against_the_line_is_seen(planted: str, line: str) -> None:
    assert against_the_line(graph_of(HOUSE | {planted: f"{HOUSE[planted]}\n{line}\n"})) != []


def test_a_planted_circle_is_seen() -> None:
    files = HOUSE | {"bot.model.identity": HOUSE["bot.model.identity"] + "\nimport bot.request.request_id\n"}
    assert circle_in(graph_of(files)) != []
    rooms = HOUSE | {"bot.model.errors": HOUSE["bot.model.errors"] + "\nimport bot.form.validation\n"}
    assert circle_in(packages_of(graph_of(rooms))) != []


@pytest.mark.parametrize("path", PURE_FILES, ids=module_of)
def test_a_pure_module_imports_the_standard_library_and_pure_modules_only(path: Path) -> None:
    assert impure_imports(path.read_text(encoding="utf-8"), PURE_MODULES) == set()


def test_an_impure_import_is_seen() -> None:
    for line in ("import numpy", "from bot.app.service import Service", "from tinydb import TinyDB"):
        assert impure_imports(line, PURE_MODULES) != set()


@pytest.mark.parametrize("path", PURE_FILES, ids=module_of)
def test_a_pure_module_has_no_clock_no_chance_and_no_disk(path: Path) -> None:
    impure = {"os", "io", "pathlib", "random", "secrets", "socket", "time", "asyncio", "uuid", "tempfile", "subprocess"}
    text = path.read_text(encoding="utf-8")
    assert not impure & {imported.split(".")[0] for imported in imports_of(text)}
    assert not re.search(r"\.now\(|\.today\(|\bopen\(|\bprint\(", text)


@pytest.mark.parametrize("path", [path for path in FILES if path.is_relative_to(ROOT / "bot")], ids=module_of)
def test_the_core_knows_no_platform(path: Path) -> None:
    platforms = {"adapters", "telegram", "slack_bolt", "slack_sdk", "aiohttp", "prompt_toolkit", "argparse"}
    assert not platforms & {imported.split(".")[0] for imported in imports_of(path.read_text(encoding="utf-8"))}


def test_only_who_opens_a_store_knows_its_engines() -> None:
    engines = {"bot.store.journal.store", "bot.store.postgres.store"}
    knowing = {module for module, found in graph_of(HOUSE).items() if engines & found}
    assert {m for m in knowing if package_of(m) != "bot.store"} == set()


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_module_is_one_room(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 350


@pytest.mark.parametrize("path", FILES, ids=module_of)
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
