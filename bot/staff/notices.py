"""Unasked notices to staff: a message that cannot be delivered, news, digests. No names, no addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.identity import Account, DeliveryAddress, RequestId, address_of
from bot.model.message import Message
from bot.request.events import Happened
from bot.request.request import LicenseRequest
from bot.store.port import DELIVER_WITHIN, OutboxEntry, Outgoing
from bot.texts.say import Say, Value
from bot.texts.views import Views


@dataclass(frozen=True, slots=True)
class Notices:
    """The words, and who is told: the staff's channel where there is one, else each of them."""

    views: Views
    staff: Sequence[Account] = ()
    channel: DeliveryAddress | None = None

    @property
    def addresses(self) -> tuple[DeliveryAddress, ...]:
        """Return the addresses at which staff are told."""
        return (self.channel,) if self.channel else tuple(map(address_of, self.staff))

    def opted_out(self, request: LicenseRequest, now: datetime) -> tuple[Outgoing, ...]:
        """Return the notices to staff that a signer has just opted out of a changed LA."""
        event = request.events[-1]
        if event.happened is not Happened.OPTED_OUT or event.at != now:
            return ()
        values = {"request_id": request.id, "version": event.about.version if event.about else "-"}
        return tuple(self.to_staff(Say("staff.opted_out", values), request.id, now))

    def undelivered(self, entry: OutboxEntry, now: datetime) -> tuple[Outgoing, ...]:
        """Return the notices to staff of a message that cannot be delivered; none if it was for staff itself."""
        if entry.outgoing.address in {*self.addresses, *map(address_of, self.staff)}:
            return ()
        about = entry.outgoing.about
        values = {
            "platform": entry.outgoing.address.platform,
            "about": about or "",
            "since": entry.outgoing.not_before,
        }
        return tuple(self.to_staff(Say("staff.undelivered", values), about, now))

    def unconfirmed(self, request: LicenseRequest, now: datetime) -> tuple[Outgoing, ...]:
        """Return the notices to staff of a request that was said to be emailed, and that nobody confirmed."""
        values: dict[str, Value] = {"request_id": request.id, "since": request.since}
        return tuple(self.to_staff(Say("staff.unconfirmed", values), request.id, now))

    def to_staff(self, say: Say, about: RequestId | None, now: datetime) -> Iterator[Outgoing]:
        """A saying to staff."""
        return self.telling(self.views.message([say], ""), now, about)

    def telling(self, message: Message, now: datetime, about: RequestId | None = None) -> Iterator[Outgoing]:
        """A message to staff."""
        for address in self.addresses:
            yield Outgoing(address, message, now, now + DELIVER_WITHIN, about)
