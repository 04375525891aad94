"""The menus of commands: for everybody by kind of chat and language, for each person at the desk in their own chat.

Telegram keeps them, so they are set at every start, and a call that fails leaves what was there. "Per language" means
the descriptions: commands are the same everywhere, and the bot answers in English, which `help` says in each language.
Whoever is at the desk has one menu, in English: their chat's own comes before the others.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import telegram
from telegram import Bot, BotCommand, BotCommandScope

from adapters.telegram_sending import if_possible
from adapters.telegram_updates import COMMANDS, PLATFORM, PUBLIC_COMMANDS
from bot.agreement import TEMPLATES
from bot.messages import plain_text
from bot.model import Account, Role
from bot.roles import Roles
from bot.staff import COMMANDS as DESK_COMMANDS
from bot.turns import Offer, Say
from bot.views import Views

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
    _offered: dict[Account, Role | None] = field(default_factory=dict, init=False)
    """Whose chat got a menu since the start, and for which role."""

    async def offer(self) -> None:
        """Offer every menu."""
        for (scope, names), (language, words) in product(SCOPES, self._languages().items()):
            menu = [BotCommand(name, words[name]) for name in names]
            await if_possible(self.bot.set_my_commands(menu, scope, language_code=language or None))
        for account in await self.roles.everybody():
            await self.offer_to(account)

    async def is_outdated(self, account: Account) -> bool:
        """Whether somebody's role is another one than their chat's menu was offered for."""
        return account.platform == PLATFORM and await self.roles.of(account) is not self._offered.get(account)

    async def offer_to(self, account: Account) -> None:
        """Offer somebody the menu of the role that they have now; nothing where it is as it was."""
        if not await self.is_outdated(account):
            return
        role = self._offered[account] = await self.roles.of(account)
        scope = telegram.BotCommandScopeChat(int(account.user))
        if role is None:
            await if_possible(self.bot.delete_my_commands(scope))
        else:
            await if_possible(self.bot.set_my_commands([*self._desk(role), *self._english()], scope))

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
