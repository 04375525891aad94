"""What people do besides typing answers: edits, albums, odd characters, odd places, other programs' links."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.telegram.sender import Sender
from bot.model.identity import Account, DeliveryAddress, RequestId, Role
from bot.model.message import BlockKind, Button, DocumentRef, FileKind, Message, Span, TextBlock
from bot.request.query import RequestQuery
from bot.request.status import Status
from bot.store.port import Commit, Outgoing
from tests.adapters.telegram.test_app import DIALOGUES, at_review, named, seen, words
from tests.adapters.telegram.test_faults import AT_CHAT, at_work, said, until, waiting
from tests.adapters.telegram_talk import Chat, mention
from tests.adapters.telegram_wire import ME, error
from tests.staff_talk import PERSONS, put
from tests.talk import World

MARKUP = "<b>*_[x]_*& O'Neill</b>"
GROUP, WEEK = -100, timedelta(days=7)
PICTURE = [{"file_id": "f", "file_unique_id": "f", "width": 1, "height": 1}]
SEVEN, STAFF = Account("telegram", "", "7"), Account("telegram", "", "9")


# Restarts


@pytest.mark.parametrize("name", ["student", "mistakes", "second thoughts"])
async def test_a_restart_before_every_message_changes_no_word(name: str) -> None:
    chat, heard = await Chat().begin(), ""
    for line in DIALOGUES[name]:
        heard += words_of(await chat.says(line))
    chat, again = await Chat().begin(), ""
    for line in DIALOGUES[name]:
        updates = chat.updates
        chat = await Chat(chat.world, chat.wire).begin()
        chat.updates = updates
        again += words_of(await chat.says(line))
    assert again == heard


def words_of(calls: list[Any]) -> str:
    return " ".join(words(seen(calls)))


# Edits


async def test_an_answer_edited_after_the_request_was_issued_is_asked_about_first() -> None:
    chat = await Chat().begin()
    name = await named(chat, "yes")
    (before,) = await chat.world.store.requests(RequestQuery())
    (card,) = await chat.comes(chat.edit(name, "Anna-Liisa Virtanen"))
    assert "Name: Anna-Liisa Virtanen" in card.text
    assert await chat.world.store.requests(RequestQuery()) == [before]
    issued = await chat.says("1")
    (after,) = await chat.world.store.requests(RequestQuery())
    assert (before.document.number, after.document.number) == (1, 2)
    assert issued[0].files


@pytest.mark.parametrize(
    ("first", "then", "answer"),
    [
        ("May I sell it?", "May I sell it for money?", "Not allowed"),
        ("/hlep", "/help", "What I can do"),
        ("/help", "/privacy", "Who is responsible"),
        ("/help", "/cancel", "I saw that you edited"),
        ("/help", "/erase", "I saw that you edited"),
        ("hello", "hello there", "I saw that you edited"),
    ],
)
async def test_an_edit_of_what_was_no_answer(first: str, then: str, answer: str) -> None:
    chat = await Chat().begin()
    message = chat.message(first)
    await chat.comes(message)
    (edited,) = await chat.comes(chat.edit(message, then))
    assert edited.text.startswith(answer)


async def test_a_desk_command_that_is_edited_is_not_carried_out_again() -> None:
    chat = await Chat(World(roles={SEVEN: Role.STAFF})).begin()
    one, other = await put(chat.world, Status.EMAILED), await put(chat.world, Status.EMAILED)
    message = chat.message(f"received {one}")
    await chat.comes(message)
    await chat.comes(chat.edit(message, f"received {other}"))
    await chat.comes(chat.edit(message, f"/received {other}"))
    statuses = {request.id: request.status for request in await chat.world.store.requests(RequestQuery())}
    assert statuses == {one: Status.RECEIVED, other: Status.EMAILED}


async def test_an_edited_caption_or_a_moving_location_gets_no_second_answer() -> None:
    chat = await Chat().begin()
    photo = chat.message(photo=PICTURE, caption="the scan")
    assert len(await chat.comes(photo)) == 1
    edited = photo["message"] | {"caption": "the scan, signed", "edit_date": 2}
    assert await chat.comes(chat.update(edited_message=edited)) == []


# What is no text


async def test_pictures_sent_together_get_one_answer() -> None:
    chat = await Chat().begin()
    first = [await chat.comes(chat.message(photo=PICTURE, media_group_id="77")) for _ in range(3)]
    second = [await chat.comes(chat.message(photo=PICTURE, media_group_id="78")) for _ in range(2)]
    assert [len(answers) for answers in (*first, *second)] == [1, 0, 0, 1, 0]
    assert "I cannot read pictures" in first[0][0].text


@pytest.mark.parametrize(
    "update",
    [
        {"channel_post": {"text": "@la_test_bot may I sell it?"}},
        {"edited_channel_post": {"text": "@la_test_bot may I sell it?", "edit_date": 2}},
        {"business_message": {"text": "may I sell it?", "business_connection_id": "b"}},
        {"message": {"migrate_to_chat_id": -1005}},
        {"message": {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "private"}}}},
        {"message": {"forum_topic_created": {"name": "x", "icon_color": 1}}},
    ],
    ids=lambda update: next(iter(update)),
)
async def test_what_nobody_said_to_the_bot_gets_no_answer(update: dict[str, Any]) -> None:
    chat = await Chat().begin()
    bare = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}
    ((kind, content),) = update.items()
    assert await chat.comes(chat.update(**{kind: bare | content})) == []
    assert await chat.world.store.outbox() == []


async def test_who_blocks_the_bot_and_comes_back_is_where_they_were() -> None:
    chat = Chat()
    await at_review(chat)
    before = await chat.world.store.conversation(chat.account)
    for status in ("kicked", "member"):
        member = {"user": ME, "status": status} | ({"until_date": 0} if status == "kicked" else {})
        moved = {"date": 1, "chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": False, "first_name": "A"}}
        states = {"old_chat_member": {"status": "member", "user": ME}, "new_chat_member": member}
        assert await chat.comes(chat.update(my_chat_member=moved | states)) == []
    assert await chat.world.store.conversation(chat.account) == before
    (welcome,) = await chat.comes(chat.message("/start"))
    assert "Welcome back" in welcome.text


@pytest.mark.parametrize(
    "more",
    [
        {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "X"}},
        {"via_bot": {"id": 5, "is_bot": True, "first_name": "b"}},
        {"quote": {"text": "x", "position": 0}},
        {"message_thread_id": 3},
    ],
    ids=lambda more: next(iter(more)),
)
async def test_words_are_words_however_they_came(more: dict[str, Any]) -> None:
    chat = await Chat().begin()
    for line in ("request", "1", "1"):
        await chat.says(line)
    (asked,) = await chat.comes(chat.message("Anna Virtanen", **more))
    assert "What is your title?" in asked.text


# Odd characters

ODD = {
    "the longest": "x" * 4096,
    "long words": "word " * 819,
    "emoji only": "😀👩‍👩‍👧‍👦🇫🇮",
    "right to left": "مرحبا بالعالم",
    "overridden": "Anna\u202e\u2066 Virtanen",
    "control characters": "Anna\x00\x07\x1b[31m Virtanen",
    "nothing to see": "\u200b\u200d\ufeff",
    "half a pair": "Anna \ud83d Virtanen",
    "many accents": "A" + "\u0301" * 200,
    "markup": MARKUP,
    "a command with a slash in it": "/home/anna",
    "a long command": "/" + "x" * 4000,
}
STEPS: list[list[str]] = [[], ["request"], *(DIALOGUES["student"][:n] for n in (2, 4, 5, 6, 7, 8, 9, 10))]


@pytest.mark.parametrize("odd", ODD)
async def test_whatever_is_typed_at_whatever_question_gets_an_answer_that_telegram_takes(odd: str) -> None:
    for said_before in STEPS:
        chat = await Chat().begin()
        for line in said_before:
            await chat.says(line)
        answers = await chat.comes(chat.message(ODD[odd]))
        assert answers, said_before
        await chat.says("Keep what I typed")
        assert await chat.says("status"), said_before


async def test_a_name_stays_as_typed_wherever_it_is_shown() -> None:
    signer = replace(PERSONS.signer, name=MARKUP)
    world = World(roles={SEVEN: Role.STAFF})
    world.desk = replace(world.desk, channel=DeliveryAddress("telegram", str(GROUP)))
    request_id = await put(world, Status.EMAILED, persons=replace(PERSONS, signer=signer))
    private, group = await Chat(world).begin(), await Chat(world, chat=GROUP).begin()
    group.updates = 500
    (shown,) = await private.comes(private.message(f"show {request_id}"))
    (in_group,) = await group.comes(group.message(**mention(f"@{ME['username']} show {request_id}")))
    assert f"Signer: {MARKUP}" in shown.text
    assert f"Signer: {MARKUP}" in in_group.text
    card, buttons = private.keyboard() or (0, [])
    await private.comes(private.press(next(b for b in buttons if b["text"] == "Received"), card))
    assert f"Signer: {MARKUP}" in private.wire.messages[7, card]["text"]  # edited, to show what was chosen
    assert private.wire.messages[7, card]["text"].endswith("› Received")


async def test_a_label_and_a_caption_stay_as_typed_when_the_choice_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    chat = await Chat().begin()
    reference = DocumentRef(RequestId("4DME-22222-22222"), 1, "a.pdf", FileKind.EMAIL)
    monkeypatch.setattr(chat.telegram, "_sender", Sender(chat.telegram.bot, a_file, "Go on"))
    block = TextBlock(BlockKind.PARAGRAPH, ((Span(MARKUP),),))
    message = Message((block,), (Button("desk:received 4DME-22222-22222", MARKUP),), "", reference)
    await chat.telegram.deliver(await waiting(chat.world, message))
    (sent,) = chat.wire.sent("sendDocument")
    assert (sent.text, sent.buttons[0]["text"]) == (MARKUP, MARKUP)
    await chat.comes(chat.press(sent.buttons[0], chat.wire.last_message))
    assert chat.wire.sent("editMessageCaption")[0].text == f"{MARKUP}\n\n› {MARKUP}"


async def a_file(_: DocumentRef) -> bytes:
    return b"%PDF"


# Groups


@pytest.mark.parametrize(
    ("caption", "answered"),
    [
        (mention("@la_test_bot may I sell it?"), True),
        ({"text": "/ask may I sell it?"}, True),
        ({"text": "look"}, False),
    ],
)
async def test_a_question_under_a_picture_in_a_group_is_a_question(caption: dict[str, Any], answered: bool) -> None:
    group = await Chat(chat=GROUP).begin()
    under = {"caption": caption["text"], "caption_entities": caption.get("entities", [])}
    answers = await group.comes(group.message(photo=PICTURE, **under))
    assert ["Selling the data is not allowed." in answer.text for answer in answers] == [True] * answered


async def test_a_file_of_the_desk_is_sent_into_the_topic_where_it_was_asked_for() -> None:
    world = World(roles={SEVEN: Role.STAFF})
    world.desk = replace(world.desk, channel=DeliveryAddress("telegram", str(GROUP)))
    group = await Chat(world, chat=GROUP).begin()
    await put(world, Status.EMAILED)
    asked = group.message("/export", is_topic_message=True, message_thread_id=9)
    await group.comes(asked)
    (file,) = group.wire.sent("sendDocument")
    assert file.parameters.get("message_thread_id") == 9


async def test_in_a_group_a_stale_press_of_a_persons_dialogue_does_nothing() -> None:
    private = Chat()
    await at_review(private)
    card = private.keyboard()
    assert card
    group = await Chat(private.world, private.wire, chat=GROUP).begin()
    kept = private.wire.messages[7, card[0]] | {"chat": {"id": GROUP, "type": "supergroup"}}
    private.wire.messages[GROUP, card[0]] = kept
    assert await group.comes(group.press(card[1][0], card[0])) == []
    assert await group.world.store.requests(RequestQuery()) == []


# Chats that are gone


@pytest.mark.parametrize(
    "answer",
    [
        error(403, "Forbidden: bot was blocked by the user"),
        error(403, "Forbidden: user is deactivated"),
        error(400, "Bad Request: chat not found"),
        error(403, "Forbidden: bot was kicked from the supergroup chat"),
        error(400, "Bad Request: not enough rights to send text messages to the chat"),
    ],
)
async def test_staff_are_told_of_whom_a_message_does_not_reach(answer: Any) -> None:  # noqa: ANN401
    chat = Chat(World(staff=(STAFF,)))
    request_id = await put(chat.world)
    async with at_work(chat):
        chat.wire.fails("sendMessage", answer)
        now = chat.world.now
        await chat.world.store.commit(Commit(outgoing=(Outgoing(AT_CHAT, said("x"), now, now + WEEK, request_id),)))
        await until(chat.wire.sent)
    (told,) = chat.wire.sent()
    assert told.parameters["chat_id"] == 9
    assert request_id in told.text
    assert "could not be delivered" in told.text


async def test_a_staff_channel_that_became_a_supergroup_is_followed_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    channel = DeliveryAddress("telegram", "-5")
    world.desk = replace(world.desk, channel=channel)
    chat = await Chat(world, chat=-5).begin()
    chat.wire.fails("sendMessage", error(400, "Bad Request: upgraded", migrate_to_chat_id=-1005))
    message = replace(said("x"), buttons=(Button("desk:waiting", "Waiting"),))
    for _ in range(2):
        await chat.telegram.deliver(await waiting(world, message, channel))
    assert [call.parameters["chat_id"] for call in chat.wire.sent()] == [-1005, -1005]
    assert chat.wire.sent()[0].buttons[0]["text"] == "Waiting"
    assert caplog.text.count("set LA_BOT_STAFF_CHANNEL=telegram:-1005") == 1
