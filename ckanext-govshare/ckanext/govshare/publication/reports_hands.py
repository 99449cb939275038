"""Who may see and do what with monthly reports: the department writes, the office of its region decides.

Auditors of the region read. Nobody accepts what they handed in, and being an operator gives no say (T20).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases, roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import Act, ReportState
from ckanext.govshare.kernel.report_days import is_over, is_period
from ckanext.govshare.publication.reports import WRITABLE
from ckanext.govshare.publication.reports_model import Period, Report

SAVE, SUBMIT, RETURN, ACCEPT = "save", "submit", "return", "accept"
ACTS = (SAVE, SUBMIT, RETURN, ACCEPT)
OF_OFFICE = {
    RETURN: (ReportState.SUBMITTED.value, ReportState.ACCEPTED.value),
    ACCEPT: (ReportState.SUBMITTED.value,),
}
KERNEL_ACTS = {SUBMIT: Act.SUBMIT, RETURN: Act.RETURN, ACCEPT: Act.APPROVE}


@dataclass(frozen=True)
class Held:
    """A report with its case and its month."""

    report: Report
    case: cases.Case
    period: Period

    @property
    def late(self) -> bool:
        """Handed in after the due moment, or not handed in while it has passed."""
        if self.report.submitted is None:
            return is_over(self.period.due, clock.now())
        return self.report.late


@dataclass
class Hands(roles.Hands):
    """What one person may do with reports.

    :param audits: regions whose reports the person reads
    """

    audits: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, user: str | None) -> Hands:
        """The hands of a person, or of a visitor (none)."""
        hands = super().of(user)
        hands.audits = roles.audited_regions(user)
        return hands

    @property
    def own(self) -> set[str]:
        """Departments for which the person writes or signs."""
        return self.writes | self.reviews

    def sees(self, report: Report) -> bool:
        """Whether the report is there for this person."""
        return report.organization_id in self.works or report.region in self.offices | self.audits

    def refusal(self, held: Held, act: str) -> str | None:
        """Why this person may not do an act now, or None.

        :returns: a sentence in the reader's language
        """
        state = held.case.state
        if held.period.locked is not None:
            return tk._("The office has closed this month")
        if act not in OF_OFFICE:
            if held.report.organization_id not in self.own:
                return tk._("Only the department itself writes its report")
            return None if state in WRITABLE else tk._("The report is handed in: nobody writes in it")
        if held.report.region not in self.offices:
            return tk._("This is for the coordinating office")
        if state not in OF_OFFICE[act]:
            return tk._("This is not possible where the report stands now")
        if act == ACCEPT and held.report.submitted_by == self.user:
            return tk._("Nobody accepts what they handed in themselves")
        return None

    def acts(self, held: Held) -> list[str]:
        """The acts that this person may do now; a report is handed in when its period is over."""
        over = is_over(held.period.last, clock.now())
        return [act for act in ACTS if (act != SUBMIT or over) and self.refusal(held, act) is None]


def find(data_dict: dict[str, Any], *, lock: bool = False) -> Held:
    """The report that parameters name: ``id``, or ``organization`` and ``period``.

    :param lock: hold it, and the month, against everybody else until the transaction ends
    :raises ObjectNotFound: there is none
    """
    report = model.Session.scalars(_named(data_dict)).first()
    if report is None:
        raise nothing()
    statement = sa.select(Period).where(Period.region == report.region, Period.period == report.period)
    if lock:
        statement = statement.with_for_update(read=True).execution_options(populate_existing=True)
    period = model.Session.scalars(statement).one()
    case = cases.lock(report.id) if lock else model.Session.get(cases.Case, report.id)
    if lock:
        model.Session.refresh(report)
    return Held(report, case, period)


def _named(data_dict: dict[str, Any]) -> sa.Select:
    wanted, organization = data_dict.get("id"), data_dict.get("organization")
    period = data_dict.get("period")
    if isinstance(wanted, str) and wanted and "\x00" not in wanted:
        return sa.select(Report).where(Report.id == wanted)
    if isinstance(organization, str) and "\x00" not in organization and is_period(period):
        found = roles.organization(organization, closed=True)
        if found is not None:
            return sa.select(Report).where(Report.organization_id == found.id, Report.period == period)
    raise nothing()


def nothing() -> tk.ObjectNotFound:
    """What somebody is told of a report that is not there for them."""
    return tk.ObjectNotFound(tk._("There is no such report"))


def month_of(region: str, period: Any, *, lock: bool = False) -> Period:
    """A month of a region.

    :raises ObjectNotFound: it was never opened
    """
    statement = sa.select(Period).where(
        Period.region == region, Period.period == (period if is_period(period) else "")
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = model.Session.scalars(statement).first()
    if found is None:
        raise tk.ObjectNotFound(tk._("There are no reports of this month"))
    return found
