"""Values as they are printed: without honorifics, lead-ins and trailing signs; None where they look like none."""

import re

from bot.model.people import Field
from bot.understanding.lexicon import entries, pairs

_HONORIFIC = re.compile(
    r"(?:univ\.?-)?(?:prof(?:essor(?:in)?)?\b\.?|dr\b\.?(?:-ing\.?)?|doctor|mr\b\.?|mrs\b\.?|ms\b\.?|miss|mx\b\.?|sir\b|madam|herr|frau|mme|"
    r"monsieur|madame|señor|señora|sra?\b\.|ing\b\.?|habil\b\.?|apl\b\.?|assoc\b\.?|associate|asst\b\.?|assistant|em\b\.|tri\b|doç\b\.?)[\s,]*",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"[,\s]+\(?(?:ph\.?\s?d|m\.?sc|dr|mba|dphil)\.?\)?$", re.IGNORECASE)
_HAN_TITLE = re.compile(r"(?<=[\u3040-\u30ff\u4e00-\u9fff])\s?(?:教授|副教授|准教授|老师|先生|博士|さん|様)$")
_EDGES = ' \t\n.,;:!?·|*_"“”„«»<>-–—，。；：！、=~'
_SMALL = frozenset(
    [
        "van",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "do",
        "la",
        "le",
        "el",
        "bin",
        "binti",
        "ibn",
        "al",
        "von",
        "zu",
        "zum",
        "af",
        "av",
        "of",
        "y",
        "e",
        "ten",
        "ter",
    ]
)
_ARTICLE = re.compile(
    r"^(?:an?|the|our|my|his|her|their|eine?|der|die|das|un|une|el|la|le|mein|meine|as|als)\s(?=\S)", re.IGNORECASE
)
_PLACED = re.compile(
    r" in (?:the )?[A-ZÀ-Ž]\w+$| \((?:{})\)(?=,|$)".format(
        "|".join(place.title() for place in entries("places") if place.isascii())
    )
)
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def clean(field: Field, typed: str) -> str | None:
    """The value of a field as it is printed."""
    text = " ".join(re.sub(r"\s*,?\s*\n\s*", ", ", typed.strip()).split())
    match field:
        case Field.NAME | Field.APPLICANT_NAME:
            return _name(text)
        case Field.EMAIL | Field.APPLICANT_EMAIL:
            return _email(text)
        case Field.TITLE:
            return _title(text)
        case Field.AFFILIATION:
            return _lettered(_PLACED.sub("", _ARTICLE.sub("", _trimmed(text))))
        case Field.ADDRESS:
            return _lettered(_trimmed(text))


def _trimmed(text: str) -> str:
    text = text.strip(_EDGES)
    for opening, closing in ("()", "[]"):
        if text.count(opening) > text.count(closing):
            text = text + closing if not text.startswith(opening) else text[1:]
        if text.count(closing) > text.count(opening):
            text = text.removesuffix(closing) if text.endswith(closing) else text
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    return text.strip(_EDGES)


def _lettered(text: str) -> str | None:
    return text if any(map(str.isalpha, text)) and not re.fullmatch(r"\S+@\S+", text) else None


def _name(text: str) -> str | None:
    name = _trimmed(text)
    while (found := _HONORIFIC.match(name)) and found.end() < len(name):
        name = name[found.end() :]
    name = _trimmed(_DEGREE.sub("", _HAN_TITLE.sub("", _DEGREE.sub("", name))))
    name = re.sub(r"(?:['’]s)$", "", name)
    if not any(map(str.isalpha, name)) or any(map(str.isdigit, name)) or "@" in name or "://" in name:
        return None
    if len(name) > 100 or len(name.split()) > 9 or _HONORIFIC.fullmatch(name):
        return None
    return _cased(name)


def _cased(name: str) -> str:
    """A name in small letters gets capitals, one in capitals alone gets small ones; "LAST, First" is turned round."""
    last, comma, first = name.partition(", ")
    if comma and last.isupper() and first and not first.isupper():
        name = f"{first} {last.title()}"
    words = name.split()
    if name == name.lower() and not _HAN.search(name):
        return " ".join(
            word if word in _SMALL and place < len(words) - 1 and len(words) > 1 else _capital(word)
            for place, word in enumerate(words)
        )
    if len(words) > 0 and name == name.upper() and name.isascii() and all(len(word.strip(".-'")) > 1 for word in words):
        return " ".join(_capital(word.lower()) for word in words)
    return name


def _capital(word: str) -> str:
    return re.sub(r"(?:^|(?<=[-'’.]))[^\W\d_]", lambda found: found[0].upper(), word)


def _email(text: str) -> str | None:
    found = re.search(r"[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}", text)
    return found[0].lower() if found else None


def _title(text: str) -> str | None:
    title = _ARTICLE.sub("", _trimmed(text))
    if not any(map(str.isalpha, title)) or "@" in title or len(title) > 120:
        return None
    known = pairs("titles").get(title.casefold().rstrip("."))
    if known:
        return known
    if title == title.lower() and title.isascii() and len(title.split()) <= 3:
        return title[0].upper() + title[1:]
    return title
