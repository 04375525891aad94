"""What staff ask the desk: lists in pages, on every platform's terms."""

from dataclasses import replace
from datetime import timedelta

from bot.app.service import Service
from bot.desk.listing import MOST_IN_A_BUTTON, PAGE, Looking
from bot.desk.views import DeskViews
from bot.model.identity import Account, RequestId
from bot.model.incoming import Incoming, Pressed, Typed
from bot.model.message import Message, plain_text
from bot.request.status import Status
from bot.texts.choice import PRESSED
from tests.fakes import FakeStore
from tests.store_values import CHAT, a_request, opened
from tests.talk import START, World

STAFF = Account("slack", "T024BE7LD", "U0STAFF00")


async def desk_of(count: int) -> tuple[World, Service]:
    """So many emailed requests, each a day older than the one before."""
    world = World(staff=(STAFF,))
    requests = [
        a_request(RequestId(f"4DME-R-{n:03}"), status=Status.EMAILED, since=START - timedelta(days=n))
        for n in range(count)
    ]
    await world.store.commit(opened(*requests))
    return world, world.service()


async def said(service: Service, content: Typed | Pressed, account: Account = STAFF) -> Message:
    number = len(await service.store.outbox())
    await service.handle(Incoming(account, CHAT, f"m{number}", content))
    return (await service.store.outbox())[-1].outgoing.message


def ids(message: Message) -> list[str]:
    return [button.label for button in message.buttons if button.label.startswith("4DME")]


async def test_what_waits_longest_comes_first_and_every_page_leads_to_the_next() -> None:
    _, service = await desk_of(23)
    message, seen = await said(service, Typed("what is waiting")), list[str]()
    assert "Requests 1 to 10 of 23, what waits longest first" in plain_text(message)
    assert "4DME-R-022: emailed, for 22 days; waiting for CMVS" in plain_text(message)
    while message.buttons[-1].label == "More":
        assert len(ids(message)) == PAGE
        seen += ids(message)
        message = await said(service, Pressed(message.buttons[-1].choice, ""))
    seen += ids(message)
    assert seen == [f"4DME-R-{n:03}" for n in reversed(range(23))]


async def test_more_and_page_lead_on_in_words() -> None:
    _, service = await desk_of(25)
    await said(service, Typed("find status:emailed"))
    assert ids(await said(service, Typed("more")))[0] == "4DME-R-010"
    assert ids(await said(service, Typed("next page"))) == [f"4DME-R-{n:03}" for n in range(20, 25)]
    assert "There are no more" in plain_text(await said(service, Typed("more")))
    assert ids(await said(service, Typed("page 2")))[0] == "4DME-R-010"
    assert ids(await said(service, Typed("page 0")))[0] == "4DME-R-000"


async def test_where_nothing_waits_it_is_not_advised_to_ask_what_waits() -> None:
    _, service = await desk_of(0)
    for words in ("waiting", "overdue"):
        assert plain_text(await said(service, Typed(words))).startswith("There is none at present.")
    assert plain_text(await said(service, Typed("find nobody"))).startswith("I found no request.")


async def test_a_button_works_after_a_restart() -> None:
    world, service = await desk_of(11)
    more = (await said(service, Typed("find -status:approved"))).buttons[-1]
    assert ids(await said(world.service(), Pressed(more.choice, ""))) == ["4DME-R-010"]


async def test_words_need_a_list_that_was_asked_for() -> None:
    world, service = await desk_of(11)
    await said(service, Typed("waiting"))
    for words in ("more", "page 2", "page x"):
        assert "Which list?" in plain_text(await said(world.service(), Typed(words)))


async def test_a_long_search_is_not_cut_by_a_small_button() -> None:
    world, service = await desk_of(11)
    search = 'find -name:"Ääkkönen von und zu Hohenlohe-Langenburg" -name:"渡辺渡辺渡辺渡辺"'
    more = (await said(service, Typed(search))).buttons[-1]
    assert len(more.choice.encode()) <= MOST_IN_A_BUTTON
    assert ids(await said(service, Pressed(more.choice, ""))) == ["4DME-R-010"]
    await said(service, Typed("overdue"))
    assert "Which list?" in plain_text(
        await said(service, Pressed(more.choice, ""))
    )  # another list is the last one now
    assert "Which list?" in plain_text(await said(world.service(), Pressed(more.choice, "")))


async def test_every_button_fits_on_telegram() -> None:
    _, service = await desk_of(11)
    for length in range(1, 80):
        message = await said(service, Typed("find -" + "ä" * length))
        assert all(len(button.choice.encode()) <= MOST_IN_A_BUTTON for button in message.buttons)
        assert message.buttons[-1].label == "More"


async def test_mine_are_those_that_i_took_on() -> None:
    _, service = await desk_of(3)
    store = service.store
    assert isinstance(store, FakeStore)
    key = RequestId("4DME-R-001")
    store.stored[key] = replace(store.stored[key], value=replace(store.stored[key].value, assignee=STAFF))
    assert ids(await said(service, Typed("find assigned:me"))) == ["4DME-R-001"]


async def test_days_in_a_search_are_those_of_the_desk() -> None:
    _, service = await desk_of(0)
    looking = Looking(service.store, DeskViews(service.views))
    assert looking.query("find on:today", STAFF, START) == looking.query("find on:2026-11-23", STAFF, START)


async def test_a_mistyped_search_says_what_is_possible() -> None:
    _, service = await desk_of(1)
    told = plain_text(await said(service, Typed("find stat:emailed")))
    assert "I do not know “stat:”" in told
    assert "status, waiting, assigned" in told
    assert PRESSED not in told


async def test_others_ask_the_desk_nothing() -> None:
    _, service = await desk_of(3)
    for words in ("what is waiting", "overdue", "find 4DME", "more", "page 2", "show 4DME-R-001"):
        message = await said(service, Typed(words), Account("slack", "T024BE7LD", "U0EVE"))
        assert not ids(message)
        assert "Which list" not in plain_text(message)
