"""A document on a version of the LA that is past, not emailed yet: nothing helps to send it, it is offered anew."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.agreement.agreement import InForce
from bot.model.errors import Superseded
from bot.model.identity import DeliveryAddress
from bot.model.message import DocumentRef, FileKind, Message, plain_text
from bot.model.people import Standing
from bot.reminders.job import Reminding
from bot.reminders.messages import Drafts, HandOver
from bot.reminders.policy import ReminderPolicy
from bot.request.status import Status
from tests.change_world import DAY, IDS, announce, change_world, found, hold, talk
from tests.newer import NEW, OLD
from tests.talk import World

NO_MORE = "So please do not send it any more"
TO_DO = ("scan all pages into one PDF, and email it", "Email the PDF to", "Scan all pages", "The email, ready to")


async def past(folder: Path, standing: Standing = Standing.SIGNER) -> World:
    """Anna has a document on the older version that she did not email, Bo one that he did; the day has come."""
    world = change_world(folder)
    await hold(world, 0, "anna", standing=standing, status=Status.ISSUED)
    await hold(world, 1, "bo", status=Status.EMAILED)
    await announce(world, folder)
    world.now = DAY + timedelta(hours=1)
    await world.versions().informing(world.now)
    return world


async def reminders(world: World, name: str) -> list[Message]:
    """What the clock says next of a request that nothing was heard of."""
    hand_over = HandOver(world.views(), ReminderPolicy())
    await Reminding(world.store, hand_over, world.notices()).remind(world.now)
    entries = await world.store.outbox(DeliveryAddress("terminal", name))
    return [entry.outgoing.message for entry in entries]


@pytest.mark.parametrize("standing", [Standing.SIGNER, Standing.STUDENT])
@pytest.mark.parametrize("said", ["my requests", f"show {IDS[0]}", "send me the pdf again", "the email, ready to send"])
async def test_whatever_is_asked_of_it_it_is_not_to_be_sent_and_a_new_one_is_offered(
    tmp_path: Path, said: str, standing: Standing
) -> None:
    world = await past(tmp_path, standing)
    await talk(world, tmp_path, "anna")
    heard = await talk(world, tmp_path, "anna", said)
    assert f"on version {OLD} of the LA, and version {NEW} has taken its place. {NO_MORE}" in heard
    assert "] Make it on the new version" in heard
    assert "] I have emailed it" in heard
    assert not [words for words in (*TO_DO, "⇩", "] Send me the PDF again") if words in heard]
    again = await talk(world, tmp_path, "anna", said, "Make it on the new version")
    assert f"document 2, LA version {NEW}" in again
    assert NO_MORE not in await talk(world, tmp_path, "anna", said)


async def test_of_several_it_is_asked_which_is_to_be_made_anew_and_the_last_one_left_is_meant(tmp_path: Path) -> None:
    world = await past(tmp_path)
    await hold(world, 2, "anna", status=Status.ISSUED)
    heard = await talk(world, tmp_path, "anna", "new version", "2")
    assert "Which one do you mean? [1] Make it on the new version: 4DME-" in heard
    assert f"request {IDS[0]}, document 2" in heard
    assert f"request {IDS[2]}, document 2" in await talk(world, tmp_path, "anna", "new version")


def test_a_version_is_past_once_another_has_taken_its_place_and_not_while_it_is_still_to_come() -> None:
    in_force = InForce(OLD, ((DAY, NEW),))
    assert [in_force.is_past(version) for version in (OLD, NEW)] == [False, False]
    in_force.look(DAY)
    assert [in_force.is_past(version) for version in (OLD, NEW)] == [True, False]


async def test_before_the_day_it_is_sent_as_ever(tmp_path: Path) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna", status=Status.ISSUED)
    await announce(world, tmp_path)
    world.now = DAY - timedelta(hours=1)
    await world.versions().informing(world.now)
    heard = await talk(world, tmp_path, "anna", f"show {IDS[0]}", "the email, ready to send")
    assert NO_MORE not in heard
    assert "] Send me the PDF again" in heard
    assert "The email, ready to send To:" in heard


async def test_what_was_emailed_already_is_for_staff_to_decide(tmp_path: Path) -> None:
    world = await past(tmp_path)
    heard = await talk(world, tmp_path, "bo", "my requests")
    assert NO_MORE not in heard
    assert "Waiting for CMVS" in heard
    await talk(world, tmp_path, "anna", "I have emailed it")
    assert (await found(world, 0)).status is Status.EMAILED
    assert IDS[0] in await talk(world, tmp_path, "staff", "old versions")


@pytest.mark.parametrize("renewed", [True, False])
async def test_whom_a_document_was_offered_was_not_asked_to_stay_or_opt_out(tmp_path: Path, renewed: bool) -> None:
    world = await past(tmp_path)
    await talk(world, tmp_path, "anna", *(["new version"] if renewed else []), "I have emailed it")
    await talk(world, tmp_path, "staff", f"approve {IDS[0]}")
    assert (await found(world, 0)).status is Status.APPROVED
    heard = await talk(world, tmp_path, "anna", f"show {IDS[0]}", "opt out")
    assert "I told you of version" not in heard
    assert "No change of the LA waits for an answer" in heard
    world.now += timedelta(hours=2)
    await world.versions().informing(world.now)
    told = f"License {IDS[0]} is under version {OLD}." in await talk(world, tmp_path, "anna")
    assert told is not renewed


async def test_a_reminder_asks_for_the_new_one_and_for_nothing_to_be_sent(tmp_path: Path) -> None:
    world = await past(tmp_path)
    await talk(world, tmp_path, "anna")
    world.now = DAY.replace(hour=12)
    (message,) = await reminders(world, "anna")
    words = " ".join(plain_text(message).split())
    assert f"A reminder of request {IDS[0]}: I do not know of an email yet. The document is on version {OLD}" in words
    assert NO_MORE in words
    assert not [there for there in TO_DO if there in words]
    choices = [button.choice.partition(":")[0] for button in message.buttons]
    assert choices == ["renew", "emailed", "tomorrow", "next_week", "stop_reminding", "withdraw"]


async def test_the_last_reminder_still_names_the_day_on_which_it_expires(tmp_path: Path) -> None:
    world = await past(tmp_path)
    await talk(world, tmp_path, "anna")
    world.now = (await found(world, 0)).since + timedelta(days=176)
    (message,) = await reminders(world, "anna")
    assert NO_MORE in " ".join(plain_text(message).split())
    assert "This is my last reminder." in plain_text(message)


async def test_what_staff_send_back_after_the_day_is_to_be_made_anew(tmp_path: Path) -> None:
    world = await past(tmp_path)
    await talk(world, tmp_path, "staff", f"return {IDS[1]} not signed")
    world.now += timedelta(minutes=5)
    heard = await talk(world, tmp_path, "bo")
    assert "CMVS sent 4DME-33333-3333A back for correction, because of this:" in heard
    assert NO_MORE in heard
    assert "email the scan again" not in heard


async def test_a_draft_of_its_email_that_still_waited_is_not_made_any_more(tmp_path: Path) -> None:
    world = await past(tmp_path)
    drafts = Drafts(world.store, HandOver(world.views(), ReminderPolicy()))
    reference = DocumentRef((await found(world, 0)).id, 1, "email.eml", FileKind.EMAIL)
    with pytest.raises(Superseded):
        await drafts.file(reference)
    assert await drafts.file(replace(reference, request_id=(await found(world, 1)).id))
