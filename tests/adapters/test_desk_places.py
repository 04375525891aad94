"""The desk where others read along: in the one staff channel, and nowhere else; and a Slack user group as staff."""

from dataclasses import replace

from adapters.slack.staff_group import KEPT
from bot.model.identity import Account, DeliveryAddress, Role
from bot.request.status import Status
from tests.adapters.slack_server import TEAM
from tests.adapters.slack_talk import SlackTalk, choices, talk, words
from tests.adapters.telegram_talk import Chat, mention
from tests.adapters.telegram_wire import ME
from tests.staff_talk import found, put
from tests.talk import World

U1, SEVEN = Account("slack", TEAM, "U1"), Account("telegram", "", "7")
GROUP = -100


def world(account: Account, channel: DeliveryAddress | None = None) -> World:
    made = World(roles={account: Role.STAFF})
    made.desk = replace(made.desk, channel=channel)
    return made


async def mentioned(person: SlackTalk, text: str, channel: str) -> str:
    person.said += 1
    event = {"type": "app_mention", "user": person.user, "team": TEAM, "channel": channel, "text": f"<@UBOT> {text}"}
    await person.send(person.event(event | {"ts": f"1600000{person.said:03d}.000009"}))
    return words(person.server.named("chat.postMessage")[-1])


async def test_in_the_staff_channel_on_slack_a_mention_shows_and_a_button_moves() -> None:
    async with talk(world(U1, DeliveryAddress("slack", "CSTAFF"))) as person:
        request_id = await put(person.world, Status.EMAILED)
        assert "Anna Virtanen" in await mentioned(person, f"show {request_id}", "CSTAFF")
        message = [m for m in person.server.messages.values() if m["channel"] == "CSTAFF"][-1]
        received = next(b for b in choices(message) if b["text"]["text"] == "Received")
        await person.send(person.press_of(received, message))
        request = await found(person.world, request_id)
        assert request.status is Status.RECEIVED
        assert request.events[-1].actor.place is not None
        assert request.events[-1].actor.place.chat == "CSTAFF"


async def test_in_any_other_channel_on_slack_nothing_personal_is_shown() -> None:
    async with talk(world(U1, DeliveryAddress("slack", "CSTAFF"))) as person:
        request_id = await put(person.world, Status.EMAILED)
        said = await mentioned(person, f"show {request_id}", "CLAB")
        assert said == "Let us go on in our direct messages."


async def test_a_member_of_the_user_group_is_staff_until_slack_says_otherwise() -> None:
    async with talk(LA_BOT_STAFF_GROUP="S1") as person:
        person.server.group[:] = ["U1"]
        await person.say("who")
        assert "staff slack:" in person.shown_words
        person.server.group.clear()
        person.world.now -= KEPT  # saying something takes a minute
        await person.say("who")
        assert "staff slack:" in person.shown_words
        await person.send(person.event({"type": "subteam_members_changed", "subteam_id": "S1"}))
        person.world.now -= KEPT
        await person.say("who")
        assert "staff slack:" not in person.shown_words


async def test_in_the_staff_group_on_telegram_a_mention_shows_and_a_button_moves() -> None:
    chat = await Chat(world(SEVEN, DeliveryAddress("telegram", str(GROUP))), chat=GROUP).begin()
    request_id = await put(chat.world, Status.EMAILED)
    (shown,) = await chat.comes(chat.message(**mention(f"@{ME['username']} show {request_id}")))
    assert "Anna Virtanen" in shown.text
    keyboard = chat.keyboard()
    assert keyboard
    received = next(button for button in keyboard[1] if button["text"] == "Received")
    await chat.comes(chat.press(received, keyboard[0]))
    assert (await found(chat.world, request_id)).status is Status.RECEIVED


async def test_in_another_group_on_telegram_nothing_personal_is_shown_and_buttons_are_nobodys() -> None:
    chat = await Chat(world(SEVEN), chat=GROUP).begin()
    request_id = await put(chat.world, Status.EMAILED)
    (shown,) = await chat.comes(chat.message(f"/show {request_id}"))
    assert shown.text == "Let us go on in our direct messages."
    stranger = await Chat(World(), chat=GROUP).begin()
    assert await stranger.comes(stranger.message(f"/show {request_id}")) == []


async def test_a_lost_role_means_nothing_at_an_old_button_on_telegram() -> None:
    chat = await Chat(world(SEVEN)).begin()
    request_id = await put(chat.world, Status.EMAILED)
    await chat.says(f"/show {request_id}")
    keyboard = chat.keyboard()
    assert keyboard
    chat.world.roles.clear()
    chat.telegram.service.desk.roles.by_settings = {}
    received = next(button for button in keyboard[1] if button["text"] == "Received")
    (answer,) = [call for call in await chat.comes(chat.press(received, keyboard[0])) if call.method == "sendMessage"]
    assert "belongs to an earlier question" in answer.text
    assert (await found(chat.world, request_id)).status is Status.EMAILED
