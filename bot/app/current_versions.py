"""Everything about a change of the LA, put together: announcing, telling, the desk's commands, the PDFs."""

from dataclasses import dataclass

from bot.agreement.agreement import Dataset
from bot.desk.announcing import DeskAnnouncing
from bot.desk.desk import Handlers
from bot.desk.versions import DeskVersions
from bot.document.port import Renderer
from bot.staff.notices import Notices
from bot.store.port import Store
from bot.texts.catalogue import ENGLISH, quotes_used
from bot.versions.announcement import Silence
from bot.versions.announcements import Announcing
from bot.versions.folder_check import findings
from bot.versions.job import Comparisons, Informing
from bot.versions.messages import ChangeViews


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """The licensor's practice, by the settings: how long beforehand users are told, and what no answer means."""

    notice_days: int = 30
    silence: Silence = Silence.STAYS


@dataclass(frozen=True, slots=True)
class Versions:
    """`informing` is a job of the clock, `comparisons` makes files, `announced` and `desk` have commands."""

    announcing: Announcing
    views: ChangeViews
    informing: Informing
    comparisons: Comparisons
    announced: DeskAnnouncing
    desk: DeskVersions

    @property
    def handlers(self) -> Handlers:
        """Of the desk's commands, by their names."""
        return {**self.announced.handlers, **self.desk.handlers}


def open_versions(
    store: Store, notices: Notices, renderer: Renderer, policy: ChangePolicy = ChangePolicy()
) -> Versions:
    """All of it, for one dataset."""
    dataset = notices.views.dataset
    announcing = Announcing(store, dataset, lambda version: _wrong_with(dataset, version), policy.notice_days)
    views = ChangeViews(notices.views, policy.silence)
    informing = Informing(announcing, views, notices)
    comparisons = Comparisons(dataset, renderer, announcing)
    announced, desk = DeskAnnouncing(announcing, views), DeskVersions(announcing, views, informing)
    return Versions(announcing, views, informing, comparisons, announced, desk)


def _wrong_with(dataset: Dataset, version: str) -> list[str]:
    return [str(finding) for finding in findings(dataset.agreements[version].folder, quotes_used(ENGLISH))]
