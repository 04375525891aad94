"""When a message that could not be sent is tried again, and when nobody tries any more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.outbox import Failure, RetryPolicy, after_failure, claim, is_dead, is_too_late
from tests.store_values import CHAT, NOW, OTHER_CHAT, an_entry

POLICY = RetryPolicy()
SECONDS = st.integers(0, 10_000).map(lambda n: timedelta(seconds=n))
JITTER = st.floats(0, 1)


def test_each_wait_is_twice_the_one_before_up_to_the_ceiling() -> None:
    waits = [POLICY.wait(attempts, jitter=0).total_seconds() for attempts in range(1, 13)]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert POLICY.wait(1_000_000, jitter=0) == POLICY.ceiling


def test_jitter_takes_off_up_to_half_of_a_wait() -> None:
    assert [POLICY.wait(3, jitter).total_seconds() for jitter in (0, 0.5, 1)] == [8, 6, 4]


@given(attempts=st.integers(0, 50), waited=SECONDS, retry_after=SECONDS, jitter=JITTER)
def test_an_entry_is_tried_again_when_the_platform_allows_and_not_after_its_deadline(
    attempts: int, waited: timedelta, retry_after: timedelta, jitter: float
) -> None:
    entry, now = an_entry(1, attempts=attempts), NOW + waited
    again = after_failure(entry, Failure(now, retry_after), POLICY, jitter)
    assert again.attempts == attempts + 1
    if again.undeliverable:
        assert now >= entry.outgoing.deadline or now + retry_after > entry.outgoing.deadline
    else:
        assert now < again.next_attempt_at <= entry.outgoing.deadline
        assert again.next_attempt_at >= now + retry_after


def test_the_last_attempt_is_at_the_deadline() -> None:
    entry = an_entry(1, attempts=20)
    deadline = entry.outgoing.deadline
    last = after_failure(entry, Failure(deadline - timedelta(seconds=1)), POLICY, 0)
    assert (last.next_attempt_at, last.undeliverable) == (deadline, False)
    assert not is_too_late(last, deadline)
    assert after_failure(last, Failure(deadline), POLICY, 0).undeliverable


def test_what_will_never_be_taken_is_not_tried_again() -> None:
    assert after_failure(an_entry(1), Failure(NOW, final=True), POLICY, 0).undeliverable


def test_an_entry_is_too_late_after_its_deadline() -> None:
    entry = an_entry(1)
    assert is_too_late(entry, entry.outgoing.deadline + timedelta(microseconds=1))


def test_an_entry_is_dead_once_it_was_given_up_or_nobody_sent_it_in_time() -> None:
    entry, at = an_entry(1), an_entry(1).outgoing.deadline
    assert not is_dead(entry, at)
    assert is_dead(entry, at + timedelta(microseconds=1))
    assert is_dead(replace(entry, undeliverable=True), NOW)


def test_messages_in_all_threads_are_in_one_chat() -> None:
    assert CHAT.whole_chat == replace(CHAT, thread="2").whole_chat == replace(CHAT, thread="")


@given(
    st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3), st.booleans(), st.booleans()), max_size=8)
)
def test_a_claim_takes_the_first_that_may_go_of_each_address_and_wakes_for_the_next(
    drawn: list[tuple[bool, int, int, bool, bool]],
) -> None:
    entries, leased = [], {}
    for number, (other, begins, tries, undeliverable, taken) in enumerate(drawn, 1):
        entry = an_entry(number, OTHER_CHAT if other else CHAT, undeliverable=undeliverable)
        not_before = NOW + timedelta(seconds=begins)
        next_attempt_at = max(not_before, NOW + timedelta(seconds=tries - 1))
        begun = replace(entry.outgoing, not_before=not_before)
        entries.append(replace(entry, outgoing=begun, next_attempt_at=next_attempt_at))
        if taken:
            leased[number] = NOW + timedelta(seconds=2)
    found = claim(entries, leased, NOW, 9)
    for address in (CHAT, OTHER_CHAT):
        lane = [e for e in entries if e.outgoing.address == address and not e.undeliverable]
        begun_lane = [entry for entry in lane if entry.outgoing.not_before <= NOW]
        mine = [entry for entry in found.entries if entry.outgoing.address == address]
        assert mine in ([], begun_lane[:1])
        if begun_lane and begun_lane[0].next_attempt_at <= NOW and begun_lane[0].id not in leased:
            assert mine
    assert all(entry.next_attempt_at <= NOW and entry.id not in leased for entry in found.entries)
    assert found.wake_at is None or found.wake_at > NOW
    waiting = [e for e in entries if not e.undeliverable and e not in found.entries]
    if waiting and not found.entries:
        assert found.wake_at
    assert claim(entries, leased, NOW, 1).entries == found.entries[:1]


@pytest.mark.parametrize("seconds", [1, 29, 30])
def test_a_retry_after_is_waited_out(seconds: int) -> None:
    again = after_failure(an_entry(1), Failure(NOW, timedelta(seconds=30)), POLICY, seconds / 30)
    assert again.next_attempt_at == NOW + timedelta(seconds=30)
