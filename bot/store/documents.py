"""The stored form on either engine: documents in an envelope, `{"schema": 1, "version": 42, "value": {…}}`.

`schema` tells which shape the value has: an older one is migrated when it is read, a newer one is refused. `version`
is the number of the commit that wrote it, so that a commit decided on an older one is known, deletion included.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cattrs import BaseValidationError

from bot.dialogue.state import Conversation
from bot.model.errors import StoreDamaged
from bot.model.json_codec import JsonObject, from_json, to_json
from bot.model.people import PersonalData
from bot.request.request import LicenseRequest
from bot.store.encryption import SEALED, in_use
from bot.store.port import OutboxEntry, Stored

T = TypeVar("T")

SEEN_KEPT = 50_000
"""So many message ids are remembered at most (`bot.privacy.job` lets go of old ones): weeks of a busy bot."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of document: its table, its type, and the steps that make a value of schema 1 one of 2, and so on."""

    table: str
    type: type[T]
    migrations: tuple[Callable[[JsonObject], JsonObject], ...] = ()

    @property
    def schema(self) -> int:
        """The schema that is written."""
        return 1 + len(self.migrations)

    def wrap(self, value: T, version: int) -> JsonObject:
        """The document of a value, sealed where it holds persons and there are keys (`bot.store.encryption`)."""
        content = to_json(value)
        held = in_use().close(content) if self.table in SEALED else {"value": content}
        return {"schema": self.schema, "version": version} | held

    def unwrap(self, document: JsonObject, key: str) -> Stored[T]:
        """The value of a document. Raises StoreDamaged, which names table and key, for what cannot be read.

        Raises StoreEncrypted where it is sealed with a key that is not in use.
        """
        try:
            return Stored(from_json(self._migrated(document), self.type), document["version"])
        except (BaseValidationError, KeyError, TypeError, ValueError) as error:
            raise StoreDamaged(f"{self.table} {key!r} is not what la-bot wrote: {type(error).__name__}") from error

    def _migrated(self, document: JsonObject) -> JsonObject:
        schema = document["schema"]
        if schema > self.schema:
            raise StoreDamaged(f"{self.table}: schema {schema} is newer than this la-bot knows: run the newer one")
        value = in_use().open(document)
        for migrate in self.migrations[schema - 1 :]:
            value = migrate(value)
        return JsonObject(value)


@dataclass(frozen=True, slots=True)
class Record:
    """A small value under a key of its own; only its owner knows its shape."""

    content: JsonObject


CONVERSATIONS = Kind("conversations", Conversation)
REQUESTS = Kind("requests", LicenseRequest)
PERSONS = Kind("persons", PersonalData)
OUTBOX = Kind("outbox", OutboxEntry)
RECORDS = Kind("records", Record)
KINDS = (CONVERSATIONS, REQUESTS, PERSONS, OUTBOX, RECORDS)


def names_one(message_id: str, forgets: frozenset[str]) -> bool:
    """Return whether a message's id names one of those chats or users."""
    return not forgets.isdisjoint(message_id.split(":"))
