"""Slack, as far as the bot sees it: a local server that checks every call and can fail like the real one.

Calls are held to JSON Schemas made from Slack's own TypeScript types (`slack_schemas/make.sh`) and to the documented
limits. It keeps what was posted, so that a press carries the message as Slack has it.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from jsonschema import Draft7Validator

SCHEMAS = Path(__file__).parent / "slack_schemas" / "calls.json"
TEAM, BOT, BOT_USER, APP = "T1", "B1", "UBOT", "A1"
JSON_FIELDS = {"blocks", "files", "view"}

Json = dict[str, Any]


@cache
def validator(method: str) -> Draft7Validator:
    definitions = json.loads(SCHEMAS.read_text(encoding="utf-8"))["definitions"]
    named = {name.lower(): name for name in definitions}
    name = named[method.replace(".", "").lower() + "arguments"]
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


def wrong(method: str, arguments: Json) -> list[str]:
    """What Slack would refuse about a call, by its types and its documented limits."""
    found = [
        f"{method}: {error.json_path}: {error.message[:200]}" for error in validator(method).iter_errors(arguments)
    ]
    view = arguments.get("view") or {}
    blocks = view.get("blocks") or arguments.get("blocks") or []
    most = 100 if view else 50
    if len(blocks) > most:
        found.append(f"{len(blocks)} blocks")
    ids = [element["action_id"] for element in elements(blocks) if "action_id" in element]
    if len(set(ids)) != len(ids):
        found.append(f"action ids stand twice: {ids}")
    found += [problem for block in blocks for problem in _too_much(block)]
    found += [f"{part} of a modal over 24" for part in ("title", "submit", "close") if len(_words(view.get(part))) > 24]
    if len(arguments.get("text", "")) > 4000 or ("text" in arguments and not arguments["text"]):
        found.append("a notification's text is empty or over 4000")
    if sum(len(text) for text in texts(blocks)) > 12_000:
        found.append("a message over 12000")
    return found


def _words(text: Json | None) -> str:
    return text["text"] if text else ""


def elements(blocks: list[Json]) -> Iterator[Json]:
    for block in blocks:
        yield from block.get("elements", ()) if block["type"] == "actions" else ()
        yield from (block[key] for key in ("accessory", "element") if key in block)


def texts(value: object) -> Iterator[str]:
    """Every text in blocks, in order."""
    match value:
        case {"text": str() as text}:
            yield text
        case dict():
            for part in value.values():
                yield from texts(part)
        case list():
            for part in value:
                yield from texts(part)


def _too_much(block: Json) -> Iterator[str]:
    yield from (f"a text of {len(text)} in {block['type']}" for text in texts(block) if not 0 < len(text) <= 3000)
    if block["type"] == "actions" and not 0 < len(block["elements"]) <= 25:
        yield "buttons in a row"
    if block["type"] == "context" and len(block["elements"]) > 10:
        yield "elements of a context"
    if len(_words(block.get("label"))) > 2000 or len(_words(block.get("hint"))) > 2000:
        yield "a label or a hint over 2000"
    for element in elements([block]):
        if element["type"] == "button" and len(element["text"]["text"]) > 75:
            yield "over 75 on a button"
        if len(element.get("value", "")) > 2000 or len(element.get("action_id", "")) > 255:
            yield "a value over 2000 or an action id over 255"


@dataclass
class Failure:
    """An answer that is no success: an error code with status 200, or another status."""

    code: str = ""
    status: int = 200
    retry_after: str = ""
    drop: bool = False


@dataclass
class SlackServer:
    """The server's memory. `failures` are given to the next calls of a method, one each; those of a `held` one wait."""

    calls: list[tuple[str, Json]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    failures: defaultdict[str, list[Failure]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    messages: dict[str, Json] = field(default_factory=dict)
    others: dict[str, Json] = field(default_factory=dict)
    """What stands beside them in channels: shared files, and what people wrote."""
    page: int = 200
    files: list[bytes] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    responses: list[Json] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    received: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    connected: asyncio.Queue[web.WebSocketResponse] = field(default_factory=asyncio.Queue)
    scopes: str = "app_mentions:read,chat:write,commands,files:write,im:history,im:write,usergroups:read,users:read"
    silent: bool = False
    url: str = ""
    clock: int = 0

    def named(self, method: str) -> list[Json]:
        """The arguments of every call of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    def ts(self) -> str:
        self.clock += 1
        return f"17000000{self.clock:02d}.000100"

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        if method == "auth.test" and request.headers["Authorization"] == "Bearer xoxb-bad":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        self.calls.append((method, arguments))
        if method != "auth.test":  # it is Bolt that makes this one, with a team_id that the types do not know
            self.wrong += wrong(method, arguments)
        if method in self.held:
            await self.held[method].wait()
        if self.failures[method]:
            return _failed(self.failures[method].pop(0), request)
        headers = {"x-oauth-scopes": self.scopes}
        return web.json_response({"ok": True, **self._answer(method, arguments)}, headers=headers)

    def _answer(self, method: str, arguments: Json) -> Json:
        match method:
            case "auth.test":
                return {
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "bot_id": BOT,
                    "team": "Lab",
                    "url": "https://lab.slack.com/",
                }
            case "apps.connections.open":
                return {"url": self.url.replace("http", "ws", 1) + "socket"}
            case "conversations.open":
                return {"channel": {"id": arguments["users"].replace("U", "D")}}
            case "chat.postMessage":
                ts = self.ts()
                self.messages[ts] = {"ts": ts, "user": BOT_USER, "bot_id": BOT, **arguments}
                return {"ts": ts, "channel": arguments["channel"]}
            case "chat.update":
                self.messages[arguments["ts"]] |= arguments
                return {"ts": arguments["ts"], "channel": arguments["channel"]}
            case "conversations.history" | "conversations.replies":
                return self._listed(arguments)
            case "chat.delete":
                where = self.messages if arguments["ts"] in self.messages else self.others
                assert where.pop(arguments["ts"])["user"] == BOT_USER
                return {"ts": arguments["ts"], "channel": arguments["channel"]}
            case "files.delete":
                return {}
            case "usergroups.users.list":
                return {"users": self.group}
            case "users.info":
                user = arguments["user"]
                return {"user": {"id": user, "name": user.lower(), "tz": self.zones.get(user), "tz_offset": 0}}
            case "files.getUploadURLExternal":
                return {"upload_url": f"{self.url}upload", "file_id": "F1"}
            case "files.completeUploadExternal":
                ts, files = self.ts(), [{"id": "F1", "user": BOT_USER, "title": arguments["files"][0]["title"]}]
                shared = {"channel": arguments["channel_id"], "thread_ts": arguments.get("thread_ts")}
                self.others[ts] = {"ts": ts, "user": BOT_USER, "files": files, **shared}
                return {"files": files}
            case _:
                return {"view": {"id": "V1"}}

    def _listed(self, arguments: Json) -> Json:
        """A page of what stands in a channel or in a thread of it, the newest first."""
        parent = arguments.get("ts")
        found = [m for m in self.everything() if m["channel"] == arguments["channel"]]
        found = [m for m in found if m.get("thread_ts") == parent or (parent and m["ts"] == parent)]
        begin = int(arguments.get("cursor") or 0)
        end = begin + self.page
        more = str(end) if end < len(found) else ""
        return {"messages": found[begin:end], "response_metadata": {"next_cursor": more}}

    def everything(self) -> list[Json]:
        """What stands in the workspace, the newest first."""
        found = self.messages | self.others
        threads = Counter(message.get("thread_ts") for message in found.values())
        return [{**found[ts], "reply_count": threads[ts]} for ts in sorted(found, reverse=True)]

    async def upload(self, request: web.Request) -> web.Response:
        self.files.append(await request.read())
        return web.Response(text="OK")

    async def respond(self, request: web.Request) -> web.Response:
        response = await request.json()
        self.responses.append(response)
        self.wrong += wrong(
            "chat.postMessage", {"channel": "C1", "text": response["text"], "blocks": response["blocks"]}
        )
        return web.Response(text="ok")

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        await self.connected.put(socket)
        async for message in socket:
            if message.type is WSMsgType.PING and not self.silent:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                await self.received.put(json.loads(message.data))
        return socket


def _failed(failure: Failure, request: web.Request) -> web.Response:
    if failure.drop and request.transport:
        request.transport.close()
    headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
    if failure.code:
        return web.json_response({"ok": False, "error": failure.code}, status=failure.status, headers=headers)
    return web.Response(text="<html>", content_type="text/html", status=failure.status, headers=headers)


async def _arguments(request: web.Request) -> Json:
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        found |= await request.json()
    else:
        found |= dict(await request.post())
    for name in JSON_FIELDS & found.keys():
        if isinstance(found[name], str):
            found[name] = json.loads(found[name])
    for name in {"length", "limit"} & found.keys():
        found[name] = int(found[name])
    return found


@asynccontextmanager
async def slack_server() -> AsyncIterator[SlackServer]:
    """A running server, without memory."""
    slack = SlackServer()
    app = web.Application()
    app.add_routes(
        [
            web.route("*", "/api/{method}", slack.call),
            web.post("/upload", slack.upload),
            web.post("/respond", slack.respond),
            web.get("/socket", slack.socket),
        ]
    )
    server = TestServer(app)
    await server.start_server()
    slack.url = str(server.make_url("/"))
    try:
        yield slack
    finally:
        for socket in slack.sockets:
            await socket.close()
        await server.close()
