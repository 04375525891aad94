"""Whole dialogues in full prose: what a person says after `> `, and every word that the terminal shows.

A line `=== restart ===` ends the process and starts it again on the same store. After a change of the words on purpose:
`UPDATE_TRANSCRIPTS=1 make test`, and read the difference before you commit it.
"""

import asyncio
import os
from functools import cache
from pathlib import Path

import pytest

from bot.terms import Terms
from tests.talk import Talk, World, dataset

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
RESTART = "=== restart ===\n"


def said_in(part: str) -> list[str]:
    return [line.removeprefix("> ") for line in part.splitlines() if line.startswith("> ")]


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 9


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_dialogue_goes_word_by_word_as_written(path: Path, tmp_path: Path) -> None:
    golden = path.read_text(encoding="utf-8")
    title, _, dialogue = golden.partition("\n")
    played = f"{title}\n" + RESTART.join(asyncio.run(heard(dialogue, tmp_path)))
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.write_text(played, encoding="utf-8")
    else:
        assert played == golden


@cache
def terms() -> Terms:
    return Terms.load(dataset())


async def heard(dialogue: str, folder: Path) -> list[str]:
    world = World(terms=terms())
    return [await Talk(world, folder).play(said_in(part)) for part in dialogue.split(RESTART)]
