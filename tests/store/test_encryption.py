"""Encryption at rest: no value of a person is in a file or row, with the key all is there, without it nothing moves."""

import asyncio
import os
import signal
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from adapters.__main__ import main
from bot.app.config import read_settings
from bot.app.reading import JournalReading
from bot.model.errors import ConfigError, StoreDamaged, StoreEncrypted, StoreLocked
from bot.privacy.restore import restore
from bot.request.query import AllOf, AnyOf, Contains, Not, Place, RequestQuery
from bot.request.status import Status
from bot.store.documents import KINDS, REQUESTS
from bot.store.documents import PERSONS as PERSONS_KIND
from bot.store.encryption import SEALED, use_keys
from bot.store.journal.backup import backup, check
from bot.store.journal.file import write_snapshot
from bot.store.journal.lines import load
from bot.store.journal.store import TinyDBStore
from bot.store.key_rotation import rotate
from bot.store.migration import check_database, copy
from bot.store.port import Commit, Store
from bot.store.postgres.rotation import rotate_database
from bot.store.postgres.store import PostgresStore
from tests.erasures import DM, DONE, OPEN, VALUES, WHO, fill, left_in_files, left_in_rows
from tests.postgres import Server
from tests.store_values import KEY, OTHER_KEY, PERSONS, R1, R2, R3, a_request, a_turn, in_status, opened

CLEAR = {WHO.user.encode(), DM.chat.encode()}
"""By what requests are found."""


def forms(found: set[tuple[str, bytes]]) -> set[bytes]:
    return {form for _, form in found}


async def filled(path: Path) -> Path:
    """A journal of the person, written with the keys that are in use."""
    store = TinyDBStore(path)
    await fill(store, VALUES)
    await store.aclose()
    return path


async def filled_database(url: str) -> str:
    store = await PostgresStore.open(url)
    await fill(store, VALUES)
    await store.aclose()
    return url


async def knows_everything(store: Store) -> None:
    """All that `fill` wrote can be read and found."""
    persons = await store.personal_data(DONE)
    assert persons
    assert persons.signer.name == VALUES[0]
    assert [request.id for request in await store.requests(RequestQuery(text="canary-muller"))] == [DONE, OPEN]
    conversation = (await store.conversation(WHO)).value
    assert conversation
    assert VALUES[8] in conversation.draft.values()
    assert [entry.outgoing.address for entry in await store.outbox(DM)] == [DM]
    assert [stored.value for stored in (await store.records("activity/")).values()] == [{"zone": VALUES[9]}]
    await store.aclose()


# What is written


def test_what_is_sealed_is_every_kind_but_the_requests() -> None:
    assert {kind.table for kind in KINDS} - SEALED == {"requests"}


@pytest.mark.usefixtures("encrypted")
async def test_no_value_of_a_person_stands_in_a_file(tmp_path: Path) -> None:
    path = await filled(tmp_path / "journal.jsonl")
    backup(path, tmp_path / "saved.jsonl")
    assert forms(left_in_files(tmp_path, VALUES)) <= CLEAR
    await knows_everything(TinyDBStore(path))
    assert check(path).is_sound


@pytest.mark.usefixtures("encrypted")
async def test_no_value_of_a_person_stands_in_a_row_the_column_that_is_searched_included(database: str) -> None:
    await filled_database(database)
    assert forms(left_in_rows(database, VALUES)) <= CLEAR
    await knows_everything(await PostgresStore.open(database))
    assert check_database(database).is_sound


@pytest.mark.usefixtures("encrypted")
async def test_copies_to_postgresql_and_back_stay_encrypted(database: str, tmp_path: Path) -> None:
    path = await filled(tmp_path / "journal.jsonl")
    back = tmp_path / "back.jsonl"
    assert copy(str(path), database) == copy(database, str(back))
    assert forms(left_in_rows(database, VALUES) | left_in_files(tmp_path, VALUES)) <= CLEAR
    await knows_everything(TinyDBStore(back))


async def test_what_was_written_before_the_key_is_read_beside_what_came_after(tmp_path: Path, database: str) -> None:
    path = await filled(tmp_path / "journal.jsonl")
    await filled_database(database)
    use_keys([KEY])
    for store in (TinyDBStore(path), await PostgresStore.open(database)):
        await store.commit(Commit(requests=opened(a_request(R3)).requests, personal_data={R3: PERSONS}))
        assert [request.id for request in await store.requests(RequestQuery(text="goettingen"))][-1] == R3
        await knows_everything(store)


@pytest.mark.usefixtures("encrypted")
async def test_postgresql_finds_by_names_that_it_cannot_read_as_the_journal_does(database: str, tmp_path: Path) -> None:
    stores: Sequence[Store] = (TinyDBStore(tmp_path / "journal.jsonl"), await PostgresStore.open(database))
    for store in stores:
        await store.commit(a_turn())
        await store.commit(opened(in_status(R2, Status.RECEIVED, 1)))
    queries = {
        RequestQuery(text="muller ana"): [R1],
        RequestQuery(text="muller", status=Status.RECEIVED): [],
        RequestQuery(conditions=(Contains("uni-goettingen.de", Place.DOMAIN),)): [R1],
        RequestQuery(conditions=(Not(AnyOf((Contains("simic"),))),)): [R2],
        RequestQuery(conditions=(AllOf((Contains("aaaaa", Place.ID),)),)): [R2],
        RequestQuery(text=R1.lower()): [R1],
        RequestQuery(text="4dme", limit=1, offset=1): [R1],
    }
    for query, expected in queries.items():
        for store in stores:
            assert [request.id for request in await store.requests(query)] == expected, query
            assert await store.count(query) >= len(expected)
        assert await stores[0].count(query) == await stores[1].count(query)
    for store in stores:
        await store.aclose()


# Without the key


@pytest.mark.parametrize("keys", [[], [OTHER_KEY]])
async def test_without_its_key_nothing_opens_and_nothing_is_written(
    tmp_path: Path, database: str, keys: list[bytes]
) -> None:
    use_keys([KEY])
    path = await filled(tmp_path / "journal.jsonl")
    await filled_database(database)
    saved = tmp_path / "saved.jsonl"
    backup(path, saved)
    use_keys(keys)
    before = path.read_bytes()
    for attempt in (
        lambda: TinyDBStore(path),
        lambda: JournalReading(path),
        lambda: check(path),
        lambda: restore(path, saved),
        lambda: rotate(path, clear=False),
        lambda: check_database(database),
        lambda: rotate_database(database, clear=False),
    ):
        with pytest.raises(StoreEncrypted, match="the store is encrypted: set LA_BOT_ENCRYPTION_KEYS"):
            attempt()
    with pytest.raises(StoreEncrypted, match="the store is encrypted: set LA_BOT_ENCRYPTION_KEYS"):
        await PostgresStore.open(database)
    assert path.read_bytes() == before
    use_keys([OTHER_KEY, KEY])
    await knows_everything(TinyDBStore(path))
    await knows_everything(await PostgresStore.open(database))


@pytest.mark.usefixtures("encrypted")
async def test_an_altered_document_is_named_without_what_is_in_it(tmp_path: Path) -> None:
    path = await filled(tmp_path / "journal.jsonl")
    tables = load(path).tables
    tables["persons"][OPEN] = altered(tables["persons"][OPEN])
    write_snapshot(path, tables)
    with pytest.raises(StoreDamaged, match=f"persons '{OPEN}' is not what la-bot wrote: ValueError$"):
        await JournalReading(path).personal_data(OPEN)
    with pytest.raises(StoreDamaged, match=f"persons '{OPEN}' is not what la-bot wrote: ValueError$"):
        rotate(path, clear=True)
    assert load(path).tables == tables


def altered(row: bytes) -> bytes:
    document: dict[str, Any] = msgspec.json.decode(row)
    sealed: str = document["sealed"]
    return msgspec.json.encode(
        document | {"sealed": ("B" if sealed[20] != "B" else "C").join((sealed[:20], sealed[21:]))}
    )


# Rotation


async def test_a_journal_is_encrypted_given_another_key_and_decrypted_again(tmp_path: Path) -> None:
    path = await filled(tmp_path / "kept" / "journal.jsonl")
    clear = load(path).tables
    assert forms(left_in_files(path.parent, VALUES)) > CLEAR
    use_keys([KEY])
    assert rotate(path, clear=False).documents == sum(len(clear.get(table, ())) for table in SEALED)
    assert forms(left_in_files(path.parent, VALUES)) <= CLEAR
    use_keys([OTHER_KEY, KEY])
    rotate(path, clear=False)
    use_keys([OTHER_KEY])
    await knows_everything(TinyDBStore(path))
    rotate(path, clear=True)
    use_keys([])
    assert decoded(load(path).tables) == decoded(clear)
    await knows_everything(TinyDBStore(path))


def decoded(tables: dict[str, dict[str, bytes]]) -> dict[str, dict[str, Any]]:
    return {name: {key: msgspec.json.decode(row) for key, row in rows.items()} for name, rows in tables.items()}


async def test_a_database_is_encrypted_given_another_key_and_decrypted_again(postgres: Server, database: str) -> None:
    await filled_database(database)
    use_keys([KEY])
    assert rotate_database(database, clear=False).documents > 5
    assert forms(left_in_rows(database, VALUES)) <= CLEAR
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    tables = b"".join(path.read_bytes() for path in postgres.files("base"))
    assert R1.encode() in tables
    assert VALUES[3].encode() not in tables
    use_keys([OTHER_KEY, KEY])
    rotate_database(database, clear=False)
    use_keys([OTHER_KEY])
    await knows_everything(await PostgresStore.open(database))
    rotate_database(database, clear=True)
    use_keys([])
    assert forms(left_in_rows(database, VALUES)) > CLEAR
    await knows_everything(await PostgresStore.open(database))


async def test_a_rotation_of_a_database_is_whole_or_not_at_all(database: str) -> None:
    await filled_database(database)
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE records SET document = document - 'value'")
        before = connection.execute("SELECT id, document, searched FROM persons ORDER BY id").fetchall()
    use_keys([KEY])
    with pytest.raises(StoreDamaged, match="records 'activity/"):
        rotate_database(database, clear=False)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id, document, searched FROM persons ORDER BY id").fetchall() == before


async def test_a_rotation_that_is_killed_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = await filled(tmp_path / "journal.jsonl")
    before = path.read_bytes()
    use_keys([KEY])
    if (pid := os.fork()) == 0:
        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment,method-assign]
        rotate(path, clear=False)
        os._exit(1)
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert path.read_bytes() == before
    await knows_everything(TinyDBStore(path))
    assert not path.with_name("journal.jsonl.new").exists()


async def test_a_journal_in_use_is_not_rotated(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path / "journal.jsonl")
    use_keys([KEY])
    with pytest.raises(StoreLocked):
        rotate(tmp_path / "journal.jsonl", clear=False)
    await store.aclose()


async def test_older_copies_that_are_left_are_named(tmp_path: Path) -> None:
    path, saved = await filled(tmp_path / "journal.jsonl"), tmp_path / "saved"
    backup(path, saved)
    restore(path, saved)
    use_keys([KEY])
    assert rotate(path, clear=False).older_copies == ("journal.jsonl.replaced-1",)


# The setting and the commands


@pytest.mark.parametrize("text", ["x", "ä", b64encode(bytes(16)).decode(), b64encode(KEY).decode() + ",short"])
def test_a_key_that_is_none_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigError, match="LA_BOT_ENCRYPTION_KEYS: write keys of 32 bytes") as raised:
        read_settings({"LA_BOT_ENCRYPTION_KEYS": text})
    assert text not in str(raised.value).removeprefix("LA_BOT_ENCRYPTION_KEYS: write keys")


def test_keys_are_read_in_both_alphabets_of_base64() -> None:
    key = b"\xfb\xff" * 16
    text = b64encode(key).decode()
    assert "+" in text
    settings = read_settings({"LA_BOT_ENCRYPTION_KEYS": f"{text}, {text.translate(str.maketrans('+/', '-_'))}"})
    assert settings.encryption_keys == (key, key)
    assert read_settings({}).encryption_keys == ()


def test_the_commands_encrypt_tell_and_refuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str) -> tuple[int, str]:
        code = main([*arguments, "--data", str(tmp_path / "kept")])
        heard = capsys.readouterr()
        return code, heard.out + heard.err

    write_snapshot_of_somebody(tmp_path / "kept" / "journal.jsonl")
    assert "persons are stored in clear" in said("doctor")[1]
    code, text = said("store", "rotate-keys")
    assert (code, "LA_BOT_ENCRYPTION_KEYS is not set" in text) == (2, True)
    monkeypatch.setenv("LA_BOT_ENCRYPTION_KEYS", b64encode(KEY).decode())
    assert "1 documents are not encrypted with the first key; run: la-bot store rotate-keys" in said("doctor")[1]
    assert said("store", "rotate-keys") == (0, "1 documents are encrypted with the first key\n")
    assert "persons are stored encrypted, all with the first key" in said("doctor")[1]
    assert R1 in said("requests", "--find", "muller")[1]
    assert "encrypted by the bot (AES-256-GCM)" in " ".join(said("record-of-processing")[1].split())
    monkeypatch.delenv("LA_BOT_ENCRYPTION_KEYS")
    for command in (("requests",), ("doctor",), ("store", "check")):
        code, text = said(*command)
        assert (code, "the store is encrypted: set LA_BOT_ENCRYPTION_KEYS (missing: key" in text) == (1, True)
    monkeypatch.setenv("LA_BOT_ENCRYPTION_KEYS", b64encode(KEY).decode())
    assert said("store", "rotate-keys", "--off") == (0, "1 documents stand in clear; unset LA_BOT_ENCRYPTION_KEYS\n")


async def test_the_doctor_counts_what_stands_in_clear_in_a_database_as_in_a_journal(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("LA_BOT_LEGAL_BASIS", "contract")
    use_keys([])
    store = await PostgresStore.open(database)
    await fill(store, VALUES)
    in_clear = sum((await store.seals()).values())
    await store.aclose()

    async def said(*arguments: str) -> str:
        await asyncio.to_thread(main, [*arguments, "--data", str(tmp_path / "kept")])
        return capsys.readouterr().out

    told = await said("doctor")
    assert "the store: 3 requests" in told
    assert "persons are stored in clear" in told
    assert "LA_BOT_LEGAL_BASIS is empty" not in told
    monkeypatch.setenv("LA_BOT_ENCRYPTION_KEYS", b64encode(KEY).decode())
    assert in_clear > 3
    assert f"{in_clear} documents are not encrypted with the first key" in await said("doctor")
    await said("store", "rotate-keys")
    assert "persons are stored encrypted, all with the first key" in await said("doctor")
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    assert "wrong  the store: the database cannot be reached" in await said("doctor")


def write_snapshot_of_somebody(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    requests, persons = REQUESTS.wrap(a_request(), 1), PERSONS_KIND.wrap(PERSONS, 1)
    write_snapshot(
        path, {"requests": {R1: msgspec.json.encode(requests)}, "persons": {R1: msgspec.json.encode(persons)}}
    )
