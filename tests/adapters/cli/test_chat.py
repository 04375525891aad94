"""The terminal: what a message looks like, and what a typed line means."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.cli.chat import Look, draw
from bot.model.identity import DeliveryAddress
from bot.model.message import BlockKind, Button, Message, Span, Style, TextBlock
from bot.store.port import Commit, Outgoing
from bot.texts.say import Say
from tests.fakes import FakeRenderer
from tests.talk import START, Talk, World

PLAIN, STYLED = Look(40, styled=False), Look(40, styled=True)
FORM = ["1", "1", "1", "Anna Virtanen", "Professor", "University of Oulu", "a@oulu.fi", "Katu 1, 90570 Oulu", "yes"]


def block(kind: BlockKind, *lines: str, source: str = "") -> TextBlock:
    return TextBlock(kind, tuple((Span(line),) for line in lines), source)


def test_every_kind_of_block_is_drawn() -> None:
    message = Message(
        (
            block(BlockKind.PARAGRAPH, "A paragraph that is longer than forty characters."),
            block(BlockKind.LIST, "one", "two"),
            block(BlockKind.STEPS, "first", "second"),
            block(BlockKind.QUOTE, "The words.", source="clause 3, Access"),
            block(BlockKind.COPY, "To: a line to copy that is never folded, however long", "Subject: x"),
        ),
        (Button("a", "Yes"), Button("b", "No")),
    )
    assert draw(message, PLAIN).split("\n\n") == [
        "A paragraph that is longer than forty\ncharacters.",
        "  • one\n  • two",
        "  1. first\n  2. second",
        "  │ “The words.”\n  │ — clause 3, Access",
        "To: a line to copy that is never folded, however long\nSubject: x",
        "  [1] Yes\n  [2] No",
    ]


def test_bold_is_drawn_where_it_helps() -> None:
    message = Message((TextBlock(BlockKind.PARAGRAPH, ((Span("a "), Span("b", Style.BOLD)),)),))
    assert (draw(message, STYLED), draw(message, PLAIN)) == ("a \x1b[1mb\x1b[0m", "a b")


def test_a_name_cannot_move_the_cursor() -> None:
    assert draw(Message((block(BlockKind.PARAGRAPH, "a\x1b[2Jb\x07\x9b"),)), STYLED) == "a[2Jb"


async def test_a_number_or_a_label_is_a_press(tmp_path: Path) -> None:
    world = World()
    for line in ("1", "request a license", "Request a License."):
        assert "Who will sign" in await Talk(world, tmp_path, line).play([line])


@pytest.mark.parametrize("leaving", ["exit", "Quit", "bye!"])
async def test_leaving_keeps_what_is_under_way(tmp_path: Path, leaving: str) -> None:
    world = World()
    assert "Goodbye" in await Talk(world, tmp_path).play([*FORM[:3], leaving, "never read"])
    assert "Welcome back" in await Talk(world, tmp_path).play([])


async def test_a_backslash_n_is_a_new_line(tmp_path: Path) -> None:
    heard = await Talk(World(), tmp_path).play([*FORM[:-2], r"Katu 1\n90570 Oulu"])
    assert "Detail Address: Katu 1\n    90570 Oulu" in heard


async def test_what_waited_is_shown_when_the_person_comes_back(tmp_path: Path) -> None:
    world = World()
    address = DeliveryAddress("terminal", "bob")
    message = world.service().views.message([Say("help.general")], "")
    await world.store.commit(Commit(outgoing=(Outgoing(address, message, START, START + timedelta(days=1)),)))
    assert "What I can do" in await Talk(world, tmp_path, "bob").play([])
    assert await world.store.outbox() == []


def modes(folder: Path) -> dict[str, int]:
    return {path.suffix: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_files_with_persons_in_them_are_for_their_owner_alone(tmp_path: Path) -> None:
    await Talk(World(), tmp_path).play([*FORM, "my data"])
    assert modes(tmp_path) == {".pdf": 0o600, ".json": 0o600}


async def test_a_pdf_that_could_not_be_written_comes_at_the_next_start(tmp_path: Path) -> None:
    world = World()
    heard = await Talk(world, tmp_path / "missing").play(FORM)
    assert "could not write the PDF" in heard
    again = await Talk(world, tmp_path).play([])
    assert "is ready" in again
    assert len([name for name in os.listdir(tmp_path) if name.endswith(".pdf")]) == 1  # noqa: PTH208 - not in a loop


async def test_a_mistake_of_ours_is_an_apology_and_the_chat_goes_on(tmp_path: Path) -> None:
    class Broken(FakeRenderer):
        async def render(self, form: object) -> None:  # type: ignore[override]
            raise ZeroDivisionError

    heard = await Talk(World(renderer=Broken()), tmp_path).play([*FORM, "help"])  # type: ignore[arg-type]
    assert "something went wrong on my side" in heard
    assert "What I can do" in heard
