"""Identities: requests, accounts on a platform, delivery addresses, roles, actors."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

RequestId = NewType("RequestId", str)
"""The prefix and ten characters in two groups, the last a check character (see `bot.request.request_id`)."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """A person's identity on a platform: the key of a conversation. Written `platform:tenant/user`.

    `tenant` is the Slack team; it is empty where a platform has no tenants.
    """

    platform: str
    tenant: str
    user: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.tenant}/{self.user}" if self.tenant else f"{self.platform}:{self.user}"

    @classmethod
    def parse(cls, text: str) -> "Account":
        """Read what `str` writes. Raises ValueError where platform or user is missing."""
        platform, colon, rest = text.strip().partition(":")
        tenant, slash, user = rest.partition("/")
        if not slash:
            tenant, user = "", rest
        if not (platform and colon and user):
            raise ValueError(f"{text!r} is no account: write platform:tenant/user, or platform:user")
        return cls(platform, tenant, user)


@dataclass(frozen=True, slots=True)
class DeliveryAddress:
    """A chat on a platform, and the thread in it, to answer in. Not the person (that is `Account`)."""

    platform: str
    chat: str
    thread: str = ""

    @property
    def whole_chat(self) -> "DeliveryAddress":
        """The chat, whatever the thread."""
        return DeliveryAddress(self.platform, self.chat)


class Role(StrEnum):
    """The capacity in which somebody acts on a request.

    A reader sees everything that staff see, and changes nothing.
    """

    APPLICANT = "applicant"
    READER = "reader"
    STAFF = "staff"
    OWNER = "owner"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an event. `account`, and the `place` they wrote from, are kept of staff and owners only.

    The applicant's account stands in the request, erasable.
    """

    role: Role
    account: Account | None = None
    place: DeliveryAddress | None = None


def address_of(account: Account) -> DeliveryAddress:
    """Return the address of a person who has not written: on every platform that is a chat by their own id."""
    return DeliveryAddress(account.platform, account.user)
