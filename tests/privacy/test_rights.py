"""What people are told of their data, and what staff do for those who never chatted."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.config import read_settings
from bot.desk.commands import BY_NAME
from bot.desk.signers import same_signer
from bot.dialogue.events import Chose
from bot.dialogue.state import Conversation, Step
from bot.model.identity import Account, Role, address_of
from bot.model.incoming import Incoming, Pressed, Typed
from bot.model.json_codec import from_json
from bot.model.message import FileKind, plain_text
from bot.model.people import (
    APPLICANT_FIELDS,
    NO_SIGNER,
    SIGNER_FIELDS,
    Applicant,
    Field,
    PersonalData,
    Remark,
    Standing,
)
from bot.privacy.job import IDS_KEPT_FOR
from bot.privacy.processing import record_of_processing
from bot.privacy.retention import Evidence
from bot.privacy.stored_fields import STORED
from bot.privacy.subject_access import signs_for_another
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.status import Status
from bot.store.documents import SEEN_KEPT
from bot.store.journal.store import TinyDBStore
from bot.store.port import Commit, ConversationWrite, OutboxEntry, RequestWrite
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.choice import Choice
from bot.texts.say import Say
from tests.erasures import DM, DONE, GRANTED, OPEN, OTHERS, VALUES, WHO, fill, left_in_files, persons_of
from tests.erasures import STAFF as STAFFER
from tests.fakes import FakeStore
from tests.store_values import NOW, OTHER, PERSONS, a_request, outgoing
from tests.talk import Talk, World, dataset, texts

STAFF = Account("terminal", "", "staff")
EMAIL = VALUES[3]


def words(entries: tuple[OutboxEntry, ...]) -> str:
    return "\n".join(plain_text(entry.outgoing.message) for entry in entries)


async def says(world: World, text: str, number: int, account: Account = STAFF) -> tuple[OutboxEntry, ...]:
    turn = Incoming(account, address_of(account), f"{account}:{number}", Typed(text))
    return await world.service().handle(turn)


async def test_the_file_holds_everything_that_is_kept_of_the_person_and_nothing_of_others() -> None:
    world = World()
    await fill(world.store, VALUES)
    service = world.service()
    (shown,) = await service.handle(Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:3", Typed("my data")))
    document = shown.outgoing.message.document
    assert document
    assert document.kind is FileKind.PERSONAL_DATA
    content = (await service.file(document)).decode()
    assert all(json.dumps(value, ensure_ascii=False)[1:-1] in content for value in VALUES if "Older" not in value)
    assert PERSONS.signer.email not in content
    found = json.loads(content)
    assert from_json(found["requests"][0]["request"], LicenseRequest).account == WHO
    assert from_json(found["requests"][0]["persons"], PersonalData).signer.email == EMAIL
    assert found["records"][f"activity/{WHO}"] == {"zone": VALUES[9]}
    brought = [waiting for waiting in found["messages_waiting"] if "What I keep of you" in json.dumps(waiting)]
    assert brought == [], "what it was asked for with is the same once more, in pieces"


async def test_an_account_whose_name_looks_like_an_address_gets_its_own_file(tmp_path: Path) -> None:
    world, local = World(), Account("terminal", "", EMAIL)
    await fill(world.store, VALUES)
    write = RequestWrite(a_request(GRANTED, local), 0)
    await world.store.commit(Commit(requests=(write,), personal_data={GRANTED: PERSONS}))
    (shown,) = await says(world, "my data", 1, local)
    assert shown.outgoing.message.document
    content = (await world.service().file(shown.outgoing.message.document)).decode()
    assert (GRANTED in content, OPEN in content) == (True, False)


async def test_somebody_of_whom_nothing_is_kept_is_told_so(tmp_path: Path) -> None:
    heard = await Talk(World(), tmp_path).play(["my data"])
    assert "No form and no request" in heard


async def test_the_privacy_text_says_the_controllers_basis_and_every_category(tmp_path: Path) -> None:
    world = World()
    heard = await Talk(world, tmp_path).play(["privacy"])
    assert "is not written down here" in " ".join(heard.split())
    said = replace(world.service().rights, basis="the steps before a contract").privacy()
    told = " ".join(plain_text(world.service().views.message(said, "")).split())
    assert "in the words of" in told
    assert "the steps before a contract" in told
    assert all(texts().words[f"category.{row.category}"] in told for row in STORED if row.category != "technical")


def test_the_number_of_message_ids_that_people_are_told_of_is_the_stores() -> None:
    assert f"until {SEEN_KEPT:,} newer ones have come" in texts().words["until.recent"]
    assert timedelta(weeks=5) == IDS_KEPT_FOR


@pytest.mark.parametrize("basis", ["", "Art. 6(1)(f), as our lawyer says"])
def test_the_text_for_the_signer_tells_basis_periods_and_rights(basis: str) -> None:
    """Art. 14: their data came from somebody else, and they may never see this chat."""
    settings = read_settings({"LA_BOT_LEGAL_BASIS": basis, "LA_BOT_RETENTION_APPROVED": "7"})
    spoken = load_texts(ENGLISH, dataset(), settings.shown(dataset().licensor, dataset().contact))
    names = ("signer", "version", "request_id", "where", "signer_gdpr", "signer_controls", "signer_responsible")
    blocks = spoken.blocks(Say("signer.text", dict.fromkeys((*names, "applicant"), "x")))
    told = "\n".join("".join(span.text for span in line) for block in blocks for line in block.lines)
    assert ("The legal basis" in told, basis in told) == (bool(basis), True)
    assert "7 years for a license" in told
    assert all(right in told for right in ("see them", "corrected", "erased", "object", "restricted", "complain"))


def test_the_record_of_processing_names_every_stored_field() -> None:
    views = World().service().views
    record = plain_text(views.message(list(record_of_processing(texts(), "", "journal", encrypted=False)), ""))
    assert all(path in record for row in STORED for path in row.paths())
    assert "not stated (LA_BOT_LEGAL_BASIS)" in record
    assert "not encrypted by the bot" in record
    sealed = plain_text(views.message(list(record_of_processing(texts(), "", "journal", encrypted=True)), ""))
    assert "encrypted by the bot (AES-256-GCM)" in sealed
    assert "in clear" in sealed


# On behalf of others


@pytest.mark.parametrize("text", ["data of anna", "data of a@b and c@d", "erase signer anna"])
async def test_staff_are_asked_whose_where_no_address_was_named(text: str) -> None:
    assert "Whose?" in words(await says(World(staff=(STAFF,)), text, 1))


async def test_staff_are_shown_everything_of_an_address_with_its_file() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    (shown,) = await says(world, f"data of <mailto:{EMAIL}|{EMAIL}>", 1)
    assert OPEN in plain_text(shown.outgoing.message)
    document = shown.outgoing.message.document
    assert document
    content = (await world.service().file(document)).decode()
    assert VALUES[0] in content
    assert PERSONS.signer.email not in content


async def with_remarks(world: World) -> None:
    """Of each request: a note among staff, and a reason that the applicant was told; one is assigned."""
    for request_id in (OPEN, DONE):
        persons, stored = await world.store.personal_data(request_id), await world.store.request(request_id)
        assert persons
        assert stored
        told, note = Remark(NOW, STAFFER, "The date is missing", told=True), Remark(NOW, STAFFER, "Odd fellow")
        write = RequestWrite(replace(stored.value, assignee=STAFFER), stored.version)
        kept = {request_id: replace(persons, remarks=(told, note))}
        await world.store.commit(Commit(requests=(write,), personal_data=kept))


async def test_my_data_names_no_staff_and_none_of_their_notes_and_says_so() -> None:
    world = World()
    await fill(world.store, VALUES)
    await with_remarks(world)
    service = world.service()
    (shown,) = await service.handle(Incoming(WHO, DM, "slack:T024BE7LD:D0CANARY2:3", Typed("my data")))
    assert shown.outgoing.message.document
    content = (await service.file(shown.outgoing.message.document)).decode()
    assert "The date is missing" in content
    assert (STAFFER.user in content, "Odd fellow" in content) == (False, False)
    assert "left out: which of the staff" in words((shown,))


@pytest.mark.parametrize(("own", "others"), [((0, 1, 3), (5, 6)), ((5, 6), (0, 1, 3))])
async def test_one_person_in_a_form_gets_nothing_of_the_other(own: tuple[int, ...], others: tuple[int, ...]) -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    await with_remarks(world)
    email = VALUES[3] if 3 in own else VALUES[6]
    draft = dict(zip((*SIGNER_FIELDS, *APPLICANT_FIELDS), VALUES, strict=False))
    form = Conversation(Step.REVIEW, Standing.STUDENT, draft, changing=OPEN)
    await world.store.commit(Commit(conversation=ConversationWrite(OTHER, form, 0)))
    (shown,) = await says(world, f"data of {email}", 1)
    assert shown.outgoing.message.document
    content = (await world.service().file(shown.outgoing.message.document)).decode()
    found = json.loads(content)
    assert (len(found["requests"]), len(found["forms"])) == (2, 1)
    for given in (json.dumps(found, ensure_ascii=False), words((shown,))):
        assert all(VALUES[number] in given for number in own)
        assert not any(VALUES[number] in given for number in others)
        assert (STAFFER.user in given, "Odd fellow" in given) == (False, False)
    assert (WHO.user in content) == (5 in own)
    assert ("The date is missing" in content) == (5 in own)
    assert "GDPR Art. 15(4)" in words((shown,))


def test_a_signer_alone_is_who_signs_what_somebody_else_asks_for() -> None:
    signer, applicant = PERSONS.signer.email.upper(), Applicant("Matti", "matti@oulu.fi")
    both = replace(PERSONS, applicant=applicant)
    assert signs_for_another(both, signer)
    assert not signs_for_another(both, applicant.email)
    assert not signs_for_another(replace(PERSONS, applicant=None), signer)
    assert not signs_for_another(replace(both, applicant=Applicant("Zoë", signer)), signer)
    assert not signs_for_another(replace(both, signer=NO_SIGNER), "")


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("Zoë.Canary@oulu.fi", "zoe\u0308.canary@OULU.FI"),
        ("zoe@müller.de", "zoe@xn--mller-kva.de"),
        ("zoe@xn--mller-kva.de", "ZOE@MÜLLER.DE"),
        ("zoe+la@oulu.fi", "Zoë Canary <zoe+la@oulu.fi>,"),
    ],
)
async def test_an_address_is_known_however_it_is_spelt(kept: str, asked: str) -> None:
    world, values = World(staff=(STAFF,)), [*VALUES[:3], kept, *VALUES[4:]]
    await fill(world.store, values)
    form = Conversation(Step.FIELD, Standing.STUDENT, {Field.EMAIL: kept}, Field.ADDRESS)
    await world.store.commit(Commit(conversation=ConversationWrite(OTHER, form, 0)))
    assert VALUES[0] in words(await says(world, f"data of {asked}", 1))
    _, said = await erased_by_staff(world, asked)
    assert "It is done" in said
    assert await world.store.personal_data(OPEN) == PersonalData(NO_SIGNER, persons_of(values).applicant)
    assert (await world.store.conversation(OTHER)).value is None


@pytest.mark.parametrize(
    "asked", ["oulu.fi", "canary@oulu.fi", "zoe.canary+x@oulu.fi", "zoe.canary@oulu.fi.com", "@", "%@%"]
)
async def test_what_is_only_like_an_address_shows_and_erases_nobody(asked: str) -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    assert OPEN not in words(await says(world, f"data of {asked}", 1))
    _, said = await erased_by_staff(world, asked)
    assert "It is done" not in said
    assert await world.store.personal_data(OPEN) == persons_of(VALUES)


async def test_who_signs_for_themselves_gets_the_chat_too() -> None:
    world = World(staff=(STAFF,))
    request = a_request(OPEN, WHO, address=DM, standing=Standing.SIGNER)
    alone = {OPEN: PersonalData(PERSONS.signer)}
    await world.store.commit(Commit(requests=(RequestWrite(request, 0),), personal_data=alone))
    (shown,) = await says(world, f"data of {PERSONS.signer.email}", 1)
    assert shown.outgoing.message.document
    content = (await world.service().file(shown.outgoing.message.document)).decode()
    assert WHO.user in content
    assert PERSONS.signer.name in content


async def test_nothing_is_erased_of_an_address_of_which_nothing_is_kept() -> None:
    assert "Nothing is kept of" in words(await says(World(staff=(STAFF,)), "erase signer no@oulu.fi", 1))


async def test_staff_erase_a_signer_after_a_yes_and_the_applicant_stays_and_is_told_what_to_do(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path / "kept" / "journal.jsonl")
    world = World(store=store, staff=(STAFF,))
    await fill(store, VALUES)
    before, service = await store.personal_data(OPEN), world.service()
    assert before

    async def said(text: str, number: int) -> str:
        turn = Incoming(STAFF, address_of(STAFF), f"terminal:{number}", Typed(text))
        return words(await service.handle(turn))

    asked = await said(f"erase signer {EMAIL.upper()}", 1)
    assert f"Filled in by somebody else, who did not ask: {DONE}, {OPEN}" in " ".join(asked.split())
    assert await store.personal_data(OPEN) == before
    assert "It is done" in await said("yes", 2)
    assert await store.personal_data(OPEN) == PersonalData(NO_SIGNER, before.applicant)
    opened, closed = await store.request(OPEN), await store.request(DONE)
    assert opened
    assert closed
    assert [event.happened for event in opened.value.events] == ["issued", "withdrawn", "signer_erased"]
    assert (opened.value.account, closed.value.status) == (WHO, Status.REJECTED)
    heard = [entry for entry in await store.outbox() if entry.outgoing.address.chat == DM.chat]
    told = {entry.outgoing.about: words((entry,)) for entry in heard}
    choices = [button.choice for entry in heard for button in entry.outgoing.message.buttons]
    assert f"start_from:{OPEN}" in choices
    assert "please do not send its document any more" in told[OPEN]
    assert "somebody else who may sign can" in told[OPEN]
    assert "you need not do anything about the request" in told[DONE]
    assert await store.personal_data(OTHERS) == PERSONS
    await store.commit(Commit(delivered=tuple(entry.id for entry in await store.outbox())))
    await store.aclose()
    assert left_in_files(tmp_path / "kept", VALUES[:5]) == left_in_files(tmp_path / "kept", [])


async def test_what_waits_for_the_applicant_and_names_an_erased_signer_does_not_go_out() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    waiting = outgoing(f"Has {VALUES[0]} signed?", DM, about=OPEN)
    (entry,) = await world.store.commit(Commit(outgoing=(waiting,)))
    await erased_by_staff(world, EMAIL)
    assert entry.id not in [left.id for left in await world.store.outbox()]


async def test_an_applicant_whose_signer_was_erased_begins_anew_with_their_own_part() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    await erased_by_staff(world, EMAIL)
    service = world.service()
    mine = await service.handle(Incoming(WHO, DM, "w:1", Typed("my data")))
    assert VALUES[5] in words(mine)
    assert VALUES[0] not in words(mine)
    assert "signer erased at their wish" in words(mine)
    listed = await service.handle(Incoming(WHO, DM, "w:0", Pressed(f"show_request:{OPEN}", "")))
    assert "because its signer had their data erased" in words(listed)
    await service.handle(Incoming(WHO, DM, "w:2", Typed("cancel")))
    await service.handle(Incoming(WHO, DM, "w:3", Typed("yes")))
    await service.handle(Incoming(WHO, DM, "w:4", Pressed(f"start_from:{OPEN}", "")))
    form = (await world.store.conversation(WHO)).value
    assert form
    assert form.draft == {Field.APPLICANT_NAME: VALUES[5], Field.APPLICANT_EMAIL: VALUES[6]}
    assert await same_signer(world.store, PersonalData(NO_SIGNER), OPEN) == ()


async def test_who_signs_for_themselves_is_taken_out_whole() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    stored = await world.store.request(OPEN)
    assert stored
    own = replace(stored.value, standing=Standing.SIGNER)
    alone = PersonalData(persons_of(VALUES).signer)
    await world.store.commit(Commit(requests=(RequestWrite(own, stored.version),), personal_data={OPEN: alone}))
    await erased_by_staff(world, EMAIL)
    after = await world.store.request(OPEN)
    assert after
    assert (after.value.account, await world.store.personal_data(OPEN)) == (None, None)
    assert await world.store.personal_data(DONE) == PersonalData(NO_SIGNER, persons_of(VALUES).applicant)
    told = [words((e,)) for e in await world.store.outbox() if e.outgoing.about == OPEN]
    assert any("“erase my data” deletes it" in each for each in told)


async def test_an_unfinished_form_that_names_the_person_goes_too() -> None:
    world = World(staff=(STAFF,))
    anna = Account("terminal", "", "anna")
    for number, text in enumerate(("request", "i will", "challenge", "Zoë Canary", "Professor", "Oulu", EMAIL)):
        await says(world, text, number, anna)
    assert await world.store.conversations()
    service = world.service()
    await service.handle(Incoming(STAFF, address_of(STAFF), "s:50", Typed(f"erase signer {EMAIL}")))
    entries = await service.handle(Incoming(STAFF, address_of(STAFF), "s:51", Typed("yes")))
    assert await world.store.conversations() == {}
    assert "It is done" in words(entries)
    assert any("had their data erased" in plain_text(e.outgoing.message) for e in await world.store.outbox())


class Answering(FakeStore):
    """Somebody answers the next question just before their form is deleted, once."""

    async def commit(self, commit: Commit) -> tuple[OutboxEntry, ...]:
        write = commit.conversation
        if write and write.conversation is None and "terminal:anna:late" not in self.messages:
            form = (await self.conversation(write.account)).value
            late = ConversationWrite(write.account, form, write.version)
            await super().commit(Commit("terminal:anna:late", late))
        return await super().commit(commit)


async def test_a_form_that_is_gone_on_with_just_then_goes_all_the_same() -> None:
    world = World(store=Answering(), staff=(STAFF,))
    named = Conversation(Step.FIELD, Standing.SIGNER, {Field.EMAIL: EMAIL}, Field.ADDRESS)
    await world.store.commit(Commit("terminal:anna:1", ConversationWrite(OTHER, named, 0)))
    _, said = await erased_by_staff(world, EMAIL)
    assert "It is done" in said
    assert await world.store.conversations() == {}


async def test_of_a_granted_license_the_evidence_stays_and_staff_are_told_so() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES, granted=True)
    asked = words(await says(world, f"erase signer {EMAIL}", 1))
    assert "The sign block of that license stays" in asked
    world.retention = replace(world.retention, evidence=Evidence.NOTHING)
    assert "The sign block" not in words(await says(world, f"erase signer {EMAIL}", 2))


async def erased_by_staff(world: World, email: str) -> tuple[str, str]:
    """What staff are asked, and what they hear after their yes."""
    service, heard = world.service(), list[str]()
    for number, text in enumerate((f"erase signer {email}", "yes")):
        turn = Incoming(STAFF, address_of(STAFF), f"terminal:{number}", Typed(text))
        heard.append(words(await service.handle(turn)))
    return heard[0], heard[1]


async def test_a_signers_wish_leaves_the_applicant_of_a_granted_license_who_did_not_ask() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES, granted=True)
    before, stored = await world.store.personal_data(GRANTED), await world.store.request(GRANTED)
    assert before
    assert stored
    noted = replace(before, remarks=(Remark(NOW, STAFFER, f"{VALUES[0]} called"),))
    await world.store.commit(Commit(personal_data={GRANTED: noted}))
    asked, said = await erased_by_staff(world, EMAIL)
    assert f"signed by the person: {GRANTED}" in " ".join(asked.split())
    assert "It is done" in said
    after = await world.store.request(GRANTED)
    assert after
    assert await world.store.personal_data(GRANTED) == before
    assert after.value == stored.value
    told = [e.outgoing.about for e in await world.store.outbox() if "at their wish" in words((e,))]
    assert sorted(map(str, told)) == sorted([OPEN, DONE])
    assert await world.store.personal_data(OPEN) == PersonalData(NO_SIGNER, before.applicant)


async def test_an_applicants_wish_leaves_the_sign_block_of_a_granted_license_alone() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES, granted=True)
    asked, said = await erased_by_staff(world, VALUES[6])
    assert "signed by the person" not in asked
    assert "It is done" in said
    persons, stored = await world.store.personal_data(GRANTED), await world.store.request(GRANTED)
    assert persons
    assert stored
    assert (persons.signer.name, persons.applicant, stored.value.account) == (VALUES[0], None, None)


async def test_where_nothing_is_to_stay_the_signer_of_a_granted_license_goes() -> None:
    world = World(staff=(STAFF,))
    world.retention = replace(world.retention, evidence=Evidence.NOTHING)
    await fill(world.store, VALUES, granted=True)
    _, said = await erased_by_staff(world, EMAIL)
    assert "It is done" in said
    assert await world.store.personal_data(GRANTED) == PersonalData(NO_SIGNER, persons_of(VALUES).applicant)


@pytest.mark.parametrize("command", ["data of", "erase signer"])
@pytest.mark.parametrize("role", [Role.READER, None])
async def test_readers_and_others_neither_show_nor_erase_anybody(command: str, role: Role | None) -> None:
    world = World(roles={STAFF: role} if role else {})
    await fill(world.store, VALUES)
    assert BY_NAME[command].roles == {Role.STAFF, Role.OWNER}
    for number, text in enumerate((f"{command} {EMAIL}", "yes"), 1):
        assert OPEN not in words(await says(world, text, number))
    assert await world.store.personal_data(OPEN)


async def test_nobody_erases_or_sees_what_is_somebody_elses() -> None:
    world = World()
    await fill(world.store, VALUES)
    eve = Account("slack", "T024BE7LD", "U0EVE")
    service = world.service()
    said: list[Typed | Pressed] = [Typed("my data"), Typed("erase"), Typed("yes"), Pressed("erase_surely", "")]
    for number, content in enumerate(said, 1):
        entries = await service.handle(Incoming(eve, address_of(eve), f"slack:T:U0EVE:{number}", content))
        assert "canary" not in words(entries).casefold()
    assert len(await world.store.requests(RequestQuery(account=WHO))) == 2


async def test_staff_see_what_will_go_when() -> None:
    world = World(staff=(STAFF,))
    await fill(world.store, VALUES)
    heard = words(await says(world, "retention", 1))
    assert "rejected: 1" in heard
    assert "Unfinished forms: 1" in heard


def test_every_choice_about_rights_can_be_said_in_plain_words() -> None:
    for text, choice in (
        ("what do you know about me", Choice.MY_DATA),
        ("Delete my data!", Choice.ERASE),
        ("forget me", Choice.ERASE),
        ("privacy", Choice.PRIVACY),
    ):
        assert World().service().understanding.words(Conversation(), text) == Chose(choice)
