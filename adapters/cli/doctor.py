"""What is configured, what is missing, what is wrong, each with its remedy. Nothing is changed by looking."""

import argparse
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

from adapters.cli.context import COULD_NOT, DONE, tell
from adapters.platform import Finding
from adapters.server.run import platform_findings
from bot.agreement.agreement import load_dataset
from bot.app.config import DATASET, SECRET_FILE, SETTINGS, Settings, environment, unknown_settings
from bot.app.reading import Reading, read
from bot.desk.digest import CANARY, DIGEST
from bot.document.issuer import utc_now
from bot.model.errors import LaBotError
from bot.request.query import RequestQuery
from bot.staff.roles import roles_of
from bot.store.encryption import in_use
from bot.versions.announcement import Announcement, standing
from bot.versions.announcements import announcements_in, let_know


async def doctor(_: argparse.Namespace, settings: Settings) -> int:
    """Say what was found. COULD_NOT where something is wrong."""
    found = [finding async for finding in findings(settings, environment(Path.cwd()), DATASET)]
    found += await platform_findings(settings)
    for finding in found:
        tell(f"{finding.mark}  {finding.text}")
    return COULD_NOT if any(finding.mark == "wrong" for finding in found) else DONE


async def findings(settings: Settings, given: Mapping[str, str], dataset: Path) -> AsyncIterator[Finding]:
    """Everything worth telling, in the order in which one would mend it."""
    for finding in (*_agreement(dataset), *_folder(settings.data)):
        yield finding
    async for found in _store(settings, dataset):
        yield found
    for finding in _settings(settings, given):
        yield finding


def _agreement(dataset: Path) -> Iterator[Finding]:
    try:
        loaded = load_dataset(dataset)
    except LaBotError as error:
        yield Finding("wrong", f"the License Agreement: {error}; restore the folder from the repository")
        return
    yield Finding(
        "ok   ", f"the License Agreement of {loaded.name}: there are the versions {', '.join(loaded.agreements)}"
    )


def _in_force(dataset: Path, announced: Sequence[Announcement]) -> Iterator[Finding]:
    """Which version holds; nothing where the versions cannot be read, which is told already."""
    try:
        loaded = load_dataset(dataset)
    except LaBotError:
        return
    there = let_know(loaded, announced, utc_now())
    for gone in [announcement.version for announcement in announced if announcement not in there]:
        yield Finding("wrong", f"version {gone} of the LA was announced, and its folder is not there; put it back")
    coming = loaded.in_force.coming
    then = f"; {coming[1]} will be from {coming[0]:%Y-%m-%d}" if coming else ""
    yield Finding("ok   ", f"in force is version {loaded.current_version} of the LA{then}")


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding("note ", f"{folder} does not exist yet; it is made at the first start (LA_BOT_DATA or --data)")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("wrong", f"{folder} cannot be written to; change its owner, or set LA_BOT_DATA")
    elif folder.stat().st_mode & 0o077:
        yield Finding("note ", f"{folder} can be read by others on this machine; run: chmod -R go-rwx {folder}")
    else:
        yield Finding("ok   ", f"{folder} is there, for its owner only")


async def _store(settings: Settings, dataset: Path) -> AsyncIterator[Finding]:
    """What is kept, in the journal or in the database."""
    try:
        async with read(settings) as kept:
            requests, seals = await kept.count(RequestQuery()), await kept.seals()
            announced = standing(await announcements_in(kept))
            fired = [await _fired(kept, what, key) for what, key in CLOCKED]
    except (LaBotError, OSError) as error:
        yield Finding("wrong", f"the store: {error}")
        return
    there = Finding("ok   ", f"the store: {requests} requests")
    for finding in (there, *_in_force(dataset, announced), _encrypted(seals), *fired):
        yield finding


def _encrypted(seals: Mapping[str, int]) -> Finding:
    """Whether what holds persons is encrypted, all of it."""
    first = next(iter(in_use().by_name), "")
    if not first:
        return Finding("note ", "persons are stored in clear; LA_BOT_ENCRYPTION_KEYS encrypts them, or use such a disk")
    if others := sum(count for name, count in seals.items() if name != first):
        return Finding(
            "note ", f"{others} documents are not encrypted with the first key; run: la-bot store rotate-keys"
        )
    return Finding("ok   ", "persons are stored encrypted, all with the first key")


CLOCKED = (("digest", DIGEST), ("weekly sign of life", CANARY))


async def _fired(kept: Reading, what: str, key: str) -> Finding:
    """When the clock last told staff something: a running bot does so each day, and each week."""
    if record := (await kept.record(key)).value:
        return Finding("ok   ", f"the last {what} was made at {record['at']}")
    return Finding("note ", f"no {what} was made yet; `la-bot run` makes them")


def _settings(settings: Settings, given: Mapping[str, str]) -> Iterator[Finding]:
    for name in unknown_settings(given):
        yield Finding("note ", f"{name} is no setting of this bot; .env.example lists them")
    if not settings.secret:
        yield Finding(
            "ok   ", f"LA_BOT_SECRET is not set: {settings.data / SECRET_FILE} is used; back it up with the data"
        )
    if not settings.legal_basis:
        yield Finding(
            "note ", "LA_BOT_LEGAL_BASIS is empty: people are told of no legal basis (GDPR Art. 13 and 14 want one)"
        )
    if not settings.staff:
        yield Finding("note ", "LA_BOT_STAFF is empty: nobody is told of new requests")
    yield from _staff(settings)
    for setting in SETTINGS:
        if given.get(setting.name) and not setting.secret:
            yield Finding("ok   ", f"{setting.name} is set")


def _staff(settings: Settings) -> Iterator[Finding]:
    """Who is staff by the settings; whom owners named besides, the desk itself says to “who”."""
    for account, role in roles_of(settings).items():
        yield Finding("ok   ", f"{role} of the desk: {account}")
    if settings.staff_group:
        yield Finding("ok   ", f"staff of the desk: the members of the Slack user group {settings.staff_group}")
    if not settings.owners:
        yield Finding("note ", "LA_BOT_OWNERS is empty: nobody can name or dismiss staff in chat")
