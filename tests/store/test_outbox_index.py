"""The outbox in memory gives what its rule gives, whatever happened to it before, and without reading all of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.identity import DeliveryAddress
from bot.store.memory.outbox_index import Waiting
from bot.store.outbox import claim
from bot.store.port import OutboxEntry
from tests.store_values import CHAT, LEASE, NOW, OTHER_CHAT, an_entry

PLATFORMS = ("slack", "telegram")
ADDRESSES = (CHAT, OTHER_CHAT, replace(CHAT, thread="1"))
SECONDS = st.integers(-3, 9).map(lambda n: NOW + timedelta(seconds=n))
STEPS = st.one_of(
    st.tuples(st.just("new"), st.sampled_from(ADDRESSES), SECONDS),
    st.tuples(st.just("again"), st.integers(1, 9), SECONDS),
    st.tuples(st.just("undeliverable"), st.integers(1, 9), SECONDS),
    st.tuples(st.just("delivered"), st.integers(1, 9), SECONDS),
    st.tuples(st.just("claim"), st.integers(1, 3), SECONDS),
)


class Model:
    """The same by its rule, which reads everything."""

    def __init__(self) -> None:
        self.entries: dict[int, OutboxEntry] = {}
        self.leases: dict[int, datetime] = {}

    def claim(self, now: datetime, limit: int) -> tuple[tuple[OutboxEntry, ...], datetime | None]:
        found = claim(self.entries.values(), self.leases, now, limit)
        self.leases |= dict.fromkeys((entry.id for entry in found.entries), now + timedelta(seconds=4))
        return found.entries, found.wake_at


@given(st.lists(STEPS, max_size=40))
def test_what_is_claimed_is_what_the_rule_says(steps: list[tuple[str, DeliveryAddress | int, datetime]]) -> None:
    waiting, model, latest, last_id = Waiting(), Model(), NOW - timedelta(days=1), 0
    for what, which, at in steps:
        if isinstance(which, DeliveryAddress):
            entry = an_entry(last_id := last_id + 1, which)  # no id is given twice
            entry = replace(entry, outgoing=replace(entry.outgoing, not_before=at), next_attempt_at=at)
            model.entries[entry.id] = entry
            waiting.put(entry)
        elif what == "claim":
            found = waiting.claim(PLATFORMS, at, timedelta(seconds=4), which)
            entries, wake_at = model.claim(at, which)
            assert found.entries == entries
            latest = max(latest, at)
            if at == latest:  # a clock that is set back brings nothing out of order, and may wake once more
                assert found.wake_at == wake_at
        elif which in model.entries and what == "delivered":
            del model.entries[which]
            model.leases.pop(which, None)
            waiting.drop(which)
        elif which in model.entries:
            entry = replace(model.entries[which], next_attempt_at=at, undeliverable=what == "undeliverable")
            model.entries[which] = entry
            model.leases.pop(which, None)
            waiting.put(entry)
        assert waiting.listed(None) == list(model.entries.values())


def test_a_claim_looks_at_what_is_due_and_not_at_what_waits() -> None:
    tomorrow = NOW + timedelta(days=1)
    looked_at = 0

    class Watched(Waiting):
        def _first(self, address: DeliveryAddress, now: datetime) -> tuple[OutboxEntry | None, datetime]:
            nonlocal looked_at
            looked_at += 1
            return super()._first(address, now)

    waiting = Watched()
    for number in range(1, 2_001):
        entry = an_entry(number, DeliveryAddress("slack", f"C{number}"))
        late = replace(entry, next_attempt_at=tomorrow, outgoing=replace(entry.outgoing, not_before=tomorrow))
        waiting.put(late if number % 2 else entry)
    for _ in range(50):
        waiting.claim(PLATFORMS, NOW, LEASE, 10)
    assert looked_at < 2 * 1_000 + 50 * 5
