"""The calendar at work: who is warned, what goes when, and what is left alone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.dialogue.state import Conversation, Step
from bot.model.daily import Daily
from bot.model.errors import StaleCommit
from bot.model.identity import Actor, RequestId, Role, address_of
from bot.model.incoming import Incoming, Typed
from bot.model.message import plain_text
from bot.model.people import Field, Standing
from bot.privacy.chat_clearing import SENT, remembered
from bot.privacy.job import QUIET_AT, Keeping, outlook
from bot.request.query import RequestQuery
from bot.request.status import Status
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, ConversationWrite, OutboxEntry, RequestWrite, Store, Stored
from bot.store.postgres.store import PostgresStore
from tests.fakes import FakeStore
from tests.store_values import ACCOUNT, OTHER, PERSONS, R1, R2, R3, a_request, outgoing
from tests.talk import START, World

FORM = Conversation(Step.FIELD, Standing.SIGNER, {Field.NAME: "Zoë Müller"}, Field.TITLE, touched_at=START)
YEAR = timedelta(days=366)
OTHER_CHAT = address_of(OTHER)


@pytest.fixture(params=["fake", "tinydb", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    match request.param:
        case "fake":
            store: Store = FakeStore()
        case "tinydb":
            store = TinyDBStore(tmp_path / "journal.jsonl")
        case _:
            store = await PostgresStore.open(request.getfixturevalue("database"))
    yield store
    await store.aclose()


def keeping_of(store: Store) -> Keeping:
    world = World(store=store)
    return Keeping(world.service().rights.erasing, Daily(QUIET_AT, ZoneInfo("Europe/Helsinki")), world.reminders)


async def put(store: Store, status: Status, request_id: RequestId = R1, since: datetime = START) -> None:
    request = a_request(request_id, status=status, since=since)
    request = replace(request, events=(replace(request.events[0], at=since),))
    await store.commit(Commit(requests=(RequestWrite(request, 0),), personal_data={request_id: PERSONS}))


async def form_of(store: Store) -> Conversation | None:
    return (await store.conversation(ACCOUNT)).value


async def test_a_form_is_warned_about_once_and_goes_when_it_was_said_to(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, FORM, 0)))
    keeping = keeping_of(store)
    for days in (26, 27, 27.5):  # the last of them a Sunday, and its night
        await keeping(START + timedelta(days=days))
    assert await store.outbox() == []
    monday = START + timedelta(days=28)
    for hours in (-2, -1, 25):
        await keeping(monday + timedelta(hours=hours))
    (warning,) = await store.outbox()
    assert warning.outgoing.address == address_of(ACCOUNT)
    assert warning.outgoing.not_before == monday - timedelta(hours=2)  # 9 in Helsinki
    assert "I delete it on 24 December 2026" in plain_text(warning.outgoing.message)
    await store.commit(Commit(delivered=(warning.id,)))
    await keeping(START + timedelta(days=30, hours=1))
    assert await form_of(store)
    await keeping(START + timedelta(days=31))
    assert await form_of(store) is None


def said_about_forms(outbox: Sequence[OutboxEntry]) -> list[str]:
    """On which day each says that the form goes; else what it says."""
    return [plain_text(entry.outgoing.message).partition(", with")[0].rpartition(" on ")[2] for entry in outbox]


async def test_a_form_whose_warning_waits_is_warned_about_anew_for_as_long_as_messages_are_tried(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, FORM, 0)))
    (other,) = await store.commit(Commit(outgoing=(outgoing("another answer", address_of(ACCOUNT), about=None),)))
    keeping = keeping_of(store)
    heard = []
    for days in (28, 31, 36):  # a Monday, a Thursday, a Tuesday
        await keeping(START + timedelta(days=days))
        assert await form_of(store)
        heard += said_about_forms([entry for entry in await store.outbox() if entry.id != other.id])
    assert heard == ["24 December 2026", "27 December 2026", "1 January 2027"]
    await keeping(START + timedelta(days=39))
    assert await form_of(store) is None
    assert await store.outbox() == []


async def test_a_form_whose_warning_cannot_be_delivered_goes_when_it_was_said_to(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, FORM, 0)))
    keeping = keeping_of(store)
    await keeping(START + timedelta(days=28))
    (warning,) = await store.outbox()
    await store.commit(Commit(rescheduled=(replace(warning, undeliverable=True),)))
    await keeping(START + timedelta(days=31))
    assert await form_of(store) is None
    assert await store.outbox() == []


async def test_what_nobody_will_be_sent_any_more_goes_when_a_form_of_its_age_would(store: Store) -> None:
    lost = [outgoing(f"{PERSONS.signer.name} signs?", OTHER_CHAT, about=about) for about in (None, None, R1)]
    given_up, late, other = await store.commit(Commit(outgoing=tuple(lost)))
    later = replace(lost[0], not_before=START + timedelta(days=20), deadline=START + timedelta(days=60))
    (waiting,) = await store.commit(Commit(outgoing=(later,)))
    await store.commit(Commit(rescheduled=(replace(given_up, undeliverable=True),)))
    keeping = keeping_of(store)
    await keeping(START + timedelta(days=28))
    assert [entry.id for entry in await store.outbox()] == [given_up.id, late.id, other.id, waiting.id]
    await keeping(START + timedelta(days=31))
    assert [entry.id for entry in await store.outbox()] == [other.id, waiting.id]
    await keeping(START + timedelta(days=55))
    assert [entry.id for entry in await store.outbox()] == [other.id, waiting.id]
    await keeping(START + timedelta(days=62))
    assert [entry.id for entry in await store.outbox()] == [other.id]


async def test_whoever_writes_again_keeps_the_form(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, FORM, 0)))
    keeping = keeping_of(store)
    await keeping(START + timedelta(days=28))
    read = await store.conversation(ACCOUNT)
    again = replace(FORM, touched_at=START + timedelta(days=29))
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, again, read.version)))
    await keeping(START + timedelta(days=31))
    assert await form_of(store) == again


async def test_a_form_of_which_nobody_knows_since_when_it_lies_is_counted_from_now_on(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, replace(FORM, touched_at=None), 0)))
    await keeping_of(store)(START)
    assert await form_of(store) == FORM


async def test_a_turn_of_the_dialogue_touches_the_form_and_takes_the_warning_back() -> None:
    world = World()
    await world.store.commit(Commit(conversation=ConversationWrite(ACCOUNT, replace(FORM, warned_at=START), 0)))
    await world.service().handle(Incoming(ACCOUNT, address_of(ACCOUNT), "slack:1", Typed("Professor")))
    form = await form_of(world.store)
    assert form
    assert (form.touched_at, form.warned_at) == (world.now, None)


async def test_closed_requests_lose_their_persons_when_their_time_is_over_and_keep_their_history(store: Store) -> None:
    await put(store, Status.ISSUED, R1)
    withdrawn = a_request(R2, OTHER)
    await store.commit(Commit(requests=(RequestWrite(withdrawn, 0),), personal_data={R2: PERSONS}))
    read = await store.request(R2)
    assert read
    service = World(store=store).service()
    plan = await service.rights.erasing.plan([withdrawn], Actor(Role.STAFF), START)
    closed = replace(plan.writes[0].request, events=plan.writes[0].request.events[:-1], account=OTHER)
    await store.commit(Commit(requests=(RequestWrite(closed, read.version),)))
    keeping = keeping_of(store)
    await keeping(closed.since + timedelta(days=364))
    assert await store.personal_data(R2) == PERSONS
    await keeping(closed.since + YEAR)
    after = await store.request(R2)
    assert after
    assert await store.personal_data(R2) is None
    assert (after.value.account, after.value.address, after.value.status) == (None, None, Status.WITHDRAWN)
    assert [event.happened for event in after.value.events] == ["issued", "withdrawn", "erased"]
    assert await store.personal_data(R1) == PERSONS
    assert await store.requests(RequestQuery(account=OTHER)) == []
    await keeping(closed.since + 2 * YEAR)
    assert (await store.request(R2)) == after


async def test_what_was_never_delivered_about_a_request_goes_with_its_persons(store: Store) -> None:
    await put(store, Status.REJECTED, R1)
    about = [outgoing(f"for {PERSONS.signer.name}", OTHER_CHAT, about=key) for key in (R1, R2)]
    given_up, other = await store.commit(Commit(outgoing=tuple(about)))
    await store.commit(Commit(rescheduled=(replace(given_up, undeliverable=True),)))
    keeping = keeping_of(store)
    await keeping(START + timedelta(days=700))
    assert [entry.id for entry in await store.outbox()] == [given_up.id, other.id]
    await keeping(START + 2 * YEAR)
    assert [entry.id for entry in await store.outbox()] == [other.id]


async def test_ids_of_messages_go_once_no_bot_can_delete_them(store: Store) -> None:
    entry = OutboxEntry(1, outgoing("1", OTHER_CHAT), 0, START)
    old = [write for number in range(3) for write in remembered(entry, [f"old {number}"], START)]
    young = remembered(entry, ["young"], START + timedelta(hours=1))
    await store.commit(Commit(records=(*old, *young)))
    keeping = keeping_of(store)
    await keeping(START + timedelta(hours=47))
    assert len(await store.records(SENT)) == 4
    await keeping(START + timedelta(hours=48, minutes=59))
    await keeping(START + timedelta(hours=72))
    assert await store.records(SENT) == {}


async def test_ids_of_messages_go_after_five_weeks_however_few_came_since(store: Store) -> None:
    keeping, days = keeping_of(store), (0, 1, 34, 35, 36)
    heard = []
    for day in days:
        await keeping(START + timedelta(days=day))
        await keeping(START + timedelta(days=day, minutes=1))
        await store.commit(Commit(f"slack:T:U:{day}"))
        heard.append([d for d in days if await store.seen(f"slack:T:U:{d}")])
    assert heard == [[0], [0, 1], [0, 1, 34], [0, 1, 34, 35], [1, 34, 35, 36]]


async def test_ids_that_an_erasure_takes_just_now_are_left_to_it() -> None:
    class Erasing(FakeStore):
        async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
            if commit.records:
                raise StaleCommit("erased just now")
            return await super().commit(commit)

    store = Erasing()
    store.kept[f"{SENT}telegram:7/1"] = Stored({"at": START.isoformat(), "ids": ["1"]}, 1)
    await keeping_of(store)(START + timedelta(hours=49))
    assert len(await store.records(SENT)) == 1


async def test_what_was_received_long_ago_is_put_before_staff_once_a_month_and_never_closed(store: Store) -> None:
    await put(store, Status.RECEIVED, R1)
    world = World(store=store, staff=(OTHER,))
    erasing = world.service().rights.erasing

    async def heard(days: int) -> list[str]:
        await Keeping(erasing, Daily(QUIET_AT, ZoneInfo("Europe/Helsinki")), world.reminders)(START + timedelta(days))
        found = await store.outbox()
        await store.commit(Commit(delivered=tuple(entry.id for entry in found)))
        return [plain_text(entry.outgoing.message) for entry in found]

    assert await heard(364) == []
    (asked,) = await heard(366)
    assert f"are not decided: {R1}." in asked
    assert await heard(367) == []
    assert len(await heard(397)) == 1
    read = await store.request(R1)
    assert read
    assert read.value.status is Status.RECEIVED
    assert await store.personal_data(R1) == PERSONS


async def test_staff_are_asked_once_a_month_to_delete_older_copies_of_the_store() -> None:
    store = FakeStore()
    world = World(store=store, staff=(OTHER,))
    keeping = Keeping(world.service().rights.erasing, Daily(QUIET_AT, ZoneInfo("Europe/Helsinki")), world.reminders)
    heard = []
    for days in (0, 1, 2, 9):  # the last one in December
        store.older_copies = ("journal.jsonl.replaced-1",) if days else ()
        await keeping(START + timedelta(days=days))
        heard.append([plain_text(entry.outgoing.message) for entry in await store.outbox()])
        await store.commit(Commit(delivered=tuple(entry.id for entry in await store.outbox())))
    assert [len(said) for said in heard] == [0, 1, 0, 1]
    assert "journal.jsonl.replaced-1. Please delete them" in heard[1][0]


async def test_an_email_that_was_followed_up_before_emails_expired_is_looked_at_again(store: Store) -> None:
    await put(store, Status.EMAILED, R1)
    await keeping_of(store)(START + timedelta(days=20))
    read = await store.request(R1)
    assert read
    assert read.value.remind_at == START + timedelta(days=20)


async def test_it_looks_once_a_day_and_again_after_a_failure() -> None:
    store = FakeStore()
    keeping = keeping_of(store)
    for hours in (0, 1, 2, 24):
        await keeping(START + timedelta(hours=hours))
    assert store.forgotten == 2


async def test_it_looks_at_a_quiet_hour_of_the_desk_whatever_the_day_is_in_utc() -> None:
    store = FakeStore()
    keeping, night = keeping_of(store), datetime(2026, 11, 24, 0, 59, tzinfo=UTC)
    await keeping(START)
    await keeping(night)
    assert store.forgotten == 1
    await keeping(night + timedelta(minutes=1))  # 3 in Helsinki
    await keeping(night - timedelta(hours=1))  # the clock was set back: once more, and nothing comes of it
    assert store.forgotten == 3


async def test_needless_history_is_out_of_the_journal_in_the_morning(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    store = TinyDBStore(journal)
    keeping = keeping_of(store)
    await keeping(START)
    await put(store, Status.ISSUED, R1)
    read = await store.request(R1)
    assert read
    await store.commit(Commit(requests=(RequestWrite(replace(read.value, time_zone="Asia/Tokyo"), read.version),)))
    before = journal.stat().st_size
    await keeping(START + timedelta(hours=1))
    assert journal.stat().st_size == before
    for _ in range(2):
        await keeping(START + timedelta(hours=18))
        assert journal.stat().st_size < before
    assert await store.personal_data(R1) == PERSONS
    await store.aclose()


async def test_what_will_go_is_counted_and_the_next_listed(store: Store) -> None:
    await put(store, Status.REJECTED, R1, START - timedelta(days=2))
    await put(store, Status.REJECTED, R2, START - timedelta(days=9))
    await put(store, Status.ISSUED, R3)
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, FORM, 0)))
    await put(store, Status.EMAILED, RequestId("4DME-EEEEE-EEEE6"), START - timedelta(days=3))
    await put(store, Status.RECEIVED, RequestId("4DME-FFFFF-FFFF7"), START - timedelta(days=366))
    await put(store, Status.RECEIVED, RequestId("4DME-GGGGG-GGGG8"), START - timedelta(days=364))
    found = await outlook(store, World().retention, 1, START)
    assert (found.unconfirmed, found.first_expires_at) == (1, START + timedelta(days=362))
    assert found.undecided == ["4DME-FFFFF-FFFF7"]
    assert {status: count for status, count in found.ended.items() if count} == {Status.REJECTED: 2}
    assert [going.request_id for going in found.next] == [R2]
    assert (found.forms, found.first_form_at) == (1, START + timedelta(days=30))
