"""The clock's reminders in the whole core: said once, in time, and never to somebody who is just writing."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from bot.dialogue.events import Chose
from bot.dialogue.state import Conversation, Step
from bot.model.errors import StaleCommit, Superseded
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.incoming import Incoming, Pressed, Typed
from bot.model.message import Button, FileKind, plain_text
from bot.model.people import Field, Standing
from bot.reminders.job import BATCH
from bot.reminders.policy import Kind
from bot.request.commands import Receive, Return
from bot.request.events import Event, Happened
from bot.request.lifecycle import apply, decide
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, OutboxEntry, RequestWrite, Store
from bot.texts.choice import Choice
from bot.texts.decisions import Told
from bot.versions.announcement import Announcement
from bot.versions.messages import ChangeViews
from tests.fakes import FakeStore
from tests.store_values import a_request
from tests.talk import Talk, World, dataset

ANNA = Account("terminal", "", "anna")
CHAT = DeliveryAddress("terminal", "anna")
STAFF = Account("slack", "T1", "U9")
STUDENT = [
    *("1", "2", "1", "1", "Matti Meikäläinen", "matti@oulu.fi", "Zoë Müller", "Professor", "University of Oulu"),
    *("zoe.mueller@oulu.fi", "Pentti Kaiteran katu 1, 90570 Oulu", "1"),
]
DAY = timedelta(days=1)


class Chat:
    """A person in the terminal whose request was issued, and the clock."""

    def __init__(self, world: World) -> None:
        self.world, self.service, self.said = world, world.service(), 0

    @classmethod
    async def issued(cls, folder: Path, world: World | None = None, lines: list[str] = STUDENT) -> "Chat":
        chat = cls(world or World(staff=(STAFF,)))
        await Talk(chat.world, folder).play(lines)
        await chat.seen()
        return chat

    async def request(self) -> LicenseRequest:
        (request,) = await self.world.store.requests(RequestQuery(account=ANNA))
        return request

    async def presses(self, choice: Choice, argument: str = "") -> OutboxEntry:
        name = f"{choice}:{argument or (await self.request()).id}"
        return await self._turn(Pressed(name, ""))

    async def says(self, text: str) -> OutboxEntry:
        return await self._turn(Typed(text))

    async def _turn(self, content: Pressed | Typed) -> OutboxEntry:
        self.said += 1
        entries = await self.service.handle(Incoming(ANNA, CHAT, f"#{self.said}", content))
        entry = next(entry for entry in entries if entry.outgoing.address == CHAT)
        await self.world.store.commit(Commit(delivered=(entry.id,)))
        return entry

    async def clock(self, **later: float) -> list[OutboxEntry]:
        """So much later the clock has its minute; what it says to the person, who sees it."""
        self.world.now += timedelta(**later)
        await self.service.reminding.remind(self.world.now)
        return await self.seen()

    async def seen(self) -> list[OutboxEntry]:
        entries = await self.world.store.outbox(CHAT)
        await self.world.store.commit(Commit(delivered=tuple(entry.id for entry in entries)))
        return list(entries)


def words(entry: OutboxEntry) -> str:
    return plain_text(entry.outgoing.message)


def choices(entry: OutboxEntry) -> list[str]:
    return [button.choice.partition(":")[0] for button in entry.outgoing.message.buttons]


async def test_a_reminder_says_what_is_missing_and_offers_every_way_on(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    assert await chat.clock(days=2) == []
    (entry,) = await chat.clock(days=1)
    said = words(entry)
    for needed in ("PDF", "signs and dates", "xiaobai.li@oulu.fi", "signer in CC", "copied to the leader or professor"):
        assert needed in said
    assert {*choices(entry)} == {
        *(Choice.EMAILED, Choice.TOMORROW, Choice.NEXT_WEEK, Choice.STOP_REMINDING, Choice.WITHDRAW),
        *(Choice.SEND_AGAIN, Choice.FOR_SIGNER, Choice.EMAIL_READY),
    }
    for person in ("Müller", "zoe", "Matti"):
        assert person not in said
    assert await chat.clock(minutes=1) == []
    assert [event.happened for event in (await chat.request()).events] == [Happened.ISSUED, Happened.REMINDED]


async def test_a_signer_is_not_told_of_a_cc(tmp_path: Path) -> None:
    own = ["1", "1", "1", "Zoë Müller", "Professor", "University of Oulu", "zoe@oulu.fi", "Katu 1, 90570 Oulu", "1"]
    chat = await Chat.issued(tmp_path, lines=own)
    (entry,) = await chat.clock(days=3)
    assert "CC" not in words(entry)
    assert Choice.FOR_SIGNER not in choices(entry)


@pytest.mark.parametrize(
    ("said", "days"), [("tomorrow", 1), ("remind me later", 1), ("Next week", 7), ("remind me next week", 7)]
)
async def test_a_reminder_can_be_put_off_in_words(tmp_path: Path, said: str, days: int) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.clock(days=14)
    assert "I remind you" in words(await chat.says(said))
    assert await chat.clock(days=days, minutes=-1) == []
    assert len(await chat.clock(minutes=1)) == 1


@pytest.mark.parametrize("said", ["stop reminding", "don't remind me", "Stop reminding me!"])
async def test_after_stop_nothing_comes_ever(tmp_path: Path, said: str) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.clock(days=3)
    assert "no more reminders" in words(await chat.says(said))
    for _ in range(200):
        assert await chat.clock(days=1) == []
    assert (await chat.request()).status is Status.EXPIRED


async def test_a_button_of_an_old_reminder_changes_nothing_and_says_so_kindly(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.clock(days=3)
    await chat.presses(Choice.EMAILED)
    before = await chat.request()
    for choice in (Choice.TOMORROW, Choice.NEXT_WEEK, Choice.STOP_REMINDING, Choice.EMAILED):
        assert "I changed nothing" in words(await chat.presses(choice))
    assert (await chat.request()).events == before.events


async def test_nobody_is_reminded_within_half_an_hour_of_writing(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    chat.world.now += timedelta(days=3, minutes=-20)
    await chat.says("May I sell it?")
    assert await chat.clock(minutes=20) == []
    await chat.says("help")
    assert await chat.clock(minutes=29) == []
    assert len(await chat.clock(minutes=1)) == 1


async def test_a_process_that_knows_nothing_of_the_talk_leaves_it_in_peace_too(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    chat.world.now += timedelta(days=3, minutes=-5)
    await chat.says("request")
    other = Chat(chat.world)
    assert await other.clock(minutes=10) == []
    assert len(await other.clock(minutes=20)) == 1


async def test_a_turn_between_reading_and_committing_keeps_the_reminder_back(tmp_path: Path) -> None:
    world = World()
    chat = await Chat.issued(tmp_path, world)
    store, real, overtaken = world.store, world.store.commit, False

    async def overtake(commit: Commit) -> tuple[OutboxEntry, ...]:
        nonlocal overtaken
        if commit.requests and not overtaken and not commit.message_id:
            overtaken = True
            await chat.says("help")
        return await real(commit)

    store.commit = overtake  # type: ignore[method-assign]
    assert await chat.clock(days=3) == []
    assert overtaken
    assert len(await chat.clock(minutes=30)) == 1


async def test_the_email_is_looked_at_once_more_and_what_was_found_is_kept_without_a_name(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    asked = await chat.presses(Choice.EMAILED)
    assert choices(asked) == [Choice.EMAIL_COMPLETE, Choice.CC_FORGOTTEN, Choice.SCAN_INCOMPLETE]
    forgotten = await chat.presses(Choice.CC_FORGOTTEN)
    assert "the email should be copied to the leader or professor" in words(forgotten)
    told = await chat.presses(Choice.EMAIL_COMPLETE)
    assert "If nobody has confirmed it by 7 December 2026" in words(told)
    request = await chat.request()
    assert [event.reasons for event in request.events[-2:]] == [("cc_forgotten",), ("complete",)]


async def test_an_email_that_nobody_confirms_is_asked_after_and_staff_are_told(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.presses(Choice.EMAILED)
    (entry,) = await chat.clock(days=14)
    assert choices(entry) == [Choice.FOLLOW_UP_READY, Choice.SHOW_REQUEST]
    told = words((await chat.world.store.outbox(DeliveryAddress("slack", "U9")))[-1])
    assert (await chat.request()).id in told
    assert "Müller" not in told
    ready = await chat.presses(Choice.FOLLOW_UP_READY)
    assert "May I ask whether it has arrived" in words(ready)
    for _ in range(60):
        assert await chat.clock(days=1) == []


async def test_an_email_that_nobody_confirms_for_a_year_expires_after_a_warning_to_both(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.presses(Choice.EMAILED)
    heard = [(day, entry) for day in range(1, 375) for entry in await chat.clock(days=1)]
    (_, _), (warned_on, warned), (closed_on, closed) = heard
    request = await chat.request()
    assert (warned_on, closed_on, request.status) == (336, 366, Status.EXPIRED)
    assert "On 24 November 2027 I close the request" in words(warned)
    assert choices(warned) == [Choice.FOLLOW_UP_READY, Choice.SHOW_REQUEST]
    assert "since nobody confirmed its email" in words(closed)
    assert choices(closed)[0] == Choice.START_FROM
    told = [words(entry) for entry in await chat.world.store.outbox(DeliveryAddress("slack", "U9"))]
    assert any(f"“received {request.id}”" in each and "it expires" in each for each in told)


async def test_the_last_reminder_names_the_day_and_the_request_expires_on_it(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    heard = [(day, words(entry)) for day in range(1, 190) for entry in await chat.clock(days=1)]
    assert [day for day, _ in heard] == [3, 7, 14, 28, 56, 84, 112, 140, 168, 182]
    assert [day for day, said in heard if "This is my last reminder" in said] == [168]
    assert "On 24 May 2027 I close" in heard[-2][1]
    assert "I have closed request" in heard[-1][1]
    assert chat.world.now.date() > datetime(2027, 5, 24, tzinfo=UTC).date()
    assert (await chat.request()).status is Status.EXPIRED


async def test_a_new_request_starts_from_the_answers_of_the_old_one(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    (*_, closed) = [entry for _ in range(190) for entry in await chat.clock(days=1)]
    assert Choice.START_FROM in choices(closed)
    assert "What will you use the data for?" in words(await chat.presses(Choice.START_FROM))
    review = words(await chat.says("challenge"))
    assert "Zoë Müller" in review
    assert "Matti Meikäläinen" in review
    await chat.says("yes")
    first, second = await chat.world.store.requests(RequestQuery(account=ANNA))
    assert {first.status, second.status} == {Status.ISSUED, Status.EXPIRED}
    under_way = await chat.says("request")
    assert words(under_way)
    assert "under way" in words(await chat.presses(Choice.START_FROM, second.id))


async def test_the_email_is_a_draft_that_opens_with_all_but_the_scan(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    entry = await chat.presses(Choice.EMAIL_READY)
    reference = entry.outgoing.message.document
    assert reference
    assert reference.kind is FileKind.EMAIL
    assert "Müller" not in repr(reference)
    draft = message_from_bytes(await chat.service.file(reference), policy=default)
    assert isinstance(draft, EmailMessage)
    assert str(draft["Cc"]) == "Zoë Müller <zoe.mueller@oulu.fi>"
    body = str(draft.get_content()).replace("\r\n", "\n")
    assert "I am a student who reports to Zoë Müller" in body
    assert body.strip() in words(entry)
    assert any(block.source.startswith("mailto:xiaobai.li@oulu.fi?cc=") for block in entry.outgoing.message.blocks)


async def test_a_draft_of_an_old_document_never_goes_out(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    reference = (await chat.presses(Choice.EMAIL_READY)).outgoing.message.document
    assert reference
    for line in ("change a field", "change email to zoe@oulu.fi", "yes"):
        await chat.says(line)
    assert (await chat.request()).document.number == 2
    with pytest.raises(Superseded):
        await chat.service.file(reference)


async def test_the_text_for_the_signer_says_what_they_sign_and_what_is_kept(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    entry = await chat.says("text for my professor")
    said = words(entry)
    for told in (
        *("Dear Zoë Müller", "fixed position", "sign and date", "clause 3, Access", "fully responsible", "GDPR"),
        *(
            "I typed your name, title, affiliation, work email and address",
            "is responsible for them",
            "corrected or erased",
        ),
    ):
        assert told in said
    assert entry.outgoing.message.document
    assert entry.outgoing.message.document.kind is FileKind.AGREEMENT


async def test_where_it_is_too_late_for_the_email_the_request_is_shown(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.presses(Choice.WITHDRAW_SURELY)
    for choice in (Choice.EMAIL_READY, Choice.FOR_SIGNER, Choice.FOLLOW_UP_READY):
        entry = await chat.presses(choice)
        assert "withdrawn" in words(entry)
        assert entry.outgoing.message.document is None


async def test_what_staff_did_is_no_reason_to_remind(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    stored = await chat.world.store.request((await chat.request()).id)
    assert stored
    event = decide(Receive(), stored.value, Actor(Role.STAFF, STAFF), chat.world.now)
    assert isinstance(event, Event)
    await chat.world.store.commit(Commit(requests=(RequestWrite(apply(stored.value, event), stored.version),)))
    assert await chat.clock(days=3) == []
    assert (await chat.request()).remind_at is None


async def test_a_returned_request_is_reminded_of_with_its_reasons(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    request = await chat.request()
    for command in (Receive(), Return((dataset().reasons[0].code,))):
        event = decide(command, request, Actor(Role.STAFF, STAFF), chat.world.now)
        assert isinstance(event, Event)
        request = apply(request, event)
    stored = await chat.world.store.request(request.id)
    assert stored
    await chat.world.store.commit(Commit(requests=(RequestWrite(request, stored.version),)))
    (entry,) = await chat.clock(days=3)
    assert "sent back for correction" in words(entry)
    assert dataset().reasons[0].text in words(entry)


async def test_at_night_the_clock_waits_for_the_morning_where_the_person_is(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    assert await chat.clock(days=3, hours=12) == []
    assert (await chat.request()).remind_at == datetime(2026, 11, 27, 7, 0, tzinfo=UTC)  # 9 in Helsinki
    assert len(await chat.clock(hours=10)) == 1


async def test_the_time_zone_of_the_platform_is_kept_with_the_request() -> None:
    world = World()
    service = world.service()
    for number, line in enumerate(STUDENT_IN_WORDS):
        await service.handle(Incoming(ANNA, CHAT, str(number), Typed(line), time_zone="Asia/Tokyo"))
    (request,) = await world.store.requests(RequestQuery(account=ANNA))
    assert request.time_zone == "Asia/Tokyo"


STUDENT_IN_WORDS = ["request", "my professor will", "yes", "challenge", *STUDENT[4:-1], "yes"]


async def due_requests(store: Store, count: int, now: datetime) -> None:
    for number in range(count):
        account = Account("telegram", "", str(number))
        request = a_request(
            RequestId(f"4DME-{number:05}"), account, since=now - 3 * DAY, remind_at=now, standing=Standing.STUDENT
        )
        address = DeliveryAddress("telegram", str(number))
        await store.commit(Commit(requests=(RequestWrite(replace(request, address=address), 0),)))


@pytest.mark.parametrize("kind", ["fake", "tinydb"])
async def test_two_clocks_at_once_remind_everybody_once(tmp_path: Path, kind: str) -> None:
    world = World(store=FakeStore() if kind == "fake" else TinyDBStore(tmp_path / "journal.jsonl"))
    count = 3 * BATCH + 1
    await due_requests(world.store, count, world.now)
    await asyncio.gather(*(world.service().reminding.remind(world.now) for _ in range(2)))
    entries = await world.store.outbox()
    assert sorted(entry.outgoing.about or "" for entry in entries) == [f"4DME-{number:05}" for number in range(count)]
    await world.store.aclose()


async def test_a_person_with_two_requests_hears_of_one_a_day() -> None:
    world = World()
    await due_requests(world.store, 2, world.now)
    for number in range(2):
        stored = await world.store.request(RequestId(f"4DME-{number:05}"))
        assert stored
        same = replace(stored.value, account=ANNA)
        await world.store.commit(Commit(requests=(RequestWrite(same, stored.version),)))
    reminding = world.service().reminding
    await reminding.remind(world.now)
    assert len(await world.store.outbox()) == 1
    await reminding.remind(world.now + timedelta(hours=1))
    assert len(await world.store.outbox()) == 1
    await reminding.remind(world.now + DAY)
    assert len({entry.outgoing.about for entry in await world.store.outbox()}) == 2


async def test_a_reminder_that_was_never_seen_gives_way_to_the_next(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    for days in (3, 4, 7):
        chat.world.now += days * DAY
        await chat.service.reminding.remind(chat.world.now)
    chat.world.now += timedelta(minutes=1)
    shown = await Talk(chat.world, tmp_path).play([])
    assert shown.count("A reminder of request") == 1


async def test_a_stale_batch_is_decided_anew(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    real, failed = chat.world.store.commit, list[Commit]()

    async def stale_once(commit: Commit) -> tuple[OutboxEntry, ...]:
        if commit.requests and not failed:
            failed.append(commit)
            raise StaleCommit("moved on")
        return await real(commit)

    chat.world.store.commit = stale_once  # type: ignore[method-assign]
    assert len(await chat.clock(days=3)) == 1


async def test_a_choice_in_the_middle_of_a_form_is_carried_out_and_the_form_goes_on(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    await chat.clock(days=3)
    await chat.says("request")
    said = words(await chat.says("tomorrow"))
    assert "I remind you" in said
    assert "Who will sign the LA?" in said
    conversation = (await chat.world.store.conversation(ANNA)).value
    assert conversation
    assert conversation.step is Step.WHO


async def test_start_from_the_old_one_may_be_typed_and_means_the_request_that_was_closed(tmp_path: Path) -> None:
    chat = await Chat.issued(tmp_path)
    while (await chat.request()).status is Status.ISSUED:
        await chat.clock(days=1)
    assert "What will you use the data for?" in words(await chat.says("Start from the old one"))
    await chat.says("challenge")
    assert "under way" in words(await chat.says("start from the old one"))
    await chat.says("yes")
    assert "What will you use the data for?" in words(await chat.says("Start from the old one."))
    await chat.says("cancel")
    await chat.says("yes")
    by_status = {r.status: r.id for r in await chat.world.store.requests(RequestQuery(account=ANNA))}
    assert by_status.keys() == {Status.ISSUED, Status.EXPIRED}
    await chat.presses(Choice.WITHDRAW_SURELY, by_status[Status.ISSUED])
    which = await chat.says("Start from the old one")
    assert choices(which) == [Choice.START_FROM, Choice.START_FROM]
    assert all(request_id in words(which) for request_id in by_status.values())


def noticed() -> set[Button]:
    """The buttons under every message that comes outside of any dialogue."""
    world, request = World(), a_request(RequestId("4DME-9B5SE-H644N"))
    own = replace(request, status=Status.APPROVED, standing=Standing.SIGNER)
    change = Announcement("29.04.2026", "b" * 64, "29.04.2026", "a" * 64, world.now, world.now + 40 * DAY, 30, "")
    hand_over, changes = world.service().reminding.hand_over, ChangeViews(world.views())
    says = [say for kind in Kind for say in hand_over.reminder(request, kind)]
    says += [*changes._choice(own, change, change.previous, change.effective_at)]  # noqa: SLF001 - without the comparison beside it
    decided = Event(Happened.APPROVED, world.now, Actor(Role.STAFF, STAFF))
    told = Told(world.views()).of(replace(own, address=CHAT), decided, None)
    assert told
    messages = [world.views().message([say], "") for say in says] + [told, changes.offered(own, change)]
    return {button for message in messages for button in message.buttons}


@pytest.mark.parametrize("step", [Step.MENU, Step.FIELD])
def test_every_choice_that_a_notice_offers_can_be_typed_as_its_label_says(step: Step) -> None:
    under_way = Conversation(step, Standing.SIGNER, {}, Field.NAME if step is Step.FIELD else None)
    buttons = noticed()
    assert len(buttons) > 10
    for button in buttons:
        meant = World().service().understanding.words(under_way, button.label)
        assert isinstance(meant, Chose), button.label
        assert meant.choice == button.choice.partition(":")[0]
