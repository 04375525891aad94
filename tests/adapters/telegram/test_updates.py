"""What updates mean: commands, links, groups, and everything that is no text."""

from typing import Any

import pytest
from telegram import Bot, Update, User

from adapters.telegram.updates import Aside, linked, read
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import CameIn, Edited, Incoming, Pressed, Typed
from bot.terms.answer_bank import read_answers
from tests.adapters.telegram_talk import Chat, mention
from tests.adapters.telegram_wire import ME, TOKEN
from tests.talk import dataset

BOT = User(**ME)
ANNA = Account("telegram", "", "7")


def understood(update: dict[str, Any]) -> Incoming | Aside | None:
    return read(Update.de_json(update, Bot(TOKEN)), BOT)


def content(text: str) -> object:
    incoming = understood(Chat().message(text))
    assert isinstance(incoming, Incoming)
    assert (incoming.account, incoming.address) == (ANNA, DeliveryAddress("telegram", "7"))
    return incoming.content


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Anna Virtanen", Typed("Anna Virtanen")),
        ("/start", CameIn()),
        ("/start@la_test_bot", CameIn()),
        ("/start request", Pressed("request", "")),
        ("/start 4dme-22222-22222", Pressed("show_request:4DME-22222-22222", "")),
        ("/start clause_2-distribution", Pressed("clause:2-distribution", "")),
        ("/start reading_sell", Pressed("reading:sell", "")),
        ("/start clause_", CameIn()),
        ("/start clause", CameIn()),
        ("/start erase_surely", CameIn()),
        ("/start group", CameIn()),
        ("/start cancel", CameIn()),  # nobody is led by a link to lose something
        ("/start erase", CameIn()),
        ("/start REQUEST", CameIn()),
        ("/start ../../etc/passwd", CameIn()),
        ("/start <b>&%00", CameIn()),
        ("/start " + "x" * 4000, CameIn()),
        ("/start 4DME-not-an-id", Pressed("show_request:4DME-NOT-AN-ID", "")),
        ("/request", Pressed("request", "")),
        ("/ask", Pressed("ask", "")),
        ("/ask may I sell\nit", Pressed("ask:may I sell\nit", "")),
        ("/terms", Pressed("terms", "")),
        ("/cite", Pressed("cite", "")),
        ("/status", Pressed("status", "")),
        ("/status 4DME-22222-22222", Pressed("show_request:4DME-22222-22222", "")),
        ("/cancel", Typed("cancel")),
        ("/back", Typed("back")),
        ("/start_over", Typed("start over")),
        ("/privacy", Pressed("privacy", "")),
        ("/HELP", Pressed("help", "")),
        ("/nonsense", Pressed("help", "")),
        ("/issue", Pressed("help", "")),
        ("Street 1 /2", Typed("Street 1 /2")),
    ],
)
def test_what_is_written_in_private(text: str, meant: object) -> None:
    assert content(text) == meant


def test_the_desk_does_not_take_a_link_to_a_clause_for_a_request() -> None:
    incoming = understood(Chat().message("/start clause_2-distribution"))
    assert isinstance(incoming, Incoming)
    assert incoming.words == "/start clause_2-distribution"


def test_a_link_from_a_group_leads_to_every_clause_and_reading_and_to_nothing_else() -> None:
    clauses = [f"clause:{clause.id}" for clause in dataset().current.clauses]
    readings = [f"reading:{unit.id}" for unit in read_answers(dataset()).units]
    assert clauses
    assert readings
    for choice in (*clauses, *readings):
        assert content(f"/start {linked(choice)}") == Pressed(choice, "")
    for choice in ("erase_surely", "request", "clause:", "clause:ä", "clause:" + "x" * 58, "withdraw:4DME-22222-22222"):
        assert linked(choice) == ""


def test_an_edit_names_the_message_as_it_came_first() -> None:
    chat = Chat()
    first = chat.message("Anna")
    before, after = understood(first), understood(chat.edit(first, "Anna Virtanen"))
    assert isinstance(before, Incoming)
    assert isinstance(after, Incoming)
    assert after.content == Edited(before.message_id, "Anna Virtanen")
    assert after.message_id != before.message_id


@pytest.mark.parametrize(
    ("attached", "text"),
    [
        ({"document": {"file_id": "f", "file_unique_id": "f"}, "caption": "here it is"}, "attached.document"),
        ({"photo": [{"file_id": "f", "file_unique_id": "f", "width": 1, "height": 1}]}, "attached.photo"),
        ({"voice": {"file_id": "f", "file_unique_id": "f", "duration": 1}}, "attached.voice"),
        ({"location": {"latitude": 1, "longitude": 1}}, "attached.location"),
        ({"contact": {"phone_number": "1", "first_name": "A"}}, "attached.contact"),
        ({"dice": {"emoji": "x", "value": 1}}, "attached.other"),
    ],
)
def test_what_is_no_text_gets_an_answer(attached: dict[str, Any], text: str) -> None:
    aside = understood(Chat().message(**attached))
    assert isinstance(aside, Aside)
    assert aside.about == text


@pytest.mark.parametrize(
    "more", [{"pinned_message": None}, {"new_chat_members": [ME]}, {"group_chat_created": True}, {"from": ME}]
)
def test_what_nobody_said_gets_none(more: dict[str, Any]) -> None:
    assert understood(Chat().message(**more)) is None


GROUP = -100


@pytest.mark.parametrize(
    ("message", "about", "question"),
    [
        ({"text": "/ask@la_test_bot may I sell it?"}, "ask", "may I sell it?"),
        ({"text": "/ask may I sell it?"}, "ask", "may I sell it?"),
        ({"text": "/terms"}, "terms", ""),
        ({"text": "/cite@LA_test_bot"}, "cite", ""),
        ({"text": "/ask"}, "group.intro", ""),
        ({"text": "/request"}, "group.intro", ""),
        ({"text": "/status"}, "group.intro", ""),
        ({"text": "/anything@la_test_bot"}, "group.intro", ""),
        (mention("@la_test_bot may I sell it?"), "ask", "may I sell it?"),
        (mention("May I sell it, @la_test_bot ?"), "ask", "May I sell it, ?"),
        (mention("@la_test_bot"), "group.intro", ""),
        ({"text": "and faces?", "reply_to_message": {"message_id": 1, "date": 1, "from": ME}}, "ask", "and faces?"),
    ],
)
def test_what_is_said_to_the_bot_in_a_group(message: dict[str, Any], about: str, question: str) -> None:
    chat = Chat(chat=GROUP)
    if "reply_to_message" in message:
        message["reply_to_message"]["chat"] = {"id": GROUP, "type": "supergroup"}
    aside = understood(chat.message(**message))
    assert isinstance(aside, Aside)
    assert (aside.about, aside.question, aside.address.chat) == (about, question, str(GROUP))


@pytest.mark.parametrize("text", ["may I sell it?", "/ask@another_bot may I?", "hello @somebody_else"])
def test_what_is_not_said_to_the_bot_in_a_group_is_none_of_its_business(text: str) -> None:
    assert understood(Chat(chat=GROUP).message(text)) is None


def test_a_command_in_a_group_that_may_be_another_bots_is_answered_to_staff_only() -> None:
    aside = understood(Chat(chat=GROUP).message("/weather today"))
    assert isinstance(aside, Aside)
    assert (aside.about, aside.words, aside.account) == ("", "/weather today", Account("telegram", "", "7"))


def test_who_speaks_as_a_group_has_no_account() -> None:
    sender = {"id": GROUP, "type": "supergroup", "title": "x"}
    aside = understood(Chat(chat=GROUP).message("/waiting", sender_chat=sender))
    assert isinstance(aside, Aside)
    assert aside.account is None


def test_an_edit_or_a_press_in_a_group_is_nobodys_turn() -> None:
    chat = Chat(chat=GROUP)
    assert understood(chat.edit(chat.message("/ask may I?"), "/request")) is None
    chat.wire.messages[GROUP, 5] = {"message_id": 5, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}}
    assert understood(chat.press({"callback_data": "issue#12345678"}, 5)) is None


def test_an_answer_in_a_topic_goes_to_the_topic() -> None:
    aside = understood(Chat(chat=GROUP).message("/terms", is_topic_message=True, message_thread_id=9))
    assert aside
    assert aside.address == DeliveryAddress("telegram", str(GROUP), "9")


def test_one_choice_counts_for_a_message_and_what_was_chosen_is_not_in_its_id() -> None:
    chat = Chat()
    chat.wire.messages[7, 5] = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}
    ids = [
        read_id(chat.press({"callback_data": data}, 5))
        for data in ("take_suggestion:anna@oulu.fi#12345678", "take#12345678", "take#87654321", "help#1", "help#1")
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert "anna" not in ids[0]


def read_id(update: dict[str, Any]) -> str:
    incoming = understood(update)
    assert isinstance(incoming, Incoming)
    return incoming.message_id


def test_a_press_on_a_message_too_old_to_be_shown_still_counts() -> None:
    chat = Chat()
    chat.wire.messages[7, 5] = {"message_id": 5, "date": 0, "chat": {"id": 7, "type": "private"}}
    incoming = understood(chat.press({"callback_data": "yes#12345678"}, 5))
    assert isinstance(incoming, Incoming)
    assert incoming.content == Pressed("yes", "12345678")
