"""The one HTTP server: every platform's webhooks, and /healthz."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from aiohttp import web

log = logging.getLogger(__name__)

PATIENCE = 5
"""Seconds within which the store is to answer who asks for /healthz."""


@asynccontextmanager
async def serving(
    routes: Iterable[web.RouteDef], port: int, looked_up: Callable[[], Awaitable[object]]
) -> AsyncIterator[int]:
    """Listen on a port (0: any that is free) and give its number for IPv4; at the end answer what is under way.

    `looked_up` raises where the bot cannot work; /healthz says so.
    """

    async def healthy(_: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PATIENCE):
                await looked_up()
        except Exception as error:  # whatever it is, whoever watches over the bot should hear of it
            log.error("not well: %s", type(error).__name__)
            return web.Response(status=503, text="the store does not answer\n")
        return web.Response(text="ok\n")

    application = web.Application()
    application.add_routes([web.get("/healthz", healthy), *routes])
    # No access log: the paths of webhooks are secrets.
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield next(address[1] for address in runner.addresses if len(address) == 2)
    finally:
        await runner.cleanup()
