"""Selection of the outgoing messages that go out next, and retries of failed ones.

PURE: the caller brings the instant and the jitter.

Within an address, messages go out in the order they were committed: one that is retried holds back those behind it,
one that is not to be sent before a later instant does not, and an undeliverable one makes way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.store.port import Claim, OutboxEntry, RecordWrite


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The first wait; each further one is twice as long, up to `ceiling`. Jitter takes off up to `spread` of a wait.

    It keeps messages that failed together from coming back together
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """

    first: timedelta = timedelta(seconds=2)
    ceiling: timedelta = timedelta(minutes=15)
    spread: float = 0.5

    def wait(self, attempts: int, jitter: float) -> timedelta:
        """Return the wait after that many failed attempts (1 or more); `jitter` is from 0 to 1."""
        doubled = self.first * (1 << min(attempts - 1, 20))
        return min(doubled, self.ceiling) * (1 - self.spread * jitter)


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed. `retry_after`: what the platform asked for; `final`: no attempt will ever succeed."""

    at: datetime
    retry_after: timedelta = timedelta()
    final: bool = False


def after_failure(entry: OutboxEntry, failure: Failure, policy: RetryPolicy, jitter: float) -> OutboxEntry:
    """The entry as it waits for its next attempt, never before the platform allows one; the last is at its deadline.

    It is undeliverable where the deadline has come, or would come before the platform allows an attempt.
    """
    attempts, deadline = entry.attempts + 1, entry.outgoing.deadline
    allowed_at = failure.at + failure.retry_after
    if failure.final or failure.at >= deadline or allowed_at > deadline:
        return replace(entry, attempts=attempts, undeliverable=True)
    next_attempt_at = min(max(allowed_at, failure.at + policy.wait(attempts, jitter)), deadline)
    return replace(entry, attempts=attempts, next_attempt_at=next_attempt_at)


def receipt(entry: OutboxEntry, at: datetime, *, delivered: bool) -> tuple[RecordWrite, ...]:
    """The record of what became of a message, where one is wanted."""
    content = {"at": at.isoformat(), "delivered": delivered}
    return (RecordWrite(entry.outgoing.receipt, content, 0),) if entry.outgoing.receipt else ()


def is_too_late(entry: OutboxEntry, now: datetime) -> bool:
    """Return whether nobody should be sent this any more. An attempt right at the deadline is made."""
    return now > entry.outgoing.deadline


def is_dead(entry: OutboxEntry, now: datetime) -> bool:
    """Return whether it was given up, or nobody was there to send it in time."""
    return entry.undeliverable or is_too_late(entry, now)


def claim(waiting: Iterable[OutboxEntry], leased: Mapping[int, datetime], now: datetime, limit: int) -> Claim:
    """Of `waiting`, in the order of ids, what can go out now; `leased` ones belong to somebody until that instant."""
    heads: dict[object, OutboxEntry] = {}
    instants: list[datetime] = []
    for entry in waiting:
        if entry.undeliverable:
            continue
        if entry.outgoing.not_before > now:
            instants.append(entry.outgoing.not_before)
        else:
            heads.setdefault(entry.outgoing.address, entry)
    ready_at = {head.id: max(head.next_attempt_at, leased.get(head.id, now)) for head in heads.values()}
    due = tuple(head for head in heads.values() if ready_at[head.id] <= now)
    return Claim(due[:limit], min([*instants, *(at for at in ready_at.values() if at > now)], default=None))
