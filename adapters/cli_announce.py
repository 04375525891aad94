"""`la-bot agreement announce`, `evidence`, `letters`: the CLI's side of a change of the LA."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from adapters.command import COULD_NOT, DONE, Bot, Builders, WrongInputError, tell
from bot.announcement import RECEIPTS, closes_at
from bot.announcing import Plan, announcements_of, receipts_of
from bot.config import Settings
from bot.errors import LaBotError, StoreLocked
from bot.evidence import as_csv, digest, evidence
from bot.issuing import utc_now
from bot.letters import as_eml
from bot.messages import plain_text
from bot.model import Actor, Role
from bot.ports import RequestQuery
from bot.staff import ANNOUNCEMENTS
from bot.turns import Say


async def announce(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """Show what would be announced, and announce it with `--yes`. Told are the holders by the bot, when it runs."""
    try:
        async with build.bot(settings) as bot:
            return await _announce(parsed, bot)
    except StoreLocked as error:
        say = f"announce {parsed.version} on {parsed.effective}"
        raise LaBotError(f"{error}; while it runs, staff say in chat: {say}") from error


async def _announce(parsed: argparse.Namespace, bot: Bot) -> int:
    announcing = bot.versions.announcing
    plan = await announcing.plan(parsed.version, parsed.effective, parsed.typo_only.strip(), utc_now())
    if isinstance(plan, Say):
        raise LaBotError(_words(bot, plan))
    if plan.known:
        tell(_words(bot, Say("announce.again", _values(plan))))
        return DONE
    tell(_words(bot, *bot.versions.views.preview(plan)))
    if not parsed.yes:
        raise LaBotError("nothing was announced yet: read it, and add --yes")
    await announcing.announce(plan, Actor(Role.OWNER))
    tell(_words(bot, Say("announce.done", _values(plan))))
    return DONE


def _words(bot: Bot, *says: Say) -> str:
    return plain_text(bot.service.views.message(says, ""))


def _values(plan: Plan) -> dict[str, Any]:
    announcement = plan.announcement
    return {"version": announcement.version, "effective": announcement.effective_at, "holders": len(plan.holders)}


async def show_evidence(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """What came of an announcement; with `--check`, whether an export is whole and still says so."""
    async with build.reading(settings) as kept:
        known = announcements_of(await kept.records(ANNOUNCEMENTS))
        if parsed.version not in {announcement.version for announcement in known}:
            raise LaBotError(f"version {parsed.version} was not announced")
        receipts = receipts_of(await kept.records(f"{RECEIPTS}{parsed.version}/"), parsed.version)
        found = evidence(known, parsed.version, await kept.requests(RequestQuery()), receipts, utc_now())
    if parsed.check:
        return _checked(parsed.check, found)
    tell(as_csv(found).rstrip("\n") if parsed.csv else json.dumps(found, indent=1))
    return DONE


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


async def letters(parsed: argparse.Namespace, settings: Settings, build: Builders) -> int:
    """A draft for each holder who cannot be reached in chat, with the comparison attached."""
    async with build.bot(settings) as bot:
        announcing, now = bot.versions.announcing, utc_now()
        known = list(await announcing.learn(now))
        if not known or known[-1].version != parsed.version:
            raise LaBotError(f"version {parsed.version} is not the one that was announced last")
        await asyncio.to_thread(parsed.out.mkdir, parents=True, exist_ok=True)
        for request in await announcing.unreached(known, now):
            persons = await announcing.store.personal_data(request.id)
            if persons is None:
                tell(f"{request.id}: erased, no address")
                continue
            old = bot.versions.informing.base(request, known, now)
            letter = bot.versions.views.letter(request, known[-1], old, persons.signer.email, closes_at(known[-1], now))
            reference = bot.versions.views.document(request.id, known[-1], old)
            message = bot.service.views.message([letter], "")
            mail = as_eml(message, await bot.service.file(reference), reference.filename)
            path = parsed.out / f"{request.id}.eml"
            await asyncio.to_thread(path.write_bytes, mail)
            tell(f"{request.id}: {path}")
    return DONE
