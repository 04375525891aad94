"""Request ids: `4DME-7KQ2M-XB4RT`, nine random characters and a check character.

The alphabet has 31 characters, none of 0 O 1 I L. 31 is prime, so the weighted sum that ISBN-10 uses (ISO 2108:1978)
catches every wrong character and every swap of two.

PURE: the caller brings the randomness.
"""

import re
from collections.abc import Callable
from functools import cache

from bot.model.identity import RequestId

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RANDOM = 9


def new_request_id(prefix: str, below: Callable[[int], int]) -> RequestId:
    """A fresh id; `below(n)` gives an unguessable number of 0 … n-1 (`secrets.randbelow`)."""
    body = "".join(ALPHABET[below(len(ALPHABET))] for _ in range(RANDOM))
    return _written(prefix, body + _check_character(body))


def parse_request_id(prefix: str, text: str) -> RequestId | None:
    """The id that `text` is, in any case, with or without its prefix, dashes and spaces; None where it is none."""
    characters = re.sub(r"[^0-9A-Z]", "", text.upper()).removeprefix(prefix.upper())
    if len(characters) != RANDOM + 1 or not set(characters) <= set(ALPHABET):
        return None
    body, check = characters[:-1], characters[-1]
    return _written(prefix, characters) if check == _check_character(body) else None


def cut_request_ids(prefix: str, text: str) -> tuple[tuple[RequestId, ...], str]:
    """The ids with their prefix that stand in a text, in order, and the text without them."""
    found: list[RequestId] = []

    def cut(spot: re.Match[str]) -> str:
        request_id = parse_request_id(prefix, spot[0])
        found.extend([request_id] if request_id else [])
        return " " if request_id else spot[0]

    rest = _pattern(prefix).sub(cut, text)
    return tuple(found), rest


@cache
def _pattern(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(prefix)}[\s\-–—_]?(?:[0-9A-Z][\s\-–—_]?){{{RANDOM}}}[0-9A-Z]\b", re.IGNORECASE)


def _check_character(body: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(body, 2))
    return ALPHABET[-total % len(ALPHABET)]


def _written(prefix: str, characters: str) -> RequestId:
    return RequestId(f"{prefix}-{characters[:5]}-{characters[5:]}")
