"""Monthly reports: which are asked for, and what the portal itself can say in them.

The timer opens a month for every department of a region that has an office, and counts as long as a report is in the
department's hands. Nothing here checks rights or commits: actions do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, config, schemas
from ckanext.govshare.kernel import clock, report_days, reports
from ckanext.govshare.kernel.cases import REPORT, ReportState
from ckanext.govshare.kernel.report_days import Month, Terms, is_over
from ckanext.govshare.kernel.reports import MANUAL, NUMBER, Form
from ckanext.govshare.publication.model import Measure
from ckanext.govshare.publication.reports_model import Period, Report

WRITABLE = frozenset({ReportState.OPEN.value, ReportState.RETURNED.value})
TIMER = "timer"
Counted = Mapping[str, Mapping[str, Mapping[str, int]]]  # department → group → key → number

_EXTRAS = model.Group.extras
_ORGANIZATION = (model.Group.is_organization.is_(True), model.Group.state == "active")
OPEN_TODAY = sa.func.coalesce(_EXTRAS["closed_on"].astext, "") == ""
IS_OFFICE = _EXTRAS["org_type"].astext == "office"


def terms() -> Terms:
    """What the settings ask for.

    :raises ValueError: a setting names a day that no month has
    """
    return Terms(
        cutoff_day=config.get("publication.report_cutoff_day"),
        due_day=config.get("publication.report_due_day"),
        if_not_workday=config.get("publication.report_if_not_workday"),
        open_days=config.get("publication.report_open_days"),
    )


def open_months() -> int:
    """Open the months that are to be open today, with a report for every department.

    :returns: how many reports were opened
    """
    model.Session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('govshare_report'))"))
    asked = terms()
    latest = report_days.latest(clock.today(), asked)
    regions = model.Session.scalars(
        sa.select(_EXTRAS["region"].astext).where(*_ORGANIZATION, IS_OFFICE, OPEN_TODAY).distinct()
    ).all()
    for region in regions:
        former = model.Session.scalars(
            sa.select(Period).where(Period.region == region).order_by(Period.period.desc()).limit(1)
        ).first()
        wanted = report_days.after(former.period, latest) if former else (latest,)
        for name in wanted:
            former = _open_month(region, report_days.month(name, asked), former)
    return sum(_open_reports(period) for period in unlocked())


def _open_month(region: str, month: Month, former: Period | None) -> Period:
    """The month of a region; it begins where the former one ended, even if the settings changed meanwhile."""
    if former is not None and former.last < month.last:
        month = replace(month, first=former.last + report_days.DAY)
    form = dict(schemas.load_monthly_report(str(config.get("schemas.path") or "")))
    period = Period(
        region=region,
        period=month.period,
        first=month.first,
        last=month.last,
        due=month.due,
        provisional=month.provisional,
        form=form,
    )
    model.Session.add(period)
    model.Session.flush()
    return period


def unlocked() -> list[Period]:
    """The months that no office has closed yet, oldest first."""
    statement = sa.select(Period).where(Period.locked.is_(None)).order_by(Period.period, Period.region)
    return list(model.Session.scalars(statement))


def _open_reports(period: Period) -> int:
    """A report for every department that was there when the period ended; none is opened twice."""
    if period.provisional and not is_over(period.due, clock.now()):
        _settle(period)
    there = sa.select(Report.organization_id).where(Report.period == period.period)
    departments = model.Session.scalars(
        sa.select(model.Group)
        .where(
            *_ORGANIZATION,
            OPEN_TODAY,
            sa.not_(IS_OFFICE),
            _EXTRAS["government"].astext == "1",
            _EXTRAS["region"].astext == period.region,
            model.Group.id.not_in(there),
        )
        .order_by(model.Group.name)
    )
    asked = [group for group in departments if not _founded_since(group.created, period.last)]
    for group in asked:
        title = f"{group.title} {period.period}"
        case = cases.start(REPORT, organization_id=group.id, region=period.region, title=title, actor=TIMER)
        case.due = clock.end_of_day(period.due)
        report = Report(
            id=case.id,
            organization_id=group.id,
            region=period.region,
            period=period.period,
            form_version=period.form["version"],
        )
        model.Session.add(report)
    model.Session.flush()
    return len(asked)


def _settle(period: Period) -> None:
    """Compute a provisional due day anew: the notice of its year may be there by now."""
    month = report_days.month(period.period, terms())
    if month.last == period.last and (month.due, month.provisional) != (period.due, period.provisional):
        period.due, period.provisional = month.due, month.provisional
        ids = sa.select(Report.id).where(Report.region == period.region, Report.period == period.period)
        due = clock.end_of_day(period.due)
        model.Session.execute(sa.update(cases.Case).where(cases.Case.id.in_(ids)).values(due=due))


def _founded_since(created: datetime | None, last: date) -> bool:
    """Whether a department was made after the period had ended (core keeps the moment in UTC, without a zone)."""
    if created is None:
        return False
    moment = created.replace(tzinfo=timezone.utc)
    return clock.end_of_day(last) <= moment <= clock.now()


def count(period: Period, only: Collection[str] | None = None) -> int:
    """Count what the portal can say in the reports that are in their departments' hands.

    Once a day before the period is over, and once when it is: what was so at 24:00 of the cut-off day stays so.

    :param only: ids of reports; all of the month by default
    :returns: how many reports say another number now
    """
    mine = (Report.region == period.region, Report.period == period.period)
    waiting = sa.select(cases.Case.id).where(
        cases.Case.id.in_(sa.select(Report.id).where(*mine) if only is None else only),
        cases.Case.state.in_(WRITABLE),
    )
    ids = model.Session.scalars(waiting.order_by(cases.Case.id).with_for_update()).all()
    held = sa.select(Report).where(Report.id.in_(ids)).execution_options(populate_existing=True)
    found = [report for report in model.Session.scalars(held) if _to_count(report, period)]
    if not found:
        return 0
    form, end = reports.parse(period.form), clock.end_of_day(period.last)
    numbers = counted([report.organization_id for report in found], period.first, period.last)
    changed = 0
    for report in found:
        said = numbers_of(form, numbers[report.organization_id])
        if said != report.prefilled:
            changed += 1
            report.prefilled = said
            report.values = reports.differing(report.values, said)
            report.revision += 1
        report.counted = min(clock.now(), end)
    model.Session.flush()
    return changed


def _to_count(report: Report, period: Period) -> bool:
    """Whether the numbers of a report are neither those of the end of its period nor, before that, of today."""
    if report.counted is None:
        return True
    end = clock.end_of_day(period.last)
    if report.counted >= end:
        return False
    return clock.now() >= end or report.counted.astimezone(clock.ZONE).date() < clock.today()


def counted(organizations: Collection[str], first: date, last: date) -> Counted:
    """What counting service and catalogue say of departments as of 24:00 of the last day, or of now before it.

    :returns: ``{department: {group: {key: number}}}``; groups are those of the sources of the form
    """
    ids = sorted(set(organizations))
    until = min(last, clock.today())
    days = {"first": first.isoformat(), "last": until.isoformat(), "organizations": ids}
    published = _ask("govshare_publication_period", {"first": days["first"], "last": days["last"]})
    kept = _ask("govshare_catalogue_period", days)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for id in ids:
        groups = dict((kept or {}).get(id) or {})
        if published is not None:
            flat = dict.fromkeys(COUNTS, 0)  # a department without candidates is not there
            for measure, line in (published.get(id) or {}).items():
                flat.update({f"{measure}.{key}": number for key, number in line.items()})
            groups["counting"] = flat
        found[id] = groups
    return found


COUNTS = tuple(
    f"{measure.value}.{key}"
    for measure in Measure
    for key in (("total",) if measure is Measure.ROWS else ("total", "new", "gone", "candidates"))
)


def _ask(action: str, data: dict[str, Any]) -> Any:
    """What another part of the site answers; None where the site does not have it: people fill in the numbers then."""
    try:
        call = tk.get_action(action)
    except KeyError:
        return None
    return call({"ignore_auth": True, "user": ""}, data)


def numbers_of(form: Form, groups: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """The counted numbers of a form, by slug; those that nobody counts are left out."""
    said = {}
    for field in form.of_kind(NUMBER):
        if field.source != MANUAL:
            group, _, key = field.source.partition(":")
            number = groups.get(group, {}).get(key)
            if number is not None:
                said[field.slug] = int(number)
    return said
