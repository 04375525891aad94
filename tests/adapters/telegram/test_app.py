"""Telegram: the dialogue as on the terminal, at home in a private chat."""

import asyncio
import hashlib
import re
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.error import TimedOut

from bot.model.errors import DeliveryFailed, StoreError
from bot.model.identity import Account, DeliveryAddress, Role
from bot.model.message import BlockKind, Message, Span, TextBlock
from bot.model.people import Field
from bot.request.query import RequestQuery
from bot.store.port import Commit, OutboxEntry
from bot.store.postgres.store import PostgresStore
from tests.adapters.telegram_talk import Chat, mention
from tests.adapters.telegram_wire import Answer, Call, error
from tests.talk import Talk, World, as_on

FORM = ["1", "1", "1", "Anna Virtanen", "Professor", "University of Oulu", "anna.virtanen@oulu.fi"]
FORM += ["Pentti Kaiteran katu 1, 90570 Oulu, Finland"]

DIALOGUES = {
    "signer": [*FORM, "yes", "i have emailed it"],
    "student": ["request", "2", "1", "1", "Matti Meikäläinen", "matti@oulu.fi", *FORM[3:], "issue it"],
    "mistakes": [
        "request",
        "banana",
        "not sure",
        "i will",
        "challenge",
        "Anna",
        "Anna Virtanen",
        "help",
        "Postdoc",
        "1",
    ],
    "markup": ["request", "i will", "challenge", "<b>*_[x]_*& O'Neill", "Keep what I typed", "Professor"],
    "questions": ["May I sell it?", "terms", "1", "cite", "privacy", "help", "status", "4DME-22222-22222"],
    "second thoughts": [*FORM, "2", "Work email", "a.virtanen@oulu.fi", "back", "cancel", "no", "cancel", "yes"],
    "not eligible": ["request", "1", "something commercial", "hello"],
}
TRANSCRIPTS = sorted((Path(__file__).resolve().parents[2] / "transcripts").glob("*.txt"))


def said_in(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("> ") for line in lines if line.startswith("> ")]


SPOKEN = DIALOGUES | {path.stem: said_in(path) for path in TRANSCRIPTS}


def words(text: str) -> list[str]:
    """The words of a text: no bullets, numbers of choices, or marks around them."""
    return re.findall(r"[^\W_]+", re.sub(r"(?m)^  \[\d+\] |^  ⇩ .*$|^> .*$", "", text))


def seen(calls: list[Call]) -> str:
    return "\n".join("\n".join([call.text, *(button["text"] for button in call.buttons)]) for call in calls)


@pytest.mark.parametrize("name", SPOKEN)
async def test_the_words_are_those_of_the_terminal(name: str, tmp_path: Path) -> None:
    on_terminal = (await Talk(World(), tmp_path).play(SPOKEN[name])).rpartition("Goodbye!")[0]
    chat = await Chat().begin()
    calls = await chat.comes(chat.message("/start"))
    for line in SPOKEN[name]:
        calls += await chat.says(line)
    assert words(seen(calls)) == words(as_on("telegram", on_terminal))


@pytest.mark.parametrize("name", DIALOGUES)
async def test_whatever_a_conversation_is_kept_in_its_buttons_do_the_same(name: str, database: str) -> None:
    store = await PostgresStore.open(database)
    chat, wanted = await Chat(World(store=store)).begin(), await Chat().begin()
    heard = [seen(await chat.says(line)) for line in DIALOGUES[name]]
    await store.aclose()
    assert heard == [seen(await wanted.says(line)) for line in DIALOGUES[name]]


# At home on Telegram


async def at_review(chat: Chat) -> list[Call]:
    await chat.begin()
    calls: list[Call] = []
    for line in ("request", *FORM[1:]):
        calls = await chat.says(line)
    return calls


async def named(chat: Chat, *lines: str) -> dict[str, Any]:
    """A whole form and `lines` after it; the message that the signer's name was typed in, to be edited."""
    for line in ("request", "1", "1"):
        await chat.says(line)
    name = chat.message("Anna Virtanen")
    await chat.comes(name)
    for line in (*FORM[4:], *lines):
        await chat.says(line)
    return name


async def test_the_pressed_choice_stays_visible_and_the_keyboard_goes() -> None:
    chat = await Chat().begin()
    await chat.says("request")
    await chat.says("1")
    (edit,) = chat.wire.sent("editMessageText")
    assert edit.text.endswith("fixed position.\n\n› I will: I am group leader or professor")
    assert edit.buttons == []
    assert [entity["type"] for entity in edit.entities] == ["bold", "bold"]
    assert len(chat.wire.sent("answerCallbackQuery")) == 1


async def test_a_keyboard_to_look_things_up_stays() -> None:
    chat = await Chat().begin()
    await chat.says("terms")
    before = chat.keyboard()
    assert before
    for button in [button for button in before[1] if button["text"].startswith("Read clause")][:2]:
        await chat.comes(chat.press(button, before[0]))
    assert [c for c in chat.wire.calls if c.method.startswith("edit")] == []
    assert len(chat.wire.sent("answerCallbackQuery")) == 2
    assert "reply_markup" in chat.wire.messages[chat.chat, before[0]]


async def test_the_text_for_the_professor_and_the_email_come_from_one_keyboard() -> None:
    """Whoever took one of them would look for the other in vain, and for “I have emailed it” with it."""
    chat = await Chat().begin()
    for line in DIALOGUES["student"]:
        await chat.says(line)
    shown = chat.keyboard()
    assert shown
    for label, file in (("Text for my professor", ".pdf"), ("The email, ready to send", ".eml")):
        (button,) = [button for button in shown[1] if button["text"] == label]
        (answer, *_) = await chat.comes(chat.press(button, shown[0]))
        assert answer.files["document"][0].endswith(file)
    assert "reply_markup" in chat.wire.messages[chat.chat, shown[0]]


async def test_a_double_tap_is_one_choice() -> None:
    chat = await Chat().begin()
    await chat.says("request")
    shown = chat.keyboard()
    assert shown
    first, second = chat.press(shown[1][0], shown[0]), chat.press(shown[1][0], shown[0])
    assert len(await chat.comes(first)) == 1
    assert await chat.comes(second) == []
    assert len(chat.wire.sent("answerCallbackQuery")) == 2


async def test_no_page_is_shown_under_a_message_for_a_link_in_it() -> None:
    chat = await Chat().begin()
    (answer,) = await chat.says("help")
    assert answer.parameters["link_preview_options"] == {"is_disabled": True}


async def test_what_is_typed_behind_a_press_waits_for_it() -> None:
    """A press is looked at before its turn begins; a webhook may bring both at once."""
    chat = await Chat().begin()
    await chat.says("request")
    shown = chat.keyboard()
    assert shown
    updates = (chat.press(shown[1][0], shown[0]), chat.message("challenge"))
    await asyncio.gather(*(chat.telegram.receive(Update.de_json(each, chat.telegram.bot)) for each in updates))
    await chat.delivered()
    stored = (await chat.world.store.conversation(chat.account)).value
    assert stored
    assert stored.asked is Field.NAME


async def test_a_press_on_an_old_message_is_answered_and_changes_nothing() -> None:
    chat = Chat()
    await at_review(chat)
    old = chat.keyboard()
    assert old
    await chat.says("change title")
    await chat.says("Group leader")
    account = chat.account
    before = await chat.world.store.conversation(account)
    (answer,) = await chat.comes(chat.press(old[1][0], old[0]))
    assert "belongs to an earlier question" in answer.text
    assert (await chat.world.store.conversation(account)).value == before.value
    assert "reply_markup" not in chat.wire.messages[chat.chat, old[0]]
    assert "›" not in chat.wire.messages[chat.chat, old[0]]["text"]


async def test_a_choice_that_came_too_late_is_not_shown_as_made_and_its_keyboard_goes() -> None:
    chat = await Chat().begin()
    await chat.says("request")
    asked = chat.keyboard()
    assert asked
    await chat.comes(chat.message("i will"))
    assert "reply_markup" in chat.wire.messages[chat.chat, asked[0]]
    (answer,) = await chat.comes(chat.press(asked[1][1], asked[0]))
    assert "belongs to an earlier question" in answer.text
    assert "reply_markup" not in chat.wire.messages[chat.chat, asked[0]]
    assert "›" not in chat.wire.messages[chat.chat, asked[0]]["text"]


async def test_editing_an_answer_corrects_it_and_the_review_card_where_it_stands() -> None:
    chat = await Chat().begin()
    name = await named(chat)
    card = chat.keyboard()
    assert card
    (edit,) = await chat.comes(chat.edit(name, "Anna-Liisa Virtanen"))
    assert edit.method == "editMessageText"
    assert "Name: Anna-Liisa Virtanen" in chat.wire.messages[chat.chat, card[0]]["text"]
    after = chat.keyboard()
    assert after
    assert after[0] == card[0]
    assert after[1] != card[1]
    issued = await chat.says("1")
    assert "is ready" in issued[0].text


async def test_a_card_that_is_not_the_last_message_is_sent_anew() -> None:
    chat = await Chat().begin()
    name = await named(chat, "help")
    (card,) = await chat.comes(chat.edit(name, "Anna-Liisa Virtanen"))
    assert card.method == "sendMessage"
    assert any(message.get("text", "").startswith("What I can do") for message in chat.wire.messages.values())
    assert "Name: Anna-Liisa Virtanen" in card.text


@pytest.mark.parametrize("refusal", ["message can't be edited", "message to edit not found", "MESSAGE_ID_INVALID"])
async def test_a_card_that_cannot_be_edited_is_sent_anew(refusal: str) -> None:
    chat = await Chat().begin()
    name = await named(chat)
    chat.wire.fails("editMessageText", error(400, f"Bad Request: {refusal}"))
    (card,) = await chat.comes(chat.edit(name, "Anna-Liisa Virtanen"))
    assert "Name: Anna-Liisa Virtanen" in card.text


@pytest.mark.parametrize("answer", [error(400, "Bad Request: message to edit not found"), error(500, "oh"), TimedOut()])
async def test_a_choice_counts_though_it_cannot_be_shown_under_its_message(answer: Answer) -> None:
    chat = await Chat().begin()
    await chat.says("request")
    chat.wire.fails("editMessageText", answer)
    chat.wire.fails("answerCallbackQuery", error(400, "Bad Request: query is too old and response timeout expired"))
    (asked,) = await chat.says("1")
    assert asked.text.startswith("What will you use the data for?")
    assert chat.wire.answers["editMessageText"] == chat.wire.answers["answerCallbackQuery"] == deque()


async def test_moving_about_in_the_review_happens_where_it_stands() -> None:
    chat = Chat()
    await at_review(chat)
    card = chat.keyboard()
    assert card
    sent = len(chat.wire.sent())
    for _ in range(2):  # there and back again: the same state in the same place is no double tap
        await chat.says("Change something")
        await chat.says("The signer's work email")
        assert "anna.virtanen@oulu.fi" in chat.wire.messages[chat.chat, card[0]]["text"]
        await chat.says("Keep it")
        assert chat.keyboard() == card
    assert len(chat.wire.sent()) == sent
    assert not [call for call in chat.wire.calls if "› Change" in call.text]
    assert "is ready" in (await chat.says("1"))[0].text


async def test_a_changed_field_brings_the_review_anew_and_the_old_buttons_go() -> None:
    chat = Chat()
    await at_review(chat)
    card = chat.keyboard()
    assert card
    await chat.says("Change something")
    await chat.says("The signer's title")
    (review,) = await chat.says("Group leader")
    assert (review.method, "Title: Group leader" in review.text) == ("sendMessage", True)
    assert "reply_markup" not in chat.wire.messages[chat.chat, card[0]]
    assert [c for c, m in chat.wire.messages.items() if "reply_markup" in m and c[0] == chat.chat][1:] == []


async def test_after_a_restart_a_press_on_the_review_is_answered_below_it() -> None:
    chat = Chat()
    await at_review(chat)
    card = chat.keyboard()
    assert card
    again = await Chat(chat.world, chat.wire).begin()
    (asked,) = await again.says("Change something")
    assert (asked.method, asked.text) == ("sendMessage", "Which one would you like to change?")
    assert "reply_markup" not in chat.wire.messages[chat.chat, card[0]]
    assert chat.wire.messages[chat.chat, card[0]]["text"].endswith("› Change something")


async def test_a_place_that_was_lost_to_another_message_is_not_taken() -> None:
    chat = Chat()
    await at_review(chat)
    card = chat.keyboard()
    assert card
    change = next(button for button in card[1] if button["text"] == "Change something")
    await chat.telegram.receive(Update.de_json(chat.press(change, card[0]), chat.telegram.bot))
    notice = Message((TextBlock(BlockKind.PARAGRAPH, ((Span("Something else."),),)),))
    address = DeliveryAddress("telegram", str(chat.chat))
    asked = (await chat.world.store.outbox(address))[-1]
    (other,) = await chat.world.service().post("", address, notice)
    for entry in (other, asked):
        await chat.telegram.deliver(entry)
    assert [call.text for call in chat.wire.shown()][-2:] == [
        "Something else.",
        "Which one would you like to change?",
    ]
    assert "reply_markup" not in chat.wire.messages[chat.chat, card[0]]


async def test_an_edit_that_failed_on_the_way_is_made_again_and_nothing_is_sent() -> None:
    chat = Chat()
    await at_review(chat)
    sent = len(chat.wire.sent())
    card = chat.keyboard()
    assert card
    change = next(button for button in card[1] if button["text"] == "Change something")
    await chat.telegram.receive(Update.de_json(chat.press(change, card[0]), chat.telegram.bot))
    entry = (await chat.world.store.outbox(DeliveryAddress("telegram", str(chat.chat))))[-1]
    chat.wire.fails("editMessageText", error(500, "oh"))
    with pytest.raises(DeliveryFailed):
        await chat.telegram.deliver(entry)
    await chat.telegram.deliver(entry)
    assert len(chat.wire.sent()) == sent
    assert chat.wire.messages[chat.chat, card[0]]["text"] == "Which one would you like to change?"


async def test_an_edit_whose_answer_was_lost_is_no_reason_to_send_it() -> None:
    chat = Chat()
    await at_review(chat)
    sent = len(chat.wire.sent())
    chat.wire.fails("editMessageText", TimedOut(), error(400, "Bad Request: message is not modified"))
    with pytest.raises(DeliveryFailed):
        await chat.says("Change something")
    await chat.delivered()
    assert len(chat.wire.sent()) == sent
    assert await chat.world.store.outbox(DeliveryAddress("telegram", str(chat.chat))) == []


async def test_the_document_comes_with_its_name_and_what_to_do() -> None:
    chat = Chat()
    await at_review(chat)
    sent, *rest = await chat.says("1")
    (request,) = await chat.world.store.requests(RequestQuery())
    name, content = sent.files["document"]
    assert name == f"4DME-License-Agreement_{request.id}_1.pdf"
    assert hashlib.sha256(content).hexdigest() == request.document.pdf_sha256
    assert sent.text.startswith(f"Your License Agreement is ready: request {request.id}")
    assert "Email the PDF to" in sent.text
    assert not any(part.files for part in rest)
    action = chat.wire.sent("sendChatAction")[-1]
    assert action.parameters["action"] == "upload_document"


async def test_typing_is_shown_while_a_turn_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.telegram.app.WORKING", (0, 60))
    chat = await Chat().begin()
    await chat.says("help")
    (action,) = chat.wire.sent("sendChatAction")
    assert (action.parameters["action"], action.parameters["chat_id"]) == ("typing", 7)


async def test_a_link_to_a_request_shows_each_what_they_may_see() -> None:
    world = World(roles={Account("telegram", "", "9"): Role.STAFF})
    owner = Chat(world)
    await at_review(owner)
    await owner.says("1")
    (request,) = await world.store.requests(RequestQuery())
    stranger, staff = await Chat(world, user=8).begin(), await Chat(world, user=9).begin()
    (own,) = await owner.comes(owner.message(f"/start {request.id}"))
    (others,) = await stranger.comes(stranger.message(f"/start {request.id}"))
    (desk,) = await staff.comes(staff.message(f"/start {request.id.lower()}"))
    assert own.text.startswith(f"{request.id}, document 1")
    assert "I know no request of yours" in others.text
    assert [button["text"] for button in others.buttons] == ["My requests"]
    assert "anna.virtanen@oulu.fi" not in others.text
    assert "Signer: Anna Virtanen" in desk.text


async def test_the_desk_hears_its_commands_as_telegram_writes_them() -> None:
    chat = await Chat(World(roles={Account("telegram", "", "7"): Role.OWNER})).begin()
    named, _ = await chat.comes(chat.message("/name_reader@la_test_bot telegram:8"))
    assert "telegram:8 is reader from now on" in named.text
    (found,) = await chat.comes(chat.message("/find Virtanen"))
    assert "I found no request" in found.text
    stranger = await Chat(user=9).begin()
    (answer,) = await stranger.comes(stranger.message("/find Virtanen"))
    assert answer.text.startswith("What I can do")


async def test_a_scan_is_not_read_and_the_form_stays_where_it_was() -> None:
    chat = Chat()
    await at_review(chat)
    account = chat.account
    before = await chat.world.store.conversation(account)
    (answer,) = await chat.comes(chat.message(document={"file_id": "f", "file_unique_id": "f"}))
    assert "email" in answer.text
    assert "xiaobai.li@oulu.fi" in answer.text
    assert await chat.world.store.conversation(account) == before


async def test_whoever_sends_the_scan_here_gets_the_email_for_it_in_two_words() -> None:
    chat = await Chat().begin()
    for line in DIALOGUES["student"]:
        await chat.says(line)
    (answer,) = await chat.comes(chat.message(document={"file_id": "f", "file_unique_id": "f"}))
    assert "with the signer in CC if you are a student: say “the email”" in answer.text
    (email,) = await chat.says("the email")
    assert email.files["document"][0].endswith(".eml")
    assert "CC: anna.virtanen@oulu.fi" in email.text


async def test_in_a_group_questions_are_answered_and_the_rest_leads_into_private() -> None:
    world = World()
    private, group = Chat(world), Chat(world, chat=-100)
    await at_review(private)
    await group.begin()
    (answer,) = await group.comes(group.message("/ask may I sell it?"))
    assert "Selling the data is not allowed." in answer.text
    (terms,) = await group.comes(group.message("/terms"))
    (cite,) = await group.comes(group.message("/cite"))
    assert "IEEE" in cite.text
    (intro,) = await group.comes(group.message("/status"))
    assert "in private" in intro.text
    assert await group.comes(group.message("Anna Virtanen")) == []
    link = {"text": "Go on in private", "url": "https://t.me/la_test_bot?start=group"}
    assert [call.buttons[-1] for call in (answer, terms, cite, intro)] == [link] * 4
    assert not [button for call in (answer, terms, cite, intro) for button in call.buttons if "url" not in button]
    quoted = [call.parameters["reply_parameters"] for call in (answer, terms, cite, intro)]
    assert all(quote["allow_sending_without_reply"] for quote in quoted)
    assert len({quote["message_id"] for quote in quoted}) == 4
    said = group.message(**mention("@la_test_bot may I sell it?"))
    (mentioned,) = await group.comes(said)
    assert mentioned.parameters["reply_parameters"]["message_id"] == said["message"]["message_id"]
    assert "Virtanen" not in seen([answer, terms, intro])


async def test_what_a_group_offers_to_read_is_read_in_private() -> None:
    """“Pick a reading where I offer one” and “which the buttons show” are true in a group too."""
    world = World()
    private, group = Chat(world), Chat(world, chat=-100)
    await private.begin()
    await group.begin()
    (terms,) = await group.comes(group.message("/terms"))
    assert len(terms.buttons) == 9
    (unclear,) = await group.comes(group.message("/ask may I publish it?"))
    links = [call.buttons[n]["url"].partition("?start=")[2] for call, n in ((terms, 1), (unclear, 0))]
    assert links == ["clause_2-distribution", "reading_sell"]
    (clause,) = await private.comes(private.message(f"/start {links[0]}"))
    (reading,) = await private.comes(private.message(f"/start {links[1]}"))
    assert clause.text.startswith("“2. Distribution and publications")
    assert reading.text.startswith("Not allowed")


@pytest.mark.parametrize(
    ("gone", "says"), [("reading:no-such", "so I changed nothing"), ("clause:no-such", "clause by clause")]
)
async def test_a_button_for_what_the_terms_do_not_have_any_more_is_answered_kindly(gone: str, says: str) -> None:
    chat = await Chat().begin()
    await chat.says("help")
    shown = chat.keyboard()
    assert shown
    (answer,) = await chat.comes(chat.press({"callback_data": f"{gone}#{'0' * 8}"}, shown[0]))
    assert says in answer.text
    assert answer.buttons


async def test_an_answer_in_a_topic_is_sent_into_it() -> None:
    group = await Chat(chat=-100).begin()
    (answer,) = await group.comes(group.message("/terms", is_topic_message=True, message_thread_id=9))
    assert answer.parameters["message_thread_id"] == 9


async def test_a_long_suggestion_is_taken_though_its_button_has_no_room_for_it() -> None:
    address = f"{'anna.' * 11}virtanen@helsinki.fi"
    chat = await Chat().begin()
    for line in ("request", "1", "1", "Anna Virtanen", "Professor", "University of Helsinki"):
        await chat.says(line)
    (doubt,) = await chat.says(f"mailto:{address}")
    assert address in doubt.text
    assert len(doubt.buttons[0]["callback_data"].encode()) == 64
    (then,) = await chat.says("1")
    assert "detail address" in then.text
    stored = (await chat.world.store.conversation(chat.account)).value
    assert stored
    assert stored.draft[Field.EMAIL] == address


async def test_our_mistake_gets_an_apology_and_does_not_come_again() -> None:
    world = World()
    chat = await Chat(world).begin()
    world.terms.answer = lambda *_: 1 / 0  # type: ignore[method-assign,assignment]
    (answer,) = await chat.comes(chat.message("May I sell it?"))
    assert "something went wrong on my side" in answer.text


async def test_what_the_store_refuses_is_raised_so_that_it_comes_again() -> None:
    chat = await Chat().begin()

    async def full(commit: Commit) -> tuple[OutboxEntry, ...]:
        raise StoreError("no space left")

    chat.world.store.commit = full  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        await chat.comes(chat.message("help"))
