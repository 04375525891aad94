"""`la-bot store …`: check, back up, restore, migrate, copy and encrypt what is kept."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

from adapters.cli.context import DONE, tell
from bot.app.config import JOURNAL, Settings
from bot.model.errors import ConfigError, StoreError
from bot.privacy.restore import restore
from bot.store.journal.backup import Report, backup, check
from bot.store.key_rotation import rotate

Verb = Callable[[argparse.Namespace, Settings, Path], str]


async def store(parsed: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked, in a thread, and say what was done. Raises StoreError, ConfigError."""
    tell(await asyncio.to_thread(VERBS[parsed.verb], parsed, settings, settings.data / JOURNAL))
    return DONE


def _check(_: argparse.Namespace, settings: Settings, journal: Path) -> str:
    report = _check_database(settings.database_url) if settings.database_url else check(journal)
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.documents.items())) or "nothing"
    if report.is_sound:
        return f"sound: {counts}"
    wrong = [f"line {number} is damaged" for number in report.damaged] + list(report.unreadable)
    advice = "restore a backup, or go on without these lines: la-bot store backup --whole-lines FILE, then restore FILE"
    raise StoreError(f"{journal}: {'; '.join(wrong)}; {advice}")


def _check_database(url: str) -> Report:
    from bot.store.migration import check_database  # noqa: PLC0415 - needs la-bot[postgres]

    return check_database(url)


def _backup(parsed: argparse.Namespace, _: Settings, journal: Path) -> str:
    if not journal.exists():
        raise StoreError(f"{journal} does not exist: there is nothing to back up")
    count = backup(journal, parsed.file, parsed.whole_lines)
    return f"{count} documents in {parsed.file}; the secret beside the journal belongs to the backup too"


def _restore(parsed: argparse.Namespace, _: Settings, journal: Path) -> str:
    count, kept = restore(journal, parsed.file)
    return f"{count} documents in {journal}" + (f"; what was there is kept as {kept}" if kept else "")


def _migrate(_: argparse.Namespace, settings: Settings, __: Path) -> str:
    from bot.store.postgres.schema import migrate  # noqa: PLC0415 - needs la-bot[postgres]

    if not settings.database_url:
        return "DATABASE_URL is not set, and a journal needs no migration"
    before, after = migrate(settings.database_url)
    return f"the tables are at schema {after}" + ("" if before == after else f", from {before}")


def _copy(parsed: argparse.Namespace, _: Settings, __: Path) -> str:
    from bot.store.migration import copy  # noqa: PLC0415 - needs la-bot[postgres]

    digests = copy(getattr(parsed, "from"), parsed.to)
    lines = (f"{digest.documents} {name} (sha256 {digest.sha256[:16]}…)" for name, digest in sorted(digests.items()))
    return "copied and verified: " + ", ".join(lines)


def _rotate(parsed: argparse.Namespace, settings: Settings, journal: Path) -> str:
    if not settings.encryption_keys:
        raise ConfigError("LA_BOT_ENCRYPTION_KEYS is not set: one key is made by `openssl rand -base64 32`")
    if settings.database_url:
        from bot.store.postgres.rotation import rotate_database  # noqa: PLC0415 - needs la-bot[postgres]

        done = rotate_database(settings.database_url, parsed.off)
    else:
        done = rotate(journal, parsed.off)
    how = "stand in clear; unset LA_BOT_ENCRYPTION_KEYS" if parsed.off else "are encrypted with the first key"
    older = ", ".join(done.older_copies)
    return f"{done.documents} documents {how}" + (f"; older copies are as they were: delete {older}" if older else "")


VERBS: dict[str, Verb] = {
    "check": _check,
    "backup": _backup,
    "restore": _restore,
    "migrate": _migrate,
    "rotate-keys": _rotate,
    "copy": _copy,
}
"""What carries each verb out."""
