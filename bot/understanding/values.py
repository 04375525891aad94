"""From spans to values: whose each one is, and what is printed."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model.people import Field, Standing
from bot.understanding.acts import Act, Kind, Span
from bot.understanding.cleaning import clean
from bot.understanding.lexicon import FLAGS
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
    kept = _one_name_each([part for item in found if item.label != "other" for part in _named(text, item)], state)
    values = [value for item in _beside(text, kept) if (value := _value(text, item))]
    values = [_spoken_for(text, value, state) for value in values]
    values = _owned_by_likeness(values, state)
    if signs or state.standing is Standing.SIGNER:
        values = [_signers(value) for value in values]
    return _one_each(values)


_TITLED = re.compile(
    r"(?:(?:assoc|asst|associate|assistant)\.? )?(?:prof(?:essor(?:in)?)?\b\.?|pr\.)(?=\s+(\S+))", re.IGNORECASE
)
_OWN_BEFORE = re.compile(
    r"(?:\bmy|\bmein(?:e)?|\bmi|\bmon|\bmun|\bminun|我的|私の) (?:own |full |real |uni |work )?(?:name|nimi|nombre|nom|e-?mail|mail|id|email address|mail id|address|sähköposti|correo|adresse)"  # noqa: E501
    r"(?: id| address)?(?: is| was|'s| ist| es| est| on|:|=| should be| only| now)*\s*$",
    re.IGNORECASE,
)


def _named(text: str, item: Found) -> list[Found]:
    """A position with a name behind it, "Prof. Hoffmann", is both."""
    typed = item.span.of(text)
    found = _TITLED.match(typed) if item.label == "title" else None
    behind = typed[found.end() :].strip() if found else ""
    if not found or not behind[:1].isupper() or len(behind.split()) > 4 or _names_position(behind):
        return [item]
    at = item.span.start + typed.index(behind, found.end())
    name = Found(Span(at, item.span.end), "name", item.confidence, item.shares)
    return [Found(Span(item.span.start, item.span.start + found.end()), "title", item.confidence, item.shares), name]


def _names_position(words: str) -> bool:
    return (
        any("positions" in FLAGS.get(word.casefold().strip("."), ()) for word in words.split())
        or not words[0].isalpha()
    )


def _one_name_each(found: Sequence[Found], state: State) -> list[Found]:
    """Of two names (or addresses) for one person, the likelier to be the other person's is."""
    kept = list(found)
    for label, other in (("name", "applicant_name"), ("email", "applicant_email")):
        for one, its in ((label, other), (other, label)):
            rivals = [item for item in kept if item.label == one]
            if len(rivals) == 2 and not any(item.label == its for item in kept):
                moved = max(rivals, key=lambda item: item.share(its))
                if moved.share(its) > 0.1:
                    kept[kept.index(moved)] = Found(moved.span, its, moved.confidence * 0.95, moved.shares)
    return kept


def _spoken_for(text: str, value: Value, state: State) -> Value:
    """ "my mail is …" is the speaker's own, whatever is asked."""
    own = {Field.NAME: Field.APPLICANT_NAME, Field.EMAIL: Field.APPLICANT_EMAIL}
    if value.field in own and _OWN_BEFORE.search(text[max(0, value.span.start - 40) : value.span.start]):
        return Value(own[value.field], value.text, value.span, value.confidence)
    return value


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
