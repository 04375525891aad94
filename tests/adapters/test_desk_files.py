"""The picture of the figures and the table of all requests, as files on Slack and Telegram."""

import pytest

from bot.model.identity import Account, Role
from bot.request.status import Status
from tests.adapters.slack_server import TEAM
from tests.adapters.slack_talk import talk
from tests.adapters.telegram_talk import Chat
from tests.staff_talk import put
from tests.talk import World

FILES = [("stats", "stats-2026-11-23.png", b"\x89PNG\r\n"), ("export", "requests-2026-11-23.csv", b"\xef\xbb\xbfreq")]


@pytest.mark.parametrize(("said", "name", "begins"), FILES)
async def test_on_slack_the_file_is_uploaded_beside_the_words(said: str, name: str, begins: bytes) -> None:
    async with talk(World(roles={Account("slack", TEAM, "U1"): Role.READER})) as person:
        await put(person.world, Status.APPROVED)
        await person.say(said)
        (content,) = person.server.files
        assert begins in content
        (told,) = person.server.named("files.completeUploadExternal")
        assert (told["files"][0]["title"], told["channel_id"]) == (name, "D1")
        assert "1 request" in person.shown_words


@pytest.mark.parametrize(("said", "name", "begins"), FILES)
async def test_on_telegram_the_file_comes_with_the_words(said: str, name: str, begins: bytes) -> None:
    chat = await Chat(World(roles={Account("telegram", "", "7"): Role.READER})).begin()
    await put(chat.world, Status.APPROVED)
    calls = await chat.says(f"/{said}")
    (sent,) = [call for call in calls if call.method == "sendDocument"]
    ((filename, content),) = sent.files.values()
    assert filename == name
    assert content.startswith(begins)
    assert "1 request" in calls[0].text
