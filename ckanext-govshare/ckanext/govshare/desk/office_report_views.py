"""Monthly reports for the office: who handed in, acceptance one by one or together, the summary, its files."""

from __future__ import annotations

import base64
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response as Answer
from werkzeug.wrappers import Response

from ckanext.govshare.desk import downloads, pages, report_words
from ckanext.govshare.roles import Role

__all__ = ["ROUTES"]

MOST = 1000  # departments of a region
FORMATS = ("xlsx", "docx", "csv", "json")
READERS = {Role.OFFICE, Role.AUDITOR}


def _region(roles_: set[Role]) -> str:
    """The region that the address names, or the first one whose reports the person reads."""
    pages.members_only()
    if not pages.offers("govshare_report_list"):
        tk.abort(404)
    regions = sorted({org.region for org, held in pages.memberships() if held & roles_})
    if not regions:
        tk.abort(403, tk._("This page is for the coordinating office."))
    asked = pages.given("region")
    return asked if asked in regions else regions[0]


def office_reports() -> str:
    """One month: which department handed in, late, was sent back, is missing."""
    return _month(_region({Role.OFFICE}), {})


def _month(region: str, refused: dict[str, list[str]]) -> str:
    listed = pages.ask("govshare_report_list", {"region": region, "limit": 1})
    months = [month for month in listed["periods"] if month["region"] == region]
    asked = pages.given("period")
    month = next((known for known in months if known["period"] == asked), months[0] if months else None)
    rows: list[dict[str, Any]] = []
    if month is not None:
        wanted = {"region": region, "period": month["period"], "limit": MOST}
        rows = pages.ask("govshare_report_list", wanted)["results"]
    order = {state: place for place, state in enumerate(report_words.STATES)}
    rows.sort(key=lambda row: (order.get(row["state"], 0), row["organization"]["title"]))
    extra = {
        "region": region,
        "months": months,
        "month": month,
        "rows": rows,
        "counts": {state: sum(row["state"] == state for row in rows) for state in report_words.STATES},
        "late": sum(row["late"] for row in rows),
        "waiting": sum(row["state"] == report_words.SUBMITTED for row in rows),
        "refused": refused,
        "words": report_words,
        "formats": FORMATS,
    }
    return tk.render("govshare/office/reports.html", extra)


def accept_reports() -> str | Response:
    """Accept the marked reports; each stands or falls by itself and says why."""
    region, period = _region({Role.OFFICE}), pages.given("period")
    ids = list(dict.fromkeys(id for id in tk.request.form.getlist("ids") if id and "\x00" not in id))[:MOST]
    if not ids:
        tk.h.flash_error(tk._("Mark the reports that you accept first"))
        return tk.redirect_to("govshare_desk.office_reports", region=region, period=period)
    wanted = {"region": region, "period": period, "limit": MOST}
    known = {row["id"]: row for row in pages.ask("govshare_report_list", wanted)["results"]}
    results = [_accepted(known[id]) for id in ids if id in known]
    extra = {
        "region": region,
        "period": period,
        "results": sorted(results, key=lambda line: (line["done"], line["title"])),
        "done": sum(line["done"] for line in results),
    }
    return tk.render("govshare/office/reports_accepted.html", extra)


def _accepted(row: dict[str, Any]) -> dict[str, Any]:
    _after, refused = pages.act("govshare_report_accept", {"id": row["id"], "opinion": pages.text("words")})
    why = [message for messages in refused.values() for message in messages]
    return {
        "title": row["organization"]["title"],
        "name": row["organization"]["name"],
        "done": not refused,
        "why": why,
    }


def close_month() -> str | Response:
    """Close a month: accepted reports are locked, the summary is kept as it is."""
    region, period = _region({Role.OFFICE}), pages.given("period")
    _summary, refused = pages.act("govshare_report_lock", {"region": region, "period": period})
    if refused:
        return _month(region, refused)
    tk.h.flash_success(tk._("The month is closed. Its summary stays as it is now."))
    return tk.redirect_to("govshare_desk.summary", period=period, region=region)


def summary(period: str) -> str:
    """A month across departments: sums, a table a section, who is missing."""
    region = _region(READERS)
    found = pages.ask("govshare_report_summary", {"region": region, "period": period})
    extra = {
        "summary": found,
        "region": region,
        "formats": FORMATS,
        "words": report_words,
        "office": any(Role.OFFICE in held and org.region == region for org, held in pages.memberships()),
    }
    return tk.render("govshare/office/report_summary.html", extra)


def export_summary(period: str) -> Answer:
    """The summary as a file."""
    kind = tk.request.args.get("format", "")
    if kind not in FORMATS:
        return tk.abort(400, tk._("Choose xlsx, docx, csv or json"))
    asked = {"region": _region(READERS), "period": period, "format": kind}
    made = pages.ask("govshare_report_export", asked)
    return downloads.answer(made["filename"], base64.b64decode(made["content_base64"]), made["content_type"])


ROUTES = [
    ("/office/reports", office_reports),
    ("/office/reports/accept", accept_reports, "POST"),
    ("/office/reports/close", close_month, "POST"),
    ("/office/reports/<period>", summary),
    ("/office/reports/<period>/export", export_summary),
]
