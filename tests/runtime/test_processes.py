"""Pid files that never lie, stale ones of killed servers, stopping what a killed supervisor left."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from ckanext.govshare.runtime import credentials, postgres, stack
from ckanext.govshare.runtime.paths import Home, read_json, write_json
from ckanext.govshare.runtime.problems import Problem
from ckanext.govshare.runtime.processes import Runner, Service, identity, session_members

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = [
    sys.executable, "-c",
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('born', flush=True); time.sleep(60)",
]  # fmt: skip


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "h")
    made.prepare()
    return made


@pytest.fixture
def runner(home):
    made = Runner(home.run, home.logs)
    yield made
    for name in list(made.children):
        made.stop(name, seconds=1)


def service(name="web", command=SLEEP, **more):
    more.setdefault("ready", lambda: True)
    return Service(name=name, title=name, command=command, address="", environ=dict(os.environ), **more)


def test_a_service_is_started_once(runner):
    pid = runner.start(service())
    assert runner.start(service()) == pid
    assert runner.pid("web") == pid


def test_a_stopped_service_leaves_no_pid_file(runner, home):
    runner.start(service())
    runner.stop("web")
    assert runner.pid("web") is None
    assert not (home.run / "web.pid").exists()


def test_a_reused_pid_is_not_taken_for_the_service(runner, home):
    write_json(home.run / "web.pid", {"pid": os.getpid(), "identity": "another-boot:1:2"})
    assert runner.pid("web") is None
    runner.stop("web")  # would have killed this test
    assert identity(os.getpid())


def test_what_a_killed_service_left_is_killed(runner):
    pid = runner.start(service(command=PARENT))
    until(lambda: "born" in runner.tail("web"))
    os.kill(pid, signal.SIGKILL)
    runner.children["web"].wait()
    assert session_members(pid)
    runner.stop("web")
    assert not session_members(pid)


def test_leftovers_of_a_killed_supervisor_are_stopped(home, runner):
    pid = runner.start(service(name="worker"))
    said = []
    stack.clear_leftovers(Runner(home.run, home.logs), said.append)
    runner.children["worker"].wait()
    assert identity(pid) is None
    assert "worker" in said[0]


def test_a_service_that_ends_is_a_problem_with_its_last_words(runner):
    command = [sys.executable, "-c", "print('no such luck')"]
    failing = service(command=command, ready=lambda: False)
    runner.start(failing)
    with pytest.raises(Problem, match="no such luck") as caught:
        runner.wait_ready(failing)
    assert caught.value.slug == "service-failed"


def test_a_full_disk_is_recognised_in_the_log(runner):
    command = [sys.executable, "-c", "print('FATAL: could not write: No space left on device')"]
    failing = service(command=command, ready=lambda: False)
    runner.start(failing)
    with pytest.raises(Problem) as caught:
        runner.wait_ready(failing)
    assert caught.value.slug == "disk-full"
    assert "磁盘空间已满" in caught.value.chinese


def test_the_pid_file_of_a_killed_postgres_is_cleared(home):
    made = postgres.Postgres(home, credentials.load(home))
    made.data.mkdir(parents=True)
    pid_file = made.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n", encoding="utf-8")  # the number is a living stranger's now
    made._clear_stale()
    assert not pid_file.exists()


def test_setup_remembers_its_steps_and_ports(home):
    setup = stack.Setup(home)
    setup.finish("schema", "mark-1")
    port = setup.port("solr_port")
    again = stack.Setup(home)
    assert again.done("schema", "mark-1")
    assert not again.done("schema", "mark-2")
    assert again.port("solr_port") == port


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_half_written_memory_is_an_empty_one(home, content):
    home.setup.write_text(content, encoding="utf-8")
    assert read_json(home.setup) == {}
    assert stack.Setup(home).values == {"steps": {}}


def until(holds, seconds=10.0):
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)
