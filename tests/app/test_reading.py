"""The light reading of a journal finds what the store that wrote it finds."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.config import JOURNAL, read_settings
from bot.app.reading import read
from bot.model.identity import Account
from bot.model.people import Standing
from bot.request.query import Changed, Contains, Not, RequestQuery, Stands
from bot.request.status import Status
from bot.store.engines import open_store
from tests.store_values import ACCOUNT, R1, R2, a_request, opened

OLDER = a_request(R1)
OTHER = a_request(R2, Account("slack", "T1", "U2"))
NEWER = replace(OTHER, status=Status.EMAILED, since=OLDER.since + timedelta(hours=1), remind_at=OLDER.since)
EMAILED = Stands(frozenset((Status.EMAILED, standing) for standing in Standing))
QUERIES = (
    RequestQuery(),
    RequestQuery(oldest_first=True),
    RequestQuery(limit=1),
    RequestQuery(limit=1, offset=1),
    RequestQuery(status=Status.EMAILED),
    RequestQuery(account=ACCOUNT),
    RequestQuery(due_by=OLDER.since),
    RequestQuery(text=R1.lower()),
    RequestQuery(conditions=(Not(EMAILED),)),
    RequestQuery(conditions=(Changed(after=NEWER.since), Contains("4dme"))),
)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    store = await open_store("", tmp_path / JOURNAL)
    await store.commit(opened(OLDER, NEWER))
    await store.aclose()
    return tmp_path


@pytest.mark.parametrize("query", QUERIES)
async def test_a_query_finds_the_same_as_in_the_store(folder: Path, query: RequestQuery) -> None:
    store = await open_store("", folder / JOURNAL)
    expected = [request.id for request in await store.requests(query)]
    count = await store.count(query)
    await store.aclose()
    assert expected
    async with read(read_settings({}, folder)) as reading:
        assert [request.id for request in await reading.requests(query)] == expected
        assert await reading.count(query) == count


async def test_a_folder_without_a_store_is_an_empty_store(tmp_path: Path) -> None:
    async with read(read_settings({}, tmp_path)) as reading:
        assert await reading.requests(RequestQuery()) == []
        assert await reading.request(R1) is None
        assert (await reading.record("x")).version == 0
    assert not (tmp_path / JOURNAL).exists()
