"""Email addresses that are spelt out: "anna dot virtanen at tuni dot fi" is written as an address before all else."""

import re
from collections.abc import Sequence

_AT = frozenset(["at", "ät", "arroba", "chiocciola", "arobase", "kukkamerkki", "miukumauku", "собака"])
_SIGNS = {
    **dict.fromkeys(["dot", "punkt", "punto", "point", "piste", "ponto", "punkti", "точка", "kropka"], "."),
    **dict.fromkeys(["underscore", "alaviiva", "unterstrich", "guion_bajo"], "_"),
    **dict.fromkeys(["dash", "hyphen", "minus", "bindestrich", "guion", "tiret", "viiva"], "-"),
}
_PIECE = re.compile(r"[\[({<]\s?(?:at|ät|dot|punkt|arroba|punto)\s?[\])}>]|[^\W_]+|[._@-]|\S", re.IGNORECASE)
_ENDINGS = frozenset(
    [
        "com",
        "org",
        "net",
        "edu",
        "gov",
        "info",
        "io",
        "ac",
        "uk",
        "fi",
        "de",
        "fr",
        "es",
        "it",
        "ch",
        "at",
        "se",
        "no",
        "dk",
        "nl",
        "be",
        "pl",
        "cz",
        "pt",
        "br",
        "mx",
        "in",
        "cn",
        "jp",
        "kr",
        "tw",
        "sg",
        "au",
        "nz",
        "ca",
        "us",
        "ie",
        "eu",
        "za",
        "ng",
        "ke",
        "tr",
        "gr",
        "hu",
        "ro",
        "ru",
        "ua",
    ]
)
_MOST_PIECES = 9


def written(text: str) -> str:
    """The text with every spelt address written as one."""
    if "@" in text and not re.search(r"[\w.]\s@|@\s\w", text):
        return text
    if not re.search(r"\b(?:at|ät|arroba|chiocciola|arobase|kukkamerkki|собака)\b|@", text, re.IGNORECASE):
        return text
    pieces = [(found[0], found.start(), found.end()) for found in _PIECE.finditer(text)]
    plain = [piece.strip("[](){}<> ").casefold() or piece for piece, _, _ in pieces]
    for place, piece in enumerate(plain):
        if piece not in _AT and piece != "@":
            continue
        left, right = _before(plain, pieces, place), _after(plain, pieces, place)
        if left is None or right is None:
            continue
        address = (
            "".join(map(_sign, plain[left:place])) + "@" + "".join(map(_sign, plain[place + 1 : right[0]])) + right[1]
        )
        return text[: pieces[left][1]] + address + written(text[pieces[right[0] - 1 + bool(right[1])][2] :])
    return text


def _sign(piece: str) -> str:
    return _SIGNS.get(piece, piece)


def _is_sign(piece: str) -> bool:
    return piece in _SIGNS or piece in {".", "_", "-"}


def _is_word(piece: str) -> bool:
    return piece.isalnum() and piece.isascii() and piece not in _SIGNS and piece not in _AT


def _before(plain: Sequence[str], pieces: Sequence[tuple[str, int, int]], place: int) -> int | None:
    """Where the mailbox begins: words with signs between them, or a number that stands behind."""
    at = place - 1
    if at < 0 or not _is_word(plain[at]):
        return None
    while at >= 2 and place - at < _MOST_PIECES:
        if plain[at].isdigit() and _is_word(plain[at - 1]) and at >= 2 and _is_sign(plain[at - 2]):
            at -= 1
        elif _is_sign(plain[at - 1]) and _is_word(plain[at - 2]):
            at -= 2
        elif _touches(pieces, at - 1, at) and (_is_word(plain[at - 1]) or _is_sign(plain[at - 1])):
            at -= 1
        else:
            break
    return at


def _after(plain: Sequence[str], pieces: Sequence[tuple[str, int, int]], place: int) -> tuple[int, str] | None:
    """Behind the domain; and the ending where it was said without its dot."""
    at, dots = place + 2, 0
    if at > len(plain) or not _is_word(plain[place + 1]):
        return None
    while at + 1 < len(plain) and _is_sign(plain[at]) and _is_word(plain[at + 1]) and at - place < _MOST_PIECES:
        is_said = plain[at] in _SIGNS or _touches(pieces, at, at + 1)
        if not is_said:
            break
        dots += _sign(plain[at]) == "."
        at += 2
    if dots:
        return at, ""
    if at == len(plain) - 1 and plain[at] in _ENDINGS and len(plain) - place < 5:
        return at, f".{plain[at]}"
    return None


def _touches(pieces: Sequence[tuple[str, int, int]], left: int, right: int) -> bool:
    return pieces[left][2] == pieces[right][1]
