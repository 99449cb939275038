"""A CKAN site on loopback through the whole engine."""

from __future__ import annotations

import pytest

from ckanext.govshare.harvesters import ckan_api
from ckanext.govshare.harvesters.ckan_api import Api, oldest
from ckanext.govshare.harvesters.ckan_package import facts
from ckanext.govshare.harvesters.ckan_site import Site
from ckanext.govshare.harvesters.http import GuardedSession

from .ckan_site import CkanSite, package

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def ckan(source) -> CkanSite:
    running = CkanSite(5)
    source.answer = running.answer
    return running


@pytest.fixture
def point(source, make_point) -> str:
    return make_point(source.url.removesuffix("/data.json"), kind="ckan")


def test_data_sets_become_entries_and_a_second_run_writes_nothing(ckan, point, harvest, entries):
    run = harvest(point)
    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", 5, 0)
    entry = entries(point)[package(1)["id"]]
    assert (entry["title"], entry["open_type"], entry["profile"]) == ("第1号数据", "1", "federated")

    ckan.asked.clear()
    again = harvest(point)

    assert (again["counts"]["unchanged"], again["writes"]) == (5, 0)
    assert ["fl" in asked for asked in ckan.asked] == [True]


def test_only_what_changed_is_read_and_keeps_its_ids(ckan, point, harvest, entries):
    harvest(point)
    before = entries(point)
    ckan.shown = 0
    ckan.put(package(3, title="改了名的数据", metadata_modified="2026-03-05T08:00:00"))
    ckan.put(package(6))

    run = harvest(point)

    assert {name: run["counts"][name] for name in ("create", "update", "unchanged", "missing")} == {
        "create": 1, "update": 1, "unchanged": 4, "missing": 0}  # fmt: skip
    assert ckan.shown == 2
    after, guid = entries(point), package(3)["id"]
    assert after[guid]["title"] == "改了名的数据"
    assert (after[guid]["id"], after[guid]["name"]) == (before[guid]["id"], before[guid]["name"])
    assert after[guid]["resources"][0]["id"] == before[guid]["resources"][0]["id"]


def test_a_deleted_data_set_is_missing_and_comes_back_under_its_old_id(ckan, point, harvest, entries):
    harvest(point)
    before = entries(point)
    ckan.drop(5)

    gone = harvest(point)
    ckan.put(package(5))
    back = harvest(point)

    assert (gone["counts"]["missing"], gone["counts"]["unchanged"]) == (1, 4)
    assert (back["counts"]["reappear"], back["counts"]["missing"]) == (1, 0)
    assert entries(point)[package(5)["id"]]["id"] == before[package(5)["id"]]["id"]


def test_a_site_that_lost_everything_is_held(ckan, point, harvest, entries):
    harvest(point)
    ckan.packages.clear()

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("held", "empty_source")
    assert len(entries(point)) == 5


def test_a_preview_changes_nothing_that_the_next_run_relies_on(ckan, point, harvest):
    harvest(point)
    ckan.put(package(2, title="改了", metadata_modified="2026-03-05T08:00:00"))

    harvest(point, "govshare_harvest_plan")
    run = harvest(point)

    assert (run["counts"]["update"], run["counts"]["unchanged"]) == (1, 4)


def test_a_rejected_record_is_read_again_only_when_it_changes(ckan, point, harvest):
    ckan.put(package(1, open_type="2"))
    first = harvest(point)
    assert (first["counts"]["create"], first["counts"]["reject"]) == (4, 1)

    ckan.shown = 0
    again = harvest(point)
    ckan.put(package(1, open_type="2", open_condition="实名申请", metadata_modified="2026-03-05T08:00:00"))
    fixed = harvest(point)

    assert (again["counts"]["reject"], again["writes"]) == (1, 0)
    assert (fixed["counts"]["create"], fixed["counts"]["reject"], ckan.shown) == (1, 0, 1)


@pytest.mark.parametrize(
    ("body", "slug"),
    [(b"<html>maintenance</html>", "html_not_json"), (b'{"success": false, "error": {}}', "api_failed")],
)
def test_an_answer_that_is_none_fails_the_run_and_changes_nothing(ckan, point, harvest, entries, body, slug):
    harvest(point)
    ckan.says = lambda answer: body

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"], run["writes"]) == ("failed", slug, 0)
    assert len(entries(point)) == 5


def test_a_site_that_lets_nobody_in_is_a_named_failure(source, make_point, harvest):
    source.answer = lambda handler: handler.send_error(403)

    run = harvest(make_point(source.url, kind="ckan"))

    assert (run["state"], run["reason"]["slug"]) == ("failed", "http_status")
    assert "403" in run["reason"]["message_en"]


def test_a_real_ckan_understands_the_questions(source, app, make_entry, tmp_path, monkeypatch):
    """This site itself as the source: its search and its index answer what the kind asks."""
    made = {make_entry(title=f"城区公交站点信息{number}")["id"] for number in range(3)}

    def answer(handler):
        got = app.get(handler.path)
        handler.send_response(got.status_code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(got.data)))
        handler.end_headers()
        handler.wfile.write(got.data)

    source.answer = answer
    site = Site.of(source.url.removesuffix("/data.json"), {"organization": "jiaotong", "page": 2})
    api = Api(site, GuardedSession(allow_loopback=True), tmp_path)

    listed, whole = api.listing()
    by_id = {one["id"]: facts(one) for one in api.read(set(made), "")}
    with monkeypatch.context() as patched:
        patched.setattr(ckan_api, "FEW", 0)
        by_moment = {one["id"]: facts(one) for one in api.read(set(made), oldest(list(listed.values())))}

    assert (set(listed), whole) == (made, True)
    assert all(listed.values())
    assert by_id.keys() == made
    assert by_moment == by_id
    entry = next(iter(by_id.values()))
    assert (entry["share_type"], entry["open_type"], len(entry["info_items"])) == ("1", "1", 2)
