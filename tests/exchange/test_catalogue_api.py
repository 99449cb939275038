"""Catalogue interfaces of departments, through the whole engine: increments, deletions, accounts, bad pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ckanext.govshare.kernel import clock

from .api_source import Catalogue, entry
from .server import Source

pytestmark = pytest.mark.usefixtures("site", "frozen")


@pytest.fixture
def catalogue(source: Source) -> Catalogue:
    made = Catalogue(source)
    made.as_of = clock.now().isoformat(timespec="seconds")
    made.entries = [entry(number) for number in range(1, 6)]
    return made


@pytest.fixture
def connect(make_point: Callable[..., str], catalogue: Catalogue) -> Callable[..., str]:
    def make(**settings: Any) -> str:
        return make_point(catalogue.base, kind="catalogue_api", settings={"page_size": 2} | settings)

    return make


def slugs(run: dict[str, Any]) -> set[str]:
    return {finding["slug"] for problem in run["problems"] for finding in problem["findings"]}


def test_entries_arrive_page_by_page_in_their_own_elements(catalogue, connect, harvest, entries):
    run = harvest(connect())

    assert (run["state"], run["counts"]["create"], slugs(run)) == ("done", 5, {"provider_uscc"})
    assert [asked.get("cursor") for asked in catalogue.asked] == [None, "2", "4"]
    stored = entries("jiaotong-catalogue")["e-3"]
    wanted = {name: value for name, value in entry(3).items() if name not in ("id", "tags", "resources")}
    assert {name: stored[name] for name in wanted} == wanted
    assert (stored["profile"], stored["source_guid"], stored["resource_code"][:9]) == ("national", "e-3", "307001004")
    assert stored["resources"][0]["url"] == "https://files.example.com/3.csv"


def test_an_unchanged_interface_is_asked_for_changes_and_writes_nothing(catalogue, connect, harvest):
    point = connect()
    harvest(point)
    catalogue.asked.clear()

    run = harvest(point)

    assert (run["counts"]["unchanged"], run["writes"]) == (5, 0)
    assert len(catalogue.asked) == 1
    assert "since" in catalogue.asked[0]


def test_an_increment_changes_what_it_names_and_misses_what_it_says_is_gone(catalogue, connect, harvest, entries):
    point = connect()
    harvest(point)
    before = entries(point)
    catalogue.entries[1] = entry(2, title="第2号公交线路时刻")
    del catalogue.entries[4]
    catalogue.changed, catalogue.deleted = ["e-2"], ["e-5", "never-seen"]

    run = harvest(point)

    counts = run["counts"]
    assert (run["state"], counts["update"], counts["missing"], counts["create"]) == ("done", 1, 1, 0)
    after = entries(point)
    assert (after["e-2"]["id"], after["e-2"]["title"]) == (before["e-2"]["id"], "第2号公交线路时刻")
    assert after["e-5"]["catalogue_state"] == "published"  # not at once


def test_after_a_week_everything_is_read_and_a_lost_deletion_is_found(catalogue, connect, harvest, frozen):
    point = connect()
    harvest(point)
    del catalogue.entries[4]
    assert harvest(point)["counts"]["missing"] == 0

    with clock.frozen(clock.now() + timedelta(days=7)):
        run = harvest(point)

    assert "since" not in catalogue.asked[-1]
    assert (run["counts"]["missing"], run["counts"]["unchanged"]) == (1, 4)


def test_a_deletion_of_most_entries_is_held(catalogue, connect, harvest):
    point = connect()
    harvest(point)
    catalogue.entries, catalogue.deleted = catalogue.entries[:1], ["e-2", "e-3", "e-4", "e-5"]

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("held", "shrunken_source")


def test_a_source_that_ignores_since_is_read_whole_and_loses_nothing(catalogue, connect, harvest):
    point = connect()
    harvest(point)
    catalogue.honours_since = False
    catalogue.entries[0] = entry(1, notes="第1号公交线路的站点，改线后的新站点已经列入。")

    run = harvest(point)

    assert (run["counts"]["update"], run["counts"]["unchanged"], run["counts"]["missing"]) == (1, 4, 0)


def test_an_entry_that_breaks_a_rule_is_refused_alone(catalogue, connect, harvest):
    catalogue.entries[0] = entry(1, update_cycle="每天", secret=True)
    catalogue.entries[1] = entry(2, id=None)

    run = harvest(connect())

    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", 3, 2)
    assert {"update_cycle", "secret", "identifier_missing"} <= slugs(run)


def test_codes_are_allotted_below_the_class_that_an_entry_names(catalogue, connect, harvest, entries):
    named = {"class_lei": "3", "class_xiang": "307", "class_mu": "307001"}
    catalogue.entries = [
        entry(1),
        entry(2, **named, class_ximu="307001005"),
        entry(3),
        entry(4, **named, resource_code="307001008/0042", class_ximu="307001008"),
        entry(5, **named, resource_code="307001008/0043", class_ximu="307001005"),
    ]
    point = connect()

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["reject"], slugs(run) >= {"code_shape"}) == (4, 1, True)
    codes = {guid: found["resource_code"] for guid, found in entries(point).items()}
    assert codes["e-4"] == "307001008/0042"
    assert [codes[guid].partition("/")[0] for guid in ("e-1", "e-2", "e-3")] == ["307001004", "307001005", "307001004"]

    catalogue.entries[0] = entry(1, **named, class_ximu="307001005")
    catalogue.changed = ["e-1"]
    again = harvest(point)
    assert (again["counts"]["reject"], again["counts"]["update"]) == (1, 0)  # another class wants the office's approval
    assert entries(point)["e-1"]["resource_code"] == codes["e-1"]


def test_the_token_of_the_configuration_lets_in(catalogue, connect, harvest, ckan_config, monkeypatch):
    catalogue.token = "very-secret"
    name = "ckanext.govshare.exchange.account.bus"
    monkeypatch.setitem(ckan_config, name, f"{catalogue.origin} X-Token: very-secret")
    run = harvest(connect(account="bus"))
    assert (run["state"], run["counts"]["create"]) == ("done", 5)


def test_a_wrong_token_fails_the_run_and_shows_nothing_of_it(catalogue, connect, harvest, ckan_config, monkeypatch):
    catalogue.token = "very-secret"
    name = "ckanext.govshare.exchange.account.bus"
    monkeypatch.setitem(ckan_config, name, f"{catalogue.origin} X-Token: another-secret")
    run = harvest(connect(account="bus"))
    assert (run["state"], run["reason"]["slug"]) == ("failed", "http_status")
    assert "another-secret" not in str(run)


def test_pages_without_end_fail_the_run_and_change_nothing(catalogue, connect, harvest, entries, monkeypatch):
    point = connect(full_days=0)
    harvest(point)
    before = entries(point)
    monkeypatch.setattr(catalogue, "_page", lambda asked: {"entries": [entry(9)], "next": "again"})

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"], run["writes"]) == ("failed", "paging_endless", 0)
    assert entries(point) == before


def test_settings_that_mean_nothing_are_refused_when_the_point_is_registered(connect):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError):
        connect(paging="offset")


def test_everybody_may_read_the_contract(app):
    answer = app.get("/exchange/catalogue-api.yaml")
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer.body.startswith("# The contract of the catalogue interface")
    assert "/exchange/catalogue-api.yaml" in app.get("/developers").body
