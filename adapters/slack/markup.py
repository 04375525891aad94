"""The words that a person typed, read from Slack's messages.

PURE. The composer turns what is typed into rich text, and that into markup: links and addresses are wrapped
(`<mailto:a@b.fi|a@b.fi>`), `&<>` escaped, bold starred. The rich text says best what was typed; the markup is read
where there is none (https://docs.slack.dev/messaging/formatting-message-text).
"""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

JsonObject = Mapping[str, Any]

_CONTROL = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def typed(message: JsonObject) -> str:
    """The words of a message event, as they were typed."""
    blocks = message.get("blocks") or ()
    rich = [block for block in blocks if block.get("type") == "rich_text"]
    if rich and len(rich) == len(blocks):
        return "\n".join(_lines(element for block in rich for element in block["elements"])).strip()
    return from_markup(message.get("text") or "")


def from_markup(text: str) -> str:
    """The words of a text in Slack's markup, without the markup of links and mentions."""
    return html.unescape(_CONTROL.sub(_written, text))


def _written(found: re.Match[str]) -> str:
    target, label = found[1], found[2]
    if target[:1] in {"@", "#", "!"}:
        return label or target.replace("!", "@", 1)
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def _lines(elements: Iterable[JsonObject]) -> Iterable[str]:
    """The text of rich text's sections, quotes, preformatted texts and the items of its lists."""
    for element in elements:
        if element["type"] == "rich_text_list":
            yield from _lines(element["elements"])
        else:
            yield "".join(map(_run, element["elements"])).removesuffix("\n")


def _run(element: JsonObject) -> str:
    match element["type"]:
        case "text":
            return str(element["text"])
        case "link":
            return str(element.get("text") or element["url"].removeprefix("mailto:").removeprefix("tel:"))
        case "emoji":
            codes = str(element.get("unicode") or "")
            return "".join(chr(int(code, 16)) for code in codes.split("-")) if codes else f":{element['name']}:"
        case "user":
            return f"@{element['user_id']}"
        case "channel":
            return f"#{element['channel_id']}"
        case "broadcast":
            return f"@{element['range']}"
        case _:
            return str(element.get("text") or element.get("fallback") or "")
