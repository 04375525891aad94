"""Encryption at rest: what is in the envelope of a document that holds persons, and who can read it.

    {"schema": 1, "version": 42, "key": "1f2e3d4c", "sealed": "ZkO1…"}    instead of    {…, "value": {…}}

`sealed` is the value's JSON under AES-256-GCM (NIST SP 800-38D), after the 12 random bytes of its nonce, in Base64.
Random nonces serve a key for 2**32 documents (8.3), more than a bot writes in its life. It is not Fernet because every
person is decrypted for the search when the store opens, and Fernet takes fifteen times as long.

`key` tells which key sealed it: the first eight digits of its SHA-256, so that one which is missing is known at once.

The keys belong to the process, as its locale does: `use_keys` is called once, before a store is opened. Thus every
way to the documents (journal, snapshots, PostgreSQL, copies, checks, backups) goes through the same two functions.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from bot.model.errors import StoreDamaged, StoreEncrypted
from bot.model.json_codec import JsonObject

SEALED = frozenset({"conversations", "persons", "outbox", "records"})
"""The tables whose values are encrypted where the controller set keys.

Requests (ids, statuses, dates, accounts and chats, by which they are found), all ids and the state stand in clear.
"""


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class _Head(msgspec.Struct):
    """The part of an envelope before its value."""

    key: str = ""


_head = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class Keys:
    """By their names; the first one seals, all open."""

    by_name: "Mapping[str, AESGCM]" = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, keys: Sequence[bytes]) -> "Keys":
        """From keys of 32 bytes."""
        if not keys:
            return cls()
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 80 ms, for who encrypts

        return cls({sha256(key).hexdigest()[:8]: AESGCM(key) for key in keys})

    def close(self, value: object) -> JsonObject:
        """The part of an envelope that holds the value: sealed where there is a key."""
        for name, key in self.by_name.items():
            nonce = os.urandom(NONCE)
            token = nonce + key.encrypt(nonce, msgspec.json.encode(value), None)
            return {"key": name, "sealed": b64encode(token).decode()}
        return {"value": value}

    def open(self, document: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """The value in an envelope. Raises StoreEncrypted without its key, ValueError where it was altered."""
        if "sealed" not in document:
            return document["value"]
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

        self.demand([document["key"]])
        token = b64decode(document["sealed"], validate=True)
        try:
            return msgspec.json.decode(self.by_name[document["key"]].decrypt(token[:NONCE], token[NONCE:], None))
        except InvalidTag as error:
            raise ValueError("it was altered") from error

    def demand(self, names: Iterable[str]) -> None:
        """Raise StoreEncrypted unless all of these keys are there."""
        if missing := sorted(set(names) - self.by_name.keys()):
            other = ", which has other keys now" if self.by_name else ""
            raise StoreEncrypted(
                f"the store is encrypted: set LA_BOT_ENCRYPTION_KEYS{other} (missing: key {', '.join(missing)}). "
                "Nothing was changed"
            )


_in_use = Keys()


def use_keys(keys: Sequence[bytes]) -> None:
    """From now on seal with the first of them, and open what any of them sealed. None: write in clear."""
    global _in_use  # noqa: PLW0603 - see above
    _in_use = Keys.of(keys)


def in_use() -> Keys:
    """The keys of this process."""
    return _in_use


def sealing() -> bool:
    """Return whether documents that hold persons are sealed when they are written."""
    return bool(_in_use.by_name)


def seals_of(tables: Mapping[str, Mapping[str, bytes]]) -> Iterator[str]:
    """Of every document that may be sealed the name of its key; empty where it stands in clear."""
    return (_key_of(row) for table in SEALED for row in tables.get(table, {}).values())


def _key_of(row: bytes) -> str:
    with suppress(msgspec.ValidationError):  # what is no envelope is told of where it is read
        return _head.decode(row).key
    return ""


def demand_keys(tables: Mapping[str, Mapping[str, bytes]]) -> None:
    """Raise StoreEncrypted unless every document in these tables can be opened."""
    _in_use.demand(filter(None, seals_of(tables)))


def resealed(table: str, key: str, document: JsonObject, clear: bool) -> JsonObject:
    """The document as it would be written now, or in clear; version and schema stay.

    Raises StoreEncrypted without its key, StoreDamaged, which names table and key, where it cannot be read.
    """
    try:
        envelope = {name: document[name] for name in ("schema", "version")}
        value = _in_use.open(document)
    except (KeyError, ValueError) as error:
        raise StoreDamaged(f"{table} {key!r} is not what la-bot wrote: {type(error).__name__}") from error
    return envelope | ({"value": value} if clear else _in_use.close(value))
