"""A world in which the LA changes: licenses held by people in the terminal, staff, a clock that jobs are asked by."""

from datetime import datetime, timedelta
from pathlib import Path

from adapters.cli.chat import PLATFORM
from bot.app.current_versions import Versions
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.people import Applicant, PersonalData, Signer, Standing
from bot.request.commands import Approve, Command, MarkEmailed, Receive
from bot.request.events import Event
from bot.request.lifecycle import apply, decide, open_request
from bot.request.request import LicenseRequest, Opening
from bot.request.status import Document, Status
from bot.store.port import Commit, RequestWrite, Store
from bot.versions.announcement import Silence
from tests.fakes import FakeStore, FakeTerms
from tests.newer import OLD, newer_dataset
from tests.talk import START, Talk, World

STAFF = Account(PLATFORM, "", "staff")
DAY = datetime(2027, 2, 1, tzinfo=START.tzinfo)
IDS = ("4DME-22222-22222", "4DME-33333-3333A", "4DME-44444-4444J", "4DME-55555-5555T", "4DME-66666-66663")
_PATH: dict[Status, tuple[Command, ...]] = {
    Status.ISSUED: (),
    Status.EMAILED: (MarkEmailed(),),
    Status.RECEIVED: (Receive(),),
    Status.APPROVED: (Receive(), Approve()),
}


def change_world(folder: Path, store: Store | None = None, silence: Silence = Silence.STAYS) -> World:
    dataset = newer_dataset(folder)
    terms = FakeTerms(dataset.current)
    return World(store=store or FakeStore(), dataset=dataset, terms=terms, staff=(STAFF,), silence=silence)


async def hold(
    world: World,
    number: int,
    name: str,
    *,
    standing: Standing = Standing.SIGNER,
    status: Status = Status.APPROVED,
    chat: bool = True,
) -> LicenseRequest:
    """A request of somebody, on the old version, a week old."""
    at, request_id = START - timedelta(days=7), RequestId(IDS[number])
    account = Account(PLATFORM, "", name) if chat else None
    address = DeliveryAddress(PLATFORM, name) if chat else None
    old = world.dataset.agreements[OLD]
    document = Document(1, OLD, old.sha256, "c" * 64, 2, at)
    request = open_request(Opening(request_id, "4DME", standing, account, address), document, Actor(Role.APPLICANT))
    for command in _PATH[status]:
        decided = decide(command, request, Actor(Role.STAFF, STAFF), at)
        assert isinstance(decided, Event)
        request = apply(request, decided)
    signer = Signer(f"{name.title()} Canary", "Professor", "University of Oulu", f"{name}@oulu.fi", "Katu 1, Oulu")
    applicant = None if standing is Standing.SIGNER else Applicant("Matti Canary", "matti@oulu.fi")
    persons = {request_id: PersonalData(signer, applicant)}
    await world.store.commit(Commit(requests=(RequestWrite(request, 0),), personal_data=persons))
    return request


async def found(world: World, number: int) -> LicenseRequest:
    stored = await world.store.request(RequestId(IDS[number]))
    assert stored
    return stored.value


def happened(request: LicenseRequest) -> list[str]:
    """What came of a change, in words: `informed told`, `stayed`."""
    return [
        f"{e.happened} {e.about.step}" if e.happened == "informed" else str(e.happened)
        for e in request.events
        if e.about
    ]


async def tick(world: World, versions: Versions, until: datetime, every: timedelta = timedelta(hours=6)) -> None:
    """Let the clock go on, and ask the job each time."""
    while world.now < until:
        world.now = min(world.now + every, until)
        await versions.informing(world.now)


async def announce(world: World, folder: Path, words: str = "announce 01.02.2027 on 2027-02-01") -> str:
    return await talk(world, folder, "staff", words, "yes")


async def talk(world: World, folder: Path, name: str, *lines: str) -> str:
    """What somebody hears, in one line."""
    return " ".join((await Talk(world, folder, name).play(list(lines))).split())
