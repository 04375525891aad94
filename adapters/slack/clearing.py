"""Deletion of the bot's messages to somebody in Slack, at their wish.

Slack lists what was written in the direct messages and lets a bot delete what is its own, of any age; so no ids are
kept. What is deleted is not listed again: where Slack asks to wait, the next attempt goes on with what is left.
https://docs.slack.dev/reference/methods/chat.delete, https://docs.slack.dev/reference/methods/files.delete
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError

from adapters.slack.blocks import JsonObject
from adapters.slack.client import Calls, error_code

_AT_ONCE = 200
"""So many messages of a page: what Slack recommends at most."""

_GONE = frozenset({"file_deleted", "file_not_found", "message_not_found", "thread_not_found"})
_STAYS = frozenset(
    {
        *("cant_delete_file", "cant_delete_message", "compliance_exports_prevent_deletion", "delete_not_allowed"),
        *("file_deleting_disabled", "missing_scope", "restricted_action", "access_denied"),
    }
)


async def clear(calls: Calls, chat: str) -> int:
    """Delete the bot's messages and files; returns how many Slack does not let go. Raises DeliveryFailed."""
    channel = chat if chat.startswith("D") else await calls.direct_messages(chat)
    bot = (await calls.tried(calls.client.auth_test))["user_id"]
    own = [message async for message in _listed(calls, channel) if message.get("user") == bot]
    left = 0
    for message in own:
        for file in message.get("files", ()):
            if file.get("user") == bot:
                left += await _stays(calls, partial(calls.client.files_delete, file=file["id"]))
        left += await _stays(calls, partial(calls.client.chat_delete, channel=channel, ts=message["ts"]))
    return left


async def _listed(calls: Calls, channel: str) -> AsyncIterator[JsonObject]:
    """The messages of a channel, and the answers in their threads."""
    async for message in _pages(calls, partial(calls.client.conversations_history, channel=channel)):
        yield message
        if message.get("reply_count"):
            replies = partial(calls.client.conversations_replies, channel=channel, ts=message["ts"])
            async for reply in _pages(calls, replies):
                if reply["ts"] != message["ts"]:
                    yield reply


async def _pages(calls: Calls, listing: Callable[..., Awaitable[Any]]) -> AsyncIterator[JsonObject]:
    cursor: str | None = None
    while cursor != "":
        page = await calls.tried(partial(listing, limit=_AT_ONCE, cursor=cursor))
        for message in page["messages"]:
            yield message
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""


async def _stays(calls: Calls, delete: Callable[[], Awaitable[Any]]) -> bool:
    """Make the deletion; return whether Slack refuses it. A missing message counts as gone. Raises DeliveryFailed."""

    async def deleted() -> bool:
        try:
            await delete()
        except SlackApiError as error:
            if (code := error_code(error)) in _GONE | _STAYS:
                return code in _STAYS
            raise
        return False

    return bool(await calls.tried(deleted))
