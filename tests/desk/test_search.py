"""What staff type to find requests: every field, every mistake, and any text at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.search import DAYS, FIELDS, PARTIES, Asker, Misread, Problem, overdue, parse, waiting
from bot.model.people import PersonalData, Signer, Standing
from bot.request.query import (
    AllOf,
    AnyOf,
    Changed,
    Contains,
    Not,
    OfVersion,
    Place,
    RequestQuery,
    Stands,
    folded,
    predicate,
    searched,
)
from bot.request.request import Party
from bot.request.status import Status
from bot.store.memory.columns import Facts
from tests.store_values import ACCOUNT, OTHER, PERSONS, R1, a_request

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=HELSINKI)
ASKER = Asker(NOW, account=ACCOUNT)


def found(text: str, persons: PersonalData | None = PERSONS, **changed: object) -> bool:
    query = parse(text, ASKER)
    assert isinstance(query, RequestQuery)
    facts = Facts.of(a_request(**changed))  # type: ignore[arg-type]
    return all(predicate(condition)(facts, searched(R1, persons)) for condition in query.all_conditions)


def signed_by(name: str, affiliation: str = "University") -> PersonalData:
    return replace(PERSONS, signer=Signer(name, "Professor", affiliation, "s@uni.example", "x"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "muller",
        "MÜLLER göttingen",
        '"zoe muller"',
        "“Zoë Müller”",
        "name:simic",
        "name: simic",
        'name:"ana simic"',
        "email:stud.uni",
        "mail:ZOE.MUELLER@uni-goettingen.de",
        "domain:uni-goettingen.de",
        "domain:@stud.uni-goettingen.de",
        "domain:uni-goettingen",
        "affiliation:universitat",
        "id:7kq2m",
        "id:4dme7kq2mxb4rt",
        "version:29.04",
        "la:29.04.2026",
        "status:issued",
        "is:open",
        "status:emailed,Issued",
        "waiting:signer",
        "waiting:staff,signer",
        "-waiting:nobody",
        "-status:approved",
        "-virtanen",
        '-"zoe virtanen"',
        "before:2026-11-23",
        "after:2026-11-22",
        "after:2026",
        "since:2026-11",
        "until:today",
        "on:yesterday",
        "on:1d",
        "on:2026-11 -overdue",
        "status:issued name:zoe domain:uni-goettingen.de before:2026-12-01 after:2026-11-01",
        "- muller",
    ],
)
def test_a_request_is_found(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "virtanen",
        "name:goettingen",
        "email:simic@uni-goettingen",
        "affiliation:zoe",
        "domain:goettingen.de",
        "domain:uni",
        "id:zoe",
        "-muller",
        "-name:zoe",
        "status:emailed",
        "-is:open",
        "status:closed",
        "waiting:applicant",
        "waiting:us",
        "version:2027",
        "before:2026-11-22",
        "before:2026-11",
        "after:2026-11-23",
        "after:2026-12",
        "on:today",
        "on:2025",
        "overdue",
        '"muller zoe"',
    ],
)
def test_a_request_is_not_found(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("徹", signed_by("渡辺 徹", "東京大学")),
        ("affiliation:京大", signed_by("渡辺 徹", "東京大学")),
        ("щербаков", signed_by("Дмитрий Щербаков")),
        ("дмитрии", signed_by("Дмитрий Щербаков")),
        ("lukasz zolc", signed_by("Łukasz Żółć")),
        ("name:ŁUKASZ", signed_by("Lukasz Zolc")),
        ("oslo groenland", signed_by("Ø. Groenland", "Oslo")),
        ("ingilizce sahin", signed_by("İngilizce ŞAHİN")),
        ("παπαδοπουλος", signed_by("Γεώργιος ΠΑΠΑΔΌΠΟΥΛΟΣ")),
        ("strasse", signed_by("Straße")),
        ("김철", signed_by("김철수")),
    ],
)
def test_any_script_is_found_without_regard_to_case_and_accents(text: str, persons: PersonalData) -> None:
    assert found(text, persons)


def test_an_erased_request_is_found_by_its_id_alone() -> None:
    assert found("id:4DME-7KQ2M", None)
    assert not found("name:zoe", None)


@pytest.mark.parametrize(
    ("text", "misread"),
    [
        ("stat:emailed", Misread(Problem.FIELD, "stat", FIELDS)),
        ("virtanen Amt:x", Misread(Problem.FIELD, "Amt", FIELDS)),
        ("waiting:godot", Misread(Problem.WAITING, "godot", tuple(PARTIES))),
        ("before:soon", Misread(Problem.DAY, "soon", DAYS)),
        ("on:2026-02-30", Misread(Problem.DAY, "2026-02-30", DAYS)),
        ("after:2026-13", Misread(Problem.DAY, "2026-13", DAYS)),
        ("before:0000", Misread(Problem.DAY, "0000", DAYS)),
        ("on:9999", Misread(Problem.DAY, "9999", DAYS)),
        ("status:", Misread(Problem.EMPTY, "status", ())),
        ('name:""', Misread(Problem.EMPTY, "name", ())),
    ],
)
def test_what_cannot_be_read_says_what_is_possible(text: str, misread: Misread) -> None:
    assert parse(text, ASKER) == misread


def test_a_wrong_status_names_all_of_them() -> None:
    misread = parse("status:sent", ASKER)
    assert isinstance(misread, Misread)
    assert misread.problem is Problem.STATUS
    assert set(Status) | {"open", "closed"} == set(misread.possible)


@pytest.mark.parametrize(
    ("text", "mine", "nobodys"),
    [
        ("assigned:me", True, False),
        ("assigned:Nobody", False, True),
        ("-assigned:nobody", True, False),
        (f"assigned:{ACCOUNT}", True, False),
        (f"assigned:{OTHER}", False, False),
    ],
)
def test_who_took_it_on_can_be_asked(text: str, mine: bool, nobodys: bool) -> None:
    assert (found(text, assignee=ACCOUNT), found(text)) == (mine, nobodys)


def test_nobody_is_me_on_the_command_line() -> None:
    misread = parse("assigned:me", Asker(NOW))
    assert isinstance(misread, Misread)
    assert misread.problem is Problem.ASSIGNED


def test_days_are_the_desks_own() -> None:
    query = parse("on:2026-10-25", ASKER)  # the day has 25 hours there
    begins, ends = datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 22, tzinfo=UTC)
    assert query == RequestQuery(conditions=(Changed(begins, ends),))


def test_a_month_ends_where_the_next_begins() -> None:
    query = parse("on:2026-12", replace(ASKER, now=NOW.astimezone(UTC)))
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    assert query == RequestQuery(conditions=(Changed(datetime(2026, 12, 1, tzinfo=UTC), ends),))


@pytest.mark.parametrize(
    ("status", "standing", "days", "late"),
    [
        (Status.EMAILED, Standing.STUDENT, 6, True),
        (Status.RECEIVED, Standing.SIGNER, 6, True),
        (Status.EMAILED, Standing.STUDENT, 4, False),
        (Status.ISSUED, Standing.STUDENT, 6, False),
        (Status.ISSUED, Standing.STUDENT, 31, True),
        (Status.RETURNED, Standing.SIGNER, 31, True),
        (Status.APPROVED, Standing.SIGNER, 400, False),
    ],
)
def test_overdue_is_what_waits_too_long_for_somebody(status: Status, standing: Standing, days: int, late: bool) -> None:
    since = NOW.astimezone(UTC) - timedelta(days=days)
    assert found("Overdue", status=status, standing=standing, since=since) == late


def test_whom_it_waits_for_follows_from_status_and_standing() -> None:
    assert waiting(frozenset({Party.APPLICANT})) == Stands(
        frozenset({(Status.ISSUED, Standing.SIGNER)} | {(Status.RETURNED, standing) for standing in Standing})
    )


def test_parts_become_conditions() -> None:
    query = parse('version:29 -name:"B C" overdue', ASKER)
    assert query == RequestQuery(conditions=(OfVersion("29"), Not(Contains("b c", Place.NAME)), overdue(ASKER)))


def test_conditions_combine() -> None:
    yes, no = Contains("zoe"), Contains("nobody")
    facts, text = Facts.of(a_request()), searched(R1, PERSONS)
    assert predicate(AllOf((yes, Not(no))))(facts, text)
    assert not predicate(AllOf((yes, no)))(facts, text)
    assert predicate(AnyOf((no, yes)))(facts, text)
    assert not predicate(AnyOf(()))(facts, text)


@given(st.text())
def test_any_text_is_a_query_or_says_why_not(text: str) -> None:
    read = parse(text, ASKER)
    if isinstance(read, Misread):
        assert read.problem is Problem.EMPTY or read.possible


@given(st.text(min_size=1))
def test_a_name_is_found_by_itself_in_any_case(name: str) -> None:
    wanted = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if folded(wanted).strip() and not set(wanted) & set('"“”„«»'):
        for cased in (wanted, wanted.casefold()):
            assert found(f'name:"{cased}"', signed_by(f"A {wanted} B"))
