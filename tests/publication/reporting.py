"""What tests of monthly reports do again and again: run the timer, write, hand in, decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.kernel.clock import ZONE

MARCH = "2026-03"
OPENS = datetime(2026, 3, 20, 8, tzinfo=ZONE)
CUT_OFF = datetime(2026, 3, 25, 0, 0, 0, tzinfo=ZONE)  # 24:00 of the 24th
IN_TIME = datetime(2026, 3, 25, 9, tzinfo=ZONE)
LAST_MOMENT = datetime(2026, 3, 25, 23, 59, 59, tzinfo=ZONE)
TOO_LATE = datetime(2026, 3, 26, 0, 0, 0, tzinfo=ZONE)
MANUAL = {
    "systems_merged_new": 0, "systems_merged": 0, "requests_new": 0, "requests_total": 0, "answered_new": 0,
    "answered_total": 0, "progress": "目录已更新。",
}  # fmt: skip


def timer() -> dict[str, int]:
    """What `ckan govshare due` does about reports."""
    return tk.get_action("govshare_report_due")({"ignore_auth": True, "user": ""}, {})


def act(action: str, by: str, **data: Any) -> Any:
    """Call an action on reports as a person."""
    return tk.get_action(f"govshare_report_{action}")({"user": by}, data)


def show(by: str = "officer", organization: str = "jiaotong", period: str = MARCH) -> dict[str, Any]:
    """The report of a department."""
    return act("show", by, organization=organization, period=period)


def write(by: str = "officer", organization: str = "jiaotong", **data: Any) -> dict[str, Any]:
    """Write into the report of a department, on top of what is there: ``values``, ``notes``, ``nil``."""
    report = show(by, organization)
    return act("save", by, id=report["id"], revision=report["revision"], **data)


def hand_in(by: str = "officer", organization: str = "jiaotong", **values: Any) -> dict[str, Any]:
    """Fill in what nobody counts and hand the report in."""
    report = write(by, organization, values={**MANUAL, **values})
    return act("submit", by, id=report["id"], revision=report["revision"])


def faults(action: str, by: str, **data: Any) -> dict[str, Any]:
    """The refusal of an action by field."""
    with pytest.raises(tk.ValidationError) as refusal:
        act(action, by, **data)
    return refusal.value.error_dict
