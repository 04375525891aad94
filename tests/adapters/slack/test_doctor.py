"""What the doctor says of Slack: each finding with its remedy, and no secret in it."""

import pytest

from adapters.slack.doctor import SCOPES, findings
from bot.app.config import read_settings
from tests.adapters.slack_server import Failure, SlackServer, slack_server
from tests.adapters.slack_talk import settings

HTTP = {"SLACK_SIGNING_SECRET": "s" * 32, "LA_BOT_PUBLIC_URL": "https://bot.example.org"}
SOCKET = {"SLACK_APP_TOKEN": "xapp-1"}


async def found(server: SlackServer, **more: str) -> list[tuple[str, str]]:
    return [(finding.mark.strip(), finding.text) async for finding in findings(settings(server, **more))]


@pytest.mark.parametrize("more", [HTTP, SOCKET])
async def test_all_is_well(more: dict[str, str]) -> None:
    async with slack_server() as server:
        told = await found(server, **more)
    assert [mark for mark, _ in told] == ["ok", "ok"]
    assert "installed in Lab" in told[0][1]


async def test_a_scope_too_few_and_one_too_many_are_named() -> None:
    async with slack_server() as server:
        server.scopes = ",".join(sorted(SCOPES - {"files:write"} | {"channels:history"}))
        told = await found(server, **SOCKET)
    assert [mark for mark, text in told if "lacks files:write;" in text] == ["wrong"]
    assert any(mark == "note" and text.endswith("needs: channels:history") for mark, text in told)


@pytest.mark.parametrize(
    ("more", "method", "failure", "text"),
    [
        (SOCKET, "auth.test", Failure("invalid_auth"), "SLACK_BOT_TOKEN: Slack says invalid_auth"),
        (SOCKET, "auth.test", Failure(drop=True), "Slack cannot be reached"),
        (SOCKET, "apps.connections.open", Failure("not_allowed_token_type"), "SLACK_APP_TOKEN: Slack says"),
        (SOCKET, "apps.connections.open", Failure(drop=True), "Socket Mode cannot be reached"),
        ({"SLACK_SIGNING_SECRET": "s" * 32}, "", Failure(), "LA_BOT_PUBLIC_URL"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "xapp-1"}, "", Failure(), "SLACK_BOT_TOKEN is missing"),
    ],
)
async def test_what_is_wrong_is_named(more: dict[str, str], method: str, failure: Failure, text: str) -> None:
    async with slack_server() as server:
        server.failures[method] += [failure, failure]  # the client tries a broken connection once more
        told = await found(server, **more)
    assert [mark for mark, words in told if text in words] == ["wrong"]
    assert not any(secret in words for _, words in told for secret in ("xoxb-1", "xapp-1", "s" * 32))


async def test_where_slack_is_not_used_that_is_no_mistake() -> None:
    assert [finding.mark async for finding in findings(read_settings({}))] == ["note "]
