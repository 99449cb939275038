"""Monthly reports on the to-do list: of a department those to be written, of the office those to be looked at."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.govshare import cases
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import ReportState
from ckanext.govshare.kernel.report_days import is_over
from ckanext.govshare.publication import reports_words
from ckanext.govshare.publication.reports import WRITABLE
from ckanext.govshare.publication.reports_hands import Hands, Held
from ckanext.govshare.publication.reports_model import Period, Report
from ckanext.govshare.publication.reports_shown import Organization, joined, read, stamp

FEW = 3  # departments that a line names


def lines(hands: Hands) -> list[dict[str, Any]]:
    """Every line for a person; one statement for departments and one for offices."""
    found = []
    if hands.own:
        mine = sa.and_(Report.organization_id.in_(hands.own), cases.Case.state.in_(WRITABLE))
        found += [_of_department(*row) for row in _waiting(mine)]
    if hands.offices:
        states = (ReportState.OPEN.value, ReportState.SUBMITTED.value)
        theirs = sa.and_(Report.region.in_(hands.offices), cases.Case.state.in_(states))
        found += _of_office(_waiting(theirs))
    return found


def _waiting(condition: Any) -> list[tuple[Held, Organization]]:
    open_months = joined().where(condition, Period.locked.is_(None))
    return read(open_months.order_by(Report.period, Report.id))


def _of_department(held: Held, organization: Organization) -> dict[str, Any]:
    report, period, state = held.report, held.period, held.case.state
    returned = state == ReportState.RETURNED
    late = is_over(period.due, clock.now())
    if returned:
        title = tk._("Correct the monthly report of {month}")
    else:
        title = tk._("Hand in the monthly report of {month}")
    over = is_over(period.last, clock.now())
    return {
        "slug": "report_returned" if returned else "report_late" if late else "report_open",
        "title": title.format(month=reports_words.month(period.period)),
        "detail": _due_words(period),
        "url": f"/desk/report/{period.period}?organization={organization['name']}",
        "since": stamp(held.case.since),
        "due": period.due.isoformat(),
        "level": "late" if late else "warn" if returned or over else "info",
        "organization": organization["title"],
        "count": 1,
        "id": report.id,
        "period": period.period,
    }


def _due_words(period: Period) -> str:
    if period.provisional:
        return tk._("Due by 24:00 of {day} (provisional)").format(day=reports_words.day(period.due))
    return tk._("Due by 24:00 of {day}").format(day=reports_words.day(period.due))


def _of_office(rows: list[tuple[Held, Organization]]) -> list[dict[str, Any]]:
    """One line a month for the reports that wait, one for those that are missing after the due moment."""
    groups: dict[tuple[str, str, str], list[tuple[Held, Organization]]] = {}
    for held, organization in sorted(rows, key=lambda row: row[1]["title"]):
        over = is_over(held.period.due, clock.now())
        if held.case.state == ReportState.SUBMITTED:
            slug = "reports_waiting"
        elif over:
            slug = "reports_missing"
        else:
            continue
        key = (held.period.region, held.period.period, slug)
        groups.setdefault(key, []).append((held, organization))
    return [_line_of_office(key[-1], groups[key]) for key in sorted(groups)]


def _line_of_office(slug: str, found: list[tuple[Held, Organization]]) -> dict[str, Any]:
    period, number = found[0][0].period, len(found)
    if slug == "reports_waiting":
        title = tk.ungettext(
            "{number} monthly report of {month} to look at",
            "{number} monthly reports of {month} to look at",
            number,
        )
        level = "warn" if is_over(period.due, clock.now()) else "info"
    else:
        title = tk.ungettext(
            "{number} department has not handed in its report of {month}",
            "{number} departments have not handed in their reports of {month}",
            number,
        )
        level = "late"
    return {
        "slug": slug,
        "title": title.format(number=number, month=reports_words.month(period.period)),
        "detail": "、".join(organization["title"] for _held, organization in found[:FEW]),
        "url": f"/office/reports?period={period.period}",
        "since": min(stamp(held.case.since) for held, _organization in found),
        "due": period.due.isoformat() if slug == "reports_missing" else None,
        "level": level,
        "organization": "",
        "count": number,
        "id": "",
        "period": period.period,
    }
