"""What is configured, what is missing, what is wrong, each with its remedy. Nothing is changed by looking."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.agreement import load_dataset
from bot.config import SECRET_FILE, SETTINGS, Settings, unknown_settings
from bot.digest import CANARY, DIGEST
from bot.errors import LaBotError
from bot.ports import RequestQuery
from bot.roles import roles_of
from bot.store.sealing import in_use, seals_of
from bot.store.snapshot import Snapshot
from bot.stored_fields import SEALED


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` keeps the bot from working, `note` does not; the text names the remedy."""

    mark: Literal["ok   ", "note ", "wrong"]
    text: str


def findings(settings: Settings, environment: Mapping[str, str], dataset: Path, journal: Path) -> Iterator[Finding]:
    """Everything worth telling, in the order in which one would mend it."""
    yield from _agreement(dataset)
    yield from _folder(settings.data)
    yield from _journal(journal, settings)
    yield from _settings(settings, environment)


def _agreement(dataset: Path) -> Iterator[Finding]:
    try:
        loaded = load_dataset(dataset)
    except LaBotError as error:
        yield Finding("wrong", f"the License Agreement: {error}; restore the folder from the repository")
        return
    versions = ", ".join(loaded.agreements)
    yield Finding(
        "ok   ", f"the License Agreement of {loaded.name}: version {loaded.current_version} (there are: {versions})"
    )


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding("note ", f"{folder} does not exist yet; it is made at the first start (LA_BOT_DATA or --data)")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("wrong", f"{folder} cannot be written to; change its owner, or set LA_BOT_DATA")
    elif folder.stat().st_mode & 0o077:
        yield Finding("note ", f"{folder} can be read by others on this machine; run: chmod -R go-rwx {folder}")
    else:
        yield Finding("ok   ", f"{folder} is there, for its owner only")


def _journal(path: Path, settings: Settings) -> Iterator[Finding]:
    try:
        snapshot = Snapshot(path)
        requests = snapshot.requests(RequestQuery())
    except (LaBotError, OSError) as error:
        yield Finding("wrong", f"the store: {error}")
        return
    yield Finding("ok   ", f"the store: {len(requests)} requests")
    yield from _encrypted(snapshot, settings)
    yield from _fired(snapshot)


def _encrypted(snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    """Whether what holds persons is encrypted, and, of a journal, all of it."""
    (first,) = [*in_use().by_name][:1] or [""]
    others = sum(name != first for name in seals_of({table: snapshot.rows(table) for table in SEALED}))
    if not first:
        yield Finding("note ", "persons are stored in clear; LA_BOT_ENCRYPTION_KEYS encrypts them, or use such a disk")
    elif others:
        yield Finding(
            "note ", f"{others} documents are not encrypted with the first key; run: la-bot store rotate-keys"
        )
    elif settings.database_url:
        yield Finding("ok   ", "persons are stored encrypted; what is older than the key: la-bot store rotate-keys")
    else:
        yield Finding("ok   ", "persons are stored encrypted, all with the first key")


def _fired(snapshot: Snapshot) -> Iterator[Finding]:
    """When the clock last told staff something: a running bot does so each day, and each week."""
    for what, key in (("digest", DIGEST), ("weekly sign of life", CANARY)):
        record = snapshot.record(key).value
        if record:
            yield Finding("ok   ", f"the last {what} was made at {record['at']}")
        else:
            yield Finding("note ", f"no {what} was made yet; `la-bot run` makes them")


def _settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in unknown_settings(environment):
        yield Finding("note ", f"{name} is no setting of this bot; .env.example lists them")
    if not settings.secret:
        yield Finding(
            "ok   ", f"LA_BOT_SECRET is not set: {settings.data / SECRET_FILE} is used; back it up with the data"
        )
    if not settings.staff:
        yield Finding("note ", "LA_BOT_STAFF is empty: nobody is told of new requests")
    yield from _staff(settings)
    for setting in SETTINGS:
        if environment.get(setting.name) and not setting.secret:
            yield Finding("ok   ", f"{setting.name} is set")


def _staff(settings: Settings) -> Iterator[Finding]:
    """Who is staff by the settings; whom owners named besides, the desk itself says to “who”."""
    for account, role in roles_of(settings).items():
        yield Finding("ok   ", f"{role} of the desk: {account}")
    if settings.staff_group:
        yield Finding("ok   ", f"staff of the desk: the members of the Slack user group {settings.staff_group}")
    if not settings.owners:
        yield Finding("note ", "LA_BOT_OWNERS is empty: nobody can name or dismiss staff in chat")
