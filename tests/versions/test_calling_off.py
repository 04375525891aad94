"""An announcement that is not to be: called off before its day, announced anew; two at once; the day itself."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.errors import StaleCommit
from bot.model.identity import Account, Actor, DeliveryAddress, Role
from bot.model.message import plain_text
from bot.model.people import Standing
from bot.request.status import Status
from bot.store.outbox import receipt
from bot.store.port import Commit
from bot.versions.announcement import earliest, effective_on
from bot.versions.announcements import Plan
from tests.change_world import DAY, IDS, STAFF, announce, change_world, found, happened, hold, talk, tick
from tests.newer import NEW, OLD
from tests.talk import START, World

HOUR = timedelta(hours=1)
OTHER = Account("terminal", "", "other")


async def heard(world: World, name: str) -> str:
    """What waits for somebody, delivered now."""
    entries = await world.store.outbox(DeliveryAddress("terminal", name))
    for entry in entries:
        await world.store.commit(Commit(delivered=(entry.id,), records=receipt(entry, world.now, delivered=True)))
    return " ".join(" ".join(plain_text(entry.outgoing.message) for entry in entries).split())


async def announced(folder: Path) -> World:
    """Anna stays, Bo opts out, Matti is a student, Dora has no chat and was written to."""
    world = change_world(folder)
    for number, name in enumerate(("anna", "bo")):
        await hold(world, number, name)
    await hold(world, 2, "matti", standing=Standing.STUDENT)
    await hold(world, 3, "dora", chat=False)
    await announce(world, folder)
    await tick(world, world.versions(), START + 3 * HOUR)
    await talk(world, folder, "anna", "stay")
    await talk(world, folder, "bo", "opt out", "yes")
    await heard(world, "matti")
    await talk(world, folder, "staff", f"informed {IDS[3]}")
    return world


async def test_what_was_announced_is_called_off_before_its_day_and_whoever_was_told_hears_it(tmp_path: Path) -> None:
    world = await announced(tmp_path)
    said = await talk(world, tmp_path, "staff", "call off", "yes")
    assert f"Shall I call off version {NEW}?" in said
    assert "Opted out already: 1." in said
    assert f"Called off: version {NEW}. Version {OLD} stays in force." in said
    assert f"{IDS[1]} is void: its signer opted out of what now does not come." in said
    await tick(world, world.versions(), world.now + HOUR)
    assert f"License {IDS[0]} stays under version {OLD}" in await heard(world, "anna")
    assert "If you sent my notice on to the signer, please send them this too." in await heard(world, "matti")
    assert happened(await found(world, 1))[-1] == "opted_out"
    await tick(world, world.versions(), DAY + timedelta(days=40), timedelta(days=1))
    assert world.dataset.current_version == OLD
    assert happened(await found(world, 0)) == ["informed told", "stayed", "informed called_off"]
    assert "No change of the LA waits for an answer" in await talk(world, tmp_path, "anna", "opt out")


async def test_whoever_was_told_by_email_is_written_to_again(tmp_path: Path) -> None:
    world = await announced(tmp_path)
    await talk(world, tmp_path, "staff", "call off", "yes")
    await tick(world, world.versions(), world.now + HOUR)
    said = await talk(world, tmp_path, "staff", "unreached", f"letter {IDS[3]}", f"informed {IDS[3]}", "unreached")
    assert "you wrote to them of a version that was called off since" in said
    assert "Subject: The License Agreement of 4DME does not change after all" in said
    assert f"I know of nobody whom version {NEW} concerns and whom I could not reach." in said
    assert happened(await found(world, 3)) == ["informed told", "informed called_off"]


async def test_after_it_was_called_off_the_same_version_can_be_announced_for_another_day(tmp_path: Path) -> None:
    world = await announced(tmp_path)
    words = "announce 01.02.2027 on 2027-03-01"
    refused = await announce(world, tmp_path, words)
    assert "One change is announced at a time." in refused
    assert f"first “call off {NEW}”" in refused
    await talk(world, tmp_path, "staff", "call off", "yes")
    assert "Announced: version 01.02.2027, from 1 March 2027." in await announce(world, tmp_path, words)
    versions = world.versions()
    for _ in range(2):
        await tick(world, versions, world.now + timedelta(minutes=1))
    both = await heard(world, "anna")
    assert both.index("does not change after all") < both.index("From 1 March 2027 version 01.02.2027 takes its place")
    assert "that you stay" in await talk(world, tmp_path, "anna", "stay")
    steps = ["informed told", "stayed", "informed called_off", "informed told", "stayed"]
    assert happened(await found(world, 0)) == steps
    await tick(world, world.versions(), datetime(2027, 3, 1, 12, tzinfo=UTC), timedelta(days=1))
    assert world.dataset.current_version == NEW
    assert len(await world.store.records("announcement/")) == 2


async def test_a_version_in_force_is_not_called_off(tmp_path: Path) -> None:
    world = await announced(tmp_path)
    world.now = DAY
    said = await talk(world, tmp_path, "staff", f"call off {NEW}", "yes", "call off", "call off 1.1.1999")
    assert "is in force since 1 February 2027" in said
    assert "Nothing that is still to come is announced" in said
    assert "version 1.1.1999 is not announced" in said


async def test_calling_off_waits_for_a_yes(tmp_path: Path) -> None:
    world = await announced(tmp_path)
    said = await talk(world, tmp_path, "staff", "take back the announcement", "no", "yes")
    assert "All right, I changed nothing." in said
    assert len(await world.versions().announcing.known()) == 1


async def test_an_announcement_that_reached_nobody_yet_is_called_off_without_a_word(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna")
    await announce(world, tmp_path)
    await talk(world, tmp_path, "staff", "call off", "yes")
    await tick(world, world.versions(), START + 3 * HOUR)
    assert await heard(world, "anna") == ""
    assert happened(await found(world, 0)) == []


# Two at once


async def test_two_colleagues_who_announce_at_once_announce_one_version(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    first, second = world.versions().announcing, world.versions().announcing
    plans = [await a.plan(NEW, DAY.date(), typo, world.now) for a, typo in ((first, ""), (second, "a comma"))]
    commits = []
    for announcing, plan, account in zip((first, second), plans, (STAFF, OTHER), strict=True):
        assert isinstance(plan, Plan)
        records = await announcing.written(plan.announcement, Actor(Role.STAFF, account))
        commits.append(Commit(records=records))
    results = await asyncio.gather(*(world.store.commit(c) for c in commits), return_exceptions=True)
    assert [type(result) for result in results] == [tuple, StaleCommit]
    assert len(await first.known()) == 1


async def test_of_two_different_versions_at_once_the_later_is_refused(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    announcing = world.versions().announcing
    plan = await announcing.plan(NEW, DAY.date(), "", world.now)
    assert isinstance(plan, Plan)
    other = replace(plan.announcement, version="02.02.2027")
    first, late = [await announcing.written(a, Actor(Role.STAFF, STAFF)) for a in (plan.announcement, other)]
    await world.store.commit(Commit(records=first))
    with pytest.raises(StaleCommit):
        await world.store.commit(Commit(records=late))
    assert [a.version for a in await announcing.known()] == [NEW]


async def test_two_colleagues_in_chat_hear_which_of_them_was_first(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    world.roles[OTHER] = Role.STAFF
    await announce(world, tmp_path)
    other = await talk(
        world, tmp_path, "other", "announce 01.02.2027 on 2027-02-01", "announce 01.02.2027 on 2027-04-01"
    )
    assert "That was announced already" in other
    assert "is announced already, for 1 February 2027" in other


# The day


@pytest.mark.parametrize(
    "at", [START, datetime(2027, 2, 26, 0, 0, tzinfo=UTC), datetime(2027, 9, 30, 23, 59, tzinfo=UTC)]
)
async def test_the_period_is_whole_to_the_second_also_over_a_change_of_the_clocks(tmp_path: Path, at: datetime) -> None:
    world = change_world(tmp_path)
    world.now = at - timedelta(minutes=1)
    first = earliest(at, 30)
    day_before = first - timedelta(days=1)
    assert effective_on(first) - at >= timedelta(days=30) > effective_on(day_before) - at
    refused = await talk(world, tmp_path, "staff", f"announce {NEW} on {day_before}")
    assert f"The earliest day is {first:%-d %B %Y}." in refused
    world.now = at - timedelta(minutes=1)
    asked = await talk(world, tmp_path, "staff", f"announce {NEW} on {first}")
    assert f"takes the place of version {OLD} on {first:%-d %B %Y}" in asked


async def test_between_the_question_and_the_yes_the_period_may_become_too_short(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    world.now = datetime(2027, 1, 1, 23, 58, 30, tzinfo=UTC)
    said = await talk(world, tmp_path, "staff", f"announce {NEW} on 2027-02-01", "yes")
    assert "Shall I announce it?" in said
    assert "The earliest day is 2 February 2027." in said
    assert await world.store.records("announcement/") == {}


@pytest.mark.parametrize("day", ["2020-01-01", "2026-11-23", "2026-11-24"])
async def test_a_day_in_the_past_or_today_is_refused_with_the_earliest_one(tmp_path: Path, day: str) -> None:
    world = change_world(tmp_path)
    assert "The earliest day is 24 December 2026." in await announce(world, tmp_path, f"announce {NEW} on {day}")


async def test_on_the_day_itself_the_new_version_holds_from_midnight_utc(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await announce(world, tmp_path, f"announce {NEW} on 2027-03-28")  # clocks change in Europe that night
    day = datetime(2027, 3, 28, tzinfo=UTC)
    for now, version in ((day - timedelta(seconds=1), OLD), (day, NEW)):
        await world.versions().informing(now)
        assert world.dataset.current_version == version


async def test_a_holder_who_opted_out_is_told_of_no_later_call_off_but_stays_void(tmp_path: Path) -> None:
    world = await announced(tmp_path)
    await talk(world, tmp_path, "staff", "call off", "yes")
    await tick(world, world.versions(), world.now + 2 * HOUR)
    assert (await found(world, 1)).status is Status.VOID
    assert "after all" not in await heard(world, "bo")


async def test_the_comparison_names_the_day_as_it_is_now(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    request = await hold(world, 0, "anna")
    await announce(world, tmp_path)
    versions = world.versions()
    (announcement,) = await versions.announcing.known()
    reference = versions.views.document(request.id, announcement, OLD)
    assert await versions.comparisons.make(reference) == b"%PDF 29.04.2026 01.02.2027 1 February 2027"
    await talk(world, tmp_path, "staff", "call off", "yes")
    assert await versions.comparisons.make(reference) == b"%PDF 29.04.2026 01.02.2027 "
    await announce(world, tmp_path, f"announce {NEW} on 2027-03-01")
    assert await versions.comparisons.make(reference) == b"%PDF 29.04.2026 01.02.2027 1 March 2027"
