"""From spans to values: whose each one is, and what is printed."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model.people import Field, Standing
from bot.understanding.acts import Act, Kind, Span
from bot.understanding.cleaning import clean
from bot.understanding.lexicon import FLAGS
from bot.understanding.state import State, Step
from bot.understanding.tagging import Found

_OWNERS = {
    Field.APPLICANT_NAME: Field.NAME,
    Field.NAME: Field.APPLICANT_NAME,
    Field.APPLICANT_EMAIL: Field.EMAIL,
    Field.EMAIL: Field.APPLICANT_EMAIL,
}
_JOINED = {Field.AFFILIATION, Field.ADDRESS}
_UNIVERSITY = re.compile(
    r"univ|yliopisto|politec|college|institute of technology|\b(?:eth|epfl|mit|iit|tu)\b|大学|大學", re.IGNORECASE
)
_FACULTY = re.compile(
    r"(?:faculty|department|dept|school|institute|fakultät|institut|facultad|faculté|laboratory|lab)\b", re.IGNORECASE
)
_SECOND_THOUGHT = re.compile(
    r"\b(?:wait|sorry|now|not?|rather|instead|actually|correct\w*|mean|meant|but|better|write|so|then|since|officially|"
    r"nein|sondern|nyt|eikun|vaan|perdón|sino|pardon|plutôt|ahora|maintenant|jetzt)\b|不|是|いえ|:",
    re.IGNORECASE,
)
_OR = re.compile(r"\b(?:or|oder|ou|tai|vai)\b|或", re.IGNORECASE)
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
    if whole := _whole_address(text, found, state):
        return [whole]
    kept = [part for item in found if item.label != "other" for part in _named(text, item)]
    values = [value for item in _beside(text, kept) if (value := _value(text, item, state))]
    values = [_spoken_for(text, value, state) for value in _same_person(values)]
    values = [value for value in values if state.draft.get(_OWNERS.get(value.field, value.field)) != value.text]
    values = [value for value in values if signs or not _is_own_position(text, value, state)]
    values = _owned_by_likeness(values, state)
    if signs or state.standing is Standing.SIGNER:
        values = [_signers(value) for value in values]
    return _one_each(text, values)


_TITLED = re.compile(
    r"(?:(?:assoc|asst|associate|assistant)\.? )?(?:prof(?:essor(?:in)?)?\b\.?|pr\.)(?=\s+(\S+))", re.IGNORECASE
)
_HAN_TITLED = re.compile(r"([\u3040-\u30ff\u4e00-\u9fff]{1,4})(教授)")
_HAN_REST = re.compile(r"([\u4e00-\u9fff])(?:教授|老师|先生|博士)")
_NOTE = re.compile(r" ?\([^()\n]{2,50}\)")
_OWN_BEHIND = re.compile(r"\s?(?:です|と申します|といいます|と言います)")
_HAN_RANKS = frozenset(("副", "准", "助理", "特聘", "正", "客座", "讲座", "講座", "名誉", "终身", "特任", "兼任"))
_I_AM = re.compile(
    r"\b(?:i['’]?m|i am|ich bin|je suis|soy|olen|oon|sono|sou|jag är|ik ben)(?: an?| ein(?:e)?| une?|"
    r" uno?| una)?\s*$|(?:我是|私は)$",
    re.IGNORECASE,
)
_OWN_BEFORE = re.compile(
    r"(?:\bmy|\bmein(?:e)?|\bmi|\bmon|\bmun|\bminun|我的|私の) (?:own |full |real |uni |work )?(?:name|nimi|"
    r"nombre|nom|e-?mail|mail|id|email address|mail id|address|sähköposti|correo|adresse)"
    r"(?: id| address)?(?: is| was|'s| ist| es| est| on|:|=| should be| only| now)*\s*$",
    re.IGNORECASE,
)


_TALK = re.compile(r"[?:@]|\b(?:is|are|it's|his|her|my|phone|tel|house number)\b", re.IGNORECASE)


def _whole_address(text: str, found: Sequence[Found], state: State) -> Value | None:
    """A message of institutions and places alone, where the address is asked for, is one address."""
    parts = [item for item in found if item.label in ("address", "affiliation", "other")]
    if (
        state.asked is not Field.ADDRESS
        or not any(item.label == "address" for item in parts)
        or len(found) != len(parts)
    ):
        return None
    covered = sum(item.span.end - item.span.start for item in parts)
    if covered < 0.6 * len(text) or _TALK.search(text):
        return None
    printed = clean(Field.ADDRESS, text)
    sure = 0.8 if any(map(str.isdigit, text)) else 0.7  # without a number or postcode it is asked back
    return Value(Field.ADDRESS, printed, Span(0, len(text)), sure) if printed else None


def _named(text: str, item: Found) -> list[Found]:
    """A position with a name behind it, "Prof. Hoffmann", is both; so is one with a name before it, "李教授"."""
    typed = item.span.of(text)
    if item.label == "title" and (han := _HAN_TITLED.fullmatch(typed)) and han[1] not in _HAN_RANKS:
        cut = item.span.start + han.start(2)
        name = Found(Span(item.span.start, cut), "name", item.confidence, item.shares)
        return [name, Found(Span(cut, item.span.end), "title", item.confidence, item.shares)]
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


def _spoken_for(text: str, value: Value, state: State) -> Value:
    """ "my mail is …" is the speaker's own, whatever is asked."""
    own = {Field.NAME: Field.APPLICANT_NAME, Field.EMAIL: Field.APPLICANT_EMAIL}
    is_introduced = state.step is Step.MENU and bool(_OWN_BEHIND.match(text, value.span.end))
    if value.field in own and (
        is_introduced or _OWN_BEFORE.search(text[max(0, value.span.start - 40) : value.span.start])
    ):
        return Value(own[value.field], value.text, value.span, value.confidence)
    return value


def _same_person(values: Sequence[Value]) -> list[Value]:
    """A name that begins like an earlier one is the same person's, written better."""
    kept: list[Value] = []
    for value in values:
        other = next((one for one in kept if one.field is _OWNERS.get(value.field) and "name" in one.field), None)
        shared = set(re.findall(r"\w+", value.text)) & set(re.findall(r"\w+", other.text)) if other else set()
        kept.append(Value(other.field, value.text, value.span, 0.8) if other and len(shared) > 1 else value)
    return kept


def _is_own_position(text: str, value: Value, state: State) -> bool:
    """Tell whether it is what somebody is who does not sign: "I'm a research scientist"."""
    is_about_signer = state.standing is Standing.SIGNER or state.asked is Field.TITLE or value.field is not Field.TITLE
    return not is_about_signer and bool(_I_AM.search(text[max(0, value.span.start - 30) : value.span.start]))


def _extended(text: str, item: Found, state: State) -> Found:
    """A Chinese name up to the honorific behind it; a position with the brackets that explain it."""
    behind = text[item.span.end : item.span.end + 60]
    if item.label.endswith("name") and (han := _HAN_REST.match(behind)) and item.span.end - item.span.start == 2:
        return Found(Span(item.span.start, item.span.end + han.end(1)), item.label, item.confidence, item.shares)
    if item.label == "title" and state.asked is Field.TITLE and (note := _NOTE.match(behind)):
        return Found(Span(item.span.start, item.span.end + note.end()), item.label, item.confidence, item.shares)
    return item


def _value(text: str, item: Found, state: State) -> Value | None:
    field = Field(item.label)
    item = _extended(text, item, state)
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
            and (item.label in _JOINED or _is_turned_name(text, last, item))
            and _BESIDE.fullmatch(text[last.span.end : item.span.start])
        ):
            span = Span(last.span.start, item.span.end)
            joined[-1] = Found(span, item.label, min(last.confidence, item.confidence), item.shares)
        else:
            joined.append(item)
    return joined


def _is_turned_name(text: str, last: Found, item: Found) -> bool:
    """Tell whether it is "Surname, First": one word in capitals, a comma, and no more than two others."""
    surname, between = last.span.of(text), text[last.span.end : item.span.start]
    return between == ", " and surname.isupper() and " " not in surname and len(item.span.of(text).split()) < 3


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
    return [_of_its_owner(value, owners) if value.field in owners else value for value in values]


def _of_its_owner(value: Value, owners: Mapping[Field, str]) -> Value:
    other = _OWNERS[value.field]
    own, others = likeness(value.text, owners[value.field]), likeness(value.text, owners[other])
    if others > own == 0 and (others > 3 or owners[value.field]):
        return Value(other, value.text, value.span, max(value.confidence, 0.8))
    return Value(value.field, value.text, value.span, max(value.confidence, 0.8)) if own > max(3, others) else value


def likeness(mail: str, name: str) -> int:
    """How many letters of a name's words stand in the mailbox; only words of three letters and more count."""
    box = _plain(mail.partition("@")[0])
    return sum(len(word) for word in _plain(name).split() if len(word) > 2 and word in box)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.casefold().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae"))
    return "".join(sign if sign.isalpha() else " " for sign in text if not unicodedata.combining(sign))


def _lead(between: str) -> float:
    """By how much the second of two values must be surer; less where a second thought stands between them."""
    return -0.3 if _SECOND_THOUGHT.search(between) else 0.1


def _makes_whole(first: str, second: str) -> bool:
    """Tell whether a university and a part of one were named apart."""
    return bool(_UNIVERSITY.search(first)) and not _UNIVERSITY.search(second) and bool(_FACULTY.match(second))


def _one_each(text: str, values: Iterable[Value]) -> list[Value]:
    """The surest value of each field, of a second thought the later one; of "A or B" neither is sure."""
    chosen: dict[Field, Value] = {}
    for value in values:
        before = chosen.get(value.field)
        between = text[before.span.end : value.span.start] if before else ""
        if before and value.field is Field.AFFILIATION and _makes_whole(before.text, value.text):
            both = Span(before.span.start, value.span.end)
            chosen[value.field] = Value(
                value.field, f"{before.text}, {value.text}", both, min(before.confidence, value.confidence)
            )
        elif before and before.text != value.text and before.text in value.text:
            chosen[value.field] = value
        elif before and len(between) < 20 and _OR.search(between):
            chosen[value.field] = Value(value.field, value.text, value.span, 0.45)
        elif before is None or value.confidence > before.confidence + _lead(between):
            chosen[value.field] = value
    return sorted(chosen.values(), key=lambda value: value.span.start)
