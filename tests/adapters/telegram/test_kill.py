"""A process that is killed as it edits the review: afterwards the review is true, and there is one."""

import asyncio
import json
import multiprocessing
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.request import RequestData

from bot.store.journal.store import TinyDBStore
from bot.store.port import Store
from tests.adapters.telegram.test_app import named
from tests.adapters.telegram_talk import Chat
from tests.adapters.telegram_wire import Wire
from tests.talk import START, World

CORRECTED, CHOOSES = "Name: Anna-Liisa Virtanen", "Which one would you like to change?"


class Dying(Wire):
    """Is killed at the edit that says `last_words`, and leaves behind what a person sees at that moment."""

    def __init__(self, folder: Path, last_words: str, *, edited: bool) -> None:
        super().__init__()
        self.folder, self.last_words, self.edited = folder, last_words, edited

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: object, **__: object
    ) -> tuple[int, bytes]:
        says = str(request_data.parameters.get("text", "")) if request_data else ""
        dies = url.endswith("/editMessageText") and self.last_words in says.replace("<b>", "").replace("</b>", "")
        answer = await super().do_request(url, method, request_data) if self.edited or not dies else (0, b"")
        if dies:
            seen = [[*where, message] for where, message in self.messages.items()]
            (self.folder / "seen.json").write_text(json.dumps(seen, default=list))
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def edit_until_killed(folder: Path, last_words: str, edited: bool) -> None:
    async def work() -> None:
        wire = Dying(folder, last_words, edited=edited)
        chat = await Chat(World(store=TinyDBStore(folder / "journal.jsonl")), wire).begin()
        name = await named(chat)
        card = chat.keyboard()
        assert card
        change = next(button for button in card[1] if button["text"] == "Change something")
        came = chat.edit(name, "Anna-Liisa Virtanen") if last_words == CORRECTED else chat.press(change, card[0])
        (folder / "update.json").write_text(json.dumps(came, default=list))
        await chat.comes(came)

    asyncio.run(work())


async def comes_back(folder: Path, seen: dict[tuple[int, int], dict[str, Any]], *, others_wrote: bool) -> Chat:
    """The bot, started anew; Telegram brings again what was never confirmed."""
    store: Store = TinyDBStore(folder / "journal.jsonl")
    chat = await Chat(World(store=store, now=START + timedelta(hours=1))).begin()
    chat.wire.messages, chat.wire.last_message = seen, max(number for _, number in seen)
    if others_wrote:
        await chat.telegram.receive(Update.de_json(chat.message("/status"), chat.telegram.bot))
    await chat.comes(json.loads((folder / "update.json").read_text()))
    assert await store.outbox() == []
    await store.aclose()
    return chat


@pytest.mark.parametrize("last_words", [CORRECTED, CHOOSES])
@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("others_wrote", [False, True])
def test_after_a_kill_in_the_edit_the_review_is_true_and_there_is_one(
    tmp_path: Path, last_words: str, edited: bool, others_wrote: bool
) -> None:
    child = multiprocessing.get_context("fork").Process(target=edit_until_killed, args=(tmp_path, last_words, edited))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    seen = {(chat, number): message for chat, number, message in json.loads((tmp_path / "seen.json").read_text())}
    (card,) = [where for where, message in seen.items() if "reply_markup" in message]
    assert (last_words in seen[card]["text"]) == edited

    chat = asyncio.run(comes_back(tmp_path, seen, others_wrote=others_wrote))
    with_choices = [where for where, message in chat.wire.messages.items() if "reply_markup" in message]
    assert len(with_choices) == 1
    assert last_words in chat.wire.messages[with_choices[0]]["text"]
    if others_wrote:  # what stands further up would not be seen: it is said below, and the old choices go
        assert [last_words in call.text for call in chat.wire.sent()] == [True, True]
        assert with_choices != [card]
    else:
        assert chat.wire.sent() == []
        assert with_choices == [card]
