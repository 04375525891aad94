"""A made-up year: the real conversation, lifecycle, reminders and store, with people who forget.

Time goes from what happens next to what happens next. Every few days the bot is closed in the middle and opened again
on what its store kept. What reaches people is held against what was promised: hours, distances, nothing after a stop.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from bot.app.bootstrap import Bot
from bot.document.port import Comparison, Form, Pdf
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.incoming import Incoming, Pressed, Typed
from bot.model.people import Standing
from bot.request.commands import Approve, Command, Receive, Reject, Return
from bot.request.events import Event, Happened
from bot.request.lifecycle import apply, decide
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.port import Commit, RequestWrite
from bot.texts.choice import Choice

START = datetime(2027, 1, 4, 0, 0, tzinfo=UTC)
PLATFORM = "simulated"
ZONES = ("", "Europe/Helsinki", "America/New_York", "Asia/Shanghai", "Asia/Kolkata", "Australia/Sydney")
STAFF = Actor(Role.STAFF, Account(PLATFORM, "", "desk"))
_DESK_MOVES = (Approve(), Approve(), Approve(), Return(("not_signed",)), Reject("commercial"))
_WHO = {Standing.SIGNER: "i will", Standing.STUDENT: "my professor", Standing.RESEARCHER: "my professor"}
_STUDENT = {Standing.SIGNER: (), Standing.STUDENT: ("yes",), Standing.RESEARCHER: ("no",)}


class BlankRenderer:
    """`bot.document.port.Renderer` of empty pages: nobody prints here."""

    async def render(self, form: Form) -> Pdf:
        """A page that names the request."""
        return Pdf(f"%PDF-1.4 {form.request_id} {form.number}".encode(), 1)

    async def compare(self, comparison: Comparison) -> Pdf:
        """A page that names the versions."""
        return Pdf(f"%PDF-1.4 {comparison.old.version} {comparison.new.version}".encode(), 1)


@dataclass(slots=True)
class Person:
    """Somebody with habits. `remembers`: how likely they act on a reminder; `stops`, `withdraws`: on the first one."""

    number: int
    standing: Standing
    zone: str
    prompt: bool
    remembers: float
    stops: bool
    withdraws: bool
    corrects: bool

    @property
    def account(self) -> Account:
        """Their account."""
        return Account(PLATFORM, "", str(self.number))


@dataclass(slots=True)
class Tally:
    """What happened, for the table; and what should not have."""

    reminded: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    turns: int = 0
    restarts: int = 0
    requests: list[LicenseRequest] = field(default_factory=list)


@dataclass
class Simulation:
    """`open_bot` opens the bot on what its store kept, with the simulation's clock."""

    days: int
    people: int
    random: Random
    open_bot: Callable[[Callable[[], datetime]], AbstractAsyncContextManager[Bot]]
    now: datetime = START
    tally: Tally = field(default_factory=Tally)
    _ahead: list[tuple[datetime, int, Person | None, str]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _persons: dict[Account, Person] = field(default_factory=dict)
    _spoke: dict[Account, datetime] = field(default_factory=dict)
    _reminded: defaultdict[Account, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    async def run(self) -> Tally:
        """The whole time. Raises LaBotError where the bot cannot start again."""
        end = START + timedelta(days=self.days)
        for number in range(self.people):
            person = self._person(number)
            self._persons[person.account] = person
            self._later(person, "asks", self.days * 24 * 0.7 * self.random.random())
        while self.now < end:
            async with AsyncExitStack() as stack:
                bot = await stack.enter_async_context(self.open_bot(lambda: self.now))
                until = min(end, self.now + timedelta(days=self.random.uniform(1, 7)))
                await self._go_on(bot, until)
                self.tally.restarts += 1
                if self.now >= end:
                    self.tally.requests = list(await bot.service.store.requests(RequestQuery()))
        return self.tally

    def _person(self, number: int) -> Person:
        chance = self.random.random
        standing = self.random.choices(list(Standing), (3, 5, 2))[0]
        zone, habits = self.random.choice(ZONES), (chance() < 0.35, chance(), chance() < 0.05, chance() < 0.05)
        return Person(number, standing, zone, *habits, corrects=chance() < 0.15)

    def _later(self, person: Person | None, what: str, hours: float) -> None:
        at = self.now + timedelta(hours=hours)
        heapq.heappush(self._ahead, (at, next(self._order), person, what))

    async def _go_on(self, bot: Bot, until: datetime) -> None:
        """From what happens next to what happens next: a person, or the clock."""
        store = bot.service.store
        while self.now < until:
            due = await store.due(until, 1)
            clock_at = self._minute(due[0].value.remind_at) if due and due[0].value.remind_at else until
            person_at = self._ahead[0][0] if self._ahead else until
            if min(clock_at, person_at) >= until:
                self.now = until
            elif clock_at <= person_at:
                self.now = max(self.now, clock_at)
                await bot.service.reminding.remind(self.now)
                await self._deliver(bot)
            else:
                at, _, person, what = heapq.heappop(self._ahead)
                self.now = max(self.now, at)
                await self._act(bot, person, what)

    def _minute(self, at: datetime) -> datetime:
        """When the clock looks that is asked each minute."""
        return at + timedelta(seconds=self.random.uniform(0, 60))

    async def _act(self, bot: Bot, person: Person | None, what: str) -> None:
        if person is None:
            await self._desk(bot, RequestId(what))
        elif what == "asks":
            await self._ask(bot, person)
        else:
            await self._choose(bot, person, Choice(what))
        await self._deliver(bot)

    async def _say(self, bot: Bot, person: Person, content: Typed | Pressed) -> None:
        self.tally.turns += 1
        self._spoke[person.account] = self.now
        message_id = f"{PLATFORM}:{self.tally.turns}"
        address = DeliveryAddress(PLATFORM, person.account.user)
        incoming = Incoming(person.account, address, message_id, content, time_zone=person.zone)
        entries = await bot.service.handle(incoming)
        await bot.service.store.commit(Commit(delivered=tuple(entry.id for entry in entries)))

    async def _ask(self, bot: Bot, person: Person) -> None:
        own = person.standing is Standing.SIGNER
        fields = () if own else ("Emilia Korhonen", f"s{person.number}@oulu.fi")
        signer = ("Heikki Laaksonen", "Professor", "University of Oulu", f"p{person.number}@oulu.fi")
        place = "Pentti Kaiteran katu 1, 90570 Oulu, Finland"
        lines = ("request", _WHO[person.standing], *_STUDENT[person.standing], "challenge", *fields, *signer, place)
        for line in (*lines, "yes"):
            await self._say(bot, person, Typed(line))
            self.now += timedelta(seconds=30)
        if person.corrects:
            self._later(person, Choice.CHANGE_ISSUED, self.random.uniform(1, 48))
        if person.prompt:
            self._later(person, Choice.EMAILED, self.random.uniform(24, 240))

    async def _choose(self, bot: Bot, person: Person, choice: Choice) -> None:
        request = (await bot.service.store.requests(RequestQuery(account=person.account)))[0]
        await self._say(bot, person, Pressed(f"{choice}:{request.id}", ""))
        if choice is Choice.CHANGE_ISSUED and request.status is Status.ISSUED:
            for line in (f"change affiliation to University of Oulu, CMVS {person.number}", "yes"):
                await self._say(bot, person, Typed(line))
        if choice is Choice.EMAILED:
            checks = (Choice.EMAIL_COMPLETE, Choice.EMAIL_COMPLETE, Choice.CC_FORGOTTEN, Choice.SCAN_INCOMPLETE)
            await self._say(bot, person, Pressed(f"{self.random.choice(checks)}:{request.id}", ""))
            self._later(None, request.id, self.random.expovariate(1 / 168))

    async def _desk(self, bot: Bot, request_id: RequestId) -> None:
        """Staff confirm an email, and decide some days later."""
        stored = await bot.service.store.request(request_id)
        assert stored
        received = stored.value.status is Status.RECEIVED
        command: Command = self.random.choice(_DESK_MOVES) if received else Receive()
        event = decide(command, stored.value, STAFF, self.now)
        if isinstance(event, Event):
            write = RequestWrite(apply(stored.value, event), stored.version)
            scheduled = await bot.service.reminding.scheduled(Commit(requests=(write,)), None, self.now)
            await bot.service.store.commit(scheduled)
            if not received:
                self._later(None, request_id, self.random.expovariate(1 / 96))

    # What reaches people

    async def _deliver(self, bot: Bot) -> None:
        for entry in await bot.service.store.outbox():
            await bot.service.store.commit(Commit(delivered=(entry.id,)))
            stored = await bot.service.store.request(entry.outgoing.about) if entry.outgoing.about else None
            if stored and stored.value.events[-1].happened in {Happened.REMINDED, Happened.EXPIRED}:
                self._hear(stored.value)

    def _hear(self, request: LicenseRequest) -> None:
        assert request.account
        self._held_to_what_was_promised(request)
        self._reminded[request.account].append(self.now)
        reminders = sum(event.happened is Happened.REMINDED for event in request.events)
        self.tally.reminded["expired" if request.status is Status.EXPIRED else f"{request.status}, {reminders}"] += 1
        if request.status in {Status.ISSUED, Status.RETURNED}:
            self._react(request)

    def _held_to_what_was_promised(self, request: LicenseRequest) -> None:
        assert request.account
        local = self.now.astimezone(ZoneInfo(request.time_zone or "Europe/Helsinki"))
        last = self._reminded[request.account]
        stopped = any(event.happened is Happened.REMINDERS_STOPPED for event in request.events)
        broken = {
            "outside of the hours": local.weekday() >= 5 or not 9 <= local.hour < 18,
            "twice in a day": bool(last) and self.now - last[-1] < timedelta(hours=20),
            "while talking": self.now - self._spoke.get(request.account, START) < timedelta(minutes=30),
            "after a stop": stopped,
            "to nobody": request.remind_at is not None and request.remind_at <= self.now,
        }
        self.tally.violations += [f"{request.id}: reminded {what}" for what, wrong in broken.items() if wrong]

    def _react(self, request: LicenseRequest) -> None:
        assert request.account
        person = self._persons[request.account]
        chance, hours = self.random.random(), self.random.expovariate(1 / 12)
        if person.stops:
            self._later(person, Choice.STOP_REMINDING, hours)
        elif person.withdraws:
            self._later(person, Choice.WITHDRAW_SURELY, hours)
        elif chance < person.remembers * 0.6:
            self._later(person, Choice.EMAILED, hours)
        elif chance < 0.75:
            self._later(person, self.random.choice((Choice.TOMORROW, Choice.NEXT_WEEK)), hours)
