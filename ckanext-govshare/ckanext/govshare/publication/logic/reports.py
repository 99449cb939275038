"""Actions on monthly reports (docs/reports.md).

A report belongs to its department and to the office of its region; for everybody else it is not there. Refusals are
``ValidationError`` by field, in the reader's language; nothing is half-saved.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import cases, config, roles
from ckanext.govshare.kernel.cases import ReportState
from ckanext.govshare.kernel.report_days import is_period
from ckanext.govshare.publication import (
    reminders,
    reports,
    reports_acts,
    reports_files,
    reports_shown,
    reports_summary,
    reports_todo,
)
from ckanext.govshare.publication.reports_hands import Hands, Held, find, month_of
from ckanext.govshare.publication.reports_model import Period, Report

__all__ = [
    "govshare_report_accept",
    "govshare_report_due",
    "govshare_report_export",
    "govshare_report_list",
    "govshare_report_lock",
    "govshare_report_return",
    "govshare_report_save",
    "govshare_report_show",
    "govshare_report_submit",
    "govshare_report_summary",
    "govshare_report_todo",
]

log = logging.getLogger(__name__)
MOST = 1000
MONTHS = 60


def _hands(context: Context) -> Hands:
    return Hands.of(context.get("user"))


@tk.side_effect_free
def govshare_report_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A report with its form, what it says, what stands in its way, its history, and what the caller may do.

    :param id: id of the report; or ``organization`` (id or name) and ``period`` (``2026-03``)
    :returns: ``{id, organization: {id, name, title}, region, period, first, last, due, provisional, locked, state,
        since, late, nil, revision, changed, changed_by, submitted, submitted_by, waits_on, form, values, notes,
        prefilled, counted, findings, events, acts}``; days and moments in ISO form; ``acts`` of ``save``, ``submit``,
        ``return``, ``accept``
    :raises ObjectNotFound: there is none that the caller may see
    """
    tk.check_access("govshare_report_show", context, data_dict)
    return reports_shown.whole(find(data_dict), _hands(context))


@tk.side_effect_free
def govshare_report_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The reports that the caller may see, the newest month first, by department.

    :param period: only of this month
    :param organization: only of this department (id or name)
    :param state: only in this state
    :param region: only of this region
    :param limit: at most this many (default 100, at most 1000)
    :param offset: leave out the first ones
    :returns: ``{count, results, periods}``: reports without what they say; the newest 60 months there are for the
        caller, ``{region, period, first, last, due, provisional, locked}``
    :raises ValidationError: a parameter that is none
    """
    tk.check_access("govshare_report_list", context, data_dict)
    hands = _hands(context)
    wanted = _filters(data_dict)
    statement = reports_shown.joined().where(reports_shown.in_sight(hands), *wanted)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(statement.subquery()))
    order = (Report.period.desc(), model.Group.name, Report.id)
    limit, offset = _number(data_dict, "limit", 100), _number(data_dict, "offset", 0)
    page = statement.order_by(*order).limit(min(limit, MOST)).offset(offset)
    months = (
        sa.select(Period)
        .where(
            sa.exists().where(
                Report.region == Period.region,
                Report.period == Period.period,
                reports_shown.in_sight(hands),
            )
        )
        .order_by(Period.period.desc(), Period.region)
        .limit(MONTHS)
    )
    return {
        "count": count,
        "results": [reports_shown.line(*found) for found in reports_shown.read(page)],
        "periods": [reports_shown.month(period) for period in model.Session.scalars(months)],
    }


def _filters(data_dict: dict[str, Any]) -> list[Any]:
    found, errors = [], {}
    period, state, organization = (data_dict.get(name) for name in ("period", "state", "organization"))
    if period:
        found.append(Report.period == str(period))
        if not is_period(period):
            errors["period"] = [tk._("Write the month as 2026-03")]
    if state:
        found.append(cases.Case.state == str(state))
        if state not in {known.value for known in ReportState}:
            errors["state"] = [tk._("Unknown state")]
    if organization:
        readable = isinstance(organization, str) and "\x00" not in organization
        known = roles.organization(organization, closed=True) if readable else None
        found.append(Report.organization_id == (known.id if known is not None else ""))
    if data_dict.get("region"):
        found.append(Report.region == _region(data_dict))
    if errors:
        raise tk.ValidationError(errors)
    return found


def _region(data_dict: dict[str, Any]) -> str:
    region = data_dict.get("region") or config.region()
    if not isinstance(region, str) or not region.isdecimal():
        raise tk.ValidationError({"region": [tk._("Unknown region")]})
    return region


def _number(data_dict: dict[str, Any], name: str, otherwise: int) -> int:
    given = data_dict.get(name)
    if given in (None, ""):
        return otherwise
    text = str(given)
    if isinstance(given, bool) or not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise tk.ValidationError({name: [tk._("This must be a whole number, 0 or more")]})
    return int(text)


def _held(context: Context, data_dict: dict[str, Any], action: str) -> Held:
    """The report, held until the transaction ends, for somebody who may do this to it."""
    held = find({"id": tk.get_or_bust(data_dict, "id")}, lock=True)
    tk.check_access(f"govshare_report_{action}", context, {"id": held.report.id})
    return held


def _done(context: Context, held: Held) -> dict[str, Any]:
    model.Session.commit()
    return reports_shown.whole(find({"id": held.report.id}), _hands(context))


def govshare_report_save(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Write into a report that is open or was sent back. A form calls it while somebody types.

    :param id: id of the report
    :param values: value by slug, of the fields that change; null gives a counted number back
    :param notes: why a number is another one than was counted, by slug; blank takes the sentence away
    :param nil: whether there is nothing to report in this period (零报告); stays when left out
    :param revision: the revision that the caller saw; an older one is refused
    :returns: the report, as ``govshare_report_show``
    :raises NotAuthorized: the caller does not write for the department, or it is handed in, or the month is closed
    :raises ValidationError: ``revision``: somebody else saved meanwhile; or a value, by its field
    """
    held = _held(context, data_dict, "save")
    reports_acts.save(held, data_dict, str(context.get("user") or ""))
    return _done(context, held)


def govshare_report_submit(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand a report in. It is late when that is after 24:00 of the due day.

    :param id: id of the report
    :param revision: the revision that the caller saw (optional); an older one is refused
    :param opinion: words for the office (optional)
    :returns: the report
    :raises ValidationError: ``period``: it is not over yet; ``revision``: its numbers had to be counted anew and are
        others; or what is missing or wrong, by field
    """
    held = _held(context, data_dict, "submit")
    if not reports_acts.submit(held, data_dict, str(context.get("user") or "")):
        model.Session.commit()  # the numbers, not the act
        message = tk._("The numbers were counted anew as of the end of the period: look at them again")
        raise tk.ValidationError({"revision": [message]})
    return _done(context, held)


def govshare_report_return(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Send a report that was handed in, or accepted, back to its department.

    :param id: id of the report
    :param reason: why, in words
    :returns: the report
    :raises ValidationError: ``reason``: it is missing; ``state``: it stands elsewhere by now
    """
    held = _held(context, data_dict, "return")
    reports_acts.send_back(held, data_dict, str(context.get("user") or ""))
    return _done(context, held)


def govshare_report_accept(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Accept a report. Nobody writes in it afterwards; nobody accepts what they handed in themselves.

    :param id: id of the report
    :param opinion: words for the department (optional)
    :returns: the report
    """
    held = _held(context, data_dict, "accept")
    reports_acts.accept(held, data_dict, str(context.get("user") or ""))
    return _done(context, held)


def govshare_report_lock(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Close a month: accepted reports are locked, what is not handed in stays missing, the summary is kept for good.

    :param period: the month
    :param region: that of the site by default
    :returns: the summary, as ``govshare_report_summary``
    :raises ObjectNotFound: there are no reports of this month
    :raises ValidationError: ``period``: it is closed, reports wait for the office, or one may still come in time
    """
    tk.check_access("govshare_report_lock", context, data_dict)
    period = month_of(_region(data_dict), data_dict.get("period"), lock=True)
    user = str(context.get("user") or "")
    reports_acts.lock_accepted(period, user)
    reports_acts.close(period, reports_summary.compute(period), user)
    model.Session.commit()
    return reports_summary.of(period)


@tk.side_effect_free
def govshare_report_summary(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A month across departments: numbers, sums, who is missing, who was late. As it was kept once it is closed.

    :param period: the month
    :param region: that of the site by default
    :returns: ``{region, period, first, last, due, provisional, locked, locked_by, form_version, heading, sections,
        text_fields, rows, sums, missing, late, counts}`` (docs/reports.md)
    :raises ObjectNotFound: there are no reports of this month
    """
    tk.check_access("govshare_report_summary", context, data_dict)
    return reports_summary.of(month_of(_region(data_dict), data_dict.get("period")))


@tk.side_effect_free
def govshare_report_export(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """The summary of a month as a file.

    :param period: the month
    :param region: that of the site by default
    :param format: ``xlsx`` (default), ``docx``, ``csv`` or ``json``
    :returns: ``{filename, content_type, content_base64}``
    :raises ValidationError: ``format``
    """
    tk.check_access("govshare_report_export", context, data_dict)
    wanted = data_dict.get("format") or "xlsx"
    if not isinstance(wanted, str) or wanted not in reports_files.FORMATS:
        raise tk.ValidationError({"format": [tk._("Unknown format")]})
    summary = reports_summary.of(month_of(_region(data_dict), data_dict.get("period")))
    return reports_files.export(summary, wanted)


@tk.side_effect_free
def govshare_report_todo(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What reports ask of the caller: to write them, or to look at them.

    :returns: ``[{slug, title, detail, url, since, due, level: info|warn|late, organization, count, id, period}]``
    """
    tk.check_access("govshare_report_todo", context, data_dict)
    return reports_todo.lines(_hands(context))


def govshare_report_due(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Open the reports that are to be open, count anew what departments have in hand, remind. Idempotent.

    :returns: ``{opened, counted}``: reports opened; reports that say another number now. With a setting that no month
        can follow nothing is done, and ``problem`` names it: what else is due goes on
    """
    tk.check_access("govshare_report_due", context, data_dict)
    try:
        opened = reports.open_months()
    except ValueError as wrong:
        model.Session.rollback()
        log.exception("monthly reports cannot be opened")
        return {"opened": 0, "counted": 0, "problem": str(wrong)}
    changed = sum(reports.count(period) for period in reports.unlocked())
    model.Session.commit()
    reminders.send_due()
    return {"opened": opened, "counted": changed}
