"""``ckan govshare exchange``: commands on runs, with --json and without, and how they exit."""

from __future__ import annotations

import json

import pytest

from .server import record, records

pytestmark = pytest.mark.usefixtures("site", "loopback")


@pytest.fixture
def command(cli):
    from ckanext.govshare.exchange.cli import exchange

    return lambda *arguments: cli.invoke(exchange, list(arguments))


@pytest.fixture
def answer(command):
    def run(*arguments):
        done = command(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    return run


@pytest.fixture
def point(source, make_point, harvest):
    source.put(records(3))
    harvest(make_point(source.url))
    return "jiaotong-catalogue"


def test_a_plan_shows_its_differences_and_is_applied(source, point, answer, command):
    source.put([record(1, title="第1号数据（新）"), *records(3, 2)])

    planned = answer("plan", point, "--diff")
    told = command("plan", point, "--diff").output

    assert planned["state"] == "planned"
    update = next(row for row in planned["records"] if row["guid"] == "rec-1")
    assert [(row["field"], row["after"]) for row in update["diff"]] == [("title", "第1号数据（新）")]
    assert "第1号数据 -> 第1号数据（新）" in told
    assert answer("apply", planned["id"])["state"] == "done"


def test_runs_records_and_problems_are_listed(source, point, answer, command):
    source.put([*records(3), record(4, accessLevel="non-public", rights="")])
    run = answer("run", point)

    assert answer("show", run["id"])["counts"]["reject"] == 1
    assert {row["guid"] for row in answer("records", run["id"], "--count", "unchanged")["results"]} == {
        "rec-1", "rec-2", "rec-3",
    }  # fmt: skip
    found = answer("problems", run["id"])
    assert [row["guid"] for row in found["results"] if row["verdict"] == "rejected"] == ["rec-4"]
    assert found["groups"][0]["severity"] == "refuse"
    assert "rec-4" in command("records", run["id"], "--count", "reject").output
    assert found["groups"][0]["slug"] in command("problems", run["id"]).output
    assert run["id"] in command("runs", point).output


def test_one_record_is_shown_with_its_difference(source, point, answer, command):
    source.put([record(1, title="第1号数据（新）"), *records(1, 2)])
    run = answer("plan", point)

    assert answer("records", run["id"], "--guid", "rec-1")["diff"][0]["field"] == "title"
    assert "missing in 1 of" in command("records", run["id"], "--guid", "rec-3").output


def test_a_held_run_is_confirmed_in_the_name_of_a_person_once(source, point, answer, command):
    source.put([])
    held = answer("run", point)
    assert held["state"] == "held"

    assert command("confirm", held["id"], "--user", "officer").exit_code == 1
    confirmed = answer("confirm", held["id"], "--user", "reviewer")
    again = command("confirm", held["id"], "--user", "office")

    assert (confirmed["state"], confirmed["confirmed_by"]) == ("done", "reviewer")
    assert again.exit_code == 1
    assert "Traceback" not in again.output


def test_a_plan_is_dropped(source, point, answer, command):
    source.put(records(4))
    planned = answer("plan", point)

    assert answer("cancel", planned["id"])["state"] == "cancelled"
    assert command("cancel", planned["id"]).exit_code == 1


@pytest.mark.parametrize("name", ["show", "records", "problems", "apply", "confirm", "cancel"])
def test_an_unknown_run_is_an_error_without_traceback(city, command, name):
    done = command(name, "nothing")

    assert done.exit_code == 1
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", ["show", "records", "problems", "apply", "confirm", "cancel"])
def test_a_stranger_may_do_none_of_it(source, point, answer, command, name):
    run = answer("runs", point)[0]["id"]

    assert command(name, run, "--user", "neighbour").exit_code == 1
