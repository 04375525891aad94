"""The settings: from the environment and `.env`, each with its default, its meaning and its check.

`SETTINGS` is the one table: `.env.example`, `la-bot doctor` and the README's list are held to it by tests.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

from bot.agreement.agreement import DATASETS
from bot.app import setting_values
from bot.model.errors import ConfigError
from bot.model.identity import Account, DeliveryAddress
from bot.privacy.retention import Evidence, Retention
from bot.reminders.policy import ReminderPolicy
from bot.versions.announcement import Silence

_OURS = ("LA_BOT_", "TELEGRAM_", "SLACK_")
DATASET = DATASETS / "4dme"
"""The folder of the dataset that the bot is for."""

JOURNAL = "journal.jsonl"
"""The store in the data folder, where there is no database."""

SECRET_FILE = "secret"  # noqa: S105 - the name of the file, not what is in it


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the environment, what it is for, its default as text, and how the text is read.

    `read` raises ValueError with what would be right.
    """

    name: str
    meaning: str
    default: str
    read: Callable[[str], Any]
    secret: bool = False


SETTINGS = (
    Setting("LA_BOT_DATA", "folder of everything that is kept", "./data", Path),
    Setting(
        "LA_BOT_SECRET",
        "key of the codes on the documents; made once and kept in the data folder",
        "",
        setting_values.secret,
        True,
    ),
    Setting("LA_BOT_STAFF", "who handles requests, as slack:T0123/U0456, telegram:789", "", setting_values.accounts),
    Setting("LA_BOT_OWNERS", "who also names and dismisses staff, in chat", "", setting_values.accounts),
    Setting("LA_BOT_READERS", "who sees every request and moves none", "", setting_values.accounts),
    Setting("LA_BOT_STAFF_GROUP", "Slack user group whose members handle requests, as S0123", "", str),
    Setting(
        "LA_BOT_STAFF_CHANNEL",
        "private channel where staff work: slack:C0123 or telegram:-100123",
        "",
        setting_values.chat,
    ),
    Setting(
        "LA_BOT_UNDO_AFTER",
        "minutes in which staff can undo a decision; only then it is told",
        "2",
        setting_values.minutes,
    ),
    Setting("LA_BOT_DESK_TIME_ZONE", "the days and hours of the desk", "Europe/Helsinki", setting_values.zone),
    Setting(
        "LA_BOT_DIGEST_AT",
        "when staff get the digest of the day, in that time zone",
        "08:30",
        setting_values.time_of_day,
    ),
    Setting("LA_BOT_OVERDUE_STAFF", "days after which what waits for staff is overdue", "5", setting_values.days),
    Setting(
        "LA_BOT_OVERDUE_APPLICANT",
        "days after which what waits for the applicant or signer is",
        "30",
        setting_values.days,
    ),
    Setting("LA_BOT_DELIVERY_TEXT", "where the data come from, told to whom a license is granted", "", str),
    Setting("LA_BOT_CONTROLLER", "who is responsible for the data (default: the licensor)", "", str),
    Setting("LA_BOT_PRIVACY_CONTACT", "whom to ask about the data (default: the LA's contact)", "", str),
    Setting(
        "LA_BOT_APPLICANT_PRIVATE_MAILBOX",
        "what a private mailbox of somebody who is not the signer meets: accept, warn or refuse",
        "warn",
        setting_values.one_of("accept", "warn", "refuse"),
    ),
    Setting(
        "LA_BOT_NOTICE_DAYS",
        "days beforehand that users are told of a changed LA, at least",
        "30",
        setting_values.count,
    ),
    Setting(
        "LA_BOT_NO_ANSWER",
        "what no answer to a changed LA means, on its day: the license stays, or ends",
        "stays",
        setting_values.one_of(*Silence),
    ),
    Setting("LA_BOT_RETENTION_DRAFT", "days that an unfinished form is kept", "30", setting_values.count),
    Setting(
        "LA_BOT_RETENTION_CLOSED", "months that an expired or withdrawn request is kept", "12", setting_values.count
    ),
    Setting("LA_BOT_RETENTION_REJECTED", "months that a rejected request is kept", "24", setting_values.count),
    Setting(
        "LA_BOT_RETENTION_APPROVED", "years that an approved license is kept after it ends", "5", setting_values.count
    ),
    Setting(
        "LA_BOT_REMINDER_DAYS",
        "days after which people are reminded of a request that waits",
        "3,7,14,28",
        setting_values.plan,
    ),
    Setting("LA_BOT_REMINDER_EVERY", "days between reminders after those", "28", setting_values.count),
    Setting(
        "LA_BOT_EXPIRY", "days after which a request expires of which nothing was heard", "180", setting_values.count
    ),
    Setting(
        "LA_BOT_EXPIRY_EMAILED",
        "days after which an email that nobody confirmed expires; a received request is brought up for review then",
        "365",
        setting_values.count,
    ),
    Setting(
        "LA_BOT_FOLLOW_UP", "days after which an email that nobody confirmed is asked after", "14", setting_values.count
    ),
    Setting("LA_BOT_REMINDER_HOURS", "hours of weekdays in which people are reminded", "9-18", setting_values.hours),
    Setting(
        "LA_BOT_TIME_ZONE",
        "time zone of people whose platform does not tell it",
        "Europe/Helsinki",
        setting_values.zone,
    ),
    Setting(
        "LA_BOT_RETENTION_BACKUP",
        "days after which you delete backups; erased people are told so",
        "30",
        setting_values.count,
    ),
    Setting(
        "LA_BOT_ERASE_LEAVES",
        "what stays of a granted license when who is in it has their data erased: signer (the sign block), nothing",
        "signer",
        setting_values.one_of("signer", "nothing"),
    ),
    Setting("LA_BOT_LEGAL_BASIS", "legal basis of what is kept (GDPR Art. 6), in the controller's words", "", str),
    Setting(
        "LA_BOT_LOG_LEVEL", "how much is logged", "WARNING", setting_values.one_of("DEBUG", "INFO", "WARNING", "ERROR")
    ),
    Setting(
        "LA_BOT_SEAL_KEY",
        "PEM file of the private key that certifies each document (la-bot[seal])",
        "",
        setting_values.file,
    ),
    Setting("LA_BOT_SEAL_CERT", "PEM file of its certificate, then its chain", "", setting_values.file),
    Setting(
        "LA_BOT_ENCRYPTION_KEYS",
        "keys that persons are stored under; the first encrypts, all decrypt; one: openssl rand -base64 32",
        "",
        setting_values.encryption_keys,
        True,
    ),
    Setting(
        "DATABASE_URL",
        "postgresql://…, to keep everything there instead (la-bot[postgres])",
        "",
        setting_values.database,
        True,
    ),
    Setting(
        "LA_BOT_PUBLIC_URL",
        "https address of this bot, for webhooks; without it the bot fetches",
        "",
        setting_values.https,
    ),
    Setting("PORT", "where webhooks and /healthz are listened for", "8080", setting_values.port),
    Setting("TELEGRAM_BOT_TOKEN", "token of the Telegram bot, from @BotFather", "", str, True),
    Setting("TELEGRAM_BASE_URL", "Bot API server", "https://api.telegram.org/bot", setting_values.address),
    Setting("TELEGRAM_BASE_FILE_URL", "its files", "https://api.telegram.org/file/bot", setting_values.address),
    Setting("SLACK_BOT_TOKEN", "Bot User OAuth Token of the Slack app", "", setting_values.begins("xoxb-"), True),
    Setting("SLACK_APP_TOKEN", "app-level token, for Socket Mode", "", setting_values.begins("xapp-"), True),
    Setting("SLACK_SIGNING_SECRET", "for HTTP instead, with LA_BOT_PUBLIC_URL", "", str, True),
    Setting(
        "SLACK_BASE_URL", "Slack's Web API, or a proxy of it", "https://slack.com/api/", setting_values.folder_address
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, read and checked. `secret` is empty until `secret_of` made or found one."""

    data: Path
    secret: bytes
    staff: tuple[Account, ...]
    owners: tuple[Account, ...]
    readers: tuple[Account, ...]
    staff_group: str
    staff_channel: DeliveryAddress | None
    undo_after: timedelta
    desk_time_zone: ZoneInfo
    digest_at: time
    overdue_staff: timedelta
    overdue_applicant: timedelta
    delivery_text: str
    controller: str
    privacy_contact: str
    applicant_private_mailbox: Literal["accept", "warn", "refuse"]
    notice_days: int
    no_answer: str
    retention_draft: int
    retention_closed: int
    retention_rejected: int
    retention_approved: int
    reminder_days: tuple[int, ...]
    reminder_every: int
    expiry: int
    expiry_emailed: int
    follow_up: int
    reminder_hours: tuple[int, int]
    time_zone: ZoneInfo
    retention_backup: int
    erase_leaves: Literal["signer", "nothing"]
    legal_basis: str
    log_level: str
    seal_key: Path | None
    seal_cert: Path | None
    encryption_keys: tuple[bytes, ...]
    database_url: str
    public_url: str
    port: int
    telegram_bot_token: str
    telegram_base_url: str
    telegram_base_file_url: str
    slack_bot_token: str
    slack_app_token: str
    slack_signing_secret: str
    slack_base_url: str

    @property
    def retention(self) -> Retention:
        """The controller's periods."""
        periods = (self.retention_draft, self.retention_closed, self.retention_rejected, self.retention_approved)
        return Retention(*periods, evidence=Evidence(self.erase_leaves), undecided=self.expiry_emailed)

    def reminders(self, of_dataset: Mapping[str, Any]) -> ReminderPolicy:
        """The plan of reminders; what the dataset's own folder says of it goes before the settings."""
        opens, closes = self.reminder_hours
        policy = ReminderPolicy(
            days=self.reminder_days,
            every=self.reminder_every,
            expiry=self.expiry,
            undecided=self.expiry_emailed,
            follow_up=self.follow_up,
            opens=opens,
            closes=closes,
            time_zone=self.time_zone.key,
        )
        return replace(policy, **of_dataset)

    def shown(self, licensor: str, contact: str) -> dict[str, str]:
        """What stands in texts, by the names that they have for it; licensor and contact are the dataset's."""
        return {
            "controller": self.controller or licensor,
            "privacy_contact": self.privacy_contact or contact,
            "legal_basis": self.legal_basis,
            "retention_draft": str(self.retention_draft),
            "retention_closed": str(self.retention_closed),
            "retention_rejected": str(self.retention_rejected),
            "retention_approved": str(self.retention_approved),
            "retention_backup": str(self.retention_backup),
            "expiry_emailed": str(self.expiry_emailed),
        }


def read_settings(environment: Mapping[str, str], data: Path | None = None) -> Settings:
    """The settings from an environment; `data` overrides the folder. Raises ConfigError that names every wrong one."""
    values, wrong = {}, []
    for setting in SETTINGS:
        text = environment.get(setting.name, "").strip() or setting.default
        try:
            values[setting.name] = setting.read(text)
        except ValueError as error:
            wrong.append(f"{setting.name}: {error}")
    if bool(values.get("LA_BOT_SEAL_KEY")) != bool(values.get("LA_BOT_SEAL_CERT")):
        wrong.append("LA_BOT_SEAL_KEY and LA_BOT_SEAL_CERT: set both, or neither")
    if wrong:
        raise ConfigError("; ".join(wrong))
    fields = {name.removeprefix("LA_BOT_").lower(): value for name, value in values.items()}
    return Settings(**(fields | ({"data": data} if data else {})))


def environment(folder: Path) -> dict[str, str]:
    """The process's environment over the `.env` in a folder."""
    written = {name: value or "" for name, value in dotenv_values(folder / ".env").items()}
    return written | dict(os.environ)


def unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """Names that look like a setting of ours and are none: a slip of the pen, most likely."""
    known = {setting.name for setting in SETTINGS}
    yield from (name for name in sorted(environment) if name.startswith(_OURS) and name not in known)


def secret_of(settings: Settings) -> bytes:
    """The secret: the setting, or the one in the data folder, made there once (0600). Part of the folder's backup."""
    if settings.secret:
        return settings.secret
    path = settings.data / SECRET_FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_bytes().strip()
