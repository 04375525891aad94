"""Membership of the staff: owners name and dismiss them in chat; all at the desk see the staff and their commands."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.desk.commands import BY_NAME, GROUPS, SEES
from bot.desk.desk import DeskTurn, Handlers, Reply
from bot.desk.views import DeskOffer, DeskViews
from bot.model.identity import Account, Role, address_of
from bot.staff.roles import Roles
from bot.store.port import DELIVER_WITHIN, Outgoing
from bot.texts.say import Say


@dataclass(frozen=True, slots=True)
class Naming:
    """The handlers of the commands about staff themselves."""

    roles: Roles
    views: DeskViews

    @property
    def handlers(self) -> Handlers:
        """By the name of the command."""
        return {
            "desk": self._desk,
            "help": self._help,
            "who": self._who,
            "name staff": self._name_staff,
            "name reader": self._name_reader,
            "dismiss": self._dismiss,
        }

    async def _desk(self, turn: DeskTurn) -> Reply:
        says = [Say("desk.help", {"role": turn.role})]
        for group, names in GROUPS.items():
            own = [name for name in names if turn.role in BY_NAME[name].roles]
            says += [Say(f"desk.group.{group}")] if own else []
            says += [Say(f"desk.command.{name.replace(' ', '_')}") for name in own]
        return Reply((*says, Say("desk.help_end")))

    async def _help(self, _: DeskTurn) -> Reply:
        """Reply with the help for everybody, and the note that there is more for staff."""
        return Reply(
            (Say("help.desk"), Say("help.general")), (DeskOffer("desk", "desk"), DeskOffer("waiting", "waiting"))
        )

    async def _who(self, _: DeskTurn) -> Reply:
        everybody = sorted((await self.roles.everybody()).items(), key=lambda entry: (_RANK[entry[1]], entry[0]))
        return Reply(tuple(Say("desk.who", {"account": str(account), "role": role}) for account, role in everybody))

    async def _name_staff(self, turn: DeskTurn) -> Reply:
        return await self._named(turn, Role.STAFF)

    async def _name_reader(self, turn: DeskTurn) -> Reply:
        return await self._named(turn, Role.READER)

    async def _dismiss(self, turn: DeskTurn) -> Reply:
        return await self._named(turn, None)

    async def _named(self, turn: DeskTurn, role: Role | None) -> Reply:
        account = _account(turn)
        if account is None:
            return Reply((Say("desk.no_account"),))
        if account in self.roles.by_settings:
            return Reply((Say("desk.by_settings", {"account": str(account)}),))
        had = await self.roles.of(account)
        if had is role:
            same = {"account": str(account), "role": role} if role else {"account": str(account)}
            return Reply((Say("desk.has_role" if role else "desk.has_none", same),))
        record = await self.roles.named(account, role, turn.actor, turn.now.isoformat())
        if role is None:
            return Reply((Say("desk.dismissed", {"account": str(account)}),), records=(record,))
        told = Outgoing(
            address_of(account),
            self.views.message((Say("desk.named_you", {"role": role}),)),
            turn.now,
            turn.now + DELIVER_WITHIN,
        )
        named = Say("desk.named", {"account": str(account), "role": role})
        return Reply((named,), records=(record,), outgoing=(told,))


_RANK: Mapping[Role, int] = {Role.OWNER: 0, Role.STAFF: 1, Role.READER: 2}
assert set(_RANK) == SEES


def _account(turn: DeskTurn) -> Account | None:
    """The account that was named: whole, or as somebody mentioned where the owner writes (`@U0456`)."""
    words = turn.said.words.strip().removeprefix("<").removesuffix(">")
    own = turn.incoming.account
    if words.startswith("@") and own.tenant and words[1:].isalnum():
        return Account(own.platform, own.tenant, words[1:])
    try:
        return Account.parse(words)
    except ValueError:
        return None
