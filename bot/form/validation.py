"""The values of an LA's fields: cleaned, brought into one form, judged. Nothing is looked up, nothing is kept.

Three outcomes. Accepted: the value as it will be printed. Doubtful: asked about once, then `value` is taken, or
`suggestion` instead, where there is one and it differs. Rejected: never taken. A suggestion is never one that `check`
would reject, and a value is never cut: what is too long is refused, so that no character is split.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.form import email_address
from bot.form.characters import clean_lines, has_letter, is_garbled, separates_words
from bot.form.email_address import Email
from bot.form.job_titles import is_title, without_fixed_position
from bot.form.lead_ins import is_description, is_placeholder, read_out
from bot.form.outcome import Accepted, Checked, Doubtful, Problem, Rejected
from bot.model.people import Field

MOST_CHARACTERS: Mapping[Field, int] = {
    Field.APPLICANT_NAME: 100,
    Field.APPLICANT_EMAIL: 254,  # RFC 5321, 4.5.3.1.3, less the angle brackets
    Field.NAME: 100,
    Field.TITLE: 100,
    Field.AFFILIATION: 300,
    Field.EMAIL: 254,
    Field.ADDRESS: 300,
}
"""Code points after NFC, the address's line ends included."""

MOST_LINES = 6
"""Of the address: as many as a letter's label has."""

_MOST_TYPED = 4000  # code points read at all; whatever is longer is no value of any field
_MOST_TYPED_EMAIL = 1000  # an address with its decoration
_OTHER_ADDRESS = {Field.EMAIL: Field.APPLICANT_EMAIL, Field.APPLICANT_EMAIL: Field.EMAIL}
_NAMES = frozenset({Field.NAME, Field.APPLICANT_NAME})
_LINE_JOINTS = {Field.TITLE: ", ", Field.AFFILIATION: ", ", Field.ADDRESS: "\n"}

_NET_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww\.|[^\s@]@[^\s@]+\.\w"
    r"|^[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|info|io|eu|uk|fi|de|fr|cn|jp)(?:/\S*)?$",
    re.IGNORECASE,
)
_HONORIFIC = re.compile(r"prof(?:essor)?|dr|doctor|mr|mrs|ms|miss|mx|sir|dame|herr|frau|mme", re.IGNORECASE)
_WORD_ENDS = re.compile(r"[\s.,·]+")
_NUMBER_WORD = re.compile(r"\S*\d\S*")


def _prints_everything(_text: str) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """The rules that are CMVS's practice or depend on the installation.

    `applicant_private_mailbox`: what a private or throw-away mailbox of the person who is not the signer meets.
    `unprintable`: those characters of a text that no font at hand has.
    """

    applicant_private_mailbox: Literal["accept", "warn", "refuse"] = "warn"
    unprintable: Callable[[str], Iterable[str]] = _prints_everything


def check(field: Field, text: str, draft: Mapping[Field, str], policy: FieldPolicy) -> Checked:
    """Judge what somebody typed for a field. `draft`: the other fields' accepted values. Takes any text at all."""
    if len(text) > _MOST_TYPED:
        return Rejected(Problem.TOO_LONG, str(MOST_CHARACTERS[field]))
    lines = clean_lines(text)
    if not lines:
        return Rejected(Problem.EMPTY)
    value = _joined(lines, _LINE_JOINTS.get(field, " "))
    if is_placeholder(value):
        return Rejected(Problem.PLACEHOLDER)
    if field in _OTHER_ADDRESS:
        return _printable(_email(field, value, draft, policy), policy)
    read = read_out(field, value)
    if read != value and field in _NAMES and is_description(read):
        return Rejected(Problem.NOT_A_NAME)
    if refusal := _refusal(field, read):
        return refusal
    return _printable(_judged(field, value, read, draft), policy)


def _judged(field: Field, value: str, read: str, draft: Mapping[Field, str]) -> Checked:
    """`read`: what the value says without the sentence around it, which is asked about where nothing else is."""
    if problem := _doubt(field, read, draft):
        return Doubtful(read, problem)
    return Accepted(value) if read == value else Doubtful(read, Problem.SLIP, read)


def _joined(lines: list[str], joint: str) -> str:
    """One text of the lines; where commas join them, a line's own last comma is that one."""
    if joint == ", ":
        return joint.join([*(line.rstrip(" ,") for line in lines[:-1]), lines[-1]])
    return joint.join(lines)


def _refusal(field: Field, value: str) -> Rejected | None:
    most = MOST_CHARACTERS[field]
    if len(value) > most:
        return Rejected(Problem.TOO_LONG, str(most))
    if value.count("\n") >= MOST_LINES:
        return Rejected(Problem.TOO_MANY_LINES, str(MOST_LINES))
    is_name = field in _NAMES
    is_words = has_letter(value) and not _is_net_address(value, anywhere=is_name)
    is_said = any(map(str.isalnum, value)) if field is Field.ADDRESS else is_words
    if is_garbled(value) or not is_said:
        return Rejected(Problem.NOT_A_NAME if is_name else Problem.NOT_TEXT)
    return None


def _is_net_address(value: str, *, anywhere: bool) -> bool:
    """An email address or URL; in an affiliation one may stand beside the words."""
    return (anywhere or " " not in value) and bool(_NET_ADDRESS.search(value))


def _doubt(field: Field, value: str, draft: Mapping[Field, str]) -> Problem | None:
    match field:
        case Field.TITLE | Field.AFFILIATION if _is_same_name(value, draft.get(Field.NAME, "")):
            return Problem.OTHER_FIELD
        case Field.AFFILIATION if is_title(value):
            return Problem.OTHER_FIELD
        case Field.NAME | Field.APPLICANT_NAME if _is_one_word(value):
            return Problem.ONE_WORD
        case Field.TITLE if without_fixed_position(value):
            return Problem.NO_FIXED_POSITION
        case Field.ADDRESS if _is_thin(value):
            return Problem.THIN_ADDRESS
    return None


def _is_one_word(name: str) -> bool:
    return len(_words_of(name)) < 2 and separates_words(name)


def _is_same_name(value: str, name: str) -> bool:
    """Return whether the name was typed again for another field: answers slip by one question."""
    words = [word.casefold() for word in _words_of(value)]
    return bool(words) and words == [word.casefold() for word in _words_of(name)]


def _words_of(name: str) -> list[str]:
    """The words of a name without "Prof." and its like."""
    return [word for word in _WORD_ENDS.split(name) if has_letter(word) and not _HONORIFIC.fullmatch(word)]


def _is_thin(address: str) -> bool:
    """Return whether a number, or a second name beside the street's, is missing: "Main Street 1, Oulu" has all."""
    if not any(character.isnumeric() for character in address):
        return True
    if not separates_words(address):
        return sum(character.isalpha() for character in address) < 6  # a town and a street in Han or Hangul
    return sum(map(has_letter, re.split(r"[,;\n]", _NUMBER_WORD.sub(",", address)))) < 2


def _email(field: Field, typed: str, draft: Mapping[Field, str], policy: FieldPolicy) -> Checked:
    if len(typed) > _MOST_TYPED_EMAIL:
        return Rejected(Problem.TOO_LONG, str(MOST_CHARACTERS[field]))
    exact = email_address.parse(typed)
    read = exact or email_address.undecorated(typed)
    if read is None:
        return Rejected(Problem.BAD_EMAIL, email_address.fault(typed))
    likely = email_address.corrected(read) or read
    as_read = _mailbox(field, read, draft, policy)
    as_meant = _mailbox(field, likely, draft, policy) if likely is not read else as_read
    # A correction that would be refused is not offered: a "yes" to it would meet a "no".
    for checked in (as_meant, as_read):
        if isinstance(checked, Rejected):
            return checked
    if likely is read and (exact or isinstance(as_read, Doubtful)):
        return as_read
    return Doubtful(read.value, Problem.SLIP, likely.value)


def _mailbox(field: Field, email: Email, draft: Mapping[Field, str], policy: FieldPolicy) -> Checked:
    """Judge an address by the other one and by its domain."""
    typed = draft.get(_OTHER_ADDRESS[field])
    other = email_address.parse(typed) if typed else None
    if other and email.mailbox == other.mailbox:
        return Rejected(Problem.SAME_EMAIL, email.value)
    if email.is_throw_away:
        problem = Problem.THROW_AWAY_MAILBOX
    elif email.is_private:
        problem = Problem.PRIVATE_MAILBOX
    else:
        return Accepted(email.value)
    practice = "refuse" if field is Field.EMAIL else policy.applicant_private_mailbox
    if practice == "refuse":
        return Rejected(problem, email.domain)
    return Doubtful(email.value, problem) if practice == "warn" else Accepted(email.value)


def _printable(checked: Checked, policy: FieldPolicy) -> Checked:
    if isinstance(checked, Rejected):
        return checked
    missing = dict.fromkeys(policy.unprintable(checked.value.replace("\n", " ")))
    return Rejected(Problem.UNPRINTABLE, " ".join(missing)) if missing else checked
