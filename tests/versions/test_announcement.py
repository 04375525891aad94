"""What is due to whom when the LA changes, at any instant."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.people import Standing
from bot.request.commands import Command, Inform, Lapse, LeaveUnanswered, OptOut, Stay
from bot.request.events import Event, informed_of
from bot.request.lifecycle import Refusal, Refused, apply, decide, open_request
from bot.request.request import LicenseRequest, Opening
from bot.request.status import Document, Status
from bot.request.version_notice import Informed
from bot.versions.announcement import (
    BY_EMAIL,
    Announcement,
    Receipt,
    Silence,
    answer,
    closes_at,
    due,
    earliest,
    effective_on,
    given_up,
    held,
    notice,
    reached_at,
    receipt_key,
    signer_reached_at,
    standing,
    superseded,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = effective_on(date(2027, 2, 1))
ANNA = Account("telegram", "", "7")
CLOCK, SIGNER, STAFF = Actor(Role.CLOCK), Actor(Role.APPLICANT, ANNA), Actor(Role.STAFF, Account("slack", "T", "U"))
CHANGE = Announcement("2", "b" * 64, "1", "a" * 64, NOW, DAY, 30)
TYPO = replace(CHANGE, typo_only="a comma")


def request(status: Status = Status.APPROVED, version: str = "1", chat: bool = True) -> LicenseRequest:
    document = Document(1, version, "a" * 64, "c" * 64, 2, NOW)
    where = (ANNA, DeliveryAddress("telegram", "7")) if chat else (None, None)
    opening = Opening(RequestId("4DME-X"), "4DME", Standing.SIGNER, *where)
    return replace(open_request(opening, document, SIGNER), status=status)


def after(found: LicenseRequest, command: Command, at: datetime, actor: Actor = CLOCK) -> LicenseRequest:
    decided = decide(command, found, actor, at)
    assert isinstance(decided, Event), decided
    return replace(found, events=(*found.events, decided)) if found.status is Status.APPROVED else apply(found, decided)


def informed(at: datetime = NOW, step: Informed = Informed.TOLD, found: LicenseRequest | None = None) -> LicenseRequest:
    return after(found or request(), Inform(notice(CHANGE, step, "telegram")), at)


def delivered(at: datetime = NOW) -> dict[str, Receipt]:
    return {"4DME-X/told": Receipt(at, delivered=True)}


def step_of(command: Command | None) -> Informed | None:
    return command.about.step if isinstance(command, Inform) else None


def test_the_notice_period_is_whole() -> None:
    assert earliest(NOW, 30) == date(2026, 12, 24)
    assert earliest(effective_on(date(2026, 11, 23)), 30) == date(2026, 12, 23)


@given(st.integers(0, 10**9), st.integers(0, 400))
def test_the_earliest_day_is_the_first_that_leaves_the_period(seconds: int, days: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    first = effective_on(earliest(now, days))
    assert first - now >= timedelta(days=days)
    assert first - timedelta(days=1) - now < timedelta(days=days)


def test_a_holder_is_told_at_once_and_by_the_chat_they_are_in() -> None:
    command = due(CHANGE, request(), {}, Silence.STAYS, NOW)
    assert command == Inform(notice(CHANGE, Informed.TOLD, "telegram"))
    assert due(CHANGE, request(chat=False), {}, Silence.STAYS, NOW) == Inform(notice(CHANGE, Informed.TOLD))


def test_then_reminded_halfway_and_two_days_before_and_closed_on_the_day() -> None:
    half = NOW + (DAY - NOW) / 2
    last = DAY - timedelta(days=2)
    found, receipts = informed(), delivered()
    assert due(CHANGE, found, receipts, Silence.STAYS, half - timedelta(seconds=1)) is None
    assert step_of(due(CHANGE, found, receipts, Silence.STAYS, half)) is Informed.HALFWAY
    found = informed(half, Informed.HALFWAY, found)
    assert due(CHANGE, found, receipts, Silence.STAYS, last - timedelta(seconds=1)) is None
    assert step_of(due(CHANGE, found, receipts, Silence.STAYS, last)) is Informed.LAST
    found = informed(last, Informed.LAST, found)
    assert due(CHANGE, found, receipts, Silence.STAYS, DAY - timedelta(seconds=1)) is None
    assert isinstance(due(CHANGE, found, receipts, Silence.STAYS, DAY), LeaveUnanswered)
    assert isinstance(due(CHANGE, found, receipts, Silence.ENDS, DAY), Lapse)


def test_a_reminder_that_was_missed_is_not_made_up_for() -> None:
    found = due(CHANGE, informed(), delivered(), Silence.STAYS, DAY - timedelta(days=1))
    assert step_of(found) is Informed.LAST


@pytest.mark.parametrize("command", [Stay(), OptOut()])
def test_nothing_is_due_after_an_answer(command: Command) -> None:
    found = after(informed(), command, NOW, SIGNER)
    assert answer(found, CHANGE) is found.events[-1]
    assert due(CHANGE, found, delivered(), Silence.ENDS, DAY) is None
    event = answer(found, CHANGE)
    assert event
    assert event.about
    assert (event.about.version, event.about.sha256) == ("2", "b" * 64)


def test_who_was_not_reached_is_never_silent() -> None:
    given_up = {"4DME-X/told": Receipt(NOW, delivered=False)}
    assert reached_at(informed(), CHANGE, given_up) is None
    assert due(CHANGE, informed(), given_up, Silence.ENDS, DAY + timedelta(days=90)) is None
    by_hand = after(informed(), Inform(notice(CHANGE, Informed.TOLD, BY_EMAIL)), DAY - timedelta(days=5), STAFF)
    assert reached_at(by_hand, CHANGE, given_up) == DAY - timedelta(days=5)


def test_silence_ends_no_license_whose_signer_was_not_reached_themselves() -> None:
    students = replace(informed(), standing=Standing.STUDENT)
    assert reached_at(students, CHANGE, delivered())
    assert signer_reached_at(students, CHANGE, delivered()) is None
    later = DAY + timedelta(days=90)
    assert not isinstance(due(CHANGE, students, delivered(), Silence.ENDS, later), Lapse)
    assert isinstance(due(CHANGE, students, delivered(), Silence.STAYS, later), LeaveUnanswered)
    reached = after(students, Inform(notice(CHANGE, Informed.TOLD, BY_EMAIL)), DAY + timedelta(days=5), STAFF)
    for days, ends in ((34, False), (35, True)):
        found = due(CHANGE, reached, delivered(), Silence.ENDS, DAY + timedelta(days=days))
        assert isinstance(found, Lapse) == ends
    assert isinstance(due(CHANGE, informed(), delivered(), Silence.ENDS, DAY), Lapse)


@pytest.mark.parametrize("days", [-5, 3])
def test_who_is_told_late_has_the_whole_notice_from_then_before_the_day_and_after_it(days: int) -> None:
    late = DAY + timedelta(days=days)
    closes = late + timedelta(days=30)
    assert closes_at(CHANGE, late) == closes
    found, receipts = informed(late), delivered(late)
    assert due(CHANGE, found, receipts, Silence.ENDS, late + timedelta(days=10)) is None
    found = informed(closes - timedelta(days=2), Informed.LAST, found)
    assert due(CHANGE, found, receipts, Silence.ENDS, closes - timedelta(seconds=1)) is None
    assert isinstance(due(CHANGE, found, receipts, Silence.ENDS, closes), Lapse)


@given(st.integers(-(10**7), 10**7), st.integers(0, 400))
def test_no_answer_counts_from_a_midnight_that_leaves_the_whole_notice(seconds: int, days: int) -> None:
    change, reached = replace(CHANGE, notice_days=days), DAY + timedelta(seconds=seconds)
    closes = closes_at(change, reached)
    assert closes == effective_on(closes.date()) >= DAY
    assert closes - reached >= timedelta(days=days)
    assert closes == DAY or closes - reached < timedelta(days=days + 1)


def test_in_a_notice_of_one_day_the_last_reminder_comes_halfway_and_not_at_once() -> None:
    told_at = DAY - timedelta(days=1)
    change, receipts = replace(CHANGE, notice_days=1), delivered(told_at)
    found = informed(told_at)
    assert due(change, found, receipts, Silence.STAYS, told_at + timedelta(hours=11)) is None
    assert step_of(due(change, found, receipts, Silence.STAYS, told_at + timedelta(hours=12))) is Informed.LAST


@pytest.mark.parametrize("command", [Stay(), OptOut()])
def test_an_offered_document_is_no_change_to_answer(command: Command) -> None:
    offered = replace(informed(DAY, Informed.OFFERED, request(Status.ISSUED)), status=Status.APPROVED)
    assert decide(command, offered, SIGNER, DAY) == Refused(Refusal.NOT_INFORMED, Status.APPROVED)
    told = informed(DAY, found=offered)
    assert isinstance(decide(command, told, SIGNER, DAY), Event)


def test_staying_is_said_once_for_each_announcement() -> None:
    stays = after(informed(), Stay(), NOW, SIGNER)
    assert decide(Stay(), stays, SIGNER, NOW) == Refused(Refusal.STAYED, Status.APPROVED)
    silent = after(informed(), LeaveUnanswered(notice(CHANGE, Informed.TOLD)), DAY)
    assert isinstance(decide(Stay(), silent, SIGNER, DAY), Event)
    again = after(stays, Inform(notice(replace(CHANGE, number=2), Informed.TOLD)), DAY)
    assert isinstance(decide(Stay(), again, SIGNER, DAY), Event)


def test_what_was_called_off_is_told_once_to_whoever_was_told_of_it_and_answers_nothing_any_more() -> None:
    off = replace(CHANGE, called_off_at=NOW)
    assert standing([off, CHANGE]) == [CHANGE]
    assert due(off, request(), {}, Silence.STAYS, NOW) is None
    assert due(off, replace(informed(), status=Status.VOID), {}, Silence.STAYS, NOW) is None
    command = due(off, informed(), delivered(), Silence.ENDS, DAY)
    assert step_of(command) is Informed.CALLED_OFF
    assert command
    found = after(informed(), command, NOW)
    assert due(off, found, delivered(), Silence.ENDS, DAY) is None
    assert informed_of(found.events) is None
    for answered in (Stay(), OptOut()):
        assert decide(answered, found, SIGNER, NOW) == Refused(Refusal.NOT_INFORMED, Status.APPROVED)


def test_a_version_that_was_announced_again_is_another_announcement() -> None:
    again = replace(CHANGE, number=2)
    assert (CHANGE.key, again.key) == ("2", "2/2")
    stays = after(informed(), Stay(), NOW, SIGNER)
    assert answer(stays, CHANGE)
    assert answer(stays, again) is None
    assert step_of(due(again, stays, {}, Silence.STAYS, NOW)) is Informed.TOLD


def test_a_typo_asks_nothing_of_anybody() -> None:
    assert step_of(due(TYPO, request(), {}, Silence.ENDS, NOW)) is Informed.TOLD
    assert due(TYPO, informed(), delivered(), Silence.ENDS, DAY) is None


@pytest.mark.parametrize("status", [Status.ISSUED, Status.RETURNED])
def test_a_document_that_was_not_sent_is_offered_anew_from_the_day_on(status: Status) -> None:
    found = request(status)
    assert due(CHANGE, found, {}, Silence.STAYS, DAY - timedelta(seconds=1)) is None
    offer = due(CHANGE, found, {}, Silence.STAYS, DAY)
    assert step_of(offer) is Informed.OFFERED
    assert offer
    assert due(CHANGE, after(found, offer, DAY), {}, Silence.STAYS, DAY) is None


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.APPROVED, Status.ISSUED, Status.RETURNED}))
def test_other_requests_are_left_to_staff(status: Status) -> None:
    assert due(CHANGE, request(status), {}, Silence.ENDS, DAY) is None


def test_a_license_is_held_under_what_its_holder_stayed_with() -> None:
    stays = after(informed(), Stay(), NOW, SIGNER)
    assert held(stays, [CHANGE], DAY - timedelta(seconds=1)) == "1"
    assert held(stays, [CHANGE], DAY) == "2"
    assert held(informed(), [CHANGE], DAY) == "1"
    assert held(informed(), [TYPO], DAY) == "2"
    assert held(request(), [TYPO], DAY) == "1"
    third = replace(CHANGE, version="3", previous="2", effective_at=DAY + timedelta(days=90))
    assert held(stays, [third, CHANGE], DAY + timedelta(days=91)) == "2"


def test_a_version_is_superseded_from_the_day_on() -> None:
    assert superseded([CHANGE], "1", DAY - timedelta(seconds=1)) is None
    assert superseded([CHANGE], "1", DAY) == CHANGE
    assert superseded([CHANGE], "2", DAY) is None


@pytest.mark.parametrize("command", [Stay(), OptOut()])
def test_only_the_signer_or_staff_answer_and_only_what_was_told(command: Command) -> None:
    for_another = replace(informed(), standing=Standing.STUDENT)
    assert decide(command, for_another, SIGNER, NOW) == Refused(Refusal.SIGNER_ONLY, Status.APPROVED)
    stranger = Actor(Role.APPLICANT, Account("telegram", "", "8"))
    assert decide(command, informed(), stranger, NOW) == Refused(Refusal.NOT_YOURS, Status.APPROVED)
    for role in (Role.CLOCK, Role.READER):
        assert decide(command, informed(), Actor(role), NOW) == Refused(Refusal.NOT_PERMITTED, Status.APPROVED)
    assert decide(command, request(), SIGNER, NOW) == Refused(Refusal.NOT_INFORMED, Status.APPROVED)
    assert isinstance(decide(command, for_another, STAFF, NOW), Event)


def test_a_receipt_is_kept_by_version_request_and_step() -> None:
    assert receipt_key(CHANGE, RequestId("4DME-X"), Informed.LAST) == "receipt/2/4DME-X/last"
    again = replace(CHANGE, number=2)
    assert receipt_key(again, RequestId("4DME-X"), Informed.LAST) == "receipt/2/2/4DME-X/last"


def test_a_notice_was_given_up_where_its_receipt_says_so() -> None:
    assert not given_up(informed(), {})
    assert not given_up(informed(), delivered() | {"4DME-Y/told": Receipt(NOW, delivered=False)})
    assert given_up(informed(), {"4DME-X/last": Receipt(NOW, delivered=False)})
