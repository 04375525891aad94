"""The table of stored fields holds what is stored: the types say so, and a store after whole dialogues."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from bot.model.identity import Account, RequestId
from bot.privacy.stored_fields import KEPT, STORED, WHOLE, Category, category_of
from bot.store.documents import CONVERSATIONS, OUTBOX, PERSONS, REQUESTS
from bot.store.journal.lines import load
from bot.store.journal.store import TinyDBStore
from tests.talk import Talk, World

ENVELOPE = {"schema", "version"}
KEYED = {CONVERSATIONS.table, "seen"}
"""Tables whose keys are somebody's; those of the others are a request's id or a number."""


def paths_of(kind: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    """Every field below, as the codec writes it: of mappings and tuples what is in them."""
    if is_dataclass(kind) and kind is not Account:
        for field in fields(kind):
            yield from paths_of(get_type_hints(kind)[field.name], f"{at}.{field.name}")
    elif get_origin(kind) in {tuple, Mapping} or (get_args(kind) and NoneType in get_args(kind)) or _is_union(kind):
        inner = [arg for arg in get_args(kind) if arg not in {NoneType, Ellipsis}]
        for arg in inner[1:] if get_origin(kind) is Mapping else inner:
            yield from paths_of(arg, at)
    else:
        assert kind in {str, int, bool, datetime, Account, RequestId} or issubclass(kind, StrEnum)
        yield at


def _is_union(kind: Any) -> bool:  # noqa: ANN401
    return type(kind).__name__ == "UnionType"


def test_every_field_of_every_stored_type_is_in_the_table() -> None:
    found = {path for kind in (CONVERSATIONS, REQUESTS, PERSONS, OUTBOX) for path in paths_of(kind.type, kind.table)}
    assert len(found) > 60
    assert {path for path in found if category_of(path) is None} == set()


def test_the_table_holds_nothing_that_no_type_has() -> None:
    kinds = (CONVERSATIONS, REQUESTS, PERSONS, OUTBOX)
    found = {path for kind in kinds for path in paths_of(kind.type, kind.table)}
    known = {path for row in STORED for path in row.paths() if path.split(".")[0] in {k.table for k in kinds}}
    invented = {path for path in known if not path.endswith((WHOLE, ".key"))} - found
    assert invented == set()


def test_an_unknown_field_has_no_category() -> None:
    assert category_of("persons.signer.phone") is None
    assert category_of("requests.address.chat") is Category.ACCOUNT
    assert category_of("outbox.outgoing.message.blocks.lines") is Category.MESSAGES


def test_every_category_is_used_and_kept_for_a_time() -> None:
    assert {row.category for row in STORED} == set(Category) == set(KEPT)


def leaves(value: object, at: str) -> Iterator[str]:
    """The paths of a document's values; the keys of mappings that are no field names are left out by the caller."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from leaves(inner, at if at.endswith((".draft", ".answered", ".doubts")) else f"{at}.{key}")
        case list():
            for inner in value:
                yield from leaves(inner, at)
        case _:
            yield at


DIALOGUE = [
    *("request", "2", "1", "1", "Matti Meikäläinen", "matti@oulu.fi", "Anna Virtanen", "Professor"),
    *("University of Oulu", "anna.virtanen@gmial.com", "anna.virtanen@oulu.fi", "Pentti Kaiteran katu 1, 90570 Oulu"),
]


async def stored_after(tmp_path: Path) -> set[str]:
    store = TinyDBStore(tmp_path / "journal.jsonl")
    world = World(store=store, staff=(Account("terminal", "", "staff"),))
    await Talk(world, tmp_path).play([*DIALOGUE, "yes", "i have emailed it", "change a field", "title", "x"])
    await Talk(world, tmp_path, "bob").play([*DIALOGUE[:10], "erase my data"])
    await Talk(world, tmp_path, "eve").play(DIALOGUE[:8])
    issued = re.search(r"4DME-\w{5}-\w{5}", await Talk(world, tmp_path, "zoe").play([*DIALOGUE, "yes"]))
    assert issued
    moves = [f"{move} {issued[0]}" for move in ("received", "assign", "approve")]
    await Talk(world, tmp_path, "staff").play(["waiting", "find virtanen", *moves, f"note {issued[0]} she called"])
    await store.aclose()
    tables = load(tmp_path / "journal.jsonl").tables
    found: set[str] = set()
    for table, rows in tables.items():
        for key, row in rows.items():
            document = msgspec.json.decode(row)
            assert set(document) <= ENVELOPE | {"value"} or table in {"seen", "state"}
            at = f"records.{key.split('/')[0]}" if table == "records" else table
            found |= set(leaves(document.get("value", document), at))
            found |= {f"{table}.key"} if table in KEYED else set()
    return found - {"seen"}


async def test_what_a_store_holds_after_whole_dialogues_is_in_the_table(tmp_path: Path) -> None:
    found = await stored_after(tmp_path)
    assert {"persons.signer.name", "requests.account", "conversations.draft", "outbox.outgoing.address.chat"} <= found
    assert {"persons.remarks.text", "requests.assignee", "requests.events.actor.account"} <= found
    assert {path for path in found if category_of(path) is None} == set()


def test_the_records_that_the_code_writes_are_in_the_table() -> None:
    """Keys of records begin with a word and a slash; those that stand in the code are known."""
    keys = set()
    for file in (Path(__file__).resolve().parents[2] / "bot").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if "RecordWrite(" in text or "STAFF_RECORDS = " in text:
            keys |= set(re.findall(r'"([a-z_]+)/[a-z]*"', text))
    assert {"staff", "desk", "erasing"} <= keys
    assert {key for key in keys if category_of(f"records.{key}.anything") is None} == set()
