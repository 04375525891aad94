"""The file under the TinyDB store: an append-only journal with one writer, whose every commit is durable or an error.

What holds at any instant, kill -9 and power loss included:

- the file opens at the last whole commit, and every commit that was acknowledged is in it (`sync` and `durable`
  acknowledge; `append` alone does not);
- a second writer is refused; readers (`lines.load`) need no lock and see whole commits;
- a commit that the disk refuses is nowhere: not in the file, not in memory, and the journal goes on;
- a sync that fails stops the program, for nobody knows then what the disk holds
  (https://www.postgresql.org/docs/current/wal-reliability.html and "fsyncgate").

Compaction writes a new file beside the old one while commits go on, and swaps the two. It leaves no history behind:
what was erased stands in no file any more.
"""

import asyncio
import fcntl
import logging
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.model.errors import StoreError, StoreFailed, StoreLocked
from bot.store.journal.lines import Changes, Replay, Tables, encode, load, merge, snapshot

log = logging.getLogger(__name__)

SPARE = 10_000
"""So many superseded documents may stand in the file beside as many again as are alive, before it is `bloated`."""


class Journal:
    """The open journal and the tables it amounts to. For one event loop: no thread but its own touches it.

    Raises StoreLocked where another process has it open, StoreDamaged where it cannot be read.
    """

    tables: Tables

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = acquire(path)
        self._file = -1
        self._syncer = ThreadPoolExecutor(1, "journal")  # its own: a sync shall not queue behind a PDF
        try:
            self._open(load(path))
        except BaseException:
            self.close()
            raise
        self._appended = self._synced = 0
        self._synced_size = self._size
        self._flight: asyncio.Task[None] | None = None
        self._disk = asyncio.Lock()
        self._rewriting = asyncio.Lock()

    def _open(self, found: Replay) -> None:
        _beside(self.path).unlink(missing_ok=True)  # a compaction that was cut short
        if found.stock or not found.lines:
            write_snapshot(self.path, found.tables)
            found = load(self.path)
        if found.torn:
            log.warning("the last commit was cut short, so never acknowledged: %d bytes left out", found.torn)
        self.tables, self._size, self._written = found.tables, found.size, found.written
        self._file = os.open(self.path, os.O_RDWR)
        os.fchmod(self._file, 0o600)
        os.ftruncate(self._file, self._size)
        os.pwrite(self._file, b"\n", self._size - 1)  # an editor may have taken the last newline
        sync(self._file)

    def append(self, changes: Changes) -> None:
        """Commit to file and memory. It is not durable before `sync` or `durable` returns.

        Raises StoreError where the disk refuses: then nothing changed.
        """
        self._check_usable()
        line = encode(changes)
        try:
            if (count := os.pwrite(self._file, line, self._size)) != len(line):
                raise OSError(f"{count} of {len(line)} bytes written")
        except OSError as error:
            self._take_back(error)
            raise StoreError(f"{self.path} refuses a commit, is the disk full? ({error})") from error
        merge(self.tables, changes)
        self._size += len(line)
        self._written += sum(map(len, changes.values()))
        self._appended += 1

    def _take_back(self, error: OSError) -> None:
        """Leave nothing of a commit that was written in part: what stands after the last whole one would be damage."""
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            raise self._failed(error) from error

    def sync(self) -> None:
        """Return when every commit so far is on disk. Raises StoreFailed where that is not known."""
        self._check_usable()
        try:
            sync(self._file)
        except OSError as error:
            raise self._failed(error) from error
        self._synced, self._synced_size = self._appended, self._size

    async def durable(self) -> None:
        """Return when every commit so far is on disk; one sync serves all who wait. Raises StoreFailed as `sync`."""
        target = self._appended
        while self._synced < target:
            self._check_usable()
            if self._flight is None:
                self._flight = asyncio.create_task(self._sync_in_thread())
            await asyncio.shield(self._flight)

    async def _sync_in_thread(self) -> None:
        async with self._disk:
            self._flight = None  # who commits from here on waits for the next one
            reached, size = self._appended, self._size
            try:
                await asyncio.get_running_loop().run_in_executor(self._syncer, sync, self._file)
            except OSError as error:
                raise self._failed(error) from error
            self._synced, self._synced_size = reached, size

    @property
    def bloated(self) -> bool:
        """True if compaction would make the file much smaller."""
        return self._written > SPARE + 2 * self._alive

    @property
    def has_history(self) -> bool:
        """True if the file holds more than the documents that there are."""
        return self._written > self._alive

    @property
    def _alive(self) -> int:
        return sum(map(len, self.tables.values()))

    async def compact(self) -> None:
        """Rewrite the file without its history, in steps of a few hundred documents between which commits go on.

        Raises StoreError where the disk refuses: then the old file stays. A second call while one runs follows it: what
        was erased meanwhile may stand in the file that the first one makes.
        """
        async with self._rewriting:
            try:
                await self._rewrite(_beside(self.path))
            except OSError as error:
                raise StoreError(f"{self.path} could not be compacted, and stays as it is: {error}") from error

    async def _rewrite(self, new: Path) -> None:
        copied, written = self._size, self._written
        tables = {name: dict(rows) for name, rows in self.tables.items()}
        with _replacement(new) as out:
            for block in snapshot(tables):
                out.write(block)
                await asyncio.sleep(0)
            copied += out.write(os.pread(self._file, self._size - copied, copied))
            out.flush()
            await asyncio.to_thread(sync, out.fileno())
            async with self._disk:  # no sync of the old file is under way; from here there is no await
                out.write(os.pread(self._file, self._size - copied, copied))
                out.flush()
                sync(out.fileno())
                os.replace(new, self.path)  # noqa: PTH105 - it does not wait for the disk
                self._written += sum(map(len, tables.values())) - written
                self._swap(os.dup(out.fileno()), out.tell())

    def _swap(self, file: int, size: int) -> None:
        try:
            sync_folder(self.path.parent)
        except OSError as error:
            raise self._failed(error) from error
        os.close(self._file)
        self._file, self._size = file, size
        self._synced, self._synced_size = self._appended, size

    def _check_usable(self) -> None:
        if self._file < 0:
            raise StoreError(f"{self.path} is closed")

    def _failed(self, error: OSError) -> StoreFailed:
        """Leave the file at what was acknowledged, as well as that can be done, and let go of it."""
        try:
            os.ftruncate(self._file, self._synced_size)
        except OSError:
            log.warning("what was not acknowledged may stand in %s", self.path)
        self.close()
        return StoreFailed(
            f"{self.path}: the disk did not confirm a commit ({error}). What was acknowledged before is safe. "
            "Look at the disk, then start again"
        )

    def close(self) -> None:
        """Let go of file and lock; what was not acknowledged may or may not be on disk."""
        self._syncer.shutdown(wait=False)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def acquire(path: Path) -> int:
    """The lock of the journal at `path`, held until its descriptor is closed. Raises StoreLocked naming the holder."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 200, 0).decode(errors="replace")
        os.close(lock)
        raise StoreLocked(f"{path} is in use by {holder}: stop that one first, one process writes at a time") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
    return lock


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep everybody else from writing to the journal at `path`. Raises StoreLocked."""
    lock = acquire(path)
    try:
        yield
    finally:
        os.close(lock)


def write_snapshot(path: Path, tables: Tables) -> None:
    """Put a whole new journal in place of whatever is at `path`, or leave that untouched and raise OSError."""
    new = _beside(path)
    with _replacement(new) as out:
        for block in snapshot(tables):
            out.write(block)
        out.flush()
        sync(out.fileno())
        new.replace(path)
    sync_folder(path.parent)


@contextmanager
def _replacement(new: Path) -> Iterator[BinaryIO]:
    """A new private file, gone at the end unless it was moved elsewhere."""
    new.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
    finally:
        new.unlink(missing_ok=True)


def sync(file: int) -> None:
    """Return when the file's bytes are on the disk, and not only in its cache."""
    if sys.platform == "darwin":
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(file)


def sync_folder(path: Path) -> None:
    """Return when the names in the folder are on the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")
