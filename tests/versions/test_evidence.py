"""The evidence of an announcement: complete, without persons, the same after they were erased."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from bot.request.query import RequestQuery
from bot.request.status import Status
from bot.store.port import Commit, RequestWrite
from bot.texts.letters import as_eml
from bot.versions.announcement import RECEIPTS
from bot.versions.announcements import announcements_in, receipts_of
from bot.versions.evidence import as_csv, digest, evidence
from tests.change_world import DAY, IDS, announce, change_world, found, hold, talk, tick
from tests.newer import NEW, OLD
from tests.talk import START, World


async def after_a_change(folder: Path) -> World:
    world = change_world(folder)
    for number, name in enumerate(("anna", "bo", "carl")):
        await hold(world, number, name)
    await hold(world, 3, "dora", chat=False)
    await hold(world, 4, "eva", status=Status.EMAILED)
    await announce(world, folder)
    await tick(world, world.versions(), START + timedelta(hours=6))
    await talk(world, folder, "anna", "stay")
    await talk(world, folder, "bo", "opt out", "yes")
    await talk(world, folder, "carl")
    await tick(world, world.versions(), DAY, timedelta(hours=12))
    return world


async def export(world: World) -> dict[str, Any]:
    made = await announcements_in(world.store)
    receipts = receipts_of(await world.store.records(f"{RECEIPTS}{made[-1].key}/"), made[-1])
    return evidence(made, made[-1], await world.store.requests(RequestQuery()), receipts, world.now)


async def test_it_says_of_each_holder_what_was_told_and_answered(tmp_path: Path) -> None:
    content = await export(await after_a_change(tmp_path))
    holders = {row["request_id"]: row for row in content["holders"]}
    assert list(holders) == list(IDS[:4])
    anna, bo, carl, dora = holders.values()
    assert (anna["answer"], anna["answered_by"], anna["status"]) == ("stayed", "applicant", "approved")
    assert (bo["answer"], bo["answered_by"], bo["status"]) == ("opted_out", "applicant", "void")
    assert (carl["answer"], carl["answered_by"], carl["status"]) == ("unanswered", "clock", "approved")
    assert (dora["answer"], dora["notices"]) == ("", [])
    assert [notice["step"] for notice in carl["notices"]] == ["told", "halfway", "last"]
    assert [notice["delivered"] for notice in carl["notices"]] == ["yes", "no receipt", "no receipt"]
    assert (anna["notices"][0]["route"], anna["notices"][0]["told_by"]) == ("terminal", "clock")
    assert (anna["signed_version"], anna["new_version"]) == (OLD, NEW)
    assert len({anna["signed_text_sha256"], anna["new_text_sha256"]}) == 2


async def test_it_names_nobody_and_stays_the_same_after_the_persons_are_erased(tmp_path: Path) -> None:
    world = await after_a_change(tmp_path)
    before = await export(world)
    written = json.dumps(before) + as_csv(before)
    for name in ("anna", "bo@", "carl", "dora", "eva", "canary", "oulu.fi", "staff"):
        assert name not in written.lower()
    for number in range(4):
        stored = await world.store.request(found_id := (await found(world, number)).id)
        assert stored
        erased = replace(stored.value, account=None, address=None)
        write = RequestWrite(erased, stored.version)
        await world.store.commit(Commit(requests=(write,), personal_data={found_id: None}))
    assert await export(world) == before
    assert digest(before) == before["sha256"]


async def test_an_altered_export_is_known(tmp_path: Path) -> None:
    content = await export(await after_a_change(tmp_path))
    content["holders"][1]["answer"] = "stayed"
    assert digest(content) != content["sha256"]


async def test_as_csv_each_notice_has_a_line(tmp_path: Path) -> None:
    content = await export(await after_a_change(tmp_path))
    rows = list(csv.DictReader(io.StringIO(as_csv(content))))
    assert [row["request_id"] for row in rows] == [IDS[0], IDS[1], IDS[2], IDS[2], IDS[2], IDS[3]]
    assert rows[-1]["told_at"] == ""
    assert {row["new_text_sha256"] for row in rows} == {content["announcement"]["sha256"]}


async def test_a_letter_is_a_draft_with_the_comparison(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    dora = await hold(world, 0, "dora", chat=False)
    await announce(world, tmp_path)
    versions = world.versions()
    (announcement,) = await versions.announcing.known()
    closes, persons = announcement.effective_at, await world.store.personal_data(dora.id)
    assert persons
    letter = versions.views.letter(dora, announcement, OLD, persons.signer, closes)
    mail = message_from_bytes(as_eml(world.views().message([letter], ""), b"%PDF-1", "changes.pdf"), policy=default)
    assert (mail["To"], mail["X-Unsent"]) == ("dora@oulu.fi", "1")
    assert mail["Subject"] == f"The License Agreement of 4DME changes ({IDS[0]})"
    text, pdf = mail.iter_parts()
    words = text.get_content()
    assert "given the choice to opt out of the new LA.” “Opting out will render the previous LA void.”" in words
    assert (
        f"practice, not the LA's words: a license whose signer has not answered before {closes:%-d %B %Y} (UTC) goes on"
        in words
    )
    assert (pdf.get_filename(), pdf.get_content()) == ("changes.pdf", b"%PDF-1")
