"""What every chat platform's adapter offers the composition root."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from aiohttp import web

from bot.store.port import OutboxEntry


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
