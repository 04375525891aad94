"""Slack's events as what reached the bot: who said it, where to answer, and by what id it is known again.

PURE. What becomes of each kind of message in the direct messages:

    typed, also in a thread           an answer or a question; the answer goes into that thread
    edited                            corrects the field that it answered; a preview that Slack adds is no edit
    deleted                           nothing: what was answered stays answered
    a file                            its words are read; that files cannot be, is said
    from a bot, this one included     nothing
    from another workspace            an answer about the terms, but no request (Slack Connect)
"""

from collections.abc import Mapping
from typing import Any

from adapters.slack.markup import typed
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import CameIn, Edited, Incoming, Pressed, SentForm, Typed

PLATFORM = "slack"
_SAID = {None, "file_share", "thread_broadcast"}

Payload = Mapping[str, Any]


def account(team: str, user: str) -> Account:
    """Somebody in the workspace that the bot is installed in."""
    return Account(PLATFORM, team, user)


def address(channel: str, thread: str | None = "") -> DeliveryAddress:
    """A channel, or a thread in it."""
    return DeliveryAddress(PLATFORM, channel, thread or "")


def message_id(team: str, channel: str, ts: str) -> str:
    """The name of a message: a channel has one at an instant."""
    return f"{PLATFORM}:{team}:{channel}:{ts}"


def said(team: str, event: Payload) -> Incoming | None:
    """Read a message written or edited in the direct messages; None if there is nothing to answer."""
    if event.get("subtype") == "message_changed":
        return _edited(team, event)
    if event.get("subtype") not in _SAID or event.get("bot_id") or not event.get("user"):
        return None
    text = typed(event)
    if not text:
        return None
    channel = event["channel"]
    known = message_id(team, channel, event["ts"])
    return Incoming(account(team, event["user"]), address(channel, event.get("thread_ts")), known, Typed(text))


def _edited(team: str, event: Payload) -> Incoming | None:
    message, before, channel = event["message"], event.get("previous_message") or {}, event["channel"]
    edited = message.get("edited")
    if not edited or message.get("bot_id") or not message.get("user") or typed(message) == typed(before):
        return None
    first = message_id(team, channel, message["ts"])
    where = address(channel, message.get("thread_ts"))
    content = Edited(first, typed(message))
    return Incoming(account(team, message["user"]), where, f"{first}:{edited['ts']}", content)


def has_files(event: Payload) -> bool:
    """Return whether the event brings a file."""
    return event.get("subtype") == "file_share" and not event.get("bot_id")


def is_from_elsewhere(team: str, message: Payload) -> bool:
    """Return whether the message was written by a member of another workspace."""
    message = message.get("message") or message
    return (message.get("user_team") or message.get("source_team") or message.get("team") or team) != team


def acted(team: str, body: Payload, where: DeliveryAddress, content: Pressed | CameIn | SentForm) -> Incoming:
    """A pressed button or a sent form. Pressed twice it is two, delivered twice it is one."""
    user = body["user"]["id"]
    unique = body["actions"][0]["action_ts"] if "actions" in body else body["trigger_id"]
    return Incoming(account(team, user), where, f"{PLATFORM}:{team}:{user}:{unique}", content)
