"""Messages from a platform to the core: sender, reply address and content.

PURE.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model.identity import Account, DeliveryAddress
from bot.model.people import Field


@dataclass(frozen=True, slots=True)
class Typed:
    """Words that somebody wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button: what it said it was, and the token of the message that it stood under."""

    choice: str
    token: str


@dataclass(frozen=True, slots=True)
class CameIn:
    """Somebody opened the chat, or came back to it."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Words that somebody changed after sending them; `message_id` is that of the message as it came first."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SentForm:
    """A whole form, as it was typed; `token` is that of the conversation that it was opened on."""

    values: Mapping[Field, str]
    token: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that reached the bot. `message_id` is the platform's, made unique with its name; repeats are ignored.

    `private`: only this person reads along. `words`: what was typed, where the platform made a press of it. `time_zone`
    is the person's (IANA), where the platform knows it. `replaces`: our message whose place the answer may take, as the
    platform writes it.
    """

    account: Account
    address: DeliveryAddress
    message_id: str
    content: Typed | Pressed | CameIn | Edited | SentForm
    private: bool = True
    words: str = ""
    time_zone: str = ""
    replaces: str = ""
