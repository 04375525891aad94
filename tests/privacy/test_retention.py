"""How long what is kept is kept, as values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.state import Conversation, Step
from bot.model.identity import Actor, Role
from bot.model.people import PersonalData
from bot.privacy.retention import DraftDue, Evidence, Going, Retention, later, was_granted
from bot.request.events import Event, Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status
from tests.store_values import PERSONS, R1, R2, R3, a_request

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POLICY = Retention(draft=30, closed=12, rejected=24, approved=5)
INSTANTS = st.integers(0, 32_000).map(lambda days: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=days))
ENDED = (Status.EXPIRED, Status.WITHDRAWN, Status.MERGED, Status.REJECTED, Status.VOID, Status.REVOKED)


def ended(status: Status, since: datetime) -> LicenseRequest:
    return a_request(status=status, since=since)


@pytest.mark.parametrize(
    ("status", "years"),
    [(Status.EXPIRED, 1), (Status.WITHDRAWN, 1), (Status.REJECTED, 2), (Status.VOID, 5), (Status.REVOKED, 5)],
)
def test_a_closed_request_is_kept_for_its_period_and_not_a_day_longer(status: Status, years: int) -> None:
    request = ended(status, NOW)
    ends_at = NOW.replace(year=NOW.year + years)
    assert POLICY.ends_at(request) == ends_at
    assert POLICY.due([request], ends_at - timedelta(seconds=1)) == ()
    assert POLICY.due([request], ends_at) == (request,)


@pytest.mark.parametrize("status", [s for s in Status if s not in ENDED])
def test_an_open_request_and_a_license_that_holds_are_never_due(status: Status) -> None:
    assert POLICY.ends_at(ended(status, NOW)) is None
    assert POLICY.due([ended(status, NOW)], NOW + timedelta(days=36500)) == ()


def test_every_status_is_open_holds_or_ends() -> None:
    assert set(POLICY.months) == set(ENDED)


@given(st.sampled_from(ENDED), INSTANTS, INSTANTS)
def test_whatever_is_due_is_looked_at(status: Status, since: datetime, now: datetime) -> None:
    request = ended(status, since)
    looked_at = dict(POLICY.looked_at(now))
    assert (request not in POLICY.due([request], now)) or since <= looked_at[status]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-12-05", 1, "2027-01-05"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-05", -13, "2024-12-05"),
    ],
)
def test_months_are_the_calendars(day: str, months: int, then: str) -> None:
    assert later(datetime.fromisoformat(day), months) == datetime.fromisoformat(then)


def test_what_goes_next_comes_first() -> None:
    requests = [
        replace(ended(Status.REJECTED, NOW), id=R1),
        replace(ended(Status.WITHDRAWN, NOW), id=R2),
        replace(ended(Status.APPROVED, NOW), id=R3),
    ]
    assert POLICY.going(requests) == (
        Going(R2, Status.WITHDRAWN, NOW.replace(year=2027)),
        Going(R1, Status.REJECTED, NOW.replace(year=2028)),
    )


# Drafts


def draft(days: float, warned: float | None = None) -> Conversation:
    """Touched so many days ago, warned so many days ago."""
    warned_at = None if warned is None else NOW - timedelta(days=warned)
    return Conversation(Step.FIELD, touched_at=NOW - timedelta(days=days), warned_at=warned_at)


@pytest.mark.parametrize(
    ("conversation", "due"),
    [
        (Conversation(Step.FIELD), DraftDue.COUNT),
        (draft(0), DraftDue.NOTHING),
        (draft(26.9), DraftDue.NOTHING),
        (draft(27), DraftDue.WARN),
        (draft(300), DraftDue.WARN),
        (draft(28, warned=1), DraftDue.NOTHING),
        (draft(30, warned=3), DraftDue.DELETE),
        (draft(300, warned=2.9), DraftDue.NOTHING),
        (draft(300, warned=3), DraftDue.DELETE),
    ],
)
def test_a_draft_goes_only_after_a_warning_in_time(conversation: Conversation, due: DraftDue) -> None:
    assert POLICY.draft_due(conversation, NOW) is due


def test_of_a_short_period_a_third_is_for_the_warning() -> None:
    short = replace(POLICY, draft=3)
    assert short.draft_due(draft(1.9), NOW) is DraftDue.NOTHING
    assert short.draft_due(draft(2), NOW) is DraftDue.WARN
    assert short.draft_due(draft(3, warned=1), NOW) is DraftDue.DELETE


# Erasing

APPROVED = Event(Happened.APPROVED, NOW, Actor(Role.STAFF))


def test_of_a_granted_license_the_signer_stays_where_the_controller_says_so() -> None:
    granted = a_request(status=Status.REVOKED, events=(*a_request().events, APPROVED))
    assert was_granted(granted)
    assert POLICY.left(granted, PERSONS) == PersonalData(PERSONS.signer)
    assert POLICY.left(granted, None) is None
    assert replace(POLICY, evidence=Evidence.NOTHING).left(granted, PERSONS) is None


def test_a_license_keeps_its_signer_only_where_that_is_evidence() -> None:
    granted = a_request(status=Status.APPROVED, events=(*a_request().events, APPROVED))
    assert POLICY.keeps_signed(granted)
    assert not POLICY.keeps_signed(a_request())
    assert not replace(POLICY, evidence=Evidence.NOTHING).keeps_signed(granted)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.APPROVED])
def test_of_anything_else_nobody_stays(status: Status) -> None:
    assert POLICY.left(ended(status, NOW), PERSONS) is None
