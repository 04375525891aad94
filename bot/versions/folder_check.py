"""The check of a folder as a version of the LA: it reports all faults, not the first alone.

A folder is checked beside its dataset's (`dataset.toml`, `answers.toml`), in which it lies. Nothing is written.
"""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.agreement.agreement import PREAMBLE, SIGNATURE, Agreement, drafted, read_toml, wrong_with
from bot.model.errors import AgreementError
from bot.model.people import SIGNER_FIELDS
from bot.terms.answer_bank import UNITS, wrong_with_answers

_KEYS = frozenset({"version", "language", "sha256", "clauses", "sign_here", "sign_rows", "layout", "quotes"})
_LAYOUT = frozenset({"bold", "italic", "set_off"})
_BY_HAND = ("signature", "date")
_MARKDOWN = re.compile(r"\*|\\|\]\(#\)|(?m:^\[)")
_TABLE = re.compile(r"(?m)^\|[ |-]*$|^- |\|")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: in which file, at which line of it (0: the whole of it), and what is to be done."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


def findings(folder: Path, named: Collection[str]) -> list[Finding]:
    """All that is wrong with a version's folder; `named` are the quotes that the bot's texts ask for."""
    missing = [
        Finding(name, 0, "is missing")
        for name in ("agreement.toml", "agreement.txt", "source.md")
        if not (folder / name).is_file()
    ]
    try:
        settings = tomllib.loads((folder / "agreement.toml").read_text(encoding="utf-8"))
        source = (folder / "agreement.txt").read_bytes()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [*missing, Finding("agreement.toml", _line_in(str(error)), str(error))]
    except FileNotFoundError:
        return missing
    return [*missing, *_keys(settings), *_words(folder, settings, source, named)]


def words(text: str) -> list[str]:
    """The words and punctuation of a text, without the marks that markdown and layout add."""
    return _MARKDOWN.sub("", _TABLE.sub(" ", text)).split()


def _keys(settings: Mapping[str, Any]) -> Iterator[Finding]:
    for key in sorted(_KEYS - settings.keys()):
        yield Finding("agreement.toml", 0, f"{key} is missing")
    for key in sorted(settings.keys() - _KEYS):
        yield Finding("agreement.toml", 0, f"{key} is nothing that a version has")
    for key in sorted(settings.get("layout", {}).keys() - _LAYOUT):
        yield Finding("agreement.toml", 0, f"layout.{key} is nothing that a layout has")
    cells = [cell for row in settings.get("sign_rows", ()) for cell in row]
    for cell in cells:
        if cell not in (*SIGNER_FIELDS, *_BY_HAND):
            yield Finding("agreement.toml", 0, f"sign_rows: {cell!r} is no field that the bot asks for")
    for field in (*SIGNER_FIELDS, *_BY_HAND):
        if cells.count(field) != 1:
            yield Finding("agreement.toml", 0, f"sign_rows: {field} must stand there once")
    clauses = settings.get("clauses", [PREAMBLE, SIGNATURE])
    if clauses[:1] != [PREAMBLE] or clauses[-1:] != [SIGNATURE] or len(set(clauses)) != len(clauses):
        yield Finding("agreement.toml", 0, f"clauses: they begin with {PREAMBLE}, end with {SIGNATURE}, each once")


def _words(folder: Path, settings: Mapping[str, Any], source: bytes, named: Collection[str]) -> Iterator[Finding]:
    try:
        draft = drafted(folder, settings, source)
    except (AgreementError, KeyError, TypeError, ValueError) as error:
        text = str(error).removeprefix(f"{folder / 'agreement.txt'}: ").removeprefix(f"{folder}: ")
        if str(error).strip("'") not in _KEYS:  # said above, in better words
            yield Finding("agreement.txt", 0, f"{text}; the words are checked once this is right")
        return
    lines = (folder / "agreement.toml").read_text(encoding="utf-8").splitlines()
    for file, what in wrong_with(draft, str(settings.get("sha256"))):
        yield Finding(file, _place(lines, what) if file == "agreement.toml" else 0, what + _nearest(draft, what))
    for name in sorted(set(named) - draft.quotes.keys()):
        yield Finding("agreement.toml", 0, f"quote {name} is missing: the bot's texts use it")
    yield from _named_rightly(folder, draft)
    yield from _as_the_source_says(folder, draft)
    yield from _beside_the_dataset(folder.parent, draft)


def _named_rightly(folder: Path, draft: Agreement) -> Iterator[Finding]:
    if folder.resolve().name != draft.version:
        yield Finding("agreement.toml", 0, f"version is {draft.version}, but the folder is called {folder.name}")
    if not re.search(rf"(?<!\d){re.escape(draft.version)}$", draft.text.split("\n\n")[0]):
        yield Finding("agreement.txt", 3, f"its title does not name version {draft.version}")


def _as_the_source_says(folder: Path, draft: Agreement) -> Iterator[Finding]:
    """The licensor's own text has the same words; the first place where it has not is named."""
    if not (folder / "source.md").is_file():
        return
    ours, theirs = words(draft.text), words((folder / "source.md").read_text(encoding="utf-8"))
    for tag, i, j, k, m in difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if tag != "equal":
            said, written = " ".join(theirs[max(0, i - 2) : j + 2]), " ".join(ours[max(0, k - 2) : m + 2])
            yield Finding("agreement.txt", 0, f"says {written!r} where source.md says {said!r}")


def _beside_the_dataset(dataset: Path, draft: Agreement) -> Iterator[Finding]:
    try:
        settings = read_toml(dataset / "dataset.toml")
    except AgreementError as error:
        yield Finding("../dataset.toml", 0, f"{error}: a version lies in its dataset's folder")
        return
    if (contact := settings.get("contact", "")) not in draft.text:
        yield Finding("agreement.txt", 0, f"the contact {contact} of dataset.toml does not stand in it")
    others = [path.parent.name for path in dataset.glob("*/agreement.toml") if path.parent.name != draft.version]
    yield from (Finding(f"../{UNITS}", 0, what) for what in wrong_with_answers(dataset, draft, others))


def _place(lines: list[str], what: str) -> int:
    """The line of agreement.toml that names the quote, or has the passage, which is wrong."""
    key = what.removeprefix("quote ").partition(":")[0]
    begins = (
        n for n, line in enumerate(lines, 1) if line.startswith(f"{key} ") or (key == "layout" and "[layout]" in line)
    )
    return next(begins, 0)


def _nearest(draft: Agreement, what: str) -> str:
    """Return the passage of the text that is nearest to the words which it does not have."""
    _, found, wanted = what.partition(" say")
    if not found:
        return ""
    lines = draft.text.splitlines()
    shared = [difflib.SequenceMatcher(None, wanted, line, autojunk=False).find_longest_match().size for line in lines]
    return f"; nearest is agreement.txt:{shared.index(max(shared)) + 1}"


def _line_in(message: str) -> int:
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else 0
