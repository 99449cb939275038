"""Seeding the demo city on real services: what is there afterwards, and what a second seeding does.

Harvests want the embedded stack (a served catalogue, a front-end database): tests/runtime/test_stack.py has those.
"""

from __future__ import annotations

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
        "points": 0,
        "entries": len(city.entries()),
        "applications": 8,
        "changes": len(city.work()["changes"]),
        "reviews": REVIEWS,
        "targets": 3,
    }


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
