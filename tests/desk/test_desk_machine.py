"""Two staff, a reader and three applicants acting at random: nobody ever sees or moves what they may not."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from bot.model.identity import Account, RequestId, Role
from bot.model.message import plain_text
from bot.model.people import Applicant, PersonalData, Signer
from bot.request.events import stood
from bot.request.lifecycle import apply
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.port import Commit
from tests.fakes import FakeStore
from tests.staff_talk import MAIJA, REA, TIMO, Person, desk_world, put
from tests.talk import World

APPLICANTS = [Account("terminal", "", name) for name in ("ada", "bea", "cid")]
STAFF = [MAIJA, TIMO]
CANARY = {account: f"{account.user.title()}canary" for account in APPLICANTS}
MOVES = st.sampled_from(
    [
        *(
            "received {}",
            "approve {}",
            "return {} not signed",
            "return {} other: {canary} is wrong",
            "reject {} duplicate",
        ),
        *("revoke {} commercial use", "reopen {}", "undo {}", "note {} {canary} called", "assign {}", "emailed {}"),
        *("withdraw {}", "version {} 01.01.2020", "yes", "undo", "show {}", "find {canary}", "waiting"),
    ]
)
OWN = st.sampled_from(
    ["my requests", "i have emailed it", "withdraw", "yes", "status {}", "show {}", "approve {}", "undo"]
)


class Desk(RuleBasedStateMachine):
    """The world, and what everybody has heard in it."""

    requests = Bundle("requests")

    @initialize()
    def begin(self) -> None:
        self.world: World = desk_world()
        self.dismissed: set[Account] = set()

    @property
    def store(self) -> FakeStore:
        assert isinstance(self.world.store, FakeStore)
        return self.world.store

    @rule(target=requests, account=st.sampled_from(APPLICANTS), status=st.sampled_from(Status))
    def a_request_is_there(self, account: Account, status: Status) -> RequestId:
        signer = Signer(CANARY[account], "Professor", "University of Oulu", "same.signer@oulu.fi", "Oulu 1")
        persons = PersonalData(signer, Applicant(CANARY[account], f"{account.user}@oulu.fi"))
        return asyncio.run(put(self.world, status, account, persons))

    @rule(account=st.sampled_from(STAFF), words=MOVES, about=requests)
    def staff_say(self, account: Account, words: str, about: RequestId) -> None:
        self.say(account, words, about)

    @rule(account=st.sampled_from(STAFF), words=MOVES, about=requests)
    def two_staff_say_at_once(self, account: Account, words: str, about: RequestId) -> None:
        canary = CANARY[self.owner(about)]

        async def both() -> None:
            people = [Person(self.world, each) for each in STAFF]
            await asyncio.gather(*(person.says(words.format(about, canary=canary)) for person in people))

        self.acting(both, set(STAFF) - self.dismissed)

    @rule(words=MOVES, about=requests)
    def a_reader_says(self, words: str, about: RequestId) -> None:
        before = dict(self.store.stored)
        self.say(REA, words, about)
        assert self.store.stored == before

    @rule(account=st.sampled_from(APPLICANTS), words=st.one_of(MOVES, OWN), about=requests)
    def an_applicant_says(self, account: Account, words: str, about: RequestId) -> None:
        before = {key: stored for key, stored in self.store.stored.items() if stored.value.account != account}
        heard = self.say(account, words, about)
        assert {key: self.store.stored[key] for key in before} == before
        self.sees_nothing_of_others(account, words, heard)

    @rule(account=st.sampled_from(APPLICANTS))
    def an_applicant_hears_what_is_due(self, account: Account) -> None:
        heard = asyncio.run(Person(self.world, account).hears())
        self.sees_nothing_of_others(account, "", heard)

    @rule(account=st.sampled_from(APPLICANTS), about=requests, press=st.sampled_from(["approve", "undo", "withdraw"]))
    def an_applicant_presses_a_button_of_the_desk(self, account: Account, about: RequestId, press: str) -> None:
        before = {key: stored.value.events for key, stored in self.store.stored.items()}
        heard = asyncio.run(Person(self.world, account).presses(f"desk:{press} {about} surely"))
        assert "belongs to an earlier question" in heard
        assert {key: stored.value.events for key, stored in self.store.stored.items()} == before

    @rule(minutes=st.integers(0, 5))
    def time_goes_by(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    @rule(account=st.sampled_from(STAFF))
    def a_role_is_lost_or_given_back(self, account: Account) -> None:
        if account in self.dismissed:
            self.dismissed.discard(account)
            self.world.roles[account] = Role.STAFF
        else:
            self.dismissed.add(account)
            self.world.roles.pop(account)

    @rule(about=consumes(requests))
    def the_persons_are_erased(self, about: RequestId) -> None:
        asyncio.run(self.store.commit(Commit(personal_data={about: None})))

    @invariant()
    def every_request_is_what_its_events_made_it(self) -> None:
        for stored in self.store.stored.values() if hasattr(self, "world") else ():
            request = stored.value
            assert (request.status, request.since) == stood(request.events)[-1][:2]
            assert replayed(request).status is request.status

    @invariant()
    def no_event_holds_anything_personal(self) -> None:
        for stored in self.store.stored.values() if hasattr(self, "world") else ():
            assert "canary" not in repr(stored.value)

    def owner(self, about: RequestId) -> Account:
        account = self.store.stored[about].value.account
        assert account
        return account

    def say(self, account: Account, words: str, about: RequestId) -> str:
        said = words.format(about, canary=CANARY[self.owner(about)])
        heard = ""

        async def one() -> None:
            nonlocal heard
            heard = await Person(self.world, account).says(said)

        self.acting(one, {account} & set(STAFF) - self.dismissed, account)
        return heard

    def acting(self, turn: object, staff: set[Account], applicant: Account | None = None) -> None:
        """Whatever happened, it was done by one who may: staff with the role, or the applicant to their own."""
        before = {key: len(stored.value.events) for key, stored in self.store.stored.items()}
        asyncio.run(turn())  # type: ignore[operator]
        for key, stored in self.store.stored.items():
            for event in stored.value.events[before[key] :]:
                by = event.actor
                own = by.role is Role.APPLICANT and stored.value.account == applicant
                assert own or (by.role is Role.STAFF and by.account in staff and by.place is not None)

    def sees_nothing_of_others(self, account: Account, said: str, heard: str) -> None:
        for other, canary in CANARY.items():
            assert other == account or canary in said or canary not in heard
        assert "Same signer" not in heard
        for entry in self.store.entries.values():
            if entry.outgoing.address.chat == account.user and entry.outgoing.about:
                request = self.store.stored[entry.outgoing.about].value
                told = plain_text(entry.outgoing.message)
                assert request.account == account or CANARY[self.owner(request.id)] not in told


def replayed(request: LicenseRequest) -> LicenseRequest:
    first = request.events[0]
    again = replace(request, events=(first,), status=Status.ISSUED, since=first.at, documents=request.documents[:1])
    for event in request.events[1:]:
        again = apply(again, event)
    return again


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
