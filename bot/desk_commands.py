"""Every command of the desk with its handler."""

from types import MappingProxyType

from bot.desk import Desk, Handlers
from bot.desk_views import DeskViews
from bot.looking import Looking
from bot.model import DeliveryAddress
from bot.naming import Naming
from bot.ports import Store
from bot.roles import Roles
from bot.views import Views


def open_desk(
    store: Store,
    views: Views,
    roles: Roles,
    channel: DeliveryAddress | None = None,
    more: Handlers = MappingProxyType({}),
) -> Desk:
    """The desk, whole; `more`: handlers that are built elsewhere."""
    shown = DeskViews(views)
    handlers = {**Looking(store, shown).handlers, **Naming(roles, shown).handlers, **more}
    return Desk(store, shown, views.dataset.id_prefix, roles, handlers, channel)
