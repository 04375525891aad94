"""What words mean to the desk, by role."""

import pytest

from bot.desk.commands import BY_NAME, COMMANDS, GROUPS, Said, read, settles
from bot.model.identity import RequestId, Role

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
        ("show", None),
        ("show 4DME-9MK6D-YNHPN", Said("show")),
        ("please show 4dme 9mk6d ynhpm", Said("show", R1)),
        ("could you show me 4DME-9MK6D-YNHPM?", Said("show", R1, "me  ?")),
        ("4DME-9MK6D-YNHPM", Said("show", R1)),
        ("4DME-9MK6D-YNHPM status", Said("show", R1)),
        ("Is 4DME-9MK6D-YNHPM approved?", None),
        ("What can I do?", Said("desk")),
        ("finder", None),
        ("show 4DME-9MK6D-YNHPP", Said("show")),
        ("show 9mk6dynhpm thanks", Said("show", R1, "thanks")),
    ],
)
def test_words_of_staff_are_commands(text: str, said: Said | None) -> None:
    assert read(text, Role.STAFF, "4DME") == said


@pytest.mark.parametrize("text", ["find out", "search institute Berlin"])
def test_free_words_need_a_slash_while_a_form_asks_for_a_field(text: str) -> None:
    assert read(text, Role.STAFF, "4DME", in_form=True) is None
    assert read("/find virtanen", Role.STAFF, "4DME", in_form=True) == Said("find", words="virtanen")


def test_a_command_that_was_confirmed_says_so() -> None:
    assert read(f"show {R1} surely", Role.STAFF, "4DME") == Said("show", R1, surely=True)


def test_names_and_phrases_mean_one_command_each() -> None:
    said = [phrase for command in COMMANDS for phrase in (command.name, *command.phrases)]
    assert sorted(said) == sorted(set(said))


def test_only_what_does_something_settles_its_message() -> None:
    assert settles("desk:dismiss telegram:7")
    assert not settles(f"desk:show {R1}")
    assert not settles("dismiss telegram:7")


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.CLOCK])
def test_the_desk_does_not_exist_for_others(role: Role) -> None:
    said = [phrase for command in COMMANDS for phrase in (command.name, *command.phrases)]
    assert said
    assert [read(f"{phrase} {R1}", role, "4DME") for phrase in said] == [None] * len(said)


def test_every_command_stands_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(BY_NAME)


def test_help_and_a_greeting_are_the_desks_unless_their_own_form_is_under_way() -> None:
    assert read("help", Role.READER, "4DME") == read("Hello!", Role.READER, "4DME") == Said("help")
    assert read("help", Role.READER, "4DME", in_form=True) is read("hi", Role.READER, "4DME", in_form=True) is None
    assert read("help", Role.APPLICANT, "4DME") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("approve it", Said("approve", it=True)),
        ("Please reject this one: commercial use", Said("reject", words="commercial use", it=True)),
        ("return that request, not signed", Said("return", words="not signed", it=True)),
        ("undo it", Said("undo")),
        ("approve", Said("approve", it=True)),
        ("approve its title", None),
    ],
)
def test_it_leaves_open_which_request_is_meant(text: str, said: Said | None) -> None:
    assert read(text, Role.STAFF, "4DME") == said
