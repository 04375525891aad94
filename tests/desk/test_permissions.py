"""The whole table of the desk: every command x every role x every status."""

import pytest

from bot.desk.commands import BY_NAME, COMMANDS, DeskCommand, Takes
from bot.model.identity import Account, Actor, Role
from bot.request.commands import Approve, Reject, Return, Undo
from bot.request.lifecycle import PERMISSIONS
from bot.request.status import Status
from bot.store.port import Commit
from tests.staff_talk import BOSS, EVE, MAIJA, REA, Person, desk_world, found, put
from tests.talk import World

WHO: dict[Role | None, Account] = {None: EVE, Role.READER: REA, Role.STAFF: MAIJA, Role.OWNER: BOSS}
REGISTER = """register
Name: Anna Virtanen
Title: Professor
Affiliation: University of Oulu
Email: anna.virtanen@oulu.fi
Address: Pentti Kaiteran katu 1, 90570 Oulu
LA version: 29.04.2026
Signed: 2026-10-01
Received: 2026-10-03"""
WORDS = {
    "return": "return {id} not signed",
    "reject": "reject {id} commercial use",
    "revoke": "revoke {id} distributed",
    "note": "note {id} called the professor",
    "version": "version {id} 01.01.2020",
    "merge": "merge {id} into {other} surely",
    "withdraw": "withdraw {id} surely",
    "register": REGISTER,
    "name staff": "name staff terminal:x",
    "name reader": "name reader terminal:x",
    "dismiss": "dismiss terminal:x",
    "find": "find virtanen",
    "data of": "data of anna.virtanen@oulu.fi",
    "erase signer": "erase signer anna.virtanen@oulu.fi surely",
}
NEEDS_AN_ANNOUNCEMENT = {"announce", "call off", "informed", "stays", "opt out"}
"""Commands that a status alone does not allow: tests/test_changes.py has what else they need."""


def said(command: DeskCommand, **ids: str) -> str:
    words = WORDS.get(command.name)
    if words is None:
        words = command.name if command.takes == "nothing" else f"{command.name} {{id}}"
    return words.format(**ids)


async def state(world: World) -> object:
    requests = [(stored.value, stored.version) for stored in world.store.stored.values()]  # type: ignore[attr-defined]
    return requests, dict(world.store.persons), dict(world.store.kept)  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", WHO)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_a_command_does_what_the_tables_say_and_for_others_it_does_not_exist(
    command: DeskCommand, role: Role | None, status: Status
) -> None:
    world = desk_world()
    request_id, other = await put(world, status, account=None), await put(world, Status.RECEIVED, account=None)
    if command.name == "dismiss":
        await world.store.commit(Commit(records=(await world.service().desk.roles.named(
            Account("terminal", "", "x"), Role.STAFF, _by_boss(), "2026"),)))  # fmt: skip
    before, words = await state(world), said(command, id=request_id, other=other)
    reply = await Person(world, WHO[role]).says(words)
    if role not in command.roles:
        assert await state(world) == before
        assert reply == await Person(world, EVE).says(words)
    elif command.name in NEEDS_AN_ANNOUNCEMENT:
        assert (await state(world) != before) <= (command.move is None or may(command, status, role))
    elif command.takes is not Takes.REQUEST:
        assert (await state(world) != before) is bool(command.audit)
    else:
        event = (await found(world, request_id)).events[-1]
        allowed = may(command, status, role)
        assert (await state(world) != before) is allowed
        assert ((event.happened, event.actor.account) == (command.audit, WHO[role])) is allowed
        if allowed:
            assert event.actor.place is not None


def may(command: DeskCommand, status: Status, role: Role) -> bool:
    """By the lifecycle's table; what is decided may be received at once, but not what was sent back."""
    if command.move in {Approve, Return, Reject} and status in {Status.ISSUED, Status.EMAILED}:
        return role is not Role.READER
    return command.move in PERMISSIONS[status, role]


def _by_boss() -> Actor:
    return Actor(Role.OWNER, BOSS)


def test_every_command_has_a_handler_and_leaves_something_unless_it_only_asks() -> None:
    assert set(desk_world().service().desk.handlers) == {command.name for command in COMMANDS}
    asking = {command.name for command in COMMANDS if not command.audit}
    assert {"find", "show", "waiting", "desk", "who"} <= asking
    assert asking.isdisjoint(WORDS.keys() - {"find", "data of"})
    assert BY_NAME["undo"].move is Undo


def test_readers_have_no_command_that_leaves_anything() -> None:
    assert [command.name for command in COMMANDS if Role.READER in command.roles and command.audit] == []
