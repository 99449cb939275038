"""Words of the monthly report: where it stands, what that means, who acts next, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

OPEN, SUBMITTED, RETURNED, ACCEPTED, LOCKED = "open", "submitted", "returned", "accepted", "locked"
STATES = (SUBMITTED, RETURNED, OPEN, ACCEPTED, LOCKED)


def state(report: Mapping[str, Any]) -> dict[str, str]:
    """Where a report stands.

    :param report: as ``govshare_report_list`` answers it, or a row of the summary
    :returns: ``{label, look}``
    """
    value = report["state"]
    if report.get("locked") and value in (OPEN, RETURNED):
        return {"label": tk._("Not handed in"), "look": "bad"}
    if value == OPEN and report["late"]:
        return {"label": tk._("Not handed in in time"), "look": "bad"}
    return {"label": label(value), "look": LOOKS.get(value, "")}


LOOKS = {SUBMITTED: "late", RETURNED: "bad", ACCEPTED: "open", LOCKED: "open"}


def label(value: str) -> str:
    """A state as a short word."""
    labels = {
        OPEN: tk._("To be filled in"),
        SUBMITTED: tk._("With the office"),
        RETURNED: tk._("Returned"),
        ACCEPTED: tk._("Accepted by the office"),
        LOCKED: tk._("Accepted and closed"),
    }
    return labels.get(value, value)


def meaning(report: Mapping[str, Any]) -> str:
    """What the state means for the reader, in a sentence."""
    value = report["state"]
    if report["locked"]:
        return tk._("The office has closed this month. Nothing changes any more.")
    return {
        OPEN: tk._(
            "The department fills it in: look at the counted numbers, add what no portal knows, hand it in."
        ),
        SUBMITTED: tk._("It is handed in. Nobody writes in it while the office looks at it."),
        RETURNED: tk._("The office sent it back. Correct it and hand it in again."),
        ACCEPTED: tk._("The office accepted it. Nobody writes in it any more."),
    }.get(value, "")


def waits(report: Mapping[str, Any]) -> str:
    """Who acts next."""
    return {
        "author": report["organization"]["title"],
        "office": tk._("The office"),
    }.get(report["waits_on"] or "", tk._("nobody"))


def acts() -> dict[str, str]:
    """Acts of the history."""
    return {
        "submit": tk._("Handed in"),
        "approve": tk._("Accepted by the office"),
        "return": tk._("Sent back"),
        "lock": tk._("Closed with the month"),
    }
