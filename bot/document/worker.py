"""The License Agreement as PDF, made in a worker process so that the event loop never waits.

A worker that takes too long, or more memory than it may, is ended and replaced; the caller gets a RenderError, has
lost nothing and may ask again. What runs in the worker is `bot.document.assembly`; only there xhtml2pdf is imported.
"""

import asyncio
import logging
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, TypeVar

from bot.document.port import Comparison, Form, Pdf, Seal
from bot.model.errors import RenderError

if TYPE_CHECKING:
    from bot.document.assembly import Press

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one document: seconds of waiting, and bytes of the worker's address space.

    `documents`: after so many the worker is replaced, since reportlab keeps each document's font (50 KB).
    """

    seconds: float = 20.0
    memory: int = 1 << 30
    documents: int = 1000


@dataclass(slots=True)
class _Worker:
    pool: ProcessPoolExecutor
    pid: int
    printed: int = 0

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.pool.shutdown(wait=False, cancel_futures=True)


class PdfRenderer:
    """Renders forms in one worker process, one after another; the worker starts with the first."""

    def __init__(self, secret: bytes, limits: Limits = Limits(), seal: Seal | None = None) -> None:
        self._limits, self._arguments = limits, (secret, seal, limits.memory)
        self._worker: _Worker | None = None
        self._turn = asyncio.Lock()

    async def render(self, form: Form) -> Pdf:
        """Make the document. Raises RenderError, whatever became of the worker."""
        return await self._made(_print, form)

    async def compare(self, comparison: Comparison) -> Pdf:
        """Print the changes between two versions, then the whole new text. Raises RenderError."""
        return await self._made(_compare, comparison)

    async def _made(self, make: Callable[[T], Pdf], of: T) -> Pdf:
        async with self._turn:
            if self._worker and self._worker.printed >= self._limits.documents:
                self._end_worker()
            worker = self._worker = self._worker or await self._started()
            worker.printed += 1
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await asyncio.get_running_loop().run_in_executor(worker.pool, make, of)
            except RenderError:
                raise
            except TimeoutError:
                self._end_worker()
                raise RenderError(f"the PDF took longer than {self._limits.seconds:g} s") from None
            except asyncio.CancelledError:
                self._end_worker()
                raise
            except (BrokenExecutor, MemoryError) as error:
                self._end_worker()
                raise RenderError(f"the PDF's worker ended: {type(error).__name__}") from None

    async def aclose(self) -> None:
        """End the worker."""
        async with self._turn:
            self._end_worker()

    @property
    def worker_pid(self) -> int | None:
        """The process id of the worker, for the operator; None while there is none."""
        return self._worker.pid if self._worker else None

    async def _started(self) -> _Worker:
        pool = ProcessPoolExecutor(1, get_context("spawn"), _start, self._arguments)
        try:
            return _Worker(pool, await asyncio.get_running_loop().run_in_executor(pool, os.getpid))
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            if isinstance(error, BrokenExecutor):
                raise RenderError("the PDF's worker does not start") from None
            raise

    def _end_worker(self) -> None:
        if self._worker:
            self._worker.end()
        self._worker = None


_press: "Press"


def _start(secret: bytes, seal: Seal | None, memory: int) -> None:
    """In the worker: take the limits, leave signals to the bot, and end when it ends."""
    global _press  # noqa: PLW0603
    logging.getLogger().addHandler(logging.NullHandler())  # what libraries say of a document stays here
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _press = import_module("bot.document.assembly").Press(secret, seal)


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _print(form: Form) -> Pdf:
    return _done(_press.print, form)


def _compare(comparison: Comparison) -> Pdf:
    return _done(_press.compare, comparison)


def _done(make: Callable[[T], Pdf], of: T) -> Pdf:
    try:
        return make(of)
    except (RenderError, MemoryError):
        raise
    except Exception as error:
        # The library's error may quote what is printed, and it goes to the bot's log.
        raise RenderError(f"the PDF could not be made: {type(error).__name__}") from None
