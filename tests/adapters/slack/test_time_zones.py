"""Time zones from Slack: asked beside the turns, once a day for a person, and nothing depends on the answer."""

import asyncio

import pytest

from adapters.slack.time_zones import KEPT, Zones
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from tests.adapters.slack.test_app import FORM, VALUES
from tests.adapters.slack_server import Failure
from tests.adapters.slack_talk import SlackTalk, talk


async def issued(person: SlackTalk) -> LicenseRequest:
    await person.open_messages()
    await person.play([*FORM, *VALUES, "1"])
    return await request_of(person)


async def request_of(person: SlackTalk) -> LicenseRequest:
    (request,) = await person.world.store.requests(RequestQuery(account=person.account))
    return request


async def test_a_request_is_kept_with_the_time_zone_that_slack_knows() -> None:
    async with talk() as person:
        person.server.zones["U1"] = "Asia/Tokyo"
        request = await issued(person)
        assert request.time_zone == "Asia/Tokyo"
        assert request.remind_at
        assert 0 <= request.remind_at.hour < 9  # 9 to 18 in Tokyo
        assert person.server.named("users.info") == [{"user": "U1"}]


async def test_it_is_asked_anew_after_a_day_and_the_request_moves_with_the_person() -> None:
    async with talk() as person:
        person.server.zones["U1"] = "Asia/Tokyo"
        before = await issued(person)
        person.server.zones["U1"] = "America/New_York"
        await person.say("help")
        assert await request_of(person) == before
        person.world.now += KEPT
        await person.say("help")  # Slack is asked beside this turn
        assert len(person.server.named("users.info")) == 2
        await person.say("help")
        after = await request_of(person)
        assert after.time_zone == "America/New_York"
        assert after.remind_at
        assert after.remind_at.hour >= 13  # 9 to 18 in New York


@pytest.mark.parametrize("failure", [Failure("missing_scope"), Failure(status=500), Failure("ratelimited", 429, "30")])
async def test_where_slack_does_not_say_the_turn_is_as_ever_and_the_bots_own_zone_counts(failure: Failure) -> None:
    async with talk() as person:
        person.server.failures["users.info"] = [failure]
        request = await issued(person)
        assert request.time_zone == ""
        assert len(person.server.named("users.info")) == 1


@pytest.mark.parametrize("zone", ["", "Mars/Base"])
async def test_a_time_zone_that_is_none_costs_nothing(zone: str) -> None:
    async with talk() as person:
        person.server.zones["U1"] = zone
        request = await issued(person)
        assert request.remind_at
        assert request.remind_at.hour >= 7  # 9 to 18 in Helsinki


async def test_no_turn_waits_for_the_answer() -> None:
    async with talk() as person:
        person.server.held["users.info"] = answering = asyncio.Event()
        opened = asyncio.create_task(person.open_messages())
        await person.world.store.outbox_changed()
        assert not opened.done()  # the adapter would wait for the answer only where it stops
        answering.set()
        await opened
        assert len(person.heard) == 1


async def test_only_so_many_people_are_remembered() -> None:
    async with talk() as person:
        zones = Zones(person.slack.answers.calls, lambda: person.world.now, most=2)
        for user in ("U1", "U2", "U3"):
            person.server.zones[user] = "Asia/Tokyo"
            zones.of(user)
            await zones.settled()
        assert [zones.of(user) for user in ("U1", "U2", "U3")] == ["", "Asia/Tokyo", "Asia/Tokyo"]
        await zones.settled()
