"""What staff do to requests: what they hear, what the applicant hears and when, and what is left of it."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.agreement.reasons import OTHER, Given, read_reasons
from bot.desk.news import GROUPED, News
from bot.desk.views import DeskViews
from bot.model.identity import Account
from bot.model.people import Signer, Standing
from bot.request.events import Happened
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.engines import open_store
from bot.store.port import Commit
from tests.staff_talk import BO, EVE, MAIJA, PERSONS, TIMO, Person, desk_world, found, put
from tests.talk import World, dataset

UNDO = timedelta(minutes=2, seconds=20)


async def told(world: World, account: Account = BO, after: timedelta = UNDO) -> str:
    world.now += after
    return await Person(world, account).hears()


def happened(request: LicenseRequest) -> list[Happened]:
    return [event.happened for event in request.events]


async def test_an_approval_says_what_binds_whom_it_covers_how_to_cite_and_whom_to_ask_for_the_data() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    assert f"{request_id} is approved now" in await Person(world, MAIJA).says(f"please approve {request_id.lower()}")
    heard = await told(world)
    quotes = dataset().current.quotes
    for name in ("no_commercial", "no_distribution", "challenge_only", "signer_controls", "group_covered", "cite"):
        assert quotes[name].text in heard
    assert "IEEE Transactions on Affective Computing" in heard
    assert "for how to get them, write to xiaobai.li@oulu.fi" in heard


async def test_where_the_data_come_from_is_told_by_the_setting() -> None:
    world = desk_world()
    world.desk = replace(world.desk, delivery="We send you a link within a week.")
    request_id = await put(world, Status.RECEIVED)
    await Person(world, MAIJA).says(f"approve {request_id}")
    assert "The data: We send you a link within a week." in await told(world)


async def test_a_decision_is_told_only_when_it_cannot_be_undone_any_more() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    await maija.says(f"approve {request_id}")
    assert await told(world, after=timedelta(minutes=2)) == ""
    assert "has granted" in await told(world, after=timedelta(seconds=15))
    assert "Too late to undo" in await maija.says(f"undo {request_id}")
    assert (await found(world, request_id)).status is Status.APPROVED


@pytest.mark.parametrize("words", ["undo", "undo {id}"])
@pytest.mark.parametrize(
    ("status", "decision"),
    [
        (Status.RECEIVED, "approve {id}"),
        (Status.RECEIVED, "return {id} not signed"),
        (Status.RECEIVED, "reject {id} commercial use"),
        (Status.APPROVED, "revoke {id} other: misuse by Bo"),
    ],
)
async def test_what_is_undone_in_time_nobody_hears_of(status: Status, decision: str, words: str) -> None:
    world = desk_world()
    request_id, maija = await put(world, status), Person(world, MAIJA)
    before = await found(world, request_id)
    await maija.says(decision.format(id=request_id))
    assert f"{request_id} is {status} now" in await maija.says(words.format(id=request_id))
    after = await found(world, request_id)
    assert (after.status, after.since) == (before.status, before.since)
    assert happened(after)[-1] is Happened.UNDONE
    assert await told(world) == ""
    persons = await world.store.personal_data(request_id)
    assert persons
    assert [remark.told for remark in persons.remarks] in ([], [False])


async def test_undo_without_an_id_takes_back_ones_own_move_only() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    await Person(world, MAIJA).says(f"approve {request_id}")
    assert "You did nothing just now" in await Person(world, TIMO).says("undo")
    assert (await found(world, request_id)).status is Status.APPROVED


async def test_the_second_of_two_staff_hears_what_the_first_did_and_changes_nothing() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    await Person(world, MAIJA).says(f"approve {request_id}")
    before = await found(world, request_id)
    said = await Person(world, TIMO).says(f"return {request_id} not signed")
    assert said.startswith(f"I changed nothing: {request_id} is approved, by terminal:maija on 23 November 2026, 09:00")
    assert await found(world, request_id) == before


async def test_what_one_sent_back_the_other_does_not_approve_unawares() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    await Person(world, MAIJA).says(f"return {request_id} not signed")
    said = await Person(world, TIMO).says(f"approve {request_id}")
    assert said.startswith(f"I changed nothing: {request_id} is returned for correction, by terminal:maija")


async def test_what_is_decided_was_received() -> None:
    world = desk_world()
    request_id = await put(world, Status.EMAILED)
    await Person(world, MAIJA).says(f"approve {request_id}")
    request = await found(world, request_id)
    assert happened(request)[-2:] == [Happened.RECEIVED, Happened.APPROVED]
    await Person(world, MAIJA).says("undo")
    assert (await found(world, request_id)).status is Status.RECEIVED


async def test_the_audit_trail_says_who_when_from_where_before_and_after() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.ISSUED), Person(world, MAIJA)
    await maija.says(f"received {request_id}")
    await maija.says(f"return {request_id} not signed, other: page 2 is upside down")
    shown = await maija.says(f"show {request_id}")
    assert "received, by terminal:maija (issued → received)" in shown
    assert "(received → returned for correction)\nreasons: not signed, other" in shown
    assert "told by terminal:maija: page 2 is upside down" in shown


async def test_reasons_are_the_las_word_or_practice_or_the_staffs_own_and_said_to_be_so() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    await Person(world, MAIJA).says(f"return {request_id} not signed, page missing, other: Ask Maija in room 7.")
    heard = await told(world)
    assert "Have the signer sign it in the sign block. The LA says:" in heard
    assert dataset().current.quotes["send_scan"].text in heard
    assert "also those without a signature. (That is CMVS's practice; it is not in the LA.)" in heard
    assert "In CMVS's words: “Ask Maija in room 7.”" in heard
    assert "tell me “I have emailed it”" in heard
    assert "room 7" not in repr(await found(world, request_id))


@pytest.mark.parametrize(("standing", "las"), [(Standing.STUDENT, True), (Standing.RESEARCHER, False)])
async def test_the_signer_in_cc_is_the_las_word_for_students_only(standing: Standing, las: bool) -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED, standing=standing)
    await Person(world, MAIJA).says(f"return {request_id} no cc")
    heard = await told(world)
    assert ("The LA says:" in heard) is las
    assert ("it is not in the LA" in heard) is not las


def test_every_reason_of_the_la_is_in_the_la_to_the_letter() -> None:
    reasons = dataset().reasons
    quoted = [reason.quote for reason in reasons if reason.quote]
    assert len(quoted) >= 5
    assert all(dataset().current.quote(quote.clause, quote.text) == quote for quote in quoted)
    for command, least in (("return", 8), ("reject", 3), ("revoke", 3)):
        assert len([reason for reason in reasons if command in reason.moves]) >= least
    spoken = [(m, word) for r in reasons for m in r.moves for word in (r.code, r.label, *r.phrases) if word != r.code]
    assert sorted(spoken) == sorted(set(spoken))


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("not signed, page missing", Given(("not_signed", "page_missing"))),
        ("because it is not signed and the date is missing.", Given(("not_signed", "not_dated"))),
        ("UNREADABLE", Given(("unreadable",))),
        ("not_signed", Given(("not_signed",))),
        ("", Given(())),
        ("other: signed, but by Bo", Given(("other",), "signed, but by Bo")),
        ("page 2, page 3 and page 5 are upside down", Given(("other",), "page 2, page 3 and page 5 are upside down")),
        ("not signed, upside down", Given(("not_signed", "other"), "upside down")),
    ],
)
def test_words_are_read_as_reasons(text: str, given: Given) -> None:
    assert read_reasons(text, [r for r in dataset().reasons if "return" in r.moves]) == given


async def test_without_a_reason_the_list_is_offered_and_one_press_is_enough() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    await maija.says(f"return {request_id}")
    assert maija.shown.buttons[0].label == "not signed"
    assert "returned for correction now" in await maija.presses(maija.shown.buttons[0].choice)
    assert (await found(world, request_id)).events[-1].reasons == ("not_signed",)


async def test_nobody_is_asked_why_where_it_is_not_possible() -> None:
    world = desk_world()
    request_id = await put(world, Status.APPROVED)
    assert "I changed nothing" in await Person(world, MAIJA).says(f"reject {request_id}")


async def test_a_rejection_has_one_reason() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    assert "One reason only" in await Person(world, MAIJA).says(f"reject {request_id} commercial use, duplicate")
    assert (await found(world, request_id)).status is Status.RECEIVED


async def test_a_note_stays_among_staff_and_out_of_the_events() -> None:
    world = desk_world()
    request_id = await put(world)
    await Person(world, MAIJA).says(f"note {request_id} Professor Virtanen called")
    assert "Virtanen called" not in repr(await found(world, request_id))
    assert "note by terminal:maija: Professor Virtanen called" in await Person(world, TIMO).says(f"show {request_id}")
    assert await told(world) == ""


async def test_notes_outlive_a_new_document() -> None:
    world = desk_world()
    request_id = await put(world)
    await Person(world, MAIJA).says(f"note {request_id} called")
    bo = Person(world, BO)
    for line in ("change", "title", "Group leader", "yes"):
        await bo.says(line)
    persons = await world.store.personal_data(request_id)
    assert persons
    assert (persons.signer.title, [remark.text for remark in persons.remarks]) == ("Group leader", ["called"])


async def test_of_an_erased_request_no_words_are_kept() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED)
    await world.store.commit(Commit(personal_data={request_id: None}))
    maija = Person(world, MAIJA)
    assert "I keep no words of yours" in await maija.says(f"note {request_id} x")
    assert "I keep no words of yours" in await maija.says(f"return {request_id} other: Bo")
    assert await world.store.personal_data(request_id) is None
    assert "returned for correction now" in await maija.says(f"return {request_id} not signed")


async def test_what_cannot_be_undone_is_asked_about_and_a_yes_does_it() -> None:
    world = desk_world()
    request_id, maija = await put(world), Person(world, MAIJA)
    assert f"Surely withdraw {request_id}?" in await maija.says(f"withdraw {request_id}")
    assert (await found(world, request_id)).status is Status.ISSUED
    assert f"{request_id} is withdrawn now" in await maija.says("yes")
    assert "withdrew" in await told(world)


async def test_a_yes_that_comes_later_is_no_answer() -> None:
    world = desk_world()
    request_id, maija = await put(world), Person(world, MAIJA)
    await maija.says(f"withdraw {request_id}")
    await maija.says("help")
    await maija.says("yes")
    assert (await found(world, request_id)).status is Status.ISSUED


async def test_the_button_of_a_question_holds_after_a_restart() -> None:
    world = desk_world()
    request_id, maija = await put(world), Person(world, MAIJA)
    await maija.says(f"withdraw {request_id}")
    assert f"{request_id} is withdrawn now" in await Person(world, MAIJA).presses(maija.shown.buttons[0].choice)


async def test_where_nothing_can_be_undone_decisions_are_asked_about_and_told_at_once() -> None:
    world = desk_world()
    world.desk = replace(world.desk, undo_after=timedelta())
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    long = f"return {request_id} other: something long that fits on no button of any platform"
    assert "That cannot be undone" in await maija.says(long)
    assert "returned for correction now" in await maija.presses(maija.shown.buttons[0].choice)
    assert "something long" in await told(world, after=timedelta(seconds=1))


async def test_what_follows_a_held_notice_is_told_after_it() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    await maija.says(f"return {request_id} not signed")
    await maija.says(f"withdraw {request_id} surely")
    assert await told(world, after=timedelta(minutes=1)) == ""
    heard = await told(world)
    assert heard.index("sent") < heard.index("withdrew")


async def test_a_reopened_request_stands_where_it_stood_and_the_applicant_hears_what_is_next() -> None:
    world = desk_world()
    request_id = await put(world, Status.APPROVED)
    assert f"{request_id} is received now" in await Person(world, MAIJA).says(f"reopen {request_id}")
    heard = await told(world)
    assert "what you heard of it last does not hold any more" in heard
    assert "Waiting for CMVS" in heard


async def test_a_duplicate_is_closed_and_its_applicant_hears_nothing_of_the_other() -> None:
    world = desk_world()
    duplicate, other = await put(world, Status.RECEIVED), await put(world, Status.RECEIVED, account=EVE)
    maija = Person(world, MAIJA)
    assert f"close {duplicate} as a duplicate of {other}" in await maija.says(f"merge {duplicate} into {other}")
    await maija.says("yes")
    assert (await found(world, duplicate)).status is Status.MERGED
    assert (await found(world, duplicate)).events[-1].other == other
    assert (await found(world, other)).events[-1].other == duplicate
    heard = await told(world)
    assert duplicate in heard
    assert other not in heard
    assert await told(world, EVE) == ""


async def test_merging_takes_two_requests_that_are_there_and_open() -> None:
    world = desk_world()
    one, closed, maija = await put(world), await put(world, Status.REJECTED), Person(world, MAIJA)
    for words in (f"merge {one}", f"merge {one} into {one}"):
        assert "Name two requests" in await maija.says(words)
    assert "I changed nothing" in await maija.says(f"merge {one} into {closed}")
    assert (await found(world, one)).status is Status.ISSUED


async def test_the_version_that_was_signed_is_corrected_and_our_pdf_is_not_sent_for_it() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    assert "I have the text of: 29.04.2026" in await maija.says(f"version {request_id}")
    await maija.says(f"correct the version of {request_id} to 01.01.2020")
    document = (await found(world, request_id)).document
    assert (document.number, document.version, document.pdf_sha256) == (2, "01.01.2020", "")
    assert "version 01.01.2020" in await told(world)
    await maija.says(f"return {request_id} old version")
    bo = Person(world, BO)
    await bo.presses(f"send_again:{request_id}")
    assert bo.shown.document is None


async def test_staff_see_that_a_signer_has_other_requests_and_applicants_do_not() -> None:
    world = desk_world()
    theirs = replace(PERSONS, signer=replace(PERSONS.signer, email="anna.virtanen@OULU.fi"))
    first, second = await put(world, Status.APPROVED), await put(world, account=EVE, persons=theirs)
    await put(world, persons=replace(PERSONS, signer=Signer("Li", "Professor", "X", "li.anna.virtanen@oulu.fi", "Y 1")))
    assert f"Same signer, by email, in open or approved requests: {first}" in await Person(world, MAIJA).says(
        f"show {second}"
    )
    assert "Same signer" not in await Person(world, EVE).says(f"show {second}")


async def test_staff_hear_that_a_new_request_has_a_known_signer_and_its_applicant_hears_nothing_of_it() -> None:
    world = World(staff=(MAIJA,))
    first = await put(world, Status.APPROVED)
    lines = ["request", "my professor", "researcher", "challenge", "Eve Oja", "eve.oja@oulu.fi", "Anna Virtanen"]
    lines += ["Professor", "University of Oulu", "anna.virtanen@oulu.fi", "Pentti Kaiteran katu 1, 90570 Oulu", "yes"]
    eve, stranger = Person(world, EVE), Person(World(), EVE)
    heard = [await eve.says(line) for line in lines]
    world.now += GROUPED
    service = world.service()
    await News(service.store, DeskViews(service.views), service.notices).tell(world.now)
    told = await Person(world, MAIJA).hears()
    assert f"Same signer, by email, in open or approved requests: {first}" in told
    assert "Virtanen" not in told
    without_ids = [re.sub(r"4DME-\w{5}-\w{5}", "", said) for said in heard]
    assert without_ids == [re.sub(r"4DME-\w{5}-\w{5}", "", await stranger.says(line)) for line in lines]


async def test_a_lost_role_means_nothing_at_an_old_button() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    await maija.says(f"show {request_id}")
    approve = next(button for button in maija.shown.buttons if button.label == "Approve")
    del world.roles[MAIJA]
    gone = Person(world, MAIJA)
    assert await gone.presses(approve.choice) == await Person(world, EVE).presses(approve.choice)
    assert (await found(world, request_id)).status is Status.RECEIVED


async def test_in_a_channel_that_is_not_theirs_staff_are_answered_without_anything_personal() -> None:
    world = desk_world()
    request_id, maija = await put(world), Person(world, MAIJA)
    assert await maija.says(f"show {request_id}", private=False) == "Let us go on in our direct messages."
    world.desk = replace(world.desk, channel=maija.address)
    assert "Anna Virtanen" in await Person(world, MAIJA).says(f"show {request_id}", private=False)


async def test_a_command_in_the_middle_of_ones_own_form_leaves_it_as_it_is() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    for line in ("request", "i will", "challenge"):
        await maija.says(line)
    form = await world.store.conversation(MAIJA)
    assert "is approved now" in await maija.says(f"approve {request_id}")
    assert await world.store.conversation(MAIJA) == form
    await maija.says("Find Undoson")
    stored = (await world.store.conversation(MAIJA)).value
    assert stored
    assert list(stored.draft.values()) == ["Find Undoson"]


async def test_a_restart_between_a_move_and_its_notice_loses_neither(tmp_path: Path) -> None:
    world = desk_world()
    world.store = await open_store("", tmp_path / "journal.jsonl")
    request_id = await put(world, Status.RECEIVED)
    await Person(world, MAIJA).says(f"approve {request_id}")
    await world.store.aclose()
    world.store = await open_store("", tmp_path / "journal.jsonl")
    assert (await found(world, request_id)).status is Status.APPROVED
    assert await told(world, after=timedelta(minutes=1)) == ""
    await world.store.aclose()
    world.store = await open_store("", tmp_path / "journal.jsonl")
    assert "has granted" in await told(world)
    assert await told(world) == ""
    await world.store.aclose()


async def test_a_request_without_a_chat_is_told_by_staff_themselves() -> None:
    world = desk_world()
    request_id = await put(world, Status.RECEIVED, account=None)
    assert "please tell them yourself: bo.li@oulu.fi" in await Person(world, MAIJA).says(f"approve {request_id}")


async def test_it_is_the_one_request_that_was_just_seen() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    await maija.says(f"show {request_id}")
    assert f"{request_id} is approved now" in await maija.says("approve it, please")
    assert (await found(world, request_id)).status is Status.APPROVED


async def test_it_after_a_list_of_one_is_that_one_with_the_reasons_behind_it() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    await maija.says("waiting")
    await maija.says("return it: page 2 is missing")
    event = (await found(world, request_id)).events[-1]
    persons = await world.store.personal_data(request_id)
    assert event.reasons == ("page_missing", OTHER)
    assert persons
    assert persons.remarks[-1].text == "page 2 is missing"


async def test_where_it_may_be_several_it_is_asked_which_with_the_commands_to_type() -> None:
    world = desk_world()
    two, maija = [await put(world, Status.RECEIVED) for _ in range(2)], Person(world, MAIJA)
    await maija.says("waiting")
    answer = await maija.says("approve it")
    assert all(f"approve {request_id}" in answer for request_id in two)
    assert all([(await found(world, request_id)).status is Status.RECEIVED for request_id in two])


async def test_of_several_those_are_named_that_it_can_be_said_of() -> None:
    world = desk_world()
    closed, waiting = [await put(world, status) for status in (Status.WITHDRAWN, Status.RECEIVED)]
    maija = Person(world, MAIJA)
    await maija.says("find")
    answer = await maija.says("approve it")
    assert f"approve {waiting}" in answer
    assert closed not in answer
    assert closed in await maija.says("revoke it"), "it can be said of none: the one that is asked for says why"


async def test_it_is_nothing_where_nothing_was_seen_nor_after_a_slip_in_an_id() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RECEIVED), Person(world, MAIJA)
    assert "Which request?" in await maija.says("approve it")
    await maija.says(f"show {request_id}")
    assert "Which request?" in await maija.says("approve 4DME-AAAAA-AAAAA")
    assert "Which request?" not in await maija.says("withdraw it")
    assert "at the desk" not in await Person(world, TIMO).says("withdraw it")
    assert (await found(world, request_id)).status is Status.RECEIVED


async def test_whoever_cannot_do_a_thing_hears_what_can_be_done() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.RETURNED), Person(world, MAIJA)
    answer = await maija.says(f"reject {request_id} commercial use")
    assert "I changed nothing" in answer
    assert "said with its id: received, assign" in answer
    assert [b.label for b in maija.shown.buttons][:1] == ["Received"]


async def test_a_yes_after_a_restart_is_told_what_to_do_next() -> None:
    world = desk_world()
    request_id, maija = await put(world, Status.EMAILED), Person(world, MAIJA)
    await maija.says(f"withdraw {request_id}")
    assert "say the command again" in await Person(world, MAIJA).says("yes")
    assert (await found(world, request_id)).status is Status.EMAILED
    assert "say the command again" not in await Person(world, EVE).says("yes")
