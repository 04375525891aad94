"""A person at the terminal, played: the whole core with the real words, in a fake world with a clock of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from adapters.cli.chat import PLATFORM, Console, Look
from bot.agreement.agreement import DATASETS, Dataset, load_dataset
from bot.app.config import read_settings
from bot.app.current_versions import ChangePolicy, Versions, open_versions
from bot.app.desk_commands import DeskPolicy, open_desk
from bot.app.service import Service
from bot.desk.reports import Reports
from bot.desk.views import DeskViews
from bot.document.issuer import Issuer
from bot.document.port import Renderer
from bot.form.validation import FieldPolicy
from bot.model.identity import Account, Role
from bot.model.message import FileKind
from bot.privacy.erasure import Erasing
from bot.privacy.retention import Retention
from bot.privacy.rights import Rights
from bot.reminders.job import Reminding
from bot.reminders.messages import Drafts, HandOver
from bot.reminders.policy import ReminderPolicy
from bot.reports.question_counts import Tally
from bot.request.request_id import new_request_id
from bot.staff.notices import Notices
from bot.staff.roles import Roles
from bot.store.port import Store
from bot.terms.port import Terms
from bot.texts.catalogue import ENGLISH, Texts, load_texts
from bot.texts.views import Views
from bot.understanding.interpreter import read_messages
from bot.understanding.reader import Reader
from bot.versions.announcement import Silence
from tests.fakes import FakeRenderer, FakeStore, FakeTerms

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOOK = Look(88, styled=False)


@cache
def dataset() -> Dataset:
    return load_dataset(DATASETS / "4dme")


@cache
def texts() -> Texts:
    settings = read_settings({})
    return load_texts(ENGLISH, dataset(), settings.shown(dataset().licensor, dataset().contact))


@dataclass
class World:
    """What outlives a restart: the store, the clock, the randomness."""

    store: Store = field(default_factory=FakeStore)
    renderer: Renderer = field(default_factory=FakeRenderer)
    terms: Terms = field(default_factory=lambda: FakeTerms(dataset().current))
    dataset: Dataset = field(default_factory=dataset)
    silence: Silence = Silence.STAYS
    staff: tuple[Account, ...] = ()
    roles: dict[Account, Role] = field(default_factory=dict)
    desk: DeskPolicy = field(default_factory=DeskPolicy)
    policy: FieldPolicy = field(default_factory=FieldPolicy)
    reader: Reader | None = None
    reminders: ReminderPolicy = field(default_factory=ReminderPolicy)
    retention: Retention = field(default_factory=lambda: Retention(30, 12, 24, 5))
    now: datetime = START
    random: Random = field(default_factory=lambda: Random(4))

    def service(self) -> Service:
        issuer = Issuer(
            self.dataset,
            self.renderer,
            self.store,
            lambda: new_request_id("4DME", self.random.randrange),
            lambda: self.now,
        )
        views, notices, versions = self.views(), self.notices(), self.versions()
        tally, shown = Tally(self.store), DeskViews(views, self.desk.zone)
        reports = Reports(self.store, shown, tally, self.desk.zone)
        roles = Roles(self.store, self.roles | dict.fromkeys(self.staff, Role.STAFF))
        erasing = Erasing(self.store, notices, self.retention, 30, roles, self.desk.channel)
        rights = Rights(erasing, views.texts, "")
        hand_over = HandOver(views, self.reminders)
        return Service(
            store=self.store,
            issuer=issuer,
            understanding=read_messages(views.texts, self.terms, self.policy, "4DME", self.reader),
            views=views,
            notices=notices,
            rights=rights,
            reminding=Reminding(self.store, hand_over, notices),
            makers={
                FileKind.PERSONAL_DATA: rights.file,
                FileKind.EMAIL: Drafts(self.store, hand_over).file,
                FileKind.CHANGES: versions.comparisons.make,
                **reports.makers,
            },
            desk=open_desk(issuer, views, roles, rights, self.desk, reports=reports, more=versions.handlers),
            tally=tally,
        )

    def views(self) -> Views:
        return Views(replace(texts(), dataset=self.dataset), self.terms, self.dataset)

    def notices(self) -> Notices:
        return Notices(self.views(), self.staff, self.desk.channel)

    def versions(self) -> Versions:
        policy = ChangePolicy(silence=self.silence)
        return open_versions(self.store, self.notices(), self.renderer, policy)


@dataclass
class Talk:
    """One person's chat as text: every line that is said, and what the terminal shows."""

    world: World
    folder: Path
    name: str = "anna"
    heard: list[str] = field(default_factory=list)

    async def play(self, lines: Iterator[str] | list[str]) -> str:
        """Say the lines, one after the other, and return all that was shown from here on."""
        start, script = len(self.heard), iter(lines)

        async def ask() -> str | None:
            line = next(script, None)
            if line is not None:
                self.world.now += timedelta(minutes=1)
                self.heard.append(f"\n> {line}")
            return line

        account = Account(PLATFORM, "", self.name)
        await Console(self.world.service(), account, self.folder, LOOK, ask, self.heard.append).chat()
        return "\n".join(self.heard[start:]).replace(str(self.folder.resolve()), "…") + "\n"


def as_on(platform: str, terminal: str) -> str:
    """What was shown at a terminal, with what holds of another platform alone in place of what holds of this one."""
    views = World().views()
    for text in ("cleared.", "erase.chat_"):
        here = r"\s+".join(map(re.escape, views.plain(f"{text}terminal").split()))
        terminal = re.sub(here, views.plain(f"{text}{platform}"), terminal)
    return terminal
