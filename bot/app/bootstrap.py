"""The composition root: the only place where concrete things are built."""

import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from adapters.cli.context import DATASET, JOURNAL, Bot, Builders, Reading
from adapters.cli.main import run
from bot.agreement.agreement import Dataset, InForce, load_dataset
from bot.app.config import Settings, secret_of
from bot.app.current_versions import ChangePolicy, open_versions
from bot.app.desk_commands import DeskPolicy, open_desk
from bot.app.scheduler import Clockwork
from bot.app.service import Service
from bot.desk.digest import Canary, Digest, reminds
from bot.desk.news import News
from bot.desk.reports import Reports
from bot.desk.search import Patience
from bot.desk.views import DeskViews
from bot.dialogue.state import Conversation
from bot.document.fonts import unprintable
from bot.document.issuer import Issuer, utc_now
from bot.document.port import Renderer, Seal
from bot.document.worker import PdfRenderer
from bot.form.validation import FieldPolicy
from bot.model.clock import SystemClock
from bot.model.daily import Daily
from bot.model.errors import ConfigError
from bot.model.identity import Account, RequestId
from bot.model.json_codec import JsonObject
from bot.model.message import FileKind
from bot.model.people import PersonalData
from bot.privacy.erasure import Erasing
from bot.privacy.job import QUIET_AT, Keeping
from bot.privacy.rights import Rights
from bot.reminders.job import Reminding
from bot.reminders.messages import Drafts, HandOver
from bot.reports.question_counts import Tally
from bot.request.query import RequestQuery
from bot.request.request import LicenseRequest
from bot.request.request_id import new_request_id
from bot.staff.notices import Notices
from bot.staff.roles import Roles, roles_of
from bot.store.encryption import SEALED, seals_of
from bot.store.engines import open_store
from bot.store.journal.snapshot import Snapshot
from bot.store.port import Stored
from bot.terms.answering import Terms
from bot.terms.in_force import TermsInForce
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.views import Views
from bot.understanding.interpreter import read_messages
from bot.versions.announcement import Silence


@cache
def _dataset(folder: Path) -> tuple[Dataset, Terms]:
    """What holds for the dataset, and what its LA says: read once, also where the bot is built again."""
    dataset = load_dataset(folder)
    return dataset, Terms.load(dataset)


@asynccontextmanager
async def build(
    settings: Settings, now: Callable[[], datetime] = utc_now, printer: Renderer | None = None
) -> AsyncIterator[Bot]:
    """The bot, whole, while it is needed. Raises LaBotError where it cannot start.

    `now` and `printer` are the world's, unless the world is simulated.
    """
    read, answers = _dataset(DATASET)
    dataset = replace(read, in_force=InForce(read.current_version))  # which changes while this bot lives
    terms = TermsInForce(dataset, {dataset.current_version: answers})
    texts = load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact))
    patience = Patience(settings.overdue_staff, settings.overdue_applicant)
    policy = FieldPolicy(applicant_private_mailbox=settings.applicant_private_mailbox, unprintable=unprintable)
    async with AsyncExitStack() as stack:
        store = await open_store(settings.database_url, settings.data / JOURNAL)
        stack.push_async_callback(store.aclose)
        if printer is None:
            printer = renderer = PdfRenderer(secret_of(settings), seal=seal_of(settings))
            stack.push_async_callback(renderer.aclose)
        issuer = Issuer(dataset, printer, store, lambda: new_request_id(dataset.id_prefix, secrets.randbelow), now)
        views = Views(texts, terms, dataset)
        told = tuple(dict.fromkeys((*settings.staff, *settings.owners)))
        notices, roles = Notices(views, told, settings.staff_channel), Roles(store, roles_of(settings))
        versions = open_versions(
            store, notices, printer, ChangePolicy(settings.notice_days, Silence(settings.no_answer))
        )
        await versions.announcing.learn(issuer.now())
        erasing = Erasing(store, notices, settings.retention, settings.retention_backup, roles, settings.staff_channel)
        rights = Rights(erasing, texts, settings.legal_basis)
        desk_policy = DeskPolicy(
            channel=settings.staff_channel,
            undo_after=settings.undo_after,
            delivery=settings.delivery_text,
            fields=policy,
            zone=settings.desk_time_zone,
            patience=patience,
        )
        hand_over = HandOver(views, settings.reminders(dataset.reminders))
        reminding = Reminding(store, hand_over, notices)
        tally, shown = Tally(store), DeskViews(views, settings.desk_time_zone)
        reports = Reports(store, shown, tally, settings.desk_time_zone)
        daily = Daily(settings.digest_at, settings.desk_time_zone)
        jobs = (
            versions.informing,  # first: from the day on, nobody is reminded to send what is on the older version
            reminding.remind,
            Keeping(erasing, Daily(QUIET_AT, settings.desk_time_zone), hand_over.policy),
            tally.write,
            News(store, shown, notices).tell,
            Digest(store, shown, notices, daily).tell,
            Canary(store, shown, notices, daily, reminds(hand_over.policy)).tell,
        )
        service = Service(
            store=store,
            issuer=issuer,
            understanding=read_messages(texts, terms, policy, dataset.id_prefix),
            views=views,
            notices=notices,
            rights=rights,
            reminding=reminding,
            makers={
                FileKind.PERSONAL_DATA: rights.file,
                FileKind.EMAIL: Drafts(store, hand_over).file,
                FileKind.CHANGES: versions.comparisons.make,
                **reports.makers,
            },
            desk=open_desk(issuer, views, roles, rights, desk_policy, reports=reports, more=versions.handlers),
            tally=tally,
        )
        await erasing.finish(issuer.now())  # of a process that ended before it could
        yield Bot(service, policy, Clockwork(jobs, SystemClock()), versions)


@asynccontextmanager
async def read(settings: Settings) -> AsyncIterator[Reading]:
    """The requests as they are, read beside a bot that runs."""
    if not settings.database_url:
        yield JournalReading(Snapshot(settings.data / JOURNAL))
        return
    store = await open_store(settings.database_url, settings.data / JOURNAL)
    try:
        yield store
    finally:
        await store.aclose()


@dataclass(frozen=True, slots=True)
class JournalReading:
    """`adapters.cli.main.Reading` of a journal, as it was when it was read."""

    snapshot: Snapshot

    async def request(self, request_id: RequestId) -> Stored[LicenseRequest] | None:
        """The request of that id."""
        found = self.snapshot.request(request_id)
        return Stored(found, 0) if found else None

    async def requests(self, query: RequestQuery) -> Sequence[LicenseRequest]:
        """The requests that the query asks for, the last changed first."""
        return self.snapshot.requests(query)

    async def records(self, prefix: str) -> Mapping[str, Stored[JsonObject]]:
        """All records whose keys begin so, in the order of their keys."""
        return self.snapshot.records(prefix)

    async def record(self, key: str) -> Stored[JsonObject | None]:
        """A record; None at version 0 where there is none."""
        return self.snapshot.record(key)

    async def count(self, query: RequestQuery) -> int:
        """How many a query asks for."""
        return self.snapshot.index.count(query)

    async def conversations(self) -> Mapping[Account, Stored[Conversation]]:
        """All conversations that are under way."""
        return self.snapshot.conversations()

    async def seals(self) -> Mapping[str, int]:
        """How many documents are encrypted with which key."""
        return Counter(seals_of({table: self.snapshot.rows(table) for table in SEALED}))

    async def personal_data(self, request_id: RequestId) -> PersonalData | None:
        """The persons of a request."""
        return self.snapshot.personal_data(request_id)


def seal_of(settings: Settings) -> Seal | None:
    """What certifies documents; None where they are not sealed. Raises ConfigError without la-bot[seal]."""
    if not (settings.seal_key and settings.seal_cert):
        return None
    if find_spec("pyhanko") is None:
        raise ConfigError("LA_BOT_SEAL_KEY is set: pip install 'la-bot[seal]'")
    return Seal(settings.seal_key.read_bytes(), settings.seal_cert.read_bytes())


def main(arguments: Sequence[str] | None = None) -> int:
    """`la-bot`: 0 done, 1 could not, 2 wrong use or wrong input."""
    return run(sys.argv[1:] if arguments is None else arguments, Builders(build, read, build), Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
