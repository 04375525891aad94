"""A message as Telegram shows it: HTML, an inline keyboard, and the limits of both.

`TextBlock.beside` is not drawn: Telegram has buttons under a message only, a row for each line would double the choice
that leads there ("Change something"), and that one opens its list in the same message (`telegram_sending`).
Everything said goes through `_escaped`, so what a person typed stays as typed. Limits: https://core.telegram.org/bots/api
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

import telegram
from telegram import InlineKeyboardMarkup

from bot.model.message import BlockKind, Button, Line, Message, Span, Style, TextBlock

MOST_TEXT, MOST_CAPTION, MOST_CALLBACK = 4096, 1024, 64
"""UTF-16 units of a text and of a caption, without their tags; bytes of what a button brings back."""

PARAGRAPHS = "\n\n"
"""Stands between them."""

_ROW = 36
"""Characters across a phone. Buttons of a row are equally wide, and a label that is too long for its own is cut."""

Keyboard = dict[str, list[list[dict[str, str]]]]
"""An inline keyboard as the Bot API takes it: to make PTB's objects of it and write them took a tenth of a turn."""

_AROUND = {BlockKind.QUOTE: ("<blockquote>", "</blockquote>"), BlockKind.COPY: ("<pre>", "</pre>")}
_TAGS = {Style.PLAIN: ("", ""), Style.BOLD: ("<b>", "</b>"), Style.ITALIC: ("<i>", "</i>")}


@dataclass(frozen=True, slots=True)
class _Piece:
    """HTML, and how long it is to the reader. A heading stands above something."""

    html: str
    length: int
    heading: bool = False


def parts(message: Message) -> tuple[str, ...]:
    """The words as HTML, one for each Telegram message; the first is a document's caption (empty where none fits)."""
    most = MOST_CAPTION if message.document else MOST_TEXT
    blocks = [block for block in message.blocks if block.kind is not BlockKind.LINK]  # Telegram takes no mailto:
    whole = PARAGRAPHS.join([_html(block.kind, _lines(block)) for block in blocks])
    if _length(whole) <= most:  # with its tags, so without them too
        return (whole,)
    found: list[str] = []
    waiting: list[_Piece] = []
    for piece in (piece for block in blocks for piece in _pieces(block)):
        if not _fit((*waiting, piece), most):
            kept = _without_heading(waiting, piece)
            found.append(_joined(kept))
            waiting, most = waiting[len(kept) :], MOST_TEXT
        waiting.append(piece)
    return (*found, _joined(waiting))


def _without_heading(pieces: list[_Piece], following: _Piece) -> list[_Piece]:
    """The pieces without a last one that is the heading of what follows, if both fit into one message."""
    moves = len(pieces) > 1 and pieces[-1].heading and _fit((pieces[-1], following), MOST_TEXT)
    return pieces[:-1] if moves else pieces


def _fit(pieces: Sequence[_Piece], most: int) -> bool:
    return sum(piece.length for piece in pieces) + 2 * (len(pieces) - 1) <= most


def _joined(pieces: Sequence[_Piece]) -> str:
    return PARAGRAPHS.join(piece.html for piece in pieces)


def keyboard(message: Message) -> Keyboard | None:
    """The choices, short ones side by side."""
    if not message.buttons:
        return None
    return {"inline_keyboard": [[_button(button, message.token) for button in row] for row in _rows(message.buttons)]}


def as_ptb(under: Keyboard | None) -> InlineKeyboardMarkup | None:
    """The same as PTB's own methods take it."""
    return InlineKeyboardMarkup.de_json(under) if under else None


def chosen(said: telegram.Message, label: str) -> str | None:
    """A message's own HTML with the choice that was made under it; None where there is no room for that."""
    plain, most = (said.caption or "", MOST_CAPTION) if said.document else (said.text or "", MOST_TEXT)
    if _length(f"{plain}\n\n› {label}") > most:
        return None
    return f"{said.caption_html if said.document else said.text_html}\n\n› <b>{_escaped(label)}</b>"


def pressed(callback_data: str) -> tuple[str, str]:
    """The choice, or its beginning, and the token: what `keyboard` made them into."""
    choice, _, token = callback_data.rpartition("#")
    return choice, token


def _button(button: Button, token: str) -> dict[str, str]:
    room = MOST_CALLBACK - len(f"#{token}")
    choice = button.choice.encode()[:room].decode(errors="ignore")
    return {"text": button.label, "callback_data": f"{choice}#{token}"}


def _rows(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    row: list[Button] = []
    for button in buttons:
        if row and not _side_by_side((*row, button)):
            yield row
            row = []
        row.append(button)
    yield row


def _side_by_side(buttons: Sequence[Button]) -> bool:
    """Return whether each label can be read whole, with a margin."""
    return all(_columns(button.label) < _ROW // len(buttons) for button in buttons)


def _columns(label: str) -> int:
    if label.isascii():
        return len(label)
    return sum(2 if east_asian_width(character) in {"W", "F"} else 1 for character in label)


def _pieces(block: TextBlock) -> Iterator[_Piece]:
    """The block; one that is longer than a message, in several."""
    waiting: list[Line] = []
    taken = 0
    for line in (stretch for whole in _lines(block) for stretch in _chopped(whole)):
        width = _width(line)
        if waiting and taken + width > MOST_TEXT:
            yield _piece(block.kind, waiting, taken)
            waiting, taken = [], 0
        waiting.append(line)
        taken += width + 1
    heading = block.kind is BlockKind.PARAGRAPH and all(span.style is Style.BOLD for span in block.lines[0])
    yield _piece(block.kind, waiting, taken, heading=heading)


def _piece(kind: BlockKind, lines: Sequence[Line], taken: int, *, heading: bool = False) -> _Piece:
    return _Piece(_html(kind, lines), taken - 1, heading)


def _html(kind: BlockKind, lines: Iterable[Line]) -> str:
    opening, closing = _AROUND.get(kind, ("", ""))
    inside = "\n".join(["".join([_marked(span) for span in line]) for line in lines])
    return f"{opening}{inside}{closing}"


def _lines(block: TextBlock) -> Iterator[Line]:
    match block.kind:
        case BlockKind.LIST:
            yield from ((Span("• "), *line) for line in block.lines)
        case BlockKind.STEPS:
            yield from ((Span(f"{number}. "), *line) for number, line in enumerate(block.lines, 1))
        case BlockKind.QUOTE:
            yield (Span("“"), *block.lines[0], Span("”"))
            yield (Span(f"— {block.source}"),)
        case BlockKind.PARAGRAPH | BlockKind.COPY:
            yield from block.lines


def _chopped(line: Line) -> Iterator[Line]:
    """The line in stretches that fit into a message, ended at a space where there is one."""
    if _width(line) <= MOST_TEXT:
        yield line
        return
    taken: list[Span] = []
    room = MOST_TEXT
    for span in line:
        text = span.text
        while _length(text) > room:
            head = _head(text, room)
            yield (*taken, Span(head, span.style))
            taken, room, text = [], MOST_TEXT, text[len(head) :]
        taken.append(Span(text, span.style))
        room -= _length(text)
    yield tuple(taken)


def _head(text: str, room: int) -> str:
    """As many whole words as fit; where not one does, as many characters."""
    fitting = text.encode("utf-16-le", "replace")[: 2 * room].decode("utf-16-le", "ignore")
    return fitting[: fitting.rfind(" ") + 1] or fitting


def _marked(span: Span) -> str:
    opening, closing = _TAGS[span.style]
    return f"{opening}{_escaped(span.text)}{closing}"


def _escaped(text: str) -> str:
    return html.escape(text.encode(errors="replace").decode(), quote=False)


def _width(line: Line) -> int:
    return sum(_length(span.text) for span in line)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2
