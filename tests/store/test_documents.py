"""Stored documents outlive the code that wrote them: older ones are migrated when read, newer ones refused."""

from pathlib import Path
from typing import Any

import pytest

from bot.model.errors import StoreDamaged
from bot.model.people import PersonalData
from bot.request.query import RequestQuery, folded
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.documents import CONVERSATIONS, KINDS, PERSONS, REQUESTS, Kind
from bot.store.journal import store as store_module
from bot.store.journal.store import TinyDBStore
from bot.store.memory import contents
from bot.store.port import Commit
from tests.store_values import DRAFT, R1, R2, a_request, opened
from tests.store_values import PERSONS as SOMEBODY

Value = dict[str, Any]


def renamed(old: str, new: str) -> Any:  # noqa: ANN401
    """A migration that calls a field by its new name."""

    def migrate(value: Value) -> Value:
        return {new if key == old else key: kept for key, kept in value.items()}

    return migrate


def test_a_value_is_read_back_from_its_document() -> None:
    for kind, value in ((CONVERSATIONS, DRAFT), (REQUESTS, a_request()), (PERSONS, SOMEBODY)):
        document = kind.wrap(value, 7)  # type: ignore[arg-type]
        assert (document["schema"], document["version"]) == (1, 7)
        assert kind.unwrap(document, "key").value == value


def test_an_older_document_is_migrated_through_every_step() -> None:
    newer = Kind("persons", PersonalData, (renamed("professor", "leader"), renamed("leader", "signer")))
    value = PERSONS.wrap(SOMEBODY, 1)["value"]
    first = {"schema": 1, "version": 3, "value": renamed("signer", "professor")(value)}
    second = {"schema": 2, "version": 3, "value": renamed("signer", "leader")(value)}
    third = {"schema": 3, "version": 3, "value": value}
    assert [newer.unwrap(document, R1).value for document in (first, second, third)] == [SOMEBODY] * 3
    assert newer.wrap(SOMEBODY, 3) == third


def test_a_newer_document_is_refused() -> None:
    with pytest.raises(StoreDamaged, match="persons: schema 2 is newer than this la-bot knows: run the newer one"):
        PERSONS.unwrap(PERSONS.wrap(SOMEBODY, 1) | {"schema": 2}, R1)


@pytest.mark.parametrize("document", [{}, {"schema": 1, "version": 1, "value": {"signer": 1}}, {"schema": "1"}])
def test_what_is_no_document_is_named_without_what_is_in_it(document: Value) -> None:
    with pytest.raises(StoreDamaged, match=f"persons '{R1}' is not what la-bot wrote: [A-Za-z]+$"):
        PERSONS.unwrap(document, R1)


async def test_requests_of_an_older_schema_are_found_and_rewritten_by_the_next_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TinyDBStore(tmp_path / "store.json")
    await store.commit(opened(a_request(), a_request(R2, status=Status.RECEIVED)))
    await store.commit(Commit(personal_data={R1: SOMEBODY}))
    await store.aclose()
    newer = Kind("requests", LicenseRequest, (lambda value: value | {"status": "emailed"},))
    for module in (contents, store_module):
        monkeypatch.setattr(module, "REQUESTS", newer)
    monkeypatch.setattr(contents, "PERSONS", Kind("persons", PersonalData, (lambda value: value,)))
    store = TinyDBStore(tmp_path / "store.json")
    found = await store.requests(RequestQuery(status=Status.EMAILED, text="4dme"))
    assert {request.id for request in found} == {R1, R2}
    assert [request.id for request in await store.requests(RequestQuery(text="muller"))] == [R1]
    assert list(await store.requests(RequestQuery(status=Status.RECEIVED))) == []
    await store.aclose()


def test_every_kind_has_a_table_of_its_own() -> None:
    assert len({kind.table for kind in KINDS}) == len(KINDS) == 5


def test_text_is_folded_without_case_and_accents() -> None:
    assert folded("ŠIMIĆ Straße Ａ") == "simic strasse a"
