"""Progress at work: a department's share and what it has to repair; the office's view of all departments and fields.

The numbers are those of the publication room; a site without it has none of these pages. No query a department.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare import roles
from ckanext.govshare.desk import pages, plan_lists
from ckanext.govshare.kernel import clock
from ckanext.govshare.roles import Role

__all__ = ["ROUTES", "card"]

DATASETS = "open_datasets"
PLANS, OVERDUE = 8, 20  # lines of a list that has a page of its own
ORDERS = ("counted", "share", "new", "overdue", "late")
Row = dict[str, Any]


def _room() -> None:
    if not pages.offers("govshare_publication_matrix"):
        tk.abort(404)


def _month() -> Row:
    """What came, went and stands by department and measure, since the first of this month."""
    today = clock.today()
    span = {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}
    return pages.ask("govshare_publication_period", span)


def _departments() -> list[roles.Organization]:
    """Own departments; for the office also the one of its region that the address names, first."""
    own = [org for org in pages.own_departments() if org.government]
    wanted = pages.given("organization")
    if wanted and not any(wanted in (org.id, org.name) for org in own):
        other = roles.organization(wanted)
        regions = {org.region for org, held in pages.memberships() if Role.OFFICE in held}
        if other is None or other.region not in regions:
            tk.abort(404)
        return [other, *own]
    return own


def _shares(cards: list[Row], own: Row) -> list[Row]:
    """A department's part of the city's numbers: ``[{measure, unit, card, total, candidates, new, gone, percent}]``.

    :param own: of `govshare_publication_period`, by measure
    """
    rows = []
    for one in cards:
        numbers = {"total": 0, "candidates": None, "new": None, "gone": None, **own.get(one["measure"], {})}
        whole = one["main"]["value"] if one["unit"] != "percent" else numbers["candidates"]
        percent = numbers["total"] * 100 // whole if whole else 0
        rows.append(
            {"measure": one["measure"], "unit": one["unit"], "card": one, "percent": percent, **numbers}
        )
    return rows


def card(department: roles.Organization) -> Row | None:
    """What the front page of the desk tells of progress: ``{shares, targets}``; None where there is nothing to tell."""
    if not department.government or not pages.offers("govshare_publication_matrix"):
        return None
    cards = tk.h.govshare_progress(internal=True)
    targets = pages.ask("govshare_publication_progress", {"organization": department.id})
    if not cards and not targets:
        return None
    return {"shares": _shares(cards, _month().get(department.id, {})), "targets": targets}


def own_progress() -> str:
    """A department's targets, its part of the city's, what does not count and why, with the way to repair it."""
    pages.members_only()
    _room()
    departments = _departments()
    if not departments:
        return tk.abort(403, tk._("Targets are set for departments."))
    department = pages.chosen(departments, pages.given("organization"))
    asked = [pages.given(name)[:100] for name in ("target", "reason", "page")]
    key = ("own_progress", pages.user(), department.id, _writes(department), *asked)
    body = tk.h.govshare_kept(key, lambda: _own(departments, department))
    return tk.render("govshare/desk/progress_own.html", {"department": department, "body": body})


def _own(departments: list[roles.Organization], department: roles.Organization) -> str:
    cards = tk.h.govshare_progress(internal=True)
    own = pages.ask("govshare_publication_progress", {"organization": department.id})
    targets = [*own, *(one["main"] for one in cards)]
    chosen = _chosen(targets)
    number, reason = pages.page_number(), pages.given("reason")[:50]
    extra: Row = {
        "department": department,
        "departments": departments,
        "own": own,
        "targets": targets,
        "chosen": chosen,
        "shares": _shares(cards, _month().get(department.id, {})),
        "reason": reason,
        "quality": pages.ask("govshare_publication_quality", {"organization": department.id}),
        "links": pages.offers("govshare_link_list"),
        "plans": None,
        "found": {"count": 0, "results": []},
        "may_write": _writes(department),
    }
    if pages.offers("govshare_plan_list"):
        asked = {"organization": department.id, "state": "planned", "limit": PLANS}
        extra["plans"] = [plan_lists.shown(row) for row in pages.ask("govshare_plan_list", asked)]
    if chosen is not None:
        asked = {
            "target": chosen["target"]["id"],
            "counted": False,
            "organization": department.id,
            "reason": reason,
        }
        asked |= {"limit": pages.PAGE, "offset": (number - 1) * pages.PAGE}
        extra["found"] = pages.ask("govshare_publication_ledger", asked)
    extra["page"] = pages.pager(extra["found"]["count"], number)
    return tk.render("govshare/desk/progress_own_body.html", extra)


def _chosen(targets: list[Row]) -> Row | None:
    """The target that the address names, else the first of data sets, else the first."""
    wanted = pages.given("target")
    named = [row for row in targets if row["target"]["id"] == wanted]
    of_datasets = [row for row in targets if row["target"]["measure"] == DATASETS]
    return next(iter([*named, *of_datasets, *targets]), None)


def _writes(department: roles.Organization) -> bool:
    return any(
        (org.id == department.id and Role.EDITOR in held)
        or (Role.OFFICE in held and org.region == department.region)
        for org, held in pages.memberships()
    )


def office_progress() -> str:
    """Every target of the region, departments ranked, fields against departments, what is overdue."""
    offices = pages.office_only()
    _room()
    region = offices[0].region
    order = pages.given("order") if pages.given("order") in ORDERS else ORDERS[0]
    body = tk.h.govshare_kept(
        ("office_progress", pages.user(), region, order), lambda: _office(region, order)
    )
    return tk.render("govshare/office/progress.html", {"body": body})


def _office(region: str, order: str) -> str:
    rows = [row for one in tk.h.govshare_progress(internal=True) for row in one["rows"]]
    cards = tk.h.govshare_progress_cards([row for row in rows if row["target"]["region"] == region])
    scoped = {
        scope: [
            row
            for row in pages.ask("govshare_publication_progress", {"scope": scope})
            if row["target"]["region"] == region
        ]
        for scope in ("field", "department")
    }
    main = next((one for one in cards if one["measure"] == DATASETS), None)
    extra: Row = {
        "cards": cards,
        "scoped": scoped,
        "main": main,
        "ranking": _ranking(main, region, order) if main else [],
        "order": order,
        "orders": ORDERS,
        "plans": pages.offers("govshare_plan_list"),
        "matrix": pages.ask("govshare_publication_matrix", {"region": region}),
        "quality": pages.ask("govshare_publication_quality", {"region": region}),
        "overdue": {"count": 0, "results": []},
    }
    if main:
        asked = {"target": main["main"]["target"]["id"], "counted": False, "reason": "overdue_long"}
        extra["overdue"] = pages.ask("govshare_publication_ledger", {**asked, "limit": OVERDUE})
    return tk.render("govshare/office/progress_body.html", extra)


def _ranking(main: Row, region: str, order: str) -> list[Row]:
    """Departments by one of `ORDERS`: ``[{organization, counted, candidates, share, new, gone, overdue, late, …}]``."""
    late: Counter[str] = Counter()
    if pages.offers("govshare_plan_list"):
        plans = pages.ask("govshare_plan_list", {"region": region, "state": "planned"})
        late.update(plan["organization"]["id"] for plan in plans if plan["late_days"] > 0)
    month = _month()
    rows = []
    for row in pages.ask("govshare_publication_departments", {"target": main["main"]["target"]["id"]}):
        ident = row["organization"]["id"]
        moved = month.get(ident, {}).get(DATASETS, {})
        share = row["counted"] * 100 // row["candidates"] if row["candidates"] else 0
        overdue = row["not_counted"].get("overdue_long", 0)
        rows.append({**row, "share": share, "new": moved.get("new", 0), "gone": moved.get("gone", 0),
                     "overdue": overdue, "late": late[ident]})  # fmt: skip
    return sorted(rows, key=lambda row: (-row[order], -row["counted"], row["organization"]["title"]))


ROUTES = [("/desk/progress", own_progress), ("/office/progress", office_progress)]
