"""What goes out to Slack: what its errors mean, and that nothing is lost or said twice on account of them."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.outbox_worker import OutboxWorker
from bot.model.errors import DeliveryFailed
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import CameIn, Incoming
from bot.model.message import DocumentRef
from bot.request.query import RequestQuery
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, OutboxEntry
from bot.texts.say import Say
from tests.adapters.slack_server import TEAM, Failure
from tests.adapters.slack_talk import SlackTalk, talk, words
from tests.fakes import FakeClock
from tests.talk import START, World

FORM = ["1", "1", "1", "Anna Virtanen", "1", "University of Oulu", "anna.virtanen@oulu.fi", "Katu 1, 90570 Oulu"]
AT = DeliveryAddress("slack", "D1")
ROOT = Path(__file__).resolve().parents[3]


async def greeted(person: SlackTalk) -> OutboxEntry:
    """A message that waits to be sent."""
    incoming = Incoming(person.account, AT, "m1", CameIn())
    (entry,) = await person.slack.service.handle(incoming)
    return entry


@pytest.mark.parametrize(
    ("failure", "reason", "pause", "final"),
    [
        (Failure("ratelimited", 429, "30"), "slack: ratelimited", 30, False),
        (Failure(status=429, retry_after="7"), "slack: status 429", 7, False),
        (Failure(status=500), "slack: status 500", 0, False),
        (Failure("fatal_error", 503), "slack: fatal_error", 0, False),
        (Failure("channel_not_found"), "slack: channel_not_found", 0, True),
        (Failure("invalid_blocks"), "slack: invalid_blocks", 0, True),
        (Failure(drop=True), "slack: ServerDisconnectedError", 0, False),
    ],
)
async def test_an_error_says_whether_and_when_to_try_again(
    failure: Failure, reason: str, pause: int, final: bool
) -> None:
    async with talk() as person:
        entry = await greeted(person)
        person.server.failures["chat.postMessage"].append(failure)
        with pytest.raises(DeliveryFailed) as failed:
            await person.slack.deliver(entry)
        assert (str(failed.value), failed.value.retry_after, failed.value.final) == (
            reason,
            timedelta(seconds=pause),
            final,
        )
        assert len(person.server.named("chat.postMessage")) == 1


@pytest.mark.parametrize("failure", [Failure("ratelimited", 429, "30"), Failure(status=500)])
async def test_the_outbox_sends_it_when_slack_takes_it_again(failure: Failure) -> None:
    async with talk() as person:
        person.world.now = START
        await greeted(person)
        person.server.failures["chat.postMessage"].append(failure)
        clock = FakeClock(START)
        waited = timedelta()
        worker = OutboxWorker(person.world.store, {"slack": person.slack.deliver}, clock)
        running = asyncio.create_task(worker.run())
        while await person.world.store.outbox():
            await asyncio.sleep(0)
            if clock.next_wake and len(person.server.named("chat.postMessage")) == 1:
                waited = clock.next_wake - START
                clock.advance_to(clock.next_wake)
        worker.stop()
        await running
        assert len(person.server.messages) == 1
        assert waited >= timedelta(seconds=int(failure.retry_after or 0))


async def test_tried_again_it_goes_on_after_what_slack_took() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(FORM)
        person.server.failures["files.completeUploadExternal"].append(Failure(status=500))
        await person.press("Yes, this is right")
        posted = len(person.heard)
        assert len(await person.world.store.outbox()) == 1
        await person.deliver()
        assert (len(person.heard), len(person.server.files)) == (posted, 2)
        assert await person.world.store.outbox() == []


async def test_a_document_that_is_not_the_current_one_is_left_out() -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play([*FORM, "yes"])
        (request,) = await person.world.store.requests(RequestQuery())
        service = person.slack.service
        old = DocumentRef(request.id, 2, "x.pdf")
        message = service.views.message(service.views.request(request), "", old)
        await service.post("", AT, message)
        await person.deliver()
        assert len(person.server.files) == 1
        assert await person.world.store.outbox() == []


async def test_a_void_token_stops_the_adapter_and_keeps_the_message(caplog: pytest.LogCaptureFixture) -> None:
    async with talk() as person:
        entry = await greeted(person)
        person.server.failures["chat.postMessage"].append(Failure("token_revoked"))
        for _ in range(2):
            with pytest.raises(DeliveryFailed) as failed:
                await person.slack.deliver(entry)
            assert not failed.value.final
        assert len(person.server.named("chat.postMessage")) == 1
        assert "Slack stopped: token_revoked. Install the app again" in caplog.text


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import CameIn, Incoming
from bot.store.journal.store import TinyDBStore
from bot.texts.say import Say
from tests.talk import World

async def main():
    service = World(store=TinyDBStore(Path(sys.argv[1]))).service()
    await service.handle(Incoming(Account("slack", "T1", "U1"), DeliveryAddress("slack", "D1"), "m1", CameIn()))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_committed_before_a_kill_is_sent_after_it(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(journal), cwd=ROOT)
    assert await killed.wait() == -signal.SIGKILL
    store = TinyDBStore(journal)
    async with talk(World(store=store)) as person:
        await person.deliver()
        assert "What would you like to do?" in person.shown_words
        assert await person.slack.service.handle(Incoming(person.account, AT, "m1", CameIn())) == ()
        await person.deliver()
        assert len(person.heard) == 1
        await store.aclose()


async def test_staff_are_written_to_by_their_id() -> None:
    async with talk(World(staff=(Account("slack", TEAM, "U9"),))) as person:
        service, now = person.slack.service, person.world.now
        notices = service.notices.to_staff(Say("staff.unconfirmed", {"request_id": "4DME-X", "since": now}), None, now)
        await service.store.commit(Commit(outgoing=tuple(notices)))
        await person.deliver()
        told = [message for message in person.server.messages.values() if message["channel"] == "U9"]
        assert len(told) == 1
        assert "4DME-X" in words(told[0])


async def test_a_form_that_slack_does_not_open_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with talk() as person:
        await person.open_messages()
        await person.play(FORM[:3])
        person.server.failures["views.open"].append(Failure("expired_trigger_id"))
        await person.press("Fill in a form")
        assert "a form is not shown: slack: expired_trigger_id" in caplog.text


async def test_a_choice_that_cannot_be_shown_as_chosen_still_counts() -> None:
    async with talk() as person:
        await person.open_messages()
        person.server.failures["chat.update"].append(Failure(status=500))
        await person.play(["1", "1"])
        assert "What will you use the data for?" in person.shown_words
