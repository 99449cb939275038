"""Fill a site with the demo city, through CKAN's actions only, in the name of an account with office rights.

Idempotent: what is there stays as it is, what a broken seeding left out is made. Nothing is overwritten, so
that a demonstration may change the city and still be started again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import search

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import (
    city,
    desk,
    dialogue,
    links,
    packages,
    pages,
    people,
    serve,
    sources,
    state,
    usage,
)
from ckanext.govshare.runtime.demo.reviews import Reviews
from ckanext.govshare.runtime.demo.tracking import Tracking

HARVEST_SECONDS = 60
"""How long the seeding waits for one harvest; afterwards the worker goes on alone."""
OVER = ("done", "failed", "cancelled", "held")
OFFICE = "shuju"
REGISTERED = date(2026, 1, 12)  # the systems

Report = Callable[[str], None]
Actions = Callable[[str], Callable[..., Any]]


def seed(report: Report, user: str, actions: Actions = tk.get_action) -> dict[str, Any]:
    """Make the demo city.

    Args:
        report: told of each step, in words.
        user: account that acts; it needs operator rights and becomes a member of the city's office.
        actions: answers an action by its name.

    Returns:
        What was made in this call: `{organizations, accounts, officers, systems, points, entries, applications,
        changes, runs, reviews, targets, plans, submissions, reports, dialogue, announcements, usage}`, numbers but
        for `runs`, the state of each point's first run by name of the point.

    Raises:
        ckan.logic.ValidationError: an action refuses what the demo says; nothing of that object is written.
    """
    return _Seeding(report, user, actions).everything()

# What the office does next with an exchange point, by its state.
STEPS = {"registered": "review", "reviewed": "assess", "checked": "accept"}


class _Seeding:
    """One call of `seed`."""

    def __init__(self, report: Report, user: str, actions: Actions):
        self.report = report
        self.user = user
        self.actions = actions
        self.state = Path(tk.config.get("ckanext.govshare.demo.state") or _fallback_state())
        self.port = int(tk.config.get("ckanext.govshare.demo.port") or 0)
        self.office = OFFICE

    def everything(self) -> dict[str, Any]:
        """All steps in an order in which each finds what it needs.

        The harvests are started first, so that the worker does them while the entries are registered.
        """
        summary: dict[str, Any] = {}
        for key, words, step in (
            ("organizations", "departments · 部门", self.organizations),
            ("accounts", "accounts · 演示账号", self.accounts),
            ("officers", "data officers · 数据专员", self.officers),
            ("systems", "information systems · 信息系统", self.systems),
            ("points", "exchange points · 交换节点", self.points),
        ):
            self._step(summary, key, words, step)
        started = self.start_runs()
        for key, words, step in (
            ("entries", "catalogue entries · 信息资源", self.entries),
            ("applications", "data applications · 数据应用", self.applications),
            ("changes", "changes under review · 审核中的目录", self.changes),
        ):
            self._step(summary, key, words, step)
        links.observe(self.actions, self.user)
        summary["runs"] = {name: self.wait(name, run_id) for name, run_id in started.items()}
        self._step(summary, "reviews", "reviews before opening · 开放审查", self.reviews)
        # Last, because a target whose day is over is locked from the facts of that moment, and once only.
        tracking = Tracking(self.do_as, self.name_of, self.offers)
        for key, words, step in (
            ("targets", "targets · 开放目标", partial(tracking.targets, self.user)),
            ("plans", "planned publications · 开放计划", partial(tracking.plans, self.user)),
            ("submissions", "applications handed in · 应用申报", tracking.submissions),
            ("reports", "monthly reports · 月报", partial(tracking.reports, self.user)),
            ("dialogue", "contributions of the public · 互动交流", self.dialogue),
            ("announcements", "announcements · 公告", partial(pages.announce, self.do_as, self.offers)),
            ("usage", "weeks of use · 使用情况", self.usage),
        ):
            self._step(summary, key, words, step)
        return summary

    def _step(self, summary: dict[str, Any], key: str, words: str, step: Callable[[], int]) -> None:
        with _one_index_commit():
            summary[key] = step()
        self.report(f"{words}: {summary[key]}")

    def do(self, action: str, **data: Any) -> Any:
        """One action in the name of the account."""
        return self.actions(action)({"user": self.user}, data)

    def do_as(self, user: str, action: str, **data: Any) -> Any:
        """One action in the name of a demo account."""
        return self.actions(action)({"user": user}, data)

    def create(self, **data: Any) -> None:
        """One package; the answer, which would be read back from the database, is not wanted."""
        self.actions("package_create")({"user": self.user, "return_id_only": True}, data)

    def has(self, action: str, **data: Any) -> bool:
        """Whether a show action finds something."""
        try:
            self.do(action, **data)
        except tk.ObjectNotFound:
            return False
        return True

    def name_of(self, organization: str) -> str:
        """The office may bear another name on this site: the one that it was set up with."""
        return self.office if organization == OFFICE else organization

    def organizations(self) -> int:
        rows = city.departments()
        office = next(row for row in rows if row["name"] == OFFICE)
        made = self.do("govshare_init", name=OFFICE, title=office["title"])
        self.office = made["organization"]
        known, count = set(self.do("organization_list")), int(made["created"])
        for row in rows:
            fields = {**row, "name": self.name_of(row["name"]), "parent": self.name_of(row["parent"])}
            if row["name"] != OFFICE:
                if fields["name"] in known:
                    continue
                self.do("organization_create", **fields)
                # CKAN makes the creator a member; the account acts for the office and for nobody else.
                self.do("organization_member_delete", id=fields["name"], username=self.user)
                count += 1
        self._complete_office(office)
        return count

    def _complete_office(self, office: dict[str, Any]) -> None:
        """Give the office, which was made with little, its code and names; its superior exists by now."""
        known = self.do("organization_show", id=self.office)
        if known.get("uscc") != office["uscc"]:
            self.do("organization_patch", **{**office, "id": self.office, "name": self.office})

    def accounts(self) -> int:
        passwords, count = state.read_accounts(self.state), 0
        for account in people.accounts():
            name, known = account["name"], self.has("user_show", id=account["name"])
            if known and name in passwords:
                continue
            passwords[name] = secrets.token_urlsafe(12)
            if known:
                self.do("user_patch", id=name, password=passwords[name])
            else:
                self.do(
                    "user_create",
                    name=name,
                    fullname=account["fullname"],
                    email=f"{name}@yanshi.example",
                    password=passwords[name],
                )
                count += 1
            self.do(
                "organization_member_create",
                id=self.name_of(account["organization"]),
                username=name,
                role=account["role"],
            )
            state.keep_accounts(self.state, passwords)  # last, so that an account without is a half-made one
        return count

    def offers(self, action: str) -> bool:
        """Whether this site has an action."""
        try:
            self.actions(action)
        except KeyError:
            return False
        return True

    def entries(self) -> int:
        count = 0
        for entry in city.entries():
            if self.has("package_show", id=entry.fields["name"]):
                continue
            owner = self.name_of(entry.fields["owner_org"])
            attached = [packages.resource(file) for file in entry.files]
            lead = owner if entry.fields["lead_org"] else ""
            fields = {**entry.fields, "owner_org": owner, "lead_org": lead}
            fields["data_updated"] = packages.data_updated(entry.fields)
            with _on(date.fromisoformat(fields["pub_date"])):
                self.create(**fields, resources=attached)
            count += 1
            if count % 20 == 0:
                self.report(f"  {count} …")
        return count

    def officers(self) -> int:
        return desk.officers(self.do, self.name_of)

    def systems(self) -> int:
        with _on(REGISTERED):
            return desk.systems(self.do, self.name_of)

    def changes(self) -> int:
        return desk.changes(lambda user: partial(self.do_as, user))

    def reviews(self) -> int:
        """Every file through the opening gate, in the names of who signs and who confirms."""
        with _quiet():
            made = Reviews(self.do_as, self.name_of).everything()
        self.do("govshare_index_drain")
        return made

    def dialogue(self) -> int:
        with _quiet():
            return dialogue.write(self.do_as, self.name_of, self.offers)

    def usage(self) -> int:
        self.do("govshare_index_drain")
        return usage.count(self.actions("package_search"), self.offers)

    def applications(self) -> int:
        base = f"http://{serve.HOST}:{self.port}/apps" if self.port else "https://apps.yanshi.example"
        count = 0
        for row in city.applications():
            if self.has("package_show", id=row["name"]):
                continue
            self.create(**packages.application(row, base, self.office))
            count += 1
        return count

    def points(self) -> int:
        known, count = {point["name"]: point for point in self.do("govshare_exchange_point_list")}, 0
        for row in city.points():
            until = row.get("until", "accepted")
            if until == "accepted" and not sources.make(row, self.state, self.port, self.report):
                self.report(f"  {row['title']}: not on this installation · 本环境未提供")
                continue
            if row["name"] not in known:
                said = {**row, "url": row["url"].format(port=self.port)}
                said.pop("until", None)
                self.do("govshare_exchange_point_create", **said)
                count += 1
            state = known.get(row["name"], {}).get("state", "registered")
            while state in STEPS and state != until:
                state = self.do(f"govshare_exchange_point_{STEPS[state]}", id=row["name"])["state"]
        self._old_links()
        return count

    def _old_links(self) -> None:
        """Exchanges from before the platform; one that a point replaced, where that point is there."""
        if self.do("govshare_old_link_list")["results"]:
            return
        there = {point["name"] for point in self.do("govshare_exchange_point_list")}
        for row in city.old_links():
            if row.get("exchange_point") in (None, *there):
                self.do("govshare_old_link_create", **row)

    def start_runs(self) -> dict[str, str]:
        """Harvest every point that has not been harvested; answers the run of each."""
        found = {}
        for point in self.do("govshare_exchange_point_list"):
            if point["name"] not in {row["name"] for row in city.points()} or point["state"] != "accepted":
                continue
            last = point["last_run"]
            if last and last["state"] not in ("failed", "cancelled"):
                run_id = last["id"]
            else:
                run_id = self.do("govshare_harvest_run", exchange_point=point["name"])["run_id"]
            found[point["name"]] = run_id
        return found

    def wait(self, point: str, run_id: str) -> str:
        """Wait for the worker to end a run; answers the run's state."""
        limit = monotonic() + HARVEST_SECONDS
        while True:
            model.Session.remove()  # the worker writes the run in another process
            run = self.do("govshare_harvest_run_show", id=run_id)
            if run["state"] in OVER or monotonic() > limit:
                break
            sleep(0.3)
        counts = " ".join(f"{name} {number}" for name, number in run["counts"].items() if number)
        self.report(f"harvest · 汇聚 {point}: {run['state']} {counts}".rstrip())
        return run["state"]


@contextmanager
def _quiet() -> Iterator[None]:
    """One request to the index, and one look at the ledger, at the end instead of one an act."""
    model.Session.info["govshare_quiet"] = True
    try:
        yield
    finally:
        model.Session.info.pop("govshare_quiet", None)


@contextmanager
def _on(day: date) -> Iterator[None]:
    """What is there since a day was registered on it, as far as this process's clock has a say."""
    with _quiet(), clock.frozen(datetime.combine(day, time(10), clock.ZONE)):
        yield


@contextmanager
def _one_index_commit() -> Iterator[None]:
    """Let the index commit once at the end of a step instead of once an object (ckan.search.solr_commit)."""
    key = "ckan.search.solr_commit"
    before = tk.config.get(key)
    tk.config[key] = False
    try:
        yield
    finally:
        tk.config[key] = before
        search.commit()


def _fallback_state() -> str:
    """Folder of the demo on an installation that does not configure one: below the storage path."""
    return str(Path(tk.config["ckan.storage_path"]) / "demo")
