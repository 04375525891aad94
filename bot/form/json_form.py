"""A request that comes filled in, as JSON, rather than from a chat: read, and judged as the chat judges it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.form.outcome import Accepted, Doubtful, Problem, Rejected
from bot.form.validation import FieldPolicy, check
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Applicant, Field, PersonalData, Signer, Standing

_PATHS: Mapping[Field, tuple[str, str]] = {
    **{field: ("applicant", field.removeprefix("applicant_")) for field in APPLICANT_FIELDS},
    **{field: ("signer", str(field)) for field in SIGNER_FIELDS},
}
"""The path of each field in the JSON."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A refused field, as it is written in the JSON (`signer.email`), and its fault."""

    field: str
    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The persons of a request, and what the chat would have asked about, as (field in the JSON, problem)."""

    persons: PersonalData
    standing: Standing
    warnings: tuple[tuple[str, Problem], ...]


def read_prefilled(document: object, policy: FieldPolicy) -> Prefilled | Wrong:
    """`{"applicant": {"name", "email"}, "signer": {"name", "title", "affiliation", "email", "address"}}`.

    `applicant` is left out where the signer asks; `"standing"` beside it may say "researcher" of one who is no student.
    """
    shape = _shape(document)
    if isinstance(shape, Wrong):
        return shape
    draft: dict[Field, str] = {}
    warnings: list[tuple[str, Problem]] = []
    for field, text in shape.items():
        match check(field, text, draft, policy):
            case Accepted(value):
                draft[field] = value
            case Doubtful(value, problem):
                draft[field] = value
                warnings.append((_path(field), problem))
            case Rejected(problem, detail):
                return Wrong(_path(field), problem, detail)
    signer = Signer(*(draft[field] for field in SIGNER_FIELDS))
    applicant = Applicant(*(draft[field] for field in APPLICANT_FIELDS)) if Field.APPLICANT_NAME in draft else None
    return Prefilled(PersonalData(signer, applicant), _standing(document, applicant), tuple(warnings))


def _standing(document: Any, applicant: Applicant | None) -> Standing:  # noqa: ANN401 - JSON
    """Return the standing. The default is a student: then the signer is put in CC."""
    if applicant is None:
        return Standing.SIGNER
    return Standing.RESEARCHER if document.get("standing") == Standing.RESEARCHER else Standing.STUDENT


def _shape(document: object) -> dict[Field, str] | Wrong:
    """The texts of the fields, in the order in which they are judged."""
    if not isinstance(document, dict):
        return Wrong("(the whole)", detail="not a JSON object")
    if unknown := sorted(map(str, document.keys() - {"applicant", "signer", "standing"})):
        return Wrong(unknown[0], detail="not a field")
    if document.get("standing", Standing.STUDENT) not in {Standing.STUDENT, Standing.RESEARCHER}:
        return Wrong("standing", detail="write student or researcher")
    found: dict[Field, str] = {}
    for field, (group, name) in _PATHS.items():
        if group == "applicant" and document.get(group) is None:
            continue
        persons = document.get(group)
        if not isinstance(persons, dict):
            return Wrong(group, detail="missing, or not a JSON object")
        known = {key for owner, key in _PATHS.values() if owner == group}
        if unknown := sorted(map(str, persons.keys() - known)):
            return Wrong(f"{group}.{unknown[0]}", detail="not a field")
        if not isinstance(persons.get(name), str):
            return Wrong(f"{group}.{name}", detail="missing, or not a text")
        found[field] = persons[name]
    return found


def _path(field: Field) -> str:
    return ".".join(_PATHS[field])
