"""Every command of the desk with its handler."""

from datetime import UTC, tzinfo
from types import MappingProxyType

from bot.desk import Desk, Handlers
from bot.desk_views import DeskViews
from bot.looking import Looking
from bot.model import DeliveryAddress
from bot.naming import Naming
from bot.ports import Store
from bot.roles import Roles
from bot.search import PATIENCE, Patience
from bot.views import Views


def open_desk(  # noqa: PLR0913 - what its handlers need besides
    store: Store,
    views: Views,
    roles: Roles,
    channel: DeliveryAddress | None = None,
    *,
    zone: tzinfo = UTC,
    patience: Patience = PATIENCE,
    more: Handlers = MappingProxyType({}),
) -> Desk:
    """The desk, whole. Its days are those of `zone`; `patience` says what is overdue; `more`: handlers built before."""
    shown = DeskViews(views)
    handlers = {**Looking(store, shown, zone, patience).handlers, **Naming(roles, shown).handlers, **more}
    return Desk(store, shown, views.dataset.id_prefix, roles, handlers, channel)
