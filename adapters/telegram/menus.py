"""The menus of commands: for everybody by kind of chat and language, for each person at the desk in their own chat.

Telegram keeps them, so they are set at every start, and a call that fails leaves what was there; somebody's own is
tried again when they next write. Whose role was lost while the bot was off has it taken away at the start. "Per
language" means the descriptions: commands are the same everywhere, and the bot answers in English, which `help` says
in each language.
Whoever is at the desk has one menu, in English: their chat's own comes before the others.
"""

import asyncio
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import telegram
from telegram import Bot, BotCommand, BotCommandScope

from adapters.telegram.own_menus import OwnMenus
from adapters.telegram.sender import if_possible
from adapters.telegram.updates import COMMANDS, PLATFORM, PUBLIC_COMMANDS
from bot.agreement.agreement import TEMPLATES
from bot.desk.commands import COMMANDS as DESK_COMMANDS
from bot.model.identity import Account, Role
from bot.model.message import plain_text
from bot.staff.roles import Roles
from bot.texts.say import Offer, Say
from bot.texts.views import Views

LANGUAGES = TEMPLATES / "texts" / "telegram_menus.toml"
START = "start"

SCOPES: tuple[tuple[BotCommandScope, Sequence[str]], ...] = (
    (telegram.BotCommandScopeDefault(), PUBLIC_COMMANDS),
    (telegram.BotCommandScopeAllGroupChats(), PUBLIC_COMMANDS),
    (telegram.BotCommandScopeAllPrivateChats(), (START, *COMMANDS)),
)


@dataclass
class Menus:
    """Makes the menus known. Nothing here depends on whether Telegram takes them."""

    bot: Bot
    views: Views
    roles: Roles
    own: OwnMenus
    _offered: dict[Account, Role | None] = field(default_factory=dict, init=False)
    """Whose chat has a menu, and of which role; at the start, of those only whose role was lost meanwhile."""
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def offer(self) -> None:
        """Offer every menu."""
        for (scope, names), (language, words) in product(SCOPES, self._languages().items()):
            menu = [BotCommand(name, words[name]) for name in names]
            await if_possible(self.bot.set_my_commands(menu, scope, language_code=language or None))
        now = await self.roles.everybody()
        before = await self.own.everybody(PLATFORM)
        self._offered |= {account: role for account, role in before.items() if account not in now}
        for account in (*self._offered, *now):
            await if_possible(self.offer_to(account))

    async def is_outdated(self, account: Account) -> bool:
        """Return whether somebody's role differs from the one that their chat's menu was offered for."""
        return account.platform == PLATFORM and await self.roles.of(account) is not self._offered.get(account)

    async def offer_to(self, account: Account) -> None:
        """Offer somebody the menu of the role that they have now; nothing where it is as it was. Raises StoreError."""
        async with self._one_by_one:
            if not await self.is_outdated(account):
                return
            role, scope = await self.roles.of(account), telegram.BotCommandScopeChat(int(account.user))
            if role:
                await self.own.note(account, role)
                menu = [*self._desk(role), *self._english()]
                taken = await if_possible(self.bot.set_my_commands(menu, scope))
            elif taken := await if_possible(self.bot.delete_my_commands(scope)):
                await self.own.note(account, None)
            if taken:
                self._offered[account] = role

    def _languages(self) -> Mapping[str, Mapping[str, str]]:
        """The descriptions by language; the empty one is for everybody else."""
        english = {command.command: command.description for command in self._english()}
        return {"": english, **tomllib.loads(LANGUAGES.read_text(encoding="utf-8"))}

    def _english(self) -> Sequence[BotCommand]:
        texts = self.views.texts
        own = (BotCommand(choice, texts.label(Offer(choice))) for choice in COMMANDS)
        return [BotCommand(START, texts.words["telegram.start"]), *own]

    def _desk(self, role: Role) -> Iterable[BotCommand]:
        """The desk's commands of that role, as its own list describes them: "find virtanen: what it does"."""
        for command in DESK_COMMANDS:
            if role in command.roles and not command.shared:
                name = command.name.replace(" ", "_")
                listed = plain_text(self.views.message([Say(f"desk.command.{name}")], ""))
                yield BotCommand(name, listed.rpartition(": ")[2])
