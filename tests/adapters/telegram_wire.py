"""A Telegram that never leaves this computer: PTB's seam for requests, with every call checked by others' code.

The shapes of methods are aiogram's, made from the official schema; texts are read by TDLib's own parser. No bot is
built here that sends unchecked.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiogram.methods
import tdjson
from pydantic import BaseModel
from telegram.ext import AIORateLimiter
from telegram.request import BaseRequest, RequestData

from adapters.telegram.client import DEFAULTS, ReadingBot

TOKEN = "123456789:CANARY-TOKEN"
ME: dict[str, Any] = {
    "id": 123456789,
    "is_bot": True,
    "first_name": "LA Bot",
    "username": "la_test_bot",
    "can_join_groups": True,
}
NOT_MODIFIED = {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified: specified new …"}
TEXTS = {"text": 4096, "caption": 1024}
ENTITIES = {"Bold": "bold", "Italic": "italic", "Pre": "pre", "BlockQuote": "blockquote"}

tdjson.td_execute(b'{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}')

Answer = tuple[int, dict[str, Any]] | Exception


class Refused(BaseException):
    """A call that the official shapes or TDLib's parser do not take; no code that handles errors gets hold of it."""


@dataclass(frozen=True)
class Call:
    """One call of the Bot API: its method, its parameters, and what a person sees of its text."""

    method: str
    parameters: Mapping[str, Any]
    text: str = ""
    entities: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def buttons(self) -> list[dict[str, str]]:
        rows = self.parameters.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]


def checked(url: str, sent: RequestData | None) -> Call:
    """The call, once the official schema and TDLib's parser have taken it. Raises AssertionError, ValidationError."""
    method = url.rpartition("/")[2]
    parameters: dict[str, Any] = dict(sent.parameters) if sent else {}
    files: dict[str, Any] = {name: part[:2] for name, part in (sent.multipart_data if sent else {}).items()}
    shape = getattr(aiogram.methods, method[0].upper() + method[1:])
    _check_shape(shape.model_validate(parameters | {name: f"attach://{name}" for name in files}))
    for button in Call(method, parameters).buttons:
        assert 1 <= len(button.get("callback_data", "x").encode()) <= 64
        assert button["text"].strip()
    for command in parameters.get("commands", ()):
        assert command["command"].islower()
        assert 1 <= len(command["description"]) <= 256
    text, entities = _parsed(parameters)
    return Call(method, parameters, text, entities, files)


def let_out(url: str, sent: RequestData | None, refused: list[Exception]) -> Call:
    """The call, checked, as it may leave. Raises Refused, and notes why."""
    try:
        return checked(url, sent)
    except Exception as error:
        refused.append(error)
        raise Refused(url.rpartition("/")[2]) from error


def _check_shape(model: BaseModel) -> None:
    assert not model.model_extra, f"{type(model).__name__} has no {sorted(model.model_extra)}"
    for value in dict(model).values():
        for inner in value if isinstance(value, list) else [value]:
            for leaf in inner if isinstance(inner, list) else [inner]:
                if isinstance(leaf, BaseModel):
                    _check_shape(leaf)


def _parsed(parameters: Mapping[str, Any]) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """The text as TDLib reads it, within its limit, and its entities as the Bot API writes them."""
    for name, most in TEXTS.items():
        if name in parameters and parameters.get("parse_mode"):
            assert parameters["parse_mode"] == "HTML"
            text, entities = as_tdlib_reads(parameters[name])
            assert 1 <= len(text.encode("utf-16-le")) // 2 <= most
            assert text.strip()
            return text, entities
    return str(parameters.get("text", "")), ()


def as_tdlib_reads(html: str) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """The text and its entities. Raises AssertionError where TDLib does not understand it."""
    asked = {"@type": "parseTextEntities", "text": html, "parse_mode": {"@type": "textParseModeHTML"}}
    answer = json.loads(tdjson.td_execute(json.dumps(asked).encode()) or "")
    assert answer["@type"] == "formattedText", answer
    types = ((e, ENTITIES[e["type"]["@type"].removeprefix("textEntityType")]) for e in answer["entities"])
    return answer["text"], tuple({"type": t, "offset": e["offset"], "length": e["length"]} for e, t in types)


class Wire(BaseRequest):
    """Takes the bot's calls, checks and keeps them, and answers as Telegram does; `answers` come first."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.refused: list[Exception] = []
        self.answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.lost: defaultdict[str, deque[Exception | None]] = defaultdict(deque)
        self.updates: deque[dict[str, Any]] = deque()
        self.came = asyncio.Event()
        self.offset = 0
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.last_message = 1000
        self.edits = 0
        self.gone: set[int] = set()
        self.too_old: set[int] = set()

    @property
    def read_timeout(self) -> float | None:
        return 5

    async def initialize(self) -> None:
        await asyncio.sleep(0)

    async def shutdown(self) -> None:
        await asyncio.sleep(0)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: object, **__: object
    ) -> tuple[int, bytes]:
        await asyncio.sleep(0)
        call = let_out(url, request_data, self.refused)
        if self.answers[call.method]:
            answer = self.answers[call.method].popleft()
            if isinstance(answer, Exception):
                raise answer
            status, body = answer
            return status, json.dumps(body).encode()
        if call.method.startswith("edit") and self._is_as_it_was(call):
            return 400, json.dumps(NOT_MODIFIED).encode()
        if refusal := self._undeletable(call):
            return refusal[0], json.dumps(refusal[1]).encode()
        self.calls.append(call)
        result = await self._result(call)
        if self.lost[call.method] and (lost := self.lost[call.method].popleft()):
            raise lost
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def _result(self, call: Call) -> object:
        match call.method:
            case "getMe":
                return ME
            case "sendMessage" | "sendDocument":
                self.last_message += 1
                return self._kept(call, self.last_message)
            case "editMessageText" | "editMessageCaption" | "editMessageReplyMarkup":
                return self._kept(call, int(call.parameters["message_id"]))
            case "deleteMessage" | "deleteMessages":
                deleted = _to_delete(call)
                self.gone |= deleted
                self.messages = {key: kept for key, kept in self.messages.items() if key[1] not in deleted}
                return True
            case "getUpdates":
                return await self._fetched(int(call.parameters.get("offset", 0)))
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
            case _:
                return True

    def _is_as_it_was(self, call: Call) -> bool:
        kept = self.messages.get((int(call.parameters["chat_id"]), int(call.parameters["message_id"])), {})
        said = call.text or kept.get("text") or kept.get("caption")
        return (said, call.parameters.get("reply_markup")) == (
            kept.get("text") or kept.get("caption"),
            kept.get("reply_markup"),
        )

    def _undeletable(self, call: Call) -> tuple[int, dict[str, Any]] | None:
        """Telegram's answer where a message is older than 48 hours, or gone; of several the gone ones are skipped."""
        ids = _to_delete(call)
        if ids & self.too_old:
            return refused("Bad Request: message can't be deleted for everyone")
        if call.method == "deleteMessage" and ids <= self.gone:
            return refused("Bad Request: message to delete not found")
        return None

    def _kept(self, call: Call, message_id: int) -> dict[str, Any]:
        chat = int(call.parameters["chat_id"])
        kept = self.messages.get((chat, message_id), {})
        kind = "private" if chat > 0 else "supergroup"
        kept = kept | {"message_id": message_id, "date": 1, "chat": {"id": chat, "type": kind}, "from": ME}
        kept.pop("reply_markup", None)
        if call.method.startswith("edit"):
            self.edits += 1
            kept["edit_date"] = self.edits
        if "reply_markup" in call.parameters:
            kept["reply_markup"] = call.parameters["reply_markup"]
        if call.method == "sendDocument":
            kept["document"] = {"file_id": "f", "file_unique_id": "f"}
        if call.text:
            name, entities = ("caption", "caption_entities") if "document" in kept else ("text", "entities")
            kept |= {name: call.text, entities: call.entities}
        self.messages[chat, message_id] = kept
        return kept

    async def _fetched(self, offset: int) -> list[dict[str, Any]]:
        """Those from `offset` on, which tells that those before were received; waits while there are none."""
        self.offset = max(self.offset, offset)
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        if not self.updates:
            self.came.clear()
            await self.came.wait()
        return list(self.updates)

    def bring(self, *updates: dict[str, Any]) -> None:
        self.updates.extend(updates)
        self.came.set()

    def fails(self, method: str, *answers: Answer) -> None:
        self.answers[method].extend(answers)

    def loses(self, method: str, *answers: Exception | None) -> None:
        """Calls of a method are carried out, and of some (None: it comes) the answer is lost on the way."""
        self.lost[method].extend(answers)

    def sent(self, method: str = "", chat: int | None = None) -> list[Call]:
        """Calls that brought a person a message, or those of one method."""
        seen = {method} if method else {"sendMessage", "sendDocument"}
        return [c for c in self.calls if c.method in seen and chat in {None, c.parameters.get("chat_id")}]

    def shown(self) -> list[Call]:
        """Calls that showed a person something new: messages, and those that took the place of another."""
        return [c for c in self.calls if c.method in {"sendMessage", "sendDocument"} or _replaces(c)]


def _to_delete(call: Call) -> set[int]:
    if not call.method.startswith("deleteMessage"):
        return set()
    return {int(each) for each in call.parameters.get("message_ids") or [call.parameters["message_id"]]}


def _replaces(call: Call) -> bool:
    """Whether an edit says something else than which choice was made."""
    return call.method == "editMessageText" and "\n\n› " not in call.text


def new_bot(wire: BaseRequest, *, limited: bool = True) -> ReadingBot:
    return ReadingBot(
        TOKEN,
        request=wire,
        get_updates_request=wire,
        defaults=DEFAULTS,
        rate_limiter=AIORateLimiter() if limited else None,
    )


def refused(description: str) -> tuple[int, dict[str, Any]]:
    return 400, {"ok": False, "error_code": 400, "description": description}


def error(status: int, description: str, **parameters: int) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, body | ({"parameters": parameters} if parameters else {})
