"""Figures and the table of all requests, as staff get them: words, a picture, a file."""

import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk import reports as reports_module
from bot.desk.reports import CHUNK, Reports, every
from bot.desk.views import DeskViews
from bot.model.identity import Account, Actor, RequestId, Role
from bot.model.message import DocumentRef, FileKind
from bot.reports.figures import Questions, measure
from bot.reports.question_counts import Tally
from bot.request.events import Event, Happened
from bot.request.lifecycle import apply
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.port import Commit, RequestWrite
from tests.benchmarks.store import a_long_request
from tests.fakes import FakeStore
from tests.store_values import NOW, PERSONS, a_request, in_status, opened
from tests.talk import Talk, World

STAFF = Account("terminal", "", "staff")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def world() -> World:
    world = World(staff=(STAFF,))
    long = a_long_request()
    others = [in_status(RequestId(f"4DME-R-{n}"), Status.ISSUED) for n in range(3)]
    await world.store.commit(opened(long, *others))
    await world.store.commit(Commit(personal_data={long.id: PERSONS}))
    return world


async def test_stats_are_a_table_and_a_picture(tmp_path: Path) -> None:
    heard = await Talk(await world(), tmp_path, "staff").play(["stats"])
    assert "4 requests, by where they stand now" in heard
    assert "issued                 3" in heard
    assert "approved               1     25 %" in heard
    assert "Right the first time: 0 of 1 that were judged (0 %)" in heard
    content = files(tmp_path)["stats-2026-11-23.png"]
    assert content.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (900, 1410)


async def test_every_request_is_read_however_many_changed_at_the_same_instant() -> None:
    store, ids = FakeStore(), [RequestId(f"4DME-R-{n:04}") for n in range(2 * CHUNK + 7)]
    instants = [NOW, *[NOW + timedelta(hours=1)] * (CHUNK + 3)]
    requests = [a_request(key, since=instants[min(n, len(instants) - 1)]) for n, key in enumerate(ids)]
    await store.commit(opened(*requests))
    assert [request.id for request in await every(store)] == ids[::-1]


async def test_a_request_that_changes_while_all_are_read_is_read_as_it_is_then() -> None:
    class Moving(FakeStore):
        async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
            page = await super().requests(query)
            if not query.conditions:
                first = self.stored[RequestId("4DME-R-0000")]
                moved = replace(first.value, status=Status.EMAILED, since=NOW + timedelta(days=1))
                await self.commit(Commit(requests=(RequestWrite(moved, first.version),)))
            return page

    store = Moving()
    ids = [RequestId(f"4DME-R-{n:04}") for n in range(CHUNK + 2)]
    await store.commit(opened(*(a_request(key, since=NOW + timedelta(seconds=n)) for n, key in enumerate(ids))))
    found = await every(store)
    assert (found[0].id, found[0].status) == (ids[0], Status.EMAILED)
    assert sorted(request.id for request in found) == ids


async def test_reasons_are_told_by_the_words_that_staff_know_them_by(tmp_path: Path) -> None:
    made = World(staff=(STAFF,))
    await made.store.commit(opened(returned("no_cc", "page_missing"), returned("no_cc", "unlisted_now", number=2)))
    heard = await Talk(made, tmp_path, "staff").play(["stats"])
    assert "returned 2 times: signer not in CC" in heard
    assert "returned 1 time: page missing" in heard
    assert "returned 1 time: unlisted_now" in heard


def returned(*reasons: str, number: int = 1) -> LicenseRequest:
    event = Event(Happened.RETURNED, NOW, Actor(Role.STAFF), reasons=reasons)
    return apply(in_status(RequestId(f"4DME-R-{number}"), Status.RECEIVED), event)


async def test_without_the_extra_the_table_comes_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports_module, "can_draw", lambda: False)
    heard = await Talk(await world(), tmp_path, "staff").play(["stats"])
    assert "4 requests" in heard
    assert "pip install 'la-bot[charts]'" in heard
    assert not files(tmp_path)


async def test_an_export_is_a_file_and_the_outbox_holds_no_name_of_it(tmp_path: Path) -> None:
    whole = await world()
    heard = await Talk(whole, tmp_path, "staff").play(["export"])
    assert "A table of 4 requests with their persons" in heard
    assert "Zoë Müller" in files(tmp_path)["requests-2026-11-23.csv"].decode("utf-8-sig")
    assert "Müller" not in heard


async def test_others_get_neither(tmp_path: Path) -> None:
    heard = await Talk(await world(), tmp_path, "eve").play(["stats", "export"])
    assert "4 requests" not in heard
    assert not files(tmp_path)


async def test_no_requests_give_no_picture_and_empty_figures_can_be_drawn(tmp_path: Path) -> None:
    empty = World(staff=(STAFF,))
    assert "There are no requests yet" in await Talk(empty, tmp_path, "staff").play(["stats"])
    service = empty.service()
    makers = Reports(empty.store, DeskViews(service.views), Tally(empty.store)).makers
    reference = DocumentRef(RequestId(""), 0, "x.png", FileKind.CHART, "today")
    assert (await makers[FileKind.CHART](reference)).startswith(b"\x89PNG")
    assert measure([], Questions()).total == 0
