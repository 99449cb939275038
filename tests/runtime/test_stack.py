"""The whole stack as an operator meets it: first start, killed services, a killed supervisor, the end."""

from __future__ import annotations

import configparser
import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from ckanext.govshare.runtime import ports
from ckanext.govshare.runtime.paths import Home, read_json
from ckanext.govshare.runtime.processes import identity, session_members

CONSOLE = [sys.executable, "-m", "ckanext.govshare.runtime.console"]
SERVICES = {"postgres", "valkey", "solr", "web", "worker", "timer"}


class Portal:
    """A site of its own, driven by the console."""

    def __init__(self, root: Path):
        self.home = Home(root)
        self.port = ports.any_free()

    def run(self, *words: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        command, *more = words
        environ = {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}
        return subprocess.run(
            [*CONSOLE, command, "--home", str(self.home.root), *more],
            capture_output=True, text=True, encoding="utf-8", check=False, timeout=seconds, env=environ,
        )  # fmt: skip

    def up(self) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--detach", "--no-demo", "--port", str(self.port))

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def pids(self) -> dict[str, int]:
        return {name: entry["pid"] for name, entry in self.status()["services"].items()}

    def page(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.status

    def until_ready(self, seconds: float = 90) -> None:
        limit = time.monotonic() + seconds
        while not self.status()["ready"]:
            assert time.monotonic() < limit, self.status()
            time.sleep(0.5)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    made = Portal(tmp_path_factory.mktemp("portal") / ".govshare")
    done = made.up()
    assert done.returncode == 0, done.stdout + done.stderr
    made.first = done.stdout
    yield made
    made.run("down")


def test_the_first_start_ends_with_address_and_log_in(portal):
    account = read_json(portal.home.admin)
    assert set(account) == {"url", "name", "password", "token"}
    assert account["url"] == f"http://127.0.0.1:{portal.port}"
    for word in (account["url"], account["name"], account["password"], "Ready", "已就绪"):
        assert word in portal.first
    assert account["token"] not in portal.first


def test_all_services_run_and_pages_answer(portal):
    state = portal.status()
    assert state["ready"] is True
    assert set(state["services"]) == SERVICES
    assert portal.page("/dataset") == 200
    assert portal.page("/user/login") == 200


def test_the_account_is_operator_and_member_of_the_office(portal):
    account = read_json(portal.home.admin)
    request = urllib.request.Request(
        f"{account['url']}/api/3/action/organization_list_for_user?permission=read",
        headers={"Authorization": account["token"]},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert [found["name"] for found in json.load(answer)["result"]] == ["office"]


def test_nothing_listens_beyond_loopback(portal):
    ours = set()
    for leader in portal.pids().values():
        ours |= set(session_members(leader))
    inodes = set()
    for pid in ours:
        with suppress(OSError):  # it may have ended meanwhile
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                inodes.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.append(fields[1].partition(":")[0])
    assert len(found) >= 2
    assert set(found) <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_secrets_are_closed_while_it_runs(portal):
    for path in (portal.home.admin, portal.home.secrets, portal.home.ini, portal.home.local_ini):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(portal.home.root.stat().st_mode) & 0o007 == 0


def test_a_second_up_says_that_it_runs(portal):
    before = portal.pids()
    done = portal.run("up", "--no-demo")
    assert done.returncode == 0
    assert "already running" in done.stdout
    assert portal.pids() == before


def test_ckan_commands_run_and_their_exit_code_is_ours(portal):
    shown = portal.run("ckan", "user", "show", "admin")
    assert shown.returncode == 0, shown.stderr
    assert "admin" in shown.stdout
    assert portal.run("ckan", "no-such-command").returncode == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE govshare_event SET payload = '{}'",
        "DELETE FROM govshare_event",
        "TRUNCATE govshare_event",
        "ALTER TABLE govshare_event DISABLE TRIGGER USER",
        "DROP TABLE govshare_event",
        "DROP FUNCTION govshare_event_chain() CASCADE",
        "DROP SCHEMA govshare_audit CASCADE",
        "SET ROLE govshare_audit",
    ],
)
def test_the_application_cannot_touch_the_record_of_events(portal, statement):
    settings = configparser.RawConfigParser()
    settings.read(portal.home.root / "ckan.ini", encoding="utf-8")
    engine = sa.create_engine(settings["app:main"]["sqlalchemy.url"], poolclass=sa.pool.NullPool)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied|must be owner"), engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_the_record_of_events_began_with_the_site_and_is_intact(portal):
    answer = json.loads(portal.run("ckan", "govshare", "audit", "verify").stdout)
    assert answer["intact"]
    assert answer["count"] > 0


def test_the_doctor_finds_no_failure(portal):
    done = portal.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "ICP备案号" in done.stdout


def test_killed_services_come_back(portal):
    before = portal.pids()
    for name in ("postgres", "worker"):
        os.kill(before[name], signal.SIGKILL)
    time.sleep(2)
    portal.until_ready()
    after = portal.pids()
    assert after["postgres"] != before["postgres"]
    assert after["worker"] != before["worker"]
    assert portal.page("/dataset") == 200


def test_after_a_killed_supervisor_the_next_start_clears_up(portal):
    before = portal.pids()
    os.kill(portal.status()["supervisor"], signal.SIGKILL)
    time.sleep(1)
    state = portal.status()
    assert state["ready"] is False
    assert {entry["state"] for entry in state["services"].values()} == {"orphaned"}
    begun = time.monotonic()
    done = portal.up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - begun < 120
    assert "left over from a start that was killed" in done.stdout
    assert not set(portal.pids().values()) & set(before.values())
    assert portal.page("/dataset") == 200


def test_down_leaves_no_process(portal):
    before = portal.pids()
    assert portal.run("down").returncode == 0
    assert not [pid for pid in before.values() if identity(pid)]
    assert not list(portal.home.run.glob("*.pid"))
    assert portal.status()["phase"] == "stopped"
