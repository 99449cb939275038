"""The rival's home: a virtual environment from its lock file, a database and a Solr core with CKAN's own schema."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path

import psycopg2
import requests

from ckanext.govshare.runtime import install, stack, testing
from ckanext.govshare.runtime.paths import Home
from ckanext.govshare.runtime.postgres import OWNER, SUPERUSER, Closing, Databases
from ckanext.govshare.runtime.processes import Runner
from ckanext.govshare.runtime.solr import USER

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOCK = HERE / "rival.lock"
DATABASES = Databases("rival", "rival_datastore")
CORE = "rival"


class Rival:
    """ckanext-harvest and ckanext-dcat on the servers of the tests."""

    def __init__(self) -> None:
        self.home = Home(testing.default_home())
        port = stack.Setup(self.home).values["solr_port"]
        self.servers = stack.servers(self.home, port, print, DATABASES, durable=False)
        self.environment = self.home.root / "rival"

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    @cached_property
    def variables(self) -> dict[str, str]:
        """Environment of its processes: the tests' servers, its own database and core."""
        return {
            **os.environ,
            "CKAN_SQLALCHEMY_URL": self.servers.postgres.url(OWNER, DATABASES.main),
            "CKAN_SOLR_URL": self.servers.solr.url.rpartition("/")[0] + f"/{CORE}",
            "CKAN_STORAGE_PATH": str(self.home.root / "tmp" / "rival-storage"),
        }

    def install(self) -> None:
        """Make its virtual environment from the lock file, hashes checked; a second time takes no time."""
        stamp, wanted = self.environment / "installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        shutil.rmtree(self.environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.environment)], check=True)
        told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True)
        command = ["pip", "sync", "-q", "--python", str(self.python), "--require-hashes"]
        subprocess.run(
            [_uv(), *command, "--build-constraints", str(ROOT / install.BUILD_LOCK), str(LOCK)],
            env=install.uv_environment(told.stdout, dict(os.environ)),
            check=True,
        )
        stamp.write_text(wanted, encoding="ascii")

    def empty(self) -> None:
        """A new database with its tables, an empty core."""
        postgres = self.servers.postgres
        with (
            Closing(psycopg2.connect(postgres.url(SUPERUSER, "postgres"))) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASES.main} WITH (FORCE)")
        postgres.make_databases()
        self._make_core()
        self.call("ckan", "-c", str(HERE / "rival.ini"), "db", "upgrade")

    def _make_core(self) -> None:
        """The same server and the same settings of commits as ours; the schema that CKAN ships."""
        solr = self.servers.solr
        ask = requests.Session()
        ask.auth = (USER, solr.secrets["solr"])
        admin = solr.url.rpartition("/")[0] + "/admin/cores"
        status = ask.get(admin, params={"action": "STATUS", "core": CORE}, timeout=60).json()["status"][CORE]
        if not status:
            folder = solr.folder / CORE
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(solr.folder / "ckan" / "conf", folder / "conf")
            (schema,) = self.environment.glob("lib/python*/site-packages/ckan/config/solr/schema.xml")
            shutil.copyfile(schema, folder / "conf" / "schema.xml")
            made = ask.get(admin, params={"action": "CREATE", "name": CORE, "instanceDir": CORE}, timeout=60)
            made.raise_for_status()
        ask.post(
            f"{self.variables['CKAN_SOLR_URL']}/update?commit=true",
            json={"delete": {"query": "*:*"}},
            timeout=60,
        ).raise_for_status()

    def servers_cpu(self) -> float:
        """Processor seconds that PostgreSQL, with its backends, and Solr have used since they started."""
        runner = Runner(self.home.run, self.home.logs)
        tops = {runner.pid(name) for name in ("postgres", "solr")}
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue  # ended meanwhile: its parent has its time
            own, ended = map(int, fields[11:13]), map(int, fields[13:15])
            if int(stat.parent.name) in tops:
                ticks += sum(own) + sum(ended)
            elif int(fields[1]) in tops:
                ticks += sum(own)
        return ticks / os.sysconf("SC_CLK_TCK")

    def solr_version(self) -> str:
        """Version of the Solr that both use."""
        solr = self.servers.solr
        about = solr.url.rpartition("/")[0] + "/admin/info/system"
        found = requests.get(about, auth=(USER, solr.secrets["solr"]), timeout=60).json()
        return found["lucene"]["solr-spec-version"]

    def versions(self, *packages: str) -> dict[str, str]:
        """Versions of packages of its environment."""
        code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
        return dict(zip(packages, self.call("python", "-c", code, *packages).split(), strict=True))

    def script(self, what: str, *arguments: str) -> str:
        """Run `rival.py`."""
        return self.call("python", str(HERE / "rival.py"), str(HERE / "rival.ini"), what, *arguments)

    def call(self, program: str, *arguments: str) -> str:
        """Run a program of its environment; answers what it printed."""
        command = [str(self.environment / "bin" / program), *arguments]
        done = subprocess.run(command, env=self.variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else "uv"
