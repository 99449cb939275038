"""Harvested records that speak of secrecy: they wait for a person, and the catalogue stays as it is meanwhile."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.catalogue.model import Change
from ckanext.govshare.exchange import apply, waiting
from ckanext.govshare.exchange.model import RECORD

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")

SECRET = {
    "accessLevel": "non-public",
    "rights": "Disclosure authorized to be kept secret in the interest of defense",
}


def act(action: str, user: str, **data: Any) -> Any:
    return tk.get_action(f"govshare_change_{action}")({"user": user}, data)


def waiting_changes(user: str = "reviewer", **data: Any) -> list[dict[str, Any]]:
    return act("list", user, state="open", limit=100, **data)["results"]


def approve(change: dict[str, Any]) -> dict[str, Any]:
    act("approve", "reviewer", id=change["id"])
    return act("approve", "office", id=change["id"])


def ledger(point: str, guid: str = "rec-1") -> Any:
    model.Session.rollback()
    return model.Session.execute(
        sa.select(RECORD).where(RECORD.c.point_id == point, RECORD.c.guid == guid)
    ).one()


@pytest.fixture
def one_waits(source, make_point, harvest):
    """A point whose first record of three says that it is kept secret."""
    source.put([record(1, **SECRET), record(2), record(3)])
    point = make_point(source.url)
    return point, harvest(point)


def test_a_secret_record_becomes_a_change_and_no_entry(one_waits, entries, ask):
    point, run = one_waits

    assert (run["counts"]["create"], run["counts"]["review"]) == (2, 1)
    assert "rec-1" not in entries(point)
    assert ask("package_search", {"q": "*:*", "include_private": True}, user="office")["count"] == 2
    (change,) = waiting_changes()
    assert (change["title"], change["state"], change["origin"]) == (
        "第1号数据",
        "dept_review",
        "jiaotong-catalogue",
    )
    assert change["created_by"] == "exchange:jiaotong-catalogue"
    assert ledger(point).change_id == change["id"]


def test_a_second_look_at_an_unchanged_source_writes_nothing(one_waits, harvest):
    point, _run = one_waits

    again = harvest(point)

    assert (again["counts"]["unchanged"], again["counts"]["review"], again["writes"]) == (3, 0, 0)
    assert len(waiting_changes()) == 1


def test_what_the_office_approves_is_published_and_known(one_waits, harvest, entries):
    point, _run = one_waits
    (change,) = waiting_changes()

    done = approve(change)

    entry = entries(point)["rec-1"]
    assert (done["state"], done["package_id"]) == ("approved", entry["id"])
    assert (entry["profile"], entry["source_guid"], entry["catalogue_state"]) == (
        "federated",
        "rec-1",
        "published",
    )
    assert entry["resource_code"].startswith("307001004/")
    assert [file["url"] for file in entry["resources"]] == ["https://files.example.com/1.csv"]
    again = harvest(point)
    assert (again["counts"]["unchanged"], again["writes"]) == (3, 0)
    assert ledger(point).change_id is None


def test_what_a_person_refused_does_not_come_back_until_it_changes(one_waits, source, harvest, entries):
    point, _run = one_waits
    (change,) = waiting_changes()
    act("withdraw", "officer", id=change["id"])

    assert harvest(point)["writes"] == 0
    assert waiting_changes() == []

    source.put([record(1, title="别的名称"), record(2), record(3)])
    run = harvest(point)

    assert (run["counts"]["review"], run["counts"]["create"]) == (1, 0)
    (again,) = waiting_changes()
    assert (again["id"] != change["id"], again["title"]) == (True, "别的名称")
    assert "rec-1" not in entries(point)


def test_a_record_that_changes_while_it_waits_is_reviewed_from_the_beginning(one_waits, source, harvest):
    point, _run = one_waits
    (change,) = waiting_changes()
    act("approve", "reviewer", id=change["id"])
    source.put([record(1, title="改了名的数据", **SECRET), record(2), record(3)])

    run = harvest(point)

    assert run["counts"]["review"] == 1
    (now,) = waiting_changes()
    assert (now["id"], now["title"], now["state"]) == (change["id"], "改了名的数据", "dept_review")
    events = act("show", "reviewer", id=change["id"])["events"]
    assert [event["act"] for event in events] == ["submit", "approve", "return", "submit"]
    assert events[2]["note"] == "source_changed"


def test_what_people_correct_on_the_way_survives_the_source(one_waits, source, harvest, entries):
    point, _run = one_waits
    (change,) = waiting_changes()
    act("return", "reviewer", id=change["id"], reason="名称不规范")
    act("update", "officer", id=change["id"], data={"title": "规范的名称"})
    source.put([record(1, description="新的说明", **SECRET), record(2), record(3)])
    harvest(point)

    shown = act("show", "reviewer", id=change["id"])

    assert (shown["data"]["title"], shown["data"]["notes"]) == ("规范的名称", "新的说明")
    approve(shown)
    assert entries(point)["rec-1"]["title"] == "规范的名称"
    assert ledger(point).pins == ["title"]


def test_a_published_entry_stays_as_it_is_while_its_change_waits(source, make_point, harvest, entries):
    source.put(records(3))
    point = make_point(source.url)
    harvest(point)
    before = entries(point)["rec-1"]
    source.put([record(1, description="内部资料，请勿外传"), record(2), record(3)])

    run = harvest(point)

    assert (run["counts"]["review"], run["counts"]["update"]) == (1, 0)
    assert entries(point)["rec-1"]["notes"] == before["notes"]
    (change,) = waiting_changes(package_id=before["id"])
    assert [line["field"] for line in act("show", "reviewer", id=change["id"])["diff"]] == ["notes"]
    approve(change)
    after = entries(point)["rec-1"]
    assert (after["notes"], after["id"], after["name"]) == (
        "内部资料，请勿外传",
        before["id"],
        before["name"],
    )
    assert [file["id"] for file in after["resources"]] == [file["id"] for file in before["resources"]]
    assert harvest(point)["writes"] == 0


def test_a_change_is_taken_back_when_the_source_takes_its_record_back(one_waits, source, harvest):
    point, _run = one_waits
    (change,) = waiting_changes()
    source.put(records(2, start=2))

    harvest(point)

    shown = act("show", "reviewer", id=change["id"])
    assert (shown["state"], shown["events"][-1]["note"]) == ("withdrawn", "source_gone")
    assert shown["events"][-1]["actor"] == "exchange:jiaotong-catalogue"
    source.put([record(1, **SECRET), record(2), record(3)])
    assert harvest(point)["counts"]["review"] == 1


def test_nothing_waits_twice_when_a_batch_dies(source, make_point, harvest, monkeypatch):
    source.put([record(1, **SECRET), record(2), record(3)])
    point = make_point(source.url)
    remember = apply.Applier._keep_ledger

    def once(applier: apply.Applier) -> None:
        monkeypatch.setattr(apply.Applier, "_keep_ledger", remember)
        raise ValueError("dies after the change was proposed")

    monkeypatch.setattr(apply.Applier, "_keep_ledger", once)

    run = harvest(point)

    assert (run["state"], run["counts"]["create"], run["counts"]["review"]) == ("done", 2, 1)
    assert model.Session.query(Change).count() == 1
    assert ledger(point).change_id == waiting_changes()[0]["id"]


def test_only_the_rooms_say_what_was_published(city):
    for user in ("office", "operator"):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("govshare_harvest_published")({"user": user}, {"package_id": "x", "origin": {}})


def test_nine_records_of_usaid_say_that_they_are_kept_secret(source, shared_data, make_point, harvest, ask):
    source.body = (shared_data / "exchange-points" / "usaid.json").read_bytes()
    point = make_point(source.url)

    run = harvest(point)

    counts = run["counts"]
    assert (counts["create"], counts["review"], counts["create"] + counts["review"]) == (307, 9, 316)
    waits = waiting_changes()
    shown = [act("show", "reviewer", id=change["id"]) for change in waits]
    assert len(shown) == 9
    assert all("kept secret" in change["data"]["no_open_reason"] for change in shown)
    assert all(
        {"slug": waiting.WORDING, "field": "no_open_reason"}.items() <= change["findings"][0].items()
        or any(finding["slug"] == waiting.WORDING for finding in change["findings"])
        for change in shown
    )
    assert ask("package_search", {"q": '"kept secret"', "include_private": True}, user="office")["count"] == 0
    again = harvest(point)
    assert (again["counts"]["unchanged"], again["writes"]) == (316, 0)
