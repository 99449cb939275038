"""The calendar of working days on screen: the known years with their notices, what is provisional, the next year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from werkzeug.wrappers import Response

from ckanext.govshare import cases, config
from ckanext.govshare.desk import pages
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import KINDS

__all__ = ["ROUTES"]

SHOWN = 50  # terms that the page names; the rest is a number
EXAMPLE = """name: "2027"
notices:
  - {title: "国务院办公厅关于2027年部分节假日安排的通知", number: "国办发明电〔2026〕X号", date: "2026-11-XX"}
holidays:
  - {zh: "元旦", en: "New Year's Day", first: "2027-01-01", last: "2027-01-03"}
  - {zh: "春节", en: "Spring Festival", first: "2027-02-XX", last: "2027-02-XX", worked: ["2027-02-XX"]}
"""


def calendar() -> str:
    """The page."""
    return _page([])


def _page(refused: list[str]) -> str:
    held = pages.office_only()
    found = pages.ask("govshare_workdays_list")
    first = date.fromisoformat(found["provisional_from"])
    terms = _terms({office.region for office in held}, first)
    today = clock.today()
    extra = {
        "years": [{**year, "holidays": [_shown(row) for row in year["holidays"]]} for year in found["years"]],
        "year": today.year,
        "missing": found["missing"],
        "provisional_from": first.isoformat(),
        "terms": terms[:SHOWN],
        "more": len(terms[SHOWN:]),
        "refused": refused,
        "example": EXAMPLE.replace("2027", str(today.year + 1)).replace("2026", str(today.year)),
        "may_upload": any(office.region == config.region() for office in held),
        "weekday": _weekday,
    }
    return tk.render("govshare/office/calendar.html", extra)


def _terms(regions: set[str], first: date) -> list[dict[str, str]]:
    """Terms that run and end on a day that a notice to come may still move, the next one first."""
    case = cases.Case
    runs = sa.or_(*(
        sa.and_(case.kind == kind.name, case.state.in_(kind.open_states())) for kind in KINDS.values()
    ))  # fmt: skip
    rows = model.Session.execute(
        sa.select(case.title, case.due)
        .where(runs, case.region.in_(regions), case.due > clock.end_of_day(first - timedelta(days=1)))
        .order_by(case.due, case.id)
    )
    return [
        {"title": row.title, "day": (row.due - timedelta(microseconds=1)).astimezone(clock.ZONE).date().isoformat()}
        for row in rows
    ]  # fmt: skip


def _shown(holiday: dict[str, Any]) -> dict[str, Any]:
    english = str(tk.h.lang() or "").startswith("en")
    return {**holiday, "name": holiday["en"] if english else holiday["zh"]}


def _weekday(day: str) -> str:
    """The day of the week of an ISO day, short."""
    names = (tk._("Mon"), tk._("Tue"), tk._("Wed"), tk._("Thu"), tk._("Fri"), tk._("Sat"), tk._("Sun"))
    return names[date.fromisoformat(day).weekday()]


def upload_calendar() -> str | Response | tuple[str, int]:
    """Load a year from a file."""
    pages.office_only()
    data = {"upload": tk.request.files.get("file")}
    loaded, refused = pages.act("govshare_workdays_upload", data)
    if refused:
        return _page([text for messages in refused.values() for text in messages]), 400
    tk.h.flash_success(
        tk._("The working days of {year} are loaded. Terms follow them from now on.").format(
            year=loaded["year"]
        )
    )
    return tk.redirect_to("govshare_desk.calendar")


ROUTES = [
    ("/office/calendar", calendar),
    ("/office/calendar", upload_calendar, "POST"),
]
