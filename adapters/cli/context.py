"""What the commands of `la-bot` share: their exit codes, their shape, how they print."""

import argparse
from collections.abc import Callable, Coroutine
from typing import Any

from bot.app.config import Settings

DONE, COULD_NOT, WRONG_USE = 0, 1, 2


Command = Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, int]]


class WrongInputError(Exception):
    """What was given cannot be used; the message is one line."""


def tell(text: str) -> None:
    """Print a line of result at once."""
    print(text, flush=True)  # noqa: T201
