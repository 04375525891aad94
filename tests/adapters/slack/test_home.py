"""The App Home of staff: lists to leaf through, a request with its moves, and nothing of it for anybody else."""

from datetime import timedelta

from bot.desk.views import FILTERS, LOOK, Seen
from bot.model.identity import Account, Role
from bot.model.people import PersonalData, Signer
from bot.request.query import RequestQuery
from bot.request.status import Status
from tests.adapters.slack_server import TEAM, Json, elements, texts
from tests.adapters.slack_talk import SlackTalk, talk
from tests.staff_talk import found, put
from tests.talk import World

U1 = Account("slack", TEAM, "U1")


def world(role: Role = Role.STAFF) -> World:
    return World(roles={U1: role})


def shown(person: SlackTalk) -> str:
    return "".join(texts(person.home["blocks"]))


def labels(person: SlackTalk) -> list[str]:
    return [e["text"]["text"] for e in elements(person.home["blocks"]) if e["type"] == "button"]


async def press(person: SlackTalk, label: str, home: Json | None = None) -> None:
    view = home or person.home
    pressed = next(e for e in elements(view["blocks"]) if e.get("text", {}).get("text") == label)
    await person.send(person.press_of(pressed, view=view))


async def choose(person: SlackTalk, label: str) -> None:
    (chooser,) = [e for e in elements(person.home["blocks"]) if e["type"] == "static_select"]
    option = next(option for option in chooser["options"] if option["text"]["text"] == label)
    await person.send(person.press_of({**chooser, "selected_option": option}, view=person.home))


async def lose_the_role(person: SlackTalk) -> None:
    person.slack.service.desk.roles.by_settings = {}


async def test_the_home_of_staff_begins_with_what_waits_and_names_no_person_in_a_list() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.EMAILED)
        await put(person.world, Status.APPROVED)
        await person.open_home()
        assert "Requests 1 to 1 of 1, what waits longest first" in shown(person)
        assert request_id in shown(person)
        assert "Virtanen" not in shown(person)
        assert labels(person) == ["Open"]


async def test_another_list_is_chosen_and_leafed_through_on_and_back() -> None:
    async with talk(world(Role.READER)) as person:
        ids = []
        for _ in range(23):
            ids.append(await put(person.world, Status.APPROVED))
            person.world.now += timedelta(days=1)
        await person.open_home()
        assert "There is none at present" in shown(person)
        await choose(person, "Approved")
        assert [ids[22] in shown(person), ids[13] in shown(person), ids[12] in shown(person)] == [True, True, False]
        assert labels(person) == [*["Open"] * 10, "Next page"]
        await press(person, "Next page")
        assert labels(person)[-2:] == ["Previous page", "Next page"]
        await press(person, "Next page")
        assert "21 to 23 of 23" in shown(person)
        assert labels(person) == [*["Open"] * 3, "Previous page"]
        await press(person, "Previous page")
        assert "11 to 20 of 23" in shown(person)
        await choose(person, "Overdue")
        assert "There is none at present" in shown(person)
        await choose(person, "All requests")
        assert "1 to 10 of 23, the last changed first" in shown(person)


async def test_a_request_is_opened_with_its_persons_moved_and_the_home_shows_where_it_stands() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.EMAILED)
        await person.open_home()
        await press(person, "Open")
        assert "Anna Virtanen" in shown(person)
        assert "by the applicant" in shown(person)
        assert labels(person)[-1] == "Back to the list"
        assert {"Received", "Approve", "Return …", "Reject …", "I take it"} <= {*labels(person)}
        await press(person, "Received")
        assert "is received now" in person.shown_words
        assert (await found(person.world, request_id)).status is Status.RECEIVED
        assert "emailed → received" in shown(person)
        assert "Received" not in labels(person)
        await press(person, "Back to the list")
        assert labels(person) == ["Open"]


async def test_what_has_to_be_asked_is_asked_in_the_direct_messages() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.RECEIVED)
        await person.open_home()
        await press(person, "Open")
        await press(person, "Return …")
        assert "Why?" in person.shown_words
        await person.press("not signed")
        assert (await found(person.world, request_id)).status is Status.RETURNED
        assert "returned for correction" in shown(person)


async def test_what_cannot_be_undone_is_confirmed_first() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.EMAILED)
        await person.open_home()
        await press(person, "Open")
        await press(person, "Withdraw …")
        assert f"Surely withdraw {request_id}?" in person.shown_words
        assert (await found(person.world, request_id)).status is Status.EMAILED
        await person.press("Yes, do it")
        assert (await found(person.world, request_id)).status is Status.WITHDRAWN


async def test_readers_see_a_request_and_get_no_button_that_moves_it() -> None:
    async with talk(world(Role.READER)) as person:
        request_id = await put(person.world, Status.RECEIVED)
        await person.open_home()
        await press(person, "Open")
        assert "Anna Virtanen" in shown(person)
        assert labels(person) == ["Back to the list"]
        forged = {"type": "button", "action_id": "choice:1:0", "value": f"desk:approve {request_id}#"}
        await person.send(person.press_of(forged | {"text": {"type": "plain_text", "text": "x"}}, view=person.home))
        assert (await found(person.world, request_id)).status is Status.RECEIVED


async def test_whoever_is_no_staff_never_gets_the_desk_however_they_press() -> None:
    async with talk() as person:
        request_id = await put(person.world, Status.EMAILED)
        await person.open_home()
        own = person.home
        forgeries: list[Json] = [
            {"type": "button", "action_id": "choice:0:beside:0", "value": f"{LOOK}1:{request_id}:waiting#"},
            {"type": "button", "action_id": "choice:1:0", "value": f"{LOOK}2::find#"},
            {"type": "static_select", "action_id": "filter", "selected_option": {"value": "find"}},
            {"type": "button", "action_id": "choice:1:0", "value": f"desk:approve {request_id}#"},
        ]
        for forged in forgeries:
            text = {"text": {"type": "plain_text", "text": "x"}}
            view = {**own, "private_metadata": f"1:{request_id}:waiting"}
            await person.send(person.press_of(forged | text, view=view))
            assert person.home == own
        assert "Virtanen" not in str(person.server.calls)
        assert request_id not in str(person.server.named("views.publish"))
        assert (await found(person.world, request_id)).status is Status.EMAILED


async def test_a_role_lost_between_opening_and_pressing_moves_nothing_and_shows_the_own_home() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.EMAILED)
        await person.open_home()
        await press(person, "Open")
        desk = person.home
        await lose_the_role(person)
        await press(person, "Received", desk)
        assert (await found(person.world, request_id)).status is Status.EMAILED
        assert "belongs to an earlier question" in person.shown_words
        assert "Request a license" in labels(person)
        assert "Virtanen" not in shown(person)
        await press(person, "Back to the list", desk)
        assert "Request a license" in labels(person)


async def test_a_role_lost_shows_at_the_next_opening() -> None:
    async with talk(world()) as person:
        await put(person.world, Status.EMAILED)
        await person.open_home()
        await lose_the_role(person)
        await person.open_home()
        assert "Request a license" in labels(person)


async def test_after_a_restart_a_press_still_knows_where_it_was_pressed() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.EMAILED)
        await person.open_home()
        await press(person, "Open")
        person.slack.answers._homes.clear()  # noqa: SLF001 - what a restart forgets
        person.slack.answers._seen.clear()  # noqa: SLF001
        await press(person, "Received")
        assert (await found(person.world, request_id)).status is Status.RECEIVED
        assert "emailed → received" in shown(person)


async def test_members_of_other_workspaces_choose_nothing() -> None:
    async with talk(world()) as person:
        await person.open_home()
        published = len(person.server.named("views.publish"))
        elsewhere = {"id": "U1", "team_id": "T2"}
        chooser = next(e for e in elements(person.home["blocks"]) if e["type"] == "static_select")
        option = chooser["options"][-1]
        await person.send(person.press_of({**chooser, "selected_option": option}, view=person.home, user=elsewhere))
        assert len(person.server.named("views.publish")) == published


async def test_a_request_of_long_words_and_a_long_history_fits() -> None:
    async with talk(world()) as person:
        long = PersonalData(Signer("Ä" * 200, "Professor " * 20, "<!channel> & " * 60, "a@oulu.fi", "x"))
        request_id = await put(person.world, Status.RECEIVED, persons=long)
        for number in range(60):
            await person.say(f"note {request_id} {number} " + "so " * 120)
        await person.open_home()
        await press(person, "Open")
        assert "It goes on" in shown(person)
        assert "Approve" in labels(person)
        assert len(person.home["blocks"]) <= 100


def test_where_somebody_looks_comes_back_and_nothing_else_is_read_from_a_press() -> None:
    for asked in FILTERS:
        assert Seen.read(str(Seen(asked, 12, "4DME-X"))) == Seen(asked, 12, "4DME-X")
    for forged in ("", "x", "1::find virtanen", "-1::waiting", "٣::waiting", "999999::waiting", "1:waiting"):
        assert Seen.read(forged) == Seen()
    assert Seen.read("0::find") == Seen("find", 1)


async def test_a_page_or_a_request_that_is_gone_gives_way() -> None:
    async with talk(world()) as person:
        request_id = await put(person.world, Status.EMAILED)
        await person.open_home()
        look = {"type": "button", "action_id": "choice:1:0", "text": {"type": "plain_text", "text": "x"}}
        await person.send(person.press_of(look | {"value": f"{LOOK}7:4DME-GONE:waiting#"}, view=person.home))
        assert request_id in shown(person)
        assert len(await person.world.store.requests(RequestQuery())) == 1
