"""A person of whom something is kept everywhere, and whether anything is left of them: what tests of erasing share."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg

from bot.app.service import Service
from bot.dialogue.state import Conversation, Step
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role, address_of
from bot.model.incoming import Incoming, Typed
from bot.model.people import Applicant, Field, PersonalData, Signer, Standing
from bot.privacy.chat_clearing import forgotten, remembered
from bot.request.events import Event, Happened
from bot.request.query import folded
from bot.request.status import Status
from bot.store.port import Commit, ConversationWrite, OutboxEntry, RecordWrite, RequestWrite, Store
from tests.store_values import NOW, OTHER, PERSONS, R1, R2, R3, a_request, outgoing

WHO = Account("slack", "T024BE7LD", "U0CANARY1")
DM = DeliveryAddress("slack", "D0CANARY2", "1700000000.000100")
STAFF = Account("slack", "T024BE7LD", "U9STAFF")
OPEN, DONE, GRANTED, OTHERS = R1, R2, R3, RequestId("4DME-CCCCC-CCCC4")


def persons_of(values: list[str]) -> PersonalData:
    """Persons of seven values."""
    return PersonalData(Signer(*values[:5]), Applicant(*values[5:7]))


def kept_of(values: list[str], granted: bool = False) -> Iterator[Commit]:
    """Commits that leave something of the person in every table, and something of somebody else beside it."""
    persons = persons_of(values)
    opened = a_request(OPEN, WHO, address=DM, answered={"slack:T024BE7LD:D0CANARY2:17.1": Field.NAME})
    rejected = Event(Happened.REJECTED, NOW, Actor(Role.STAFF, STAFF))
    closed = a_request(DONE, WHO, address=DM, status=Status.REJECTED, events=(*opened.events, rejected))
    approved = Event(Happened.APPROVED, NOW, Actor(Role.STAFF, STAFF))
    license_ = a_request(GRANTED, WHO, address=DM, status=Status.APPROVED, events=(*opened.events, approved))
    older = replace(persons, signer=replace(persons.signer, name=values[7]))
    draft = Conversation(Step.FIELD, Standing.SIGNER, {Field.NAME: values[8]}, Field.TITLE, touched_at=NOW)
    yield Commit(
        "slack:T024BE7LD:D0CANARY2:1",
        ConversationWrite(WHO, draft, 0),
        (RequestWrite(opened, 0), RequestWrite(closed, 0), *([RequestWrite(license_, 0)] if granted else [])),
        {OPEN: older, DONE: persons},
        (outgoing(f"Anna, {values[0]}", DM), outgoing(f"find: {values[3]}", address_of(STAFF), about=None)),
    )
    sent = remembered(OutboxEntry(1, outgoing("1", DM), 0, NOW), [f"{DM.chat}.17"], NOW)
    yield Commit(
        "slack:T024BE7LD:U0CANARY1:2",
        personal_data={OPEN: persons} | ({GRANTED: persons} if granted else {}),
        records=(RecordWrite(f"activity/{WHO}", {"zone": values[9]}, 0), *sent),
    )
    yield Commit(
        "slack:T024BE7LD:D0OTHER:1",
        requests=(RequestWrite(a_request(OTHERS, OTHER), 0),),
        personal_data={OTHERS: PERSONS},
        outgoing=(outgoing("to somebody else", address_of(OTHER)), outgoing("new request", address_of(STAFF))),
    )


async def fill(store: Store, values: list[str], granted: bool = False) -> None:
    """Have the person in the store."""
    for commit in kept_of(values, granted):
        await store.commit(commit)


async def erase(service: Service) -> tuple[OutboxEntry, ...]:
    """The person asks for it and says yes; what is sent out then."""
    await service.handle(Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:3", Typed("erase my data")))
    return await service.handle(Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:4", Typed("yes")))


async def deliver_all(store: Store) -> None:
    """As the worker does: what was said to the person is on their screen."""
    (answer,) = await store.outbox(DM)
    assert answer.outgoing.clears
    await store.commit(Commit(delivered=(answer.id,), records=await forgotten(store, DM)))


def forms_of(values: list[str]) -> set[bytes]:
    """The bytes in which a value can stand: as it is, as it is searched, and both as JSON writes them."""
    spellings = {value for value in [*values, WHO.user, DM.chat] if value}
    spellings |= {plain for value in spellings if len(plain := folded(value)) > 3}  # as it stands where it is searched
    escaped = {json.dumps(value, ensure_ascii=ascii_)[1:-1] for value in spellings for ascii_ in (True, False)}
    return {value.encode() for value in spellings | escaped}


def left_in_files(folder: Path, values: list[str]) -> set[tuple[str, bytes]]:
    """Every file of the folder, and what of the values stands in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.read_bytes() for path in files)
    return {(path.name, form) for path in files for form in forms_of(values) if form in path.read_bytes()}


def left_in_rows(url: str, values: list[str]) -> set[tuple[str, bytes]]:
    """Every row that can be queried, the planner's statistics included, and what of the values stands in it."""
    found = set()
    with psycopg.connect(url) as connection:
        own = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(own) > 5
        for table in (*(table for (table,) in own), "pg_stats"):
            where = "WHERE schemaname = 'public'" if table == "pg_stats" else ""
            for (row,) in connection.execute(f'SELECT t::text FROM "{table}" t {where}').fetchall():
                found |= {(table, form) for form in forms_of(values) if form in row.encode()}
    return found


VALUES = [
    *("Zoë Canary-Müller", "Professor of Canaries", "Institute “Canary” \\ Oulu", "zoe.canary@oulu.fi"),
    *("Kanariakatu 17\n90570 Oulu", "Ana Kanaria Šimić", "ana.canary@oulu.fi"),
    *("Zoë Older-Canary", "Draft Canary", "Atlantic/Canary"),
]
