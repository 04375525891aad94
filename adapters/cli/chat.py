"""The terminal as a chat: messages as lines, choices numbered, documents as files.

At a terminal prompt_toolkit gives line editing and a history that ends with the chat: what is typed is personal. Piped
input is one message a line.
"""

import asyncio
import logging
import os
import re
import shutil
import sys
import textwrap
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.cli.private_file import write_private
from bot.app.service import Service
from bot.model.errors import LaBotError, RenderError
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import CameIn, Incoming, Pressed, Typed
from bot.model.message import BlockKind, DocumentRef, Line, Message, Style, TextBlock
from bot.store.outbox import is_too_late, receipt
from bot.store.port import Commit, OutboxEntry
from bot.understanding.phrases import normalised

log = logging.getLogger(__name__)

PLATFORM = "terminal"
LEAVING = frozenset({"exit", "quit", "bye", "goodbye"})

_WIDEST = 88
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_BOLD, _END = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Look:
    """How messages are drawn: the width in characters, and whether bold and dim help."""

    width: int
    styled: bool


def draw(message: Message, look: Look) -> str:
    """A message as the terminal shows it, its choices numbered from 1."""
    shown = (block for block in message.blocks if block.kind is not BlockKind.LINK)  # there is nothing to click
    blocks = ["\n".join(_block(block, look)) for block in shown]
    if message.buttons:
        blocks.append("\n".join(f"  [{n}] {button.label}" for n, button in enumerate(message.buttons, 1)))
    return "\n\n".join(blocks)


def _block(block: TextBlock, look: Look) -> Iterator[str]:
    match block.kind:
        case BlockKind.PARAGRAPH:
            yield from _wrapped(block.lines[0], look, "", "")
        case BlockKind.LIST:
            for line in block.lines:
                yield from _wrapped(line, look, "  • ", "    ")
        case BlockKind.STEPS:
            for number, line in enumerate(block.lines, 1):
                yield from _wrapped(line, look, f"  {number}. ", "     ")
        case BlockKind.QUOTE:
            yield from _quote(block, look)
        case BlockKind.COPY:
            # No indent and no wrapping: it is copied from here.
            yield from ("".join(_plain(span.text) for span in line) for line in block.lines)


def _quote(block: TextBlock, look: Look) -> Iterator[str]:
    text = f"“{_plain(block.lines[0][0].text)}”"
    for line in _folded(text, look, "  │ ", "  │ "):
        yield line.rstrip()
    yield f"  │ — {block.source}"


def _wrapped(line: Line, look: Look, first: str, rest: str) -> Iterator[str]:
    """A line of spans, folded at the width. Bold is marked by controls, which no text still holds."""
    marked = "".join(f"\x01{_plain(s.text)}\x02" if s.style is Style.BOLD else _plain(s.text) for s in line)
    for folded in _folded(marked, look, first, rest):
        yield folded.replace("\x01", _BOLD if look.styled else "").replace("\x02", _END if look.styled else "")


def _folded(text: str, look: Look, first: str, rest: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n")):
        indent = first if number == 0 else rest
        yield from textwrap.wrap(
            paragraph, look.width, initial_indent=indent, subsequent_indent=rest, break_on_hyphens=False
        ) or [indent]


def _plain(text: str) -> str:
    """Text without controls: a name must not move the cursor of whoever reads it."""
    return _CONTROLS.sub("", text)


@dataclass(slots=True)
class Console:
    """One person's chat in this terminal. `ask` gives the next line, or None at the end of the input.

    `tell` shows something; files are written into `folder`.
    """

    service: Service
    account: Account
    folder: Path
    look: Look
    ask: Callable[[], Awaitable[str | None]]
    tell: Callable[[str], None] = print
    shown: Message | None = None
    _tried: set[int] = field(default_factory=set)

    @property
    def address(self) -> DeliveryAddress:
        """Where this person's messages wait."""
        return DeliveryAddress(PLATFORM, self.account.user)

    async def chat(self) -> None:
        """Show what waited, then talk until the input ends or the person leaves. Raises StoreError."""
        await self._deliver_due()
        await self._turn(CameIn())
        while (line := await self.ask()) is not None:
            if normalised(line) in LEAVING:
                break
            if line.strip():
                await self._deliver_due()
                await self._turn(self._read(line))
        self.tell("\n" + self.service.views.plain("goodbye"))

    async def _deliver_due(self) -> None:
        """What waits for this person and may be said by now; what could not be shown waits for the next chat."""
        now = self.service.issuer.now()
        for entry in await self.service.store.outbox(self.address):
            if entry.outgoing.lapses and is_too_late(entry, now):
                await self.service.store.commit(Commit(delivered=(entry.id,)))
            elif entry.outgoing.not_before <= now and entry.id not in self._tried:
                await self._deliver(entry)

    def _read(self, line: str) -> Typed | Pressed:
        """A number or a label of the last message's choices is a press; anything else is words."""
        buttons = self.shown.buttons if self.shown else ()
        for number, button in enumerate(buttons, 1):
            if line.strip() == str(number) or normalised(line) == normalised(button.label):
                assert self.shown
                return Pressed(button.choice, self.shown.token)
        return Typed(line.replace("\\n", "\n"))

    async def _turn(self, content: Typed | Pressed | CameIn) -> None:
        incoming = Incoming(self.account, self.address, f"{PLATFORM}:{uuid.uuid4().hex}", content)
        try:
            entries = await self.service.handle(incoming)
        except LaBotError:
            raise
        except Exception as error:
            log.error("a turn failed: %s", type(error).__name__)
            self.tell("\n" + self.service.views.plain("failure"))
            return
        for entry in entries:
            if entry.outgoing.address == self.address and entry.outgoing.not_before <= self.service.issuer.now():
                await self._deliver(entry)

    async def _deliver(self, entry: OutboxEntry) -> None:
        """Show the message, write its document, and only then take it out of the outbox."""
        message = entry.outgoing.message
        self._tried.add(entry.id)
        self.tell("\n" + draw(message, self.look))
        self.shown = message
        if message.document:
            try:
                self.tell(f"\n  ⇩ {await self._save(message.document)}")
            except (RenderError, OSError) as error:  # it stays in the outbox, and comes again at the next start
                log.error("%s: %s", message.document.request_id, type(error).__name__)
                self.tell("\n" + self.service.views.plain("not_saved"))
                return
        records = receipt(entry, self.service.issuer.now(), delivered=True)
        await self.service.store.commit(Commit(delivered=(entry.id,), records=records))

    async def _save(self, document: DocumentRef) -> Path:
        content = await self.service.file(document)
        path = self.folder.resolve() / document.filename
        await asyncio.to_thread(write_private, path, content)
        return path


def terminal_look() -> Look:
    """As wide as the terminal, at most what reads well; styled where somebody watches (and NO_COLOR is not set)."""
    styled = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Look(min(shutil.get_terminal_size().columns, _WIDEST), styled)


def line_reader() -> Callable[[], Awaitable[str | None]]:
    """The next line that the person writes; None at the end."""
    return _prompting() if sys.stdin.isatty() else _piped


async def _piped() -> str | None:
    line = await asyncio.to_thread(sys.stdin.readline)
    if line:
        print("\n>", line.rstrip("\n"))  # noqa: T201 - so that the output reads as a dialogue
    return line or None


def _prompting() -> Callable[[], Awaitable[str | None]]:
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - piped input has no use for it
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415

    session: PromptSession[str] = PromptSession(history=InMemoryHistory())

    async def ask() -> str | None:
        try:
            return await session.prompt_async("\n> ")
        except (EOFError, KeyboardInterrupt):
            return None

    return ask
