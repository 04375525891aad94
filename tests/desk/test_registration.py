"""An LA that came by email without the bot, registered by hand."""

from dataclasses import replace

import pytest

from bot.form.outcome import Problem
from bot.model.people import Applicant, Signer, Standing
from bot.request.events import Happened
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from tests.staff_talk import MAIJA, PERSONS, Person, desk_world, put
from tests.talk import World, texts

BLOCK = """Name: Anna Virtanen
Title: Professor
Affiliation: University of Oulu
Email: anna.virtanen@oulu.fi
Address: Pentti Kaiteran katu 1, 90570 Oulu
"""
FACTS = """LA version: 29.04.2026
Signed: 1.10.2026
Received: 2026-10-03
"""


async def registered(world: World) -> LicenseRequest:
    (request,) = [r for r in await world.store.requests(RequestQuery()) if r.events[0].happened is Happened.REGISTERED]
    return request


async def test_a_pasted_block_makes_a_request_that_was_received_and_has_no_pdf_of_ours() -> None:
    world = desk_world()
    said = await Person(world, MAIJA).says(f"register\n{BLOCK}{FACTS}")
    request = await registered(world)
    assert f"Registered by hand as {request.id}" in said
    assert (request.status, request.account, request.standing) == (Status.RECEIVED, None, Standing.SIGNER)
    assert f"{request.since:%Y-%m-%d} {request.document.issued_at:%Y-%m-%d}" == "2026-10-03 2026-10-01"
    assert (request.document.version, request.document.pdf_sha256) == ("29.04.2026", "")
    signer = Signer(
        "Anna Virtanen",
        "Professor",
        "University of Oulu",
        "anna.virtanen@oulu.fi",
        "Pentti Kaiteran katu 1, 90570 Oulu",
    )
    assert (await world.store.personal_data(request.id)) == replace(PERSONS, signer=signer, applicant=None)
    assert request.events[0].actor.account == MAIJA


async def test_an_applicant_is_taken_for_a_student_unless_it_is_said() -> None:
    world = desk_world()
    applicant = "Applicant name: Bo Li\nApplicant email: bo.li@oulu.fi\n"
    await Person(world, MAIJA).says(f"register by hand: {BLOCK}{applicant}{FACTS}Standing: researcher")
    request = await registered(world)
    persons = await world.store.personal_data(request.id)
    assert persons
    assert (request.standing, persons.applicant) == (Standing.RESEARCHER, Applicant("Bo Li", "bo.li@oulu.fi"))


async def test_what_is_on_the_paper_is_taken_with_a_warning() -> None:
    world = desk_world()
    block = BLOCK.replace("anna.virtanen@oulu.fi", "anna.virtanen@gmail.com").replace("Professor", "PhD student")
    said = await Person(world, MAIJA).says(f"register {block}{FACTS.replace('29.04.2026', '01.02.2023')}")
    assert "Work email again: a private mailbox" in said
    assert "Title again: no fixed position" in said
    assert "I have no text of version 01.02.2023" in said
    request = await registered(world)
    persons = await world.store.personal_data(request.id)
    assert persons
    assert (persons.signer.email, persons.signer.title) == ("anna.virtanen@gmail.com", "PhD student")
    assert request.document.agreement_sha256 == ""


async def test_what_is_no_value_is_asked_for_again_with_all_that_was_understood() -> None:
    world = desk_world()
    block = BLOCK.replace("anna.virtanen@oulu.fi", "anna virtanen").replace("Title: Professor\n", "")
    facts = "LA version: new\nSigned: 2026-10-05\nReceived: 2026-10-03\n"
    said = await Person(world, MAIJA).says(f"register\n{block}{facts}")
    for wrong in ("Title is missing", "Work email: no email address", "LA version is missing", "before it was signed"):
        assert wrong in said
    assert "Name: Anna Virtanen" in said
    assert "Signed: 2026-10-05" in said
    assert await world.store.requests(RequestQuery()) == []


@pytest.mark.parametrize("field", ["Title: Professor", "Email: anna.virtanen@oulu.fi"])
async def test_a_word_that_stands_for_no_answer_is_no_value(field: str) -> None:
    world, label = desk_world(), field.partition(":")[0]
    said = await Person(world, MAIJA).says(f"register\n{BLOCK.replace(field, f'{label}: n/a')}{FACTS}")
    assert "a word that stands for no answer" in said
    assert await world.store.requests(RequestQuery()) == []


@pytest.mark.parametrize("problem", Problem)
def test_whatever_may_be_wrong_has_words_for_staff(problem: Problem) -> None:
    assert texts().word(problem)


async def test_a_date_in_the_future_is_no_date() -> None:
    world = desk_world()
    said = await Person(world, MAIJA).says(f"register\n{BLOCK}{FACTS.replace('2026-10-03', '2027-10-03')}")
    assert "received: a date is missing or in the future" in said


async def test_alone_it_gives_the_form_which_can_be_sent_back_filled_in() -> None:
    world = desk_world()
    maija = Person(world, MAIJA)
    said = await maija.says("register")
    assert "Received: 2026-11-23" in said
    form = said[said.index("register\nName:") :]
    answers = {"Name": "Anna Virtanen", "Title": "Professor", "Affiliation": "University of Oulu"}
    answers |= {
        "Email": "anna.virtanen@oulu.fi",
        "Address": "Pentti Kaiteran katu 1, 90570 Oulu",
        "Signed": "1.10.2026",
    }
    for label, value in answers.items():
        form = form.replace(f"\n{label}:", f"\n{label}: {value}", 1)
    assert "Registered by hand" in await maija.says(form)
    assert (await world.store.personal_data((await registered(world)).id)) is not None


async def test_staff_see_that_the_signer_has_another_request() -> None:
    world = desk_world()
    other = await put(world, Status.APPROVED)
    said = await Person(world, MAIJA).says(f"register\n{BLOCK}{FACTS}")
    assert f"Same signer, by email, in open or approved requests: {other}" in said


async def test_it_is_approved_like_any_other() -> None:
    world = desk_world()
    maija = Person(world, MAIJA)
    await maija.says(f"register\n{BLOCK}{FACTS}")
    request = await registered(world)
    assert "anna.virtanen@oulu.fi" in await maija.says(f"approve {request.id}")
    assert (await registered(world)).status is Status.APPROVED
