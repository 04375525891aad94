"""Whole dialogues in full prose: what a person says after `> `, and every word that the terminal shows.

A line `=== restart ===` ends the process and starts it again on the same store; at `=== 3 days later ===` the clock had
its round on each day between; `=== staff: approve 4DME-… ===` is what staff say elsewhere. After a change of the words
on purpose: `UPDATE_TRANSCRIPTS=1 make test`, and read the difference before you commit it.
"""

import asyncio
import os
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from bot.model.identity import DeliveryAddress, Role
from bot.model.incoming import Incoming, Typed
from bot.terms.answering import Terms
from tests.staff_talk import MAIJA
from tests.talk import Talk, World, dataset

TRANSCRIPTS = sorted((Path(__file__).resolve().parents[1] / "transcripts").glob("*.txt"))
RESTART = re.compile(r"(=== (?:restart|(?:\d+) days later|staff: .+) ===\n)")


def said_in(part: str) -> list[str]:
    return [line.removeprefix("> ") for line in part.splitlines() if line.startswith("> ")]


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 9


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_dialogue_goes_word_by_word_as_written(path: Path, tmp_path: Path) -> None:
    golden = path.read_text(encoding="utf-8")
    title, _, dialogue = golden.partition("\n")
    played = f"{title}\n" + "".join(asyncio.run(heard(dialogue, tmp_path)))
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.write_text(played, encoding="utf-8")
    else:
        assert played == golden


@cache
def terms() -> Terms:
    return Terms.load(dataset())


async def heard(dialogue: str, folder: Path) -> list[str]:
    world, played = World(terms=terms(), roles={MAIJA: Role.STAFF}), list[str]()
    for number, part in enumerate(RESTART.split(dialogue)):
        if RESTART.fullmatch(part):
            if command := part.partition(" staff: ")[2].removesuffix(" ===\n"):
                await staff_say(world, command, str(number))
            elif days := re.search(r"\d+", part):
                await days_pass(world, int(days[0]))
            played.append(part)
        else:
            played.append(await Talk(world, folder).play(said_in(part)))
    return played


async def days_pass(world: World, days: int) -> None:
    for _ in range(days):
        world.now += timedelta(days=1)
        await world.service().reminding.remind(world.now)


async def staff_say(world: World, command: str, message_id: str) -> None:
    world.now += timedelta(minutes=1)
    await world.service().handle(Incoming(MAIJA, DeliveryAddress("terminal", "maija"), message_id, Typed(command)))
