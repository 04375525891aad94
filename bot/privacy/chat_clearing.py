"""The ids of a chat's messages, kept as long as they can be deleted there, and their deletion.

A platform that knows what a bot wrote in a chat is asked for it; of one that does not (Telegram) the ids are kept, of
both sides where it lets a bot delete both. The record is written in the commit that settles the delivery, and goes when
its time is over (`bot.privacy.job`) or when the person is erased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.model.errors import DeliveryFailed
from bot.model.identity import DeliveryAddress
from bot.model.json_codec import JsonObject
from bot.store.port import Clear, OutboxEntry, RecordWrite, Store, Stored
from bot.texts.say import Say
from bot.texts.views import Views

SENT = "sent/"
"""Records of ids: `sent/{platform}:{chat}/{id}`."""

CLEARING_TRIES = 6
"""After so many failed attempts, some two minutes, the last word goes out all the same."""

KEPT_FOR = timedelta(hours=48)
"""Older messages no bot can delete on Telegram (https://core.telegram.org/bots/api#deletemessage)."""


def prefix_of(address: DeliveryAddress) -> str:
    """Return the key prefix of a chat's records."""
    return f"{SENT}{address.platform}:{address.chat}/"


async def kept_of(store: Store, address: DeliveryAddress) -> Mapping[str, Stored[JsonObject]]:
    """A chat's records, by their keys."""
    return await store.records(prefix_of(address))


def remembered(entry: OutboxEntry, ids: Sequence[str], at: datetime) -> tuple[RecordWrite, ...]:
    """The record of what was said in one entry; none of what is to leave no trace."""
    if not ids or entry.outgoing.traceless:
        return ()
    return (RecordWrite(f"{prefix_of(entry.outgoing.address)}{ids[-1]}", {"at": at.isoformat(), "ids": list(ids)}, 0),)


def is_over(kept: JsonObject, now: datetime) -> bool:
    """Return whether a record's messages can be deleted no more."""
    return datetime.fromisoformat(kept["at"]) <= now - KEPT_FOR


async def forgotten(store: Store, address: DeliveryAddress) -> tuple[RecordWrite, ...]:
    """Return the writes that take a chat's records out of the store."""
    return tuple(RecordWrite(key, None, kept.version) for key, kept in (await kept_of(store, address)).items())


@dataclass(frozen=True, slots=True)
class Clearing:
    """Deletes what was said in a chat, on the platforms in `clear`, before the last word there is said."""

    store: Store
    views: Views
    clear: Mapping[str, Clear] = field(default_factory=dict)

    async def __call__(self, entry: OutboxEntry, now: datetime) -> OutboxEntry:
        """The entry as it is to be sent then: it says what the platform did not let go. Raises DeliveryFailed."""
        address = entry.outgoing.address
        if not (clear := self.clear.get(address.platform)):
            return entry
        known = [kept.value for kept in (await kept_of(self.store, address)).values()]
        ids = [each for kept in known if not is_over(kept, now) for each in kept["ids"]]
        try:
            left = await clear(entry, ids)
        except DeliveryFailed:
            if entry.attempts < CLEARING_TRIES or not ids:
                raise
            left = len(ids)  # whoever was erased is to hear that it is done, if not here
        if not left:
            return entry
        message = entry.outgoing.message
        told = self.views.message([Say("erase.not_cleared", {"count": left})], "")
        message = replace(message, blocks=(*message.blocks, *told.blocks))
        return replace(entry, outgoing=replace(entry.outgoing, message=message))
