"""The License Agreement as PDF, made in a worker so that the event loop never waits.

A worker that takes too long, or more memory than it may, is ended and replaced; the caller gets a RenderError and may
ask again. `bot.press` is what runs in it.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from multiprocessing import get_context

from bot.agreement import Agreement
from bot.errors import RenderError
from bot.model import Signer


@dataclass(frozen=True, slots=True)
class Form:
    """What is printed. `dataset_title` and `licensor` are the dataset's; `issued_at` is in UTC."""

    request_id: str
    number: int
    agreement: Agreement
    dataset_title: str
    licensor: str
    signer: Signer
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished document: the bytes to deliver."""

    content: bytes
    pages: int

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take. `memory` bounds the worker's address space."""

    seconds: float = 30.0
    memory: int = 2 << 30


@dataclass(frozen=True, slots=True)
class Press:
    """What a worker needs to know, once: `secret` authenticates, `limits` bound."""

    secret: bytes
    limits: Limits = Limits()


class PdfRenderer:
    """Renders forms in one worker process, one after another; the worker starts with the first."""

    def __init__(self, secret: bytes, limits: Limits = Limits()) -> None:  # noqa: B008
        self._press = Press(secret, limits)
        self._worker: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()

    async def render(self, form: Form) -> Pdf:
        """Make the document. Raises RenderError, whatever happened to the worker."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """End the worker."""
