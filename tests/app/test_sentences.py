"""The bot with its real reader: sentences reach the form, and what is no value stays out of it."""

from functools import cache
from pathlib import Path

import pytest

from adapters.cli.chat import PLATFORM
from bot.dialogue.state import Conversation, Step
from bot.model.identity import Account
from bot.model.people import Field, Standing
from bot.request.query import RequestQuery
from bot.request.status import Status
from bot.understanding.loading import load_reader
from bot.understanding.reader import Reader
from tests.talk import Talk, World

STORY = (
    "Hi, I'm Emilia Korhonen, PhD student at Tampere University. I need the 4DME dataset for the challenge. My "
    "supervisor is Prof. Heikki Laaksonen, heikki.laaksonen@tuni.fi and my mail is emilia.korhonen@tuni.fi"
)
TO_WHO = ["I want to request a license"]
TO_NAME = [*TO_WHO, "my guide will sign", "yes i am doing phd", "For 4DME challenge"]
TO_SIGNER = [*TO_NAME, "Priya Raghunathan, ee21d405@smail.iitm.ac.in"]
TO_TITLE = [*TO_SIGNER, "K. V. S. Narayana Rao"]
TO_AFFILIATION = [*TO_TITLE, "his position is associate professor"]
TO_REVIEW = [
    *TO_AFFILIATION,
    "Indian Institute of Technology Madras, and his mail id is kvsnrao@iitm.ac.in",
    "12 Sardar Patel Road, Chennai 600036, India",
]


@cache
def reader() -> Reader:
    return load_reader()


async def talk_after(lines: list[str], folder: Path) -> tuple[Conversation, str, World]:
    talk = Talk(World(reader=reader()), folder)
    shown = await talk.play(list(lines))
    stored = await talk.world.store.conversation(Account(PLATFORM, "", talk.name))
    return stored.value or Conversation(), shown, talk.world


async def test_a_whole_story_is_kept_from_the_first_message_on(tmp_path: Path) -> None:
    conversation, shown, _ = await talk_after([STORY], tmp_path)
    assert conversation.standing is Standing.STUDENT
    known = dict(conversation.draft) | {field: doubt.value for field, doubt in conversation.doubts.items()}
    assert known[Field.APPLICANT_NAME] == "Emilia Korhonen"
    assert known[Field.APPLICANT_EMAIL] == "emilia.korhonen@tuni.fi"
    assert known[Field.NAME] == "Heikki Laaksonen"
    assert known[Field.EMAIL] == "heikki.laaksonen@tuni.fi"
    assert "Heikki Laaksonen" in shown.partition(STORY)[2], "what was understood is said back"


async def test_a_wish_for_the_data_begins_a_request_and_is_no_question(tmp_path: Path) -> None:
    wish = "kindly provide access to the 4DME dataset for my research work"
    conversation, shown, _ = await talk_after([wish], tmp_path)
    assert conversation.step is Step.WHO
    assert "Not allowed" not in shown


@pytest.mark.parametrize("says", ["professor will sign", "My guide will sign", "professori allekirjoittaa"])
async def test_that_the_leader_signs_is_understood_in_any_words(says: str, tmp_path: Path) -> None:
    assert (await talk_after([*TO_WHO, says], tmp_path))[0].step is Step.STUDENT


@pytest.mark.parametrize("says", ["For 4DME challenge", "Challenge, non-commercial"])
async def test_the_purpose_is_understood_in_any_words(says: str, tmp_path: Path) -> None:
    conversation, _, _ = await talk_after([*TO_NAME[:-1], says], tmp_path)
    assert conversation.is_eligible


async def test_two_values_in_one_answer_are_both_kept(tmp_path: Path) -> None:
    conversation, _, _ = await talk_after(TO_SIGNER, tmp_path)
    name, email = conversation.draft[Field.APPLICANT_NAME], conversation.draft[Field.APPLICANT_EMAIL]
    assert (name, email) == ("Priya Raghunathan", "ee21d405@smail.iitm.ac.in")


@pytest.mark.parametrize("says", ["thank you", "I need help", "one moment please", "I changed my mind", "exactly"])
@pytest.mark.parametrize("before", [TO_SIGNER, TO_TITLE, TO_AFFILIATION], ids=["name", "title", "affiliation"])
async def test_small_talk_and_wishes_are_no_values(says: str, before: list[str], tmp_path: Path) -> None:
    known = (await talk_after(before, tmp_path))[0].draft
    assert (await talk_after([*before, says], tmp_path))[0].draft == known


async def test_a_sentence_is_not_printed_as_a_value(tmp_path: Path) -> None:
    conversation, _, _ = await talk_after(TO_REVIEW[:-1], tmp_path)
    assert conversation.draft[Field.AFFILIATION] == "Indian Institute of Technology Madras"
    assert conversation.draft[Field.EMAIL] == "kvsnrao@iitm.ac.in"


async def test_a_part_is_corrected_in_words_and_issues_nothing(tmp_path: Path) -> None:
    conversation, _, world = await talk_after([*TO_REVIEW, "no, the postcode is 600037"], tmp_path)
    assert conversation.step is Step.REVIEW
    assert conversation.draft[Field.ADDRESS] == "12 Sardar Patel Road, Chennai 600037, India"
    assert await world.store.requests(RequestQuery()) == []


async def test_a_yes_in_a_sentence_issues_at_the_review(tmp_path: Path) -> None:
    _, _, world = await talk_after([*TO_REVIEW, "ok looks good"], tmp_path)
    (request,) = await world.store.requests(RequestQuery())
    assert request.status is Status.ISSUED


async def test_a_short_answer_that_looks_like_nothing_is_asked_back_and_not_taken(tmp_path: Path) -> None:
    conversation, shown, _ = await talk_after([*TO_SIGNER, "Zvwx"], tmp_path)
    assert Field.NAME not in conversation.draft
    assert conversation.doubts[Field.NAME].value == "Zvwx"
    assert "“Zvwx” is one word only. Is that the full name?" in shown.rpartition("> Zvwx")[2]


async def test_a_person_is_offered_and_the_question_stays_open(tmp_path: Path) -> None:
    conversation, shown, _ = await talk_after([*TO_WHO, "I'd like to talk to a human please"], tmp_path)
    assert conversation.step is Step.WHO
    assert "xiaobai.li@oulu.fi" in shown.partition("human please")[2]
