"""A request's life: who may do what when, and nothing else ever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.errors import ImpossibleEvent
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.people import Field, Standing
from bot.request.commands import (
    Absorb,
    Approve,
    Assign,
    CheckEmail,
    Command,
    CorrectVersion,
    Erase,
    EraseSigner,
    Expire,
    Inform,
    Issue,
    Lapse,
    LeaveUnanswered,
    MarkEmailed,
    Merge,
    Note,
    OptOut,
    Postpone,
    Receive,
    Reject,
    Remind,
    Reopen,
    Return,
    Revoke,
    Stay,
    StopReminding,
    Undo,
    Withdraw,
)
from bot.request.events import BECOMES, Event, Happened, stood, trail
from bot.request.lifecycle import (
    PERMISSIONS,
    RULES,
    Refusal,
    Refused,
    apply,
    decide,
    open_request,
    possible,
    register_request,
)
from bot.request.request import LicenseRequest, Opening, Party, waiting_for
from bot.request.status import Document, DocumentStatus, EmailCheck, Status
from bot.request.version_notice import VersionNotice

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA = Account("slack", "T1", "U1")
APPLICANT = Actor(Role.APPLICANT, ANNA)
STAFF = Actor(Role.STAFF, Account("slack", "T1", "U9"))
OWNER = Actor(Role.OWNER, Account("slack", "T1", "U8"))
CLOCK = Actor(Role.CLOCK)
READER = Actor(Role.READER, Account("slack", "T1", "U7"))
ABOUT = VersionNotice("01.02.2027", "c" * 64)
OTHER = RequestId("4DME-33333-33333")
ACTORS = {Role.APPLICANT: APPLICANT, Role.READER: READER, Role.STAFF: STAFF, Role.OWNER: OWNER, Role.CLOCK: CLOCK}


def document(number: int = 1) -> Document:
    return Document(number, "29.04.2026", "a" * 64, "b" * 64, 3, NOW)


def request(status: Status = Status.ISSUED, standing: Standing = Standing.STUDENT) -> LicenseRequest:
    """A request in that status, received before if it was decided."""
    opening = Opening(RequestId("4DME-22222-22222"), "4DME", standing, ANNA)
    opened = open_request(opening, document(), APPLICANT)
    if status is Status.ISSUED:
        return opened
    received = () if status in {Status.EMAILED, Status.RECEIVED} else (Event(Happened.RECEIVED, NOW, STAFF),)
    happened = next(happened for happened, becomes in BECOMES.items() if becomes is status)
    return replace(opened, status=status, events=(*opened.events, *received, Event(happened, NOW, STAFF)))


def told(holder: LicenseRequest) -> LicenseRequest:
    """The request after its holder was told that the LA changes."""
    event = Event(Happened.INFORMED, NOW, CLOCK, about=ABOUT)
    return replace(holder, events=(*holder.events[:-1], event, holder.events[-1]))


COMMANDS: dict[type[Command], Command] = {
    Issue: Issue(document(2), Standing.STUDENT),
    MarkEmailed: MarkEmailed(),
    Receive: Receive(),
    Approve: Approve(),
    Return: Return(("not_signed", "not_dated")),
    Reject: Reject("commercial"),
    Withdraw: Withdraw(),
    Expire: Expire(),
    OptOut: OptOut(),
    Revoke: Revoke("misuse"),
    Note: Note(),
    Assign: Assign(),
    CorrectVersion: CorrectVersion(document(2)),
    Merge: Merge(OTHER),
    Absorb: Absorb(OTHER),
    Reopen: Reopen(),
    Undo: Undo(NOW),
    Inform: Inform(ABOUT),
    Stay: Stay(),
    LeaveUnanswered: LeaveUnanswered(ABOUT),
    Lapse: Lapse(ABOUT),
    Remind: Remind(),
    Postpone: Postpone(7),
    StopReminding: StopReminding(),
    CheckEmail: CheckEmail(EmailCheck.COMPLETE),
    Erase: Erase(),
    EraseSigner: EraseSigner(),
}

# The whole table in the words of the specification: command, from where, by whom, to where.
OPEN = {Status.ISSUED, Status.EMAILED, Status.RECEIVED, Status.RETURNED}
DESK = {Role.STAFF, Role.OWNER}
CLOSED = {Status.APPROVED, Status.REJECTED, Status.REVOKED, Status.MERGED, Status.WITHDRAWN, Status.EXPIRED}
EXPECTED = {
    Issue: ({Status.ISSUED, Status.EMAILED, Status.RETURNED}, {Role.APPLICANT} | DESK, Status.ISSUED),
    MarkEmailed: ({Status.ISSUED, Status.RETURNED}, {Role.APPLICANT} | DESK, Status.EMAILED),
    Receive: ({Status.ISSUED, Status.EMAILED, Status.RETURNED}, DESK, Status.RECEIVED),
    Approve: ({Status.RECEIVED}, DESK, Status.APPROVED),
    Return: ({Status.RECEIVED}, DESK, Status.RETURNED),
    Reject: ({Status.RECEIVED}, DESK, Status.REJECTED),
    Withdraw: (OPEN, {Role.APPLICANT} | DESK, Status.WITHDRAWN),
    Expire: ({Status.ISSUED, Status.RETURNED, Status.EMAILED}, {Role.CLOCK}, Status.EXPIRED),
    OptOut: ({Status.APPROVED}, {Role.APPLICANT} | DESK, Status.VOID),
    Revoke: ({Status.APPROVED}, DESK, Status.REVOKED),
    Note: (set(Status), DESK, None),
    Assign: (OPEN | {Status.APPROVED}, DESK, None),
    CorrectVersion: ({Status.RECEIVED, Status.APPROVED}, DESK, None),
    Merge: (OPEN, DESK, Status.MERGED),
    Absorb: (OPEN | {Status.APPROVED}, DESK, None),
    Reopen: (CLOSED, DESK, Status.RECEIVED),
    Undo: ({Status.APPROVED, Status.RETURNED, Status.REJECTED, Status.REVOKED}, DESK, Status.RECEIVED),
    Inform: ({Status.ISSUED, Status.RETURNED, Status.APPROVED}, DESK | {Role.CLOCK}, None),
    Stay: ({Status.APPROVED}, {Role.APPLICANT} | DESK, None),
    LeaveUnanswered: ({Status.APPROVED}, {Role.CLOCK}, None),
    Lapse: ({Status.APPROVED}, {Role.CLOCK}, Status.VOID),
    Remind: ({Status.ISSUED, Status.RETURNED, Status.EMAILED}, {Role.CLOCK}, None),
    Postpone: ({Status.ISSUED, Status.RETURNED}, {Role.APPLICANT}, None),
    StopReminding: ({Status.ISSUED, Status.RETURNED}, {Role.APPLICANT}, None),
    CheckEmail: ({Status.EMAILED}, {Role.APPLICANT}, None),
    Erase: (set(Status) - OPEN, {Role.APPLICANT, Role.CLOCK} | DESK, None),
    EraseSigner: (set(Status) - OPEN, DESK, None),
}
"""None: it stays where it stands."""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("status", Status)
def test_every_command_is_possible_where_the_table_says_and_nowhere_else(
    command: Command, role: Role, status: Status
) -> None:
    statuses, roles, becomes = EXPECTED[type(command)]
    before = told(request(status, Standing.SIGNER))
    decided = decide(command, before, ACTORS[role], NOW)
    if status in statuses and role in roles:
        assert isinstance(decided, Event)
        assert apply(before, decided).status is (becomes or status)
    else:
        wrong = Refusal.WRONG_STATUS if role in roles else Refusal.NOT_PERMITTED
        assert decided == Refused(wrong, status)


def test_every_command_has_one_rule() -> None:
    assert [rule.command for rule in RULES] == list(EXPECTED)
    assert set(PERMISSIONS) == {(status, role) for status in Status for role in Role}


def test_a_request_of_somebody_else_is_refused_whatever_its_status() -> None:
    stranger = Actor(Role.APPLICANT, Account("slack", "T1", "U2"))
    assert decide(Withdraw(), request(), stranger, NOW) == Refused(Refusal.NOT_YOURS, Status.ISSUED)
    nobodys = replace(request(), account=None)
    assert decide(Withdraw(), nobodys, Actor(Role.APPLICANT), NOW) == Refused(Refusal.NOT_YOURS, Status.ISSUED)


def test_only_the_signer_opts_out() -> None:
    assert decide(OptOut(), request(Status.APPROVED), APPLICANT, NOW) == Refused(Refusal.SIGNER_ONLY, Status.APPROVED)
    assert isinstance(decide(OptOut(), request(Status.APPROVED), STAFF, NOW), Event)
    own = told(request(Status.APPROVED, Standing.SIGNER))
    opted_out = decide(OptOut(), own, APPLICANT, NOW)
    assert isinstance(opted_out, Event)
    assert opted_out.about == ABOUT
    assert apply(own, opted_out).status is Status.VOID


@pytest.mark.parametrize(("actor", "command"), [(APPLICANT, OptOut()), (APPLICANT, Stay()), (STAFF, Stay())])
def test_nobody_answers_what_nobody_was_told(actor: Actor, command: Command) -> None:
    own = request(Status.APPROVED, Standing.SIGNER)
    assert decide(command, own, actor, NOW) == Refused(Refusal.NOT_INFORMED, Status.APPROVED)


def test_events_name_the_applicant_by_role_and_staff_by_account() -> None:
    emailed = decide(MarkEmailed(), request(), APPLICANT, NOW)
    received = decide(Receive(), request(), STAFF, NOW)
    assert isinstance(emailed, Event)
    assert isinstance(received, Event)
    assert emailed.actor == Actor(Role.APPLICANT)
    assert received.actor == STAFF
    assert request().events[0].actor == Actor(Role.APPLICANT)


def test_a_new_document_supersedes_the_one_before() -> None:
    issued = decide(Issue(document(2), Standing.RESEARCHER), request(), APPLICANT, NOW)
    assert isinstance(issued, Event)
    after = apply(request(), issued)
    assert [d.status for d in after.documents] == [DocumentStatus.SUPERSEDED, DocumentStatus.CURRENT]
    assert after.document == document(2)
    assert after.standing is Standing.RESEARCHER


def test_documents_are_numbered_without_gaps() -> None:
    event = Event(Happened.ISSUED, NOW, Actor(Role.APPLICANT), document=document(3))
    with pytest.raises(ImpossibleEvent, match="document 3 after 1"):
        apply(request(), event)


def test_an_impossible_event_raises() -> None:
    with pytest.raises(ImpossibleEvent, match="is issued: it cannot have been approved"):
        apply(request(), Event(Happened.APPROVED, NOW, STAFF))


def test_reasons_are_kept_with_the_event() -> None:
    received = request(Status.RECEIVED)
    events = [decide(COMMANDS[kind], received, STAFF, NOW) for kind in (Return, Reject)]
    events.append(decide(COMMANDS[Revoke], request(Status.APPROVED), STAFF, NOW))
    assert [e.reasons for e in events if isinstance(e, Event)] == [
        ("not_signed", "not_dated"),
        ("commercial",),
        ("misuse",),
    ]


def test_somebody_is_waited_for_until_the_request_is_closed() -> None:
    waits = {status: waiting_for(request(status)) for status in Status}
    assert waits == {
        Status.ISSUED: Party.SIGNER,
        Status.EMAILED: Party.STAFF,
        Status.RECEIVED: Party.STAFF,
        Status.RETURNED: Party.APPLICANT,
        **dict.fromkeys((Status.APPROVED, Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED), None),
        **dict.fromkeys((Status.VOID, Status.REVOKED, Status.MERGED), None),
    }
    assert waiting_for(request(standing=Standing.SIGNER)) is Party.APPLICANT


@given(st.lists(st.tuples(st.sampled_from(list(COMMANDS)), st.sampled_from(Role)), max_size=30))
def test_any_sequence_of_commands_leaves_a_request_that_its_events_explain(
    steps: list[tuple[type[Command], Role]],
) -> None:
    now, current = NOW, request()
    for kind, role in steps:
        now += timedelta(hours=1)
        command = COMMANDS[kind]
        if isinstance(command, Issue | CorrectVersion):
            command = replace(command, document=document(current.document.number + 1))
        decided = decide(command, current, ACTORS[role], now)
        if isinstance(decided, Event):
            assert role in EXPECTED[kind][1]
            current = apply(current, decided)
    replayed = request()
    for event in current.events[1:]:
        replayed = apply(replayed, event)
    assert replayed == current
    assert (current.status, current.since) == stood(current.events)[-1][:2]
    assert [d.number for d in current.documents] == list(range(1, len(current.documents) + 1))


def done(before: LicenseRequest, *commands: Command) -> LicenseRequest:
    """The request after the staff's commands, an hour between them."""
    for hours, command in enumerate(commands, 1):
        event = decide(command, before, STAFF, NOW + timedelta(hours=hours))
        assert isinstance(event, Event)
        before = apply(before, event)
    return before


def test_the_trail_tells_what_each_event_changed() -> None:
    before, after = Status.RECEIVED, Status.APPROVED
    events = done(request(before), Approve(), Note(), Undo(NOW)).events
    assert [(event.happened, was, became) for event, was, became in trail(events)][-3:] == [
        (Happened.APPROVED, before, after),
        (Happened.NOTED, after, after),
        (Happened.UNDONE, after, before),
    ]


def test_staff_decide_at_once_of_an_email_that_just_came_and_not_of_one_that_they_sent_back() -> None:
    assert {Approve, Return, Reject} <= possible(Status.EMAILED, Role.STAFF)
    assert possible(Status.RETURNED, Role.STAFF) == PERMISSIONS[Status.RETURNED, Role.STAFF]
    assert possible(Status.EMAILED, Role.READER) == frozenset()


def test_what_is_undone_in_time_leaves_the_request_as_it_stood() -> None:
    received = done(request(), Receive())
    approved = done(received, Approve(), Note())
    undone = apply(approved, Event(Happened.UNDONE, NOW, STAFF))
    assert (undone.status, undone.since) == (received.status, received.since)
    too_late = Undo(approved.since + timedelta(seconds=1))
    assert decide(too_late, approved, STAFF, NOW) == Refused(Refusal.TOO_LATE, Status.APPROVED)
    assert isinstance(decide(Undo(approved.since), approved, STAFF, NOW), Event)


def test_what_is_reopened_stands_where_it_stood_before_as_of_now() -> None:
    withdrawn = done(request(), MarkEmailed(), Withdraw())
    reopened = apply(withdrawn, Event(Happened.REOPENED, NOW + timedelta(days=1), STAFF))
    assert (reopened.status, reopened.since) == (Status.EMAILED, NOW + timedelta(days=1))


def test_taking_back_twice_takes_back_two_moves() -> None:
    twice = done(request(Status.RECEIVED), Approve(), Revoke("misuse"), Undo(NOW), Undo(NOW))
    assert twice.status is Status.RECEIVED


def test_a_request_that_is_taken_on_says_by_whom() -> None:
    assert done(request(), Assign()).assignee == STAFF.account


def test_what_came_on_another_version_is_a_document_of_its_own() -> None:
    older = replace(document(2), version="01.01.2020", pdf_sha256="")
    corrected = done(request(Status.RECEIVED), CorrectVersion(older))
    assert (corrected.document, corrected.status) == (older, Status.RECEIVED)
    assert corrected.documents[0].status is DocumentStatus.SUPERSEDED


def test_a_duplicate_names_the_request_that_goes_on_and_that_one_its_duplicate() -> None:
    assert [done(request(), command).events[-1].other for command in (Merge(OTHER), Absorb(OTHER))] == [OTHER, OTHER]


def test_paper_that_came_without_the_bot_is_received_since_it_came() -> None:
    opening, came = Opening(OTHER, "4DME", Standing.STUDENT), NOW - timedelta(days=9)
    registered = register_request(opening, document(), STAFF, NOW, came)
    assert (registered.status, registered.since, registered.account) == (Status.RECEIVED, came, None)
    assert (registered.events[0].at, registered.events[0].actor) == (NOW, STAFF)


def test_an_erased_request_keeps_its_history_and_knows_nobody() -> None:
    address = DeliveryAddress("slack", "D1")
    withdrawn = done(request(), Withdraw())
    closed = replace(
        withdrawn, address=address, answered={"m1": Field.NAME}, remind_at=NOW, time_zone="Europe/Helsinki"
    )
    erased = decide(Erase(), closed, APPLICANT, NOW)
    assert isinstance(erased, Event)
    after = apply(closed, erased)
    assert (after.account, after.address, after.answered, after.remind_at) == (None, None, {}, None)
    assert after.time_zone == ""
    assert (after.status, after.since, after.documents) == (closed.status, closed.since, closed.documents)
    assert after.events == (*closed.events, erased)
    assert decide(Erase(), after, APPLICANT, NOW) == Refused(Refusal.NOT_YOURS, Status.WITHDRAWN)


def test_a_request_that_lost_its_signer_stays_the_applicants_and_cannot_be_gone_on_with() -> None:
    withdrawn = done(request(), Withdraw())
    after = done(withdrawn, EraseSigner())
    assert (after.account, after.status, after.is_erased) == (withdrawn.account, Status.WITHDRAWN, False)
    assert decide(Reopen(), after, STAFF, NOW) == Refused(Refusal.ERASED, Status.WITHDRAWN)


def test_nothing_is_taken_back_of_a_request_that_no_longer_knows_whose_it_is() -> None:
    withdrawn = done(request(), Withdraw(), Erase())
    assert decide(Reopen(), withdrawn, STAFF, NOW) == Refused(Refusal.ERASED, Status.WITHDRAWN)
    approved = done(request(Status.RECEIVED), Approve(), Erase())
    assert decide(Undo(NOW), approved, STAFF, NOW) == Refused(Refusal.ERASED, Status.APPROVED)
