"""Registering by hand an LA that came by email without the bot, so that the desk sees all.

The paper is signed: what is on it is taken as it stands. What the bot would not have taken from an applicant is shown
as a warning; only what is no value at all is asked for again, in a form to correct and send once more.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.signers import same_signer
from bot.desk.views import DeskOffer
from bot.document.issuer import Issuer
from bot.form.outcome import Accepted, Checked, Doubtful, Problem, Rejected
from bot.form.pasted_block import from_block
from bot.form.validation import FieldPolicy, check
from bot.model.people import APPLICANT_FIELDS, SIGNER_FIELDS, Applicant, Field, PersonalData, Signer, Standing
from bot.request.lifecycle import register_request
from bot.request.request import Opening
from bot.request.status import Document
from bot.store.port import RequestWrite, Store
from bot.texts.say import Say, Value

_EVERY = SIGNER_FIELDS + APPLICANT_FIELDS
_NO_VALUE = frozenset(
    {
        *(Problem.EMPTY, Problem.TOO_LONG, Problem.TOO_MANY_LINES, Problem.NOT_TEXT, Problem.NOT_A_NAME),
        *(Problem.PLACEHOLDER, Problem.BAD_EMAIL, Problem.SLIP),
    }
)
"""Problems of values that cannot be kept even if they stand on the paper."""

_OWN = re.compile(r"(?im)^[ \t]*(version|la version|signed|received|standing)[ \t]*[:=][ \t]*(.*?)[ \t]*$\n?")
_VERSION = re.compile(r"(?:v\.? ?)?(\d{1,2}\.\d{1,2}\.\d{4})")
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y")


@dataclass(frozen=True, slots=True)
class _Paper:
    """The content of a paper: its facts, doubtful values, and those that are missing or no value."""

    values: Mapping[Field, str]
    version: str
    signed_at: datetime | None
    received_at: datetime | None
    standing: Standing
    doubts: tuple[Say, ...]
    wrong: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class Registering:
    """The handler of `register`."""

    store: Store
    issuer: Issuer
    policy: FieldPolicy

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {"register": self._register}

    async def _register(self, turn: DeskTurn) -> Reply:
        if not turn.said.words:
            return Reply((Say("desk.register_how"), self._form({}, turn.now)))
        paper = self._read(turn.said.words, turn.now)
        if paper.wrong or paper.signed_at is None or paper.received_at is None:
            return Reply((Say("desk.register_wrong"), *paper.wrong, self._form(_typed(turn.said.words), turn.now)))
        persons = PersonalData(
            Signer(*(paper.values[field] for field in SIGNER_FIELDS)),
            Applicant(*(paper.values[field] for field in APPLICANT_FIELDS))
            if Field.APPLICANT_NAME in paper.values
            else None,
        )
        known = self.issuer.dataset.agreements.get(paper.version)
        document = Document(1, paper.version, known.sha256 if known else "", "", 0, paper.signed_at)
        opening = Opening(self.issuer.new_request_id(), self.issuer.dataset.name, paper.standing)
        request = register_request(opening, document, turn.actor, turn.now, paper.received_at)
        same = await same_signer(self.store, persons, request.id)
        says = [Say("desk.registered", {"request_id": request.id, "version": paper.version}), *paper.doubts]
        says += [Say("desk.same_signer", {"requests": ", ".join(other.id for other in same)})] if same else []
        return Reply(
            tuple(says),
            (DeskOffer(f"show {request.id}", "show", request.id), DeskOffer(f"approve {request.id}", "approve")),
            requests=(RequestWrite(request, 0),),
            personal_data={request.id: persons},
        )

    def _read(self, text: str, now: datetime) -> _Paper:
        own, block = _own_lines(text), _OWN.sub("", text)
        raw = from_block(block, _EVERY)
        checked = {field: check(field, value, {**raw, field: ""}, self.policy) for field, value in raw.items()}
        version = _VERSION.search(own.get("version", ""))
        signed_at, received_at = _date(own.get("signed", "")), _date(own.get("received", ""))
        default = Standing.STUDENT if Field.APPLICANT_NAME in raw else Standing.SIGNER
        standing = own.get("standing", "").casefold()
        return _Paper(
            {field: _taken(field, raw[field], c) for field, c in checked.items()},
            version[1] if version else "",
            signed_at,
            received_at,
            Standing(standing) if standing in set(Standing) else default,
            tuple(self._doubts(checked, version[1] if version else "")),
            (*_wrong_fields(checked), *_wrong_facts(bool(version), signed_at, received_at, now)),
        )

    def _doubts(self, checked: Mapping[Field, Checked], version: str) -> Iterator[Say]:
        for field, outcome in checked.items():
            if isinstance(outcome, Doubtful | Rejected):
                yield Say("desk.register_doubt", {"field": field, "problem": outcome.problem})
        if version and version not in self.issuer.dataset.agreements:
            yield Say("desk.register_unknown_version", {"version": version})

    def _form(self, typed: Mapping[str, str], now: datetime) -> Say:
        """The form to copy, with what was typed in it; a missing value is a blank behind its label."""
        version = typed.get("version", self.issuer.dataset.current_version)
        values: dict[str, Value] = {name: typed.get(name, " ") for name in (*_EVERY, "signed", "standing")}
        received = typed.get("received", now.date().isoformat())
        return Say("desk.register_form", values | {"version": version, "received": received})


def _own_lines(text: str) -> dict[str, str]:
    """The lines that are not of the sign block, by their labels."""
    return {name.casefold().removeprefix("la "): value for name, value in _OWN.findall(text) if value}


def _typed(text: str) -> dict[str, str]:
    fields = from_block(_OWN.sub("", text), _EVERY)
    return {str(field): value for field, value in fields.items()} | _own_lines(text)


def _date(text: str) -> datetime | None:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _taken(field: Field, raw: str, checked: Checked) -> str:
    """The value as it was cleaned, or as it was typed where the bot would not have taken it."""
    match checked:
        case Accepted(value) | Doubtful(value):
            return value
        case Rejected():
            return (raw if field is Field.ADDRESS else " ".join(raw.split())).strip()


def _wrong_fields(checked: Mapping[Field, Checked]) -> Iterator[Say]:
    has_applicant = any(field in checked for field in APPLICANT_FIELDS)
    for field in SIGNER_FIELDS + (APPLICANT_FIELDS if has_applicant else ()):
        outcome = checked.get(field)
        if outcome is None:
            yield Say("desk.register_missing", {"field": field})
        elif isinstance(outcome, Rejected) and outcome.problem in _NO_VALUE:
            yield Say("desk.register_problem", {"field": field, "problem": outcome.problem})


def _wrong_facts(
    has_version: bool, signed_at: datetime | None, received_at: datetime | None, now: datetime
) -> Iterator[Say]:
    if not has_version:
        yield Say("desk.register_no_version")
    for what, at in (("signed", signed_at), ("received", received_at)):
        if at is None or at > now:
            yield Say("desk.register_no_date", {"what": what})
    if signed_at and received_at and signed_at > received_at:
        yield Say("desk.register_order")
