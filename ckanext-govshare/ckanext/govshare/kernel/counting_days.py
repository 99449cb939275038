"""What time alone does to a candidate: when its data are late, and on which day that may change next.

Source: standards.md §7 "Targets" (overdue warns first; it stops counting after max(2 cycles, 30 days)).
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from ckanext.govshare.kernel.counting_facts import ApplicationFacts, DatasetFacts

PROOF_DAYS = 90  # how long a person's look at an application is good
LEAST_OVERDUE_DAYS = 30
# Code of 更新周期 → (days, months); 8 (其他/不定期) promises nothing and so is never late.
CYCLES = {"1": (1, 0), "2": (1, 0), "3": (7, 0), "4": (0, 1), "5": (0, 3), "6": (0, 6), "7": (0, 12)}
_DAY = timedelta(days=1)


def _add_cycles(start: date, code: str, times: int) -> date:
    """The day some cycles after another, at the latest the last day that the calendar knows."""
    days, months = CYCLES[code]
    month = start.month - 1 + months * times
    year, month = start.year + month // 12, month % 12 + 1
    try:
        last = calendar.monthrange(year, month)[1]
        return start.replace(year=year, month=month, day=min(start.day, last)) + timedelta(days=days * times)
    except (ValueError, OverflowError):
        return date.max


def _limits(facts: DatasetFacts) -> tuple[date, date] | None:
    """The last day on which data are in time, and the last on which late data still count."""
    start = facts.data_updated or facts.published
    if start is None or facts.update_cycle not in CYCLES:
        return None
    longest = min(start, date.max - timedelta(days=LEAST_OVERDUE_DAYS)) + timedelta(days=LEAST_OVERDUE_DAYS)
    return _add_cycles(start, facts.update_cycle, 1), max(_add_cycles(start, facts.update_cycle, 2), longest)


def due(facts: DatasetFacts) -> date | None:
    """The last day on which the data of an entry are in time; None where no day is promised or known."""
    limits = _limits(facts)
    return limits[0] if limits else None


def overdue(facts: DatasetFacts, day: date) -> str | None:
    """Tell how late the data of an entry are on a day.

    :param facts: the entry; its data date is `data_updated`, else the publication date
    :param day: the day in Beijing time
    :returns: None in time or unknown · "overdue" after a cycle · "overdue_long" after max(2 cycles, 30 days)
    """
    limits = _limits(facts)
    if limits is None or day <= limits[0]:
        return None
    return "overdue_long" if day > limits[1] else "overdue"


def of_dataset(facts: DatasetFacts) -> list[date]:
    """The days on which the verdict on an entry may be another than on the day before."""
    after = [limit + _DAY for limit in _limits(facts) or () if limit < date.max]
    return [*([facts.published] if facts.published else []), *after]


def of_application(facts: ApplicationFacts) -> list[date]:
    """The days on which the verdict on an application may be another than on the day before."""
    checked = facts.proof_checked
    return [checked + (PROOF_DAYS + 1) * _DAY] if checked and date.max - checked > PROOF_DAYS * _DAY else []
