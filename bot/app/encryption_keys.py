"""How the keys of encryption at rest are written in a setting."""

import base64

_ONE_ALPHABET = str.maketrans("-_", "+/")


def encryption_keys(text: str) -> tuple[bytes, ...]:
    """The 32 bytes of each key: they are written in Base64, of either alphabet, with commas between.

    Raises ValueError, which says how one is made and shows none.
    """
    keys = tuple(_key(part.strip()) for part in text.split(",") if part.strip())
    if not all(len(key) == 32 for key in keys):
        raise ValueError("write keys of 32 bytes in Base64, as `openssl rand -base64 32` makes them")
    return keys


def _key(text: str) -> bytes:
    """The bytes; none where it is no Base64."""
    try:
        return base64.b64decode(text.translate(_ONE_ALPHABET), validate=True)
    except ValueError:
        return b""
