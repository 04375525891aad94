"""What staff are told by the clock: news in groups, the digest of the day, the weekly sign of life."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from bot.desk.digest import CANARY, DIGEST, Canary, Digest, reminds
from bot.desk.news import GROUPED, KEY, News
from bot.desk.views import DeskViews
from bot.model.daily import Daily
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.message import plain_text
from bot.reminders.policy import ReminderPolicy
from bot.request.events import Event, Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.staff.notices import Notices
from bot.store.port import Commit, RequestWrite, Store
from bot.texts.views import Views
from tests.fakes import FakeStore, FakeTerms
from tests.store_values import PERSONS, a_request, outgoing
from tests.talk import START, dataset, texts

HELSINKI = ZoneInfo("Europe/Helsinki")
DAILY = Daily(time(8, 30), HELSINKI)
STAFF = (Account("slack", "T1", "U1"), Account("telegram", "", "2"))
CHANNEL = DeliveryAddress("slack", "C9")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def views() -> DeskViews:
    return DeskViews(Views(texts(), FakeTerms(dataset().current), dataset()), HELSINKI)


def notices(channel: DeliveryAddress | None = CHANNEL) -> Notices:
    return Notices(views().views, STAFF, channel)


def made(number: int, at: datetime, *events: tuple[Happened, datetime], role: Role = Role.APPLICANT) -> LicenseRequest:
    """A request made at an instant by that role, and what happened to it after."""
    whole = [
        Event(Happened.ISSUED, at, Actor(role)),
        *(Event(happened, then, Actor(role)) for happened, then in events),
    ]
    status = {Happened.EMAILED: Status.EMAILED, Happened.RETURNED: Status.RETURNED}.get(
        whole[-1].happened, Status.ISSUED
    )
    return a_request(RequestId(f"4DME-R-{number}"), status=status, since=whole[-1].at, events=tuple(whole))


async def store_of(*requests: LicenseRequest) -> FakeStore:
    store = FakeStore()
    await put(store, *requests)
    return store


async def put(store: Store, *requests: LicenseRequest) -> None:
    for request in requests:
        read = await store.request(request.id)
        write = RequestWrite(request, read.version if read else 0)
        await store.commit(Commit(requests=(write,), personal_data={request.id: PERSONS}))


async def told(store: Store) -> list[str]:
    return [plain_text(entry.outgoing.message) for entry in await store.outbox()]


# News


async def test_several_new_and_emailed_requests_within_minutes_are_one_message() -> None:
    store = await store_of(
        made(1, START), made(2, START + MINUTE), made(3, START - DAY, (Happened.EMAILED, START + MINUTE))
    )
    news = News(store, views(), notices())
    await news.tell(START + MINUTE)
    assert await told(store) == []
    await news.tell(START + GROUPED)
    (message,) = await told(store)
    assert "3 news in the last minutes" in message
    assert "New request 4DME-R-1 (by a student)" in message
    assert "4DME-R-3 (by a student), LA version 29.04.2026: said to be emailed to xiaobai.li@oulu.fi" in message
    for minutes in range(4, 200):
        await news.tell(START + minutes * MINUTE)
    assert len(await told(store)) == 1


async def test_what_comes_later_is_another_message_and_nothing_is_lost_by_a_kill() -> None:
    store = await store_of(made(1, START))
    await News(store, views(), notices()).tell(START + GROUPED)
    await put(store, made(2, START + GROUPED), made(1, START, (Happened.EMAILED, START + 4 * MINUTE)))
    await News(store, views(), notices()).tell(START + 5 * MINUTE)
    assert len(await told(store)) == 1
    await News(store, views(), notices()).tell(START + 7 * DAY)  # the bot was away for a week
    first, second = await told(store)
    assert "4DME-R-1" in first
    assert "4DME-R-2" in second
    assert "said to be emailed" in second


async def test_a_turn_that_is_committed_late_is_told_all_the_same() -> None:
    store = await store_of(made(1, START + 10 * MINUTE))
    await News(store, views(), notices()).tell(START + 14 * MINUTE)
    await put(store, made(2, START + 9 * MINUTE))
    await News(store, views(), notices()).tell(START + 15 * MINUTE)
    assert ["4DME-R-2" in message for message in await told(store)] == [False, True]


async def test_what_staff_did_themselves_is_no_news() -> None:
    store = await store_of(made(1, START, (Happened.EMAILED, START), role=Role.STAFF))
    await News(store, views(), notices()).tell(START + GROUPED)
    assert await told(store) == []


async def test_two_processes_tell_news_once() -> None:
    store = await store_of(made(1, START))
    jobs = [News(store, views(), notices()).tell(START + GROUPED) for _ in range(2)]
    await asyncio.gather(*jobs)
    assert len(await told(store)) == 1


async def test_the_channel_is_told_or_each_of_staff_where_there_is_none() -> None:
    store = await store_of(made(1, START))
    await News(store, views(), notices(None)).tell(START + GROUPED)
    assert [entry.outgoing.address.chat for entry in await store.outbox()] == ["U1", "2"]


async def test_news_hold_no_names() -> None:
    store = await store_of(made(1, START, (Happened.EMAILED, START)))
    await News(store, views(), notices()).tell(START + GROUPED)
    await Digest(store, views(), notices(), DAILY).tell(START + DAY)
    for message in await told(store):
        assert "Müller" not in message
        assert "goettingen" not in message
    assert "Müller" not in str((store.kept[KEY], store.kept[DIGEST]))


# The digest


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 23, 6, 29, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 23, 6, 30, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 7, 1, 5, 29, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 7, 1, 5, 30, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_the_digest_is_due_at_its_hour_in_the_desks_time_zone(now: datetime, day: date) -> None:
    assert DAILY.last_due(now) == day


@pytest.mark.parametrize(
    ("day", "instants"), [(date(2026, 3, 29), 1), (date(2026, 10, 25), 1), (date(2026, 10, 26), 1)]
)
async def test_a_day_on_which_clocks_change_has_one_digest(day: date, instants: int) -> None:
    """At 3:30, which the one day does not have and the other has twice."""
    store, daily = await store_of(made(1, START)), Daily(time(3, 30), HELSINKI)
    midnight = datetime.combine(day, time(), HELSINKI).astimezone(UTC)
    digest = Digest(store, views(), notices(), daily)
    await digest.tell(midnight)
    before = len(await told(store))
    for minutes in range(0, 24 * 60 - 61, 10):
        await digest.tell(midnight + minutes * MINUTE)
    assert len(await told(store)) - before == 1
    assert store.kept[DIGEST].value["day"] == day.isoformat()


async def test_the_digest_says_what_came_and_what_waits() -> None:
    old = START - 10 * DAY
    reminded = replace(made(4, START - 12 * DAY), events=(*made(4, START - 12 * DAY).events, _reminded(START - MINUTE)))
    store = await store_of(
        made(1, START - timedelta(hours=3)),
        made(2, old, (Happened.EMAILED, START - 9 * DAY)),
        made(3, old, (Happened.RETURNED, START - 8 * DAY)),
        reminded,
        *(made(10 + n, old, (Happened.EMAILED, START - 2 * DAY)) for n in range(11)),
    )
    (entry,) = await store.commit(Commit(outgoing=(replace(outgoing("x"), about=RequestId("4DME-R-1")),)))
    await store.commit(Commit(rescheduled=(replace(entry, undeliverable=True),)))
    await Digest(store, views(), notices(), DAILY).tell(START)
    *_, message = await told(store)
    lines = message.splitlines()
    assert lines[0] == "The desk on 23 November 2026"
    assert "New since the last digest: 1" in lines
    assert "Waiting for CMVS: 12, the oldest first" in lines
    waiting = lines[lines.index("Waiting for CMVS: 12, the oldest first") + 2 :]
    assert waiting[0] == "4DME-R-2: emailed, for 9 days; waiting for CMVS"
    assert "… and 2 more: say “waiting” or “find status:returned”." in lines
    assert "Returned, and silent for a week or more: 1" in lines
    assert "Messages that cannot be delivered: 1. Please reach these people by email." in lines
    assert "about 4DME-R-1, on slack" in lines
    assert "Reminders sent since the last digest: 1." in lines


def _reminded(at: datetime) -> Event:
    return Event(cast("Happened", "reminded"), at, Actor(Role.CLOCK))


async def test_an_empty_desk_has_a_digest_too() -> None:
    store = await store_of()
    await Digest(store, views(), notices(), DAILY).tell(START)
    (message,) = await told(store)
    assert "Nothing waits for CMVS." in message


async def test_skipped_days_are_one_digest_that_reaches_back() -> None:
    store = await store_of()
    digest = Digest(store, views(), notices(), DAILY)
    await digest.tell(START)
    await put(store, made(1, START + DAY))
    await digest.tell(START + 5 * DAY)
    await digest.tell(START + 5 * DAY + MINUTE)
    await digest.tell(START + 2 * DAY)  # a clock set back
    assert ["New since the last digest: 1" in message for message in await told(store)] == [False, True]


async def test_two_processes_make_one_digest_and_one_sign_of_life() -> None:
    store = await store_of()
    jobs = [job for _ in range(2) for job in (Digest(store, views(), notices(), DAILY), canary(store))]
    await asyncio.gather(*(job.tell(START) for job in jobs))
    assert len(await told(store)) == 2


# The sign of life


def canary(store: Store, *, reminds: bool = True) -> Canary:
    return Canary(store, views(), notices(), DAILY, lambda _: reminds)


async def test_a_sign_of_life_comes_once_a_week_on_monday_at_the_digests_hour() -> None:
    store = await store_of()
    for hours in range(-30 * 24, 24 * 7):
        before = len(await told(store))
        await canary(store).tell(START + timedelta(hours=hours))
        if len(await told(store)) > before and before:
            local = (START + timedelta(hours=hours)).astimezone(HELSINKI)
            assert (local.weekday(), local.hour) == (0, 9)  # the first full hour after 8:30
    assert len(await told(store)) == 7
    assert store.kept[CANARY].value["week"] == "2026-W49"


async def test_the_sign_of_life_says_what_works() -> None:
    store = await store_of()
    await canary(store).tell(START)
    await Digest(store, views(), notices(), DAILY).tell(START)
    await canary(store, reminds=False).tell(START + 7 * DAY)
    first, _, second = await told(store)
    assert "reminders work" in first
    assert "No digest was made yet" in first
    assert "would not be reminded" in second
    assert "The last digest was made on 23 November 2026" in second


@pytest.mark.parametrize("hours", range(0, 24 * 7, 5))
def test_a_canary_request_is_reminded_of_by_the_plan_of_all(hours: int) -> None:
    now = START + timedelta(hours=hours)
    assert reminds(ReminderPolicy())(now)
    assert reminds(ReminderPolicy(days=(30,)))(now)
    assert not reminds(ReminderPolicy(days=(200,), notice=7))(now)  # it would have expired before


async def test_what_was_registered_by_hand_with_an_older_paper_is_new_too() -> None:
    paper, now = START - timedelta(days=20), START + timedelta(hours=1)
    registered = Event(Happened.REGISTERED, START, Actor(Role.STAFF, STAFF[0]), dated_at=paper)
    old = replace(registered, at=START - timedelta(days=3))
    store = await store_of(
        a_request(RequestId("4DME-R-1"), status=Status.RECEIVED, since=paper, events=(registered,)),
        a_request(RequestId("4DME-R-2"), status=Status.RECEIVED, since=paper, events=(old,)),
    )
    says = await Digest(store, views(), notices(), DAILY).says(START - timedelta(hours=1), now)
    assert next(say for say in says if say.text == "digest.new").values == {"count": 1}
