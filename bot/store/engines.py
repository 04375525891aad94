"""The Store port (`bot.store.port.Store`) on TinyDB and on PostgreSQL."""

from pathlib import Path

from bot.model.errors import ConfigError
from bot.store.journal.store import TinyDBStore
from bot.store.port import Store


async def open_store(database_url: str, path: Path) -> Store:
    """The database at the URL, or where that is empty the journal at `path`.

    Raises ConfigError where PostgreSQL is asked for and its extra is not installed; StoreError, StoreLocked and
    StoreDamaged as the stores do.
    """
    if not database_url:
        store = TinyDBStore(path)
        store.warm()
        return store
    try:
        from bot.store.postgres.store import PostgresStore  # noqa: PLC0415 - an extra that few need
    except ImportError as error:
        raise ConfigError("DATABASE_URL is set, but not what it needs: pip install 'la-bot[postgres]'") from error
    return await PostgresStore.open(database_url)
