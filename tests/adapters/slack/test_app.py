"""Slack: the dialogue in the direct messages."""

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from bot.dialogue.state import Step
from bot.model.people import Field
from bot.request.query import RequestQuery
from bot.request.status import Status
from bot.store.port import Commit, OutboxEntry
from tests.adapters.slack_server import BOT, BOT_USER, TEAM, Failure, Json, texts
from tests.adapters.slack_talk import SlackTalk, choices, talk, words
from tests.talk import Talk, World, as_on

FORM = ["1", "1", "1"]
VALUES = ["Anna Virtanen", "1", "University of Oulu", "anna.virtanen@oulu.fi", "Pentti Kaiteran katu 1, 90570 Oulu"]
DIALOGUES = {
    "signer": [*FORM, *VALUES, "yes", "my requests", "Show 4DME-X", "change a field", "2", "Associate Professor", "1"],
    "leader": ["1", "2", "1", "1", "Bo", "1", "bo.ek@oulu.fi", *VALUES, "change email", "x", "help", "cancel", "no"],
    "questions": ["May I sell it?", "May I publish it?", "1", "terms", "1", "the la", "privacy", "ask", "help"],
    "not eligible": ["1", "1", "3", "menu", "nonsense < & > *bold* <!channel>"],
}
TRANSCRIPTS = sorted((Path(__file__).resolve().parents[2] / "transcripts").glob("*.txt"))
LINKS = ("Open it in my mail program",)
"""Lines that only a platform with links shows."""
ORNAMENTS = re.compile(r"^\s*(?:\d+\.\s|[•│—]|\[\d+\]|\[(?=[^\]]*\]$))|\]$|[“”]")


def bare(text: str) -> list[str]:
    """The words alone: neither how they are set nor how they are folded."""
    lines = [line for line in text.splitlines() if not line.startswith(("  ⇩", "> ")) and line not in LINKS]
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


def said_in(transcript: Path) -> list[str]:
    lines = transcript.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("> ") for line in lines if line.startswith("> ")]


async def same_words(lines: list[str], folder: Path) -> None:
    terminal = await Talk(World(), folder).play(lines)
    async with talk() as person:
        await person.open_messages()
        await person.play(lines)
    goodbye = bare(person.slack.service.views.plain("goodbye"))
    assert [word for message in person.heard for word in bare(message)] + goodbye == bare(as_on("slack", terminal))


@pytest.mark.parametrize("name", DIALOGUES)
async def test_the_words_are_those_of_the_terminal(name: str, tmp_path: Path) -> None:
    await same_words(DIALOGUES[name], tmp_path)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_words_of_a_transcript_are_those_of_the_terminal(path: Path, tmp_path: Path) -> None:
    await same_words(said_in(path), tmp_path)


# Presses


async def test_a_pressed_choice_is_shown_as_chosen() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(["1"])
        asked = person.shown
        await person.press("I will: I am group leader or professor")
        assert words(asked).splitlines()[-1] == "✓ I will: I am group leader or professor"
        assert choices(asked) == []


async def test_what_settles_nothing_leaves_its_message_as_it_is() -> None:
    async with talk() as person:
        await person.open_messages()
        menu = person.shown
        await person.press("My requests")
        assert person.server.named("chat.update") == []
        assert len(choices(menu)) == 5


async def test_pressed_twice_it_is_answered_twice_and_settled_once() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(["1"])
        asked = dict(person.shown)
        await person.press("I will: I am group leader or professor", asked)
        question = (await person.slack.service.conversation(person.account)).step
        await person.press("My group leader or professor will", asked)
        assert "belongs to an earlier question" in person.shown_words
        assert (await person.slack.service.conversation(person.account)).step is question
        assert len(person.server.named("chat.update")) == 1


async def test_two_presses_at_once_issue_one_request() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, *VALUES])
        (issue,) = [b for b in choices(person.shown) if b["text"]["text"] == "Yes, this is right"]
        bodies, marked = (
            [person.press_of(issue, person.shown) for _ in range(2)],
            len(person.server.named("chat.update")),
        )
        await asyncio.gather(*(person.send(body) for body in bodies))
        assert len(await person.world.store.requests(RequestQuery())) == 1
        assert len(person.server.named("chat.update")) == marked + 1


@pytest.mark.parametrize("kind", ["message", "press"])
async def test_what_is_delivered_again_changes_nothing(kind: str) -> None:
    async with talk() as person:
        await person.open_messages()
        await (person.say("my requests") if kind == "message" else person.press("My requests"))
        heard = len(person.heard)
        await person.send(person.events[-1] | {"retry_attempt": 1})
        assert len(person.heard) == heard


async def test_the_review_has_a_change_beside_each_field() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, *VALUES])
        rows = [block for block in person.shown["blocks"] if block["type"] == "section"]
        assert [row["text"]["text"].partition(":")[0] for row in rows] == [
            *("Name", "Title", "Affiliation", "Work email", "Detail Address")
        ]
        review = dict(person.shown)
        await person.send(person.press_of(rows[3]["accessory"], review))
        assert (await person.slack.service.conversation(person.account)).asked is Field.EMAIL
        assert not any("accessory" in block for block in person.server.messages[review["ts"]]["blocks"])


# Messages of other kinds


async def test_an_edited_answer_corrects_its_field() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, "Anna Virtane"])
        before = person.events[-1]["event"]
        await person.send(edited(person, before, "Anna Virtanen"))
        assert (await person.slack.service.conversation(person.account)).draft == {Field.NAME: "Anna Virtanen"}


async def test_a_preview_that_slack_adds_is_no_edit() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.say("see https://oulu.fi")
        heard = len(person.heard)
        before = person.events[-1]["event"]
        await person.send(edited(person, before, before["text"]))
        assert len(person.heard) == heard


async def test_a_deleted_message_changes_nothing() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, "Anna Virtanen"])
        heard, draft = len(person.heard), (await person.slack.service.conversation(person.account)).draft
        event = {"type": "message", "subtype": "message_deleted", "deleted_ts": "1600000001.000001"}
        await person.send(
            person.event({**event, "channel": person.channel, "channel_type": "im", "ts": "1700000000.1"})
        )
        assert len(person.heard) == heard
        assert (await person.slack.service.conversation(person.account)).draft == draft


async def test_a_thread_is_answered_in_the_thread_with_the_same_dialogue() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(["1"])
        await person.say("i will", thread_ts="1500000000.000001")
        assert person.server.named("chat.postMessage")[-1]["thread_ts"] == "1500000000.000001"
        assert (await person.slack.service.conversation(person.account)).step is Step.PURPOSE


async def test_that_files_cannot_be_read_is_said_and_their_words_are_answered() -> None:
    async with talk() as person:
        await person.say("May I sell it?", subtype="file_share", files=[{"id": "F9", "name": "scan.pdf"}])
        assert "cannot read a scan or a file" in person.heard[0]
        assert "Not allowed" in person.heard[1]
        await person.say("", subtype="file_share", files=[{"id": "F9"}])
        assert len(person.heard) == 3


@pytest.mark.parametrize(
    "more", [{"bot_id": "B9", "user": "U9"}, {"bot_id": BOT, "user": BOT_USER}, {"subtype": "bot_message"}]
)
async def test_bots_are_not_answered(more: dict[str, str]) -> None:
    async with talk() as person:
        await person.say("hello", **more)
        assert person.heard == []


async def test_a_message_in_a_channel_that_does_not_mention_the_bot_is_not_read() -> None:
    async with talk() as person:
        await person.say("hello", channel_type="channel", channel="C1")
        assert person.heard == []


async def test_members_of_other_workspaces_get_the_terms_and_no_request() -> None:
    async with talk() as person:
        for text in ("May I sell it?", "request"):
            await person.say(text, team="T2", user_team="T2", source_team="T2")
        assert "Not allowed" in person.heard[0]
        assert all("members of this workspace only" in heard for heard in person.heard)
        assert person.world.store.talks == {}  # type: ignore[attr-defined]


async def test_two_fast_messages_are_answered_one_after_the_other() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(FORM)
        first, second = person.message("Anna Virtanen"), person.message("Professor")
        await asyncio.gather(person.send(first), person.send(second))
        assert (await person.slack.service.conversation(person.account)).draft == {
            Field.NAME: "Anna Virtanen",
            Field.TITLE: "Professor",
        }


# Hostile text, and what is not said


HOSTILE = "<!channel> <@U2> & *bold* <https://evil.example|Oulu> University"


async def test_what_a_person_typed_mentions_nobody_and_is_no_markup() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, "Anna Virtanen", "Professor"])
        await person.say(slack_escaped(HOSTILE))
        await person.play(VALUES[3:])
        review = person.server.named("chat.postMessage")[-1]
        assert HOSTILE in " ".join(texts(review["blocks"]))
        assert not [text for text in objects(review["blocks"]) if text["type"] == "mrkdwn"]
        assert slack_escaped(HOSTILE) in review["text"]
        assert "<" not in review["text"]


async def test_nothing_is_unfurled() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(["terms", "hello", "https://evil.example"])
        posted = person.server.named("chat.postMessage")
        assert len(posted) > 3
        assert all(message["unfurl_links"] is False and message["unfurl_media"] is False for message in posted)


async def test_addresses_come_in_as_they_were_typed() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, *VALUES[:3]])
        await person.say("<mailto:anna.virtanen@oulu.fi|anna.virtanen@oulu.fi>")
        assert (await person.slack.service.conversation(person.account)).draft[Field.EMAIL] == VALUES[3]


async def test_nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(("adapters", "bot")) and name != "adapters.slack.library":
            logging.getLogger(name).setLevel(logging.DEBUG)
    values = ["Canary Kanarek", "Professor", "Canary Institute", "canary@oulu.fi", "Canary katu 1, 90570 Oulu"]
    async with talk(SLACK_APP_TOKEN="xapp-canary") as person:
        await person.slack.start()
        await person.open_messages()
        await person.open_home()
        person.server.failures["chat.postMessage"] += [Failure("channel_not_found"), Failure(status=500)]
        await person.play([*FORM, *values, "Canary?", "yes"])
        person.world.store.commit = broken  # type: ignore[assignment,method-assign]
        await person.say("Canary again")
        await person.send({"type": "unheard of", "team": {"id": TEAM}, "canary": "Canary"})
    logged = "\n".join(record.getMessage() + (record.exc_text or "") for record in caplog.records)
    assert "a turn failed: RuntimeError" in logged
    for canary in ("anary", "xoxb", "xapp", "oulu"):
        assert canary not in logged


async def broken(_: Commit) -> tuple[OutboxEntry, ...]:
    raise RuntimeError("Canary Kanarek")


async def test_a_failed_turn_is_apologised_for() -> None:
    async with talk() as person:
        person.world.store.commit = broken  # type: ignore[assignment,method-assign]
        await person.say("hello")
        assert "something went wrong on my side" in person.shown_words


def edited(person: SlackTalk, before: Json, text: str) -> Json:
    changed = text != before["text"]
    message = {**before, "text": text} | (
        {"edited": {"user": person.user, "ts": "1700000000.000009"}} if changed else {}
    )
    event = {"type": "message", "subtype": "message_changed", "message": message, "previous_message": before}
    return person.event({**event, "channel": person.channel, "channel_type": "im", "ts": "1700000000.000010"})


def slack_escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def objects(value: object) -> Iterator[Json]:
    match value:
        case {"type": "mrkdwn" | "plain_text" | "text"}:
            yield cast("Json", value)
        case dict():
            for part in value.values():
                yield from objects(part)
        case list():
            for part in value:
                yield from objects(part)
