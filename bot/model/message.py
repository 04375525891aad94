"""Chat-neutral messages: what the bot says, before an adapter makes it Block Kit, an inline keyboard or lines.

PURE. A message is words already (`bot.texts.catalogue` makes them); styles are data beside the text, so that nothing
a person typed can become formatting.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.identity import RequestId


class Style(StrEnum):
    """The style of a run of text."""

    PLAIN = "plain"
    BOLD = "bold"
    ITALIC = "italic"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]


class BlockKind(StrEnum):
    """`quote`: the LA's words, nothing else. `copy`: ready to be copied, with a button where a platform has one.

    `link`: words that lead to a `mailto:` address, which is the `source`; left out where a platform takes none.
    """

    PARAGRAPH = "paragraph"
    LIST = "list"
    STEPS = "steps"
    QUOTE = "quote"
    COPY = "copy"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: what comes back when it is pressed (at most 64 bytes with the token), and what is written on it."""

    choice: str
    label: str


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph (one line), the items of a list or the numbered steps, a quote, or text to copy (lines of it).

    `source` is the clause that a quote stands in, as "clause 3, Access". `beside`: a button for each line of a list,
    for platforms that can set one there; whatever it does can be done by the message's own buttons too.
    """

    kind: BlockKind
    lines: tuple[Line, ...]
    source: str = ""
    beside: tuple[Button, ...] = ()


class FileKind(StrEnum):
    """The kind of a file, which selects its maker (`Service.file`).

    A new kind needs a member here and a maker there.
    """

    AGREEMENT = "agreement"
    CHANGES = "changes"
    CHART = "chart"
    EXPORT = "export"
    EMAIL = "email"
    PERSONAL_DATA = "personal_data"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A file to send along. It is made anew when it is delivered, so that the outbox holds nothing of what is in it.

    `request_id` is empty, `number` 0 where the file is of no request or document. `about`: what else its maker needs.
    """

    request_id: RequestId
    number: int
    filename: str
    kind: FileKind = FileKind.AGREEMENT
    about: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `token` names the state that the buttons were offered in; a press brings it back.

    `form`: the open question is one of a form, which a platform may offer to fill in as a whole.
    """

    blocks: tuple[TextBlock, ...]
    buttons: tuple[Button, ...] = ()
    token: str = ""
    document: DocumentRef | None = None
    form: bool = False


def plain_text(message: Message) -> str:
    """The words of a message without styles, a blank line between blocks: for logs of tests and plain channels."""
    return "\n\n".join(
        "\n".join("".join(span.text for span in line) for line in block.lines) for block in message.blocks
    )
