"""The port: whatever reads messages proposes acts out of the closed list, and nothing else."""

from typing import Protocol

from bot.understanding.acts import Reading
from bot.understanding.state import State


class Reader(Protocol):
    """Words in a state -> acts. The same words in the same state are read the same."""

    def read(self, words: str, state: State) -> Reading:
        """Read one message. Takes any text at all, of any length, and never raises for it."""
        ...
