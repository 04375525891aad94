"""Whose chat has a menu of its own, on a platform that keeps menus.

It is noted before the menu is offered and forgotten once it is gone, so that a role that was lost, in chat or in the
settings, takes its menu along after a restart too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model.identity import Account, Role
from bot.store.port import Commit, RecordWrite, Store

OWN_MENUS = "menu/"


@dataclass(frozen=True, slots=True)
class OwnMenus:
    """The records of them, one for each account."""

    store: Store

    async def everybody(self, platform: str) -> Mapping[Account, Role]:
        """Return the accounts that may have a menu on that platform, and the role of each menu."""
        kept = await self.store.records(f"{OWN_MENUS}{platform}:")
        return {Account.parse(key.removeprefix(OWN_MENUS)): Role(stored.value["role"]) for key, stored in kept.items()}

    async def note(self, account: Account, role: Role | None) -> None:
        """Somebody is about to have the menu of a role, or (None) has none any more. Raises StoreError."""
        key = f"{OWN_MENUS}{account}"
        stored = await self.store.record(key)
        content = {"role": str(role)} if role else None
        if stored.value != content:
            await self.store.commit(Commit(records=(RecordWrite(key, content, stored.version),)))
