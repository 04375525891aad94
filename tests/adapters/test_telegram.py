"""Telegram: the dialogue as on the terminal, at home in a private chat."""

import asyncio
import re
from pathlib import Path

import pytest

from bot.ports import RequestQuery
from tests.adapters.telegram_talk import Chat
from tests.adapters.telegram_wire import Call
from tests.talk import Talk, World

FORM = ["1", "1", "1", "Anna Virtanen", "Professor", "University of Oulu", "anna.virtanen@oulu.fi"]
FORM += ["Pentti Kaiteran katu 1, 90570 Oulu, Finland"]

DIALOGUES = {
    "signer": [*FORM, "yes", "i have emailed it"],
    "student": ["request", "2", "1", "1", "Matti Meikäläinen", "matti@oulu.fi", *FORM[3:], "issue it"],
    "mistakes": ["request", "banana", "not sure", "i will", "challenge", "Anna", "Anna Virtanen", "help", "Cook", "1"],
    "markup": ["request", "i will", "challenge", "<b>*_[x]_*& O'Neill", "Keep what I typed", "Professor"],
    "questions": ["May I sell it?", "terms", "1", "cite", "privacy", "help", "status", "4DME-22222-22222"],
    "second thoughts": [*FORM, "2", "Work email", "a.virtanen@oulu.fi", "back", "cancel", "no", "cancel", "yes"],
    "not eligible": ["request", "1", "something commercial", "hello"],
}
TRANSCRIPTS = sorted((Path(__file__).parent.parent / "transcripts").glob("*.txt"))


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
    assert words(seen(calls)) == words(on_terminal)
