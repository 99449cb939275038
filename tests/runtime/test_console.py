"""The words of the command `govshare` and what it answers to wrong ones."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ckanext.govshare.runtime import console
from ckanext.govshare.runtime.paths import Home, write_json
from ckanext.govshare.runtime.processes import identity


def test_only_the_commands_of_the_design_exist():
    assert set(console.COMMANDS) == {"up", "status", "down", "reset", "doctor", "ckan"}


def test_up_takes_its_four_options():
    asked = console.parser().parse_args(["up", "--detach", "--port", "5001", "--home", "x", "--no-demo"])
    assert (asked.detach, asked.port, asked.home, asked.no_demo) == (True, 5001, "x", True)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web", "5000.5"])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit) as stop:
        console.parser().parse_args(["up", "--port", port])
    assert stop.value.code == 2
    assert "port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "ours", "theirs"),
    [
        (["ckan", "user", "list", "--help"], ["ckan"], ["user", "list", "--help"]),
        (["ckan", "--help"], ["ckan"], ["--help"]),
        (["ckan", "--home", "x", "db", "upgrade"], ["ckan", "--home", "x"], ["db", "upgrade"]),
        (["ckan", "--home=x", "db"], ["ckan", "--home=x"], ["db"]),
        (["up", "--detach"], ["up", "--detach"], []),
    ],
)
def test_all_words_after_ckan_are_its_own(given, ours, theirs):
    assert console.split_ckan(given) == (ours, theirs)


def test_ckan_before_the_first_start_says_what_to_do(tmp_path, capsys):
    assert console.main(["ckan", "--home", str(tmp_path / "none"), "user", "list"]) == 1
    said = capsys.readouterr().err
    assert "govshare up" in said
    assert "请先启动" in said


def test_status_of_nothing_is_not_ready(tmp_path, capsys):
    assert console.main(["status", "--json", "--home", str(tmp_path / "none")]) == 3
    state = json.loads(capsys.readouterr().out)
    assert state["ready"] is False
    assert state["services"] == {}
    assert state["phase"] == "stopped"


def test_status_names_services_pids_and_addresses(tmp_path, capsys):
    home = Home(tmp_path / "h")
    home.prepare()
    me = {"pid": os.getpid(), "identity": identity(os.getpid())}
    write_json(home.run / "web.pid", me)
    services = {
        "web": {"state": "running", "pid": os.getpid(), "address": "http://127.0.0.1:5198"},
        "worker": {"state": "running", "pid": 4_000_000, "address": "queue default"},
    }
    told = {"supervisor": me, "phase": "ready", "url": "http://127.0.0.1:5198", "services": services}
    write_json(home.state, told)
    assert console.main(["status", "--json", "--home", str(home.root)]) == 3
    state = json.loads(capsys.readouterr().out)
    assert state["services"]["web"] == {
        "state": "running", "pid": os.getpid(), "address": "http://127.0.0.1:5198",
    }  # fmt: skip
    assert state["services"]["worker"]["state"] == "died"
    assert state["ready"] is False


def test_down_with_nothing_running_is_no_failure(tmp_path):
    assert console.main(["down", "--home", str(tmp_path / "none")]) == 0


def test_reset_without_yes_deletes_nothing(tmp_path, capsys):
    home = Home(tmp_path / "h")
    home.prepare()
    write_json(home.setup, {"steps": {}})
    assert console.main(["reset", "--home", str(home.root)]) == 2
    assert home.setup.exists()
    assert "--yes" in capsys.readouterr().err


def test_reset_keeps_the_operators_settings(tmp_path):
    home = Home(tmp_path / "h")
    home.prepare()
    write_json(home.setup, {"steps": {}})
    home.local_ini.write_text("[app:main]\n", encoding="utf-8")
    assert console.main(["reset", "--yes", "--home", str(home.root)]) == 0
    assert [path.name for path in home.root.iterdir()] == ["local.ini"]


def test_reset_refuses_a_folder_that_is_not_ours(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert console.main(["reset", "--yes", "--home", str(tmp_path)]) == 2
    assert (tmp_path / "thesis.txt").exists()
    assert "nothing was deleted" in capsys.readouterr().err


def test_a_taken_port_is_said_with_a_free_one_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("up", "--port", str(port), "--no-demo", "--home", str(tmp_path / "h"))
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr
    assert "govshare up --port" in done.stderr
    assert "已被其他程序占用" in done.stderr
    assert not list((tmp_path / "h" / "run").glob("*.pid"))


def test_a_mistake_in_local_ini_is_said_with_its_place(tmp_path):
    home = Home(tmp_path / "h")
    home.prepare()
    home.local_ini.write_text("[app:main]\nno equals sign here\n", encoding="utf-8")
    done = run("up", "--port", "5197", "--no-demo", "--home", str(home.root))
    assert done.returncode == 1
    assert "local.ini is not a valid ini file" in done.stderr
    assert "no equals sign" in done.stderr


def test_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("up", "--port", "5197", "--no-demo", "--home", str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "file") in done.stderr


def test_a_second_up_names_the_running_site(tmp_path, capsys):
    home = Home(tmp_path / "h")
    home.prepare()
    me = {"pid": os.getpid(), "identity": identity(os.getpid())}
    told = {"supervisor": me, "phase": "ready", "url": "http://127.0.0.1:5198", "services": {}}
    write_json(home.state, told)
    assert console.main(["up", "--home", str(home.root)]) == 0
    assert "already running (ready) · 已在运行：http://127.0.0.1:5198" in capsys.readouterr().out
    assert console.main(["up", "--port", "5199", "--home", str(home.root)]) == 1


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ckanext.govshare.runtime.console", *words],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, cwd=Path("/"),
    )  # fmt: skip
