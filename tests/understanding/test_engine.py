import random
import time

import pytest

from bot.model.people import Field, Standing
from bot.understanding.acts import Act, Kind
from bot.understanding.loading import load_reader
from bot.understanding.reader import Reader
from bot.understanding.state import State, Step


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


def meanings(acts: tuple[Act, ...]) -> set[tuple[Kind, Field | None, str]]:
    return {act.meaning for act in acts}


def test_a_whole_story_is_read_in_one_message(reader: Reader) -> None:
    said = "Hi, I'm a PhD student, my professor Marta Olsson (marta.olsson@kth.se) signs, it's for the challenge"
    found = meanings(reader.read(said, State()).acts)
    assert {(Kind.STANDING, None, "student"), (Kind.LEADER_SIGNS, None, ""), (Kind.PURPOSE, None, "challenge")} <= found
    assert {(Kind.SET, Field.NAME, "Marta Olsson"), (Kind.SET, Field.EMAIL, "marta.olsson@kth.se")} <= found


@pytest.mark.parametrize("said", ["thank you", "one moment please", "I need help", "hmm", "???"])
def test_small_talk_is_no_value(reader: Reader, said: str) -> None:
    for field in Field:
        reading = reader.read(said, State(Step.FIELD, field, standing=Standing.STUDENT))
        assert not reading.has(Kind.SET)


def test_yes_but_never_issues(reader: Reader) -> None:
    state = State(Step.REVIEW, standing=Standing.STUDENT, draft={Field.TITLE: "Lecturer", Field.NAME: "Ann Lee"})
    assert not reader.read("yes but the title is Professor", state).has(Kind.AFFIRM)


def test_a_number_is_the_answer_of_that_number(reader: Reader) -> None:
    assert meanings(reader.read("2", State(Step.WHO)).acts) == {(Kind.LEADER_SIGNS, None, "")}


def test_the_same_words_are_read_the_same(reader: Reader) -> None:
    said = "the signer is Prof. Olli Mäki, olli.maki@oulu.fi"
    assert reader.read(said, State()) == reader.read(said, State())


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "\n" * 70000,
        "a" * 65536,
        "@" * 65536,
        "at dot " * 9000,
        "not " * 16000,
        "(" * 65536,
        "é́" * 30000,
        ", " * 30000,
    ]
    + ["".join(random.Random(seed).choices("ab@. \n,;:()'\"不是教授0123456789", k=65536)) for seed in range(3)],
)
def test_no_text_takes_long(reader: Reader, said: str) -> None:
    state = State(Step.REVIEW, draft={Field.NAME: "Ann Lee", Field.ADDRESS: "Main Street 1, 90100 Oulu"})
    begun = time.perf_counter()
    reader.read(said, state)
    assert time.perf_counter() - begun < 2.0
