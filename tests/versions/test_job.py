"""The LA changes: who is told what, once, and what comes of it; over the whole notice period, with restarts."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from bot.agreement.agreement import DATASETS
from bot.model.identity import Account, DeliveryAddress, Role
from bot.model.message import plain_text
from bot.model.people import Standing
from bot.request.status import Status
from bot.store.outbox import receipt
from bot.store.port import Commit
from bot.versions.announcement import Silence, earliest, effective_on
from tests.change_world import DAY, IDS, announce, change_world, found, happened, hold, talk, tick
from tests.newer import NEW, OLD
from tests.talk import START, Talk, World

GOLDEN = Path(__file__).resolve().parents[1] / "transcripts" / "changes"
HALF = START + (DAY - START) / 2


async def said(world: World, name: str) -> list[str]:
    """What waits for somebody."""
    entries = await world.store.outbox(DeliveryAddress("terminal", name))
    return [plain_text(entry.outgoing.message) for entry in entries]


async def test_an_announcement_seen_by_three_holders_and_by_staff(tmp_path: Path) -> None:
    world, talks = change_world(tmp_path), dict[str, list[str]]()
    for number, name in enumerate(("anna", "bo", "carl")):
        await hold(world, number, name)
    await hold(world, 3, "dora", chat=False)
    await hold(world, 4, "eva", status=Status.EMAILED)

    async def play(name: str, *lines: str) -> None:
        talks.setdefault(name, []).append(await Talk(world, tmp_path, name).play(list(lines)))

    await play("staff", "announce 01.02.2027 on 2026-12-01", "announce 01.02.2027 on 2027-02-01", "yes")
    await tick(world, world.versions(), START + timedelta(hours=6))
    await play("anna", "stay")
    await play("bo", "opt out", "no", "opt out", "yes", "status")
    await play("carl", "help")
    await play("staff", "unreached", "letter 4DME-55555-5555T", "informed 4DME-55555-5555T", "unreached")
    await tick(world, world.versions(), HALF + timedelta(days=1))
    await play("carl")
    await tick(world, world.versions(), DAY + timedelta(hours=12))
    await play("anna", "request", "cancel")
    await play("carl", "terms")
    await play("staff", "old versions", "announce 01.02.2027 on 2027-02-01", "show 4DME-22222-22222")
    for name, parts in talks.items():
        golden, played = GOLDEN / f"{name}.txt", "=== later ===\n".join(parts)
        if os.environ.get("UPDATE_TRANSCRIPTS"):
            golden.write_text(played, encoding="utf-8")
        assert played == golden.read_text(encoding="utf-8")
    assert happened(await found(world, 0)) == ["informed told", "stayed"]
    assert happened(await found(world, 1)) == ["informed told", "opted_out"]
    assert happened(await found(world, 2)) == ["informed told", "informed halfway", "informed last", "unanswered"]
    assert happened(await found(world, 3)) == ["informed told", "unanswered"]


async def test_two_processes_tell_once(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna")
    await announce(world, tmp_path)
    world.now += timedelta(hours=2)
    first, second = world.versions(), world.versions()
    await first.informing(world.now)
    await second.informing(world.now)
    assert len(await said(world, "anna")) == 1


async def test_many_are_told_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.versions.announcements.PAGE", 2)
    world = change_world(tmp_path)
    for number, name in enumerate(("anna", "bo", "carl")):
        await hold(world, number, name)
    await announce(world, tmp_path)
    versions = world.versions()
    commits = world.store.commits  # type: ignore[attr-defined]
    await versions.informing(world.now + timedelta(minutes=1))
    assert [len(await said(world, name)) for name in ("anna", "bo", "carl")] == [1, 1, 1]
    assert world.store.commits == commits + 2  # type: ignore[attr-defined]


async def test_a_round_tells_a_portion_and_the_next_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.versions.announcements.PAGE", 1)
    monkeypatch.setattr("bot.versions.job.PORTION", 2)
    world = change_world(tmp_path)
    for number, name in enumerate(("anna", "bo", "carl")):
        await hold(world, number, name)
    await announce(world, tmp_path)
    versions = world.versions()
    for minute, told in enumerate((2, 3, 3)):
        await versions.informing(world.now + timedelta(minutes=minute))
        assert sum([len(await said(world, name)) for name in ("anna", "bo", "carl")]) == told


async def test_until_the_day_new_requests_get_the_old_version_and_from_then_the_new_one(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    form = ["request", "1", "1", "Anna Virtanen", "1", "University of Oulu", "anna.virtanen@oulu.fi"]
    form += ["Pentti Kaiteran katu 1, 90570 Oulu, Finland", "1"]
    await announce(world, tmp_path)
    await world.versions().informing(world.now)
    before = await talk(world, tmp_path, "anna", *form)
    assert f"LA version {OLD}" in before
    assert f"From 1 February 2027 version {NEW} of the LA takes the place of this one." in before
    world.now = DAY
    await world.versions().informing(DAY)
    offered = await talk(world, tmp_path, "anna", "Make it on the new version")
    assert f"LA version {NEW}" in offered
    assert "document 2" in offered
    after = await talk(world, tmp_path, "bo", *form)
    assert f"LA version {NEW}" in after
    assert "From 1 February" not in after


async def test_a_holder_who_does_not_sign_gets_a_text_to_forward_and_cannot_answer(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna", standing=Standing.STUDENT)
    await announce(world, tmp_path)
    world.now += timedelta(hours=2)
    await world.versions().informing(world.now)
    heard = await talk(world, tmp_path, "anna", "opt out", "yes", "status")
    assert "Please send this to the signer, with the PDF:" in heard
    assert "The LA gives the choice to “users”." in heard
    assert heard.count("a license whose signer has not answered before") == 2, "the signer reads it too"
    assert "[1] Stay" not in heard
    assert "only the signer can do that" in heard
    assert (await found(world, 0)).status is Status.APPROVED


async def test_staff_note_what_a_signer_says(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna", standing=Standing.STUDENT)
    await hold(world, 1, "bo", standing=Standing.STUDENT)
    await announce(world, tmp_path)
    world.now += timedelta(hours=2)
    await world.versions().informing(world.now)
    lines = ["stays 4DME-22222-22222", "opt out 4DME-33333-3333A", "yes", "stays 4DME-99999-99999", "opt out 4DME-3333"]
    heard = await talk(world, tmp_path, "staff", *lines)
    assert "Shall I opt out for license 4DME-33333-3333A?" in heard
    assert happened(await found(world, 0)) == ["informed told", "stayed"]
    assert (await found(world, 1)).status is Status.VOID


@pytest.mark.parametrize("role", [None, Role.READER])
async def test_nobody_else_announces(tmp_path: Path, role: Role | None) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna")
    if role:
        world.roles[Account("terminal", "", "eve")] = role
    await talk(world, tmp_path, "eve", "announce 01.02.2027 on 2027-02-01", "yes")
    assert await world.store.records("announcement/") == {}
    heard = await talk(world, tmp_path, "eve", "opt out 4DME-22222-22222", "yes")
    assert (await found(world, 0)).status is Status.APPROVED
    assert "void" not in heard


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        ("announce", "Say which version and from which day"),
        ("announce 01.02.2027 on 2027-02-31", "Say which version and from which day"),
        ("announce 1.1.1999 on 2027-02-01", "There is no version 1.1.1999 here; there are"),
        ("announce 01.02.2027 on 2026-12-23", "The earliest day is 24 December 2026."),
        (f"announce {OLD} on 2027-02-01", f"version {OLD} is in force already, or was before."),
    ],
)
async def test_what_cannot_be_announced_is_refused(tmp_path: Path, words: str, answered: str) -> None:
    world = change_world(tmp_path)
    assert answered in await talk(world, tmp_path, "staff", words, "yes")
    assert await world.store.records("announcement/") == {}


async def test_a_version_that_is_not_in_order_is_not_announced(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    (tmp_path / "4dme" / NEW / "source.md").unlink()
    assert "source.md: is missing" in await announce(world, tmp_path)
    assert await world.store.records("announcement/") == {}


async def test_one_change_is_announced_at_a_time_and_the_same_only_once(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await announce(world, tmp_path)
    assert "That was announced already" in await announce(world, tmp_path)
    assert "is announced already, for 1 February 2027" in await announce(
        world, tmp_path, "announce 01.02.2027 on 2027-03-01"
    )
    assert len(await world.store.records("announcement/")) == 1


async def test_a_typo_is_told_and_asks_nothing(tmp_path: Path) -> None:
    world = change_world(tmp_path, silence=Silence.ENDS)
    await hold(world, 0, "anna")
    await announce(world, tmp_path, "announce 01.02.2027 on 2027-02-01 typo: a comma was missing")
    versions = world.versions()
    await tick(world, versions, DAY + timedelta(days=40), timedelta(days=3))
    heard = await said(world, "anna")
    assert len(heard) == 1
    assert "only slips of writing are corrected: a comma was missing" in heard[0]
    assert "You need not do anything: license 4DME-22222-22222 then goes on" in " ".join(heard[0].split())
    assert "You choose" not in heard[0]
    assert "practice for such corrections; the LA makes no exception" in " ".join(heard[0].split())
    assert "So you can opt out all the same. The LA says:" in heard[0]
    assert (await found(world, 0)).status is Status.APPROVED
    await talk(world, tmp_path, "anna", "Opt out", "yes")
    assert happened(await found(world, 0)) == ["informed told", "opted_out"]


async def test_a_typo_is_told_with_a_text_to_forward_to_whoever_does_not_sign(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "matti", standing=Standing.STUDENT)
    await announce(world, tmp_path, "announce 01.02.2027 on 2027-02-01 typo: a comma was missing")
    await tick(world, world.versions(), START + timedelta(hours=6))
    (heard,) = await said(world, "matti")
    assert "the signer can opt out all the same" in heard
    assert "Please send this to the signer, with the PDF:" in heard
    assert "Subject: The License Agreement of 4DME is corrected (4DME-22222-22222)" in heard


async def test_where_silence_ends_a_license_it_is_said_before_and_after(tmp_path: Path) -> None:
    world = change_world(tmp_path, silence=Silence.ENDS)
    await hold(world, 0, "anna")
    await announce(world, tmp_path)
    await tick(world, world.versions(), START + timedelta(days=1))
    heard = await talk(world, tmp_path, "anna")
    assert "practice, not the LA's words: a license ends whose signer was told by CMVS and has not" in heard
    await tick(world, world.versions(), DAY, timedelta(days=1))
    assert (await found(world, 0)).status is Status.VOID
    assert "By CMVS's practice the license has ended; the LA does not say that." in await talk(world, tmp_path, "anna")


async def test_staff_hear_once_which_licenses_no_answer_has_ended_and_have_an_email_for_each_signer(
    tmp_path: Path,
) -> None:
    world = change_world(tmp_path, silence=Silence.ENDS)
    for number, name in enumerate(("anna", "bo")):
        await hold(world, number, name)
    await hold(world, 2, "dora", chat=False)
    await announce(world, tmp_path)
    await tick(world, world.versions(), START + timedelta(days=1))
    await talk(world, tmp_path, "anna")
    await talk(world, tmp_path, "staff", f"informed {IDS[2]}")
    await tick(world, world.versions(), DAY + timedelta(days=3), timedelta(days=1))
    ended, *_ = [words for words in await said(world, "staff") if "Licenses that have ended" in words]
    assert "That is your practice" in ended
    assert [number for number in range(3) if f"letter {IDS[number]}" in ended] == [0, 2]
    heard = await talk(world, tmp_path, "staff", f"letter {IDS[2]}")
    assert heard.count("Licenses that have ended") == 1
    assert "To: dora@oulu.fi Subject: Your license of 4DME has ended (4DME-44444-4444J)" in heard
    assert "By CMVS's practice the license has ended; the LA does not say that." in heard


async def test_whom_staff_wrote_to_they_are_asked_to_remind_halfway_and_two_days_before(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "dora", chat=False)
    await announce(world, tmp_path)
    await talk(world, tmp_path, "staff", f"informed {IDS[0]}")
    versions = world.versions()
    for at, steps in ((HALF, ["informed halfway"]), (DAY - timedelta(days=2), ["informed halfway", "informed last"])):
        await tick(world, versions, at - timedelta(hours=1), timedelta(hours=9))
        assert "I know of nobody whom version" in await talk(world, tmp_path, "staff", "unreached")
        await tick(world, versions, at + timedelta(hours=9))
        heard = await talk(world, tmp_path, "staff", "unreached", f"letter {IDS[0]}", f"informed {IDS[0]}", "unreached")
        assert heard.count("1 license waits for an email from you about version 01.02.2027") == 1
        assert f"{IDS[0]} was told of version 01.02.2027 by you, and has not answered: a reminder is due." in heard
        assert "Subject: A reminder: the License Agreement of 4DME changes" in heard
        assert "has not answered before 1 February 2027 (UTC) goes on" in heard
        assert "I know of nobody whom version" in heard
        assert happened(await found(world, 0)) == ["informed told", *steps]
    await tick(world, versions, DAY + timedelta(hours=1), timedelta(hours=9))
    assert happened(await found(world, 0))[-1] == "unanswered"


async def test_staff_see_the_comparison_before_they_announce_and_with_each_letter(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "dora", chat=False)
    compared = f"4DME-License-Agreement_{OLD}_to_{NEW}.pdf"
    assert compared in await talk(world, tmp_path, "staff", "announce 01.02.2027 on 2027-02-01")
    await announce(world, tmp_path)
    assert compared in await talk(world, tmp_path, "staff", f"letter {IDS[0]}")


async def test_where_a_student_alone_was_told_silence_ends_nothing_until_staff_told_the_signer(tmp_path: Path) -> None:
    world = change_world(tmp_path, silence=Silence.ENDS)
    held = await hold(world, 0, "matti", standing=Standing.STUDENT)
    await announce(world, tmp_path)
    await tick(world, world.versions(), START + timedelta(days=1))
    await talk(world, tmp_path, "matti")
    await tick(world, world.versions(), DAY + timedelta(days=1), timedelta(days=1))
    assert (await found(world, 0)).status is Status.APPROVED
    assert f"{held.id} was not told" in await talk(world, tmp_path, "staff", "unreached")
    await talk(world, tmp_path, "staff", f"informed {held.id}")
    assert held.id not in await talk(world, tmp_path, "staff", "unreached")
    await tick(world, world.versions(), DAY + timedelta(days=40), timedelta(days=1))
    assert (await found(world, 0)).status is Status.VOID


async def test_an_applicant_is_told_no_day_before_the_one_on_which_the_license_ends(tmp_path: Path) -> None:
    world = change_world(tmp_path, silence=Silence.ENDS)
    held = await hold(world, 0, "matti", standing=Standing.STUDENT)
    await announce(world, tmp_path)
    await tick(world, world.versions(), START + timedelta(days=1))
    heard = " ".join((await talk(world, tmp_path, "matti")).split())
    assert heard.count("That day is not before 1 February 2027 (UTC); a forwarded notice ends no license.") == 2
    world.now = DAY + timedelta(days=1)
    await talk(world, tmp_path, "staff", f"informed {held.id}")
    ends_at = effective_on(earliest(world.now, 30))
    await tick(world, world.versions(), ends_at - timedelta(days=1), timedelta(days=1))
    assert f"not before {ends_at:%-d %B %Y} (UTC);" in " ".join((await talk(world, tmp_path, "matti")).split())


async def test_what_could_not_be_delivered_is_on_the_list_and_never_silent(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna")
    await announce(world, tmp_path)
    world.now += timedelta(hours=2)
    await world.versions().informing(world.now)
    for entry in await world.store.outbox(DeliveryAddress("terminal", "anna")):
        await world.store.commit(Commit(delivered=(entry.id,), records=receipt(entry, world.now, delivered=False)))
    heard = await talk(world, tmp_path, "staff", "unreached")
    assert "4DME-22222-22222 was not told of version 01.02.2027: my message could not be delivered." in heard
    await tick(world, world.versions(), DAY + timedelta(days=10), timedelta(days=1))
    assert happened(await found(world, 0)) == ["informed told"]


async def test_events_and_records_of_a_change_hold_no_personal_data(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna", standing=Standing.STUDENT)
    await announce(world, tmp_path)
    await tick(world, world.versions(), DAY, timedelta(days=1))
    kept = {**await world.store.records("announcement/"), **await world.store.records("receipt/")}
    assert kept
    events = [event for event in (await found(world, 0)).events if event.about]
    assert events
    written = json.dumps([stored.value for stored in kept.values()]) + str(events)
    assert "anna" not in written.lower()
    assert "canary" not in written.lower()


def test_no_made_up_version_ships() -> None:
    assert [path.parent.name for path in DATASETS.glob("*/*/agreement.toml")] == [OLD]
