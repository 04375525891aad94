"""The plan of reminders, on a given clock: when, in whose hours, how often, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.identity import Actor, RequestId, Role
from bot.reminders.policy import (
    Kind,
    ReminderPolicy,
    after_turn,
    due,
    expires_at,
    look_again_at,
    next_at,
    within_hours,
    zone_of,
)
from bot.request.commands import Command, Expire, MarkEmailed, Postpone, Remind, Reopen, StopReminding
from bot.request.events import Event
from bot.request.lifecycle import apply, decide
from bot.request.request import LicenseRequest
from bot.request.status import Status
from tests.store_values import ACCOUNT, OTHER, R2, a_request

POLICY = ReminderPolicy(time_zone="UTC")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CLOCK, APPLICANT = Actor(Role.CLOCK), Actor(Role.APPLICANT, ACCOUNT)


def issued(at: datetime = MONDAY, zone: str = "", **changed: object) -> LicenseRequest:
    events = (replace(a_request().events[0], at=at),)
    return replace(a_request(), since=at, events=events, time_zone=zone, **changed)  # type: ignore[arg-type]


def after(request: LicenseRequest, command: Command, at: datetime) -> LicenseRequest:
    actors = {Remind: CLOCK, Expire: CLOCK, Reopen: Actor(Role.STAFF)}
    event = decide(command, request, actors.get(type(command), APPLICANT), at)
    assert isinstance(event, Event)
    return apply(request, event)


def kinds(now: datetime, *requests: LicenseRequest, policy: ReminderPolicy = POLICY) -> list[Kind]:
    return [reminder.kind for reminder in due(requests, now, policy)]


def a_life(request: LicenseRequest, policy: ReminderPolicy = POLICY) -> list[tuple[int, Kind]]:
    """What happens to a request that nobody touches: on which day after it was issued, and what."""
    happened: list[tuple[int, Kind]] = []
    while (at := next_at(request, policy)) is not None:
        (kind,) = kinds(at, request, policy=policy)
        happened.append(((at - request.since).days, kind))
        if kind is Kind.EXPIRY:
            return happened
        request = after(request, Remind(), at)
    return happened


def test_a_request_that_nobody_touches_is_reminded_of_by_the_plan_and_expires() -> None:
    # Issued on a Monday at 10: day 3 is a Thursday, the others are Mondays, day 180 is a Saturday.
    days = [3, 7, 14, 28, 56, 84, 112, 140]
    last = [(168, Kind.LAST_REMINDER), (181, Kind.EXPIRY)]
    assert a_life(issued()) == [*((day, Kind.REMINDER) for day in days), *last]


def test_the_plan_may_be_another_one() -> None:
    policy = replace(POLICY, days=(1, 60), every=10, expiry=30)
    assert a_life(issued(), policy) == [(1, Kind.LAST_REMINDER), (30, Kind.EXPIRY)]


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 17:59", "2026-11-23 17:59"),
        ("2026-11-23 18:00", "2026-11-24 09:00"),
        ("2026-11-27 18:30", "2026-11-30 09:00"),
        ("2026-11-28 12:00", "2026-11-30 09:00"),
        ("2026-11-29 23:59", "2026-11-30 09:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Helsinki", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"])
def test_nothing_comes_but_in_the_hours_of_a_working_day_where_the_person_is(
    instant: str, expected: str, zone: str
) -> None:
    local = ZoneInfo(zone)
    given_at, expected_at = (datetime.fromisoformat(text).replace(tzinfo=local) for text in (instant, expected))
    assert within_hours(given_at.astimezone(UTC), issued(zone=zone), POLICY) == expected_at


def test_summer_time_changes_no_hour_of_the_day() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")
    request = issued(datetime(2026, 10, 22, 9, 0, tzinfo=helsinki), "Europe/Helsinki")  # clocks go back on the 25th
    assert next_at(after(request, Remind(), request.since + timedelta(days=3)), POLICY) == datetime(
        2026, 10, 29, 9, 0, tzinfo=helsinki
    )
    spring = issued(datetime(2026, 3, 26, 3, 30, tzinfo=helsinki), "Europe/Helsinki")  # 3:30 is left out on the 29th
    assert next_at(spring, POLICY) == datetime(2026, 3, 30, 9, 0, tzinfo=helsinki)


def test_a_zone_that_nobody_knows_is_the_settings_one() -> None:
    policy = replace(POLICY, time_zone="Asia/Tokyo")
    assert {zone_of(issued(zone=zone), policy).key for zone in ("", "Mars/Base", "../etc/passwd", "\x00")} == {
        "Asia/Tokyo"
    }
    assert zone_of(issued(zone="Europe/Oslo"), policy).key == "Europe/Oslo"


def test_what_a_suspended_machine_missed_is_one_reminder_and_no_flood() -> None:
    request, woken = issued(), MONDAY + timedelta(days=21)
    assert kinds(woken, request) == [Kind.REMINDER]
    request = after(request, Remind(), woken)
    assert next_at(request, POLICY) == MONDAY + timedelta(days=28)


def test_nobody_is_closed_out_without_a_warning_even_after_a_year_asleep() -> None:
    woken = MONDAY + timedelta(days=364)
    assert kinds(woken, issued()) == [Kind.LAST_REMINDER]
    request = after(issued(), Remind(), woken)
    assert next_at(request, POLICY) == expires_at(request, POLICY) == woken + timedelta(days=7)


def test_a_clock_that_is_set_back_repeats_nothing() -> None:
    request = after(issued(), Remind(), MONDAY + timedelta(days=3))
    back = MONDAY + timedelta(days=3) - timedelta(hours=1)
    assert kinds(back, request) == []
    assert next_at(request, POLICY) == MONDAY + timedelta(days=7)


@pytest.mark.parametrize("days", [1, 7])
def test_a_postponed_reminder_comes_when_it_was_asked_for_and_then_by_the_plan(days: int) -> None:
    reminded_at = MONDAY + timedelta(days=14)
    request = after(after(issued(), Remind(), reminded_at), Postpone(days), reminded_at)
    assert next_at(request, POLICY) == reminded_at + timedelta(days=days)
    request = after(request, Remind(), reminded_at + timedelta(days=days))
    assert next_at(request, POLICY) == MONDAY + timedelta(days=28)


def test_postponing_keeps_a_request_open_beyond_its_day() -> None:
    late = MONDAY + timedelta(days=178)
    request = after(after(issued(), Remind(), late), Postpone(7), late)
    assert kinds(late + timedelta(days=7), request) == [Kind.LAST_REMINDER]
    request = after(request, Remind(), late + timedelta(days=7))
    assert next_at(request, POLICY) == within_hours(late + timedelta(days=14), request, POLICY)


def test_who_wants_no_reminders_gets_none_and_the_request_expires_in_its_time() -> None:
    request = after(issued(), StopReminding(), MONDAY)
    assert a_life(request) == [(181, Kind.EXPIRY)]
    resumed = after(request, Postpone(1), MONDAY + timedelta(days=30))
    assert next_at(resumed, POLICY) == MONDAY + timedelta(days=31)


def test_a_request_without_a_chat_only_expires() -> None:
    assert a_life(issued(address=None, account=None)) == [(181, Kind.EXPIRY)]


def test_a_returned_request_has_a_plan_of_its_own() -> None:
    returned = issued(MONDAY + timedelta(days=100), status=Status.RETURNED)
    assert next_at(returned, POLICY) == MONDAY + timedelta(days=103 + 1, hours=23)  # a Friday, 10: in the hours
    assert kinds(MONDAY + timedelta(days=103 + 1, hours=23), returned) == [Kind.REMINDER]


def test_an_email_that_nobody_confirms_is_asked_after_once_and_expires_after_a_warning() -> None:
    emailed = after(issued(), MarkEmailed(), MONDAY)
    # Day 335 is a Sunday: the warning comes on Monday morning, and has its thirty days all the same.
    assert a_life(emailed) == [(14, Kind.FOLLOW_UP), (335, Kind.CLOSING), (365, Kind.EXPIRY)]


def test_after_a_long_absence_an_email_is_asked_after_and_its_person_warned_before_it_expires() -> None:
    emailed = after(issued(), MarkEmailed(), MONDAY)
    asked = after(emailed, Remind(), MONDAY + timedelta(days=500))
    assert kinds(MONDAY + timedelta(days=500), emailed) == [Kind.FOLLOW_UP]
    assert next_at(asked, POLICY) == MONDAY + timedelta(days=507)
    warned = after(asked, Remind(), MONDAY + timedelta(days=507))
    assert next_at(warned, POLICY) == MONDAY + timedelta(days=538, hours=23)  # day 537 is a Saturday
    assert kinds(MONDAY + timedelta(days=539), warned) == [Kind.EXPIRY]


def test_an_email_that_staff_take_up_again_has_its_whole_time() -> None:
    emailed = after(issued(), MarkEmailed(), MONDAY)
    expired = after(emailed, Expire(), MONDAY + timedelta(days=365))
    again = after(expired, Reopen(), MONDAY + timedelta(days=400))
    assert (again.status, next_at(again, POLICY)) == (Status.EMAILED, MONDAY + timedelta(days=414))


def test_closed_requests_are_left_alone() -> None:
    for status in set(Status) - {Status.ISSUED, Status.RETURNED, Status.EMAILED}:
        assert next_at(issued(status=status), POLICY) is None
        assert look_again_at(issued(status=status), MONDAY, POLICY) is None
        assert after_turn(issued(status=status), MONDAY, POLICY) is None


def test_a_person_with_two_requests_is_told_of_one_a_day() -> None:
    now = MONDAY + timedelta(days=3)
    first, second, others = issued(), issued(id=R2), issued(id=RequestId("4DME-X"), account=OTHER)
    found = list(due([first, second, others], now, POLICY))
    assert [reminder.request for reminder in found] == [first, others]
    assert look_again_at(second, now, POLICY) == now + timedelta(days=1, hours=-1)
    assert kinds(now + timedelta(minutes=5), after(first, Remind(), now), second) == []
    nobodys = [issued(at=MONDAY - timedelta(days=200), account=None, address=None, id=RequestId(i)) for i in "AB"]
    assert kinds(now, *nobodys) == [Kind.EXPIRY, Kind.EXPIRY]


def test_who_wrote_just_now_is_left_in_peace_for_half_an_hour() -> None:
    at = MONDAY + timedelta(days=3)
    assert after_turn(issued(), at - timedelta(minutes=10), POLICY) == at + timedelta(minutes=20)
    assert after_turn(issued(), at - timedelta(minutes=31), POLICY) == at
    evening = datetime(2026, 11, 26, 17, 45, tzinfo=UTC)
    assert after_turn(issued(), evening, POLICY) == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def test_outside_of_the_hours_it_is_looked_at_when_they_begin() -> None:
    night = MONDAY + timedelta(days=3, hours=12)
    assert kinds(night, issued()) == []
    assert look_again_at(issued(), night, POLICY) == MONDAY + timedelta(days=3, hours=23)
    assert look_again_at(issued(), MONDAY, POLICY) == MONDAY + timedelta(days=3)


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["", "Europe/Helsinki", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "No/Where"])
COMMANDS: list[Command | None] = [Remind(), Postpone(1), Postpone(7), StopReminding(), None]
STEPS = st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers(1, 200)), max_size=8)


@given(INSTANTS, ZONES, STEPS, st.integers(-3000, 30_000))
def test_whatever_happens_a_look_leads_forward_and_nothing_comes_twice_or_at_night(
    start: datetime, zone: str, steps: list[tuple[Command | None, int]], jump: int
) -> None:
    request, now = issued(start, zone), start
    for step, hours in steps:
        now += timedelta(hours=hours)
        if step:
            request = after(request, step, now)
    now += timedelta(hours=jump)
    found = list(due([request], now, POLICY))
    if not found:
        again = look_again_at(request, now, POLICY)
        assert again is None or again > now
        return
    local = now.astimezone(zone_of(request, POLICY))
    assert local.weekday() < 5
    assert 9 <= local.hour < 18
    if found[0].kind is not Kind.EXPIRY:
        request = after(request, Remind(), now)
        assert kinds(now + timedelta(minutes=1), request) == []
        at = next_at(request, POLICY)
        assert at is None or at > now
