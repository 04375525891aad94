"""A turn: what is committed together, what is refused, what happens twice only once."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dialogue.state import Step
from bot.model.errors import Superseded
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.incoming import CameIn, Edited, Incoming, Pressed, Typed
from bot.model.message import DocumentRef, Message, plain_text
from bot.model.people import Field, PersonalData, Signer, Standing
from bot.reports.figures import Questions
from bot.reports.question_counts import KEY, Tally
from bot.request.commands import Receive
from bot.request.events import Event as Happening
from bot.request.lifecycle import apply, decide
from bot.request.query import RequestQuery
from bot.request.request import Opening
from bot.request.status import Status
from bot.store.port import Commit, OutboxEntry, RequestWrite
from bot.terms.answer import Answer, AnswerKind, Verdict
from bot.texts.choice import Choice
from tests.fakes import FakeRenderer, FakeStore
from tests.talk import START, Talk, World

ANNA, BOB = Account("terminal", "", "anna"), Account("terminal", "", "bob")
STAFF = Account("slack", "T1", "U9")
SIGNER = Signer("Anna Virtanen", "Professor", "University of Oulu", "anna.virtanen@oulu.fi", "Oulu 1")
FORM = ["1", "1", "1", *(getattr(SIGNER, field) for field in ("name", "title", "affiliation", "email", "address"))]
FORM[-1] = "Pentti Kaiteran katu 1, 90570 Oulu"


def incoming(text: str, number: int = 1, account: Account = ANNA) -> Incoming:
    return Incoming(account, DeliveryAddress("terminal", account.user), f"{account}#{number}", Typed(text))


def pressed(choice: Choice, argument: str, account: Account = ANNA, token: str = "") -> Incoming:
    name = f"{choice}:{argument}" if argument else str(choice)
    return Incoming(account, DeliveryAddress("terminal", account.user), f"{account} {name}", Pressed(name, token))


def words(entries: tuple[OutboxEntry, ...]) -> str:
    return "\n".join(plain_text(entry.outgoing.message) for entry in entries)


async def issued(world: World, folder: Path, name: str = "anna") -> RequestId:
    await Talk(world, folder, name).play([*FORM, "yes"])
    return (await world.store.requests(RequestQuery(account=Account("terminal", "", name))))[0].id


async def test_one_commit_holds_conversation_request_persons_and_messages(tmp_path: Path) -> None:
    store, world = FakeStore(), World(staff=(STAFF,))
    world.store = store
    commits: list[Commit] = []
    real = store.commit

    async def spy(commit: Commit) -> tuple[OutboxEntry, ...]:
        commits.append(commit)
        return await real(commit)

    store.commit = spy  # type: ignore[method-assign]
    request_id = await issued(world, tmp_path)
    (whole,) = [commit for commit in commits if commit.requests]
    assert whole.conversation is not None
    assert whole.conversation.conversation is None
    assert whole.personal_data[request_id] is not None
    assert [outgoing.address.platform for outgoing in whole.outgoing] == ["terminal"]
    assert whole.message_id


async def test_questions_are_counted_and_nothing_else_of_them_is_kept() -> None:
    service, store = World().service(), FakeStore()
    service = replace(service, tally=Tally(store))
    assert service.tally
    for number, text in enumerate(("may I sell it?", "is it blue?", "hello", "publish?")):
        await service.handle(incoming(text, number))
    service.in_public("may I sell it?")
    await service.tally.write(START)
    assert await service.tally.questions() == Questions(3, 1)
    assert await Tally(store).questions() == Questions(3, 1)
    assert store.kept[KEY].value == {"asked": 3, "silent": 1}
    await service.tally.write(START)
    assert store.commits == 1


async def test_two_processes_count_questions_together() -> None:
    store = FakeStore()
    tallies = [Tally(store), Tally(store)]
    for tally in tallies:
        tally.note(Answer((), Verdict.UNKNOWN, "?", kind=AnswerKind.SILENT))
    await asyncio.gather(*(tally.write(START) for tally in tallies))  # one is refused, and tries again
    for tally in tallies:
        await tally.write(START)
    assert await Tally(store).questions() == Questions(2, 2)


async def test_a_message_that_comes_twice_makes_one_turn() -> None:
    service = World().service()
    assert await service.handle(incoming("1"))
    assert await service.handle(incoming("1")) == ()


async def test_nothing_is_kept_where_nothing_is_under_way() -> None:
    world = World()
    await world.service().handle(incoming("help"))
    assert (await world.store.conversation(ANNA)).value is None
    await world.service().handle(incoming("request", 2))
    await world.service().handle(incoming("cancel", 3))
    assert (await world.store.conversation(ANNA)).value is None


async def test_two_quick_messages_of_one_person_follow_each_other() -> None:
    world = World()
    service = world.service()
    await asyncio.gather(service.handle(incoming("request", 1)), service.handle(incoming("i will", 2)))
    stored = (await world.store.conversation(ANNA)).value
    assert stored is not None
    assert (stored.step, stored.standing) == (Step.PURPOSE, Standing.SIGNER)


async def test_a_turn_that_was_overtaken_is_decided_anew(tmp_path: Path) -> None:
    world = World()
    request_id = await issued(world, tmp_path)
    store = world.store
    real = store.commit
    overtaken = False

    async def overtake(commit: Commit) -> tuple[OutboxEntry, ...]:
        nonlocal overtaken
        if commit.requests and not overtaken:
            overtaken = True
            stored = await store.request(request_id)
            assert stored
            received = decide(Receive(), stored.value, Actor(Role.STAFF, STAFF), world.now)
            assert isinstance(received, Happening)
            await real(Commit(requests=(RequestWrite(apply(stored.value, received), stored.version),)))
        return await real(commit)

    store.commit = overtake  # type: ignore[method-assign]
    said = words(await world.service().handle(pressed(Choice.EMAILED, request_id)))
    assert "is already received" in said
    stored = await store.request(request_id)
    assert stored
    assert stored.value.status is Status.RECEIVED


async def test_nobody_sees_or_moves_a_request_of_somebody_else(tmp_path: Path) -> None:
    world = World()
    request_id = await issued(world, tmp_path)
    before = await world.store.request(request_id)
    for choice in (
        Choice.SHOW_REQUEST,
        Choice.EMAILED,
        Choice.WITHDRAW_SURELY,
        Choice.CHANGE_ISSUED,
        Choice.SEND_AGAIN,
    ):
        said = words(await world.service().handle(pressed(choice, request_id, BOB)))
        assert "no request of yours" in said
        assert "Virtanen" not in said
    assert await world.store.request(request_id) == before


async def test_a_choice_without_an_id_means_the_only_request_it_can(tmp_path: Path) -> None:
    world = World()
    request_id = await issued(world, tmp_path)
    said = words(await world.service().handle(incoming("i have emailed it", 50)))
    assert f"{request_id} was emailed" in said
    assert "no requests yet" in words(await world.service().handle(incoming("i have emailed it", 51, BOB)))


async def test_with_several_requests_the_person_is_shown_them(tmp_path: Path) -> None:
    world = World()
    await issued(world, tmp_path)
    await issued(world, tmp_path)
    said = words(await world.service().handle(incoming("withdraw", 60)))
    assert "Your requests" in said
    assert all(r.status is Status.ISSUED for r in await world.store.requests(RequestQuery()))


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("withdraw", "withdraw"),
        ("i have emailed it", "emailed"),
        ("send me the pdf again", "send_again"),
        ("change title", "change_issued"),
    ],
)
async def test_with_several_requests_the_wish_is_kept_for_the_one_that_is_picked(
    tmp_path: Path, said: str, choice: str
) -> None:
    world = World()
    await issued(world, tmp_path)
    await issued(world, tmp_path)
    ids = {request.id for request in await world.store.requests(RequestQuery())}
    (entry,) = await world.service().handle(incoming(said, 60))
    buttons = entry.outgoing.message.buttons
    assert {button.choice for button in buttons} == {f"{choice}:{request_id}" for request_id in ids}
    assert len({button.label for button in buttons}) == 2


async def test_a_field_named_after_issuing_is_asked_for_at_once(tmp_path: Path) -> None:
    world = World()
    await issued(world, tmp_path)
    assert "Title: so far I have" in words(await world.service().handle(incoming("change title", 60)))


async def test_the_requests_shown_in_a_review_bring_no_buttons_of_their_own(tmp_path: Path) -> None:
    world = World()
    await issued(world, tmp_path)
    await Talk(world, tmp_path).play(FORM)
    (entry,) = await world.service().handle(incoming("my requests", 60))
    assert "Your requests" in plain_text(entry.outgoing.message)
    assert [button.choice for button in entry.outgoing.message.buttons] == ["issue", "change", "whole_text", "cancel"]


async def test_a_pdf_that_cannot_be_made_leaves_the_form_as_it_was(tmp_path: Path) -> None:
    world, renderer = World(), FakeRenderer()
    world.renderer, renderer.broken = renderer, True
    heard = await Talk(world, tmp_path).play([*FORM, "yes"])
    assert "could not make the PDF" in heard
    assert await world.store.requests(RequestQuery()) == []
    stored = (await world.store.conversation(ANNA)).value
    assert stored is not None
    assert stored.step is Step.REVIEW
    renderer.broken = False
    assert "is ready" in await Talk(world, tmp_path).play(["yes"])


async def test_a_new_document_supersedes_the_old_and_its_data(tmp_path: Path) -> None:
    world = World()
    request_id = await issued(world, tmp_path)
    heard = await Talk(world, tmp_path).play(["change", "title", "Group leader", "yes"])
    assert "document 2" in heard
    stored, persons = await world.store.request(request_id), await world.store.personal_data(request_id)
    assert stored
    assert persons
    assert (stored.value.document.number, persons.signer.title) == (2, "Group leader")


async def test_issuing_without_a_chat_is_durable_and_belongs_to_nobody(tmp_path: Path) -> None:
    world = World(staff=(STAFF,))
    service = world.service()
    opening = Opening(service.issuer.new_request_id(), "4DME", Standing.SIGNER)
    request, pdf = await service.issue(opening, PersonalData(SIGNER))
    stored = await world.store.request(request.id)
    assert stored
    assert (stored.value, stored.value.account, stored.value.document.pdf_sha256) == (request, None, pdf.sha256)
    assert not await world.store.outbox()


async def test_a_document_is_delivered_again_with_the_same_bytes(tmp_path: Path) -> None:
    world = World()
    request_id = await issued(world, tmp_path)
    stored = await world.store.request(request_id)
    assert stored
    again = await world.service().issuer.again(world.service().views.document(stored.value))
    assert again.sha256 == stored.value.document.pdf_sha256


async def test_coming_in_greets(tmp_path: Path) -> None:
    entries = await World().service().handle(replace(incoming(""), content=CameIn()))
    assert words(entries).startswith("Hello!")


async def test_editing_an_answer_corrects_its_field() -> None:
    world = World()
    service = world.service()
    for number, text in enumerate(("request", "i will", "challenge", "Anna Virtanen", "Professor"), 1):
        await service.handle(incoming(text, number))
    edit = replace(incoming("", 6), content=Edited(incoming("", 4).message_id, "Anna-Liisa Virtanen"))
    assert "affiliation" in words(await service.handle(edit))
    stored = (await world.store.conversation(ANNA)).value
    assert stored is not None
    assert (stored.draft[Field.NAME], stored.asked) == ("Anna-Liisa Virtanen", Field.AFFILIATION)


async def test_editing_a_message_that_answers_nothing_changes_nothing() -> None:
    world = World()
    edit = replace(incoming("", 6), content=Edited("terminal:none", "x"))
    assert "changed nothing" in words(await world.service().handle(edit))
    assert (await world.store.conversation(ANNA)).value is None


async def test_a_question_in_public_is_answered_without_anybodys_state() -> None:
    world = World()
    assert "Not allowed" in plain_text(world.service().in_public("May I sell it?"))
    assert await world.store.outbox() == []


async def test_something_said_outside_of_a_dialogue_is_said_once_for_its_message() -> None:
    world, chat = World(), DeliveryAddress("telegram", "-7")
    message = world.service().in_public("May I sell it?")
    (entry,) = await world.service().post("telegram:-7:1", chat, message)
    assert (entry.outgoing.address, entry.outgoing.message) == (chat, message)
    assert await world.service().post("telegram:-7:1", chat, message) == ()
    assert await world.service().post("", chat, message)
    assert await world.service().post("", chat, message)


async def test_a_document_that_was_superseded_is_not_made_again(tmp_path: Path) -> None:
    world = World()
    request_id = await issued(world, tmp_path)
    with pytest.raises(Superseded):
        await world.service().issuer.again(DocumentRef(request_id, 2, "x.pdf"))


async def test_editing_an_answer_of_an_issued_request_asks_to_confirm_a_new_document() -> None:
    world = World()
    service = world.service()
    for number, text in enumerate(["request", "i will", "challenge", *FORM[3:], "yes"], 1):
        await service.handle(incoming(text, number))
    edit = replace(incoming("", 20), content=Edited(incoming("", 5).message_id, "Group leader"))
    said = words(await service.handle(edit))
    assert "Title: Group leader" in said
    assert "Is everything right now?" in said
    assert "document 2" in words(await service.handle(incoming("yes", 21)))
    (request,) = await world.store.requests(RequestQuery(account=ANNA))
    persons = await world.store.personal_data(request.id)
    assert persons
    assert (request.document.number, persons.signer.title) == (2, "Group leader")


async def test_staff_are_told_of_a_message_that_cannot_be_delivered_and_not_of_their_own(tmp_path: Path) -> None:
    world = World(staff=(STAFF,))
    request_id = await issued(world, tmp_path)
    service = world.service()
    told = tuple(service.notices.telling(Message(()), world.now, request_id))
    (to_staff,) = await world.store.commit(Commit(outgoing=told))
    assert service.notices.undelivered(to_staff, world.now) == ()
    outgoing = replace(to_staff.outgoing, address=DeliveryAddress("telegram", "42"))
    (notice,) = service.notices.undelivered(replace(to_staff, outgoing=outgoing), world.now)
    assert notice.address == DeliveryAddress("slack", "U9")
    assert request_id in plain_text(notice.message)
    assert f"on telegram about {request_id} could not be delivered" in plain_text(notice.message)


async def test_a_change_that_changes_nothing_makes_no_new_document(tmp_path: Path) -> None:
    world = World()
    await issued(world, tmp_path)
    heard = await Talk(world, tmp_path).play(["i have emailed it", "change a field", "title", "keep it", "yes"])
    assert "Nothing was changed" in heard
    (request,) = await world.store.requests(RequestQuery(account=ANNA))
    assert (request.document.number, request.status) == (1, Status.EMAILED)


async def test_a_withdrawal_is_asked_about_and_a_restart_does_not_forget_the_question(tmp_path: Path) -> None:
    world = World()
    await issued(world, tmp_path)
    await Talk(world, tmp_path).play(["withdraw"])
    assert "is withdrawn" in await Talk(world, tmp_path).play(["yes"])
    (request,) = await world.store.requests(RequestQuery(account=ANNA))
    assert request.status is Status.WITHDRAWN


async def test_whoever_found_their_mail_lacking_does_not_hear_that_nothing_is_to_be_done(tmp_path: Path) -> None:
    talk = Talk(World(), tmp_path)
    await talk.play([*FORM, "yes", "sent it"])
    assert "You need to do nothing now" in await talk.play(["my requests"])
    await talk.play(["the scan was incomplete"])
    assert "something was missing in your mail" in await talk.play(["my requests"])
