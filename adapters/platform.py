"""What every chat platform's adapter offers to whoever runs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from aiohttp import web

from bot.store.port import OutboxEntry


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` keeps the bot from working, `note` does not; the text names the remedy."""

    mark: Literal["ok   ", "note ", "wrong"]
    text: str


class Platform(Protocol):
    """A running adapter: what comes in goes to `Service.handle`, what goes out comes through `deliver`."""

    name: str
    """As in accounts and delivery addresses: `telegram`, `slack`."""

    def routes(self) -> Iterable[web.RouteDef]:
        """Its webhooks on the one server; none where it polls or holds a socket."""
        ...

    async def start(self) -> None:
        """Begin to receive. Raises LaBotError with one line that says what to do, as for a wrong token."""
        ...

    async def stop(self) -> None:
        """Receive no more; return when the turns under way are done."""
        ...

    async def deliver(self, entry: OutboxEntry) -> Sequence[str]:
        """See `bot.store.port.Deliver`."""
        ...

    async def clear(self, entry: OutboxEntry, ids: Sequence[str]) -> int:
        """See `bot.store.port.Clear`."""
        ...
