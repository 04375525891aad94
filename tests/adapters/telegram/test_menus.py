"""The menus: what is offered to whom, in which language."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.telegram.own_menus import OwnMenus
from bot.desk.commands import COMMANDS as DESK_COMMANDS
from bot.model.identity import Account, Role
from tests.adapters.telegram_talk import Chat, settled
from tests.adapters.telegram_wire import Call, Wire, error
from tests.talk import World

PRIVATE = ["start", "request", "ask", "terms", "cite", "status", "cancel", "privacy", "my_data", "erase", "help"]
PUBLIC = ["ask", "terms", "cite", "help"]
LANGUAGES = {None, "fi", "de", "es", "fr", "zh", "ja"}
ANNA, BOB = Account("telegram", "", "7"), Account("telegram", "", "8")


async def started(chat: Chat) -> list[Call]:
    await chat.telegram.start()
    await until_quiet(chat)
    return chat.wire.sent("setMyCommands")


async def until_quiet(chat: Chat) -> None:
    before = -1
    while before != (before := len(chat.wire.calls)):
        await settled()


def names(call: Call) -> Sequence[str]:
    return [command["command"] for command in call.parameters["commands"]]


def of_scope(calls: list[Call], scope: str) -> list[Call]:
    return [call for call in calls if call.parameters["scope"]["type"] == scope]


async def test_each_kind_of_chat_has_its_menu_in_each_language() -> None:
    chat = Chat()
    calls = await started(chat)
    for scope, expected in {"default": PUBLIC, "all_group_chats": PUBLIC, "all_private_chats": PRIVATE}.items():
        menus = of_scope(calls, scope)
        assert {call.parameters.get("language_code") for call in menus} == LANGUAGES
        assert all(names(call) == expected for call in menus)
        assert len({call.parameters["commands"][0]["description"] for call in menus}) == len(LANGUAGES)
    assert of_scope(calls, "chat") == []
    await chat.telegram.stop()


@pytest.mark.parametrize("role", [Role.READER, Role.STAFF, Role.OWNER])
async def test_whoever_is_at_the_desk_has_its_commands_in_their_own_chat(role: Role) -> None:
    world = World(roles={ANNA: role, Account("slack", "T", "U"): role})
    chat = Chat(world)
    menus = of_scope(await started(chat), "chat")
    desk = [c.name.replace(" ", "_") for c in DESK_COMMANDS if role in c.roles and not c.shared]
    assert "find" in desk
    (menu,) = menus
    assert names(menu) == [*desk, *PRIVATE]
    assert menu.parameters["scope"]["chat_id"] == 7
    find = menu.parameters["commands"][desk.index("find")]
    assert find["description"].startswith("requests by name, email, affiliation or id")
    await chat.telegram.stop()


async def test_a_menu_goes_with_the_role() -> None:
    world = World(roles={ANNA: Role.STAFF})
    chat = Chat(world)
    await started(chat)
    del chat.telegram.service.desk.roles.by_settings[ANNA]  # type: ignore[attr-defined]
    await chat.comes(chat.message("help"))
    (gone,) = chat.wire.sent("deleteMyCommands")
    assert gone.parameters["scope"] == {"type": "chat", "chat_id": 7}
    await chat.telegram.stop()


async def restarted(world: World, wire: Wire) -> list[Call]:
    """The menus that a start takes away."""
    chat, before = Chat(world, wire), len(wire.sent("deleteMyCommands"))
    await started(chat)
    await chat.telegram.stop()
    return wire.sent("deleteMyCommands")[before:]


async def test_a_role_that_was_lost_while_the_bot_was_off_takes_its_menu_along() -> None:
    world, wire = World(roles={ANNA: Role.STAFF, BOB: Role.READER}), Wire()
    assert await restarted(world, wire) == []
    del world.roles[ANNA]
    (gone,) = await restarted(world, wire)
    assert gone.parameters["scope"] == {"type": "chat", "chat_id": 7}
    assert await restarted(world, wire) == []
    assert await OwnMenus(world.store).everybody("telegram") == {BOB: Role.READER}


async def test_a_menu_that_could_not_be_taken_away_goes_when_its_owner_writes() -> None:
    world, wire = World(roles={ANNA: Role.STAFF}), Wire()
    await restarted(world, wire)
    del world.roles[ANNA]
    wire.fails("deleteMyCommands", error(500, "oh"))
    chat = Chat(world, wire)
    await started(chat)
    assert wire.sent("deleteMyCommands") == []
    await chat.comes(chat.message("help"))
    await chat.comes(chat.message("help"))
    assert len(wire.sent("deleteMyCommands")) == 1
    assert await world.store.records("menu/") == {}
    await chat.telegram.stop()


async def test_who_had_not_yet_opened_the_chat_gets_the_menu_when_they_do() -> None:
    chat = Chat(World(roles={ANNA: Role.STAFF}))
    chat.wire.fails(
        "setMyCommands", *[error(500, "oh")] * (3 * len(LANGUAGES)), error(400, "Bad Request: chat not found")
    )
    assert await started(chat) == []
    await chat.comes(chat.message("/start"))
    await chat.comes(chat.message("help"))
    (menu,) = of_scope(chat.wire.sent("setMyCommands"), "chat")
    assert "waiting" in names(menu)
    await chat.telegram.stop()


async def test_a_menu_that_telegram_does_not_take_keeps_nothing_from_working() -> None:
    chat = Chat()
    refused: Any = error(400, "Bad Request: chat not found")
    chat.wire.fails("setMyCommands", *[refused] * 3)
    assert len(await started(chat)) == 3 * len(LANGUAGES) - 3
    (answer,) = await chat.comes(chat.message("help"))
    assert answer.text.startswith("What I can do")
    await chat.telegram.stop()
