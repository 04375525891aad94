"""The LA as data: a dataset's folder, and in it one folder for each version of its License Agreement.

The text of a version is immutable once released: its folder pins the SHA-256 of `agreement.txt`, the canonical form
(the licensor's markdown made plain; words, punctuation and numbering kept, slips included). Every quote is looked up
in it. Nothing here renders: that is `bot.document.worker`.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.agreement.clauses import Block, Clause, ClauseId, Items, ListItem, Paragraph, Quote
from bot.agreement.reasons import Reason, load_reasons
from bot.model.errors import AgreementError

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
DATASETS = TEMPLATES / "agreement"

PREAMBLE, SIGNATURE = ClauseId("preamble"), ClauseId("signature")
_HEADING = re.compile(r"(\d+)\. (\S.*)")
_ITEM = re.compile(r"- (?:([A-Z]\.) )?(.+)")


@dataclass(frozen=True, slots=True)
class SignCell:
    """A cell of the sign block: `key` is a signer field's name, or `signature` or `date`; `label` is the LA's."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The typography of the licensor's source: bold and italic passages, paragraph beginnings that are set apart."""

    bold: tuple[str, ...] = ()
    italic: tuple[str, ...] = ()
    set_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of the LA, checked. `sha256` is of the canonical text file's bytes; `quotes` are named passages."""

    version: str
    language: str
    text: str
    sha256: str
    clauses: tuple[Clause, ...]
    sign_here: str
    sign_block: tuple[tuple[SignCell, ...], ...]
    quotes: Mapping[str, Quote]
    layout: Layout
    folder: Path

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id. Raises AgreementError where the version has none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise AgreementError(f"the LA {self.version} has no clause {clause_id!r}")

    def quote(self, clause_id: str, text: str) -> Quote:
        """`text` as a quote. Raises AgreementError where the clause does not say it to the letter."""
        if not text or folded(text) not in folded(self.clause(clause_id).text):
            raise AgreementError(f"the LA {self.version} does not say in {clause_id}: {text!r}")
        return Quote(ClauseId(clause_id), text)


@dataclass(frozen=True, slots=True)
class Citation:
    """The reference that the LA asks for, in the parts that citation formats need. `authors`: (family, given)."""

    key: str
    authors: tuple[tuple[str, str], ...]
    title: str
    journal: str
    year: int
    note: str


@dataclass(slots=True)
class InForce:
    """The version in force: dataset.toml's, until the day of an announced one. It is told the time and each such day.

    The one thing here that changes while the bot runs: each turn and each round of the clock looks at it first.
    """

    version: str
    days: tuple[tuple[datetime, str], ...] = ()

    def look(self, now: datetime) -> None:
        """Let the version of the last day that has come hold."""
        self.version = next((version for at, version in sorted(self.days, reverse=True) if at <= now), self.version)

    @property
    def coming(self) -> tuple[datetime, str] | None:
        """The last announced day and its version, where that version does not hold yet."""
        last = max(self.days, default=None)
        return last if last and last[1] != self.version else None

    def is_past(self, version: str) -> bool:
        """Return whether another version has taken the place of this one."""
        return version != self.version and not (self.coming and self.coming[1] == version)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The dataset's facts that hold in every version, and all the versions. `practice` is CMVS's, not the LA's.

    `reminders`: what of `bot.reminders.policy.ReminderPolicy` is the dataset's own: `days`, `every`, `expiry`,
    `follow_up`.
    """

    name: str
    id_prefix: str
    title: str
    contact: str
    licensor: str
    licensor_short: str
    practice: Mapping[str, str]
    reminders: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    citation: Citation
    agreements: Mapping[str, Agreement]
    in_force: InForce
    folder: Path

    @property
    def current(self) -> Agreement:
        """The version in force, which new requests are issued on."""
        return self.agreements[self.in_force.version]

    @property
    def current_version(self) -> str:
        """Its name."""
        return self.in_force.version


def folded(text: str) -> str:
    """Text with runs of white space and list bullets made one space: a quote may run over the ends of lines."""
    return " ".join(text.replace("\n- ", "\n").split())


def load_dataset(folder: Path) -> Dataset:
    """Read a dataset's folder and every version in it. Raises AgreementError that names the file and what is wrong."""
    settings = read_toml(folder / "dataset.toml")
    versions = (load_agreement(path.parent) for path in sorted(folder.glob("*/agreement.toml")))
    agreements = {agreement.version: agreement for agreement in versions}
    try:
        citation = settings["citation"] | {"authors": tuple((a, b) for a, b in settings["citation"]["authors"])}
        dataset = Dataset(
            **{key: settings[key] for key in ("name", "id_prefix", "title", "contact", "licensor", "licensor_short")},
            practice=settings["practice"],
            reminders=_reminders(settings.get("reminders", {})),
            reasons=load_reasons(settings.get("reasons", ())),
            citation=Citation(**citation),
            agreements=agreements,
            in_force=InForce(settings["current"]),
            folder=folder,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AgreementError(f"{folder / 'dataset.toml'}: missing or wrong: {error}") from error
    if dataset.current_version not in agreements:
        raise AgreementError(f"{folder}: no version {dataset.current_version!r}, which dataset.toml calls current")
    for reason in dataset.reasons:
        if reason.quote:
            dataset.current.quote(reason.quote.clause, reason.quote.text)
    return dataset


def _reminders(table: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of reminders, where a dataset has its own. Raises ValueError for what is no plan."""
    plan = {name: tuple(value) if name == "days" else value for name, value in table.items()}
    numbers = [number for value in plan.values() for number in (value if isinstance(value, tuple) else (value,))]
    if not plan.keys() <= {"days", "every", "expiry", "follow_up"} or plan.get("days") == ():
        raise ValueError("[reminders] has days, every, expiry and follow_up")
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        raise ValueError("[reminders] has whole numbers of days")
    return plan


def load_agreement(folder: Path) -> Agreement:
    """Read one version's folder and check it: the hash, the clauses, the sign block, every named quote.

    Raises AgreementError that names the file and what is wrong.
    """
    settings = read_toml(folder / "agreement.toml")
    try:
        agreement = drafted(folder, settings, (folder / "agreement.txt").read_bytes())
        wrong = next(wrong_with(agreement, settings["sha256"]), None)
    except (KeyError, TypeError, ValueError) as error:
        raise AgreementError(f"{folder / 'agreement.toml'}: missing or wrong: {error}") from error
    if wrong:
        raise AgreementError(f"{folder / wrong[0]}: {wrong[1]}")
    return agreement


def wrong_with(draft: Agreement, pinned: str) -> Iterator[tuple[str, str]]:
    """Yield the faults of a well-formed version, as (file, fault). `pinned`: the SHA-256 that its folder names."""
    if draft.sha256 != pinned:
        yield "agreement.txt", f"not the text that was released (sha256 {draft.sha256})"
    for name, quote in draft.quotes.items():
        try:
            draft.quote(quote.clause, quote.text)
        except AgreementError as error:
            yield "agreement.toml", f"quote {name}: {error}"
    for passage in draft.layout.bold + draft.layout.italic + draft.layout.set_off:
        if passage not in draft.text:
            yield "agreement.toml", f"layout: the LA does not say {passage!r}"


def drafted(folder: Path, settings: Mapping[str, Any], source: bytes) -> Agreement:
    """A version by its settings and its text's bytes, its words not yet checked.

    Raises AgreementError, KeyError, TypeError or ValueError where its shape is not a version's.
    """
    text = source.decode()
    sections = list(_sections(text, settings["sign_here"]))
    if len(sections) != len(settings["clauses"]):
        raise AgreementError(
            f"{folder}: {len(sections)} clauses in the text, {len(settings['clauses'])} in agreement.toml"
        )
    if len(sections[0][0].splitlines()) != 3:
        raise AgreementError(f"{folder / 'agreement.txt'}: it begins with three lines: title, dataset, version")
    clauses = tuple(_clause(ClauseId(i), section) for i, section in zip(settings["clauses"], sections, strict=True))
    return Agreement(
        version=settings["version"],
        language=settings["language"],
        text=text,
        sha256=hashlib.sha256(source).hexdigest(),
        clauses=clauses,
        sign_here=settings["sign_here"],
        sign_block=_sign_block(settings["sign_rows"], sections[-1][-1]),
        quotes={name: Quote(ClauseId(q["clause"]), q["text"]) for name, q in settings["quotes"].items()},
        layout=Layout(**{key: tuple(passages) for key, passages in settings["layout"].items()}),
        folder=folder,
    )


def _sections(text: str, sign_here: str) -> Iterator[list[str]]:
    """The text's paragraphs, grouped: the title block, each numbered clause, the sign block."""
    section: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        if _HEADING.fullmatch(paragraph) or paragraph == sign_here:
            yield section
            section = []
        section.append(paragraph)
    yield section


def _clause(clause_id: ClauseId, section: list[str]) -> Clause:
    text, heading = "\n\n".join(section), _HEADING.fullmatch(section[0])
    if heading:
        return Clause(clause_id, heading[1], heading[2], tuple(map(_block, section[1:])), text)
    return Clause(clause_id, "", section[0].partition("\n")[0], tuple(map(_block, section[1:])), text)


def _block(paragraph: str) -> Block:
    lines = paragraph.splitlines()
    items = [_ITEM.fullmatch(line) for line in lines]
    found = tuple(ListItem(item[2], item[1] or "") for item in items if item)
    return Items(found) if len(found) == len(lines) else Paragraph(paragraph)


def _sign_block(rows: list[list[str]], labels: str) -> tuple[tuple[SignCell, ...], ...]:
    names = labels.splitlines()
    if left := names[sum(map(len, rows)) :]:
        raise AgreementError(f"the sign block has labels without a cell: {left}")
    if lacking := [key for row in rows for key in row][len(names) :]:
        raise AgreementError(f"the sign block has cells without a label: {lacking}")
    named = iter(names)
    return tuple(tuple(SignCell(key, next(named)) for key in row) for row in rows)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file of a dataset. Raises AgreementError that names it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AgreementError(f"{path} is missing") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AgreementError(f"{path}: {error}") from None
