"""The journal keeps its word: what was acknowledged is there, whole, whatever happened to the process or the disk."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import Query, TinyDB

from bot.model.errors import StoreDamaged, StoreError, StoreFailed, StoreLocked
from bot.store.journal import file as journal_module
from bot.store.journal.file import Journal, write_snapshot
from bot.store.journal.lines import Tables, encode, load, merge
from bot.store.journal.tinydb_tables import JournalDB, document

ROWS = st.dictionaries(
    st.text(max_size=3),
    st.none() | st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5)).map(msgspec.json.encode),
    min_size=1,
    max_size=3,
)
COMMITS = st.lists(
    st.dictionaries(st.sampled_from(["requests", "outbox", "é"]), ROWS, min_size=1), min_size=1, max_size=6
)


def journal_of(path: Path, tables: Tables | None = None) -> bytes:
    """The text of a fresh journal."""
    write_snapshot(path, tables or {})
    return path.read_bytes()


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", dedent(script), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@settings(max_examples=40, deadline=None)
@given(commits=COMMITS, zeros=st.integers(0, 3))
def test_a_journal_cut_at_any_byte_opens_at_the_last_whole_commit(
    tmp_path_factory: pytest.TempPathFactory, commits: list[dict[str, dict[str, bytes | None]]], zeros: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "store.json"
    text, tables, states = journal_of(path), Tables(), {}
    states[len(text)] = Tables()
    for changes in commits:
        merge(tables, changes)
        text += encode(changes)
        states[len(text)] = {name: dict(rows) for name, rows in tables.items()}
    path.write_bytes(text)
    for cut in range(len(text), min(states) - 1, -1):
        os.truncate(path, cut)
        os.truncate(path, cut + zeros)  # fills up with zeros
        whole = max(size for size in states if size <= cut + 1)  # without its newline a line is whole all the same
        assert load(path).tables == states[whole]


@settings(deadline=None)
@given(commits=COMMITS, part=st.floats(0, 1))
def test_a_journal_that_was_cut_goes_on_from_its_last_whole_commit(
    tmp_path_factory: pytest.TempPathFactory, commits: list[dict[str, dict[str, bytes | None]]], part: float
) -> None:
    path = tmp_path_factory.mktemp("cut") / "store.json"
    head = journal_of(path)
    lines = b"".join(map(encode, commits))
    path.write_bytes(head + lines[: int(part * len(lines))])
    expected = load(path).tables
    journal = Journal(path)
    assert journal.tables == expected
    merge(expected, {"new": {"1": b"{}"}})
    journal.append({"new": {"1": b"{}"}})
    journal.sync()
    journal.close()
    assert load(path).tables == expected


def test_a_changed_byte_is_never_taken_for_anything_else(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    text = journal_of(path, {"requests": {"1": b'{"a":1}'}})
    text += encode({"requests": {"2": b'{"b":"\xc3\xa9"}'}}) + encode({"requests": {"1": None}})
    changed = [(at, text[at] ^ (1 << bit)) for at in range(len(text)) for bit in range(8)]
    for at, byte in [*changed, *((at, 0) for at in range(len(text) - 1))]:
        path.write_bytes(text[:at] + bytes([byte]) + text[at + 1 :])
        with pytest.raises(StoreDamaged, match="line"):
            load(path)


def test_a_damaged_line_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    text = journal_of(path, {"requests": {"1": b'{"a":1}', "2": b'{"a":2}'}}).replace(b'"a":2', b'"a":3')
    path.write_bytes(text)
    with pytest.raises(StoreDamaged, match=r"store\.json, line 3: its checksum .*la-bot store restore"):
        Journal(path)
    assert path.read_bytes() == text


def test_a_copy_that_was_cut_short_is_not_taken_for_a_smaller_store(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    text = journal_of(path, {"requests": {"1": b"{}", "2": b"{}"}})
    path.write_bytes(text[: text.rindex(b'{"#"')])
    with pytest.raises(StoreDamaged, match="ends within the 2 lines of its last compaction"):
        load(path)


def test_a_journal_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    path.write_bytes(encode({"_journal": {"format": b'{"version":2,"lines":0}'}}))
    with pytest.raises(StoreDamaged, match="newer la-bot"):
        Journal(path)


@pytest.mark.parametrize("indent", [None, 4])
def test_a_file_of_tinydbs_own_storage_is_opened_and_gone_on_with(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "db.json"
    with TinyDB(path, indent=indent) as stock:
        stock.insert({"name": "é"})
        stock.table("other").insert_multiple([{"n": 1}, {"n": 2}])
    with JournalDB(path) as db:
        assert db.journaled("_default").lookup("1") == {"name": "é"}
        db.journaled("other").put("2", {"n": 3})
    with JournalDB(path) as db:
        assert [doc["n"] for doc in db.table("other")] == [1, 3]


def test_what_is_neither_a_journal_nor_tinydbs_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "db.json"
    path.write_text('{"_default": {"1": {"a": 1}}} old tail')
    with pytest.raises(StoreDamaged, match="neither"):
        Journal(path)
    assert path.read_text() == '{"_default": {"1": {"a": 1}}} old tail'


def test_tinydbs_tables_and_queries_work_as_they_do_on_its_own_storage(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "db.json") as db:
        table, where = db.table("requests"), Query()
        table.insert_multiple(document({"n": n, "odd": n % 2}, str(n)) for n in range(6))
        assert table.count(where.odd == 1) == 3
        table.update({"odd": 7}, where.n == 1)
        table.update(lambda doc: doc.pop("odd"), where.n == 3)
        table.upsert(document({"n": 9}, "9"))
        table.upsert({"n": 10}, where.n == 0)
        table.remove(where.odd == 7)
        expected = [("0", 10), ("2", 2), ("3", 3), ("4", 4), ("5", 5), ("9", 9)]
        assert [(doc.doc_id, doc["n"]) for doc in table] == expected
        assert table.contains(where.n == 9)
        assert len(table.search(where.odd.exists())) == 4
        with pytest.raises(ValueError, match="already exists"):
            table.insert(document({}, "9"))
        with pytest.raises(StoreError, match="needs an id"):
            table.insert({"n": 1})
        db.table("other").insert(document({}, "x"))
        db.drop_table("other")
        assert db.tables() == {"requests"}
    with JournalDB(tmp_path / "db.json") as db:
        assert [(doc.doc_id, doc["n"]) for doc in db.table("requests")] == expected
        db.drop_tables()
    assert load(tmp_path / "db.json").tables == {}


def test_changing_a_returned_document_changes_nothing_stored(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "db.json") as db:
        table = db.table("requests")
        table.insert(document({"events": [1]}, "1"))
        for read in (table.all()[0], *table.search(Query().events.exists()), *table.search(Query().events.exists())):
            read["events"].append(2)
        assert [doc["events"] for doc in table] == [[1]]


def test_an_update_that_raises_half_way_changes_nothing(tmp_path: Path) -> None:
    def spoil(doc: dict[str, object]) -> None:
        doc["n"] = 9
        if doc["last"]:
            raise ArithmeticError

    with JournalDB(tmp_path / "db.json") as db:
        table = db.table("requests")
        table.insert_multiple(document({"n": n, "last": n == 1}, str(n)) for n in range(2))
        with pytest.raises(ArithmeticError):
            table.update(spoil)
        assert [doc["n"] for doc in table] == [0, 1]


def test_a_transaction_is_one_line_or_none(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "db.json") as db:
        requests, outbox = db.journaled("requests"), db.journaled("outbox")

        def change() -> None:
            requests.put("1", {"n": 1})
            outbox.put("1", {"n": 1})
            assert requests.lookup("1") == {"n": 1}
            assert db.tables() == {"requests", "outbox"}

        def change_and_fail() -> None:
            requests.put("1", {"n": 2})
            outbox.truncate()
            assert len(outbox) == 0
            raise ArithmeticError

        before = (tmp_path / "db.json").read_bytes().count(b"\n")
        db.storage.transaction(change)
        assert (tmp_path / "db.json").read_bytes().count(b"\n") == before + 1
        with pytest.raises(ArithmeticError):
            db.storage.transaction(change_and_fail)
        assert (tmp_path / "db.json").read_bytes().count(b"\n") == before + 1
        assert [requests.lookup("1"), outbox.lookup("1")] == [{"n": 1}, {"n": 1}]


def test_a_transaction_holds_no_await_and_no_other_transaction(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "db.json") as db:

        async def change() -> None:
            db.journaled("requests").put("1", {})

        with pytest.raises(TypeError, match="must not contain an await"):
            db.storage.transaction(change)
        with pytest.raises(StoreError, match="open already"):
            db.storage.transaction(lambda: db.storage.transaction(lambda: None))
        assert db.tables() == set()


def test_a_second_process_is_told_who_holds_the_store(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    opening = "import sys, pathlib; from bot.store.journal.file import Journal; Journal(pathlib.Path(sys.argv[1]))"
    journal = Journal(path)
    second = run(opening, path)
    assert f"StoreLocked: {path} is in use by process {os.getpid()} on " in second.stderr
    with pytest.raises(StoreLocked):
        Journal(path)
    journal.close()
    assert run(opening, path).returncode == 0


def test_a_reader_in_another_process_sees_whole_commits_of_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    journal = Journal(path)
    journal.append({"requests": {"1": b'{"n":1}'}})
    with path.open("ab") as file:
        file.write(encode({"requests": {"2": b'{"n":2}'}})[:-9])
    reading = (
        "import sys, pathlib; from bot.store.journal.lines import load; print(load(pathlib.Path(sys.argv[1])).tables)"
    )
    assert run(reading, path).stdout == "{'requests': {'1': b'{\"n\":1}'}}\n"
    journal.close()


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.json"
    old_mask = os.umask(0)
    try:
        journal = Journal(path)
        asyncio.run(journal.compact())
    finally:
        os.umask(old_mask)
    journal.close()
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"store.json": 0o600, "store.json.lock": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


FULL_DISK = """
    import resource, sys
    from pathlib import Path
    from bot.model.errors import StoreError
    from bot.store.journal.file import Journal
    journal = Journal(Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
    count = 0
    try:
        while True:
            journal.append({"requests": {str(count): b'"' + b"x" * 700 + b'"'}, "outbox": {str(count): b"{}"}})
            journal.sync()
            count += 1
    except StoreError as error:
        print(count, len(journal.tables["requests"]), len(journal.tables["outbox"]), "disk full" in str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.append({"requests": {"later": b"{}"}})
    journal.sync()
"""


def test_a_full_disk_refuses_the_commit_whole_and_the_store_goes_on_once_there_is_room(tmp_path: Path) -> None:
    done = run(FULL_DISK, tmp_path / "store.json")
    assert (done.stdout, done.stderr) == ("12 12 12 True\n", "")
    tables = load(tmp_path / "store.json").tables
    assert [len(tables["requests"]), len(tables["outbox"])] == [13, 12]


async def test_a_full_disk_stops_a_compaction_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "store.json")
    journal.append({"requests": {"1": b"{}"}})

    def refuse(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "sync", refuse)
        with pytest.raises(StoreError, match="stays as it is"):
            await journal.compact()
    journal.append({"requests": {"2": b"{}"}})
    await journal.durable()
    journal.close()
    assert load(tmp_path / "store.json").tables == {"requests": {"1": b"{}", "2": b"{}"}}
    assert not (tmp_path / "store.json.new").exists()


FAILING_SYNC = """
    import asyncio, sys
    from pathlib import Path
    from bot.store.journal import file as journal
    from bot.store.journal.file import Journal

    async def chat(store, number):
        for count in range(10):
            store.append({"requests": {f"{number}-{count}": b"{}"}})
            await store.durable()
            print(f"{number}-{count}", flush=True)

    async def main():
        store, calls = Journal(Path(sys.argv[1])), []
        def fail_the_third(file, sync=journal.sync):
            calls.append(file)
            if len(calls) == 3:
                raise OSError(5, "Input/output error")
            sync(file)
        journal.sync = fail_the_third
        try:
            await asyncio.gather(*(chat(store, number) for number in range(4)))
        except Exception:
            print("went on", flush=True)

    asyncio.run(main())
    print("went on", flush=True)
"""


def test_a_sync_that_fails_stops_the_program_at_what_was_acknowledged(tmp_path: Path) -> None:
    done = run(FAILING_SYNC, tmp_path / "store.json")
    assert done.returncode == 1
    assert "the disk did not confirm a commit ([Errno 5] Input/output error)" in done.stderr
    acknowledged = done.stdout.split()
    assert len(acknowledged) >= 4
    assert sorted(load(tmp_path / "store.json").tables["requests"]) == sorted(acknowledged)


def test_a_failed_sync_closes_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "store.json")
    journal.append({"requests": {"1": b"{}"}})

    def refuse(file: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(journal_module, "sync", refuse)
        with pytest.raises(StoreFailed):
            journal.sync()
    with pytest.raises(StoreError, match="is closed"):
        journal.append({"requests": {"2": b"{}"}})
    assert load(tmp_path / "store.json").tables == {}


def test_a_commit_that_can_neither_be_written_nor_taken_back_stops_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "store.json")

    def refuse(*_: object) -> int:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        patch.setattr(os, "ftruncate", refuse)
        with pytest.raises(StoreFailed, match="did not confirm"):
            journal.append({"requests": {"1": b"{}"}})
    assert load(tmp_path / "store.json").tables == {}


def synced_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the file was at each sync that has returned."""
    sizes: list[int] = []

    def recorded(file: int, sync: Callable[[int], None] = journal_module.sync) -> None:
        size = os.fstat(file).st_size
        sync(file)
        sizes.append(size)

    monkeypatch.setattr(journal_module, "sync", recorded)
    return sizes


async def test_an_acknowledged_commit_is_in_what_was_synced_and_those_who_wait_share_a_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.json"
    journal, sizes, copy = Journal(path), synced_sizes(monkeypatch), tmp_path / "after-power-loss.json"

    async def chat(number: int) -> None:
        for count in range(5):
            journal.append({"requests": {f"{number}": b"%d" % count}})
            await journal.durable()
            copy.write_bytes(path.read_bytes()[: sizes[-1]])
            assert int(load(copy).tables["requests"][f"{number}"]) == count

    await asyncio.gather(*map(chat, range(32)))
    journal.close()
    assert 5 <= len(sizes) < 20


@settings(max_examples=50, deadline=None)
@given(steps=st.lists(st.integers(0, 9), max_size=60), cancelled=st.booleans())
async def test_commits_during_a_compaction_are_kept_and_history_is_not(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], cancelled: bool
) -> None:
    path = tmp_path_factory.mktemp("compaction") / "store.json"
    journal = Journal(path)
    for number in range(1000):
        journal.append({"requests": {str(number % 10): b'"a secret"' if number < 990 else b"%d" % number}})
    compaction = asyncio.create_task(journal.compact())
    for step in steps:
        journal.append({"requests": {str(step): b"%d" % len(steps)}, "outbox": {str(step): None if step % 2 else b"1"}})
        if step < 5:
            await asyncio.sleep(0)
        else:
            await journal.durable()
    if cancelled:
        compaction.cancel()
    await asyncio.wait([compaction])
    await journal.durable()
    expected = {name: dict(rows) for name, rows in journal.tables.items()}
    journal.close()
    assert load(path).tables == expected
    assert (b"secret" in path.read_bytes()) == compaction.cancelled()
    assert sorted(file.name for file in path.parent.iterdir()) == ["store.json", "store.json.lock"]


def test_a_compaction_that_was_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    journal_of(path, {"requests": {"1": b"{}"}})
    (tmp_path / "store.json.new").write_bytes(b"half")
    Journal(path).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["store.json", "store.json.lock"]


def kill_trials(folder: Path, trials: int, seed: int) -> dict[str, object]:
    arguments = [sys.executable, "-m", "tests.kill_trials", str(folder), str(trials), str(seed)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    report: dict[str, object] = json.loads(done.stdout)
    print(report)  # noqa: T201 - shown by pytest -rP
    return report


def test_a_killed_process_loses_no_acknowledged_commit(tmp_path: Path) -> None:
    report = kill_trials(tmp_path, 40, 1)
    assert report["violations"] == []
    assert isinstance(report["acknowledged"], int)
    assert report["acknowledged"] > 500


@pytest.mark.soak
def test_a_thousand_killed_processes_lose_no_acknowledged_commit(tmp_path: Path) -> None:
    report = kill_trials(tmp_path, 1000, 2)
    assert report["violations"] == []
    assert isinstance(report["compacting"], int)
    assert report["compacting"] > 300
