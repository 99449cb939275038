"""Targets and what counts towards them, through the actions, on the real database."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import FILES, KINDS, REGION
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)

# Written apart from the service, on purpose: what rule 1 says, as one statement over the tables.
ORACLE = """
SELECT count(*) FROM package p JOIN "group" g ON g.id = p.owner_org
WHERE p.type = 'dataset' AND p.state = 'active' AND NOT p.private
  AND p.extras->>'catalogue_state' = 'published' AND p.extras->>'open_type' IN ('1', '2')
  AND g.extras->>'government' = '1' AND coalesce(p.license_id, '') NOT IN ('', 'notspecified')
  AND (p.extras->>'open_type' = '1' OR (coalesce(p.extras->>'open_condition', '') <> ''
       AND coalesce(p.extras->>'contact_phone', '') || coalesce(p.extras->>'source_url', '') <> ''))
  AND EXISTS (SELECT FROM resource r WHERE r.package_id = p.id AND r.state = 'active'
       AND r.extras::jsonb->>'audience' = 'open' AND upper(r.format) IN ('CSV', 'XLSX', 'JSON', 'XML')
       AND NOT EXISTS (SELECT FROM govshare_link l WHERE l.url = r.url AND l.state = 'dead')
       AND r.extras::jsonb->>'opening' = 'open'
       AND coalesce(r.extras::jsonb->>'rows', '1') <> '0')
"""


def call(action: str, user: str = "", **data):
    return tk.get_action(action)({"user": user}, data)


def progress(user: str = "", **data):
    return call("govshare_publication_progress", user, **data)[0]


@pytest.fixture
def mixed(publish, make_target, set_extra, city, frozen):
    """Three that count, and one of each kind that does not; the time stands still."""
    with frozen(NOW):
        made = {
            "plain": publish(),
            "second": publish(),
            "condition": publish(**KINDS["open_on_condition"], contact_phone="0990-1234567"),
            "no_channel": publish(**KINDS["open_on_condition"]),
            "dead": publish(link_state="dead"),
            "pdf": publish(resources=[{**FILES[0], "format": "PDF"}]),
            "share_only": publish(resources=[FILES[1]]),
            "empty": publish(rows=0),
            "firm": publish(owner_org=city.company),
            "suspended": publish(),
            "closed": publish(**KINDS["shared_only"]),
        }
        set_extra(made["suspended"]["id"], {"catalogue_state": "suspended"}, private=True)
        made["target"] = make_target()
        yield made


EXPECTED = {
    "not_government": 1, "condition_missing": 1, "no_open_file": 1, "dead_link": 1, "not_machine_readable": 1,
    "empty_file": 1,
}  # fmt: skip


def test_progress_has_the_agreed_shape(mixed):
    row = progress()
    agreed = {"target", "due", "counted", "needed", "candidates", "not_counted", "forecast"}
    assert set(row) == agreed | {"split", "unit", "value", "reached"}
    assert row["target"] == {
        "id": mixed["target"]["id"], "title": "开放数据集 80 个以上", "title_en": "80 open data sets",
        "measure": "open_datasets", "at_least": 80, "scope": "city", "region": REGION, "field": "",
        "field_title": "", "organization": None, "rule_version": 2, "publish_departments": False,
    }  # fmt: skip
    agreed = {"pace_per_week", "reach_date", "planned", "plan_date", "text_zh", "text_en"}
    assert set(row["forecast"]) == agreed
    assert (row["due"], row["counted"], row["needed"]) == ("2026-12-31", 3, 77)
    assert row["split"] == {"unconditional": 2, "conditional": 1}


def test_public_reasons_are_of_open_candidates_only(mixed):
    row = progress()
    assert row["not_counted"] == EXPECTED
    assert row["candidates"] == 9


def test_office_sees_the_suspended_candidate_too_and_the_same_count(mixed):
    row = progress("office")
    assert row["counted"] == 3
    assert row["not_counted"] == {"suspended": 1, **EXPECTED}
    assert row["candidates"] == 10


def test_count_equals_an_independent_statement(mixed):
    assert progress()["counted"] == model.Session.scalar(sa.text(ORACLE))


def test_every_surface_gives_the_same_number(mixed):
    target = mixed["target"]["id"]
    assert call("govshare_publication_figures")["open_datasets"] == 3
    assert call("govshare_publication_ledger", target=target)["count"] == 3
    assert call("govshare_publication_history", target=target)["points"][-1]["counted"] == 3
    assert sum(r["counted"] for r in call("govshare_publication_departments", "office", target=target)) == 3


def test_repaired_link_counts(mixed, mark_link):
    mark_link(mixed["dead"]["resources"][0]["url"], "ok")
    assert progress()["counted"] == 4


def test_number_of_statements_does_not_grow_with_entries(mixed, publish):
    def cost() -> int:
        with statements() as sent:
            progress()
        return len(sent)

    before = cost()
    for _ in range(3):
        publish()
    assert cost() == before <= 8


def test_ledger_row_says_what_to_do(mixed):
    target = mixed["target"]["id"]
    found = call("govshare_publication_ledger", "office", target=target, counted=False, limit=100)
    rows = {row["id"]: row for row in found["results"]}
    assert found["count"] == len(rows) == 7
    row = rows[mixed["dead"]["id"]]
    assert row["organization"]["title"] == "市交通运输局"
    assert (row["counted"], row["reason"], row["reasons"]) == (False, "dead_link", ["dead_link"])
    assert row["what_to_do"]
    assert row["resource_code"] == mixed["dead"]["resource_code"]
    assert mixed["closed"]["id"] not in rows


def test_department_reads_reasons_of_its_own_entries_only(mixed):
    target = mixed["target"]["id"]
    own = call("govshare_publication_ledger", "officer", target=target, counted=False)
    assert {row["id"] for row in own["results"]} == {
        mixed[key]["id"] for key in ("no_channel", "dead", "pdf", "share_only", "empty", "suspended")
    }
    assert call("govshare_publication_ledger", "neighbour", target=target, counted=False)["count"] == 0


@pytest.mark.parametrize("user", ["", "citizen", "firm", "operator"])
def test_others_do_not_read_reasons(mixed, user):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access(
            "govshare_publication_ledger", {"user": user}, {"target": mixed["target"]["id"], "counted": False}
        )


def test_counted_ledger_is_public_and_paged(mixed):
    target = mixed["target"]["id"]
    everything = call("govshare_publication_ledger", target=target)["results"]
    page = call("govshare_publication_ledger", target=target, limit=1, offset=1)
    assert page["count"] == 3
    assert page["results"] == everything[1:2]


def test_nothing_public_tells_of_entries_that_are_not_open(mixed):
    target = mixed["target"]["id"]
    answers = [
        call("govshare_publication_progress"), call("govshare_publication_ledger", target=target),
        call("govshare_publication_history", target=target), call("govshare_publication_figures"),
        call("govshare_target_list"),
    ]  # fmt: skip
    for key in ("closed", "suspended"):
        assert mixed[key]["title"] not in str(answers)
        assert mixed[key]["id"] not in str(answers)


@pytest.mark.parametrize(
    ("user", "allowed"),
    [("office", True), ("operator", False), ("reviewer", False), ("county_office", False), ("", False)],
)
def test_only_the_office_of_the_region_sets_targets(user, allowed):
    try:
        tk.check_access("govshare_target_create", {"user": user}, {"title": "x"})
    except tk.NotAuthorized:
        assert not allowed
    else:
        assert allowed


def test_county_office_sets_targets_of_its_county(make_target):
    data = {"title": "县目标", "measure": "open_datasets", "at_least": 1, "due": "2026-12-31"}
    made = call("govshare_target_create", "county_office", region="990101", **data)
    assert made["region"] == "990101"
    assert progress(target=made["id"])["candidates"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("measure", "pages"), ("at_least", "0"), ("at_least", "x"), ("due", "31.12.2026"),
        ("scope", "world"), ("organization", "nobody"), ("organization", "jiaotong"),
    ],
)  # fmt: skip
def test_wrong_field_of_a_target_is_named(make_target, field, value):
    with pytest.raises(tk.ValidationError) as error:
        make_target(**{field: value})
    assert list(error.value.error_dict) == [field]
    assert call("govshare_target_list") == []


def test_target_is_changed_and_recorded(make_target):
    target = make_target()
    changed = call("govshare_target_update", "office", id=target["id"], at_least=81)
    assert changed["at_least"] == 81
    assert changed["title"] == target["title"]
    assert call("govshare_target_show", id=target["id"])["at_least"] == 81
    events = call("govshare_audit_list", "office", object_type="target")["results"]
    assert [event["action"] for event in events] == ["target_updated", "target_created"]
    assert events[0]["data"] == {"at_least": [80, 81]}


def test_department_target_counts_its_own(mixed, make_target):
    traffic = make_target(scope="department", organization="jiaotong", at_least=5)
    school = make_target(scope="department", organization="jiaoyu", at_least=5)
    assert progress("officer", target=traffic["id"])["counted"] == 3
    assert progress("officer", target=school["id"])["candidates"] == 0
    # The public list is of the city only.
    assert [row["target"]["id"] for row in call("govshare_publication_progress")] == [mixed["target"]["id"]]


@pytest.mark.parametrize("published", [True, False])
def test_public_knows_a_department_target_where_it_is_published(mixed, make_target, published):
    asked = {"scope": "department", "organization": "jiaotong", "at_least": 5, "publish_departments": published}
    target = make_target(**asked)["id"]
    known = [row["target"]["id"] for row in call("govshare_publication_progress", scope="department")]
    assert known == ([target] if published else [])
    for action in ("progress", "history", "ledger"):
        try:
            call(f"govshare_publication_{action}", target=target)
        except tk.ObjectNotFound:
            assert not published
        else:
            assert published


@pytest.mark.parametrize("action", ["govshare_target_show", "govshare_publication_history"])
def test_unknown_target_is_not_found(action):
    key = "id" if action == "govshare_target_show" else "target"
    with pytest.raises(tk.ObjectNotFound):
        call(action, **{key: "no-such"})


def test_departments_are_for_the_office(mixed):
    data = {"target": mixed["target"]["id"]}
    for user in ("", "officer", "operator"):
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("govshare_publication_departments", {"user": user}, data)


def test_figures_count_files_rows_and_departments(publish, frozen):
    with frozen(NOW):
        publish(rows=120)
        assert call("govshare_publication_figures") == {
            "open_datasets": 1, "applications": 0, "files": 1, "rows": 120, "departments": 2,
            "departments_with_entries": 1,
        }  # fmt: skip
