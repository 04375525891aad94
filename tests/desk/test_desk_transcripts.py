"""The desk in full prose, played on the terminal, and through Telegram and Slack with the same words.

`=== maija ===` is who talks from there on, `=== 3 minutes later ===` lets time go by, and `=== the next morning ===` is
when the clock tells maija the day's digest and the week's sign of life. Rewritten like the dialogues:
`UPDATE_TRANSCRIPTS=1 make test`.
"""

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, time, timedelta
from functools import cache
from pathlib import Path

import pytest

from adapters.cli.chat import draw
from adapters.slack.app import Slack
from bot.desk.digest import Canary, Digest, reminds
from bot.desk.views import DeskViews
from bot.dialogue.prompts import MENU
from bot.model.daily import Daily
from bot.model.identity import Account, Role
from bot.staff.notices import Notices
from bot.terms.answering import Terms
from bot.texts.say import Say
from tests.adapters.slack_server import TEAM, slack_server
from tests.adapters.slack_talk import SlackTalk, settings
from tests.adapters.slack_talk import words as shown_in_slack
from tests.adapters.telegram_talk import Chat
from tests.adapters.telegram_wire import Call, Wire
from tests.talk import LOOK, Talk, World, dataset

TRANSCRIPTS = sorted((Path(__file__).resolve().parents[1] / "transcripts" / "desk").glob("*.txt"))
ROLES = {"maija": Role.STAFF, "timo": Role.STAFF, "rea": Role.READER, "boss": Role.OWNER}
PEOPLE = ("bo", "eve", *ROLES)
_HEADING = re.compile(r"^=== (?:(\w+)|(\d+) minutes later|the next morning) ===\n", re.MULTILINE)


def parts(script: str) -> Iterator[tuple[str, int, list[str]]]:
    """Who says what, or how many minutes go by; neither where it is the next morning."""
    marks = [*_HEADING.finditer(script)]
    for mark, end in zip(marks, [*(m.start() for m in marks[1:]), len(script)], strict=True):
        lines = [line[2:] for line in script[mark.end() : end].splitlines() if line.startswith("> ")]
        yield mark[1] or "", int(mark[2] or 0), lines


@cache
def terms() -> Terms:
    return Terms.load(dataset())


def world(accounts: dict[str, Account]) -> World:
    return World(terms=terms(), roles={accounts[name]: role for name, role in ROLES.items()})


async def time_goes_by(there: World, who: str, minutes: int, told: Account) -> None:
    there.now += timedelta(minutes=minutes)
    if who or minutes:
        return
    there.now = (there.now + timedelta(days=1)).replace(hour=9, minute=0)
    shown, daily = DeskViews(there.views()), Daily(time(8, 30), UTC)
    notices = Notices(there.views(), (told,))
    await Canary(there.store, shown, notices, daily, reminds(there.reminders)).tell(there.now)
    await Digest(there.store, shown, notices, daily).tell(there.now)


async def on_terminal(script: str, folder: Path) -> list[tuple[str, str]]:
    """Each part's heading, and what was shown in it."""
    there, shown = world({name: Account("terminal", "", name) for name in PEOPLE}), []
    for who, minutes, lines in parts(script):
        await time_goes_by(there, who, minutes, Account("terminal", "", "maija"))
        heard = await Talk(there, folder, who).play(lines) if who else ""
        later = f"{minutes} minutes later" if minutes else "the next morning"
        shown.append((f"=== {who or later} ===\n", heard))
    return shown


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 2


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_desk_speaks_word_by_word_as_written(path: Path, tmp_path: Path) -> None:
    golden = path.read_text(encoding="utf-8")
    title = golden.partition("\n")[0]
    played = f"{title}\n" + "".join(map("".join, asyncio.run(on_terminal(golden, tmp_path))))
    if os.environ.get("UPDATE_TRANSCRIPTS"):
        path.write_text(played, encoding="utf-8")
    else:
        assert played == golden


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_on_slack_everybody_reads_the_same(path: Path, tmp_path: Path) -> None:
    script = await asyncio.to_thread(path.read_text, "utf-8")
    accounts = {name: Account("slack", TEAM, f"U{number}") for number, name in enumerate(PEOPLE)}
    async with slack_server() as server:
        there = world(accounts)
        slack = Slack(there.service(), settings(server))
        people = {name: SlackTalk(there, server, slack, account.user) for name, account in accounts.items()}
        for number, person in enumerate(people.values()):
            person.said = person.pressed = 100 * number
        for who, minutes, lines in parts(script):
            await time_goes_by(there, who, minutes, accounts["maija"])
            if who:
                await people[who].deliver()
                await people[who].play(lines)
        await slack.stop()
        posted = server.named("chat.postMessage")
        assert server.wrong == []
    heard: defaultdict[str, list[str]] = defaultdict(list)
    for name, account in accounts.items():
        where = {account.user, people[name].channel}
        heard[name] = [shown_in_slack(message) for message in posted if message["channel"] in where]
    called = {f" in slack:{people[name].channel}": "" for name in PEOPLE} | {
        str(a): name for name, a in accounts.items()
    }
    assert read_by(heard, called) == await on_terminal_read(script, tmp_path)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_on_telegram_everybody_reads_the_same(path: Path, tmp_path: Path) -> None:
    script = await asyncio.to_thread(path.read_text, "utf-8")
    accounts = {name: Account("telegram", "", str(1000 + number)) for number, name in enumerate(PEOPLE)}
    there, wire = world(accounts), Wire()
    chats = {name: await Chat(there, wire, int(account.user)).begin() for name, account in accounts.items()}
    for number, chat in enumerate(chats.values()):
        chat.updates = 1000 * (number + 1)
    for who, minutes, lines in parts(script):
        await time_goes_by(there, who, minutes, accounts["maija"])
        if who:
            await chats[who].delivered()
            for line in lines:
                await chats[who].says(line)
    heard: defaultdict[str, list[str]] = defaultdict(list)
    for name, account in accounts.items():
        calls = [call for call in wire.sent() if str(call.parameters["chat_id"]) == account.user]
        heard[name] = ["\n".join([call.text, *(b["text"] for b in call.buttons)]) for call in calls if sends(call)]
    assert read_by(heard, {str(account): name for name, account in accounts.items()}) == await on_terminal_read(
        script, tmp_path
    )


def sends(call: Call) -> bool:
    return call.method in {"sendMessage", "sendDocument"}


async def on_terminal_read(script: str, folder: Path) -> dict[str, list[str]]:
    """The same for the terminal, without its greetings and farewells, and what was typed."""
    views = world({name: Account("terminal", "", name) for name in PEOPLE}).service().views
    greeting = draw(views.message([Say("opening", {}, MENU)], ""), LOOK)
    heard: defaultdict[str, list[str]] = defaultdict(list)
    for heading, shown in await on_terminal(script, folder):
        who = heading.removeprefix("=== ").removesuffix(" ===\n")
        said = re.sub(r"(?m)^> .*$|^  ⇩ .*$", "", shown.replace(greeting, "").replace(views.plain("goodbye"), ""))
        heard[who].append(re.sub(r"(?m)^  \[\d+\] |^  \d+\. ", "", said))
    return read_by(heard, {f"terminal:{name}": name for name in PEOPLE})


def read_by(heard: Mapping[str, list[str]], called: Mapping[str, str]) -> dict[str, list[str]]:
    """The words that each person read, with the names of people in place of their accounts."""
    accounts = re.compile("|".join(rf"{re.escape(account)}\b" for account in sorted(called, key=len, reverse=True)))
    named = {who: accounts.sub(lambda found: called[found[0]], "\n".join(heard.get(who, []))) for who in PEOPLE}
    return {who: re.findall(r"[^\W_]+", re.sub(r"(?m)^\d+\. ", "", text)) for who, text in named.items()}
