"""The worker that empties the outbox: it sends, tries again, and gives up at the deadline.

Order within an address, leases and instants are the store's (`Store.claim`, by the rules in `bot.store.outbox`);
sending is the adapter's (`Deliver`). A message is sent at least once: what was on the wire when the process died is
sent again.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.model.clock import Clock
from bot.model.errors import DeliveryFailed, StaleCommit, StoreError
from bot.privacy.chat_clearing import Clearing, forgotten, remembered
from bot.store.outbox import Failure, RetryPolicy, after_failure, is_too_late, receipt
from bot.store.port import Commit, Deliver, OutboxEntry, Outgoing, Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
ATTEMPT = timedelta(minutes=1)

SIDE_BY_SIDE = 64
"""What ends together is recorded together: a quarter as many would wait for the disk four times as often."""


@dataclass
class OutboxWorker:
    """Delivers what the store's outbox holds for the platforms in `deliver`, up to `side_by_side` addresses at once.

    `attempt`: how long one attempt may take, less than the lease. `jitter` gives a number from 0 to 1. `told`: what is
    said, and to whom, of a message that can no longer be delivered; it is committed together with giving that one up.
    `clearing`: deletes what was said in a chat before.
    """

    store: Store
    deliver: Mapping[str, Deliver]
    clock: Clock
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    jitter: Callable[[], float] = random.random
    told: Callable[[OutboxEntry, datetime], tuple[Outgoing, ...]] = lambda _entry, _now: ()
    clearing: Clearing | None = None
    side_by_side: int = SIDE_BY_SIDE
    attempt: timedelta = ATTEMPT
    _in_hand: set[int] = field(default_factory=set, init=False)
    _unsettled: dict[int, "_Outcome"] = field(default_factory=dict, init=False)
    """What became of entries, not yet recorded."""
    _settling: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Deliver until `stop`. What was undelivered when the process ended is taken up again."""
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch())
            failures = 0
            while not self._stopping:
                self._woken.clear()
                try:
                    wake_at = await self._start_deliveries(tasks)
                    failures = 0
                except StoreError as error:
                    failures += 1
                    log.error("the outbox cannot be read: %s", error)
                    wake_at = self._later(failures)
                await self._sleep(wake_at)
            watch.cancel()

    def stop(self) -> None:
        """Begin no further delivery; `run` returns when those under way are done."""
        self._stopping = True
        self._woken.set()

    async def _start_deliveries(self, tasks: asyncio.TaskGroup) -> datetime | None:
        """Take up what can go out now; returns when to look again if nothing happens before."""
        if (free := self.side_by_side - len(self._in_hand)) <= 0:
            return None
        claim = await self.store.claim(self.deliver.keys(), self.clock.now(), LEASE, free)
        for entry in claim.entries:
            if entry.id not in self._in_hand:
                self._in_hand.add(entry.id)
                tasks.create_task(self._deliver(entry))
        return claim.wake_at

    async def _watch(self) -> None:
        """Wake whenever something is committed to the outbox."""
        failures = 0
        while True:
            try:
                await self.store.outbox_changed()
                failures = 0
            except StoreError as error:
                failures += 1
                log.error("the outbox cannot be watched: %s", error)
                await self.clock.sleep_until(self._later(failures))
            self._woken.set()

    async def _sleep(self, wake_at: datetime | None) -> None:
        """Until something is committed, a delivery ends, or the instant comes."""
        waits: list[asyncio.Task[object]] = [asyncio.create_task(self._woken.wait())]
        if wake_at:
            waits.append(asyncio.create_task(self.clock.sleep_until(wake_at)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _deliver(self, entry: OutboxEntry) -> None:
        """Try once. What became of the entries that ended in one moment, or while the disk was at work, is one commit.

        The first of them makes it.
        """
        self._unsettled[entry.id] = entry, await self._outcome(entry)
        if len(self._unsettled) > 1:
            return
        async with self._settling:
            await asyncio.sleep(0)
            outcomes, self._unsettled = self._unsettled, {}
            await self._settle(list(outcomes.values()))
        self._in_hand -= outcomes.keys()
        self._woken.set()

    async def _outcome(self, entry: OutboxEntry) -> Commit:
        """Try once, and say what becomes of the entry."""
        if is_too_late(entry, self.clock.now()):
            if entry.outgoing.lapses:
                return Commit(delivered=(entry.id,))
            return self._rescheduled(replace(entry, undeliverable=True), "its deadline is past")
        try:
            async with asyncio.timeout(self.attempt.total_seconds()):
                ids = await self._sent(entry)
        except DeliveryFailed as error:
            failure, reason = Failure(self.clock.now(), error.retry_after, error.final), str(error)
        except Exception as error:  # the adapter's border: whatever went wrong there, the message is kept
            failure, reason = Failure(self.clock.now()), type(error).__name__
        else:
            now = self.clock.now()
            records = (*receipt(entry, now, delivered=True), *remembered(entry, ids, now))
            return Commit(delivered=(entry.id,), records=records)
        return self._rescheduled(after_failure(entry, failure, self.policy, self.jitter()), reason)

    def _rescheduled(self, entry: OutboxEntry, reason: str) -> Commit:
        outlook = "undeliverable" if entry.undeliverable else f"again at {entry.next_attempt_at:%Y-%m-%d %H:%M:%SZ}"
        about = entry.outgoing.about or "no request"
        log.warning("message %d about %s, attempt %d: %s; %s", entry.id, about, entry.attempts, reason, outlook)
        if not entry.undeliverable:
            return Commit(rescheduled=(entry,))
        if entry.outgoing.traceless:
            return Commit(delivered=(entry.id,))
        now = self.clock.now()
        record = receipt(entry, now, delivered=False)
        if not entry.outgoing.about:  # nobody could reach the person otherwise, so it is kept for nobody
            return Commit(delivered=(entry.id,), records=record)
        return Commit(rescheduled=(entry,), outgoing=self.told(entry, now), records=record)

    async def _sent(self, entry: OutboxEntry) -> Sequence[str]:
        """Send it, and where it is the last word in its chat, have deleted what was said there before."""
        if entry.outgoing.clears and self.clearing:
            entry = await self.clearing(entry, self.clock.now())
        return await self.deliver[entry.outgoing.address.platform](entry)

    async def _settle(self, outcomes: Sequence["_Outcome"]) -> None:
        """Record outcomes. While the store refuses, it is asked again: what was sent is not sent again for that."""
        failures = 0
        while True:
            try:
                await self.store.commit(_together([await self._with_ids_forgotten(*each) for each in outcomes]))
            except StaleCommit:  # another process, whose lease it was by then, recorded one of them
                await self._settle_one_by_one(outcomes)
                return
            except StoreError as error:
                failures += 1
                log.error("a delivery cannot be recorded: %s", error)
                await self.clock.sleep_until(self._later(failures))
            else:
                return

    async def _settle_one_by_one(self, outcomes: Sequence["_Outcome"]) -> None:
        for entry, commit in outcomes:
            alone = commit if len(outcomes) > 1 else replace(commit, records=())
            await self._settle([(entry, alone)])

    async def _with_ids_forgotten(self, entry: OutboxEntry, commit: Commit) -> Commit:
        """The commit; where it settles the last word in a chat, nothing is known of that chat after it."""
        if not (entry.outgoing.clears and commit.delivered):
            return commit
        gone = await forgotten(self.store, entry.outgoing.address)
        return replace(commit, records=(*commit.records, *gone))

    def _later(self, failures: int) -> datetime:
        return self.clock.now() + self.policy.wait(failures, self.jitter())


_Outcome = tuple[OutboxEntry, Commit]
"""An entry, and what became of it."""


def _together(outcomes: Sequence[Commit]) -> Commit:
    """What became of several entries as one commit."""
    return Commit(
        delivered=tuple(entry for outcome in outcomes for entry in outcome.delivered),
        rescheduled=tuple(entry for outcome in outcomes for entry in outcome.rescheduled),
        outgoing=tuple(outgoing for outcome in outcomes for outgoing in outcome.outgoing),
        records=tuple(record for outcome in outcomes for record in outcome.records),
    )
