"""Seeding the demo city on real services: what is there afterwards, and what a second seeding does.

Harvests want the embedded stack (a served catalogue, a front-end database): tests/runtime/test_stack.py has those.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import DatasetFacts, overdue
from ckanext.govshare.runtime.demo import city, packages, people, seed, state
from tests.conftest import empty

USER = "admin"
REVIEWS = 102  # files that departments sign for: all but what the demo's people are to do, and what the gate refuses
NOTHING = dict.fromkeys(
    (
        "organizations",
        "accounts",
        "officers",
        "systems",
        "points",
        "entries",
        "applications",
        "changes",
        "reviews",
        "targets",
        "plans",
        "submissions",
        "reports",
        "dialogue",
        "announcements",
        "usage",
    ),
    0,
)


def run() -> dict[str, Any]:
    """One seeding; the part about harvests is left out of the answer."""
    summary = seed.seed(lambda line: None, USER)
    return {key: value for key, value in summary.items() if key != "runs"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the demo below the home of an installation."""
    folder = tmp_path_factory.mktemp("home") / "demo"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def first(loaded: None, kept: Path) -> dict[str, Any]:
    """The answer of the first seeding of an empty site; the tests of this module share its city."""
    from ckan.tests import factories

    empty()
    tk.config["ckanext.govshare.demo.state"] = str(kept)
    tk.config["ckanext.govshare.site.demo"] = True
    factories.Sysadmin(name=USER)
    return run()


@pytest.fixture
def seeded(first: dict[str, Any], kept: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setitem(tk.config, "ckanext.govshare.demo.state", str(kept))
    monkeypatch.setitem(tk.config, "ckanext.govshare.site.demo", True)
    return first


def shown(name: str, user: str = "") -> dict[str, Any]:
    return tk.get_action("package_show")({"user": user}, {"id": name})


def test_everything_is_made(seeded):
    assert seeded == {
        "organizations": len(city.departments()),
        "accounts": len(people.accounts()),
        "officers": 22,
        "systems": len(city.systems()),
        "points": 1,  # the one that waits for its review; the sources of the others are not here
        "entries": len(city.entries()),
        "applications": 8,
        "changes": len(city.work()["changes"]),
        "reviews": REVIEWS,
        "targets": len(city.targets()),
        "plans": len(city.tracking()["plans"]),
        "submissions": len(city.tracking()["submissions"]),
        "reports": 18,
        "dialogue": len(city.dialogue()),
        "announcements": len(city.announcements()),
        "usage": seeded["usage"],  # a row a week since each entry was published: as many as weeks have passed
    }


def test_only_what_is_open_was_read_and_only_open_files_were_taken(seeded):
    import sqlalchemy as sa
    from ckan import model

    from ckanext.govshare.usage.model import Usage

    found = tk.get_action("package_search")({"user": ""}, {"fq": "dataset_type:dataset", "rows": 1000})["results"]
    takeable = {resource["id"] for entry in found for resource in entry["resources"] if resource.get("url")}
    read = set(model.Session.scalars(sa.select(Usage.package_id).where(Usage.kind == "view")))
    taken = set(model.Session.scalars(sa.select(Usage.resource_id).where(Usage.kind != "view")))
    rows = model.Session.scalar(sa.select(sa.func.count()).select_from(Usage))
    assert seeded["usage"] == rows > len(found)
    assert read <= {entry["id"] for entry in found}
    assert taken <= takeable


def test_a_second_seeding_makes_nothing(seeded):
    assert run() == NOTHING


def test_a_broken_seeding_is_finished(seeded):
    from ckan import model

    for name in ("app-zhangshang-gongjiao", "app-gongjiao-kedaxing"):
        model.Package.get(name).purge()
    model.Session.commit()
    assert run() == {**NOTHING, "applications": 2}


def test_passwords_are_kept_from_others(seeded, kept):
    accounts = state.read_accounts(kept)
    assert (kept.parent / "demo-accounts.json").stat().st_mode & 0o777 == 0o600
    assert set(accounts) == {account["name"] for account in people.accounts()}


def test_open_files_are_given_out(seeded):
    stops = shown("307001004-0007")["resources"]
    assert [(file["format"], file["audience"], bool(file.get("url"))) for file in stops] == [
        ("CSV", "open", True),
        ("XLSX", "open", True),
        ("JSON", "open", True),
    ]


def test_two_reviews_wait_for_the_people_of_the_demo(seeded):
    def todo(user: str) -> list[str]:
        return [line["slug"] for line in tk.get_action("govshare_opening_todo")({"user": user}, {})]

    assert todo("demo-jiaotong-reviewer") == ["opening_sign"]
    assert todo("demo-office") == ["opening_confirm"]
    assert todo("demo-fagai-reviewer") == []


def test_the_dead_link_is_known_to_be_dead(seeded):
    asked = {"package_id": "307001013-0005"}
    states = tk.get_action("govshare_link_states")({"user": "demo-office"}, asked)
    assert [state["state"] for state in states.values()] == ["dead"]


@pytest.mark.parametrize(
    ("user", "states"),
    [
        ("demo-jiaotong-editor", ["dept_review", "draft", "office_review"]),
        ("demo-jiaoyu-editor", ["returned"]),
        ("demo-shichang-editor", ["office_review"]),
    ],
)
def test_changes_stand_where_the_demo_wants_them(seeded, user, states):
    found = tk.get_action("govshare_change_list")({"user": user}, {"mine": True})["results"]
    assert sorted(change["state"] for change in found) == states


def test_reports_of_two_months_stand_in_every_state(seeded):
    found = tk.get_action("govshare_report_list")({"user": "demo-office"}, {"limit": 1000})
    closed, last = sorted(period["period"] for period in found["periods"])[:2]
    rows = {name: [row for row in found["results"] if row["period"] == name] for name in (closed, last)}
    assert Counter(row["state"] for row in rows[closed])["locked"] == 10
    assert {row["state"] for row in rows[last]} == {"open", "submitted", "returned", "accepted"}
    for name in (closed, last):
        assert [row["late"] for row in rows[name] if row["submitted"]].count(True) >= 1, name
        assert sum(row["nil"] for row in rows[name]) == 1, name


def test_targets_of_every_kind_are_set_and_the_past_one_is_locked(seeded):
    found = tk.get_action("govshare_target_list")({"user": "demo-office"}, {})
    assert len(found) == len(city.targets())
    assert [target["due"] for target in found if target["locked"]] == ["2026-03-31"]
    public = tk.get_action("govshare_target_list")({"user": ""}, {})
    assert {target["measure"] for target in public} == {"open_datasets", "applications", "interfaces", "rows"}
    assert not [target for target in public if target["scope"] == "department"]


def test_some_plans_are_late_and_one_is_done(seeded):
    plans = tk.get_action("govshare_plan_list")({"user": "demo-office"}, {"state": "planned"})
    assert [plan for plan in plans if plan["late_days"]]
    assert [plan for plan in plans if plan["planned"] != plan["first_planned"]]
    done = tk.get_action("govshare_plan_list")({"user": "demo-office"}, {"state": "done"})
    assert [plan["title"] for plan in done] == ["城区公交客流分时统计"]


def test_one_application_waits_and_one_was_returned(seeded):
    found = tk.get_action("govshare_submission_list")({"user": "demo-office"}, {"state": "all"})["results"]
    assert sorted(row["state"] for row in found) == ["returned", "submitted"]


def test_the_record_of_events_is_intact_although_some_acts_lie_in_the_past(seeded):
    answer = tk.get_action("govshare_audit_verify")({"user": USER, "ignore_auth": True}, {})
    assert answer["intact"]


def test_the_account_of_the_seeding_has_no_part_in_a_department(seeded):
    from ckanext.govshare import roles

    assert {organization.org_type for organization, _held in roles.memberships(USER)} == {"office"}


def test_data_are_in_time_when_the_city_is_made():
    moments = set()
    with clock.frozen(datetime(2026, 11, 22, 3, 0, tzinfo=clock.ZONE)):
        for entry in city.entries():
            fields = entry.fields
            moment = datetime.fromisoformat(packages.data_updated(fields))
            moments.add(moment)
            if fields["data_updated"]:
                continue
            assert moment <= clock.now()
            assert moment.date().isoformat() >= fields["pub_date"]
            facts = DatasetFacts("1", update_cycle=fields["update_cycle"], data_updated=moment.date())
            assert overdue(facts, clock.today()) is None
    assert len(moments) > 50
