"""Whoever was told of a change has themselves erased: no byte of them stays, and the evidence still verifies."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.identity import DeliveryAddress
from bot.model.people import Standing
from bot.privacy.retention import Evidence
from bot.request.query import RequestQuery
from bot.store.journal.store import TinyDBStore
from bot.store.outbox import receipt
from bot.store.port import Commit
from bot.versions.announcement import RECEIPTS
from bot.versions.announcements import announcements_in, receipts_of
from bot.versions.evidence import digest, evidence
from tests.change_world import IDS, announce, change_world, hold, talk, tick
from tests.talk import START, World


async def export(world: World) -> dict[str, object]:
    made = await announcements_in(world.store)
    receipts = receipts_of(await world.store.records(f"{RECEIPTS}{made[-1].key}/"), made[-1])
    return evidence(made, made[-1], await world.store.requests(RequestQuery()), receipts, world.now)


async def deliver(world: World, name: str) -> None:
    for entry in await world.store.outbox(DeliveryAddress("terminal", name)):
        await world.store.commit(Commit(delivered=(entry.id,), records=receipt(entry, world.now, delivered=True)))


async def test_the_evidence_is_the_same_after_holders_erased_themselves(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path / "journal.jsonl")
    world = change_world(tmp_path, store)
    world.retention = replace(world.retention, evidence=Evidence.NOTHING)
    names = ("annacanary", "bocanary", "carlcanary")
    for number, name in enumerate(names):
        await hold(world, number, name, standing=Standing.STUDENT if number == 2 else Standing.SIGNER)
    await announce(world, tmp_path)
    await tick(world, world.versions(), START + timedelta(hours=6))
    for name in names:
        await deliver(world, name)
    await talk(world, tmp_path, "annacanary", "stay")
    await talk(world, tmp_path, "bocanary", "opt out", "yes")
    before = await export(world)
    assert b"canary" in (tmp_path / "journal.jsonl").read_bytes().lower()
    for name in names:
        await talk(world, tmp_path, name, "erase my data", "yes")
        await deliver(world, name)
    await store.forget_history()
    assert await export(world) == before
    assert digest(before) == before["sha256"]
    await store.aclose()
    kept = (tmp_path / "journal.jsonl").read_bytes().lower()
    assert IDS[0].encode().lower() in kept
    assert b"canary" not in kept


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_change_of_an_export_is_noticed(drawn: st.DataObject) -> None:
    rows = drawn.draw(st.lists(st.fixed_dictionaries({"request_id": st.text(), "answer": st.text()}), min_size=1))
    content: dict[str, object] = {"announcement": {"version": "2"}, "holders": rows}
    content |= {"sha256": digest(content)}
    altered = json.loads(json.dumps(content))
    altered["holders"][0]["answer"] += drawn.draw(st.text(min_size=1))
    assert digest(altered) != content["sha256"]
    assert digest(json.loads(json.dumps(content))) == content["sha256"]
