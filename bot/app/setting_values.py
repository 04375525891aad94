"""How the values of settings are written. Each raises ValueError with what would be right, where one is not."""

import base64
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model.identity import Account, DeliveryAddress

_ONE_ALPHABET = str.maketrans("-_", "+/")
"""Base64 in its alphabet for addresses, as the usual one."""


def count(text: str) -> int:
    """A number of 1 to 1200."""
    if not text.isdecimal() or not 1 <= int(text) <= 1200:
        raise ValueError("write a whole number of 1 to 1200")
    return int(text)


def plan(text: str) -> tuple[int, ...]:
    """Days, each higher than the one before."""
    days = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    if not all(1 <= day <= 3650 for day in days) or days != sorted(set(days)):
        raise ValueError("write whole numbers of days, each higher than the one before, as 3,7,14,28")
    return tuple(days)


def hours(text: str) -> tuple[int, int]:
    """Two full hours of a day."""
    opens, _, closes = text.partition("-")
    if not (opens.isdecimal() and closes.isdecimal() and 0 <= int(opens) < int(closes) <= 24):
        raise ValueError("write two full hours, as 9-18")
    return int(opens), int(closes)


def accounts(text: str) -> tuple[Account, ...]:
    """Accounts, with commas between."""
    return tuple(Account.parse(part) for part in text.split(",") if part.strip())


def chat(text: str) -> DeliveryAddress | None:
    """A place, as platform:chat; None where it is empty."""
    platform, colon, chat = text.partition(":")
    if text and not (platform and colon and chat):
        raise ValueError("write platform:chat, as slack:C0123")
    return DeliveryAddress(platform, chat.rpartition("/")[2]) if text else None


def minutes(text: str) -> timedelta:
    """Up to an hour."""
    if not text.isdecimal() or int(text) > 60:
        raise ValueError("write a whole number of 0 to 60")
    return timedelta(minutes=int(text))


def zone(text: str) -> ZoneInfo:
    """A time zone (IANA)."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("write a time zone as Europe/Helsinki") from None


def time_of_day(text: str) -> time:
    """A time of day."""
    try:
        return time.fromisoformat(text if ":" in text else f"{text}:00")
    except ValueError:
        raise ValueError("write a time of day as 08:30") from None


def days(text: str) -> timedelta:
    """A number of days."""
    return timedelta(days=count(text))


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"write one of: {', '.join(words)}")
        return text

    return read


def secret(text: str) -> bytes:
    """16 characters or more, or nothing."""
    if text and len(text.encode()) < 16:
        raise ValueError("write at least 16 characters, or leave it unset")
    return text.encode()


def https(text: str) -> str:
    """A public address, without a slash at its end, or nothing."""
    if text and not text.startswith("https://"):
        raise ValueError("write an address that begins with https://, or leave it unset")
    return text.rstrip("/")


def address(text: str) -> str:
    """An address, without a slash at its end."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("write an address that begins with http:// or https://")
    return text.rstrip("/")


def folder_address(text: str) -> str:
    """An address with a slash at its end."""
    return address(text) + "/"


def begins(prefix: str) -> Callable[[str], str]:
    """A token of that kind, or nothing."""

    def read(text: str) -> str:
        if text and not text.startswith(prefix):
            raise ValueError(f"write one that begins with {prefix}")
        return text

    return read


def port(text: str) -> int:
    """A port."""
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise ValueError("write a number of 0 to 65535")
    return int(text)


def file(text: str) -> Path | None:
    """A file that is there, or nothing."""
    if text and not Path(text).is_file():
        raise ValueError(f"there is no file {text}")
    return Path(text) if text else None


def database(text: str) -> str:
    """A database, or nothing."""
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("write postgresql://…, or leave it unset")
    return text


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
