"""A request's life: who may do what when, and nothing else ever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    Approve,
    CheckEmail,
    Command,
    Expire,
    Issue,
    MarkEmailed,
    OptOut,
    Postpone,
    Receive,
    Reject,
    Remind,
    Return,
    Revoke,
    StopReminding,
    Withdraw,
)
from bot.errors import ImpossibleEvent
from bot.lifecycle import (
    BECOMES,
    PERMISSIONS,
    RULES,
    Event,
    Happened,
    LicenseRequest,
    Opening,
    Party,
    Refusal,
    Refused,
    apply,
    decide,
    open_request,
    waiting_for,
)
from bot.model import Account, Actor, Document, DocumentStatus, EmailCheck, RequestId, Role, Standing, Status

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA = Account("slack", "T1", "U1")
APPLICANT = Actor(Role.APPLICANT, ANNA)
STAFF = Actor(Role.STAFF, Account("slack", "T1", "U9"))
OWNER = Actor(Role.OWNER, Account("slack", "T1", "U8"))
CLOCK = Actor(Role.CLOCK)
READER = Actor(Role.READER, Account("slack", "T1", "U7"))
ACTORS = {Role.APPLICANT: APPLICANT, Role.READER: READER, Role.STAFF: STAFF, Role.OWNER: OWNER, Role.CLOCK: CLOCK}


def document(number: int = 1) -> Document:
    return Document(number, "29.04.2026", "a" * 64, "b" * 64, 3, NOW)


def request(status: Status = Status.ISSUED, standing: Standing = Standing.STUDENT) -> LicenseRequest:
    opening = Opening(RequestId("4DME-22222-22222"), "4DME", standing, ANNA)
    return replace(open_request(opening, document(), APPLICANT), status=status)


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
    Remind: Remind(),
    Postpone: Postpone(7),
    StopReminding: StopReminding(),
    CheckEmail: CheckEmail(EmailCheck.COMPLETE),
}

# The whole table in the words of the specification: command, from where, by whom, to where.
OPEN = {Status.ISSUED, Status.EMAILED, Status.RECEIVED, Status.RETURNED}
DESK = {Role.STAFF, Role.OWNER}
EXPECTED = {
    Issue: ({Status.ISSUED, Status.EMAILED, Status.RETURNED}, {Role.APPLICANT} | DESK, Status.ISSUED),
    MarkEmailed: ({Status.ISSUED, Status.RETURNED}, {Role.APPLICANT} | DESK, Status.EMAILED),
    Receive: ({Status.ISSUED, Status.EMAILED, Status.RETURNED}, DESK, Status.RECEIVED),
    Approve: ({Status.RECEIVED}, DESK, Status.APPROVED),
    Return: ({Status.RECEIVED}, DESK, Status.RETURNED),
    Reject: ({Status.RECEIVED}, DESK, Status.REJECTED),
    Withdraw: (OPEN, {Role.APPLICANT} | DESK, Status.WITHDRAWN),
    Expire: ({Status.ISSUED, Status.RETURNED}, {Role.CLOCK}, Status.EXPIRED),
    OptOut: ({Status.APPROVED}, {Role.APPLICANT} | DESK, Status.VOID),
    Revoke: ({Status.APPROVED}, DESK, Status.REVOKED),
    Remind: ({Status.ISSUED, Status.RETURNED, Status.EMAILED}, {Role.CLOCK}, None),
    Postpone: ({Status.ISSUED, Status.RETURNED}, {Role.APPLICANT}, None),
    StopReminding: ({Status.ISSUED, Status.RETURNED}, {Role.APPLICANT}, None),
    CheckEmail: ({Status.EMAILED}, {Role.APPLICANT}, None),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("status", Status)
def test_every_command_is_possible_where_the_table_says_and_nowhere_else(
    command: Command, role: Role, status: Status
) -> None:
    statuses, roles, becomes = EXPECTED[type(command)]
    before = request(status, Standing.SIGNER)
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
        **dict.fromkeys((Status.VOID, Status.REVOKED), None),
    }
    assert waiting_for(request(standing=Standing.SIGNER)) is Party.APPLICANT


@given(st.lists(st.tuples(st.sampled_from(list(COMMANDS)), st.sampled_from(Role)), max_size=30))
def test_any_sequence_of_commands_leaves_a_request_that_its_events_explain(
    steps: list[tuple[type[Command], Role]],
) -> None:
    now, current = NOW, request()
    for kind, role in steps:
        now += timedelta(hours=1)
        command = Issue(document(current.document.number + 1), current.standing) if kind is Issue else COMMANDS[kind]
        decided = decide(command, current, ACTORS[role], now)
        if isinstance(decided, Event):
            assert role in EXPECTED[kind][1]
            current = apply(current, decided)
    replayed = request()
    for event in current.events[1:]:
        replayed = apply(replayed, event)
    assert replayed == current
    assert current.since == max(event.at for event in current.events if BECOMES[event.happened])
    assert [d.number for d in current.documents] == list(range(1, len(current.documents) + 1))
