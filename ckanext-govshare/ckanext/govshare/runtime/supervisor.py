"""`govshare up`: set up what is missing, start the services in order, keep them alive, stop them all.

Every step of the set-up may be repeated; what is done is remembered in `setup.json`, so that a start goes on
where one was interrupted. A service that dies is started again, at most `RESTARTS` times in `WINDOW_SECONDS`.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ckanext.govshare.runtime import ckan, ini, jars, ports, stack, status
from ckanext.govshare.runtime.paths import Home, read_json, write_json
from ckanext.govshare.runtime.problems import Problem, disk_full, from_os_error
from ckanext.govshare.runtime.processes import Runner, Service, identity
from ckanext.govshare.runtime.screen import Screen

DEFAULT_PORT = 5000
ADMIN = "admin"
RESTARTS = 5
WINDOW_SECONDS = 120.0
POLL_SECONDS = 0.5
FIRST_BYTES = 500_000_000
"""Free space that a first set-up wants."""
TIGHT_BYTES = 64_000_000
"""Below this a failure is one of the disk, whatever its own words are."""


class Stop(BaseException):  # noqa: N818  not an error: somebody asked to stop
    """Ctrl-C, SIGTERM or a closed terminal."""


@dataclass
class Watched:
    """A service and what the supervisor knows about it."""

    service: Service
    state: str = "starting"
    pid: int | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS + 1))
    next_try: float = 0.0


class Supervisor:
    """One run of the stack, from the first step to the last stop.

    :param home: where its state lives
    :param screen: where progress goes
    :param port: port of the web process, None for the one of last time (5000 at first)
    :param demo: False: no demo city, and no demo sources on a site that has them
    """

    def __init__(self, home: Home, screen: Screen, port: int | None = None, demo: bool = True):
        self.home = home
        self.screen = screen
        self.runner = Runner(home.run, home.logs)
        self.watched: dict[str, Watched] = {}
        self.asked_port = port
        self.asked_demo = demo
        self.phase = "starting"
        self.message = ""
        self.url = ""

    def run(self) -> int:
        """Do it all; returns when somebody stops it.

        :returns: exit code
        :raises Problem: a step failed; everything that was started is stopped again
        """
        try:
            self.home.prepare()
        except OSError as error:
            raise from_os_error(error) from error
        with status.locked(self.home):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _raise_stop)
            try:
                self._start()
                self._watch()
            except Stop:
                self.screen.line("\nStopping · 正在停止 …")
            except OSError as error:
                raise from_os_error(error) from error
            except Problem as problem:
                if shutil.disk_usage(self.home.root).free < TIGHT_BYTES:  # then all else follows from it
                    raise disk_full(f" ({self.home.root})") from problem
                raise
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                self._stop()
        self.screen.line("Stopped · 已停止")
        return 0

    # -- start

    def _start(self) -> None:
        begun = time.monotonic()
        home, screen = self.home, self.screen
        screen.line(f"govshare · {home.root}")
        self._report()
        stack.clear_leftovers(self.runner, screen.line)
        ini.read_local(home)  # a mistake in it is said before anything is started
        setup = stack.Setup(home)
        setup.values.setdefault("demo", self.asked_demo and ckan.has_demo())
        if not setup.done("first") and shutil.disk_usage(home.root).free < FIRST_BYTES:
            raise disk_full(f" ({home.root}: {FIRST_BYTES / 1e6:.0f} MB)")
        port = self.asked_port or setup.values.get("port") or DEFAULT_PORT
        ports.demand(port)
        setup.values["port"] = port
        setup.save()
        demo = bool(setup.values["demo"]) and self.asked_demo
        site = ini.Site(port, setup.port("demo_port") if demo else None)
        self.url = site.url
        self._jars()
        servers = stack.servers(home, setup.port("solr_port"), screen.line)
        with screen.step("PostgreSQL · Valkey · Solr"):
            for service in servers.services():
                self._launch(service)
            self._await("postgres", "valkey")
            servers.postgres.make_databases()
        held = ini.write(home, ini.settings(home, servers.postgres.secrets, site, ini.server_settings(
            servers.postgres, servers.valkey, servers.solr)))  # fmt: skip
        mark = ckan.fingerprint(held["ckan.plugins"])
        if not setup.done("schema", mark):
            with screen.step("database tables · 建立数据库结构"):
                ckan.migrate(home)
                servers.postgres.make_datastore_permissions()
            setup.finish("schema", mark)
        if not (setup.done("account", mark) and home.admin.exists()):
            self._await("solr")
            with screen.step("administrator and office · 建立管理员账号与主管部门"):
                self._make_account(servers, site)
            setup.finish("account", mark)
        made_by = servers.solr.fingerprint()
        if setup.done("first") and not setup.done("index", made_by):
            self._await("solr")
            with screen.step("search index, made anew · 重建检索索引"):
                ckan.run(home, "search index", [ckan.script("ckan"), "govshare", "catalogue", "index", "--all"])
        setup.finish("index", made_by)
        if site.demo_port:
            self._launch(ckan.demo(home, site.demo_port))
        with screen.step("web pages · 启动网站"):
            self._launch(ckan.web(home, port))
            self._await("solr", "web")
        with screen.step("background jobs · 启动后台任务"):
            self._launch(ckan.worker(home, lambda: servers.valkey.has_worker(self.watched["worker"].pid)))
            self._launch(ckan.timer(home))
            self._await("worker", "timer", *(["demo"] if site.demo_port else []))
        if site.demo_port and not setup.done("demo"):
            self._seed(setup)
        write_json(home.admin, {**read_json(home.admin), "url": site.url})
        if not setup.done("first"):
            setup.finish("first")
        self.phase = "ready"
        self._report()
        self._summary(time.monotonic() - begun)

    def _jars(self) -> None:
        folder = stack.Solr.jar_folder()
        if jars.is_complete(folder):
            return
        with self.screen.step("Solr: about 90 MB, each file checked · 下载 Solr 组件（校验哈希）"):
            jars.install(folder, self._jar_progress)

    def _jar_progress(self, done: int, total: int) -> None:
        if done % 40 == 0 or done == total:
            self.screen.line(f"      {done}/{total}")

    def _make_account(self, servers: stack.Servers, site: ini.Site) -> None:
        password = servers.postgres.secrets["admin"]
        known = read_json(self.home.admin).get("token")
        answer = ckan.account(self.home, ADMIN, password, known)
        if answer["audit_sql"]:
            servers.postgres.script(answer["audit_sql"], servers.postgres.databases.main)
        write_json(
            self.home.admin, {"url": site.url, "name": ADMIN, "password": password, "token": answer["token"]}
        )

    def _seed(self, setup: stack.Setup) -> None:
        """Fill the demo city. Its failure leaves the site running; the next start tries again."""
        try:
            with self.screen.step("demo city · 演示市数据"):
                ckan.run(
                    self.home, "demo city", [ckan.script("ckan"), "govshare", "seed-demo", "--user", ADMIN],
                    lambda line: self.screen.line(f"      {line}"),
                )  # fmt: skip
        except Problem as problem:
            self.message = "demo-failed"
            self.screen.line(f"\n{problem}\n")
            self.screen.line(
                "The site runs without the whole demo; the next start tries again. · "
                "演示数据未完整导入，网站照常运行，下次启动将重试。"
            )
        else:
            setup.finish("demo")

    def _launch(self, service: Service) -> None:
        watched = self.watched[service.name] = Watched(service)
        watched.pid = self.runner.start(service)
        self._report()

    def _await(self, *names: str) -> None:
        for name in names:
            watched = self.watched[name]
            if watched.state != "running":
                self.runner.wait_ready(watched.service)
                watched.state = "running"
                self._report()

    def _summary(self, seconds: float) -> None:
        account = read_json(self.home.admin)
        say = self.screen.line
        say()
        say(f"  Ready in {seconds:.0f} s · 已就绪")
        say(f"  网址 Address    {self.url}")
        say(f"  账号 Log-in     {account.get('name')}   密码 Password  {account.get('password')}")
        say(f"  设置 Settings   {self.home.local_ini}")
        say("  停止 Stop       Ctrl-C / govshare down")
        say()

    # -- while it runs

    def _watch(self) -> None:
        while True:
            time.sleep(POLL_SECONDS)
            for watched in self.watched.values():
                self._look(watched)

    def _look(self, watched: Watched) -> None:
        name, now = watched.service.name, time.monotonic()
        if watched.state == "failed":
            return
        if watched.state == "waiting":
            if now >= watched.next_try:
                watched.pid = self.runner.start(watched.service)
                watched.state = "starting"
                self._report()
            return
        if self.runner.exited(name):
            self._died(watched, now)
        elif watched.state == "starting" and watched.service.ready():
            watched.state = "running"
            self.screen.line(f"  {name} runs again · {name} 已恢复")
            self._report()

    def _died(self, watched: Watched, now: float) -> None:
        name = watched.service.name
        watched.deaths.append(now)
        recent = [moment for moment in watched.deaths if now - moment < WINDOW_SECONDS]
        watched.pid = None
        if len(recent) > RESTARTS:
            watched.state = "failed"
            self.message = f"{name} failed"
            self.screen.line(
                f"  {name} died {len(recent)} times in {WINDOW_SECONDS:.0f} s and is left alone; see "
                f"{self.runner.log_path(name)}, then `govshare down` and `govshare up` · "
                f"{name} 反复退出，已停止重试，请查看日志"
            )
        else:
            watched.state = "waiting"
            watched.next_try = now + min(2 ** (len(recent) - 1) - 1, 15)
            self.screen.line(
                f"  {name} ended unexpectedly and is started again · {name} 意外退出，正在重新启动"
            )
        self._report()

    # -- end

    def _stop(self) -> None:
        self.phase = "stopping"
        self._try_report()
        for watched in reversed(list(self.watched.values())):
            service = watched.service
            self.runner.stop(service.name, service.stop_signal, service.stop_seconds)
            watched.state, watched.pid = "stopped", None
        self.phase = "stopped"
        self._try_report()

    def _report(self) -> None:
        write_json(self.home.state, self._state())

    def _try_report(self) -> None:
        """Report while stopping: a full disk must not keep anything running."""
        try:
            self._report()
        except OSError as error:
            self.screen.line(str(from_os_error(error)))

    def _state(self) -> dict[str, Any]:
        return {
            "supervisor": {"pid": os.getpid(), "identity": identity(os.getpid())},
            "phase": self.phase,
            "url": self.url,
            "message": self.message,
            "services": {
                name: {"state": watched.state, "pid": watched.pid, "address": watched.service.address}
                for name, watched in self.watched.items()
            },
        }


def _raise_stop(number: int, frame: object) -> None:
    """Turn the first signal into an exception; later ones change nothing."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise Stop
