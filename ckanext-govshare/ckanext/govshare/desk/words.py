"""Words of the desk: states, acts, kinds of work, and how long something waits or has left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.desk.summary import overdue_before
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.cases import Act, ChangeState

LOOKS = {
    ChangeState.DRAFT: "",
    ChangeState.DEPT_REVIEW: "late",
    ChangeState.OFFICE_REVIEW: "late",
    ChangeState.RETURNED: "bad",
    ChangeState.APPROVED: "open",
    ChangeState.WITHDRAWN: "",
}
BEIJING_DAY = len("2026-01-31")


def state(value: str) -> dict[str, str]:
    """A state of a change as a short word with the look of its tag.

    :returns: ``{label, look}``
    """
    labels = {
        ChangeState.DRAFT: tk._("Draft"),
        ChangeState.DEPT_REVIEW: tk._("To be reviewed by the department"),
        ChangeState.OFFICE_REVIEW: tk._("To be reviewed by the office"),
        ChangeState.RETURNED: tk._("Returned"),
        ChangeState.APPROVED: tk._("In the catalogue"),
        ChangeState.WITHDRAWN: tk._("Taken back"),
    }
    try:
        found = ChangeState(value)
    except ValueError:
        return {"label": value, "look": ""}
    return {"label": labels[found], "look": LOOKS[found]}


def act(value: str) -> str:
    """An act of the history."""
    labels = {
        Act.SUBMIT.value: tk._("Handed in"),
        Act.APPROVE.value: tk._("Signed off"),
        Act.RETURN.value: tk._("Sent back"),
        Act.WITHDRAW.value: tk._("Taken back"),
    }
    return labels.get(value, value)


def note(slug: str) -> str:
    """What was special about an act."""
    texts = {
        "one_person": tk._("The department has no second person: the office reviews it"),
        "department_publishes": tk._("The office left the review to the department"),
        "from_exchange": tk._("Brought by an exchange point"),
        "by_excel": tk._("Brought by an Excel file"),
    }
    return texts.get(slug, "")


def purpose(change: Mapping[str, Any]) -> str:
    """What a change is for."""
    if change["purpose"] == "withdraw":
        return tk._("Withdrawal of an entry")
    return tk._("Change of an entry") if change["package_id"] else tk._("New entry")


def waits(change: Mapping[str, Any]) -> str:
    """Who has to act next, in a sentence; empty where a change has ended."""
    waiting = change.get("waits_on")
    if not waiting:
        return ""
    if waiting["role"] == "office":
        return tk._("The office has it")
    if waiting["role"] == "reviewer":
        return tk._("A reviewer of {department} has it").format(department=waiting["organization"])
    return tk._("{department} is writing it").format(department=waiting["organization"])


def days_since(value: str | None) -> int | None:
    """Calendar days in Beijing since a moment; None where there is none."""
    found = _moment(value)
    return (clock.today() - found.date()).days if found else None


def _moment(value: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return found.replace(tzinfo=clock.ZONE) if found.tzinfo is None else found.astimezone(clock.ZONE)


def moment(value: str | None) -> str:
    """A moment as people write it: 2026-11-22 09:30, Beijing time."""
    found = _moment(value)
    return f"{found:%Y-%m-%d %H:%M}" if found else ""


def waiting(value: str | None) -> dict[str, str]:
    """How long something waits: 今天提交, 等待 3 天.

    :returns: ``{text, look}``; it looks late after ``desk.review_days``
    """
    days = days_since(value)
    if days is None:
        return {"text": "", "look": ""}
    if days <= 0:
        return {"text": tk._("since today"), "look": ""}
    text = tk.ungettext("waits for {number} day", "waits for {number} days", days).format(number=days)
    found = _moment(value)
    return {"text": text, "look": "bad" if found and found < overdue_before() else "late"}


def badge(line: Mapping[str, Any]) -> dict[str, str]:
    """Since when or by when, for a line of the to-do list.

    :returns: ``{text, look}``
    """
    left = days_since(line["due"])
    if left is not None:
        if left > 0:
            text = tk.ungettext("overdue by {number} day", "overdue by {number} days", left)
            return {"text": text.format(number=left), "look": "bad"}
        if left == 0:
            return {"text": tk._("due today"), "look": "late"}
        text = tk.ungettext("{number} day left", "{number} days left", -left)
        return {"text": text.format(number=-left), "look": "late"}
    days = days_since(line["since"])
    if line["slug"] == f"change_{ChangeState.RETURNED}" and days is not None:
        if days <= 0:
            return {"text": tk._("returned today"), "look": "bad"}
        text = tk.ungettext("returned {number} day ago", "returned {number} days ago", days)
        return {"text": text.format(number=days), "look": "bad"}
    found = waiting(line["since"])
    levels = {"late": "bad", "warn": "late"}
    return {**found, "look": found["look"] or levels.get(str(line["level"]), "")} if found["text"] else found


def opening(file: Mapping[str, Any]) -> dict[str, str]:
    """Where a file stands before the opening gate.

    :param file: as ``govshare_opening_show`` answers it
    :returns: ``{label, look}``
    """
    if file["state"] == "open":
        return {"label": tk._("Reviewed: open"), "look": "open"}
    if file["state"] == "publisher":
        return {"label": tk._("Its publisher's: not reviewed here"), "look": ""}
    labels = {
        "scan": (tk._("Being scanned"), "late"),
        "clear": (tk._("Findings stand in the way"), "bad"),
        "sign": (tk._("To be signed by the department"), "late"),
        "confirm": (tk._("To be confirmed by the office"), "late"),
    }
    stage = file.get("stage") or ""
    label, look = labels.get(stage, (tk._("Does not meet the demands yet"), "bad") if stage else ("", ""))
    return {"label": label or tk._("Ready"), "look": look or "open"}


def sheet(file: Mapping[str, Any]) -> tuple[str, str]:
    """Where a file that was handed in stands.

    :param file: as ``govshare_catalogue_import_show`` answers it
    :returns: label and look
    """
    if file["state"] == "checked":
        if file["may"]["submit"]:
            return tk._("Checked: in order"), "open"
        if file["may"]["draft"]:
            return tk._("Checked: gaps"), "late"
        return tk._("Checked: faults"), "bad"
    return {
        "queued": (tk._("In the queue"), "late"),
        "running": (tk._("Being checked"), "late"),
        "applied": (tk._("Imported"), "open"),
        "failed": (tk._("Broken off"), "bad"),
    }.get(str(file["state"]), (str(file["state"]), ""))
