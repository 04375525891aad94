"""The outbox in memory: what can go out now is found without looking at what cannot.

`bot.store.outbox.claim` says which entries those are; here the same is answered from queues, at a cost that grows
with what is due and not with what waits. A queue may hold what is out of date: whatever comes out of one is looked at
anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import islice

from bot.model.identity import DeliveryAddress
from bot.store.port import Claim, OutboxEntry

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Queues:
    """Of one platform: addresses to look at from an instant on, and first entries that can go out, by their ids."""

    later: list[tuple[datetime, int, DeliveryAddress]] = field(default_factory=list)
    due: list[tuple[int, DeliveryAddress]] = field(default_factory=list)


class Waiting:
    """Entries that are not delivered yet, and the leases on them."""

    def __init__(self, entries: Iterable[OutboxEntry] = ()) -> None:
        self._entries: dict[int, OutboxEntry] = {}
        self._lanes: defaultdict[DeliveryAddress, dict[int, OutboxEntry]] = defaultdict(dict)
        """Of each address those that can still be delivered, in the order of ids."""
        self._leases: dict[int, datetime] = {}
        self._queues: defaultdict[str, _Queues] = defaultdict(_Queues)
        self._claimed_at = _AT_ONCE
        for entry in entries:
            self.put(entry)

    def __contains__(self, entry_id: int) -> bool:
        return entry_id in self._entries

    def get(self, entry_id: int) -> OutboxEntry | None:
        """The entry of that id."""
        return self._entries.get(entry_id)

    def listed(self, address: DeliveryAddress | None) -> Sequence[OutboxEntry]:
        """All of an address, or all, in the order of ids."""
        return [entry for entry in self._entries.values() if address in {None, entry.outgoing.address}]

    def put(self, entry: OutboxEntry) -> None:
        """A new entry, the last in order, or one as it is now; nobody has a lease on it."""
        address = entry.outgoing.address
        self._entries[entry.id] = entry
        self._leases.pop(entry.id, None)
        if entry.undeliverable:
            self._leave(entry)
            return
        lane = self._lanes[address]
        is_late = entry.id not in lane and bool(lane) and entry.id < next(reversed(lane))
        lane[entry.id] = entry
        if is_late:  # it could not be delivered for a while, and takes its place again
            self._lanes[address] = dict(sorted(lane.items()))
        for at in {entry.outgoing.not_before, entry.next_attempt_at}:
            self._look_at(at, entry.id, address)

    def drop(self, entry_id: int) -> None:
        """Forget an entry, if it is there."""
        self._leases.pop(entry_id, None)
        if entry := self._entries.pop(entry_id, None):
            self._leave(entry)

    def claim(self, platforms: Collection[str], now: datetime, lease: timedelta, limit: int) -> Claim:
        """See `bot.store.port.Store.claim`."""
        if now < self._claimed_at:  # the clock went back: instants that had passed are to come again
            self._look_at_all()
        self._claimed_at = now
        queues = [self._queues[platform] for platform in platforms if platform in self._queues]
        for each in queues:
            while each.later and each.later[0][0] <= now:
                self._sort_in(heappop(each.later)[2], now)
        entries = tuple(islice(self._due(queues, now), limit))
        wake_at = min((at for each in queues if (at := self._next_instant(each, now))), default=None)
        for entry in entries:
            self._leases[entry.id] = now + lease
            self._look_at(now + lease, entry.id, entry.outgoing.address)
        return Claim(entries, wake_at)

    def _leave(self, entry: OutboxEntry) -> None:
        """The entry makes way for those behind it."""
        address = entry.outgoing.address
        self._lanes[address].pop(entry.id, None)
        if self._lanes[address]:
            self._look_at(_AT_ONCE, entry.id, address)
        else:
            del self._lanes[address]

    def _look_at(self, at: datetime, entry_id: int, address: DeliveryAddress) -> None:
        heappush(self._queues[address.platform].later, (at, entry_id, address))

    def _look_at_all(self) -> None:
        for address, lane in self._lanes.items():
            self._look_at(_AT_ONCE, next(iter(lane)), address)

    def _first(self, address: DeliveryAddress, now: datetime) -> tuple[OutboxEntry | None, datetime]:
        """The entry of an address whose turn it is, or is next, and the instant from which it can go out."""
        if not (lane := self._lanes.get(address)):
            return None, now
        first = next(iter(lane.values()))
        if first.outgoing.not_before > now:
            begun = (entry for entry in lane.values() if entry.outgoing.not_before <= now)
            first = next(begun, None) or min(lane.values(), key=lambda entry: entry.outgoing.not_before)
        leased_until = self._leases.get(first.id, _AT_ONCE)
        return first, max(first.outgoing.not_before, first.next_attempt_at, leased_until)

    def _sort_in(self, address: DeliveryAddress, now: datetime) -> None:
        first, ready_at = self._first(address, now)
        if first and ready_at <= now:
            heappush(self._queues[address.platform].due, (first.id, address))
        elif first:
            self._look_at(ready_at, first.id, address)

    def _due(self, queues: Sequence[_Queues], now: datetime) -> Iterator[OutboxEntry]:
        """Those that can go out, in the order of ids, each taken out of its queue."""
        taken: set[int] = set()
        while filled := [each.due for each in queues if each.due]:
            entry_id, address = heappop(min(filled))
            first, ready_at = self._first(address, now)
            if first is None or first.id in taken:
                continue
            if first.id == entry_id and ready_at <= now:
                taken.add(first.id)
                yield first
            else:
                self._sort_in(address, now)

    def _next_instant(self, queues: _Queues, now: datetime) -> datetime | None:
        """Return the instant to look at an address again, outdated entries left out."""
        while queues.later:
            at, entry_id, address = queues.later[0]
            entry, (first, ready_at) = self._lanes.get(address, {}).get(entry_id), self._first(address, now)
            if entry and (at == entry.outgoing.not_before or (entry is first and at == ready_at)):
                return at
            heappop(queues.later)
        return None
