"""Every command of the desk with its handler."""

from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from types import MappingProxyType

from bot.desk.decisions import Moves
from bot.desk.desk import Desk, Handlers
from bot.desk.home import DeskHome
from bot.desk.listing import Looking
from bot.desk.privacy import OnBehalf
from bot.desk.registration import Registering
from bot.desk.reports import Reports
from bot.desk.search import PATIENCE, Patience
from bot.desk.team import Naming
from bot.desk.views import DeskViews
from bot.document.issuer import Issuer
from bot.form.validation import FieldPolicy
from bot.model.identity import DeliveryAddress
from bot.privacy.rights import Rights
from bot.reports.question_counts import Tally
from bot.staff.roles import Roles
from bot.texts.decisions import Told
from bot.texts.views import Views


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """What the settings say of the desk. Its days are those of `zone`; `patience` says what is overdue.

    `delivery`: where the data come from, told with an approval.
    """

    channel: DeliveryAddress | None = None
    undo_after: timedelta = timedelta(minutes=2)
    delivery: str = ""
    fields: FieldPolicy = field(default_factory=FieldPolicy)
    zone: tzinfo = UTC
    patience: Patience = PATIENCE


def open_desk(  # noqa: PLR0913 - what the handlers need
    issuer: Issuer,
    views: Views,
    roles: Roles,
    rights: Rights,
    policy: DeskPolicy,
    *,
    reports: Reports | None = None,
    more: Handlers = MappingProxyType({}),
) -> Desk:
    """The desk, whole. `reports` where its files are made elsewhere too; `more`: handlers that were built before."""
    store, shown, dataset = issuer.store, DeskViews(views, policy.zone), views.dataset
    looking = Looking(store, shown, policy.zone, policy.patience)
    rooms = (
        looking,
        Moves(store, shown, Told(views, policy.delivery), dataset, policy.undo_after),
        Registering(store, issuer, policy.fields),
        reports or Reports(store, shown, Tally(store), policy.zone),
        Naming(roles, shown),
        OnBehalf(rights, shown),
    )
    handlers = {name: handler for room in rooms for name, handler in room.handlers.items()} | dict(more)
    return Desk(store, shown, dataset.id_prefix, roles, handlers, DeskHome(roles, looking).sight, policy.channel)
