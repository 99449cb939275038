"""What the pages of the exchange room ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.exchange import runs
from ckanext.govshare.kernel import clock

__all__ = [
    "govshare_exchange_health",
    "govshare_exchange_label",
    "govshare_exchange_message",
    "govshare_exchange_moment",
]


def _labels() -> dict[str, str]:
    """Words of states, verdicts and kinds on screen. Built at each call: the language is the request's."""
    _ = tk._
    return {
        "registered": _("Registered"),
        "checked": _("Checked"),
        "accepted": _("Accepted"),
        "suspended": _("Suspended"),
        "queued": _("Waiting"),
        "planning": _("Comparing"),
        "planned": _("Planned"),
        "held": _("Held for confirmation"),
        "applying": _("Applying"),
        "done": _("Done"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
        "create": _("New"),
        "update": _("Changed"),
        "unchanged": _("Unchanged"),
        "missing": _("Missing"),
        "suspend": _("Suspended entries"),
        "reappear": _("Reappeared"),
        "reappeared": _("Reappeared"),
        "reject": _("Rejected"),
        "rejected": _("Rejected"),
        "conflict": _("In conflict"),
        "current": _("In force"),
        "record:suspended": _("Suspended entries"),
        "manual": _("By hand"),
        "hourly": _("Every hour"),
        "daily": _("Every day"),
        "weekly": _("Every week"),
        "auto": _("Publishes by itself"),
        "review": _("A person confirms each run"),
        "run:review": _("Waiting for a person"),
        "data_json": _("Catalogue file (data.json)"),
        "database": _("Front-end database"),
        "catalogue_api": _("Catalogue interface"),
        "dcat": "DCAT",
        "ckan": "CKAN",
        "drop_folder": _("Drop folder"),
    }


def govshare_exchange_label(value: str, of: str = "") -> str:
    """A state, verdict, schedule or kind in the reader's words.

    :param of: ``record`` or ``run`` where a word means something else of those than of points
    """
    labels = _labels()
    return labels.get(f"{of}:{value}") or labels.get(value, value)


def govshare_exchange_message(reason: Mapping[str, Any] | None) -> str:
    """Text of a reason in the reader's language."""
    return runs.message(reason) if reason else ""


def govshare_exchange_health(point: Mapping[str, Any]) -> str:
    """Class of the tag that tells how a point is: ``ok``, ``busy``, ``warn``, ``bad`` or ``none``."""
    if point["state"] != "accepted":
        return "none"
    last = point.get("last_run")
    if not last:
        return "none"
    by_state = {"done": "ok", "failed": "bad", "held": "warn", "cancelled": "warn"}
    found = by_state.get(last["state"], "busy")
    return "warn" if found == "ok" and point["records"]["rejected"] + point["records"]["conflict"] else found


def govshare_exchange_moment(value: str | None) -> str:
    """An ISO moment as people read it: Beijing time, minutes."""
    return f"{datetime.fromisoformat(value).astimezone(clock.ZONE):%Y-%m-%d %H:%M}" if value else ""
