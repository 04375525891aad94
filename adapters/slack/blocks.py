"""Messages as Block Kit, and pressed buttons back as choices.

PURE. Everything is set as rich text or plain text, in which Slack reads no markup: what a person typed can mention
nobody, ping no channel and become no link. Slack does read a notification's text, so that one is escaped
(https://docs.slack.dev/messaging/formatting-message-text).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from bot.model.message import BlockKind, Button, Line, Message, Span, Style, TextBlock, plain_text

JsonObject = dict[str, Any]

CHOICE = "choice"
"""The prefix of the choices' action ids; a number follows, since an id may stand once in a message only."""
FORM = "form"
"""The action id of the button that opens the form."""
DIRECT = "direct"
"""The prefix of a choice that opens the direct messages with the bot; the address follows."""

MOST_CHARACTERS = 3000
"""In a text object (https://docs.slack.dev/reference/block-kit/composition-objects/text-object)."""
_MOST_BLOCKS = 45  # Slack takes 50; some are left for buttons
_MOST_IN_A_MESSAGE = 9000  # Slack refuses somewhere above 13,000 with msg_blocks_too_long
_MOST_NOTIFIED = 3000
_MOST_ON_A_BUTTON = 75
_MOST_BUTTONS = 25


@dataclass(frozen=True, slots=True)
class Part:
    """One Slack message: its blocks, and the same words for notifications and screen readers."""

    blocks: list[JsonObject]
    text: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The words that are Slack's own: the button of the form."""

    fill_in: str


def parts(message: Message, labels: Labels, scope: str = "") -> list[Part]:
    """The message as one or more of Slack's, its buttons under the last.

    `scope` keeps the action ids of messages apart that are shown in one view.
    """
    groups = list(_grouped(fitting for block in message.blocks for fitting in _fitting(block)))
    drawn = [Part(list(_drawn(group, message.token, scope)), _notified(group)) for group in groups or [[]]]
    drawn[-1].blocks.extend(_actions(message, labels, scope))
    return [part for part in drawn if part.blocks]


def escaped(text: str) -> str:
    """Text for the places where Slack reads markup: its three control characters made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, most: int = MOST_CHARACTERS) -> JsonObject:
    """A text object in which Slack reads neither markup nor `:emoji:`."""
    return {"type": "plain_text", "text": text if len(text) <= most else text[: most - 1] + "…", "emoji": False}


def button(label: str, action_id: str, value: str) -> JsonObject:
    """A button; what is written on it is cut where Slack's limit is."""
    return {"type": "button", "text": plain(label, _MOST_ON_A_BUTTON), "action_id": action_id, "value": value}


def selection(label: str, action_id: str, options: Mapping[str, str], chosen_value: str) -> JsonObject:
    """A list to choose one of: the words of each value; `chosen_value` is one of them."""
    drawn = {value: {"text": plain(words, _MOST_ON_A_BUTTON), "value": value} for value, words in options.items()}
    head = {"type": "static_select", "action_id": action_id, "placeholder": plain(label, _MOST_ON_A_BUTTON)}
    return {**head, "options": list(drawn.values()), "initial_option": drawn[chosen_value]}


def pressed(value: str) -> tuple[str, str]:
    """The choice and the token that a button carries."""
    choice, _, token = value.rpartition("#")
    return choice, token


def chosen(blocks: Iterable[JsonObject], label: str) -> list[JsonObject]:
    """A message's blocks once a choice was made: no buttons any more, but what was pressed."""
    kept = [{key: part for key, part in block.items() if key != "accessory"} for block in blocks]
    mark = {"type": "context", "elements": [plain(f"✓ {label}", _MOST_ON_A_BUTTON + 2)]}
    return [*(block for block in kept if block["type"] != "actions"), mark]


def _notified(blocks: Sequence[TextBlock]) -> str:
    """The words of a group of blocks, escaped; cut where that fits, and in no escape."""
    characters = [escaped(character) for character in plain_text(Message(tuple(blocks)))[:_MOST_NOTIFIED]]
    lengths = accumulate(map(len, characters))
    return "".join(c for c, length in zip(characters, lengths, strict=True) if length <= _MOST_NOTIFIED) or "…"


def _grouped(blocks: Iterable[TextBlock]) -> Iterator[list[TextBlock]]:
    """Blocks that fit into one message each time, in order."""
    group: list[TextBlock] = []
    room, length = _MOST_BLOCKS, 0
    for block in blocks:
        needed = len(block.lines) if block.beside else 1
        if group and (needed > room or length + _length(block) > _MOST_IN_A_MESSAGE):
            yield group
            group, room, length = [], _MOST_BLOCKS, 0
        group.append(block)
        room, length = room - needed, length + _length(block)
    if group:
        yield group


def _length(block: TextBlock) -> int:
    """In characters, the ends of lines included."""
    return sum(len(span.text) for line in block.lines for span in line) + len(block.lines) - 1


def _fitting(block: TextBlock) -> Iterator[TextBlock]:
    """The block, or several of them where it is longer than Slack takes; a quote's source stands under the last."""
    if _length(block) <= MOST_CHARACTERS or block.beside:
        yield block
        return
    lines: list[Line] = []
    for piece in (piece for line in block.lines for piece in _pieces(line)):
        if lines and _length(replace(block, lines=(*lines, piece))) > MOST_CHARACTERS:
            yield replace(block, lines=tuple(lines), source="")
            lines = []
        lines.append(piece)
    yield replace(block, lines=tuple(lines))


def _pieces(line: Line) -> Iterator[Line]:
    """A line in pieces that fit; a span that is too long by itself is broken at a space."""
    piece: list[Span] = []
    room = MOST_CHARACTERS
    for span in line:
        text = span.text
        while len(text) > room:
            at = text.rfind(" ", 1, room) if " " in text[1:room] else room
            yield (*piece, replace(span, text=text[:at]))
            text, piece, room = text[at:].lstrip(" "), [], MOST_CHARACTERS
        piece.append(replace(span, text=text))
        room -= len(text)
    yield tuple(piece)


def _drawn(blocks: Sequence[TextBlock], token: str, scope: str) -> Iterator[JsonObject]:
    number = 0
    for block in blocks:
        if block.beside:
            for line, beside in zip(block.lines, block.beside, strict=True):
                yield _row(line, beside, f"{CHOICE}:{scope}beside:{number}", token)
                number += 1
        elif elements := _rich(block):
            yield {"type": "rich_text", "elements": elements}


def _row(line: Line, beside: Button, action_id: str, token: str) -> JsonObject:
    accessory = button(beside.label, action_id, f"{beside.choice}#{token}")
    return {"type": "section", "text": plain("".join(span.text for span in line)), "accessory": accessory}


def _rich(block: TextBlock) -> list[JsonObject]:
    lines = [_spans(line) for line in block.lines]
    match block.kind:
        case BlockKind.PARAGRAPH:
            return [{"type": "rich_text_section", "elements": spans} for spans in lines if spans]
        case BlockKind.LINK:
            words = "".join(span.text for line in block.lines for span in line)
            link = {"type": "link", "url": block.source, "text": words} if block.source else _text(words)
            return [{"type": "rich_text_section", "elements": [link]}] if words else []
        case BlockKind.LIST | BlockKind.STEPS:
            style = "bullet" if block.kind is BlockKind.LIST else "ordered"
            items = [{"type": "rich_text_section", "elements": spans} for spans in lines if spans]
            return [{"type": "rich_text_list", "style": style, "elements": items}] if items else []
        case BlockKind.QUOTE:
            source = [_text(f"\n— {block.source}", Style.ITALIC)] if block.source else []
            return [{"type": "rich_text_quote", "elements": [*(span for spans in lines for span in spans), *source]}]
        case BlockKind.COPY:
            # One text: it is copied from here as it stands.
            text = "\n".join("".join(span.text for span in line) for line in block.lines)
            return [{"type": "rich_text_preformatted", "elements": [_text(text)]}] if text else []


def _spans(line: Line) -> list[JsonObject]:
    return [_text(span.text, span.style) for span in line if span.text]


def _text(text: str, style: Style = Style.PLAIN) -> JsonObject:
    plain_element: JsonObject = {"type": "text", "text": text}
    return plain_element if style is Style.PLAIN else {**plain_element, "style": {style.value: True}}


def _actions(message: Message, labels: Labels, scope: str) -> Iterator[JsonObject]:
    elements = [
        _offered(offered, f"{CHOICE}:{scope}{number}", message.token) for number, offered in enumerate(message.buttons)
    ]
    if message.form:
        elements.append(button(labels.fill_in, FORM, message.token))
    for start in range(0, len(elements), _MOST_BUTTONS):
        yield {"type": "actions", "elements": elements[start : start + _MOST_BUTTONS]}


def _offered(offered: Button, action_id: str, token: str) -> JsonObject:
    if offered.choice.startswith(f"{DIRECT}:"):
        return {**button(offered.label, DIRECT, "-"), "url": offered.choice.removeprefix(f"{DIRECT}:")}
    return button(offered.label, action_id, f"{offered.choice}#{token}")
