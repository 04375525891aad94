"""One scripted request a chat, from the first word to the review: turns a second, each of them answered.

Ours: the adapter, the whole core, the durable store, the outbox's worker. Beside it the same dialogue (the same words
and buttons, made ready before; the same checks of the answers) on PTB's ConversationHandler with PicklePersistence,
written after each update, and on aiogram's FSM, which keeps all in memory and would lose it. Neither peer waits for
the disk, reads what a message means, or keeps what is not sent yet. Nothing is sent: calls are answered on the spot.
"""

import asyncio
import json
import tempfile
import time
import warnings
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import aiogram
from aiogram.client.session.base import BaseSession
from aiogram.fsm.context import FSMContext
from aiogram.methods import TelegramMethod
from telegram import Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    BaseHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

from adapters.server.run import running
from adapters.telegram.app import Telegram
from adapters.telegram.format import Keyboard, as_ptb, keyboard, parts
from bot.document.issuer import utc_now
from bot.form.outcome import Accepted
from bot.form.validation import FieldPolicy, check
from bot.model.clock import SystemClock
from bot.model.identity import Account, DeliveryAddress
from bot.model.incoming import Incoming, Typed
from bot.model.message import Message
from bot.model.people import SIGNER_FIELDS
from bot.store.journal.store import TinyDBStore
from bot.terms.answering import Terms
from tests.adapters.telegram_wire import ME, TOKEN, new_bot
from tests.talk import World, dataset

LINES = (
    *("request", "i will", "challenge", "Anna Virtanen", "Professor", "University of Oulu"),
    *("anna.virtanen@oulu.fi", "Pentti Kaiteran katu 1, 90570 Oulu"),
)
FIELDS = dict(enumerate(SIGNER_FIELDS, start=3))
"""The field that each of the lines answers, from the fourth on."""
POPULATIONS = (300, 10_000)
TALKING = 300
ROUNDS = 5
PEER_TURNS = 300_000
"""Of PTB as many turns are measured as this many over the number of chats: each writes all chats. At 300 that takes
about as long as what is measured of the bot: the best of short stretches would be luck."""


class Void(BaseRequest):
    """Takes every call and answers it at once."""

    def __init__(self) -> None:
        self.sent = 0
        self.all_sent = asyncio.Event()
        self.awaited = 0

    @property
    def read_timeout(self) -> float | None:
        return 5

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: object, **__: object
    ) -> tuple[int, bytes]:
        result: object = True
        if url.endswith("/getMe"):
            result = ME
        elif url.endswith("/getUpdates"):
            await asyncio.Event().wait()
        elif url.endswith("/sendMessage"):
            self.sent += 1
            if self.sent == self.awaited:
                self.all_sent.set()
            result = {"message_id": self.sent, "date": 1, "chat": {"id": 1, "type": "private"}}
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def answered(self, turns: int) -> None:
        if self.sent < turns:
            self.awaited = turns
            self.all_sent.clear()
            await self.all_sent.wait()


def update(number: int, chat: int, text: str) -> dict[str, Any]:
    sender = {"id": chat, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "from": sender, "text": text}
    return {"update_id": number, "message": message}


def script(chats: Iterable[int], lines: Iterable[str], start: int) -> list[dict[str, Any]]:
    said = [(chat, line) for line in lines for chat in chats]
    return [update(start + number, chat, line) for number, (chat, line) in enumerate(said)]


async def ours(population: int, folder: Path) -> float:
    await dialogue()  # once, as the peers' processes have had it: what is made ready at first use is ready in all
    world = World(TinyDBStore(folder / "journal.jsonl"), terms=Terms.load(dataset()), now=utc_now())
    void = Void()
    platform = Telegram(world.service(), new_bot(void, limited=False), SystemClock())
    async with running(world.service(), [platform], 0, SystemClock()):

        async def work(updates: list[dict[str, Any]]) -> None:
            for first in range(0, len(updates), 100):  # as Telegram brings them
                batch = [Update.de_json(each, platform.bot) for each in updates[first : first + 100]]
                await asyncio.gather(*map(platform.receive, batch))

        await work(script(range(1, population + 1), LINES[:1], 1))
        await void.answered(population)
        updates = script(range(1, TALKING + 1), LINES[1:], population + 1)
        began = time.perf_counter()
        await work(updates)
        await void.answered(population + len(updates))
        return len(updates) / (time.perf_counter() - began)
    raise AssertionError


async def dialogue() -> list[Message]:
    """What is said after each line."""
    service, account = World(terms=Terms.load(dataset())).service(), Account("telegram", "", "1")
    address, said = DeliveryAddress("telegram", "1"), list[Message]()
    for number, line in enumerate(LINES):
        (entry,) = await service.handle(Incoming(account, address, f"telegram:1:{number}", Typed(line)))
        said.append(entry.outgoing.message)
    return said


def take(answers: dict[Any, Any], text: str | None) -> int:
    """What the peers do with an answer: check it if it is a field's, and keep it. Returns which line it was."""
    step = int(answers.get("step", 0))
    field = FIELDS.get(step)
    if field:
        assert isinstance(check(field, text or "", answers, FieldPolicy()), Accepted)
    answers[str(field or step)], answers["step"] = text, step + 1
    return step


async def with_ptb(population: int, folder: Path) -> float:
    said = [(parts(message)[0], as_ptb(keyboard(message))) for message in await dialogue()]

    async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message
        assert context.user_data is not None
        step = take(context.user_data, update.message.text)
        words, under = said[step]
        await update.message.reply_text(words, ParseMode.HTML, reply_markup=under)
        return step + 1

    asked: list[BaseHandler[Update, Any, object]] = [MessageHandler(filters.TEXT, answer)]
    states: dict[object, list[BaseHandler[Update, Any, object]]] = dict.fromkeys(range(1, 9), asked)
    handler = ConversationHandler(asked, states, [], name="form", persistent=True)
    persistence = PicklePersistence(folder / "pickle", on_flush=True)
    bot = new_bot(Void(), limited=False)
    application = Application.builder().bot(bot).persistence(persistence).updater(None).build()
    application.add_handler(handler)
    async with application:

        async def work(updates: list[dict[str, Any]], *, written: bool) -> None:
            for each in updates:
                await application.process_update(Update.de_json(each, bot))
                if written:
                    await application.update_persistence()
                    await persistence.flush()

        await work(script(range(1, population + 1), LINES[:1], 1), written=False)
        updates = script(range(1, TALKING + 1), LINES[1:], population + 1)[: PEER_TURNS // population]
        began = time.perf_counter()
        await work(updates, written=True)
        return len(updates) / (time.perf_counter() - began)
    raise AssertionError


class VoidSession(BaseSession):
    """aiogram's seam."""

    async def make_request(self, bot: aiogram.Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ANN401, ASYNC109
        body = {"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}}
        return self.check_response(bot, method, 200, json.dumps(body)).result

    async def stream_content(self, *_: object, **__: object) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        pass


def _of_aiogram(under: Keyboard | None) -> aiogram.types.InlineKeyboardMarkup | None:
    return aiogram.types.InlineKeyboardMarkup.model_validate(under) if under else None


async def with_aiogram(population: int, _: Path) -> float:
    dispatcher, bot = aiogram.Dispatcher(), aiogram.Bot(TOKEN, session=VoidSession())
    said = [(parts(message)[0], _of_aiogram(keyboard(message))) for message in await dialogue()]

    async def answer(message: aiogram.types.Message, state: FSMContext) -> None:
        answers = await state.get_data()
        words, under = said[take(answers, message.text)]
        await state.set_data(answers)
        await message.answer(words, parse_mode=ParseMode.HTML, reply_markup=under)

    dispatcher.message.register(answer)

    async def work(updates: list[dict[str, Any]]) -> None:
        for first in range(0, len(updates), 100):
            await asyncio.gather(*(dispatcher.feed_raw_update(bot, each) for each in updates[first : first + 100]))

    await work(script(range(1, population + 1), LINES[:1], 1))
    updates = script(range(1, TALKING + 1), LINES[1:], population + 1)
    began = time.perf_counter()
    await work(updates)
    return len(updates) / (time.perf_counter() - began)


Run = Callable[[int, Path], Coroutine[Any, Any, float]]
RUNS: tuple[tuple[str, Run], ...] = (
    ("LA Bot, durable", ours),
    ("PTB ConversationHandler + PicklePersistence", with_ptb),
    ("aiogram FSM, in memory", with_aiogram),
)


def measured(run: Run, population: int) -> float:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(population, Path(folder)))


def main() -> None:
    """Each figure in a process of its own, all in turn; the best of `ROUNDS`: disturbances only slow."""
    cells = [(run, population) for _, run in RUNS for population in POPULATIONS]
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        rounds = [[processes.submit(measured, *cell).result() for cell in cells] for _ in range(ROUNDS)]
    rates = [max(of_cell) for of_cell in zip(*rounds, strict=True)]
    print(f"{'turns a second':45}", *(f"{population:>8,} chats" for population in POPULATIONS))  # noqa: T201
    for (name, _), row in zip(RUNS, zip(rates[0::2], rates[1::2], strict=True), strict=True):
        print(f"{name:45}", *(f"{rate:14,.0f}" for rate in row))  # noqa: T201


if __name__ == "__main__":
    main()
