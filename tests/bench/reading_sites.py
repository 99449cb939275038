"""Two sites with the same entries on the servers of the tests: govshare, and CKAN as it comes ("stock").

Each has a database, a Solr core, a number of Valkey and an ini file of its own. What was filled once stays in the
home of the tests' servers (``GOVSHARE_TEST_HOME``) until the code that it follows from changes.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ckan
import psycopg2
import redis
import requests

from ckanext.govshare.runtime import ckan as programs
from ckanext.govshare.runtime import credentials, ini, ports, stack, testing
from ckanext.govshare.runtime.paths import PACKAGE, SOLR_FILES, Home
from ckanext.govshare.runtime.postgres import SUPERUSER, Closing, Databases
from ckanext.govshare.runtime.solr import USER

HERE = Path(__file__).parent
OURS, STOCK = "govshare", "stock"
NUMBERS = {OURS: 6, STOCK: 7}  # of Valkey's databases
# What rows and index documents follow from: changed, they are made again.
MADE_FROM = (
    *(HERE / name for name in ("reading_city.py", "reading_fill.py", "reading_rows.py")),
    *(PACKAGE / name for name in ("catalogue", "migration", "solr/conf", "roles.py")),
    HERE.parents[1] / "schemas",
)
QUIET = """
[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = ERROR
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


@dataclass(frozen=True)
class Served:
    """A web server that answers.

    :param port: on 127.0.0.1
    :param pid: of gunicorn's own process; its one child does the work
    """

    port: int
    pid: int

    def cpu(self) -> float:
        """Processor seconds of its processes since they started."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue  # ended meanwhile
            if int(stat.parent.name) == self.pid or int(fields[1]) == self.pid:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Site:
    """One side with so many entries.

    :param side: ``govshare`` or ``stock``
    :param count: entries
    """

    side: str
    count: int

    @property
    def name(self) -> str:
        return f"reading_{self.side}_{self.count}"

    @property
    def databases(self) -> Databases:
        return Databases(self.name, f"{self.name}_datastore")

    @cached_property
    def home(self) -> Home:
        return Home(testing.default_home())

    @cached_property
    def servers(self) -> stack.Servers:
        port = stack.Setup(self.home).values["solr_port"]
        return stack.servers(self.home, port, print, self.databases, durable=False)

    @property
    def folder(self) -> Path:
        return self.home.root / "reading" / f"{self.side}-{self.count}"

    def settings(self, port: int) -> dict[str, str]:
        """What `govshare up` would write, or the least that CKAN wants; addresses and language are the same."""
        found = ini.server_settings(self.servers.postgres, self.servers.valkey, self.servers.solr)
        found["solr_url"] = found["solr_url"].rpartition("/")[0] + f"/{self.name}"
        found["ckan.redis.url"] = found["ckan.redis.url"].replace("?db=0", f"?db={NUMBERS[self.side]}")
        site = ini.Site(port)
        whole = ini.settings(self.home, credentials.load(self.home), site, found)
        if self.side == STOCK:
            kept = (
                *found,
                "use",
                "SECRET_KEY",
                "WTF_CSRF_SECRET_KEY",
                "ckan.site_url",
                "ckan.locale_default",
            )
            whole = {key: whole[key] for key in kept} | {
                "ckan.plugins": "datastore",
                "api_token.jwt.encode.secret": whole["api_token.jwt.encode.secret"],
                "api_token.jwt.decode.secret": whole["api_token.jwt.decode.secret"],
            }
        return whole | {
            "ckan.site_id": self.name,
            "ckan.storage_path": str(self.folder / "storage"),
            "ckan.webassets.path": str(self.folder / "webassets"),
        }

    def ini(self, port: int = 80, **more: str) -> Path:
        """Write the ini file of a process that listens on a port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        parser = configparser.RawConfigParser()
        parser.optionxform = str
        parser["app:main"] = self.settings(port) | {
            key.replace("__", "."): text for key, text in more.items()
        }
        path = self.folder / f"{port}.ini"
        with path.open("w", encoding="utf-8") as file:
            parser.write(file)
            file.write(QUIET)
        return path

    def environment(self, path: Path) -> dict[str, str]:
        """Environment of a process with an ini file: no address of the tests' own databases."""
        return {**programs.environment(self.home), "CKAN_INI": str(path)}

    def fill(self, say: Any) -> None:
        """Make database and index with their entries, unless they are there as the code wants them."""
        stamp, wanted = self.folder / "filled", self._digest()
        there = stamp.exists() and (
            stamp.read_text(encoding="ascii") == wanted or os.environ.get("REFILL") == "no"
        )
        self._core(new=not there)
        if there:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self._database()
        path = self.ini()
        started = time.perf_counter()
        self._run(path, [programs.script("ckan"), "-c", str(path), "db", "upgrade"])
        self._script(path, "rows", str(self.count))
        rows = time.perf_counter() - started
        parts = range(os.cpu_count() or 1) if self.count >= 1000 else range(1)
        children = [self._begin(path, "index", str(self.count), str(part), str(len(parts))) for part in parts]
        for child in children:
            out, _nothing = child.communicate()
            assert child.returncode == 0, out[-4000:]
        self._script(path, "finish", str(self.count))
        whole = time.perf_counter() - started
        say(f"{self.side}: {self.count:,} entries in {whole:.0f} s, rows {rows:.0f} s\n")
        stamp.write_text(wanted, encoding="ascii")

    def _digest(self) -> str:
        found = hashlib.sha256(f"{ckan.__version__} {self.count}".encode())
        for path in MADE_FROM:
            for file in sorted(path.rglob("*") if path.is_dir() else [path]):
                if file.suffix in (".py", ".yaml", ".xml", ".txt", ".json") and file.is_file():
                    found.update(file.read_bytes())
        return found.hexdigest()

    def _database(self) -> None:
        postgres = self.servers.postgres
        connection = psycopg2.connect(postgres.url(SUPERUSER, "postgres"))
        with Closing(connection), connection.cursor() as cursor:
            for name in (self.databases.main, self.databases.datastore):
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        postgres.make_databases()
        postgres.make_datastore_permissions()

    def _core(self, new: bool) -> None:
        """The core of the site, loaded: our schema or CKAN's own, the same settings of the server."""
        solr = self.servers.solr
        folder = solr.folder / self.name
        if not _loaded(self.name, solr):
            if new:
                for old in (folder, solr.folder / "data" / self.name):
                    shutil.rmtree(old, ignore_errors=True)
                shutil.copytree(SOLR_FILES / "conf", folder / "conf")
                if self.side == STOCK:
                    schema = Path(ckan.__file__).parent / "config" / "solr" / "schema.xml"
                    shutil.copyfile(schema, folder / "conf" / "schema.xml")
                    for name in (
                        "protwords.txt",
                        "synonyms.txt",
                    ):  # named by CKAN's schema; Solr's have no word
                        (folder / "conf" / name).write_text("", encoding="utf-8")
            _cores(solr, action="CREATE", name=self.name, instanceDir=self.name)
        elif new:
            self.unload(delete=True)
            self._core(new)

    def unload(self, delete: bool = False) -> None:
        """Take the core out of the server; its index stays, unless it is to go too."""
        gone = {"deleteInstanceDir": "true", "deleteDataDir": "true"} if delete else {}
        _cores(self.servers.solr, action="UNLOAD", core=self.name, **gone)

    def _begin(self, path: Path, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "reading_fill.py"), str(path), self.side, *arguments]
        return subprocess.Popen(
            command, env=self.environment(path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def _script(self, path: Path, *arguments: str) -> str:
        child = self._begin(path, *arguments)
        out, _nothing = child.communicate()
        assert child.returncode == 0, out[-4000:]
        return out

    def _run(self, path: Path, command: Iterable[str]) -> None:
        done = subprocess.run(list(command), env=self.environment(path), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]

    def forget_pages(self) -> None:
        """Empty its part of Valkey."""
        with redis.Redis.from_url(self.settings(80)["ckan.redis.url"]) as client:
            client.flushdb()

    @contextmanager
    def serving(self, **more: str) -> Iterator[Served]:
        """Serve it as the project does, with one process.

        :param more: settings, with ``__`` for the dots of their names
        """
        port = ports.any_free()
        path = self.ini(port, **more)
        service = programs.web(self.home, port)
        command = list(service.command)
        command[command.index("--workers") + 1] = "1"
        log = path.with_suffix(".log")
        with log.open("wb") as said:
            child = subprocess.Popen(
                command, env=self.environment(path), stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
            try:
                until = time.monotonic() + service.ready_seconds
                while not service.ready():
                    assert child.poll() is None, log.read_text(encoding="utf-8")[-4000:]
                    assert time.monotonic() < until
                    time.sleep(0.2)
                yield Served(port, child.pid)
            finally:
                child.terminate()
                child.wait(30)


def _cores(solr: Any, **wanted: str) -> dict[str, Any]:
    address = solr.url.rpartition("/")[0] + "/admin/cores"
    answer = requests.get(address, params=wanted, auth=(USER, solr.secrets["solr"]), timeout=300)
    answer.raise_for_status()
    return answer.json()


def _loaded(core: str, solr: Any) -> bool:
    return bool(_cores(solr, action="STATUS", core=core)["status"][core])
