"""Who is staff: named by settings or by an owner in chat, and lost at the next message."""

from pathlib import Path

from bot.model.identity import Account, DeliveryAddress, Role
from tests.talk import Talk, World

MARI = Account("terminal", "", "mari")


async def test_an_owner_names_staff_who_are_told_and_can_work_at_once(tmp_path: Path) -> None:
    world = World(roles={Account("terminal", "", "owner"): Role.OWNER})
    said = await Talk(world, tmp_path, "owner").play(["name staff terminal:mari"])
    assert "terminal:mari is staff from now on" in said
    heard = await Talk(world, tmp_path, "mari").play(["desk"])
    assert "You are staff at the desk of CMVS from now on." in heard
    assert "waiting: what waits for CMVS" in heard
    assert "name staff" not in heard


async def test_a_dismissed_one_has_nothing_from_the_next_message_on(tmp_path: Path) -> None:
    world = World(roles={Account("terminal", "", "owner"): Role.OWNER})
    await Talk(world, tmp_path, "owner").play(["name reader terminal:mari"])
    before = await Talk(world, tmp_path, "mari").play(["who"])
    assert "reader terminal:mari" in before
    await Talk(world, tmp_path, "owner").play(["dismiss terminal:mari"])
    eve = (await Talk(world, tmp_path, "eve").play(["who"])).partition("> who")[2]
    assert (await Talk(world, tmp_path, "mari").play(["who"])).partition("> who")[2] == eve


async def test_every_change_of_a_role_is_kept_with_who_when_and_from_where(tmp_path: Path) -> None:
    world = World(roles={Account("terminal", "", "owner"): Role.OWNER})
    await Talk(world, tmp_path, "owner").play(["name staff terminal:mari", "dismiss terminal:mari"])
    content = (await world.store.record("staff/terminal:mari")).value
    assert content
    assert content["role"] == ""
    assert [entry["role"] for entry in content["history"]] == ["staff", ""]
    by = {"role": "owner", "account": "terminal:owner", "place": {"platform": "terminal", "chat": "owner"}}
    assert [entry["by"] for entry in content["history"]] == [by, by]
    assert [entry["at"][:16] for entry in content["history"]] == ["2026-11-23T09:01", "2026-11-23T09:02"]


async def test_staff_name_nobody_and_those_of_the_settings_are_not_dismissed_in_chat(tmp_path: Path) -> None:
    world = World(staff=(MARI,), roles={Account("terminal", "", "owner"): Role.OWNER})
    await Talk(world, tmp_path, "mari").play(["name staff terminal:eve"])
    assert (await world.store.records("staff/")) == {}
    said = await Talk(world, tmp_path, "owner").play(
        ["dismiss terminal:mari", "name staff mari", "dismiss terminal:bo"]
    )
    assert "by the settings" in said
    assert "Whom? Write the account as slack:T0123/U0456" in said
    assert "terminal:bo has no role at the desk. I changed nothing." in said
    assert (await world.store.records("staff/")) == {}


async def test_naming_twice_changes_nothing(tmp_path: Path) -> None:
    world = World(roles={Account("terminal", "", "owner"): Role.OWNER})
    talk = Talk(world, tmp_path, "owner")
    assert "is staff already" in await talk.play(["name staff terminal:mari", "name staff terminal:mari"])
    assert len(await world.store.outbox(DeliveryAddress("terminal", "mari"))) == 1


async def test_members_of_the_group_are_staff_until_they_are_dismissed(tmp_path: Path) -> None:
    world = World(roles={Account("terminal", "", "owner"): Role.OWNER})
    service = world.service()

    async def group() -> frozenset[Account]:
        return frozenset({MARI})

    roles = service.desk.roles
    roles.group = group
    assert await roles.of(MARI) is Role.STAFF
    await Talk(world, tmp_path, "owner").play(["name reader terminal:mari"])
    assert await roles.of(MARI) is Role.READER
    await Talk(world, tmp_path, "owner").play(["dismiss terminal:mari"])
    assert await roles.of(MARI) is None
    assert list(await roles.everybody()) == [Account("terminal", "", "owner")]
