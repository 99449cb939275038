"""Servers for the tests: the same real PostgreSQL, Valkey and Solr, in a home of their own.

    python -m ckanext.govshare.runtime.testing exec -- pytest …

starts them, runs the command with CKAN's addresses in its environment, and stops them. Servers that run
already are used and left running. `start` and `stop` as sub-commands keep them between runs.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ckanext.govshare.runtime import ckan, ini, jars, stack
from ckanext.govshare.runtime.paths import Home
from ckanext.govshare.runtime.postgres import Databases
from ckanext.govshare.runtime.problems import Problem
from ckanext.govshare.runtime.processes import Runner

DATABASES = Databases("ckan_test", "datastore_test")
SERVERS = ("postgres", "valkey", "solr")
ENVIRONMENT = {
    "sqlalchemy.url": "CKAN_SQLALCHEMY_URL",
    "ckan.datastore.write_url": "CKAN_DATASTORE_WRITE_URL",
    "ckan.datastore.read_url": "CKAN_DATASTORE_READ_URL",
    "ckan.redis.url": "CKAN_REDIS_URL",
    "solr_url": "CKAN_SOLR_URL",
    "solr_user": "CKAN_SOLR_USER",
    "solr_password": "CKAN_SOLR_PASSWORD",
}
"""CKAN reads these variables over its ini file (`ckan.config.environment.CONFIG_FROM_ENV_VARS`)."""


def default_home() -> Path:
    """`GOVSHARE_TEST_HOME`, else `.govshare/test` below the working directory."""
    return Path(os.environ.get("GOVSHARE_TEST_HOME") or Path.cwd() / ".govshare" / "test").absolute()


def start(home: Path | None = None) -> dict[str, str]:
    """Start the servers of the tests, or find them running.

    :param home: folder of their state
    :returns: environment variables for the tests: addresses of the servers, and where libmagic is
    :raises Problem: a server does not start
    """
    place = _prepared(home or default_home())
    with _one_at_a_time(place):
        setup = stack.Setup(place)
        runner = Runner(place.run, place.logs)
        running = all(runner.pid(name) for name in SERVERS)
        if not running:
            _stop(runner)
        port = setup.values["solr_port"] if running else setup.port("solr_port")
        servers = stack.servers(place, port, print, DATABASES, durable=False)
        if not running:
            jars.install(servers.solr.jar_folder())
            for service in servers.services():
                runner.start(service)
        for service in servers.services():
            runner.wait_ready(service)
        if not running:
            servers.postgres.make_databases()
            servers.postgres.make_datastore_permissions()
    settings = ini.server_settings(servers.postgres, servers.valkey, servers.solr)
    (place.root / "storage").mkdir(exist_ok=True)
    return {
        **{variable: settings[key] for key, variable in ENVIRONMENT.items()},
        "CKAN_STORAGE_PATH": str(place.root / "storage"),
        **ckan.magic_environment(),
    }


def is_running(home: Path | None = None) -> bool:
    """Whether all servers of the tests run."""
    place = Home(home or default_home())
    return place.run.is_dir() and all(Runner(place.run, place.logs).pid(name) for name in SERVERS)


def stop(home: Path | None = None) -> None:
    """Stop the servers of the tests; their databases stay."""
    place = Home(home or default_home())
    if place.run.is_dir():
        with _one_at_a_time(place):
            _stop(Runner(place.run, place.logs))


def _stop(runner: Runner) -> None:
    for name in reversed(SERVERS):
        runner.stop(name)


def _prepared(path: Path) -> Home:
    home = Home(path.absolute())
    home.prepare()
    return home


@contextmanager
def _one_at_a_time(home: Home) -> Iterator[None]:
    handle = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def run(command: list[str]) -> int:
    """Run a command with the servers up.

    :returns: its exit code
    """
    kept = is_running()
    try:
        environment = start()
        return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        return 130
    finally:
        if not kept:
            stop()


def main(arguments: list[str]) -> int:
    """`exec -- COMMAND…`, `start` (prints the variables for a shell) or `stop`."""
    match arguments:
        case ["exec", "--", *command] if command:
            return run(command)
        case ["start"]:
            for name, value in start().items():
                print(f"export {name}={shlex.quote(value)}")
        case ["stop"]:
            stop()
        case _:
            print("usage: testing exec -- COMMAND … | start | stop", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.code)
