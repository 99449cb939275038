"""A source through fetch, plan, guard and apply: every verdict, and what a second look writes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")


def test_new_records_become_published_entries_with_code_and_name(source, make_point, harvest, entries):
    source.put(records(3))
    point = make_point(source.url)

    run = harvest(point)

    assert run["state"] == "done"
    assert run["counts"] == {
        "create": 3,
        "update": 0,
        "unchanged": 0,
        "missing": 0,
        "suspend": 0,
        "reappear": 0,
        "reject": 0,
        "conflict": 0,
        "review": 0,
    }
    found = entries(point)
    assert sorted(entry["name"] for entry in found.values()) == [
        "307001004-0001",
        "307001004-0002",
        "307001004-0003",
    ]
    entry = found["rec-1"]
    assert (entry["title"], entry["catalogue_state"], entry["profile"]) == (
        "第1号数据",
        "published",
        "federated",
    )
    assert (entry["source_point"], entry["source_guid"]) == ("jiaotong-catalogue", "rec-1")


def test_entries_are_found_by_search_when_the_run_ends(source, make_point, harvest, ask):
    source.put(records(3))
    harvest(make_point(source.url))

    assert ask("package_search", {"q": "*:*"})["count"] == 3


def test_only_changed_records_are_updated_and_keep_id_address_and_resource_ids(
    source, make_point, harvest, entries
):
    source.put(records(5))
    point = make_point(source.url)
    harvest(point)
    before = entries(point)
    source.put([record(1, title="改了名的数据"), *records(4, start=2)])

    run = harvest(point)

    assert (run["counts"]["update"], run["counts"]["unchanged"]) == (1, 4)
    after = entries(point)
    assert after["rec-1"]["title"] == "改了名的数据"
    for guid, entry in before.items():
        assert after[guid]["id"] == entry["id"]
        assert after[guid]["name"] == entry["name"]
        assert [r["id"] for r in after[guid]["resources"]] == [r["id"] for r in entry["resources"]]


def test_another_order_of_keywords_and_records_is_no_change(source, make_point, harvest):
    source.put(records(3))
    point = make_point(source.url)
    harvest(point)
    source.put([record(n, keyword=[f"第{n}号", "数据"]) for n in (3, 1, 2)])

    run = harvest(point)

    assert (run["counts"]["unchanged"], run["writes"]) == (3, 0)


def test_a_missing_record_is_suspended_only_after_three_runs_and_seven_days(
    source, make_point, harvest, entries, frozen, ask
):
    source.put(records(10))
    point = make_point(source.url)
    start = datetime.fromisoformat("2026-03-01T08:00:00+08:00")
    with frozen(start):
        harvest(point)
    source.put(records(9))
    states = []
    for day in (1, 2, 3, 8):
        with frozen(start + timedelta(days=day)):
            run = harvest(point)
        states.append(
            (run["counts"]["missing"], run["counts"]["suspend"], entries(point)["rec-10"]["catalogue_state"])
        )
    with frozen(start + timedelta(days=9)):
        last = harvest(point)

    assert states == [(1, 0, "published"), (1, 0, "published"), (1, 0, "published"), (1, 1, "suspended")]
    assert (last["counts"]["missing"], last["writes"]) == (0, 0)
    anonymous = ask("package_search", {"q": "*:*"}, user="citizen")
    assert anonymous["count"] == 9


def test_a_suspended_record_reappears_under_its_old_id_and_address(
    source, make_point, harvest, entries, ckan_config, monkeypatch
):
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.missing_runs", 1)
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.missing_days", 0)
    source.put(records(10))
    point = make_point(source.url)
    harvest(point)
    before = entries(point)["rec-10"]
    source.put(records(9))
    gone = harvest(point)
    assert (gone["counts"]["missing"], gone["counts"]["suspend"]) == (1, 1)
    source.put(records(10))

    run = harvest(point)

    assert (run["counts"]["reappear"], run["counts"]["create"]) == (1, 0)
    after = entries(point)["rec-10"]
    assert (after["id"], after["name"], after["catalogue_state"]) == (
        before["id"],
        before["name"],
        "published",
    )


def test_a_record_against_a_rule_is_kept_with_its_findings_and_makes_no_entry(
    source, make_point, harvest, entries, ask
):
    bad = record(2, accessLevel="non-public", rights="")
    source.put([record(1), bad, record(3)])
    point = make_point(source.url)

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["reject"]) == (2, 1)
    assert [problem["guid"] for problem in run["problems"] if problem["verdict"] == "rejected"] == ["rec-2"]
    finding = next(
        f for p in run["problems"] if p["guid"] == "rec-2" for f in p["findings"] if f["severity"] == "refuse"
    )
    assert finding["field"] == "no_open_reason"
    assert finding["message"]
    assert "rec-2" not in entries(point)
    again = harvest(point)
    assert (again["counts"]["reject"], again["writes"]) == (1, 0)
    assert "rec-2" in [problem["guid"] for problem in again["problems"]]


def test_a_rejected_record_that_is_put_right_becomes_an_entry(source, make_point, harvest, entries):
    source.put([*records(5), record(6, accessLevel="non-public", rights="")])
    point = make_point(source.url)
    harvest(point)
    source.put([*records(5), record(6, accessLevel="non-public", rights="含个人信息，依法不予开放")])

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["reject"]) == (1, 0)
    assert "rec-6" in entries(point)


def test_a_rejected_record_that_leaves_the_source_is_forgotten(source, make_point, harvest, ask):
    source.put([*records(5), record(6, accessLevel="non-public", rights="")])
    point = make_point(source.url)
    harvest(point)
    source.put(records(5))

    run = harvest(point)

    assert run["counts"]["missing"] == 0
    assert ask("govshare_harvest_record_list", {"exchange_point": point})["count"] == 5


def test_of_two_records_with_one_guid_the_first_counts(source, make_point, harvest, entries):
    source.put([record(1), record(2), record(1, title="重复的")])
    point = make_point(source.url)

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["reject"]) == (2, 1)
    assert entries(point)["rec-1"]["title"] == "第1号数据"
    assert "identifier_duplicate" in [finding["slug"] for p in run["problems"] for finding in p["findings"]]
    assert harvest(point)["writes"] == 0


def test_a_guid_of_another_point_of_the_department_is_a_conflict(source, make_point, harvest, ask):
    source.put(records(3))
    harvest(make_point(source.url))
    second = make_point(source.url, name="second")

    run = harvest(second)

    assert (run["counts"]["conflict"], run["counts"]["create"]) == (3, 0)
    assert run["problems"][0]["findings"][0]["slug"] == "guid_of_other_point"
    again = harvest(second)
    assert (again["counts"]["conflict"], again["writes"]) == (3, 0)
    assert ask("package_search", {"q": "*:*"})["count"] == 3


def test_a_field_edited_by_hand_survives_the_next_change(source, make_point, harvest, entries, ask):
    source.put(records(5))
    point = make_point(source.url)
    harvest(point)
    entry = entries(point)["rec-1"]
    ask(
        "package_patch",
        {"id": entry["id"], "notes": "由人工改写的摘要", "contact_phone": "0000-1234567"},
        user="office",
    )
    source.put([record(1, title="新的名称", description="来源的新摘要"), *records(4, start=2)])

    harvest(point)

    after = entries(point)["rec-1"]
    assert (after["title"], after["notes"], after["contact_phone"]) == (
        "新的名称",
        "由人工改写的摘要",
        "0000-1234567",
    )
    ledger = ask("govshare_harvest_record_list", {"exchange_point": point})["results"]
    pins = {row["guid"]: row["pins"] for row in ledger}
    assert pins["rec-1"] == ["contact_phone", "notes"]
    assert pins["rec-2"] == []


def test_a_second_update_pins_nothing_that_nobody_edited(source, make_point, harvest, ask):
    source.put(records(3))
    point = make_point(source.url)
    harvest(point)
    for version in range(2):
        source.put([record(n, title=f"第{n}号数据 版本{version}", keyword=["甲", "乙"]) for n in (1, 2, 3)])
        harvest(point)

    assert [
        row["pins"] for row in ask("govshare_harvest_record_list", {"exchange_point": point})["results"]
    ] == [[], [], []]


def test_a_plan_changes_nothing_and_apply_takes_that_very_plan(source, make_point, harvest, ask):
    source.put(records(3))
    point = make_point(source.url)

    planned = harvest(point, "govshare_harvest_plan")

    assert (planned["state"], planned["counts"]["create"], planned["writes"]) == ("planned", 3, 0)
    assert ask("package_search", {"q": "*:*"})["count"] == 0
    source.put(records(4))
    ask("govshare_harvest_apply", {"id": planned["id"], "wait": True})
    applied = ask("govshare_harvest_run_show", {"id": planned["id"]})
    assert (applied["state"], applied["counts"]["create"]) == ("done", 3)


def test_a_plan_is_refused_when_another_run_was_applied_since(source, make_point, harvest, ask):
    import ckan.plugins.toolkit as tk

    source.put(records(3))
    point = make_point(source.url)
    planned = harvest(point, "govshare_harvest_plan")
    harvest(point)

    with pytest.raises(tk.ValidationError):
        ask("govshare_harvest_apply", {"id": planned["id"], "wait": True})


def test_records_of_old_plans_are_given_up_but_those_of_the_last_run(source, make_point, harvest, ask):
    from datetime import timedelta

    import sqlalchemy as sa
    from ckan import model

    from ckanext.govshare.exchange.model import RUN
    from ckanext.govshare.kernel import clock

    point = make_point(source.url)
    ids = []
    for number in (1, 2, 3):
        source.put([record(number) for number in range(1, number + 1)])
        ids.append(harvest(point)["id"])
    for place, days in enumerate((100, 95, 91)):
        ended = {"finished": clock.now() - timedelta(days=days)}
        model.Session.execute(sa.update(RUN).where(RUN.c.id == ids[place]).values(ended))
    model.Session.commit()

    forgotten = ask("govshare_exchange_due", {})["forgotten"]

    kept = [ask("govshare_harvest_record_list", {"run": run_id})["count"] for run_id in ids]
    counted = [ask("govshare_harvest_run_show", {"id": run_id})["counts"]["create"] for run_id in ids]
    assert (forgotten, kept, counted) == (2, [0, 0, 1], [1, 1, 1])
