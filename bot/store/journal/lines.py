"""The journal's text: one JSON line a commit, readable by a person, and how a file of them is read back.

    {"#":"1f2e3d4c:0000002f","requests":{"4DME-0001":{…},"4DME-0002":null}}

A line is shaped like a TinyDB file, table to id to document, and `null` deletes. Before it stand the CRC-32 and the
length of what follows, so that a line which a crash cut short (shorter than it says, and without its newline) is told
apart from one that was damaged later. The tables are the lines merged in order.

The first line says which format this is, and how many lines the last compaction wrote: a copy cut short inside them
is no crash of ours. A file that TinyDB's own JSONStorage wrote is read too; the journal that opens it rewrites it.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from bot.model.errors import StoreDamaged

Tables = dict[str, dict[str, bytes]]
"""Table to id to document, each as its JSON: a third of the memory of dicts, and nothing to share by mistake."""

Changes = Mapping[str, Mapping[str, bytes | None]]
"""One commit: table to id to the document's JSON, or None where it is deleted."""

FORMAT = 1
BATCH = 200
BUFFER = 1 << 20
_JOURNAL, _FORMAT = "_journal", "format"
_MARK = b'{"#":"'
_HEADER = re.compile(rb'\{"#":"([0-9a-f]{8}):([0-9a-f]{8})",')
_LENGTH = len(b'{"#":"00000000:00000000",')

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


class _Head(msgspec.Struct):
    """The first line's document: the format, and how many lines of the last compaction follow."""

    version: int
    lines: int


@dataclass(slots=True)
class Replay:
    """The content of a file. `size` bytes of it are whole commits, newlines included; `torn` more are one cut short.

    `written` counts the documents in all lines: how much more than `tables` it is tells what compaction would save.
    """

    tables: Tables = field(default_factory=dict)
    lines: int = 0
    size: int = 0
    torn: int = 0
    written: int = 0
    stock: bool = False


def encode(changes: Changes) -> bytes:
    """One commit as its line. `changes` holds at least one document."""
    tables = {
        name: {key: row if row is None else msgspec.Raw(row) for key, row in rows.items()}
        for name, rows in changes.items()
    }
    body = _encoder.encode(tables)[1:]
    return _header(body) + body + b"\n"


def snapshot(tables: Tables, batch: int = BATCH) -> Iterator[bytes]:
    """A whole journal of `tables`, a line a document, in blocks of `batch` lines."""
    head = _encoder.encode(_Head(FORMAT, sum(map(len, tables.values()))))
    yield encode({_JOURNAL: {_FORMAT: head}})
    lines = (encode({name: {key: row}}) for name, rows in tables.items() for key, row in rows.items())
    while block := b"".join(islice(lines, batch)):
        yield block


def merge(tables: Tables, changes: Changes) -> None:
    """Apply one commit. A table without documents is no table."""
    for name, rows in changes.items():
        table = tables.setdefault(name, {})
        for key, row in rows.items():
            if row is None:
                table.pop(key, None)
            else:
                table[key] = row
        if not table:
            del tables[name]


def load(path: Path) -> Replay:
    """Read a journal, or a file of TinyDB's JSONStorage; a missing file is an empty journal. Needs no lock.

    Raises StoreDamaged, which names the line, for what no crash of ours explains.
    """
    try:
        with path.open("rb", buffering=BUFFER) as file:
            start = file.read(len(_MARK))
            file.seek(0)
            return _replay(path, file) if _MARK.startswith(start) else _stock(path, file.read())
    except FileNotFoundError:
        return Replay()


def whole_lines(path: Path) -> tuple[Replay, list[int]]:
    """Read the rest of a damaged journal: its whole lines, and the numbers of those left out."""
    found, damaged = Replay(), list[int]()
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                _merge_line(found, line)
            except ValueError:
                damaged.append(number)
    found.tables.pop(_JOURNAL, None)
    return replace(found, tables={name: rows for name, rows in found.tables.items() if rows}), damaged


def _replay(path: Path, file: BinaryIO) -> Replay:
    found = Replay()
    for line in file:
        written = line.rstrip(b"\0")  # a power cut may leave zeros after what was written last
        try:
            _merge_line(found, written)
        except ValueError as error:
            if not _is_torn(written):
                raise _damaged(path, found.lines + 1, str(error)) from error
            found.torn = len(line)
    _check_head(path, found)
    return replace(found, tables={name: rows for name, rows in found.tables.items() if rows})


def _merge_line(found: Replay, line: bytes) -> None:
    body = line[_LENGTH:].removesuffix(b"\n")
    if not line.startswith(_header(body)):
        raise ValueError("its checksum does not match")
    for name, rows in _decoder.decode(b"{" + body).items():
        table = found.tables.setdefault(name, {})
        found.written += len(rows)
        for key, raw in rows.items():
            if (row := bytes(raw)) != b"null":
                table[key] = row
            else:
                table.pop(key, None)
    found.lines += 1
    found.size += _LENGTH + len(body) + 1


def _header(body: bytes) -> bytes:
    return b'{"#":"%08x:%08x",' % (zlib.crc32(body), len(body))


def _is_torn(line: bytes) -> bool:
    """Return whether this is the beginning of a line and no more."""
    if line.endswith(b"\n"):
        return False
    if header := _HEADER.match(line):
        return len(line) - _LENGTH < int(header[2], 16)
    return len(line) < _LENGTH and line.startswith(_MARK[: len(line)])


def _check_head(path: Path, found: Replay) -> None:
    if not found.lines:
        return
    try:
        head = msgspec.json.decode(found.tables.pop(_JOURNAL)[_FORMAT], type=_Head)
    except (KeyError, msgspec.MsgspecError) as error:
        raise _damaged(path, 1, "it does not say that this is a journal") from error
    found.written -= 1
    if head.version > FORMAT:
        raise StoreDamaged(f"{path} was written by a newer la-bot (format {head.version}): run that one")
    if found.lines <= head.lines:
        raise _damaged(path, found.lines + 1, f"the file ends within the {head.lines} lines of its last compaction")


def _stock(path: Path, text: bytes) -> Replay:
    """TinyDB's own file: one JSON value, however it is laid out."""
    try:
        documents = msgspec.json.decode(text, type=dict[str, dict[str, dict[str, object]]])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _damaged(path, 1, f"it is neither a journal's nor a TinyDB file: {error}") from error
    tables = {
        name: {key: _encoder.encode(document) for key, document in rows.items()}
        for name, rows in documents.items()
        if rows
    }
    return Replay(tables, stock=True)


def _damaged(path: Path, number: int, reason: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path}, line {number}: {reason}. Nothing was changed. `la-bot store check` shows what can be read; "
        "`la-bot store restore FILE` puts back what `la-bot store backup FILE` saved"
    )
