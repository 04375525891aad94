"""Slack beside the dialogue: the form, the Home, and the channels, where nothing personal is said."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.slack.blocks import Labels
from adapters.slack.home import home
from adapters.slack.modal import form
from bot.dialogue.state import Conversation, Step
from bot.model.errors import StoreError
from bot.model.identity import Account, Actor, DeliveryAddress, RequestId, Role
from bot.model.people import SIGNER_FIELDS, Field, PersonalData, Signer, Standing
from bot.request.commands import Receive
from bot.request.lifecycle import Refused, apply, decide
from bot.request.query import RequestQuery
from bot.request.request import Opening
from bot.request.status import Status
from bot.store.port import Commit, Outgoing, RequestWrite
from tests.adapters.slack_server import APP, TEAM, Failure, Json, elements, texts, wrong
from tests.adapters.slack_talk import SlackTalk, choices, talk, words
from tests.talk import World

FORM = ["1", "1", "1"]
STAFF, STAFF_CHAT = Account("slack", TEAM, "U9"), DeliveryAddress("slack", "U9")
VALUES = {
    Field.NAME: "Anna Virtanen",
    Field.TITLE: "Professor",
    Field.AFFILIATION: "University of Oulu",
    Field.EMAIL: "anna.virtanen@oulu.fi",
    Field.ADDRESS: "Pentti Kaiteran katu 1\n90570 Oulu",
}


# The form


async def opened(person: SlackTalk) -> Json:
    """The form, as it was opened from the last message."""
    await person.press("Fill in a form")
    view: Json = person.server.named("views.open")[-1]["view"]
    return view


async def submitted(person: SlackTalk, view: Json, values: dict[Field, str]) -> Json:
    """Slack's acknowledgement: nothing where the form is taken."""
    person.pressed += 1
    state = {field.value: {field.value: {"type": "plain_text_input", "value": text}} for field, text in values.items()}
    body = {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": person.user, "team_id": TEAM},
        "api_app_id": APP,
        "trigger_id": f"trigger{person.pressed}",
        "view": {**view, "id": "V1", "state": {"values": state}},
    }
    response = await person.send(body)
    answer: Json = json.loads(response.body) if response.body else {}
    return answer


async def asked_for_fields(person: SlackTalk) -> None:
    await person.open_messages()
    await person.play(FORM)


async def test_a_whole_form_is_taken_and_reviewed_in_the_dialogue() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        view = await opened(person)
        assert [block["label"]["text"] for block in view["blocks"][1:]] == [
            *("Name", "Title", "Affiliation", "Work email", "Detail Address")
        ]
        assert await submitted(person, view, VALUES) == {}
        assert "Please read it once more" in person.shown_words
        await person.press("Yes, this is right")
        (request,) = await person.world.store.requests(RequestQuery(account=person.account))
        persons = await person.world.store.personal_data(request.id)
        assert persons is not None
        assert persons.signer.address == VALUES[Field.ADDRESS]


async def test_what_is_wrong_is_shown_at_its_field_and_nothing_is_kept() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        view = await opened(person)
        answer = await submitted(person, view, VALUES | {Field.EMAIL: "nonsense", Field.NAME: "a@b.fi"})
        assert answer["response_action"] == "errors"
        assert (
            answer["errors"].keys()
            == {Field.EMAIL.value, Field.NAME.value}
            <= {b["block_id"] for b in view["blocks"][1:]}
        )
        assert "not an email address" in answer["errors"]["email"]
        assert (await person.slack.service.conversation(person.account)).draft == {}


async def test_the_form_shows_what_the_dialogue_has_and_the_dialogue_what_the_form_had() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        await person.play(["Anna Virtanen"])
        view = await opened(person)
        shown = {block["block_id"]: block["element"].get("initial_value") for block in view["blocks"][1:]}
        assert shown == {field: "Anna Virtanen" if field is Field.NAME else None for field in VALUES}
        await submitted(person, view, VALUES | {Field.TITLE: "Postdoc"})
        assert "does not sound like a fixed position" in person.shown_words
        conversation = await person.slack.service.conversation(person.account)
        assert conversation.draft[Field.EMAIL] == VALUES[Field.EMAIL]
        assert form(person.slack.service, conversation)["blocks"][2]["element"]["initial_value"] == "Postdoc"


async def test_a_form_opened_before_the_answers_changed_overwrites_nothing() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        view = await opened(person)
        await person.play(["Bo Ek"])
        answer = await submitted(person, view, VALUES)
        assert answer == {
            "response_action": "errors",
            "errors": {"name": person.slack.service.views.plain("stale_form")},
        }
        assert (await person.slack.service.conversation(person.account)).draft == {Field.NAME: "Bo Ek"}


async def test_a_form_sent_twice_is_taken_once() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        await submitted(person, await opened(person), VALUES)
        heard = len(person.heard)
        await person.send(person.events[-1])
        assert len(person.heard) == heard


async def test_the_button_of_a_form_that_is_gone_leads_to_the_dialogue() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        asked = person.shown
        await person.play(["cancel"])
        await person.press("Fill in a form", asked)
        assert person.server.named("views.open") == []
        assert "What would you like to do?" in person.shown_words


# The Home


async def test_the_home_offers_to_start() -> None:
    async with talk() as person:
        await person.open_home()
        labels = [element["text"]["text"] for element in elements(person.home["blocks"])]
        assert labels[0] == "Request a license"
        await person.send(person.press_of(next(elements(person.home["blocks"]))))
        assert "Who will sign the LA?" in person.shown_words


async def test_the_home_leads_on_and_shows_each_request_with_its_next_step() -> None:
    async with talk() as person:
        await person.open_home()
        await asked_for_fields(person)
        labels = [element["text"]["text"] for element in elements(person.home["blocks"])]
        assert labels == ["Continue", "Fill in a form"]
        await person.send(person.press_of(next(elements(person.home["blocks"]))))
        assert "Welcome back" in person.shown_words
        await submitted(person, await opened(person), VALUES)
        await person.press("Yes, this is right")
        (request,) = await person.world.store.requests(RequestQuery())
        shown = " ".join(texts(person.home["blocks"]))
        assert request.id in shown
        assert "sign and date the LA" in shown
        emailed = next(e for e in elements(person.home["blocks"]) if e["text"]["text"] == "I have emailed it")
        await person.send(person.press_of(emailed))
        (request,) = await person.world.store.requests(RequestQuery())
        assert request.status is Status.EMAILED
        assert "who will confirm that your mail arrived" in " ".join(texts(person.home["blocks"]))


async def test_a_home_that_would_look_the_same_is_not_published_again() -> None:
    async with talk() as person:
        await person.open_home()
        await person.open_messages()
        await person.play(["help"])
        assert len(person.server.named("views.publish")) == 1


async def test_a_home_that_nobody_opened_is_not_published() -> None:
    async with talk() as person:
        await asked_for_fields(person)
        assert person.server.named("views.publish") == []


async def test_the_home_follows_what_staff_and_the_clock_do() -> None:
    async with talk() as person:
        await person.open_home()
        await asked_for_fields(person)
        await submitted(person, await opened(person), VALUES)
        await person.press("Yes, this is right")
        (request,) = await person.world.store.requests(RequestQuery())
        stored = await person.world.store.request(request.id)
        assert stored is not None
        received = decide(Receive(), request, Actor(Role.STAFF, STAFF), person.world.now)
        assert not isinstance(received, Refused)
        notice = person.slack.service.views.message(person.slack.service.views.request(request), "")
        outgoing = Outgoing(STAFF_CHAT, notice, person.world.now, person.world.now + timedelta(days=1), request.id)
        write = RequestWrite(apply(request, received), stored.version)
        await person.world.store.commit(Commit(requests=(write,), outgoing=(outgoing,)))
        await person.deliver()
        assert "your mail arrived and is being looked at" in " ".join(texts(person.home["blocks"]))


async def test_the_home_holds_many_requests() -> None:
    service = World().service()
    signer = Signer(*(VALUES[field] for field in SIGNER_FIELDS))
    openings = [Opening(service.issuer.new_request_id(), "4DME", Standing.SIGNER) for _ in range(25)]
    requests = [(await service.issue(opening, PersonalData(signer)))[0] for opening in openings]
    view = home(service.views, Labels("Fill in a form"), Conversation(), requests)
    assert wrong("views.publish", {"user_id": "U1", "view": view}) == []
    assert requests[-1].id not in str(view)
    assert requests[19].id in str(view)


# Channels


def command(person: SlackTalk, text: str, channel: str = "C1") -> Json:
    person.pressed += 1
    return {
        "command": "/la",
        "text": text,
        "team_id": TEAM,
        "user_id": person.user,
        "channel_id": channel,
        "api_app_id": APP,
        "trigger_id": f"trigger{person.pressed}",
        "response_url": f"{person.server.url}respond",
    }


def mention(person: SlackTalk, text: str, **more: str) -> Json:
    event = {"type": "app_mention", "user": person.user, "text": text, "channel": "C1", "ts": "1650000000.000001"}
    return person.event({**event, **more})


async def under_way(person: SlackTalk) -> None:
    await asked_for_fields(person)
    await person.play(["Anna Virtanen"])


@pytest.mark.parametrize("text", ["ask May I sell it?", "May I sell it?"])
async def test_a_question_by_command_is_answered_to_the_asker_only(text: str) -> None:
    async with talk() as person:
        await under_way(person)
        posted = len(person.heard)
        await person.send(command(person, text))
        (response,) = person.server.responses
        assert response["response_type"] == "ephemeral"
        assert "Not allowed" in words(response)
        (direct,) = [element for element in elements(response["blocks"]) if element["action_id"] == "direct"]
        assert direct["url"] == f"slack://app?team={TEAM}&id={APP}&tab=messages"
        assert len(person.heard) == posted


@pytest.mark.parametrize(("text", "heard"), [("", "Welcome back"), ("status", "You have no requests yet")])
async def test_what_is_personal_is_answered_in_the_direct_messages(text: str, heard: str) -> None:
    async with talk() as person:
        await under_way(person)
        await person.send(command(person, text))
        assert heard in person.shown_words
        assert "in our direct messages" in words(person.server.responses[-1])
        assert all(message["channel"] == "D1" for message in person.server.named("chat.postMessage"))


async def test_a_command_in_the_direct_messages_needs_no_pointer_to_them() -> None:
    async with talk() as person:
        await person.send(command(person, "status", "D1"))
        assert "You have no requests yet" in person.shown_words
        assert person.server.responses == []


async def test_how_to_cite_is_answered_to_the_asker() -> None:
    async with talk() as person:
        await person.send(command(person, "cite"))
        assert "4DME" in words(person.server.responses[0])


async def test_a_mention_is_answered_in_its_thread() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT> May I sell it?"))
        await person.send(mention(person, "<@UBOT> May I sell it?", ts="1650000000.000002", thread_ts="1640000000.1"))
        posted = person.server.named("chat.postMessage")
        assert [(m["channel"], m["thread_ts"]) for m in posted] == [("C1", "1650000000.000001"), ("C1", "1640000000.1")]
        assert all("Not allowed" in heard for heard in person.heard)
        await person.send(mention(person, "<@UBOT> May I sell it?"))
        assert len(person.heard) == 2


async def test_a_mention_without_a_question_says_what_can_be_asked() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT>"))
        assert "In channels I answer questions about the terms" in person.heard[0]


async def test_a_request_that_is_asked_for_in_a_channel_is_not_begun_there() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT> my email is anna.virtanen@oulu.fi, request a license"))
        assert (await person.slack.service.conversation(person.account)).step is Step.MENU
        assert "anna.virtanen" not in "".join(person.heard)


async def test_the_shortcut_answers_about_somebody_elses_message() -> None:
    async with talk() as person:
        body = {
            "type": "message_action",
            "callback_id": "ask_about",
            "team": {"id": TEAM},
            "user": {"id": person.user, "team_id": TEAM},
            "api_app_id": APP,
            "trigger_id": "t",
            "channel": {"id": "C1"},
            "response_url": f"{person.server.url}respond",
            "message": {"text": "May we &lt;sell&gt; it?", "user": "U2", "ts": "1650000000.1"},
        }
        await person.send(body)
        assert "Not allowed" in words(person.server.responses[0])
        assert person.heard == []


async def test_a_button_under_an_answer_in_a_channel_is_answered_privately() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT> May I sell it?"))
        posted = next(iter(person.server.messages.values()))
        read = choices(posted)[0]
        await person.send(person.press_of(read, posted, user={"id": "U2", "team_id": TEAM}))
        assert person.server.named("chat.postMessage")[-1]["channel"] == "D2"
        assert "in our direct messages" in words(person.server.responses[-1])


async def test_a_member_of_another_workspace_who_presses_a_button_gets_no_direct_messages() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT> May I sell it?", user_team="T2"))
        posted = next(iter(person.server.messages.values()))
        await person.send(person.press_of(choices(posted)[0], posted, user={"id": "U2", "team_id": "T2"}))
        assert person.server.named("conversations.open") == []
        assert "members of this workspace only" in words(person.server.responses[-1])


async def test_the_link_to_the_direct_messages_is_only_acknowledged() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT>"))
        posted = next(iter(person.server.messages.values()))
        (direct,) = list(elements(posted["blocks"]))
        response = await person.send(person.press_of(direct, posted))
        assert response.status == 200
        assert len(person.heard) == 1


async def test_a_button_under_an_ephemeral_answer_between_two_people_is_answered_privately() -> None:
    async with talk() as person:
        await person.send(mention(person, "<@UBOT> May I sell it?"))
        posted = next(iter(person.server.messages.values())) | {"channel": "D77"}
        body = person.press_of(choices(posted)[0], posted)
        await person.send(body | {"container": {"type": "message", "is_ephemeral": True}})
        assert person.server.named("chat.postMessage")[-1]["channel"] == "D1"


async def test_a_command_that_cannot_be_answered_is_apologised_for() -> None:
    async with talk() as person:
        person.server.failures["conversations.open"].append(Failure(status=500))
        await person.send(command(person, "status"))
        assert "something went wrong on my side" in words(person.server.responses[0])


async def test_a_home_that_cannot_be_read_makes_no_delivery_fail(caplog: pytest.LogCaptureFixture) -> None:
    async with talk() as person:
        await person.open_home()
        entries = await person.slack.service.post("", STAFF_CHAT, person.slack.service.in_public("May I sell it?"))
        about = replace(entries[0], outgoing=replace(entries[0].outgoing, about=RequestId("4DME-X")))
        person.world.store.request = unreadable  # type: ignore[assignment,method-assign]
        await person.slack.deliver(about)
        assert "a Home is not shown: StoreError" in caplog.text
        person.world.store.requests = unreadable  # type: ignore[assignment,method-assign]
        await person.slack.answers.refresh(person.account)
        assert len(person.heard) == 1


async def unreadable(_: object) -> None:
    raise StoreError("the disk is gone")
