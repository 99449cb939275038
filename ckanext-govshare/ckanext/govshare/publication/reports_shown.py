"""Monthly reports as actions answer them: JSON values, with what the reader may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases
from ckanext.govshare.kernel import clock, reports
from ckanext.govshare.kernel.cases import REPORT, ReportState
from ckanext.govshare.kernel.reports import Form
from ckanext.govshare.publication.reasons import language
from ckanext.govshare.publication.reports_hands import Hands, Held
from ckanext.govshare.publication.reports_model import Period, Report

Organization = dict[str, str]


def stamp(when: datetime | None) -> str | None:
    """A moment in ISO form, Beijing time."""
    return when.astimezone(clock.ZONE).isoformat(timespec="seconds") if when is not None else None


def joined() -> sa.Select:
    """Reports with case, month, and id, name and title of their department.

    A report of a department that was closed before it handed anything in is left out: nobody can write it any more.
    """
    group = model.Group
    closed = sa.func.coalesce(group.extras["closed_on"].astext, "") != ""
    return (
        sa.select(Report, cases.Case, Period, group.id, group.name, group.title)
        .join(cases.Case, cases.Case.id == Report.id)
        .join(Period, sa.and_(Period.region == Report.region, Period.period == Report.period))
        .join(group, group.id == Report.organization_id)
        .where(sa.not_(sa.and_(cases.Case.state == ReportState.OPEN.value, closed)))
    )


def read(statement: sa.Select) -> list[tuple[Held, Organization]]:
    """Rows of `joined`, each with its department."""
    return [
        (Held(report, case, period), {"id": id, "name": name, "title": title})
        for report, case, period, id, name, title in model.Session.execute(statement)
    ]


def in_sight(hands: Hands) -> sa.ColumnElement[bool]:
    """The reports that a person sees, as a condition."""
    return sa.or_(Report.organization_id.in_(hands.works), Report.region.in_(hands.offices | hands.audits))


def month(period: Period) -> dict[str, Any]:
    """A month: which days, due when, closed when."""
    return {
        "region": period.region,
        "period": period.period,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "due": period.due.isoformat(),
        "provisional": period.provisional,
        "locked": stamp(period.locked),
    }


def line(held: Held, organization: Organization) -> dict[str, Any]:
    """A report without what it says, as lists show it."""
    report, case = held.report, held.case
    party = REPORT.waits_on(case.state) if held.period.locked is None else None
    return {
        "id": report.id,
        "organization": organization,
        **month(held.period),
        "state": case.state,
        "since": stamp(case.since),
        "late": held.late,
        "nil": report.nil,
        "revision": report.revision,
        "changed": stamp(report.changed),
        "changed_by": report.changed_by,
        "submitted": stamp(report.submitted),
        "submitted_by": report.submitted_by,
        "waits_on": party.value if party is not None else None,
    }


def whole(held: Held, hands: Hands) -> dict[str, Any]:
    """A report with its form, what it says, what is wrong with it, its history, and what the reader may do."""
    report = held.report
    form = reports.parse(held.period.form)
    organization = model.Session.get(model.Group, report.organization_id)
    said = reports.effective(form, report.values, report.prefilled)
    return {
        **line(
            held,
            {"id": organization.id, "name": organization.name, "title": organization.title},
        ),
        "form": shown_form(form),
        "values": said,
        "notes": report.notes,
        "prefilled": report.prefilled,
        "counted": stamp(report.counted),
        "findings": _findings(form, said, report),
        "events": _events(report.id),
        "acts": hands.acts(held),
    }


def shown_form(form: Form) -> dict[str, Any]:
    """The form with titles in the reader's language."""
    return titled(form.as_dict())


def titled(value: Any) -> Any:
    """A copy in which whatever has a Chinese and an English name has a ``title`` in the reader's language."""
    if isinstance(value, Mapping):
        copy = {key: titled(item) for key, item in value.items()}
        return {**copy, "title": copy[language()]} if {"zh", "en"} <= copy.keys() else copy
    return [titled(item) for item in value] if isinstance(value, list | tuple) else value


def _findings(form: Form, said: Mapping[str, Any], report: Report) -> list[dict[str, str]]:
    sections = {field.slug: section.slug for section in form.sections for field in section.fields}
    return [
        {
            "slug": finding.slug,
            "section": sections[finding.field],
            "field": finding.field,
            "message": finding.message_zh if language() == "zh" else finding.message_en,
            "message_zh": finding.message_zh,
            "message_en": finding.message_en,
        }
        for finding in reports.check(form, said, report.notes, report.prefilled, report.nil)
    ]


def _events(case_id: str) -> list[dict[str, Any]]:
    """The acts, oldest first, each with the name that its person goes by."""
    found = cases.events(case_id)
    names = names_of(event.actor for event in found)
    return [
        {**event.as_dict(), "at": stamp(event.at), "name": names.get(event.actor, event.actor)}
        for event in found
    ]


def names_of(people: Iterable[str]) -> dict[str, str]:
    """What people are called, by user name; one statement."""
    rows = model.Session.execute(
        sa.select(model.User.name, model.User.fullname).where(model.User.name.in_(set(people)))
    )
    return {name: fullname or name for name, fullname in rows}
