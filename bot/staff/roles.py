"""The roles at the desk, by the platform's own identity. A display name counts for nothing.

The settings come first, then whom an owner named or dismissed in chat, then the user group. It is looked up anew for
each message and each press, so that a role that was lost is lost at once.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.model.identity import Account, Actor, Role
from bot.model.json_codec import JsonObject, to_json
from bot.staff.records import STAFF_RECORDS
from bot.store.port import RecordWrite, Store


async def _nobody() -> frozenset[Account]:
    return frozenset()


class Named(Protocol):
    """The accounts that the settings name for each role."""

    @property
    def readers(self) -> Collection[Account]:
        """Those who may look."""

    @property
    def staff(self) -> Collection[Account]:
        """Those who may decide."""

    @property
    def owners(self) -> Collection[Account]:
        """Those who may name staff."""


def roles_of(settings: Named) -> dict[Account, Role]:
    """Return the roles in the settings by account; the highest role counts."""
    return {
        **dict.fromkeys(settings.readers, Role.READER),
        **dict.fromkeys(settings.staff, Role.STAFF),
        **dict.fromkeys(settings.owners, Role.OWNER),
    }


@dataclass(slots=True)
class Roles:
    """`by_settings`: who was named there. `group`: the members of the user group, staff all of them."""

    store: Store
    by_settings: Mapping[Account, Role] = field(default_factory=dict)
    group: Callable[[], Awaitable[frozenset[Account]]] = _nobody

    async def of(self, account: Account) -> Role | None:
        """The role of an account; None where it has none."""
        if role := self.by_settings.get(account):
            return role
        if record := (await self.store.record(_key(account))).value:
            return Role(record["role"]) if record["role"] else None
        return Role.STAFF if account in await self.group() else None

    async def everybody(self) -> dict[Account, Role]:
        """All who have a role."""
        found: dict[Account, Role | None] = dict.fromkeys(await self.group(), Role.STAFF)
        for key, stored in (await self.store.records(STAFF_RECORDS)).items():
            role = stored.value["role"]
            found[Account.parse(key.removeprefix(STAFF_RECORDS))] = Role(role) if role else None
        found |= self.by_settings
        return {account: role for account, role in found.items() if role}

    async def named(self, account: Account, role: Role | None, by: Actor, at: str) -> RecordWrite:
        """The record of an account that is given a role, or (None) loses it; `by` whom and `at` what instant stay."""
        stored = await self.store.record(_key(account))
        before = stored.value["history"] if stored.value else []
        entry: JsonObject = {"role": role or "", "at": at, "by": to_json(by)}
        content: JsonObject = {"role": role or "", "history": [*before, entry]}
        return RecordWrite(_key(account), content, stored.version)


def _key(account: Account) -> str:
    return f"{STAFF_RECORDS}{account}"
