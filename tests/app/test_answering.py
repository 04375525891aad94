"""A holder answers a change of the LA: once, as the signer, about the version that the button was made for."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.identity import Account, DeliveryAddress, RequestId, Role
from bot.model.incoming import Incoming, Pressed
from bot.model.message import Message, plain_text
from bot.model.people import Standing
from bot.request.status import Status
from bot.store.port import Commit, RequestWrite
from tests.change_world import DAY, IDS, announce, change_world, found, happened, hold, talk, tick
from tests.newer import NEW
from tests.talk import START, World

HOUR = timedelta(hours=1)


async def told(folder: Path, standing: Standing = Standing.SIGNER) -> World:
    """Anna holds a license and was told of the change; Bo, too."""
    world = change_world(folder)
    await hold(world, 0, "anna", standing=standing)
    await hold(world, 1, "bo")
    await announce(world, folder)
    await tick(world, world.versions(), START + 3 * HOUR)
    return world


async def presses(world: World, name: str, choice: str, token: str = "") -> Message:
    """A button pressed, in whatever old message it stands: what is answered."""
    world.now += timedelta(minutes=1)
    account, address = Account("terminal", "", name), DeliveryAddress("terminal", name)
    incoming = Incoming(account, address, f"{name}:{world.now.isoformat()}", Pressed(choice, token))
    entries = await world.service().handle(incoming)
    return next(e.outgoing.message for e in entries if e.outgoing.address == address)


def words(message: Message) -> str:
    return " ".join(plain_text(message).split())


def choices(message: Message) -> list[str]:
    return [button.choice for button in message.buttons]


async def noticed(world: World, name: str) -> Message:
    (entry,) = await world.store.outbox(DeliveryAddress("terminal", name))
    return entry.outgoing.message


async def test_the_buttons_of_a_notice_name_the_license_and_the_version(tmp_path: Path) -> None:
    world = await told(tmp_path)
    assert choices(await noticed(world, "anna")) == [f"stay:{IDS[0]}@{NEW}", f"opt_out:{IDS[0]}@{NEW}"]


async def test_staying_twice_is_one_event_and_answered_kindly(tmp_path: Path) -> None:
    world = await told(tmp_path)
    stay = choices(await noticed(world, "anna"))[0]
    assert "I have noted on 23 November 2026 that you stay" in words(await presses(world, "anna", stay))
    assert "I have that already" in words(await presses(world, "anna", stay))
    assert "I have that already" in await talk(world, tmp_path, "anna", "stay")
    assert happened(await found(world, 0)) == ["informed told", "stayed"]


async def test_opting_out_twice_is_one_event_and_is_not_asked_about_again(tmp_path: Path) -> None:
    world = await told(tmp_path)
    stay, opt_out = choices(await noticed(world, "anna"))
    asked = await presses(world, "anna", opt_out)
    assert "Shall I opt out for license" in words(asked)
    surely = choices(asked)[0]
    assert "is void as of 23 November 2026" in words(await presses(world, "anna", surely, asked.token))
    for again in (surely, opt_out, stay):
        message = await presses(world, "anna", again, asked.token)
        assert "Shall I" not in words(message)
    assert "is void already, so I changed nothing" in words(await presses(world, "anna", opt_out))
    assert "cannot be stayed with" in words(await presses(world, "anna", stay))
    assert happened(await found(world, 0)) == ["informed told", "opted_out"]


async def two_licenses(folder: Path) -> World:
    """Anna holds two licenses, and has read what she was told of each."""
    world = change_world(folder)
    for number in (0, 1):
        await hold(world, number, "anna")
    await announce(world, folder)
    await tick(world, world.versions(), START + 3 * HOUR)
    await talk(world, folder, "anna")
    return world


async def test_of_two_licenses_it_is_asked_which_one_is_meant(tmp_path: Path) -> None:
    world = await two_licenses(tmp_path)
    for said, label in (("opt out", "Opt out"), ("stay", "Stay, under the new version")):
        heard = await talk(world, tmp_path, "anna", said)
        assert f"Which one do you mean? [1] {label}: {IDS[1]} [2] {label}: {IDS[0]}" in heard
    assert "that you stay" in await talk(world, tmp_path, "anna", "stay", "2")
    assert f"stay: license {IDS[1]} goes on" in await talk(world, tmp_path, "anna", "stay")
    heard = await talk(world, tmp_path, "anna", "opt out", "1", "yes")
    assert f"license {IDS[1]} is void" in heard
    assert [happened(await found(world, n))[1:] for n in (0, 1)] == [["stayed"], ["stayed", "opted_out"]]


async def test_the_one_that_is_meant_may_be_named(tmp_path: Path) -> None:
    world = await two_licenses(tmp_path)
    heard = await talk(world, tmp_path, "anna", f"opt out {IDS[0]}", "yes", f"I stay: {IDS[1].lower()}")
    assert f"Shall I opt out for license {IDS[0]}?" in heard
    assert [happened(await found(world, n))[1:] for n in (0, 1)] == [["opted_out"], ["stayed"]]


async def test_a_license_that_is_asked_about_offers_the_choice_as_long_as_it_is_open(tmp_path: Path) -> None:
    world = await two_licenses(tmp_path)
    shown = await presses(world, "anna", f"show_request:{IDS[0]}")
    assert f"I told you of version {NEW} of the LA for it: you can stay, under that version, or opt out" in words(shown)
    assert choices(shown) == [f"stay:{IDS[0]}@{NEW}", f"opt_out:{IDS[0]}@{NEW}"]
    await presses(world, "anna", f"stay:{IDS[0]}@{NEW}")
    assert choices(await presses(world, "anna", f"show_request:{IDS[0]}")) == []


async def test_whoever_does_not_sign_is_offered_no_choice(tmp_path: Path) -> None:
    world = await told(tmp_path, Standing.STUDENT)
    shown = await presses(world, "anna", f"show_request:{IDS[0]}")
    assert f"I told you of version {NEW} of the LA for it: the signer can stay" in words(shown)
    assert choices(shown) == []


async def test_whoever_stayed_may_still_opt_out_before_the_day_and_after_it(tmp_path: Path) -> None:
    world = await told(tmp_path)
    await talk(world, tmp_path, "anna", "stay")
    await talk(world, tmp_path, "bo", "stay")
    await talk(world, tmp_path, "anna", "opt out", "yes")
    await tick(world, world.versions(), DAY + HOUR, timedelta(days=1))
    await talk(world, tmp_path, "bo", "opt out", "yes")
    for number in (0, 1):
        assert happened(await found(world, number)) == ["informed told", "stayed", "opted_out"]
        assert (await found(world, number)).status is Status.VOID


async def test_whoever_was_silent_may_stay_or_opt_out_after_the_day(tmp_path: Path) -> None:
    world = await told(tmp_path)
    await talk(world, tmp_path, "anna")
    await talk(world, tmp_path, "bo")
    await tick(world, world.versions(), DAY + HOUR, timedelta(hours=12))
    assert "that you stay" in await talk(world, tmp_path, "anna", "stay")
    assert "void as of 1 February 2027" in await talk(world, tmp_path, "bo", "opt out", "yes")
    assert happened(await found(world, 0))[-2:] == ["unanswered", "stayed"]
    assert happened(await found(world, 1))[-2:] == ["unanswered", "opted_out"]


async def test_a_button_with_another_persons_request_does_nothing_and_tells_nothing(tmp_path: Path) -> None:
    world = await told(tmp_path)
    unknown = words(await presses(world, "bo", "stay:4DME-77777-7777E@01.02.2027"))
    for forged in (f"stay:{IDS[0]}", f"stay:{IDS[0]}@{NEW}", f"opt_out:{IDS[0]}@{NEW}", f"opt_out_surely:{IDS[0]}"):
        message = await presses(world, "bo", forged)
        assert "Shall I" not in words(message)
        if "surely" not in forged:
            assert words(message) == unknown
    assert happened(await found(world, 0)) == ["informed told"]


async def test_a_confirmation_that_was_never_asked_for_opts_nobody_out(tmp_path: Path) -> None:
    world = await told(tmp_path)
    await presses(world, "anna", f"opt_out_surely:{IDS[0]}", "made up")
    assert (await found(world, 0)).status is Status.APPROVED


async def test_a_button_of_an_older_change_answers_nothing_about_a_newer_one(tmp_path: Path) -> None:
    world = await told(tmp_path)
    await presses(world, "anna", f"stay:{IDS[0]}@28.02.2026")
    await presses(world, "anna", f"opt_out:{IDS[0]}@28.02.2026")
    assert happened(await found(world, 0)) == ["informed told"]


@pytest.mark.parametrize("choice", ["stay", "opt_out"])
async def test_an_applicant_who_is_not_the_signer_answers_nothing_and_is_asked_nothing(
    tmp_path: Path, choice: str
) -> None:
    world = await told(tmp_path, Standing.STUDENT)
    assert choices(await noticed(world, "anna")) == []
    heard = words(await presses(world, "anna", f"{choice}:{IDS[0]}"))
    assert "only the signer can do that" in heard
    assert "Shall I" not in heard
    assert happened(await found(world, 0)) == ["informed told"]


@pytest.mark.parametrize("choice", ["stay", "opt_out"])
async def test_where_nothing_was_announced_nothing_is_answered(tmp_path: Path, choice: str) -> None:
    world = change_world(tmp_path)
    await hold(world, 0, "anna")
    heard = words(await presses(world, "anna", f"{choice}:{IDS[0]}"))
    assert "No change of the LA waits for an answer" in heard
    assert happened(await found(world, 0)) == []


@pytest.mark.parametrize("role", [None, Role.READER])
@pytest.mark.parametrize("command", ["stays", "opt out"])
async def test_without_the_role_of_staff_nobody_answers_for_a_signer(
    tmp_path: Path, command: str, role: Role | None
) -> None:
    world = await told(tmp_path, Standing.STUDENT)
    if role:
        world.roles[Account("terminal", "", "eve")] = role
    await talk(world, tmp_path, "eve", f"{command} {IDS[0]}", "yes")
    await presses(world, "eve", f"desk:{command} {IDS[0]} surely")
    assert happened(await found(world, 0)) == ["informed told"]


async def test_what_staff_note_for_a_signer_is_confirmed_in_the_chat_and_as_an_email(tmp_path: Path) -> None:
    world = await told(tmp_path, Standing.STUDENT)
    heard = await talk(world, tmp_path, "staff", f"stays {IDS[0]}", f"opt out {IDS[0]}", "yes", f"opt out {IDS[0]}")
    assert "Subject: You stay under the new License Agreement" in heard
    assert "Please send the signer this confirmation: To: anna@oulu.fi" in heard
    assert f"license {IDS[0]} is void as of 23 November 2026. The LA says: “Opting out will render" in heard
    chat = await talk(world, tmp_path, "anna")
    assert "CMVS has noted on 23 November 2026 that the signer stays" in chat
    assert "CMVS has noted that the signer opted out of version 01.02.2027" in chat
    assert happened(await found(world, 0)) == ["informed told", "stayed", "opted_out"]


async def test_staff_who_note_twice_that_a_signer_stays_note_it_once(tmp_path: Path) -> None:
    world = await told(tmp_path)
    assert "I have that already" in await talk(world, tmp_path, "staff", f"stays {IDS[0]}", f"stays {IDS[0]}")
    assert happened(await found(world, 0)) == ["informed told", "stayed"]


async def test_an_opt_out_that_staff_noted_is_not_undone(tmp_path: Path) -> None:
    world = await told(tmp_path)
    heard = await talk(world, tmp_path, "staff", f"opt out {IDS[0]}", "yes", f"undo {IDS[0]}", "undo")
    assert "I cannot take it back." in heard
    assert (await found(world, 0)).status is Status.VOID


async def test_where_the_person_is_erased_staff_note_the_answer_and_no_email_is_made(tmp_path: Path) -> None:
    world = await told(tmp_path)
    stored = await world.store.request(RequestId(IDS[0]))
    assert stored
    erased = replace(stored.value, account=None, address=None)

    await world.store.commit(
        Commit(requests=(RequestWrite(erased, stored.version),), personal_data={RequestId(IDS[0]): None})
    )
    heard = await talk(world, tmp_path, "staff", f"opt out {IDS[0]}", "yes")
    assert "Noted for 4DME-22222-22222: opted out" in heard
    assert "Subject:" not in heard
