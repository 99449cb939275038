"""The two front pages: a department's desk, and the office's."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import g

from ckanext.govshare.desk import helpers, pages, progress_views, review_views, tasks
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.cases import ChangeState

__all__ = ["ROUTES"]

REGISTER = 30  # changes that the office's front page shows; the list shows all


def todo() -> list[dict[str, Any]]:
    """The to-do list of the person, which the navigation may have asked for already."""
    helpers.govshare_desk_places()
    return list(g.get("govshare_todo") or [])


def main_types() -> list[str]:
    """Types that make up the catalogue proper: their entries come from systems; the other types are registers."""
    return [name for name, form in sorted(forms.installed().items()) if form.of_kind("system")]


def registers() -> list[str]:
    """Types that are registers of their own, such as that of information systems."""
    return [name for name in sorted(forms.installed()) if name not in main_types()]


def desk() -> str:
    """What a person must do today, and where the department's catalogue stands."""
    pages.members_only()
    departments = pages.own_departments()
    department = pages.chosen(departments, tk.request.args.get("organization"))
    lines = todo()
    rows = {row["organization"]["id"]: row for row in pages.ask("govshare_desk_summary")}
    points = []
    if pages.offers("govshare_exchange_point_list"):
        points = pages.ask("govshare_exchange_point_list", {"organization": department.id})
    extra = {
        "department": department,
        "departments": departments,
        "lines": tasks.shown(lines),
        "total": tasks.total(lines),
        "row": rows[department.id],
        "main_types": main_types(),
        "registers": [
            {
                "type": name,
                **pages.ask(
                    "govshare_form_entries",
                    {"package_type": name, "organization": department.id, "limit": 1},
                ),
            }
            for name in registers()
        ],
        "points": points,
        "progress": progress_views.card(department),
        "sheets": pages.offers("govshare_catalogue_import"),
        "openings": pages.offers("govshare_opening_list"),
        "links": pages.offers("govshare_link_list"),
        "people": pages.offers("govshare_officer_show"),
        "plans": pages.offers("govshare_plan_list") and department.government,
        "reports": pages.offers("govshare_report_list") and department.government,
    }
    return tk.render("govshare/desk/desk.html", extra)


def office() -> str:
    """What waits for the office, and where every department of its region stands."""
    offices = pages.office_only()
    state = ChangeState.OFFICE_REVIEW.value
    waiting = review_views.oldest_first({"state": state, "waiting": True}, 1, REGISTER)
    lines = [line for line in todo() if line["slug"] != f"change_{state}"]
    rows = pages.ask("govshare_desk_summary", {"office": True})
    sums = {
        "overdue": sum(row["overdue"] for row in rows),
        **{
            value.value: sum(row["changes"][value.value] for row in rows)
            for value in (ChangeState.DEPT_REVIEW, ChangeState.OFFICE_REVIEW, ChangeState.RETURNED)
        },
        "published": sum(row["entries"][name]["published"] for row in rows for name in main_types()),
    }
    extra = {
        "offices": offices,
        "waiting": waiting,
        "lines": tasks.shown(lines),
        "total": waiting["count"] + tasks.total(lines),
        "rows": [row for row in rows if _speaks(row)],
        "silent": [row for row in rows if not _speaks(row)],
        "sums": sums,
        "main_types": main_types(),
        "registers": registers(),
        "openings": pages.offers("govshare_opening_list"),
        "people": pages.offers("govshare_officer_list"),
        "progress": pages.offers("govshare_publication_matrix"),
        "targets": pages.offers("govshare_target_list"),
        "plans": pages.offers("govshare_plan_list"),
        "reports": pages.offers("govshare_report_list"),
    }
    return tk.render("govshare/office/office.html", extra)


def _speaks(row: dict[str, Any]) -> bool:
    """Whether a department has anything in the catalogue or on its way."""
    return bool(sum(row["changes"].values()) or sum(sum(held.values()) for held in row["entries"].values()))


ROUTES = [("/desk", desk), ("/office", office)]
