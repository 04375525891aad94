"""From spans to values: whose each one is, and what is printed."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model.people import Field, Standing
from bot.understanding.acts import Act, Kind, Span
from bot.understanding.cleaning import clean
from bot.understanding.state import State
from bot.understanding.tagging import Found

_OWNERS = {
    Field.APPLICANT_NAME: Field.NAME,
    Field.NAME: Field.APPLICANT_NAME,
    Field.APPLICANT_EMAIL: Field.EMAIL,
    Field.EMAIL: Field.APPLICANT_EMAIL,
}
_JOINED = {Field.AFFILIATION, Field.ADDRESS}
_BESIDE = re.compile(r"[\s,;/|·–-]{0,4}")


@dataclass(frozen=True, slots=True)
class Value:
    """A value for a field, where it stands, and how sure that is."""

    field: Field
    text: str
    span: Span
    confidence: float

    @property
    def act(self) -> Act:
        """The act that sets it."""
        return Act(Kind.SET, self.field, self.text, self.span, self.confidence)


def values_of(text: str, found: Sequence[Found], state: State, *, signs: bool) -> list[Value]:
    """The values that the spans hold, one a field. `signs`: whoever chats is the signer."""
    kept = [item for item in found if item.label != "other"]
    values = [value for item in _beside(text, kept) if (value := _value(text, item))]
    values = _owned_by_likeness(values, state)
    if signs or state.standing is Standing.SIGNER:
        values = [_signers(value) for value in values]
    return _one_each(values)


def _value(text: str, item: Found) -> Value | None:
    field = Field(item.label)
    printed = clean(field, item.span.of(text))
    return Value(field, printed, item.span, item.confidence) if printed else None


def _beside(text: str, found: Sequence[Found]) -> list[Found]:
    """Parts of one institution or address that only a comma parts are one."""
    joined: list[Found] = []
    for item in found:
        last = joined[-1] if joined else None
        if (
            last
            and item.label == last.label
            and item.label in _JOINED
            and _BESIDE.fullmatch(text[last.span.end : item.span.start])
        ):
            span = Span(last.span.start, item.span.end)
            joined[-1] = Found(span, item.label, min(last.confidence, item.confidence), item.shares)
        else:
            joined.append(item)
    return joined


def _signers(value: Value) -> Value:
    match value.field:
        case Field.APPLICANT_NAME:
            return Value(Field.NAME, value.text, value.span, value.confidence)
        case Field.APPLICANT_EMAIL:
            return Value(Field.EMAIL, value.text, value.span, value.confidence)
        case _:
            return value


def _owned_by_likeness(values: Sequence[Value], state: State) -> list[Value]:
    """An address that spells one person's name and not the other's is that person's."""
    names: dict[Field, str] = {
        field: state.draft[field] for field in (Field.NAME, Field.APPLICANT_NAME) if field in state.draft
    }
    names |= {value.field: value.text for value in values if value.field in (Field.NAME, Field.APPLICANT_NAME)}
    owners = {Field.EMAIL: names.get(Field.NAME, ""), Field.APPLICANT_EMAIL: names.get(Field.APPLICANT_NAME, "")}
    if not all(owners.values()):
        return list(values)
    return [_of_its_owner(value, owners) if value.field in owners else value for value in values]


def _of_its_owner(value: Value, owners: Mapping[Field, str]) -> Value:
    other = _OWNERS[value.field]
    if likeness(value.text, owners[other]) > likeness(value.text, owners[value.field]) == 0:
        return Value(other, value.text, value.span, value.confidence)
    return value


def likeness(mail: str, name: str) -> int:
    """How many letters of a name's words stand in the mailbox; only words of three letters and more count."""
    box = _plain(mail.partition("@")[0])
    return sum(len(word) for word in _plain(name).split() if len(word) > 2 and word in box)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.casefold().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae"))
    return "".join(sign if sign.isalpha() else " " for sign in text if not unicodedata.combining(sign))


def _one_each(values: Iterable[Value]) -> list[Value]:
    """The surest value of each field; of equals the later one, which corrects the first."""
    chosen: dict[Field, Value] = {}
    for value in values:
        before = chosen.get(value.field)
        if before is None or value.confidence > before.confidence - 0.25:
            chosen[value.field] = value
    return sorted(chosen.values(), key=lambda value: value.span.start)
