"""What every store promises: one suite, run on the fake and on the real ones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.search import Asker, parse
from bot.dialogue.state import Conversation, Step
from bot.model.errors import StaleCommit, StoreError
from bot.model.identity import RequestId
from bot.model.people import SIGNER_FIELDS, Applicant, PersonalData, Signer, Standing
from bot.request.query import Changed, Contains, Place, RequestQuery
from bot.request.status import Status
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, ConversationWrite, RecordWrite, RequestWrite, Store, Stored
from bot.store.postgres.store import PostgresStore
from tests.fakes import FakeStore
from tests.store_values import (
    ACCOUNT,
    CHAT,
    DRAFT,
    LEASE,
    NOW,
    OTHER,
    OTHER_CHAT,
    PERSONS,
    PLATFORMS,
    R1,
    R2,
    R3,
    a_request,
    a_turn,
    in_status,
    opened,
    outgoing,
)

Open = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["tinydb", "postgres", "encrypted tinydb", "encrypted postgres"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens a store on what the last one left."""
    if request.param.startswith("encrypted"):
        request.getfixturevalue("encrypted")
    if request.param.endswith("postgres"):
        return partial(PostgresStore.open, request.getfixturevalue("database"))

    async def tinydb() -> Store:
        return TinyDBStore(tmp_path / "store.json")

    return tinydb


@pytest.fixture(params=["fake", "tinydb", "postgres", "encrypted tinydb", "encrypted postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param.startswith("encrypted"):
        request.getfixturevalue("encrypted")
    match request.param.split()[-1]:
        case "fake":
            store: Store = FakeStore()
        case "tinydb":
            store = TinyDBStore(tmp_path / "store.json")
        case _:
            store = await PostgresStore.open(request.getfixturevalue("database"))
    yield store
    await store.aclose()


async def test_an_empty_store_has_nothing_at_version_0(store: Store) -> None:
    conversation = await store.conversation(ACCOUNT)
    assert (conversation.value, conversation.version) == (None, 0)
    assert await store.request(R1) is None
    assert await store.personal_data(R1) is None
    assert list(await store.requests(RequestQuery())) == []
    assert list(await store.outbox()) == []
    assert not await store.seen("m1")


async def test_a_turn_is_read_back_as_it_was_committed(store: Store) -> None:
    entries = await store.commit(a_turn())
    request = await store.request(R1)
    assert request
    assert request.value == a_request()
    assert (await store.conversation(ACCOUNT)).value == DRAFT
    assert await store.personal_data(R1) == PERSONS
    assert [entry.outgoing for entry in entries] == [outgoing("one"), outgoing("two")]
    assert tuple(await store.outbox()) == entries
    assert await store.seen("m1")


async def test_what_was_committed_is_there_after_reopening(reopen: Open) -> None:
    store = await reopen()
    entries = await store.commit(a_turn())
    request = await store.request(R1)
    await store.aclose()
    store = await reopen()
    assert await store.request(R1) == request
    assert (await store.conversation(ACCOUNT)).value == DRAFT
    assert await store.personal_data(R1) == PERSONS
    assert tuple(await store.outbox()) == entries
    assert list(await store.requests(RequestQuery(text="goettingen", status=Status.ISSUED))) == [a_request()]
    assert await store.commit(a_turn()) == ()
    (later,) = await store.commit(Commit(outgoing=(outgoing("three"),)))
    assert later.id > max(entry.id for entry in entries)
    await store.aclose()


async def test_the_buttons_of_a_question_are_still_its_own_after_reopening(reopen: Open) -> None:
    answers = {field: f"a {field}" for field in SIGNER_FIELDS}
    review = Conversation(Step.REVIEW, Standing.SIGNER, answers)
    store = await reopen()
    await store.commit(Commit("telegram:7:1", ConversationWrite(ACCOUNT, review, 0)))
    await store.aclose()
    store = await reopen()
    stored = (await store.conversation(ACCOUNT)).value
    await store.aclose()
    assert stored == review
    assert stored.token == review.token


@pytest.mark.parametrize("text", ["\ud800", "\udfff a"])
async def test_text_that_is_none_is_refused_whole(reopen: Open, text: str) -> None:
    store = await reopen()
    for commit in (replace(a_turn(), outgoing=(outgoing(text),)), replace(a_turn(), message_id=text)):
        with pytest.raises(StoreError, match="the store cannot hold this"):
            await store.commit(commit)
    assert await store.request(R1) is None
    assert list(await store.outbox()) == []
    await store.aclose()


async def test_a_repeated_message_changes_nothing(store: Store) -> None:
    await store.commit(a_turn())
    before = (await store.request(R1), await store.conversation(ACCOUNT), await store.outbox())
    assert await store.commit(a_turn()) == ()
    assert (await store.request(R1), await store.conversation(ACCOUNT), await store.outbox()) == before


async def test_a_message_that_comes_twice_at_once_is_one_turn(store: Store) -> None:
    first, second = await asyncio.gather(store.commit(a_turn()), store.commit(a_turn()))
    assert sorted([len(first), len(second)]) == [0, 2]
    assert len(await store.outbox()) == 2


async def test_a_commit_decided_on_an_old_conversation_is_refused_whole(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, 0)))
    with pytest.raises(StaleCommit):
        await store.commit(a_turn())
    assert await store.request(R1) is None
    assert await store.personal_data(R1) is None
    assert list(await store.outbox()) == []
    assert not await store.seen("m1")


async def test_a_commit_decided_on_an_old_request_is_refused_whole(store: Store) -> None:
    await store.commit(opened(a_request()))
    read = await store.request(R1)
    assert read
    emailed = a_request(status=Status.EMAILED)
    await store.commit(Commit(requests=(RequestWrite(emailed, read.version),)))
    write = ConversationWrite(ACCOUNT, DRAFT, 0)
    with pytest.raises(StaleCommit, match=R1):
        await store.commit(Commit("m2", write, (RequestWrite(a_request(), read.version),)))
    assert [request.status for request in await store.requests(RequestQuery())] == [Status.EMAILED]
    assert (await store.conversation(ACCOUNT)).value is None


async def test_of_two_commits_decided_on_the_same_version_one_is_refused(store: Store) -> None:
    await store.commit(opened(a_request()))
    read = await store.request(R1)
    assert read
    writes = [RequestWrite(a_request(status=status), read.version) for status in (Status.EMAILED, Status.WITHDRAWN)]
    outcomes = await asyncio.gather(
        *(store.commit(Commit(requests=(write,))) for write in writes), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(StaleCommit) == 1
    assert outcomes.count(()) == 1


async def test_a_deleted_conversation_is_gone_and_older_decisions_on_it_stay_refused(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, 0)))
    old = (await store.conversation(ACCOUNT)).version
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, None, old)))
    deleted = await store.conversation(ACCOUNT)
    assert (deleted.value, deleted.version) == (None, 0)
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, 0)))
    with pytest.raises(StaleCommit):
        await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, None, old)))


async def test_deleting_a_conversation_that_is_not_there_is_right_until_it_is(store: Store) -> None:
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, None, 0)))
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, 0)))
    with pytest.raises(StaleCommit):
        await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, None, 0)))


async def test_a_record_is_kept_listed_by_its_prefix_and_deleted(store: Store) -> None:
    writes = (RecordWrite("staff/b", {"role": "owner"}, 0), RecordWrite("staff/a", {"role": "reader"}, 0))
    await store.commit(Commit(records=(*writes, RecordWrite("other", {"n": 1}, 0))))
    assert await store.record("nobody") == Stored(None, 0)
    owner = await store.record("staff/b")
    assert owner.value == {"role": "owner"}
    assert {key: kept.value for key, kept in (await store.records("staff/")).items()} == {
        "staff/a": {"role": "reader"},
        "staff/b": {"role": "owner"},
    }
    await store.commit(Commit(records=(RecordWrite("staff/b", None, owner.version),)))
    assert list(await store.records("staff/")) == ["staff/a"]
    assert await store.record("staff/b") == Stored(None, 0)


@pytest.mark.parametrize("content", [{"n": 2}, None])
async def test_a_commit_decided_on_an_old_record_is_refused_whole(
    store: Store, content: dict[str, object] | None
) -> None:
    await store.commit(Commit(records=(RecordWrite("canary", {"n": 1}, 0),)))
    for version in (0, 77):
        with pytest.raises(StaleCommit):
            await store.commit(
                Commit("m9", records=(RecordWrite("canary", content, version),), outgoing=(outgoing("x"),))
            )
    assert (await store.record("canary")).value == {"n": 1}
    assert not await store.outbox()


async def test_erased_personal_data_is_gone_and_no_longer_found(store: Store) -> None:
    await store.commit(a_turn())
    assert await store.requests(RequestQuery(text="muller"))
    await store.commit(Commit(personal_data={R1: None}))
    assert await store.personal_data(R1) is None
    assert list(await store.requests(RequestQuery(text="muller"))) == []
    assert list(await store.requests(RequestQuery(text=R1.lower()))) == [a_request()]


@pytest.mark.parametrize(
    "text",
    ["muller", "MÜLLER zoe", "uni-goettingen.de", "Simic ana", "Universität", "7kq2m", "  "],
)
async def test_a_request_is_found_by_words_whatever_their_case_and_accents(store: Store, text: str) -> None:
    await store.commit(a_turn())
    assert [request.id for request in await store.requests(RequestQuery(text=text))] == [R1]


@pytest.mark.parametrize("text", ["wilhelmsplatz", "müller anders", "%", "_"])
async def test_a_request_is_not_found_by_what_it_does_not_say(store: Store, text: str) -> None:
    await store.commit(a_turn())
    assert list(await store.requests(RequestQuery(text=text))) == []


async def test_requests_come_last_changed_first_and_no_more_than_asked_for(store: Store) -> None:
    requests = [in_status(R1, Status.ISSUED, 2), in_status(R2, Status.ISSUED, 3), in_status(R3, Status.ISSUED, 1)]
    await store.commit(opened(*requests))
    assert [request.id for request in await store.requests(RequestQuery())] == [R2, R1, R3]
    assert [request.id for request in await store.requests(RequestQuery(limit=2))] == [R2, R1]


async def test_all_conditions_of_a_query_must_hold(store: Store) -> None:
    await store.commit(
        opened(
            a_request(R1, remind_at=NOW),
            a_request(R2, OTHER, remind_at=NOW + timedelta(seconds=1)),
            a_request(R3, status=Status.EMAILED),
        )
    )

    async def found(query: RequestQuery) -> set[str]:
        return {request.id for request in await store.requests(query)}

    assert await found(RequestQuery(account=ACCOUNT)) == {R1, R3}
    assert await found(RequestQuery(status=Status.ISSUED)) == {R1, R2}
    assert await found(RequestQuery(due_by=NOW)) == {R1}
    assert await found(RequestQuery(due_by=NOW + timedelta(days=1))) == {R1, R2}
    assert await found(RequestQuery(account=ACCOUNT, status=Status.ISSUED)) == {R1}
    assert await found(RequestQuery(account=OTHER, due_by=NOW)) == set()
    assert await found(RequestQuery(account=OTHER, text=R3)) == set()


async def test_a_changed_request_is_found_by_what_it_is_now(store: Store) -> None:
    await store.commit(opened(a_request(remind_at=NOW)))
    read = await store.request(R1)
    assert read
    await store.commit(Commit(requests=(RequestWrite(a_request(status=Status.EMAILED), read.version),)))
    assert list(await store.requests(RequestQuery(status=Status.ISSUED))) == []
    assert list(await store.requests(RequestQuery(due_by=NOW))) == []
    assert len(await store.requests(RequestQuery(status=Status.EMAILED, account=ACCOUNT))) == 1


async def test_the_turns_of_one_account_follow_each_other(store: Store) -> None:
    order: list[str] = []

    async def turn(name: str) -> None:
        async with store.account_lock(ACCOUNT):
            order.append(f"{name} begins")
            await store.conversation(ACCOUNT)
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(turn("a"), turn("b"))
    assert order in (["a begins", "a ends", "b begins", "b ends"], ["b begins", "b ends", "a begins", "a ends"])


async def test_the_turns_of_two_accounts_go_side_by_side(store: Store) -> None:
    met = asyncio.Barrier(2)

    async def turn(of: int) -> None:
        async with store.account_lock([ACCOUNT, OTHER][of]):
            await met.wait()

    async with asyncio.timeout(10):
        await asyncio.gather(turn(0), turn(1))
    assert not met.broken


async def test_of_each_address_the_first_entry_is_claimed_and_by_one_only(store: Store) -> None:
    first, _, other = await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"), outgoing("3", OTHER_CHAT))))
    claim = await store.claim(PLATFORMS, NOW, LEASE, 9)
    assert list(claim.entries) == [first, other]
    again = await store.claim(PLATFORMS, NOW, LEASE, 9)
    assert (again.entries, again.wake_at) == ((), NOW + LEASE)


async def test_entries_of_other_platforms_are_left_alone(store: Store) -> None:
    _, other = await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2", OTHER_CHAT))))
    claim = await store.claim({"telegram"}, NOW, LEASE, 9)
    assert claim.entries == (other,)
    assert claim.wake_at is None


async def test_a_delivered_entry_makes_way_for_the_next(store: Store) -> None:
    first, second = await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    await store.claim(PLATFORMS, NOW, LEASE, 9)
    await store.commit(Commit(delivered=(first.id,)))
    assert list(await store.outbox()) == [second]
    assert (await store.claim(PLATFORMS, NOW, LEASE, 9)).entries == (second,)


async def test_a_rescheduled_entry_holds_back_those_behind_it(store: Store) -> None:
    first, _ = await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    await store.claim(PLATFORMS, NOW, LEASE, 9)
    later = replace(first, attempts=1, next_attempt_at=NOW + timedelta(seconds=30))
    await store.commit(Commit(rescheduled=(later,)))
    claim = await store.claim(PLATFORMS, NOW, LEASE, 9)
    assert (claim.entries, claim.wake_at) == ((), NOW + timedelta(seconds=30))
    assert (await store.claim(PLATFORMS, NOW + timedelta(seconds=30), LEASE, 9)).entries == (later,)


async def test_an_undeliverable_entry_makes_way_and_stays_listed(store: Store) -> None:
    first, second = await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2"))))
    gone = replace(first, undeliverable=True)
    await store.commit(Commit(rescheduled=(gone,)))
    assert (await store.claim(PLATFORMS, NOW, LEASE, 9)).entries == (second,)
    assert list(await store.outbox(CHAT)) == [gone, second]


async def test_an_entry_for_later_holds_nobody_back(store: Store) -> None:
    tomorrow = NOW + timedelta(days=1)
    later, now = await store.commit(Commit(outgoing=(outgoing("1", not_before=tomorrow), outgoing("2"))))
    claim = await store.claim(PLATFORMS, NOW, LEASE, 9)
    assert (claim.entries, claim.wake_at) == ((now,), tomorrow)
    await store.commit(Commit(delivered=(now.id,)))
    assert (await store.claim(PLATFORMS, tomorrow, LEASE, 9)).entries == (later,)


async def test_a_lease_ends(store: Store) -> None:
    (entry,) = await store.commit(Commit(outgoing=(outgoing("1"),)))
    await store.claim(PLATFORMS, NOW, LEASE, 9)
    assert (await store.claim(PLATFORMS, NOW + LEASE, LEASE, 9)).entries == (entry,)


async def test_rescheduling_what_was_delivered_does_not_bring_it_back(store: Store) -> None:
    (entry,) = await store.commit(Commit(outgoing=(outgoing("1"),)))
    await store.commit(Commit(delivered=(entry.id,)))
    await store.commit(Commit(rescheduled=(replace(entry, attempts=1),)))
    assert list(await store.outbox()) == []


async def test_an_outgoing_message_wakes_who_waits_for_one(store: Store) -> None:
    waiting = asyncio.create_task(store.outbox_changed())
    await asyncio.sleep(0)
    assert not waiting.done()
    await store.commit(Commit(outgoing=(outgoing("1"),)))
    async with asyncio.timeout(10):
        await waiting


async def test_the_outbox_is_listed_by_address(store: Store) -> None:
    entries = await store.commit(Commit(outgoing=(outgoing("1"), outgoing("2", OTHER_CHAT), outgoing("3"))))
    assert list(await store.outbox(CHAT)) == [entries[0], entries[2]]
    assert list(await store.outbox()) == list(entries)


async def test_conversations_under_way_are_listed_by_account(store: Store) -> None:
    assert await store.conversations() == {}
    await store.commit(Commit(conversation=ConversationWrite(ACCOUNT, DRAFT, 0)))
    await store.commit(Commit(conversation=ConversationWrite(OTHER, DRAFT, 0)))
    listed = await store.conversations()
    assert listed == {account: await store.conversation(account) for account in (ACCOUNT, OTHER)}
    await store.commit(Commit(conversation=ConversationWrite(OTHER, None, listed[OTHER].version)))
    assert list(await store.conversations()) == [ACCOUNT]


async def test_those_whose_persons_are_known_have_an_email(store: Store) -> None:
    requests = [in_status(R1, Status.REJECTED, 1), in_status(R2, Status.REJECTED, 2), in_status(R3, Status.REJECTED, 3)]
    await store.commit(replace(opened(*requests), personal_data={R1: PERSONS, R3: PERSONS}))
    known = (Contains("@", Place.EMAIL), Changed(before=NOW + timedelta(hours=2)))
    found = await store.requests(RequestQuery(status=Status.REJECTED, conditions=known))
    assert [request.id for request in found] == [R1]
    await store.commit(Commit(personal_data={R1: None}))
    assert not await store.requests(RequestQuery(status=Status.REJECTED, conditions=known))


async def test_ids_of_messages_that_name_a_chat_are_forgotten(store: Store) -> None:
    for message_id in ("telegram:42:1", "telegram:42:press 7", "telegram:421:1", "slack:T1:D42:1.1", "digest:42x"):
        await store.commit(Commit(message_id))
    await store.commit(Commit("telegram:42:9", forgets=frozenset({"42", "D42"})))
    for gone in ("telegram:42:1", "telegram:42:press 7", "slack:T1:D42:1.1", "telegram:42:9"):
        assert not await store.seen(gone)
    assert await store.seen("telegram:421:1")
    assert await store.seen("digest:42x")


async def test_ids_of_messages_of_a_commit_and_those_before_are_forgotten_and_later_ones_stay(reopen: Open) -> None:
    store = await reopen()
    for number in range(3):
        await store.commit(Commit(f"m{number}", records=(RecordWrite(f"r/{number}", {}, 0),)))
    upto = (await store.record("r/1")).version
    await store.aclose()
    store = await reopen()
    await store.commit(Commit("m3", forgets_upto=upto))
    assert [await store.seen(f"m{number}") for number in range(4)] == [False, False, True, True]
    await store.aclose()


async def test_a_store_without_older_copies_forgets_its_history_and_names_none(store: Store) -> None:
    await store.commit(a_turn())
    await store.commit(Commit(personal_data={R1: None}))
    assert await store.forget_history() == ()
    assert await store.request(R1)


NAMES = ("Zoë Müller", "渡辺 徹", "Дмитрий Щербаков", "Łukasz Żółć", "anna.virtanen", "김철수", "O'Neil-İçli")
DOMAINS = ("oulu.fi", "student.oulu.fi", "uni-goettingen.de", "xn--tkyo-u-u1a.jp", "fi.example")
WORDS = (*NAMES, *DOMAINS, "zoe", "muller", "徹", "щерб", "lukasz", "oulu", "fi", "4dme", "r-3", "%", "_", "\\", "zz")
SEARCHES = (
    *(
        f"{field}:{word}"
        for field in ("name", "email", "affiliation", "id")
        for word in ("zoe", "徹", "oulu", "r3", "%")
    ),
    *(f"domain:{domain}" for domain in (*DOMAINS, "oulu", "fi", "example")),
    *(f"status:{status}" for status in (*Status, "open", "closed", "emailed,received")),
    *(f"waiting:{party}" for party in ("staff", "signer", "applicant,nobody")),
    *(f"{when}:2026-11-{day}" for when in ("before", "after", "on") for day in (20, 22, 23)),
    *("assigned:nobody", f"assigned:{OTHER}", "version:29", "version:28.01.2025", "overdue"),
)


def requests_of_all_kinds() -> Commit:
    """A hundred, of every status and standing, of two versions, in several scripts, some erased."""
    requests, persons = [], dict[RequestId, PersonalData | None]()
    for number in range(100):
        status, standing = list(Status)[number % len(Status)], list(Standing)[number % 3]
        since = NOW - timedelta(days=number % 40, seconds=number % 7)
        request = a_request(RequestId(f"4DME-R-{number}"), status=status, standing=standing, since=since)
        version = ("29.04.2026", "28.01.2025")[number % 4 == 0]
        requests.append(
            replace(
                request,
                documents=(replace(request.document, version=version),),
                assignee=OTHER if number % 5 == 0 else None,
            )
        )
        signer = Signer(NAMES[number % 7], "Professor", WORDS[number % 12], f"s{number}@{DOMAINS[number % 5]}", "x")
        applicant = Applicant(NAMES[number % 6], f"a@{DOMAINS[number % 4]}") if number % 2 else None
        if number % 9:
            persons[request.id] = PersonalData(signer, applicant)
    return replace(opened(*requests), personal_data=persons)


def test_all_stores_find_the_same(database: str, tmp_path: Path) -> None:
    parts = st.builds(lambda no, part: ("-" if no else "") + part, st.booleans(), st.sampled_from((*WORDS, *SEARCHES)))
    searches = st.lists(parts, max_size=4).map(" ".join) | st.text(max_size=6)

    with asyncio.Runner() as runner:
        stores: list[Store] = [FakeStore(), runner.run(opened_journal(tmp_path / "store.json"))]
        stores.append(runner.run(PostgresStore.open(database)))
        for store in stores:
            runner.run(store.commit(requests_of_all_kinds()))

        numbers = st.integers(0, 12)

        @given(searches, numbers, st.none() | numbers, st.sampled_from((None, *Status)), st.booleans())
        def find_the_same(text: str, offset: int, limit: int | None, status: Status | None, first: bool) -> None:
            query = parse(text, Asker(NOW))
            if isinstance(query, RequestQuery):
                whole = replace(query, status=status, account=ACCOUNT if offset % 2 else None)
                page = replace(whole, offset=offset, limit=limit, oldest_first=first)
                fake, *others = [[request.id for request in runner.run(store.requests(page))] for store in stores]
                assert others == [fake, fake]
                assert len({runner.run(store.count(whole)) for store in stores}) == 1

        find_the_same()
        for store in stores:
            runner.run(store.aclose())


async def opened_journal(path: Path) -> Store:
    return TinyDBStore(path)


async def test_pages_follow_each_other_and_are_counted(store: Store) -> None:
    await store.commit(requests_of_all_kinds())
    query = parse("domain:oulu.fi -status:approved", Asker(NOW))
    assert isinstance(query, RequestQuery)
    whole = [request.id for request in await store.requests(query)]
    assert len(whole) == await store.count(replace(query, limit=3)) > 10
    pages = [await store.requests(replace(query, offset=start, limit=10)) for start in range(0, len(whole), 10)]
    assert [request.id for page in pages for request in page] == whole


async def test_what_was_erased_or_named_anew_is_searched_as_it_is_now(store: Store) -> None:
    await store.commit(a_turn())
    named = RequestQuery(conditions=(Contains("muller", Place.NAME),))
    assert await store.count(named) == 1
    await store.commit(Commit(personal_data={R1: replace(PERSONS, signer=replace(PERSONS.signer, name="Anna Łoś"))}))
    assert await store.count(named) == 0
    assert await store.count(RequestQuery(text="los")) == 1
    await store.commit(Commit(personal_data={R1: None}))
    assert await store.count(RequestQuery(text="los")) == 0
