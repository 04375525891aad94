"""The desk in chat: who sees what."""

from pathlib import Path

from bot.model.identity import Account
from tests.talk import Talk, World

STAFF = Account("terminal", "", "staff")
PROFESSOR = ["request", "1", "1", "Anna Virtanen", "1", "University of Oulu", "anna.virtanen@oulu.fi"]
REST = ["Pentti Kaiteran katu 1, 90570 Oulu, Finland", "1"]


async def test_staff_find_a_request_and_others_do_not(tmp_path: Path) -> None:
    world = World(staff=(STAFF,))
    await Talk(world, tmp_path).play([*PROFESSOR, *REST])
    found = await Talk(world, tmp_path, "staff").play(["find virtanen"])
    assert "issued, since today; waiting for the applicant" in found
    assert "issued, since" not in await Talk(world, tmp_path, "eve").play(["find virtanen"])
