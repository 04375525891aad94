"""The ports of the core, defined where they are used: store, adapters, terms."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from bot.dialogue.state import Conversation
from bot.model.identity import Account, DeliveryAddress, RequestId
from bot.model.json_codec import JsonObject
from bot.model.message import Message
from bot.model.people import PersonalData
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest

DELIVER_WITHIN = timedelta(days=7)
"""The period for which a message is tried before staff are told that it could not be delivered."""


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Stored(Generic[T_co]):
    """A value and the version it was read at; a commit names that version. 0 is "not there yet"."""

    value: T_co
    version: int


@dataclass(frozen=True, slots=True)
class ConversationWrite:
    """A conversation as it shall be, decided on `version`; None deletes it."""

    account: Account
    conversation: Conversation | None
    version: int


@dataclass(frozen=True, slots=True)
class RequestWrite:
    """A request as it shall be, decided on `version` (0: it is new)."""

    request: LicenseRequest
    version: int


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """A record as it shall be, decided on `version` (0: it is new); None deletes it."""

    key: str
    content: JsonObject | None
    version: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent, from `not_before` until `deadline` (UTC).

    `about`: for logs, and for staff, who reach the person otherwise; what is about none is dropped once given up.
    `receipt`: the key of the record that says when it was delivered or given up, written in the commit that does so.
    `answers`: the message id of what it answers, for platforms that quote that, or can delete it.
    `replaces`: the message whose place it may take, as the platform wrote it in what came in.
    `lapses`: at its deadline it is worth nothing any more, and goes without a word, as a reminder does at the next one.
    `traceless`: the last thing said to somebody who was erased; sent or given up, it is in no history either.
    `clears`: what was said in that chat before is deleted first, as far as the platform lets a bot
    (`bot.privacy.chat_clearing`).
    """

    address: DeliveryAddress
    message: Message
    not_before: datetime
    deadline: datetime
    about: RequestId | None = None
    lapses: bool = False
    traceless: bool = False
    answers: str = ""
    receipt: str = ""
    replaces: str = ""
    clears: bool = False


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An `Outgoing` in the store. `id` grows in the order of commits; entries of one address are delivered in it.

    `undeliverable`: the deadline passed or the chat is gone; it waits for staff to see it.
    """

    id: int
    outgoing: Outgoing
    attempts: int
    next_attempt_at: datetime
    undeliverable: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one turn changes. It goes to disk whole or not at all.

    `message_id` is the platform's, made unique with the account by the adapter; a repeated one is a turn already done.
    `personal_data`: None erases the record. `delivered` entries leave the outbox, `rescheduled` ones are rewritten.
    `forgets`: chats and users; the ids of messages that name one of them between colons are remembered no more,
    this one's included. `forgets_upto`: those of that commit and the ones before it are remembered no more.
    """

    message_id: str = ""
    conversation: ConversationWrite | None = None
    requests: tuple[RequestWrite, ...] = ()
    personal_data: Mapping[RequestId, PersonalData | None] = field(default_factory=dict)
    outgoing: tuple[Outgoing, ...] = ()
    delivered: tuple[int, ...] = ()
    rescheduled: tuple[OutboxEntry, ...] = ()
    records: tuple[RecordWrite, ...] = ()
    forgets: frozenset[str] = frozenset()
    forgets_upto: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """Entries to deliver now, at most one of an address, and when to ask again if nothing happens before."""

    entries: tuple[OutboxEntry, ...]
    wake_at: datetime | None


class Deliver(Protocol):
    """The adapter's function that sends an outbox entry."""

    async def __call__(self, entry: OutboxEntry) -> Sequence[str]:
        """Send this entry, once. Raises DeliveryFailed where the platform does not take it.

        Gives the ids by which `Clear` finds it, and what it answers; none where the platform is asked for them then.
        """
        ...


class Clear(Protocol):
    """The adapter's function that clears a chat when a person has their data erased."""

    async def __call__(self, entry: OutboxEntry, ids: Sequence[str]) -> int:
        """Delete what was said in the chat of this entry, before it is sent; `ids` are those that `Deliver` gave.

        What the entry answers goes too, where a bot may delete it. It may be done again.

        Returns how many messages and files the platform would not let go, those that are gone already not counted.
        Raises DeliveryFailed where it has to be tried again.
        """
        ...


class Store(Protocol):
    """Durable state. Everything returned is the caller's own: changing it changes nothing stored."""

    def account_lock(self, account: Account) -> AbstractAsyncContextManager[None]:
        """Hold it from reading to commit: turns of one account follow each other, those of others go on."""
        ...

    async def conversation(self, account: Account) -> Stored[Conversation | None]:
        """The account's conversation; None at version 0 where there is none."""
        ...

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """All conversations that are under way."""
        ...

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """The request of that id."""
        ...

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """The requests that the query asks for, the last changed first, unless it wants them the other way."""
        ...

    async def due(self, by: datetime, limit: int) -> Sequence[Stored[LicenseRequest]]:
        """Up to `limit` requests whose `remind_at` has come by then, the longest due first."""
        ...

    async def count(self, query: RequestQuery) -> int:
        """Return the number of matching requests, whatever the limit and offset."""
        ...

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """The persons of a request; None once erased."""
        ...

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """A record, small and not a request's, as whom an owner named; None at version 0 where there is none."""
        ...

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """All records whose keys begin so, in the order of their keys."""
        ...

    async def seen(self, message_id: str) -> bool:
        """Return whether a commit of that message id was made before."""
        ...

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        """Write it durably and return its outgoing messages as entries.

        A repeated `message_id` changes nothing and returns none. Raises StaleCommit where a version moved on,
        StoreError where the disk refuses: then nothing was written.
        """
        ...

    async def outbox(self, address: DeliveryAddress | None = None) -> Sequence[OutboxEntry]:
        """Entries not yet delivered, undeliverable ones included, in order; of one address, or all."""
        ...

    async def claim(self, platforms: Collection[str], now: datetime, lease: timedelta, limit: int) -> Claim:
        """Up to `limit` entries of those platforms that can go out now; nobody else gets them before the lease ends.

        A commit that delivers or reschedules an entry ends its lease.
        """
        ...

    async def forget_history(self) -> tuple[str, ...]:
        """Return when what was deleted or overwritten before stands nowhere in the store any more.

        Gives the names of older copies of the store beside it, which still hold it. Raises StoreError where the disk
        refuses: then some of it may still be there.
        """
        ...

    async def seals(self) -> Mapping[str, int]:
        """Return how many documents that may hold persons are encrypted with each key; the empty name is for none."""
        ...

    async def outbox_changed(self) -> None:
        """Return once an outgoing message was committed, here or by another process, since the last call returned."""
        ...

    async def aclose(self) -> None:
        """Let go of files, locks and connections."""
        ...
