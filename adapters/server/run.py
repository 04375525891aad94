"""`la-bot run`: every configured platform, the outbox's worker and the server, in one process and one loop."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import count

from adapters.platform import Finding, Platform
from adapters.server.web import serving
from adapters.slack import app as slack
from adapters.slack import doctor as slack_doctor
from adapters.telegram import app as telegram
from adapters.telegram import doctor as telegram_doctor
from bot.app.bootstrap import Bot
from bot.app.config import Settings
from bot.app.outbox_worker import OutboxWorker
from bot.app.scheduler import Clockwork
from bot.app.service import Service
from bot.model.clock import Clock, SystemClock
from bot.model.errors import ConfigError, LaBotError
from bot.privacy.chat_clearing import Clearing
from bot.store.outbox import RetryPolicy

log = logging.getLogger(__name__)

PLATFORMS: tuple[Callable[[Settings, Service, Clock], Platform | None], ...] = (telegram.configured, slack.configured)
"""Each makes its platform, or None where the settings do not ask for it."""

YOUNG = 100_000
"""So many new objects make the collector look at them: some turns' worth, most of which are gone by then."""

DOCTORS: tuple[Callable[[Settings], AsyncIterator[Finding]], ...] = (telegram_doctor.findings, slack_doctor.findings)
"""Each says what is right and wrong with its platform."""


async def platform_findings(settings: Settings) -> list[Finding]:
    """What `la-bot doctor` says of the platforms."""
    return [finding for doctor in DOCTORS async for finding in doctor(settings)]


async def run_platforms(bot: Bot, settings: Settings, tell: Callable[[str], None]) -> None:
    """Run what is configured until SIGTERM or SIGINT. Raises LaBotError where something cannot start."""
    clock = SystemClock()
    made = [make(settings, bot.service, clock) for make in PLATFORMS]
    platforms = [platform for platform in made if platform]
    if not platforms:
        raise ConfigError("no chat platform is configured; `la-bot doctor` says what each of them needs")
    with _signals() as stop:
        started = running(bot.service, platforms, settings.port, clock, tell)
        async with started as worker, at_work(bot.clockwork) as ticking:
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([worker, ticking, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
    tell("stopped")


@asynccontextmanager
async def running(
    service: Service,
    platforms: Sequence[Platform],
    port: int,
    clock: Clock,
    tell: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[asyncio.Task[None]]:
    """Everything at work; gives the worker's task, and tells what runs. At the end what is under way is finished.

    What those last turns say waits in the outbox for the next start. A platform that cannot be reached is tried again
    while others run. Raises LaBotError where none of them can start.
    """
    async with AsyncExitStack() as stack:
        for platform in platforms:
            stack.push_async_callback(platform.stop)
        late = await _start(platforms)
        deliver = {platform.name: platform.deliver for platform in platforms}
        gc.collect()
        stack.callback(gc.unfreeze)  # else what libraries count at the end looks leaked
        gc.freeze()  # what is there by now stays: looking through it for garbage takes a tenth of a turn
        gc.set_threshold(YOUNG)
        clearing = Clearing(service.store, service.views, {platform.name: platform.clear for platform in platforms})
        worker = OutboxWorker(service.store, deliver, clock, told=service.notices.undelivered, clearing=clearing)
        delivering = asyncio.create_task(worker.run())
        stack.push_async_callback(_finish, worker, delivering)
        routes = [route for platform in platforms for route in platform.routes()]
        if routes:
            await stack.enter_async_context(serving(routes, port, lambda: service.store.seen("healthz")))
        tell(f"running: {', '.join(each.name for each in platforms if each.name not in late)}")
        joining = [asyncio.create_task(_join(platform, clock, tell)) for platform in late.values()]
        stack.push_async_callback(_cancelled, joining)
        yield delivering


async def _start(platforms: Sequence[Platform]) -> dict[str, Platform]:
    """Start all; gives those that could not be reached, by name.

    Raises ConfigError for a wrong setting, LaBotError where none can be reached.
    """
    late, said = dict[str, Platform](), list[LaBotError]()
    for platform in platforms:
        try:
            await platform.start()
        except ConfigError:
            raise
        except LaBotError as error:
            late[platform.name] = platform
            said.append(error)
    if late and len(late) == len(platforms):
        raise said[0]
    for why in said:
        log.error("%s (it is tried again while the others run)", why)
    return late


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _join(platform: Platform, clock: Clock, tell: Callable[[str], None]) -> None:
    """Try until the platform can be reached, or a setting proves wrong."""
    for attempts in count(1):
        await clock.sleep_until(clock.now() + RetryPolicy().wait(attempts, 0))
        try:
            await platform.start()
        except LaBotError as error:
            log.error("%s", error)
            if isinstance(error, ConfigError):
                return
        else:
            tell(f"running: {platform.name}")
            return


async def _finish(worker: OutboxWorker, delivering: asyncio.Task[None]) -> None:
    worker.stop()
    await delivering


@asynccontextmanager
async def at_work(clockwork: Clockwork) -> AsyncIterator[asyncio.Task[None]]:
    """The clock's jobs at work; at the end the round under way is finished."""
    ticking = asyncio.create_task(clockwork.run())
    try:
        yield ticking
    finally:
        clockwork.stop()
        await ticking


@contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """Set at SIGTERM and SIGINT."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
