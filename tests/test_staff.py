"""What words mean to the desk, by role."""

import pytest

from bot.model import RequestId, Role
from bot.staff import COMMANDS, Said, read

R1 = RequestId("4DME-9MK6D-YNHPM")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What is waiting", Said("waiting")),
        ("/waiting", Said("waiting")),
        ("waiting for Godot", None),
        ("find  Virtanen oulu", Said("find", words="Virtanen oulu")),
        ("who from oulu.fi", Said("find", words="oulu.fi")),
        ("status 4dme9mk6dynhpm", Said("show", R1)),
        ("show 4DME-9MK6D-YNHPM please", Said("show", R1, "please")),
        ("show nothing", None),
        ("finder", None),
    ],
)
def test_words_of_staff_are_commands(text: str, said: Said | None) -> None:
    assert read(text, Role.STAFF, "4DME") == said


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.CLOCK])
def test_the_desk_does_not_exist_for_others(role: Role) -> None:
    said = [phrase for command in COMMANDS for phrase in (command.name, *command.phrases)]
    assert said
    assert [read(f"{phrase} {R1}", role, "4DME") for phrase in said] == [None] * len(said)
