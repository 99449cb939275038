"""A month across the departments of a region: what they said, what it adds up to, who said nothing.

Kept as it was when the office closed the month, and never computed anew.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ckanext.govshare.kernel import reports
from ckanext.govshare.kernel.cases import ReportState
from ckanext.govshare.kernel.reports import NUMBER, PERCENT, TEXT, Field, Form
from ckanext.govshare.publication.reports_model import Period, Report
from ckanext.govshare.publication.reports_shown import joined, month, read, stamp, titled

HANDED_IN = (ReportState.SUBMITTED.value, ReportState.ACCEPTED.value, ReportState.LOCKED.value)


def of(period: Period) -> dict[str, Any]:
    """The summary of a month as `govshare_report_summary` answers it."""
    found = period.summary if period.summary is not None else compute(period)
    return titled(
        {**month(period), "locked_by": period.locked_by, **found, "form_version": period.form["version"]}
    )


def compute(period: Period) -> dict[str, Any]:
    """The summary of a month as its reports stand: two statements, however many departments there are.

    :returns: ``{title, sections, texts, rows, sums, missing, late, counts}`` without words of one language
    """
    form = reports.parse(period.form)
    found = read(joined().where(Report.region == period.region, Report.period == period.period))
    found.sort(key=lambda pair: pair[1]["name"])
    rows, texts = [], [field.slug for field in form.of_kind(TEXT)]
    numbers = [field.slug for field in form.of_kind(NUMBER, PERCENT)]
    for held, organization in found:
        report, state = held.report, held.case.state
        said = reports.effective(form, report.values, report.prefilled) if state in HANDED_IN else {}
        rows.append(
            {
                "id": report.id,
                "organization": organization,
                "state": state,
                "late": held.late,
                "nil": report.nil and state in HANDED_IN,
                "submitted": stamp(report.submitted),
                "values": {slug: said[slug] for slug in numbers} if said else {},
                "texts": {slug: said[slug] for slug in texts if said.get(slug)},
            }
        )
    counts = Counter(row["state"] for row in rows)
    return {
        "heading": {"zh": form.zh, "en": form.en},
        "sections": [section for section in _sections(form) if section["fields"]],
        "text_fields": [_field(field) for field in form.of_kind(TEXT)],
        "rows": rows,
        "sums": reports.sums(form, [row["values"] for row in rows if row["values"]]),
        "missing": [row["organization"] for row in rows if row["state"] == ReportState.OPEN],
        "late": [row["organization"] for row in rows if row["late"] and row["submitted"]],
        "counts": {state.value: counts[state.value] for state in ReportState},
    }


def _sections(form: Form) -> list[dict[str, Any]]:
    return [
        {
            "slug": section.slug,
            "zh": section.zh,
            "en": section.en,
            "fields": [_field(field) for field in section.fields if field.kind in (NUMBER, PERCENT)],
        }
        for section in form.sections
    ]


def _field(field: Field) -> dict[str, str]:
    return {
        "slug": field.slug,
        "zh": field.zh,
        "en": field.en,
        "kind": field.kind,
        "period": field.period,
        "unit": field.unit,
    }
