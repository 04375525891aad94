"""The composition root: the only place where concrete things are built."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bot.agreement.agreement import Dataset, InForce, load_dataset
from bot.app.config import DATASET, JOURNAL, Settings, secret_of
from bot.app.current_versions import ChangePolicy, Versions, open_versions
from bot.app.desk_commands import DeskPolicy, open_desk
from bot.app.scheduler import Clockwork, Job, tell_staff
from bot.app.service import Service
from bot.desk.digest import Canary, Digest, reminds
from bot.desk.news import News
from bot.desk.reports import Reports
from bot.desk.search import Patience
from bot.desk.views import DeskViews
from bot.document.fonts import unprintable
from bot.document.issuer import Issuer, utc_now
from bot.document.port import Renderer, Seal
from bot.document.worker import PdfRenderer
from bot.form.validation import FieldPolicy
from bot.model.clock import SystemClock
from bot.model.daily import Daily
from bot.model.errors import ConfigError
from bot.model.message import FileKind
from bot.privacy.erasure import Erasing
from bot.privacy.job import QUIET_AT, Keeping
from bot.privacy.rights import Rights
from bot.reminders.job import Reminding
from bot.reminders.messages import Drafts, HandOver
from bot.reports.question_counts import Tally
from bot.request.request_id import new_request_id
from bot.staff.notices import Notices
from bot.staff.roles import Roles, roles_of
from bot.store.engines import open_store
from bot.store.port import Store
from bot.terms.answering import Terms
from bot.terms.in_force import TermsInForce
from bot.texts.catalogue import ENGLISH, load_texts
from bot.texts.views import Views
from bot.understanding.interpreter import read_messages
from bot.understanding.loading import reader_if_installed
from bot.versions.announcement import Silence


@dataclass(frozen=True, slots=True)
class Bot:
    """The core, built, and what the command line asks of it besides."""

    service: Service
    policy: FieldPolicy
    clockwork: Clockwork
    versions: Versions


@cache
def _dataset(folder: Path) -> tuple[Dataset, Terms]:
    """Load the dataset and what its LA says: once, also where the bot is built again."""
    dataset = load_dataset(folder)
    return dataset, Terms.load(dataset)


@asynccontextmanager
async def build(
    settings: Settings, now: Callable[[], datetime] = utc_now, printer: Renderer | None = None
) -> AsyncIterator[Bot]:
    """Build the bot, whole, while it is needed. Raises LaBotError where it cannot start.

    `now` and `printer` are the world's, unless the world is simulated.
    """
    async with AsyncExitStack() as stack:
        store = await open_store(settings.database_url, settings.data / JOURNAL)
        stack.push_async_callback(store.aclose)
        if printer is None:
            printer = renderer = PdfRenderer(secret_of(settings), seal=seal_of(settings))
            stack.push_async_callback(renderer.aclose)
        parts = _parts(settings, store, printer, now)
        await parts.versions.announcing.learn(parts.issuer.now())
        await parts.erasing.finish(parts.issuer.now())  # of a process that ended before it could
        clockwork = Clockwork(_jobs(settings, parts), SystemClock(), tell=tell_staff(store, parts.notices))
        yield Bot(_service(settings, parts), _field_policy(settings), clockwork, parts.versions)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What several others are built with."""

    store: Store
    issuer: Issuer
    views: Views
    notices: Notices
    roles: Roles
    versions: Versions
    erasing: Erasing
    hand_over: HandOver
    reminding: Reminding
    shown: DeskViews
    tally: Tally


def _parts(settings: Settings, store: Store, printer: Renderer, now: Callable[[], datetime]) -> _Parts:
    views = _views(settings)
    dataset = views.dataset
    told = tuple(dict.fromkeys((*settings.staff, *settings.owners)))
    notices, roles = Notices(views, told, settings.staff_channel), Roles(store, roles_of(settings))
    practice = ChangePolicy(settings.notice_days, Silence(settings.no_answer))
    hand_over = HandOver(views, settings.reminders(dataset.reminders))
    return _Parts(
        store=store,
        issuer=Issuer(dataset, printer, store, lambda: new_request_id(dataset.id_prefix, secrets.randbelow), now),
        views=views,
        notices=notices,
        roles=roles,
        versions=open_versions(store, notices, printer, practice),
        erasing=Erasing(store, notices, settings.retention, settings.retention_backup, roles, settings.staff_channel),
        hand_over=hand_over,
        reminding=Reminding(store, hand_over, notices),
        shown=DeskViews(views, settings.desk_time_zone),
        tally=Tally(store),
    )


def _views(settings: Settings) -> Views:
    """Put the words together with the dataset, whose version in force changes while this bot lives."""
    loaded, answers = _dataset(DATASET)
    dataset = replace(loaded, in_force=InForce(loaded.current_version))
    texts = load_texts(ENGLISH, dataset, settings.shown(dataset.licensor, dataset.contact))
    return Views(texts, TermsInForce(dataset, {dataset.current_version: answers}), dataset)


def _field_policy(settings: Settings) -> FieldPolicy:
    return FieldPolicy(applicant_private_mailbox=settings.applicant_private_mailbox, unprintable=unprintable)


def _desk_policy(settings: Settings) -> DeskPolicy:
    return DeskPolicy(
        channel=settings.staff_channel,
        undo_after=settings.undo_after,
        delivery=settings.delivery_text,
        fields=_field_policy(settings),
        zone=settings.desk_time_zone,
        patience=Patience(settings.overdue_staff, settings.overdue_applicant),
    )


def _jobs(settings: Settings, parts: _Parts) -> tuple[Job, ...]:
    """List the clock's jobs in the order in which they are done."""
    zone, policy = settings.desk_time_zone, parts.hand_over.policy
    store, shown, notices = parts.store, parts.shown, parts.notices
    daily = Daily(settings.digest_at, zone)
    return (
        parts.versions.informing,  # first: from the day on, nobody is reminded to send what is on the older version
        parts.reminding.remind,
        Keeping(parts.erasing, Daily(QUIET_AT, zone), policy),
        parts.tally.write,
        News(store, shown, notices).tell,
        Digest(store, shown, notices, daily).tell,
        Canary(store, shown, notices, daily, reminds(policy)).tell,
    )


def _service(settings: Settings, parts: _Parts) -> Service:
    """Build the service with the desk and whatever makes files."""
    views, policy, versions = parts.views, _desk_policy(settings), parts.versions
    rights = Rights(parts.erasing, views.texts, settings.legal_basis)
    reports = Reports(parts.store, parts.shown, parts.tally, settings.desk_time_zone)
    return Service(
        store=parts.store,
        issuer=parts.issuer,
        understanding=read_messages(
            views.texts, views.terms, policy.fields, views.dataset.id_prefix, reader_if_installed()
        ),
        views=views,
        notices=parts.notices,
        rights=rights,
        reminding=parts.reminding,
        makers={
            FileKind.PERSONAL_DATA: rights.file,
            FileKind.EMAIL: Drafts(parts.store, parts.hand_over).file,
            FileKind.CHANGES: versions.comparisons.make,
            **reports.makers,
        },
        desk=open_desk(parts.issuer, views, parts.roles, rights, policy, reports=reports, more=versions.handlers),
        tally=parts.tally,
    )


def seal_of(settings: Settings) -> Seal | None:
    """Return what certifies documents; None where they are not sealed. Raises ConfigError without la-bot[seal]."""
    if not (settings.seal_key and settings.seal_cert):
        return None
    if find_spec("pyhanko") is None:
        raise ConfigError("LA_BOT_SEAL_KEY is set: pip install 'la-bot[seal]'")
    return Seal(settings.seal_key.read_bytes(), settings.seal_cert.read_bytes())
