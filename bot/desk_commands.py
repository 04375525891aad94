"""Every command of the desk with its handler."""

from bot.desk import Desk
from bot.desk_views import DeskViews
from bot.looking import Looking
from bot.model import DeliveryAddress
from bot.naming import Naming
from bot.ports import Store
from bot.roles import Roles
from bot.views import Views


def open_desk(store: Store, views: Views, roles: Roles, channel: DeliveryAddress | None = None) -> Desk:
    """The desk, whole."""
    shown = DeskViews(views)
    handlers = {**Looking(store, shown).handlers, **Naming(roles, shown).handlers}
    return Desk(store, shown, views.dataset.id_prefix, roles, handlers, channel)
