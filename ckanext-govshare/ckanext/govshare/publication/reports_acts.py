"""What is done with a monthly report: written, handed in, sent back, accepted, and the month closed.

The caller holds the report (`reports_hands.find`) and has checked rights; nothing commits here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases
from ckanext.govshare.kernel import clock, report_values, reports
from ckanext.govshare.kernel.cases import Act, ReportState
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.report_days import is_over
from ckanext.govshare.kernel.reports import Form
from ckanext.govshare.publication import reports as service
from ckanext.govshare.publication import reports_words
from ckanext.govshare.publication.reasons import language
from ckanext.govshare.publication.reports_hands import Held
from ckanext.govshare.publication.reports_model import Period, Report

LONGEST_NOTE = 500


def save(held: Held, data_dict: dict[str, Any], actor: str) -> None:
    """Take what somebody wrote into a report.

    :param data_dict: ``values``, ``notes``, ``nil``, ``revision``
    :raises ValidationError: an older revision, or values by their field; then nothing is written
    """
    report, form = held.report, reports.parse(held.period.form)
    _refuse_older(report, data_dict.get("revision"), needed=True)
    given = _mapping(data_dict, "values")
    values, wrong = report_values.clean(form, given)
    refuse(wrong)
    notes = {**report.notes, **_notes(form, _mapping(data_dict, "notes"))}
    nil = _boolean(data_dict.get("nil"), report.nil)
    whole = reports.differing({**report.values, **values}, report.prefilled)
    notes = {slug: words for slug, words in notes.items() if words}
    if (whole, notes, nil) == (report.values, report.notes, report.nil):
        return
    report.values, report.notes, report.nil = whole, notes, nil
    report.revision += 1
    report.changed, report.changed_by = clock.now(), actor
    model.Session.flush()


def _mapping(data_dict: dict[str, Any], name: str) -> dict[str, Any]:
    found = data_dict.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise tk.ValidationError({name: [tk._("Give values by the names of their fields")]})
    return {str(slug): value for slug, value in found.items()}


def _notes(form: Form, given: dict[str, Any]) -> dict[str, str]:
    """Sentences by the field that they are about; blank ones take a note away."""
    numbers = {field.slug for field in form.of_kind(reports.NUMBER)}
    errors, kept = {}, {}
    for slug, words in given.items():
        readable = words is None or (
            isinstance(words, str)
            and len(words) <= LONGEST_NOTE
            and not report_values.UNREADABLE.search(words)
        )
        if slug not in numbers or not readable:
            message = tk._("Give a sentence of at most {number} characters").format(number=LONGEST_NOTE)
            errors[report_values.UNREADABLE.sub("", slug)[:40]] = [message]
        else:
            kept[slug] = (words or "").strip()
    if errors:
        raise tk.ValidationError(errors)
    return kept


def _boolean(value: Any, otherwise: bool) -> bool:
    if value is None:
        return otherwise
    try:
        return tk.asbool(value if isinstance(value, bool | str) else str(value))
    except ValueError:
        raise tk.ValidationError({"nil": [tk._("Say yes or no")]}) from None


def _refuse_older(report: Report, seen: Any, *, needed: bool = False) -> None:
    if seen in (None, "") and not needed:
        return
    if isinstance(seen, bool | dict | list) or str(seen) != str(report.revision):
        message = tk._(
            "Somebody else saved this report meanwhile, or its numbers were counted anew: load it again"
        )
        raise tk.ValidationError({"revision": [message]})


def refuse(found: Iterable[Finding]) -> None:
    """Stop what is wrong.

    :raises ValidationError: by field, in the reader's language
    """
    messages: dict[str, list[str]] = {}
    for finding in found:
        words = finding.message_zh if language() == "zh" else finding.message_en
        messages.setdefault(finding.field, []).append(words)
    if messages:
        raise tk.ValidationError(messages)


def submit(held: Held, data_dict: dict[str, Any], actor: str) -> bool:
    """Hand a report in. What it says is written down with it, so that it stays as it was handed in.

    :returns: whether it was handed in; False: its numbers had to be counted anew and are others now, so that the
        person has to look at them first
    :raises ValidationError: the period is not over, or what stands in the way, by field
    """
    report, period = held.report, held.period
    _refuse_older(report, data_dict.get("revision"))
    if not is_over(period.last, clock.now()):
        day = reports_words.day(period.last)
        message = tk._("The period runs until 24:00 of {day}: hand the report in after that").format(day=day)
        raise tk.ValidationError({"period": [message]})
    counted = report.counted is not None and report.counted >= clock.end_of_day(period.last)
    if not counted and service.count(period, [report.id]):
        return False
    form = reports.parse(period.form)
    said = reports.effective(form, report.values, report.prefilled)
    refuse(reports.check(form, said, report.notes, report.prefilled, report.nil))
    percentages = {field.slug for field in form.of_kind(reports.PERCENT)}
    report.values = {slug: value for slug, value in said.items() if slug not in percentages}
    now = clock.now()
    if report.submitted is None:
        report.late = is_over(period.due, now)
    report.submitted, report.submitted_by = now, actor
    report.revision += 1
    cases.act(held.case, Act.SUBMIT, actor, opinion=_words(data_dict, "opinion"))
    return True


def _words(data_dict: dict[str, Any], name: str) -> str:
    try:
        return report_values.text(data_dict.get(name)) or ""
    except ValueError as wrong:
        raise tk.ValidationError({name: [wrong.args[1 if language() == "zh" else 2]]}) from None


def send_back(held: Held, data_dict: dict[str, Any], actor: str) -> None:
    """Send a report back with a reason; the department writes again, on top of what it had said."""
    cases.act(held.case, Act.RETURN, actor, opinion=_words(data_dict, "reason"))
    held.report.values = reports.differing(held.report.values, held.report.prefilled)
    held.report.revision += 1
    model.Session.flush()


def accept(held: Held, data_dict: dict[str, Any], actor: str) -> None:
    """Accept a report: nobody writes in it any more."""
    cases.act(held.case, Act.APPROVE, actor, opinion=_words(data_dict, "opinion"))


def close(period: Period, summary: dict[str, Any], actor: str) -> None:
    """Close a month whose reports are locked: its summary is kept as it is now.

    :param summary: as `reports_summary.compute` answers it
    """
    period.locked, period.locked_by, period.summary = clock.now(), actor, summary
    model.Session.flush()
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": actor},
        {
            "action": "report_month_closed",
            "object_type": "report_month",
            "object_id": f"{period.region}/{period.period}",
            "region": period.region,
            "data": {"counts": summary["counts"], "sums": summary["sums"]},
        },
    )


def lock_accepted(period: Period, actor: str) -> None:
    """Lock every accepted report of a month that may be closed.

    :raises ValidationError: ``period``: it is closed, a report waits for the office, or one may still come in time
    """
    if period.locked is not None:
        raise tk.ValidationError({"period": [tk._("The office has closed this month")]})
    ids = sa.select(Report.id).where(Report.region == period.region, Report.period == period.period)
    statement = sa.select(cases.Case).where(cases.Case.id.in_(ids)).order_by(cases.Case.id).with_for_update()
    found = list(model.Session.scalars(statement.execution_options(populate_existing=True)))
    if any(case.state == ReportState.SUBMITTED for case in found):
        message = tk._("Reports wait for the office: accept them or send them back first")
        raise tk.ValidationError({"period": [message]})
    waiting = any(case.state in service.WRITABLE for case in found)
    if waiting and not is_over(period.due, clock.now()):
        message = tk._("Reports may still be handed in until 24:00 of {day}").format(
            day=reports_words.day(period.due)
        )
        raise tk.ValidationError({"period": [message]})
    for case in found:
        if case.state == ReportState.ACCEPTED:
            cases.act(case, Act.LOCK, actor)
