"""What a plan's item does to its entry, field by field, before it is applied; afterwards, what it did.

The comparison is the catalogue's (``govshare_entry_compare``); here an item becomes the two versions to compare.
Nothing is stored on the way: a file that came with a record is shown by its name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config
from ckanext.govshare.exchange import clean, entries
from ckanext.govshare.exchange.model import PLAN, HarvestRecord, PlanItem
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.states import Verdict

CHANGING = (Verdict.CREATE.value, Verdict.UPDATE.value, Verdict.REAPPEARED.value)
# A pin says by what name the ledger hashes a field; the form may have another one.
FORM_NAMES = {"tags": "tag_string"}


def of_item(item: PlanItem, known: HarvestRecord | None) -> list[dict[str, Any]]:
    """The difference that an item makes, or made.

    :param known: the ledger's row of the record, if it has one
    :returns: ``[{field, label, before, after, pinned}]``, tables with ``rows``; empty for what changes no field
    """
    if item.verdict not in CHANGING:
        return []
    if item.applied and not item.data.get("waits"):
        return [{**row, "pinned": False} for row in _applied(item)]
    entry = _shown(clean.json(item.data["entry"]))
    if known is None or not known.package_id:
        return _compare({}, entry, [])
    stored = tk.get_action("package_show")(
        {"ignore_auth": True, "user": "", "use_cache": False}, {"id": known.package_id}
    )
    merged = dict(entry)
    ledger = {"applied": known.applied, "pins": known.pins}
    pins = entries.merge(merged, known.package_id, ledger, item.data.get("initial") or ())
    for name in entries.DEFAULTED:
        if not merged.get(name):
            merged[name] = stored.get(name)  # the server keeps it
    for name in pins:
        for spelling in (name, FORM_NAMES.get(name, name)):
            merged.pop(spelling, None)
            merged |= {spelling: entry[spelling]} if spelling in entry else {}
    return _compare(stored, merged, pins)


def _compare(before: dict[str, Any], after: dict[str, Any], pins: list[str]) -> list[dict[str, Any]]:
    rows = tk.get_action("govshare_entry_compare")({"ignore_auth": True}, {"before": before, "after": after})
    kept = {FORM_NAMES.get(name, name) for name in pins}
    return [{**row, "pinned": row["field"] in kept} for row in rows]


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as it is compared: files not yet stored by their names, tags in the order of the catalogue."""
    if entry.get("tag_string"):
        names = {name.strip() for name in entry["tag_string"].split(",")}
        entry["tag_string"] = ",".join(sorted(names - {""}))
    files = []
    for file in entry.get("resources") or ():
        brought = file.pop("_file", None)
        files.append(file | ({"original_name": str(brought.get("filename") or "")} if brought else {}))
    return entry | ({"resources": files} if files else {})


def _applied(item: PlanItem) -> list[dict[str, Any]]:
    try:
        versions = tk.get_action("govshare_entry_history")(
            {"ignore_auth": True}, {"id": item.package_id, "run": item.run_id}
        )
    except tk.ObjectNotFound:  # the entry is no more
        return []
    return versions[0]["diff"] if versions else []


def missing(item: PlanItem, known: HarvestRecord | None) -> dict[str, Any] | None:
    """When the entry of a record is suspended that its source no longer has.

    :returns: ``{since, runs, runs_wanted, days_wanted, suspends_on, now}``: since when (ISO moment) and in how many
        runs it is missing, how many of both there must be, the ISO day before which it is not suspended, whether
        this run suspends it; None for any other record
    """
    if item.verdict != Verdict.MISSING.value:
        return None
    since = known.missing_since if known else None
    days = config.get("exchange.missing_days")
    first = since or clock.now()
    return {
        "since": since.isoformat() if since else None,
        "runs": (known.missing_runs if known else 0) + (0 if item.applied else 1),
        "runs_wanted": config.get("exchange.missing_runs"),
        "days_wanted": days,
        "suspends_on": (first + timedelta(days=days)).astimezone(clock.ZONE).date().isoformat(),
        "now": bool(item.data.get("suspend")),
    }


def neighbours(item: PlanItem) -> dict[str, str | None]:
    """The guids before and after an item in its plan, of the same verdict.

    :returns: ``{previous, next}``
    """
    same = (PLAN.c.run_id == item.run_id, PLAN.c.verdict == item.verdict)
    ways = {
        "previous": (PLAN.c.seq < item.seq, PLAN.c.seq.desc()),
        "next": (PLAN.c.seq > item.seq, PLAN.c.seq),
    }
    return {
        name: model.Session.scalar(sa.select(PLAN.c.guid).where(*same, side).order_by(order).limit(1))
        for name, (side, order) in ways.items()
    }
