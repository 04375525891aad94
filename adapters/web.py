"""The one HTTP server: every platform's webhooks, and /healthz."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(routes: Iterable[web.RouteDef], port: int) -> AsyncIterator[int]:
    """Listen on a port (0: any that is free) and give its number for IPv4; at the end answer what is under way."""
    application = web.Application()
    application.add_routes([web.get("/healthz", _healthy), *routes])
    # No access log: the paths of webhooks are secrets.
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield next(address[1] for address in runner.addresses if len(address) == 2)
    finally:
        await runner.cleanup()


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
