"""What the commands of `la-bot` share: their exit codes, what they are built with, how they print."""

import argparse
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.agreement.agreement import DATASETS
from bot.app.config import Settings
from bot.app.current_versions import Versions
from bot.app.scheduler import Clockwork
from bot.app.service import Service
from bot.document.port import Renderer
from bot.form.validation import FieldPolicy
from bot.model.identity import RequestId
from bot.model.json_codec import JsonObject
from bot.model.people import PersonalData
from bot.privacy.job import Kept
from bot.request.request import LicenseRequest
from bot.store.port import Stored

DONE, COULD_NOT, WRONG_USE = 0, 1, 2


DATASET = DATASETS / "4dme"


JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Bot:
    """The core, built, and what the command line asks of it besides."""

    service: Service
    policy: FieldPolicy
    clockwork: Clockwork
    versions: Versions


class Reading(Kept, Protocol):
    """The requests as they are at one instant, read beside the running bot."""

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """The request of that id."""
        ...

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """All records whose keys begin so, in the order of their keys."""
        ...

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """A record; None at version 0 where there is none."""
        ...

    async def seals(self) -> Mapping[str, int]:
        """Return how many documents that may hold persons are encrypted with each key; the empty name is for none."""
        ...

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """The persons of a request."""
        ...


@dataclass(frozen=True, slots=True)
class Builders:
    """How the composition root builds what a command needs."""

    bot: Callable[[Settings], AbstractAsyncContextManager[Bot]]
    reading: Callable[[Settings], AbstractAsyncContextManager[Reading]]
    simulated: Callable[[Settings, Callable[[], datetime], Renderer], AbstractAsyncContextManager[Bot]]


Command = Callable[[argparse.Namespace, Settings, Builders], Coroutine[Any, Any, int]]


class WrongInputError(Exception):
    """What was given cannot be used; the message is one line."""


def tell(text: str) -> None:
    """A line of result, at once."""
    print(text, flush=True)  # noqa: T201
