"""``ckan govshare exchange``: what the commands print and how they exit."""

from __future__ import annotations

import json

import pytest

from .server import records

pytestmark = pytest.mark.usefixtures("site", "loopback")


@pytest.fixture
def command(cli):
    from ckanext.govshare.exchange.cli import exchange

    def run(*arguments: str):
        return cli.invoke(exchange, list(arguments))

    return run


def options(url: str) -> list[str]:
    return [
        "add", "--name", "jiaotong", "--title", "交通局目录", "--organization", "jiaotong",
        "--kind", "data_json", "--url", url, "--network", "互联网", "--default-class", "307001004",
        "--share-type", "2",
        "--share-scope", "全市政务部门", "--share-condition", "按需申请", "--publish", "auto",
        "--setting", "note=甲", "--setting", "limit=5",
    ]  # fmt: skip


def test_register_accept_plan_run_and_list(city, source, command):
    source.put(records(3))

    added = json.loads(command(*options(source.url), "--json").output)
    assert added["state"] == "registered"
    assert json.loads(command("review", "jiaotong", "--json").output)["state"] == "reviewed"
    assert json.loads(command("assess", "jiaotong", "--json").output)["state"] == "checked"
    assert json.loads(command("accept", "jiaotong", "--json").output)["state"] == "accepted"
    planned = json.loads(command("plan", "jiaotong", "--json").output)
    assert (planned["state"], planned["counts"]["create"]) == ("planned", 3)
    done = command("run", "jiaotong", "--json")
    first = json.loads(done.output)
    assert (done.exit_code, first["state"], first["counts"]["create"]) == (0, "done", 3)
    assert json.loads(command("run", "jiaotong", "--json").output)["writes"] == 0
    (point,) = json.loads(command("list", "--json").output)
    assert (point["name"], point["settings"]) == ("jiaotong", {"note": "甲", "limit": 5})
    assert [run["state"] for run in json.loads(command("runs", "jiaotong", "--json").output)] == [
        "done", "done", "planned",
    ]  # fmt: skip
    assert "交通局目录" in command("list").output


def test_a_failed_run_exits_with_1_and_says_why(city, source, command):
    source.body = b"<html></html>"
    command(*options(source.url))
    for step in ("review", "assess", "accept"):
        command(step, "jiaotong")

    done = command("run", "jiaotong", "--json")

    assert done.exit_code == 1
    assert json.loads(done.output)["state"] == "failed"
    assert "failed" in command("run", "jiaotong").output


@pytest.mark.parametrize("arguments", [["run", "nothing"], ["accept", "nothing"], ["runs", "nothing"]])
def test_an_unknown_point_is_an_error_without_traceback(city, command, arguments):
    done = command(*arguments)
    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_a_point_that_is_not_accepted_is_an_error(city, source, command):
    command(*options(source.url))
    assert command("run", "jiaotong", "--json").exit_code == 1


def test_commands_in_the_name_of_a_person_ask_that_person_s_rights(city, source, command):
    assert command(*options(source.url), "--user", "citizen").exit_code == 1
    assert command(*options(source.url), "--user", "officer").exit_code == 0
    for step in ("review", "assess", "accept"):
        assert command(step, "jiaotong", "--user", "officer").exit_code == 1
        assert command(step, "jiaotong", "--user", "operator").exit_code == 1
        assert command(step, "jiaotong", "--user", "office").exit_code == 0


def test_steps_are_refused_with_a_reason_and_papers_attached(city, source, command, tmp_path):
    command(*options(source.url))
    report = tmp_path / "测评报告.pdf"
    report.write_bytes(b"%PDF-1.7")

    assert command("test", "jiaotong").exit_code == 1
    assert command("review", "jiaotong", "--refuse").exit_code == 1
    refused = json.loads(command("review", "jiaotong", "--refuse", "--opinion", "地址不符", "--json").output)
    assert refused["state"] == "registered"
    assert json.loads(command("update", "jiaotong", "--schedule", "daily@02:30", "--json").output)["returned"] is None
    assert json.loads(command("attach", "jiaotong", str(report), "--json").output)["filename"] == "测评报告.pdf"
    command("review", "jiaotong")
    source.put(records(2))
    assert json.loads(command("test", "jiaotong", "--json").output)["ok"] is True
    assert json.loads(command("suspend", "jiaotong", "--json").output)["state"] == "suspended"
    assert json.loads(command("suspend", "jiaotong", "--undo", "--json").output)["state"] == "registered"
    assert json.loads(command("old-links", "--json").output)["counts"]["open"] == 0
    assert "0 of 0" in command("coverage").output
