"""Entries whose source speaks of them in the catalogue's own elements: what is left to say about them here.

National profile: every rule refuses. What the source does not say is declared by the point, or not open.
"""

from __future__ import annotations

from typing import Any

from ckanext.govshare.harvesters.base import PointSpec, origin, with_declared
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.codes import prefix_class
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.rules import NATIONAL, check_entry

CLASSES = ("class_lei", "class_xiang", "class_mu", "class_ximu")
NOT_YET_OPEN = "提供方尚未完成开放审查"


def complete(
    fields: dict[str, Any], record: SourceRecord, point: PointSpec, findings: list[Finding]
) -> Mapped:
    """An entry of fields, with what its point says of it, and what the rules say.

    :param fields: by the names of the form, ``resources`` among them; fields that say nothing stay away
    :param findings: what was found while the fields were read
    """
    entry = dict(fields)
    entry.setdefault("open_type", "3")
    if entry["open_type"] == "3":
        entry.setdefault("no_open_reason", NOT_YET_OPEN)
    if not any(entry.get(name) for name in CLASSES) and point.default_class:
        entry |= prefix_class(point.default_class).fields()
    entry = with_declared(entry, point)
    initial = () if entry.get("pub_date") else ("pub_date",)
    entry.setdefault("pub_date", clock.today().isoformat())
    entry |= origin(record, point, NATIONAL)
    return Mapped(entry, [*record.findings, *findings, *check_entry(entry, NATIONAL)], initial)


def audience(said: Any, open_type: str) -> str:
    """For whom a file is: what is not open is for departments, whatever its source says."""
    return "share" if open_type not in ("1", "2") or said == "share" else "open"
