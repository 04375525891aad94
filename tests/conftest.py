"""What several test modules share. Hypothesis times nothing here: a slow machine is no counterexample."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import settings

from bot.store.encryption import use_keys
from bot.store.postgres.schema import migrate
from tests.postgres import Server
from tests.store_values import KEY

settings.register_profile("la-bot", deadline=None)
settings.load_profile("la-bot")


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    """Keys are the process's: no test leaves any to the next one."""
    yield
    use_keys(())


@pytest.fixture
def encrypted() -> None:
    """What holds persons is written encrypted."""
    use_keys([KEY])


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this run's own. Where none can be started, tests fail: they do not skip."""
    server = Server()
    yield server
    server.remove()


@pytest.fixture
def database(postgres: Server) -> str:
    """The URL of an empty store in it."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrate(postgres.url)
    return postgres.url
