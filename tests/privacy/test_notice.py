"""What people type stays where it belongs: not in logs, and not behind when they leave."""

import logging
from pathlib import Path

import pytest

from adapters.cli.chat import PLATFORM, Console, Look
from bot.app.bootstrap import build
from bot.app.config import read_settings
from bot.model.identity import Account

CANARIES = {
    "name": "Canarina Kanarialintu",
    "title": "Kanarian professori",
    "affiliation": "Canary Institute of Oulu",
    "email": "canarina.kanaria@oulu.fi",
    "address": "Kanariakatu 17, 90570 Oulu",
}
DIALOGUE = [
    *("1", "1", "1", "kanaria@kanaria", CANARIES["name"], CANARIES["title"], "TAKE", "May Canarina sell it?"),
    *(CANARIES["affiliation"], "canarina@gmail.com", CANARIES["email"], CANARIES["address"]),
    *("yes", "i have emailed it", "my requests", "change a field", "name", "Canarina K. Kanarialintu", "yes"),
    *("privacy", "my data", "erase my data", "no", "my data"),
]


async def test_no_log_of_any_library_holds_what_a_person_typed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    lines, told = iter(DIALOGUE), list[str]()

    async def ask() -> str | None:
        return next(lines, None)

    async with build(read_settings({}, tmp_path / "kept")) as bot:
        account = Account(PLATFORM, "", "kanaria-account")
        await Console(bot.service, account, tmp_path, Look(88, styled=False), ask, told.append).chat()
    heard = capfd.readouterr()
    assert "document 2" in "\n".join(told)
    logged = caplog.text + heard.out + heard.err
    assert "kanaria" not in logged.casefold()
    assert "canari" not in logged.casefold()


async def test_a_cancelled_form_leaves_nothing_in_the_tables(tmp_path: Path) -> None:
    lines = iter([*DIALOGUE[:6], "cancel", "yes"])

    async def ask() -> str | None:
        return next(lines, None)

    async with build(read_settings({}, tmp_path / "kept")) as bot:
        account = Account(PLATFORM, "", "anna")
        await Console(bot.service, account, tmp_path, Look(88, styled=False), ask, lambda _: None).chat()
        assert (await bot.service.store.conversation(account)).value is None
