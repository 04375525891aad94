"""What the requests tell as numbers, on histories of which every number can be counted by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.identity import Account, Actor, RequestId, Role
from bot.model.people import Standing
from bot.reports.figures import Figures, Questions, Stage, as_json, measure
from bot.request.commands import (
    Approve,
    Command,
    Issue,
    MarkEmailed,
    Note,
    Receive,
    Reject,
    Reopen,
    Return,
    Revoke,
    Undo,
    Withdraw,
)
from bot.request.lifecycle import PERMISSIONS, Refused, apply, decide, open_request
from bot.request.request import LicenseRequest, Opening, Party
from bot.request.status import Document, Status

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)  # a Monday
STAFF = Actor(Role.STAFF, Account("slack", "T1", "U1"))
NONE = Questions()


def document(number: int, at: datetime) -> Document:
    return Document(number, "29.04.2026", "6" * 64, "a" * 64, 2, at)


def lived(*steps: tuple[Command, float], standing: Standing = Standing.SIGNER, at: datetime = START) -> LicenseRequest:
    """A request and what was done to it, each so many hours after the step before."""
    opening = Opening(RequestId("4DME-X"), "4dme", standing)
    request = open_request(opening, document(1, at), Actor(Role.APPLICANT))
    for command, hours in steps:
        at += timedelta(hours=hours)
        event = decide(command, request, STAFF, at)
        assert not isinstance(event, Refused), (command, request.status)
        request = apply(request, event)
    return request


APPROVED = ((MarkEmailed(), 10), (Receive(), 20), (Approve(), 30))


def figures(*requests: LicenseRequest) -> Figures:
    return measure(requests, NONE)


def test_no_requests_have_figures_too() -> None:
    none = figures()
    assert (none.total, none.weeks, none.stages, none.judged, none.returned) == (0, {}, (), 0, {})
    assert set(none.funnel.values()) == {0}


def test_the_funnel_counts_how_far_requests_came_even_where_they_stand_elsewhere_now() -> None:
    requests = (
        lived(),
        lived((MarkEmailed(), 1)),
        lived((Receive(), 1), (Reject("x"), 1)),
        lived((MarkEmailed(), 1), (Withdraw(), 1)),
        lived(*APPROVED),
        lived(*APPROVED, (Revoke("x"), 1)),
    )
    assert list(figures(*requests).funnel.values()) == [6, 5, 3, 2]
    assert figures(*requests).statuses == {
        Status.ISSUED: 1,
        Status.EMAILED: 1,
        Status.APPROVED: 1,
        Status.REJECTED: 1,
        Status.WITHDRAWN: 1,
        Status.REVOKED: 1,
    }


def test_a_stage_is_as_long_as_a_request_stood_in_it_and_waited_for_who_it_did() -> None:
    student = lived(*APPROVED, standing=Standing.STUDENT)
    assert figures(student).stages == (
        Stage(Status.ISSUED, Party.SIGNER, 1, 10, 10),
        Stage(Status.EMAILED, Party.STAFF, 1, 20, 20),
        Stage(Status.RECEIVED, Party.STAFF, 1, 30, 30),
    )


def test_what_lasts_still_is_no_duration() -> None:
    assert figures(lived()).stages == ()


def test_a_new_document_and_a_note_go_on_with_the_stay() -> None:
    again = Issue(document(2, START), Standing.SIGNER)
    (stage,) = figures(lived((again, 5), (Note(), 1), (MarkEmailed(), 4))).stages
    assert (stage.status, stage.median) == (Status.ISSUED, 10)


def test_what_was_undone_or_reopened_counts_as_it_stands() -> None:
    undone = lived(*APPROVED, (Undo(START), 0.1))
    assert (figures(undone).judged, list(figures(undone).funnel.values())) == (0, [1, 1, 1, 0])
    reopened = lived(*APPROVED[:2], (Reject("x"), 1), (Reopen(), 1), (Approve(), 1))
    assert (figures(reopened).judged, figures(reopened).right) == (1, 1)


def test_median_and_nine_of_ten() -> None:
    hours = (1, 2, 3, 4, 5, 6, 7, 8, 9, 100)
    (stage,) = figures(*(lived((MarkEmailed(), n)) for n in hours)).stages
    assert (stage.count, stage.median, stage.ninetieth) == (10, 5.5, 9)


def test_right_the_first_time_is_approved_at_the_first_judgement() -> None:
    returned = ((Receive(), 1), (Return(("not_signed", "no_cc")), 1), (Receive(), 1), (Approve(), 1))
    counted = figures(lived(*APPROVED), lived(*returned), lived((Receive(), 1), (Reject("x"), 1)), lived())
    assert (counted.judged, counted.right) == (3, 1)


def test_reasons_are_counted_by_how_often_they_were_given() -> None:
    once, twice = (Return(("no_cc",)), 1), (Return(("not_signed", "no_cc")), 1)
    requests = (lived((Receive(), 1), once, (Receive(), 1), twice), lived((Receive(), 1), once))
    assert list(figures(*requests).returned.items()) == [("no_cc", 3), ("not_signed", 1)]


def test_weeks_begin_on_monday_where_the_desk_is_and_none_is_left_out() -> None:
    sunday_night = datetime(2026, 11, 8, 22, 30, tzinfo=UTC)  # Monday in Helsinki
    requests = (lived(at=START), lived(at=sunday_night), lived((Withdraw(), 1), at=START + timedelta(days=22)))
    assert measure(requests, NONE, ZoneInfo("Europe/Helsinki")).weeks == {
        date(2026, 11, 2): {Status.ISSUED: 1},
        date(2026, 11, 9): {Status.ISSUED: 1},
        date(2026, 11, 16): {},
        date(2026, 11, 23): {Status.WITHDRAWN: 1},
    }


def test_programs_get_the_same_numbers() -> None:
    told = as_json(measure([lived(*APPROVED)], Questions(10, 3)))
    assert told["funnel"] == {"issued": 1, "emailed": 1, "received": 1, "approved": 1}
    assert told["stages"][0] == {
        "status": "issued",
        "waiting_for": "applicant",
        "count": 1,
        "median_hours": 10,
        "p90_hours": 10,
    }
    assert told["questions"] == {"asked": 10, "silent": 3}
    assert told["weeks"] == {"2026-11-02": {"approved": 1}}


COMMANDS = st.sampled_from(
    [
        MarkEmailed(),
        Receive(),
        Approve(),
        Return(("a",)),
        Reject("b"),
        Withdraw(),
        Revoke("c"),
        Reopen(),
        Undo(START),
        Note(),
    ]
)


@given(st.lists(st.lists(st.tuples(COMMANDS, st.floats(0, 1000)), max_size=12), max_size=6))
def test_any_histories_have_figures_that_agree_with_each_other(histories: list[list[tuple[Command, float]]]) -> None:
    requests = []
    for steps in histories:
        request, at = lived(), START
        for command, hours in steps:
            at += timedelta(hours=hours)
            if type(command) in PERMISSIONS[request.status, Role.STAFF]:
                event = decide(command, request, STAFF, at)
                request = request if isinstance(event, Refused) else apply(request, event)
        requests.append(request)
    told = figures(*requests)
    funnel = list(told.funnel.values())
    assert funnel == sorted(funnel, reverse=True)
    assert funnel[0] == told.total == sum(told.statuses.values()) == sum(sum(w.values()) for w in told.weeks.values())
    assert told.right <= told.judged <= told.total
    assert all(0 <= stage.median <= stage.ninetieth or stage.count < 3 for stage in told.stages)


@pytest.mark.parametrize("standing", list(Standing))
def test_whom_a_stage_waited_for_follows_the_standing_at_that_time(standing: Standing) -> None:
    request = replace(lived((MarkEmailed(), 1), standing=standing), standing=Standing.SIGNER)
    (stage,) = figures(request).stages
    assert stage.party is (Party.APPLICANT if standing is Standing.SIGNER else Party.SIGNER)
