"""The desk, played: requests in any status, what somebody says to the bot, and what everybody hears of it."""

import itertools
from dataclasses import replace
from datetime import timedelta

from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.incoming import Incoming, Pressed, Typed
from bot.model.message import Message, plain_text
from bot.model.people import Applicant, PersonalData, Signer, Standing
from bot.request.events import BECOMES, Event, Happened
from bot.request.lifecycle import apply, open_request
from bot.request.request import LicenseRequest, Opening
from bot.request.request_id import new_request_id
from bot.request.status import Document, Status
from bot.store.port import Commit, OutboxEntry, RequestWrite
from tests.talk import World, dataset

MAIJA, TIMO = Account("terminal", "", "maija"), Account("terminal", "", "timo")
REA, BOSS, EVE = Account("terminal", "", "rea"), Account("terminal", "", "boss"), Account("terminal", "", "eve")
BO = Account("terminal", "", "bo")
ROLES = {MAIJA: Role.STAFF, TIMO: Role.STAFF, REA: Role.READER, BOSS: Role.OWNER}
PERSONS = PersonalData(
    Signer("Anna Virtanen", "Professor", "University of Oulu", "Anna.Virtanen@oulu.fi", "Pentti Kaiteran katu 1, Oulu"),
    Applicant("Bo Li", "bo.li@oulu.fi"),
)
_numbers = itertools.count()


def desk_world() -> World:
    return World(roles=dict(ROLES))


async def put(
    world: World,
    status: Status = Status.ISSUED,
    account: Account | None = BO,
    persons: PersonalData = PERSONS,
    standing: Standing = Standing.STUDENT,
) -> RequestId:
    """A request of that account, received by staff before it was decided, all of it just now."""
    request_id = new_request_id("4DME", world.random.randrange)
    agreement = dataset().current
    document = Document(1, agreement.version, agreement.sha256, "b" * 64, 2, world.now)
    where = DeliveryAddress(account.platform, account.user) if account else None
    opening = Opening(request_id, "4DME", standing, account, where)
    request = open_request(opening, document, Actor(Role.APPLICANT))
    for happened in _way_to(status):
        request = apply(request, Event(happened, world.now, Actor(Role.STAFF, TIMO)))
    await world.store.commit(Commit(requests=(RequestWrite(request, 0),), personal_data={request_id: persons}))
    return request_id


def _way_to(status: Status) -> tuple[Happened, ...]:
    if status is Status.ISSUED:
        return ()
    last = next(happened for happened, becomes in BECOMES.items() if becomes is status)
    if status in {Status.EMAILED, Status.RECEIVED, Status.WITHDRAWN, Status.EXPIRED, Status.MERGED}:
        return (last,)
    if status in {Status.VOID, Status.REVOKED}:
        return (Happened.RECEIVED, Happened.APPROVED, last)
    return (Happened.RECEIVED, last)


async def found(world: World, request_id: RequestId) -> LicenseRequest:
    stored = await world.store.request(request_id)
    assert stored
    return stored.value


class Person:
    """Somebody who talks with the bot; what is due to them is delivered after each turn."""

    def __init__(self, world: World, account: Account) -> None:
        self.world, self.account, self.service = world, account, world.service()

    @property
    def address(self) -> DeliveryAddress:
        return DeliveryAddress(self.account.platform, self.account.user)

    async def says(self, text: str, **more: object) -> str:
        """What the bot answers."""
        content = Typed(text)
        return await self.sends(Incoming(self.account, self.address, f"m{next(_numbers)}", content), **more)

    async def presses(self, choice: str) -> str:
        return await self.sends(Incoming(self.account, self.address, f"p{next(_numbers)}", Pressed(choice, "")))

    async def sends(self, incoming: Incoming, **more: object) -> str:
        self.world.now += timedelta(seconds=1)
        entries = await self.service.handle(replace(incoming, **more))  # type: ignore[arg-type]
        self.shown = entries[0].outgoing.message if entries else Message(())
        return read(entries[0]) if entries else ""

    async def hears(self) -> str:
        """What waits for this person and is due by now; they have it then."""
        due = [e for e in await self.world.store.outbox(self.address) if e.outgoing.not_before <= self.world.now]
        await self.world.store.commit(Commit(delivered=tuple(entry.id for entry in due)))
        return "\n".join(read(entry) for entry in due)


def read(entry: OutboxEntry) -> str:
    return plain_text(entry.outgoing.message)
