"""The characters and scripts of a typed text, and cleaning it. Standard library only.

Kept: letters, marks, digits, punctuation, symbols, spaces. Removed: whatever cannot be seen and so could only mislead
(controls, surrogates, bidi overrides and isolates, zero-width characters, blank letters). Two invisible characters
spell words: U+200C and U+200D (RFC 5892 A.1, A.2); they are kept where scripts that use them do.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

JOINERS = "\u200c\u200d"
_JOINING_SCRIPTS = frozenset([
    "ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
    "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "MYANMAR", "KHMER", "TIBETAN",
])  # fmt: skip
_UNSEPARATED_SCRIPTS = frozenset([
    "CJK", "IDEOGRAPHIC", "HANGUL", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH", "BOPOMOFO", "YI",
    "NUSHU", "TANGUT", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "TAI", "NEW", "JAVANESE", "BALINESE",
])  # fmt: skip
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_LINE_ENDS = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_MOST_MARKS = 8  # on one letter; Tibetan and pointed Hebrew need about five
_VIRAMA = 9  # its canonical combining class


@lru_cache(maxsize=4096)
def script(character: str) -> str:
    """The first word of the character's Unicode name: LATIN, ARABIC, CJK; empty where it has none."""
    return unicodedata.name(character, "").partition(" ")[0]


def clean_lines(text: str) -> list[str]:
    """The lines that hold something, in NFC, without what cannot be seen, with single spaces. Idempotent."""
    return [line for line in all_lines(text) if line]


def all_lines(text: str) -> list[str]:
    """As `clean_lines`, with the empty lines between."""
    return [" ".join(_visible(line).split()) for line in _LINE_ENDS.split(text)]


def has_letter(text: str) -> bool:
    """Return whether any character is a letter of any script."""
    return any(character.isalpha() for character in text)


def separates_words(text: str) -> bool:
    """Return whether all letters are of scripts with spaces between words (Latin, Cyrillic, Arabic; not Han, Thai)."""
    return text.isascii() or all(script(c) not in _UNSEPARATED_SCRIPTS and script(c) for c in text if c.isalpha())


def is_garbled(text: str) -> bool:
    """Return whether the text was spoilt on its way: replacement characters, noncharacters, towers of marks."""
    if text.isascii():
        return False
    marks = (len(list(run)) for is_mark, run in groupby(text, _is_mark) if is_mark)
    return "\ufffd" in text or max(marks, default=0) > _MOST_MARKS


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _visible(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line  # as all of it would, one character after the other
    text, cleaned = "", "".join(map(_kept, line))
    while text != cleaned:  # where a joiner goes, the marks around it may change places, and another joiner goes
        text = unicodedata.normalize("NFC", cleaned)
        cleaned = unicodedata.normalize("NFC", "".join(_with_joiners(text)))
    return text


def _kept(character: str) -> str:
    if character in JOINERS:
        return character
    if character == "\t" or unicodedata.category(character) == "Zs":
        return " "
    code = ord(character)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs"} or character in _BLANK_LETTERS or is_noncharacter
    return "" if hidden else character


def _with_joiners(text: str) -> Iterator[str]:
    """The characters, less the joiners and variation selectors that stand where nobody spells with them."""
    before = ""
    for index, character in enumerate(text):
        keep = True
        if character in JOINERS:
            keep = _joins(before, text[index + 1 : index + 2])
        elif _selects_variant(character):
            keep = bool(before) and script(before) == "CJK"
        if keep:
            yield character
            before = character


def _joins(before: str, after: str) -> bool:
    if not before or script(before) not in _JOINING_SCRIPTS:
        return False
    # After a virama it shapes that letter alone, also at the end of a word: Malayalam chillu, Bengali khanda ta.
    if unicodedata.combining(before) == _VIRAMA:
        return True
    return _spells(before) and bool(after) and script(after) in _JOINING_SCRIPTS and _spells(after)


def _spells(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
