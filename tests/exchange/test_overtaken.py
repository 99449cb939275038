"""A plan that was right when it was made, and no longer is when it is applied."""

from __future__ import annotations

import pytest

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")


def planned(ask, point: str) -> str:
    return ask("govshare_harvest_plan", {"exchange_point": point, "wait": True})["run_id"]


def applied(ask, run_id: str) -> dict:
    ask("govshare_harvest_apply", {"id": run_id, "wait": True})
    return ask("govshare_harvest_run_show", {"id": run_id})


def test_a_title_that_was_taken_since_rejects_the_record_alone(source, make_point, make_entry, ask):
    source.put(records(5))
    run_id = planned(ask, make_point(source.url))
    make_entry(title="第3号数据")

    run = applied(ask, run_id)

    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", 4, 1)
    refused = next(problem for problem in run["problems"] if problem["verdict"] == "rejected")
    assert refused["guid"] == "rec-3"
    assert [found["slug"] for found in refused["findings"] if found["severity"] == "refuse"] == ["title_taken"]


def test_a_record_that_was_overtaken_is_looked_at_again_in_the_next_run(
    source, make_point, make_entry, harvest, ask
):
    source.put(records(3))
    point = make_point(source.url)
    run_id = planned(ask, point)
    taken = make_entry(title="第2号数据")
    applied(ask, run_id)
    ask("govshare_catalogue_withdraw", {"id": taken["id"], "reason": "并入他处"}, "office")

    run = harvest(point)

    assert (run["counts"]["create"], run["counts"]["unchanged"], run["counts"]["reject"]) == (1, 2, 0)


def test_an_identifier_that_another_point_brought_since_is_a_conflict(source, make_point, harvest, ask):
    address = "https://data.example/dataset/7"
    source.put([record(1), record(7, identifier=address)])
    run_id = planned(ask, make_point(source.url))
    source.put([record(8, identifier=address)])
    harvest(make_point(source.url + "?other", name="other-point", title="另一节点"))

    run = applied(ask, run_id)

    assert (run["state"], run["counts"]["create"], run["counts"]["conflict"]) == ("done", 1, 1)
    problem = next(found for found in run["problems"] if found["guid"] == address)
    assert problem["verdict"] == "conflict"
    assert "另一节点" in problem["findings"][-1]["message"]
    assert ask("package_search", {})["count"] == 2


@pytest.mark.parametrize("act", ["suspend", "change"])
def test_a_plan_of_a_point_that_is_no_longer_what_the_office_accepted_is_not_applied(
    source, make_point, ask, act
):
    import ckan.plugins.toolkit as tk

    source.put(records(3))
    point = make_point(source.url)
    run_id = planned(ask, point)
    if act == "suspend":
        ask("govshare_exchange_point_suspend", {"id": point}, "office")
    else:
        ask("govshare_exchange_point_update", {"id": point, "share_scope": "市公安局"}, "officer")
        for step in ("review", "assess", "accept"):
            ask(f"govshare_exchange_point_{step}", {"id": point, "passed": True, "opinion": "同意"}, "office")

    with pytest.raises(tk.ValidationError) as refused:
        ask("govshare_harvest_apply", {"id": run_id, "wait": True})

    assert "accepted" in str(refused.value) if act == "suspend" else "new plan" in str(refused.value)
    assert ask("govshare_harvest_run_show", {"id": run_id})["state"] == "planned"


def test_a_run_stops_between_two_batches_when_its_point_is_suspended(
    source, make_point, ask, monkeypatch, ckan_config
):
    from ckanext.govshare.exchange import apply, engine

    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.batch", 10)
    source.put(records(30))
    point = make_point(source.url)
    from ckan import model

    from ckanext.govshare.exchange import points, runs

    run_id = runs.start(points.find(point), "operator").id
    model.Session.commit()
    step, steps = apply.Applier.step, []

    def suspending(self):
        steps.append(step(self))
        if len(steps) == 2:
            ask("govshare_exchange_point_suspend", {"id": point}, "office")
        return steps[-1]

    monkeypatch.setattr(apply.Applier, "step", suspending)

    engine.work(run_id)

    run = ask("govshare_harvest_run_show", {"id": run_id})
    assert (steps, run["state"], run["reason"]["slug"]) == ([10, 10], "cancelled", "point_not_accepted")
