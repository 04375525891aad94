"""Outgoing calls to Slack: messages and documents of the outbox, and the meaning of its errors.

What is logged of an error is Slack's code for it, never a text, name or token.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.blocks import JsonObject, Labels, Part, chosen, escaped, parts, plain
from adapters.slack.quiet_logs import quiet_logger
from bot.app.service import Service
from bot.model.errors import DeliveryFailed, Superseded
from bot.model.identity import DeliveryAddress
from bot.model.message import DocumentRef, Message
from bot.store.port import OutboxEntry

log = logging.getLogger(__name__)

REVOKED = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "team_access_not_granted", "token_expired", "token_revoked"}
)
"""The token is good for nothing any more (https://docs.slack.dev/reference/methods/auth.test)."""

_NEVER = frozenset(
    {
        *("channel_not_found", "is_archived", "user_not_found", "users_not_found", "user_disabled", "cannot_dm_bot"),
        *("messages_tab_disabled", "not_in_channel", "restricted_action", "user_not_visible", "thread_not_found"),
        *("msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_arguments", "missing_scope"),
    }
)
"""Errors that trying again does not mend: the chat is gone or closed, or the message or the app is wrong."""


@dataclass(slots=True)
class Calls:
    """Slack's Web API as this bot uses it. `revoked` is told when the token turns out to be void."""

    client: AsyncWebClient
    service: Service
    revoked: Callable[[str], None]
    _begun: dict[int, int] = field(default_factory=dict)
    _channels: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> Labels:
        """The words on Slack's own buttons."""
        return Labels(self.service.views.plain("slack.fill_in"))

    async def deliver(self, entry: OutboxEntry) -> None:
        """Send an entry, in as many messages as it takes. Tried again, it goes on after those that Slack took.

        Raises DeliveryFailed.
        """
        outgoing = entry.outgoing
        steps: list[Callable[[], Awaitable[Any]]] = [
            partial(self._post, outgoing.address, part) for part in parts(outgoing.message, self.labels)
        ]
        if document := outgoing.message.document:
            steps.append(partial(self._upload, outgoing.address, document))
        for number, step in enumerate(steps):
            if number >= self._begun.get(entry.id, 0):
                await self.tried(step)
                self._begun[entry.id] = number + 1
        self._begun.pop(entry.id, None)

    async def tried(self, call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever the call returns
        """Make a call; its errors as DeliveryFailed."""
        try:
            return await call()
        except SlackApiError as error:
            raise self._failed(error) from None
        except (SlackClientError, aiohttp.ClientError, OSError) as error:
            raise DeliveryFailed(f"slack: {type(error).__name__}") from None

    def _failed(self, error: SlackApiError) -> DeliveryFailed:
        response = error.response
        code = error_code(error)
        if code in REVOKED:
            self.revoked(code)
        headers = getattr(response, "headers", None) or {}
        wait = str(headers.get("Retry-After", headers.get("retry-after", "0")))
        pause = timedelta(seconds=int(wait)) if wait.isdecimal() else timedelta()
        return DeliveryFailed(f"slack: {code}", pause, final=code in _NEVER)

    async def _post(self, address: DeliveryAddress, part: Part) -> None:
        await self.client.chat_postMessage(
            channel=address.chat,
            thread_ts=address.thread or None,
            blocks=part.blocks,
            text=part.text,
            unfurl_links=False,
            unfurl_media=False,
        )

    async def _upload(self, address: DeliveryAddress, document: DocumentRef) -> None:
        try:
            content = await self.service.file(document)
        except Superseded:
            log.info("%s: %s %d is not to be had any more", document.request_id, document.kind, document.number)
            return
        await self.client.files_upload_v2(
            content=content,
            filename=document.filename,
            title=document.filename,
            channel=address.chat,
            thread_ts=address.thread or None,
        )

    async def attempt(self, what: str, call: Callable[[], Awaitable[Any]]) -> bool:
        """Make a call that nothing depends on; whether it went."""
        try:
            await self.tried(call)
        except DeliveryFailed as error:
            log.warning("%s: %s", what, error)
            return False
        return True

    async def mark(self, channel: str, message: JsonObject, label: str) -> None:
        """Show a pressed choice as chosen. Where that fails the old buttons stay, and mean nothing any more."""
        text, blocks = message.get("text") or "…", chosen(message["blocks"], label)
        update = partial(self.client.chat_update, channel=channel, ts=message["ts"], text=text, blocks=blocks)
        await self.attempt("a choice is not shown", update)

    async def publish(self, user: str, view: JsonObject) -> bool:
        """Publish somebody's Home; whether it went."""
        return await self.attempt("a Home is not shown", partial(self.client.views_publish, user_id=user, view=view))

    async def open(self, trigger_id: str, view: JsonObject) -> bool:
        """Open a modal, within three seconds of the press; whether it went."""
        return await self.attempt(
            "a form is not shown", partial(self.client.views_open, trigger_id=trigger_id, view=view)
        )

    async def apologise(self, address: DeliveryAddress) -> None:
        """Say that something went wrong, and not through the outbox: the store may be what failed."""
        text = self.service.views.plain("failure")
        blocks = [{"type": "section", "text": plain(text)}]
        await self.attempt("an apology is not sent", partial(self._post, address, Part(blocks, escaped(text))))

    async def respond(self, response_url: str, message: Message) -> None:
        """Answer only to who asked, where they asked. It is not kept: whoever misses it asks again."""
        client = AsyncWebhookClient(response_url, logger=quiet_logger())
        for part in parts(message, self.labels):
            await self.attempt("an answer is not shown", partial(_shown_to_the_asker, client, part))

    async def direct_messages(self, user: str) -> str:
        """The channel of the direct messages with somebody. Raises DeliveryFailed."""
        if user not in self._channels:
            opened = await self.tried(partial(self.client.conversations_open, users=[user]))
            self._channels[user] = opened["channel"]["id"]
        return self._channels[user]


def error_code(error: SlackApiError) -> str:
    """Slack's name for an error (`channel_not_found`), or the HTTP status where it gave none."""
    answer = getattr(error.response, "data", None)
    code = answer.get("error") if isinstance(answer, dict) else None
    return str(code or f"status {getattr(error.response, 'status_code', getattr(error.response, 'status', '?'))}")


async def _shown_to_the_asker(client: AsyncWebhookClient, part: Part) -> None:
    answer = await client.send(
        text=part.text,
        blocks=part.blocks,
        response_type="ephemeral",
        replace_original=False,
        unfurl_links=False,
        unfurl_media=False,
    )
    if answer.status_code != HTTPStatus.OK:
        raise DeliveryFailed(f"slack: status {answer.status_code}")
