"""Slack: the dialogue in the direct messages."""

import re
from pathlib import Path

import pytest

from bot.model import Status
from bot.ports import RequestQuery
from tests.adapters.slack_talk import talk
from tests.talk import Talk, World

FORM = ["1", "1", "1"]
VALUES = ["Anna Virtanen", "1", "University of Oulu", "anna.virtanen@oulu.fi", "Pentti Kaiteran katu 1, 90570 Oulu"]
DIALOGUES = {
    "signer": [*FORM, *VALUES, "yes", "my requests", "Show 4DME-X", "change a field", "2", "Associate Professor", "1"],
    "leader": ["1", "2", "1", "1", "Bo", "1", "bo.ek@oulu.fi", *VALUES, "change email", "x", "help", "cancel", "no"],
    "questions": ["May I sell it?", "May I publish it?", "1", "terms", "1", "the la", "privacy", "ask", "help"],
    "not eligible": ["1", "1", "3", "menu", "nonsense < & > *bold* <!channel>"],
}
ORNAMENTS = re.compile(r"^\s*(?:\d+\.\s|[•│—]|\[\d+\]|\[(?=[^\]]*\]$))|\]$|[“”]")


def bare(text: str) -> list[str]:
    """The words alone: neither how they are set nor how they are folded."""
    lines = [line for line in text.splitlines() if not line.startswith(("  ⇩", "> "))]
    return " ".join(ORNAMENTS.sub(" ", ORNAMENTS.sub(" ", line)) for line in lines).split()


async def test_a_request_is_made_in_the_direct_messages() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, *VALUES, "1"])
        (request,) = await person.world.store.requests(RequestQuery(account=person.account))
        assert request.status is Status.ISSUED
        document = person.slack.service.views.document(request)
        assert person.server.files == [(await person.slack.service.issuer.again(document)).content]
        (sent,) = person.server.named("files.completeUploadExternal")
        assert (sent["channel_id"], sent["files"][0]["title"]) == (person.channel, document.filename)


async def same_words(lines: list[str], folder: Path) -> None:
    terminal = await Talk(World(), folder).play(lines)
    async with talk() as person:
        await person.open_messages()
        await person.play(lines)
    goodbye = bare(person.slack.service.views.plain("goodbye"))
    assert [word for message in person.heard for word in bare(message)] + goodbye == bare(terminal)


@pytest.mark.parametrize("name", DIALOGUES)
async def test_the_words_are_those_of_the_terminal(name: str, tmp_path: Path) -> None:
    await same_words(DIALOGUES[name], tmp_path)
