"""`la-bot agreement announce`, `call-off`, `evidence`, `letters`: the CLI's side of a change of the LA."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.cli.context import COULD_NOT, DONE, WrongInputError, tell
from adapters.cli.private_file import write_private
from bot.app.bootstrap import Bot, build
from bot.app.config import Settings
from bot.app.reading import read
from bot.desk.announcing import values_of
from bot.document.issuer import utc_now
from bot.model.errors import LaBotError, StoreLocked
from bot.model.identity import Actor, Role
from bot.model.message import plain_text
from bot.request.query import RequestQuery
from bot.texts.letters import as_eml
from bot.texts.say import Say
from bot.versions.announcement import RECEIPTS, Announcement
from bot.versions.announcements import announcements_in, receipts_of
from bot.versions.evidence import as_csv, digest, evidence


async def announce(parsed: argparse.Namespace, settings: Settings) -> int:
    """Show what would be announced, and announce it with `--yes`. Told are the holders by the bot, when it runs."""
    async with _alone(settings, f"announce {parsed.version} on {parsed.effective}") as bot:
        announcing = bot.versions.announcing
        plan = await announcing.plan(parsed.version, parsed.effective, parsed.typo_only or "", utc_now())
        if isinstance(plan, Say):
            raise LaBotError(_words(bot, plan))
        if plan.known:
            tell(_words(bot, Say("announce.again", values_of(plan))))
            return DONE
        tell(_words(bot, *bot.versions.views.preview(plan)))
        if not parsed.yes:
            raise LaBotError("nothing was announced yet: read it, and add --yes")
        await announcing.write(plan.announcement, Actor(Role.OWNER))
        tell(_words(bot, Say("announce.done", values_of(plan))))
        return DONE


async def call_off(parsed: argparse.Namespace, settings: Settings) -> int:
    """Show what calling an announcement off does, and do it with `--yes`."""
    async with _alone(settings, f"call off {parsed.version}") as bot:
        announcing, announced = bot.versions.announcing, bot.versions.announced
        announcement = await announcing.to_call_off(parsed.version, utc_now())
        if isinstance(announcement, Say):
            raise LaBotError(_words(bot, announcement))
        if not parsed.yes:
            tell(_words(bot, await announced.asked(announcement)))
            raise LaBotError("nothing was called off yet: read it, and add --yes")
        await announcing.write(announcement, Actor(Role.OWNER))
        tell(_words(bot, *await announced.called_off(announcement)))
        return DONE


@asynccontextmanager
async def _alone(settings: Settings, said: str) -> AsyncIterator[Bot]:
    """The bot, where no other process has the store; `said` is how staff do it in chat while one has."""
    try:
        async with build(settings) as bot:
            yield bot
    except StoreLocked as error:
        raise LaBotError(f"{error}; while it runs, staff say in chat: {said}") from error


def _words(bot: Bot, *says: Say) -> str:
    return plain_text(bot.service.views.message(says, ""))


async def show_evidence(parsed: argparse.Namespace, settings: Settings) -> int:
    """What came of an announcement; with `--check`, whether an export is whole and still says so."""
    async with read(settings) as kept:
        made = await announcements_in(kept)
        announcement = _announced(made, parsed.version, parsed.number)
        receipts = receipts_of(await kept.records(f"{RECEIPTS}{announcement.key}/"), announcement)
        found = evidence(made, announcement, await kept.requests(RequestQuery()), receipts, utc_now())
    if parsed.check:
        return _checked(parsed.check, found)
    tell(as_csv(found).rstrip("\n") if parsed.csv else json.dumps(found, indent=1))
    return DONE


def _announced(made: Sequence[Announcement], version: str, number: int | None) -> Announcement:
    """The announcement of a version; where it was called off and made again, the last, or the one of that number."""
    found = [a for a in made if a.version == version and number in {None, a.number}]
    if not found:
        raise LaBotError(f"version {version} was not announced" + (f" {number} times" if number else ""))
    return found[-1]


def _checked(path: Path, found: dict[str, Any]) -> int:
    try:
        exported = json.loads(path.read_text(encoding="utf-8"))
        whole = digest(exported) == exported["sha256"]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise WrongInputError(f"{path}: no evidence as JSON: {type(error).__name__}") from error
    if not whole:
        tell("altered: its digest is not that of its content")
        return COULD_NOT
    changed = [row["request_id"] for row in exported["holders"] if row not in found["holders"]]
    tell(
        "the same as what is kept"
        if exported == found
        else f"whole; meanwhile more came for: {', '.join(changed) or '-'}"
    )
    return DONE


async def letters(parsed: argparse.Namespace, settings: Settings) -> int:
    """A draft for each holder who cannot be reached in chat, with the comparison attached."""
    async with _alone(settings, "unreached") as bot:
        announcing, silence, now = bot.versions.announcing, bot.versions.views.silence, utc_now()
        await announcing.learn(now)
        last = await announcing.last()
        if last is None or last.version != parsed.version:
            raise LaBotError(f"version {parsed.version} is not the one that was announced last")
        await asyncio.to_thread(parsed.out.mkdir, parents=True, exist_ok=True)
        for request in await announcing.unreached(last, now, silence):
            letter = await bot.versions.desk.letter(request, last, now)
            if letter is None:
                tell(f"{request.id}: erased, no address")
                continue
            reference = await bot.versions.desk.attached(request, last, now)
            mail = as_eml(
                bot.service.views.message([letter], ""), await bot.service.file(reference), reference.filename
            )
            path = parsed.out / f"{request.id}.eml"
            await asyncio.to_thread(write_private, path, mail)
            tell(f"{request.id}: {path}")
    return DONE
