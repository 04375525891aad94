"""The worker empties the outbox: in order, side by side, at the right instant, and never silently."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app.outbox_worker import LEASE, OutboxWorker
from bot.model.clock import SystemClock
from bot.model.errors import DeliveryFailed, StoreError
from bot.model.identity import DeliveryAddress
from bot.model.message import plain_text
from bot.privacy.chat_clearing import CLEARING_TRIES, SENT, Clearing
from bot.store.journal.store import TinyDBStore
from bot.store.port import Claim, Commit, OutboxEntry, RecordWrite, Store
from tests.fakes import FakeClock, FakeStore
from tests.store_values import CHAT, NOW, OTHER_CHAT, outgoing
from tests.talk import World

Answer = Exception | asyncio.Event | None


def words(entry: OutboxEntry) -> str:
    return entry.outgoing.message.blocks[0].lines[0][0].text


@dataclass
class Platform:
    """A chat platform that answers each message as it was told to, and takes all others."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    sent: list[OutboxEntry] = field(default_factory=list)
    gives_ids: bool = False

    async def __call__(self, entry: OutboxEntry) -> Sequence[str]:
        text = words(entry)
        self.attempts.append(text)
        await asyncio.sleep(0)
        answer = self.answers[text].pop(0) if self.answers.get(text) else None
        if isinstance(answer, Exception):
            raise answer
        if answer:
            await answer.wait()
        self.taken.append(text)
        self.sent.append(entry)
        return [f"id of {text}"] if self.gives_ids else ()


class Desk:
    """A worker at work, on a clock that stands still until it is advanced."""

    def __init__(self, store: Store, platform: Platform, **settings: object) -> None:
        self.store, self.platform, self.clock = store, platform, FakeClock(NOW)
        self.worker = OutboxWorker(store, {"slack": platform, "telegram": platform}, self.clock, jitter=lambda: 0.0)
        for name, value in settings.items():
            setattr(self.worker, name, value)

    async def __aenter__(self) -> "Desk":
        self.running = asyncio.create_task(self.worker.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.worker.stop()
        await asyncio.wait_for(self.running, 10)

    async def until(self, reached: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not reached():  # noqa: ASYNC110 - anything may be waited for
                await asyncio.sleep(0)

    def sleeps_until(self, instant: datetime) -> bool:
        return self.clock.next_wake == instant

    async def quiet(self) -> None:
        """Let everything happen that happens without the clock."""
        for _ in range(100):
            await asyncio.sleep(0)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


async def test_what_a_turn_says_goes_out_at_once_and_in_order(store: FakeStore, platform: Platform) -> None:
    async with Desk(store, platform) as desk:
        await desk.quiet()
        await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"), outgoing("3"))))
        await desk.until(lambda: len(platform.taken) == 3)
    assert platform.taken == ["1", "2", "3"]
    assert list(await store.outbox()) == []


async def test_a_worker_with_nothing_to_do_does_nothing(store: FakeStore, platform: Platform) -> None:
    claims = 0

    class Counted(FakeStore):
        async def claim(self, *arguments: object) -> Claim:
            nonlocal claims
            claims += 1
            return Claim((), None)

    async with Desk(Counted(), platform) as desk:
        await desk.quiet()
        desk.clock.advance_to(NOW + timedelta(days=1))
        await desk.quiet()
        assert claims == 1


async def test_one_address_does_not_wait_for_another(store: FakeStore, platform: Platform) -> None:
    free = asyncio.Event()
    platform.answers["slow"] = [free]
    await store.commit(Commit(outgoing=(outgoing("slow"), outgoing("behind"), outgoing("other", OTHER_CHAT))))
    async with Desk(store, platform) as desk:
        await desk.until(lambda: platform.taken == ["other"])
        assert platform.attempts == ["slow", "other"]
        free.set()
        await desk.until(lambda: platform.taken == ["other", "slow", "behind"])


async def test_no_more_deliveries_than_allowed_go_side_by_side(store: FakeStore, platform: Platform) -> None:
    free, chats = asyncio.Event(), [DeliveryAddress("slack", str(n)) for n in range(5)]
    platform.answers = {str(n): [free] for n in range(5)}
    await store.commit(Commit(outgoing=tuple(outgoing(chat.chat, chat) for chat in chats)))
    async with Desk(store, platform, side_by_side=2) as desk:
        await desk.quiet()
        assert len(platform.attempts) == 2
        free.set()
        await desk.until(lambda: len(platform.taken) == 5)


async def test_a_failed_message_is_tried_again_at_its_instant_and_holds_back_the_next(
    store: FakeStore, platform: Platform
) -> None:
    platform.answers["1"] = [ConnectionError(), DeliveryFailed("429", retry_after=timedelta(seconds=30))]
    await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    async with Desk(store, platform) as desk:
        for instant in (NOW + timedelta(seconds=2), NOW + timedelta(seconds=32)):
            await desk.until(partial(desk.sleeps_until, instant))
            before = list(platform.attempts)
            desk.clock.advance_to(instant - timedelta(milliseconds=1))
            await desk.quiet()
            assert platform.attempts == before
            desk.clock.advance_to(instant)
        await desk.until(lambda: platform.taken == ["1", "2"])
    assert platform.attempts == ["1", "1", "1", "2"]


async def test_a_message_for_later_goes_out_later(store: FakeStore, platform: Platform) -> None:
    tomorrow = NOW + timedelta(days=1)
    reminder = outgoing("reminder", not_before=tomorrow, deadline=tomorrow + timedelta(days=1))
    await store.commit(Commit(outgoing=(reminder, outgoing("now"))))
    async with Desk(store, platform) as desk:
        await desk.until(lambda: platform.taken == ["now"] and desk.clock.next_wake == tomorrow)
        desk.clock.advance_to(tomorrow)
        await desk.until(lambda: platform.taken == ["now", "reminder"])


async def test_what_the_platform_never_takes_is_kept_for_staff_and_makes_way(
    store: FakeStore, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.answers["1"] = [DeliveryFailed("chat not found", final=True)]
    await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    async with Desk(store, platform) as desk:
        await desk.until(lambda: platform.taken == ["2"])
    (kept,) = await store.outbox(CHAT)
    assert (words(kept), kept.undeliverable, kept.attempts) == ("1", True, 1)
    assert caplog.messages == ["message 1 about 4DME-7KQ2M-XB4RT, attempt 1: chat not found; undeliverable"]


async def test_giving_a_message_up_tells_staff_in_the_same_commit() -> None:
    store, platform = FakeStore(), Platform({"1": [DeliveryFailed("chat not found", final=True)]})
    notice = outgoing("notice", address=DeliveryAddress("slack", "staff"))
    async with Desk(store, platform, told=lambda _entry, _now: (notice,)) as desk:
        await store.commit(Commit(outgoing=(outgoing("1"),)))
        await desk.until(lambda: platform.taken == ["notice"])
    assert [entry.undeliverable for entry in await store.outbox()] == [True]


async def test_what_is_about_no_request_and_cannot_be_delivered_is_kept_for_nobody_and_told_to_nobody() -> None:
    """Whoever writes and blocks the bot would otherwise give staff as many notices as they like, and no way to act."""
    store, platform = FakeStore(), Platform({"1": [DeliveryFailed("bot was blocked", final=True)]})
    notice = outgoing("notice", address=DeliveryAddress("slack", "staff"))
    async with Desk(store, platform, told=lambda _entry, _now: (notice,)) as desk:
        await store.commit(Commit(outgoing=(replace(outgoing("1"), about=None, receipt="told:1"), outgoing("2"))))
        await desk.until(lambda: platform.taken == ["2"])
        await desk.quiet()
    assert (await store.outbox(), platform.taken) == ([], ["2"])
    kept = (await store.record("told:1")).value
    assert kept
    assert kept["delivered"] is False


async def test_a_message_is_tried_until_its_deadline_and_then_kept_for_staff(
    store: FakeStore, platform: Platform
) -> None:
    platform.answers["1"] = [ConnectionError() for _ in range(99)]
    (entry,) = await store.commit(Commit(outgoing=(outgoing("1"),)))
    async with Desk(store, platform) as desk:
        while not (await store.outbox())[0].undeliverable:
            await desk.quiet()
            if desk.clock.next_wake:
                desk.clock.advance_to(desk.clock.next_wake)
    assert desk.clock.instant == entry.outgoing.deadline
    assert (await store.outbox())[0].attempts == len(platform.attempts) == 13


async def test_what_is_too_late_is_not_sent(store: FakeStore, platform: Platform) -> None:
    await store.commit(Commit(outgoing=(outgoing("1", deadline=NOW - timedelta(seconds=1)),)))
    async with Desk(store, platform) as desk:
        await desk.quiet()
    assert platform.attempts == []
    assert [entry.undeliverable for entry in await store.outbox()] == [True]


async def test_an_attempt_that_hangs_is_given_up_and_made_again(store: FakeStore, platform: Platform) -> None:
    platform.answers["1"] = [asyncio.Event()]
    await store.commit(Commit(outgoing=(outgoing("1"),)))
    async with Desk(store, platform, attempt=timedelta(0)) as desk:
        await desk.until(lambda: desk.clock.next_wake == NOW + timedelta(seconds=2))
    assert platform.attempts == ["1"]


async def test_stopping_waits_for_what_is_on_the_wire(store: FakeStore, platform: Platform) -> None:
    free = asyncio.Event()
    platform.answers["1"] = [free]
    await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    desk = Desk(store, platform)
    async with desk:
        await desk.until(lambda: platform.attempts == ["1"])
        desk.worker.stop()
        await desk.quiet()
        assert not desk.running.done()
        free.set()
    assert platform.taken == ["1"]
    assert [words(entry) for entry in await store.outbox()] == ["2"]


async def test_what_was_sent_is_not_sent_again_because_the_disk_is_full(platform: Platform) -> None:
    class FullDisk(FakeStore):
        refusals = 8

        async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
            if commit.delivered and self.refusals:
                self.refusals -= 1
                raise StoreError("no space left")
            return await super().commit(commit)

    store = FullDisk()
    await store.commit(Commit(outgoing=(outgoing("1"),)))
    async with Desk(store, platform) as desk:
        while await store.outbox():
            await desk.quiet()
            if desk.clock.next_wake:
                desk.clock.advance_to(desk.clock.next_wake)
    assert desk.clock.instant > NOW + LEASE
    assert platform.attempts == ["1"]


async def test_a_store_that_cannot_be_read_for_a_while_stops_nothing(platform: Platform) -> None:
    class Away(FakeStore):
        refusals = 2

        async def claim(self, *arguments: object) -> Claim:
            if self.refusals:
                self.refusals -= 1
                raise StoreError("connection lost")
            return await super().claim(*arguments)  # type: ignore[arg-type]

        async def outbox_changed(self) -> None:
            if self.refusals:
                raise StoreError("connection lost")
            await super().outbox_changed()

    store = Away()
    await store.commit(Commit(outgoing=(outgoing("1"),)))
    async with Desk(store, platform) as desk:
        while not platform.taken:
            await desk.quiet()
            if desk.clock.next_wake:
                desk.clock.advance_to(desk.clock.next_wake)


async def test_a_new_worker_takes_up_what_the_last_one_left(tmp_path: Path, platform: Platform) -> None:
    store = TinyDBStore(tmp_path / "store.json")
    platform.answers["1"] = [asyncio.Event()]
    await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    desk = Desk(store, platform)
    running = asyncio.create_task(desk.worker.run())
    await desk.until(lambda: platform.attempts == ["1"])
    running.cancel()
    await asyncio.wait([running])
    await store.aclose()
    store = TinyDBStore(tmp_path / "store.json")
    async with Desk(store, platform) as desk:
        await desk.until(lambda: platform.taken == ["1", "2"])
    assert list(await store.outbox()) == []
    await store.aclose()


@settings(max_examples=50, deadline=None)
@given(
    lanes=st.lists(st.integers(0, 3), min_size=1, max_size=12),
    failing=st.dictionaries(st.integers(0, 11), st.integers(1, 3)),
)
async def test_whatever_fails_each_address_gets_its_messages_once_and_in_order(
    lanes: list[int], failing: dict[int, int]
) -> None:
    store = FakeStore()
    platform = Platform({str(n): [ConnectionError() for _ in range(count)] for n, count in failing.items()})
    chats = [DeliveryAddress("slack", str(lane)) for lane in lanes]
    async with Desk(store, platform) as desk:
        for number, chat in enumerate(chats):
            await store.commit(Commit(outgoing=(outgoing(str(number), chat),)))
        while await store.outbox():
            await desk.quiet()
            if desk.clock.next_wake:
                desk.clock.advance_to(desk.clock.next_wake)
    for lane in set(lanes):
        sent = [n for n in map(int, platform.taken) if lanes[n] == lane]
        assert sent == [n for n, of in enumerate(lanes) if of == lane]


async def test_a_sleep_that_ends_too_early_is_gone_on_with() -> None:
    class SlowClock(SystemClock):
        instants = iter([NOW, NOW, NOW + timedelta(microseconds=1), NOW + timedelta(microseconds=2)])

        def now(self) -> datetime:
            return next(self.instants)

    clock = SlowClock()
    await clock.sleep_until(NOW + timedelta(microseconds=2))
    assert next(clock.instants, None) is None


@pytest.fixture(autouse=True)
def _quiet_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bot.app.outbox_worker")


async def test_what_ends_while_the_disk_is_at_work_is_recorded_together(platform: Platform) -> None:
    recorded: list[tuple[int, ...]] = []
    disk = asyncio.Event()

    class Slow(FakeStore):
        async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
            if commit.delivered:
                recorded.append(commit.delivered)
                await disk.wait()
            return await super().commit(commit)

    store = Slow()
    held = asyncio.Event()
    platform.answers |= {"2": [held], "3": [held]}
    said = (outgoing("1"), outgoing("2", OTHER_CHAT), outgoing("3", DeliveryAddress("slack", "C3")))
    first, *others = [entry.id for entry in await store.commit(Commit(outgoing=said))]
    async with Desk(store, platform) as desk:
        await desk.until(lambda: recorded)
        held.set()
        await desk.until(lambda: len(platform.taken) == 3)
        disk.set()
        await desk.until(lambda: len(recorded) == 2)
    assert recorded == [(first,), tuple(others)]
    assert list(await store.outbox()) == []


# What can be deleted again


async def test_the_ids_of_what_was_sent_are_kept_in_the_commit_that_settles_it(
    store: FakeStore, platform: Platform
) -> None:
    platform.gives_ids = True
    async with Desk(store, platform) as desk:
        await store.commit(Commit(outgoing=(outgoing("1"),)))
        before = store.commits
        await desk.until(lambda: not store.entries)
    assert store.commits == before + 1
    key = f"{SENT}{CHAT.platform}:{CHAT.chat}/id of 1"
    assert {key: kept.value for key, kept in store.kept.items()} == {key: {"at": NOW.isoformat(), "ids": ["id of 1"]}}


async def test_what_is_to_leave_no_trace_leaves_no_id(store: FakeStore, platform: Platform) -> None:
    platform.gives_ids = True
    async with Desk(store, platform) as desk:
        await store.commit(Commit(outgoing=(replace(outgoing("1"), traceless=True),)))
        await desk.until(lambda: not store.entries)
    assert store.kept == {}


async def test_what_another_process_recorded_meanwhile_is_settled_all_the_same(
    store: FakeStore, platform: Platform
) -> None:
    await store.commit(Commit(outgoing=(replace(outgoing("1"), receipt="receipt/1"),)))
    await store.commit(Commit(records=(RecordWrite("receipt/1", {"at": "before"}, 0),)))
    async with Desk(store, platform) as desk:
        await desk.until(lambda: not store.entries)
    assert store.kept["receipt/1"].value == {"at": "before"}


async def test_the_last_word_in_a_chat_waits_until_the_chat_is_cleared_and_takes_the_ids_with_it(
    store: FakeStore, platform: Platform
) -> None:
    asked: list[tuple[str, list[str]]] = []
    platform.gives_ids = True

    async def clear(entry: OutboxEntry, ids: Sequence[str]) -> int:
        asked.append((words(entry), list(ids)))
        if len(asked) == 1:
            raise DeliveryFailed("wait", timedelta(seconds=30))
        return 3

    clearing = Clearing(store, World().views(), {"slack": clear})
    async with Desk(store, platform, clearing=clearing) as desk:
        await store.commit(Commit(outgoing=(outgoing("1"), outgoing("elsewhere", OTHER_CHAT))))
        await desk.until(lambda: not store.entries)
        await store.commit(Commit(outgoing=(replace(outgoing("2"), traceless=True, clears=True),)))
        await desk.until(lambda: desk.sleeps_until(NOW + timedelta(seconds=30)))
        assert platform.taken == ["1", "elsewhere"]
        desk.clock.advance_to(NOW + timedelta(seconds=30))
        await desk.until(lambda: not store.entries)
    assert asked == [("2", ["id of 1"])] * 2
    assert list(store.kept) == [f"{SENT}{OTHER_CHAT.platform}:{OTHER_CHAT.chat}/id of elsewhere"]
    assert "did not let me delete: 3." in plain_text(platform.sent[-1].outgoing.message)


async def test_where_a_chat_cannot_be_cleared_the_last_word_goes_out_after_some_attempts_and_says_so(
    store: FakeStore, platform: Platform
) -> None:
    platform.gives_ids, tried = True, list[tuple[int, list[str]]]()

    async def clear(entry: OutboxEntry, ids: Sequence[str]) -> int:
        tried.append((entry.attempts, list(ids)))
        raise DeliveryFailed("Telegram: NetworkError")

    async with Desk(store, platform, clearing=Clearing(store, World().views(), {"slack": clear})) as desk:
        await store.commit(Commit(outgoing=(outgoing("1"),)))
        await desk.until(lambda: not store.entries)
        await store.commit(Commit(outgoing=(replace(outgoing("2"), traceless=True, clears=True),)))
        while store.entries:
            await desk.until(lambda: not store.entries or (desk.clock.next_wake or NOW) > desk.clock.now())
            desk.clock.advance_to(desk.clock.next_wake or desk.clock.now())
    assert tried == [(attempt, ["id of 1"]) for attempt in range(CLEARING_TRIES + 1)]
    assert "did not let me delete: 1." in plain_text(platform.sent[-1].outgoing.message)
    assert store.kept == {}


@pytest.mark.parametrize("clears", [True, False])
async def test_where_nothing_can_be_cleared_the_last_word_goes_out_as_it_is(
    store: FakeStore, platform: Platform, clears: bool
) -> None:
    clearing = Clearing(store, World().views(), {}) if clears else None
    async with Desk(store, platform, clearing=clearing) as desk:
        await store.commit(Commit(outgoing=(replace(outgoing("1"), traceless=True, clears=True),)))
        await desk.until(lambda: not store.entries)
    assert plain_text(platform.sent[-1].outgoing.message) == "1"
