"""A read-only view of the journal, for commands that only look."""

from pathlib import Path

from bot.store.journal.lines import load
from bot.store.memory.contents import Contents


class Snapshot(Contents):
    """The whole commits in the journal at `path`, read without its lock, for the commands that only look.

    A missing file is an empty store. Raises StoreDamaged, StoreEncrypted.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(load(path).tables)
