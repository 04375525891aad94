"""Corrections that name a part: "not X but Y", "the postcode is 53113", "without Montero", "swap them".

Each editor takes what is said and the values that are known, and gives the whole new value; none guesses between two.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from bot.model.people import APPLICANT_FIELDS, Field, Standing
from bot.understanding.acts import Span
from bot.understanding.lexicon import entries, pairs
from bot.understanding.state import State, Step
from bot.understanding.values import Value

Known = Mapping[Field, str]
_SURE, _LIKELY = 0.95, 0.9
"""What is exact; and what yields to a whole value that was said as well."""
_TERM = r"[\"'“‘«]?(\S+(?: \S+){0,2}?)[\"'”’»]?"
_END = r"(?=[,;!?)]|\.(?:\s|$)|\s(?:please|pls|now|bitte|por favor)\b|$)"

_NEW_OLD = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:^|\s){_TERM},? (?:and |und )?(?:not|nicht|no|pas|non|instead of|rather than|statt|anstatt|"
        rf"en vez de|au lieu de|eikä|inte) {_TERM}{_END}",
        rf"(?:^|\s){_TERM} (?:instead of|rather than|statt|anstelle von|en lugar de) {_TERM}{_END}",
    )
)
_OLD_NEW = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:not|nicht|no es|no|pas|non|ei|inte) {_TERM},? (?:but|sondern|sino|mais|vaan|utan|ma) {_TERM}{_END}",
        rf"\b(?:replace|change|ersetze|cambia|cambie|remplace[rz]?) {_TERM} (?:by|with|to|into|durch|por|"
        rf"par) {_TERM}{_END}",
        rf"(?:^|\s){_TERM} (?:->|→|=>|should be|must be|should read|muss heißen) {_TERM}{_END}",
        r"不是([^，,。是]{1,20})[，,]?(?:而)?是([^，,。]{1,20})",
    )
)
_POSTCODE = re.compile(
    r"(?:post ?code|postal code|zip(?: code)?|plz|postleitzahl|postinumero|code postal|código postal|"
    r"pin(?: ?code)?|cap|cep|邮编|郵便番号|индекс)"
    r"[^\d\n]{0,40}?([A-Z]{0,2}\d[\w-]{1,8}(?: \d[A-Z]{2})?)",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"(?:house ?number|street number|building number|hausnummer|hausnr\.?|talon ?numero|numéro|número|"
    r"number|门牌号)[^\d\n]{0,30}?(\d{1,4}[a-z]?)\b",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"\b(?:without|remove|delete|drop|leave out|take out|strike|cut|ohne|sans|sin|ilman|poista|"
    r"streiche)(?: the| das| den| die| le| la| el)?"
    r" (?:words? |part |name |middle name )?[\"'“‘«]?([^\"”“»\n]{1,80}?)[\"'”’»]?"
    r"(?: (?:from|in|out of|aus|de|del|du) (?:the |my |his |her )?[\w ]{1,30})?[.!]*(?=$|[,;])",
    re.IGNORECASE,
)
_PART_OF_NAME = re.compile(
    r"\b(?:(first|given|last|family|sur|etu|suku|vor|nach|fore)[ -]?(?:name|nimi)|(prénom|nombre|apellido|"
    r"nom de famille))(?: is| should be| must be|'s| on| ist| es| est|:|=)*"
    r" (?:spelled |written |actually )?([^\W\d_][\w'’-]{1,40})",
    re.IGNORECASE,
)
_FIRST = {"first", "given", "etu", "vor", "fore", "prénom", "nombre"}
_DOUBLE = re.compile(
    r"\b(?:double|two|doppel(?:tem|t)?|kaksi|tupla|doble|deux|zwei) [\"'“‘]?([^\W\d_])[\"'”’]?(?:s|"
    r":[a-zä]*|')?(?=\W|$)",
    re.IGNORECASE,
)
_SWAP = re.compile(r"\b(?:swap|switch|exchange|vertausch\w*|mixed up|vaihda|intercambia\w*|inverser?)\b", re.IGNORECASE)
_SPELT = frozenset({Field.NAME, Field.APPLICANT_NAME, Field.EMAIL, Field.APPLICANT_EMAIL})
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True, slots=True)
class Said:
    """The view of an editor. `open_field`: in doubt; `named`: by the words; `is_review`: the values are shown."""

    text: str
    known: Known
    open_field: Field | None
    named: Sequence[Field]
    is_review: bool

    def first(self) -> Iterator[tuple[Field, str]]:
        """The known values, those that are in doubt or named before all others."""
        order = [field for field in (self.open_field, *self.named) if field in self.known]
        for field in dict.fromkeys([*order, *self.known]):
            if field:
                yield field, self.known[field]


def corrected(text: str, state: State) -> list[Value]:
    """The new values of what is corrected by a part; nothing where no editor is sure."""
    known = dict(state.draft)
    if state.step is Step.CONFIRM and state.asked and state.doubt:
        known[state.asked] = state.doubt
    if not known or len(text) > 300:
        return []
    in_doubt = state.asked if state.step is Step.CONFIRM else None
    is_review = state.step in (Step.CONFIRM, Step.REVIEW, Step.ISSUED)
    said = Said(text, known, in_doubt, named_fields(text, state), is_review)
    for editor in _EDITORS:
        if found := list(editor(said)):
            return found
    return []


def named_fields(text: str, state: State) -> list[Field]:
    """The fields that the words name: "my mail" is the applicant's, "his mail" the signer's."""
    plain = text.casefold()
    found: list[tuple[int, Field]] = []
    for name, field in pairs("field_names").items():
        at = plain.find(name)
        if at < 0 or (name.isascii() and re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_]|@)", plain) is None):
            continue
        found.append((at, _owned(Field(field), plain[max(0, at - 25) : at], state)))
    return list(dict.fromkeys(field for _, field in sorted(found)))


def _owned(field: Field, before: str, state: State) -> Field:
    own = {Field.NAME: Field.APPLICANT_NAME, Field.EMAIL: Field.APPLICANT_EMAIL}
    is_mine = any(re.search(rf"(?<!\w){re.escape(word)}\s+(?:\w+\s+)?$", before) for word in entries("mine"))
    return own[field] if is_mine and field in own and state.standing is not Standing.SIGNER else field


def _pairs(said: Said) -> Iterator[tuple[str, str, Span]]:
    """What is to stand and what it stands for."""
    for pattern in _NEW_OLD:
        for found in pattern.finditer(said.text):
            yield found[1], found[2], Span(*found.span())
    for pattern in _OLD_NEW:
        for found in pattern.finditer(said.text):
            yield found[2], found[1], Span(*found.span())


def _exchanged(said: Said) -> Iterator[Value]:
    for new, old, span in _pairs(said):
        for field, value in said.first():
            for length in (3, 2, 1):
                gone = " ".join(old.split()[:length]).strip(" ,!\"'")
                come = " ".join(new.split()[-len(gone.split()) :]).strip(" ,!\"'") if gone else ""
                if result := _replaced(value, gone, come):
                    yield Value(field, result, span, _SURE)
                    return


def _replaced(value: str, old: str, new: str) -> str | None:
    """The value with the one place of `old` changed; None where it has none or several."""
    if not old or not new or old.casefold() == new.casefold() == old:
        return None
    edge_left, edge_right = (r"(?<!\w)" if old[0].isalnum() else ""), (r"(?!\w)" if old[-1].isalnum() else "")
    places = list(re.finditer(edge_left + re.escape(old) + edge_right, value, re.IGNORECASE))
    if old.startswith("."):
        places = [place for place in places if place.end() == len(value)]
    if len(places) != 1 or places[0][0] == new:
        return None
    kept = value[: places[0].start()] + " " + value[places[0].end() :]
    if new.isalpha() and re.search(rf"(?<!\w){re.escape(new)}(?!\w)", kept, re.IGNORECASE):
        return None  # the word is there already
    return value[: places[0].start()] + new + value[places[0].end() :]


def _postcode(said: Said) -> Iterator[Value]:
    address = said.known.get(Field.ADDRESS, "")
    if (found := _POSTCODE.search(said.text)) and address:
        codes = [code for code in re.finditer(r"[A-Z]{0,2}\d[\w-]*(?: \d[A-Z]{2}\b)?", address) if len(code[0]) > 2]
        alike = [code for code in codes if _shape(code[0]) == _shape(found[1])]
        longest = max(codes, key=lambda code: len(code[0]), default=None)
        chosen = alike[0] if len(alike) == 1 else longest
        if chosen:
            text = address[: chosen.start()] + found[1] + address[chosen.end() :]
            yield Value(Field.ADDRESS, text, Span(*found.span(1)), _SURE)


def _house(said: Said) -> Iterator[Value]:
    address = said.known.get(Field.ADDRESS, "")
    if (found := _HOUSE.search(said.text)) and address:
        numbers = list(re.finditer(r"(?<![\w-])\d{1,4}[a-z]?(?![\w-])", address))
        if numbers:
            chosen = numbers[0]
            text = address[: chosen.start()] + found[1] + address[chosen.end() :]
            yield Value(Field.ADDRESS, text, Span(*found.span(1)), _SURE)


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "0", text))


def _dropped(said: Said) -> Iterator[Value]:
    if not (found := _WITHOUT.search(said.text)):
        return
    gone = found[1].strip(" .,!")
    for field, value in said.first():
        if gone.casefold() in {"department", "dept", "faculty", "institute"} and field is Field.AFFILIATION:
            kept = [part for part in value.split(", ") if _is_university(part)]
            if kept and len(kept) < len(value.split(", ")):
                yield Value(field, ", ".join(kept), Span(*found.span()), _SURE)
                return
        rest = re.sub(r"\s*,?\s*(?<!\w)" + re.escape(gone) + r"(?!\w)", "", value, count=1, flags=re.IGNORECASE)
        rest = rest.strip(" ,;-–")
        if rest and rest != value and gone:
            yield Value(field, rest, Span(*found.span()), _LIKELY)
            return


def _is_university(part: str) -> bool:
    return bool(
        re.search(r"univ|yliopisto|大学|大學|polit|école|college|tech|eth |epfl|institute of t", part, re.IGNORECASE)
    )


def _part_of_name(said: Said) -> Iterator[Value]:
    if not (found := _PART_OF_NAME.search(said.text)):
        return
    is_first = (found[1] or found[2]).casefold() in _FIRST
    names = [field for field in (said.open_field, *said.named) if field in (Field.NAME, Field.APPLICANT_NAME)]
    field = names[0] if names else Field.NAME
    words = said.known.get(field, "").split()
    if len(words) > 1 and found[3][0].isupper():
        words[0 if is_first else -1] = found[3]
        yield Value(field, " ".join(words), Span(*found.span(3)), _SURE)


def _respelt(said: Said) -> Iterator[Value]:
    """A word that differs from one word of a known name by a letter or two."""
    if not said.is_review:
        return
    names = [(field, value) for field, value in said.first() if field in (Field.NAME, Field.APPLICANT_NAME)]
    for field, value in names:
        words = value.split()
        for found in _WORD.finditer(said.text):
            near = [place for place, word in enumerate(words) if _is_near(found[0], word)]
            if len(near) == 1 and found[0] not in words:
                text = " ".join([*words[: near[0]], found[0], *words[near[0] + 1 :]])
                yield Value(field, text, Span(*found.span()), _LIKELY)
                return


def _is_near(new: str, old: str) -> bool:
    if len(new) < 3 or len(old) < 3 or not new[0].isupper() or new.casefold() == old.casefold():
        return False
    return (_bare(new) == _bare(old) and new.casefold() != old.strip(",.").casefold()) or fuzz.ratio(
        new.casefold(), old.casefold()
    ) >= 84


def _bare(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(sign))


def _doubled(said: Said) -> Iterator[Value]:
    """ "with double n": the one place in the name where a single n stands."""
    found = _DOUBLE.search(said.text)
    if not found:
        return
    letter = found[1].casefold()
    for field, value in said.first():
        is_meant = (
            field is said.open_field
            or field in said.named
            or any(word in said.text.casefold() for word in _long_words(value))
        )
        single = list(re.finditer(rf"(?<!{letter}){letter}(?!{letter})", value, re.IGNORECASE))
        if is_meant and len(single) == 1 and field in _SPELT:
            at = single[0].end()
            yield Value(field, value[:at] + letter + value[at:], Span(*found.span()), _LIKELY)
            return


def _long_words(value: str) -> list[str]:
    return [word for word in re.findall(r"\w+", value.casefold()) if len(word) > 3]


def _swapped(said: Said) -> Iterator[Value]:
    if not (found := _SWAP.search(said.text)):
        return
    kinds = set(said.named)
    span = Span(*found.span())
    for own, other in ((Field.APPLICANT_EMAIL, Field.EMAIL), (Field.APPLICANT_NAME, Field.NAME)):
        if kinds & {own, other} and own in said.known and other in said.known:
            yield Value(own, said.known[other], span, _SURE)
            yield Value(other, said.known[own], span, _SURE)
            return
    if len(said.named) == 2 and all(field in said.known for field in said.named):
        one, two = said.named
        yield Value(one, said.known[two], span, _SURE)
        yield Value(two, said.known[one], span, _SURE)


_ONLY = re.compile(
    r"\b(?:only|just|simply|nur|solo|sólo|seulement|uniquement|vain|pelkkä|apenas|soltanto)\b|只|だけ", re.IGNORECASE
)


def completed(text: str, value: Value, state: State) -> Value:
    """A postcode alone, where an address is known, is a part of it; a part of what is known already is not sure."""
    known = state.draft.get(value.field, "")
    if value.field is Field.ADDRESS and known and len(value.text.split()) <= 2 and any(map(str.isdigit, value.text)):
        codes = [
            code
            for code in re.finditer(r"[A-Z]{0,2}\d[\w-]*(?: \d[A-Z]{2}\b)?", known)
            if _shape(code[0]) == _shape(value.text)
        ]
        if len(codes) == 1:
            return replace(value, text=known[: codes[0].start()] + value.text + known[codes[0].end() :])
        return replace(value, confidence=min(value.confidence, 0.5))
    if (
        value.field in (Field.ADDRESS, Field.AFFILIATION)
        and value.text != known
        and value.text in known
        and not _ONLY.search(text)
    ):
        return replace(value, confidence=min(value.confidence, 0.5))
    return value


_EDITORS: Sequence[Callable[[Said], Iterator[Value]]] = (
    _swapped,
    _postcode,
    _exchanged,
    _house,
    _part_of_name,
    _dropped,
    _respelt,
    _doubled,
)


def same_as_own(state: State, named: Sequence[Field]) -> list[Value]:
    """ "Same as mine", said of the signer's name or email: the applicant's, where it is known."""
    wanted = [field for field in (state.asked, *named) if field in (Field.NAME, Field.EMAIL)]
    own = {Field.NAME: APPLICANT_FIELDS[0], Field.EMAIL: APPLICANT_FIELDS[1]}
    found = [(field, state.draft.get(own[field], "")) for field in wanted[:1] if field]
    return [Value(field, text, Span(0, 0), 0.9) for field, text in found if text]


def without(values: Sequence[Value], edits: Sequence[Value]) -> list[Value]:
    """The values, each edit in place of what else was read for its field."""
    whole = {value.field for value in values if len(value.text.split()) > 1 and value.confidence > 0.6}
    names = {Field.NAME, Field.APPLICANT_NAME}
    whole |= names if whole & names else set()
    edits = [edit for edit in edits if edit.confidence == _SURE or edit.field not in whole]
    edited = {value.field for value in edits}
    return [*(value for value in values if value.field not in edited), *(replace(edit) for edit in edits)]
