"""The Slack user group whose members are staff: read from Slack, kept for a minute, or until Slack says it changed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from adapters.slack.client import Calls
from adapters.slack.events import account
from bot.model.errors import DeliveryFailed
from bot.model.identity import Account

log = logging.getLogger(__name__)

KEPT = timedelta(minutes=1)


@dataclass(slots=True)
class StaffGroup:
    """The group of that id; nobody where there is no id, or where Slack does not say. `team` gives the workspace."""

    calls: Calls
    group_id: str
    team: Callable[[], str]
    now: Callable[[], datetime]
    _members: frozenset[Account] = frozenset()
    _until: datetime | None = field(default=None)

    async def members(self) -> frozenset[Account]:
        """Return the members, as of a minute ago at most."""
        if self.group_id and (self._until is None or self.now() >= self._until):
            self._members = await self._read()
            self._until = self.now() + KEPT
        return self._members

    def forget(self) -> None:
        """Ask Slack the next time."""
        self._until = None

    async def _read(self) -> frozenset[Account]:
        call = partial(self.calls.client.usergroups_users_list, usergroup=self.group_id)
        try:
            answer = await self.calls.tried(call)
        except DeliveryFailed as error:
            log.warning("the user group of staff cannot be read, so nobody counts as its member: %s", error)
            return frozenset()
        return frozenset(account(self.team(), user) for user in answer["users"])
