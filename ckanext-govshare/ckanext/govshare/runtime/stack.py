"""The servers of one home put together, and what is remembered about them between starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ckanext.govshare.runtime import credentials, ports
from ckanext.govshare.runtime.paths import Home, read_json, write_json
from ckanext.govshare.runtime.postgres import Databases, Postgres
from ckanext.govshare.runtime.processes import Runner, Service
from ckanext.govshare.runtime.solr import Solr
from ckanext.govshare.runtime.valkey import Valkey

NAMES = ("postgres", "valkey", "solr", "demo", "web", "worker", "timer")
"""All services, in the order of their start; they stop in the reverse order."""


class Setup:
    """`setup.json`: steps that are done, ports that were chosen.

    :param home: a prepared home
    """

    def __init__(self, home: Home):
        self._home = home
        self.values: dict[str, Any] = {"steps": {}, **read_json(home.setup)}

    def done(self, step: str, mark: str = "yes") -> bool:
        """Whether a step is done, with the same mark (a digest of what it depends on)."""
        return self.values["steps"].get(step, {}).get("mark") == mark

    def finish(self, step: str, mark: str = "yes") -> None:
        """Remember that a step is done."""
        self.values["steps"][step] = {"mark": mark, "at": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
        self.save()

    def port(self, name: str, preferred: int | None = None) -> int:
        """A port on loopback: the remembered one while it is free, else another, remembered."""
        chosen = ports.any_free(self.values.get(name) or preferred)
        if chosen != self.values.get(name):
            self.values[name] = chosen
            self.save()
        return chosen

    def save(self) -> None:
        """Write the file."""
        write_json(self._home.setup, self.values)


@dataclass(frozen=True)
class Servers:
    """PostgreSQL, Valkey and Solr of one home."""

    postgres: Postgres
    valkey: Valkey
    solr: Solr

    def services(self) -> list[Service]:
        """As services, in the order of their start."""
        return [self.postgres.service(), self.valkey.service(), self.solr.service()]


def servers(
    home: Home,
    solr_port: int,
    notice: Callable[[str], None],
    databases: Databases = Databases(),  # noqa: B008  frozen
    durable: bool = True,
) -> Servers:
    """Put the servers of a home together; nothing is started.

    :param home: a prepared home
    :param solr_port: port of Solr on 127.0.0.1
    :param notice: see `Postgres`
    :param databases: names of the databases
    :param durable: see `Postgres`
    """
    secrets = credentials.load(home)
    return Servers(
        Postgres(home, secrets, databases, notice, durable),
        Valkey(home, secrets),
        Solr(home, secrets, solr_port),
    )


def clear_leftovers(runner: Runner, say: Callable[[str], None]) -> None:
    """Stop what a killed supervisor left running, in the order of a proper stop."""
    for name in reversed(NAMES):
        if runner.pid(name):
            say(
                f"  · stopping {name}, left over from a start that was killed · 停止上次异常退出遗留的 {name}"
            )
            runner.stop(name)
        elif (runner.run / f"{name}.pid").exists():
            runner.kill_session(name)
            (runner.run / f"{name}.pid").unlink(missing_ok=True)
