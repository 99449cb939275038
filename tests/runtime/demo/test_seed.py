"""The order and the repeatability of the seeding, against actions that keep what they are given in memory."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import DatasetFacts, overdue
from ckanext.govshare.runtime.demo import city, frontends, packages, seed, state

USER = "admin"


class Site:
    """Actions over dictionaries."""

    def __init__(self) -> None:
        self.organizations: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.members: set[tuple[str, str, str]] = set()
        self.known_targets: list[dict[str, Any]] = []
        self.known_points: dict[str, dict[str, Any]] = {}
        self.writes: list[str] = []

    def __call__(self, name: str) -> Any:
        action = getattr(self, name)

        def call(context: dict[str, Any], data: dict[str, Any]) -> Any:
            assert context["user"] == USER
            assert "ignore_auth" not in context
            if not name.endswith(("_list", "_show", "_init", "_due")):
                self.writes.append(name)
            return action(data)

        return call

    def govshare_init(self, data):
        created = "shuju" not in self.organizations
        self.organizations.setdefault("shuju", {"title": data["title"]})
        return {"organization": "shuju", "created": created}

    def organization_list(self, data):
        return list(self.organizations)

    def organization_show(self, data):
        return self.organizations[data["id"]]

    def organization_create(self, data):
        assert data["name"] not in self.organizations
        assert not data["parent"] or data["parent"] in self.organizations
        self.organizations[data["name"]] = data

    def organization_patch(self, data):
        self.organizations[data["id"]].update(data)

    def organization_member_delete(self, data):
        assert data["username"] == USER

    def organization_member_create(self, data):
        self.members.add((data["id"], data["username"], data["role"]))

    def _show(self, kept, data):
        if data["id"] not in kept:
            raise tk.ObjectNotFound
        return kept[data["id"]]

    def user_show(self, data):
        return self._show(self.users, data)

    def user_create(self, data):
        assert len(data["password"]) >= 12
        self.users[data["name"]] = data

    def user_patch(self, data):
        self.users[data["id"]].update(data)

    def package_show(self, data):
        return self._show(self.packages, data)

    def package_create(self, data):
        assert data["name"] not in self.packages
        assert data["owner_org"] in self.organizations
        if data["type"] == "application":
            assert {code.replace("/", "-") for code in data["dataset_codes"]} <= set(self.packages)
        self.packages[data["name"]] = data

    def govshare_target_list(self, data):
        return self.known_targets

    def govshare_target_create(self, data):
        self.known_targets.append(data)

    def govshare_publication_due(self, data):
        return {"locked": []}

    def govshare_exchange_point_list(self, data):
        return list(self.known_points.values())

    def govshare_exchange_point_create(self, data):
        self.known_points[data["name"]] = {**data, "state": "registered", "last_run": None}

    def govshare_exchange_point_accept(self, data):
        self.known_points[data["id"]]["state"] = "accepted"

    def govshare_harvest_run(self, data):
        point = self.known_points[data["exchange_point"]]
        point["last_run"] = {"id": f"run-{point['name']}", "state": "done"}
        return {"run_id": point["last_run"]["id"]}

    def govshare_harvest_run_show(self, data):
        return {"state": "done", "counts": {"create": 1, "reject": 0}}


@pytest.fixture
def site(monkeypatch, tmp_path):
    folder = tmp_path / "home" / "demo"
    prefix = "ckanext.govshare.exchange.database."
    settings = {
        "ckanext.govshare.demo.state": str(folder),
        "ckanext.govshare.demo.port": "5301",
        f"{prefix}qixiang": "sqlite:///front",
        f"{prefix}jiaoyi": "postgresql:///front",
    }
    folder.mkdir(parents=True)
    monkeypatch.setattr(tk, "config", settings)
    monkeypatch.setattr(seed, "_one_index_commit", nullcontext)
    monkeypatch.setattr(seed.model.Session, "remove", lambda: None)
    monkeypatch.setattr(state, "superuser_url", lambda path: "postgresql:///postgres")
    monkeypatch.setattr(frontends, "make_trading", lambda url, password: None)
    return Site()


def test_everything_is_made_once(site):
    said: list[str] = []
    first = seed.seed(said.append, USER, site)
    assert first == {
        "organizations": len(city.departments()),
        "accounts": len(city.city()["accounts"]),
        "points": 3,
        "entries": len(city.entries()),
        "applications": 8,
        "runs": dict.fromkeys(site.known_points, "done"),
        "targets": 3,
    }
    assert any("部门" in line for line in said)
    site.writes.clear()
    second = seed.seed(said.append, USER, site)
    assert {key: value for key, value in second.items() if key != "runs"} == dict.fromkeys(
        ("organizations", "accounts", "points", "entries", "applications", "targets"), 0
    )
    assert site.writes == []


def test_a_broken_seeding_is_finished(site):
    seed.seed(lambda line: None, USER, site)
    gone = ["307001004-0007", "app-zhangshang-gongjiao"]
    for name in gone:
        del site.packages[name]
    del site.users["demo-office"]
    site.known_points["shuiwu-catalogue"]["last_run"] = {"id": "x", "state": "failed"}
    site.writes.clear()
    summary = seed.seed(lambda line: None, USER, site)
    assert (summary["entries"], summary["applications"], summary["accounts"]) == (1, 1, 1)
    assert sorted(site.writes) == [
        "govshare_harvest_run",
        "organization_member_create",
        "package_create",
        "package_create",
        "user_create",
    ]


def test_passwords_are_kept_from_others(site, tmp_path):
    seed.seed(lambda line: None, USER, site)
    path = tmp_path / "home" / "demo-accounts.json"
    kept = state.read_accounts(tmp_path / "home" / "demo")
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(kept) == {account["name"] for account in city.city()["accounts"]}
    assert {name: user["password"] for name, user in site.users.items()} == kept


def test_a_site_without_front_ends_goes_without_their_points(site):
    for name in list(tk.config):
        if "database" in name:
            del tk.config[name]
    tk.config["ckanext.govshare.demo.port"] = "0"
    summary = seed.seed(lambda line: None, USER, site)
    assert (summary["points"], summary["runs"]) == (0, {})
    assert summary["entries"] == len(city.entries())


def test_uploads_and_links(site):
    seed.seed(lambda line: None, USER, site)
    stops = site.packages["307001004-0007"]["resources"]
    assert [(file["format"], file["audience"]) for file in stops] == [
        ("CSV", "open"),
        ("XLSX", "open"),
        ("JSON", "open"),
    ]
    assert stops[0]["upload"].filename == "城区公交站点信息.csv"
    (link,) = site.packages["307001013-0005"]["resources"]
    assert (link["link_state"], "upload" in link) == ("dead", False)
    report = site.packages["app-gongjiao-kedaxing"]["resources"][0]
    assert report["url"].startswith("http://127.0.0.1:5301/apps/")
    assert len(report["hash"]) == 64


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
