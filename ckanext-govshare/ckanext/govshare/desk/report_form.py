"""The monthly report as a form on screen: what was typed, what was counted, and what is said about each field.

The form itself is data that comes with the report; here is only how its values travel in a page without JavaScript.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

NUMBER, TEXT, PERCENT, ROWS = "number", "text", "percent", "rows"
MOST_ROWS = 200
SPARE = 2  # empty rows that a table ends with
LATER = ("missing",)  # findings that are told at their field once somebody wanted to hand the report in

Report = Mapping[str, Any]


def fields(report: Report) -> list[dict[str, Any]]:
    """Every field of the form."""
    return [field for section in report["form"]["sections"] for field in section["fields"]]


def read(report: Report, posted: MultiDict[str, str]) -> dict[str, Any]:
    """What was sent: ``{values, notes, nil}`` as ``govshare_report_save`` takes them. What was not sent is left out."""
    values: dict[str, Any] = {}
    notes = {}
    for field in fields(report):
        slug = field["slug"]
        if field["kind"] == ROWS and f"rows-{slug}" in posted:
            values[slug] = _rows(field, posted)
        elif field["kind"] in (NUMBER, TEXT) and f"value-{slug}" in posted:
            values[slug] = _plain(posted[f"value-{slug}"])
        if f"note-{slug}" in posted:
            notes[slug] = _plain(posted[f"note-{slug}"])
    return {"values": values, "notes": notes, "nil": posted.get("nil") == "1"}


def _plain(value: str) -> str:
    return value.replace("\x00", "").strip()


def _rows(field: Mapping[str, Any], posted: MultiDict[str, str]) -> list[dict[str, str]]:
    slug = field["slug"]
    rows = [
        {
            column["slug"]: _plain(posted.get(f"cell-{slug}-{place}-{column['slug']}", ""))
            for column in field["columns"]
        }
        for place in range(_number(posted[f"rows-{slug}"]))
    ]
    return [row for row in rows if any(row.values())]


def _number(value: str) -> int:
    return min(int(value), MOST_ROWS) if value.isascii() and value.isdecimal() and len(value) < 5 else 0  # noqa: PLR2004


def shown(
    report: Report,
    sent: Mapping[str, Any] | None = None,
    refused: Mapping[str, list[str]] | None = None,
    *,
    wanted: bool = False,
    longer: str = "",
) -> list[dict[str, Any]]:
    """The sections with everything that the page says at a field.

    :param sent: what somebody typed and what is not kept yet, as :func:`read` answers it
    :param refused: a refusal by field
    :param wanted: whether somebody wanted to hand it in: gaps are told too
    :param longer: slug of the table that gets another row
    :returns: ``[{slug, title, fields: [{…, value, note, counted, rows, messages, kept}]}]``; ``kept`` is what the
        report says by now, where that differs from what was typed
    """
    return [
        {
            **section,
            "fields": [
                _field(report, field, sent or {}, refused or {}, wanted, longer == field["slug"])
                for field in section["fields"]
            ],
        }
        for section in report["form"]["sections"]
    ]


def _field(
    report: Report,
    field: Mapping[str, Any],
    sent: Mapping[str, Any],
    refused: Mapping[str, list[str]],
    wanted: bool,
    longer: bool,
) -> dict[str, Any]:
    slug, stored = field["slug"], report["values"].get(field["slug"])
    typed = sent.get("values", {}).get(slug, stored)
    found = [
        finding["message"]
        for finding in report["findings"]
        if finding["field"] == slug and (wanted or finding["slug"] not in LATER)
    ]
    messages = list(dict.fromkeys([*refused.get(slug, []), *([] if sent else found)]))
    line = {
        **field,
        "value": "" if typed is None else typed,
        "note": sent.get("notes", {}).get(slug, report["notes"].get(slug, "")),
        "counted": report["prefilled"].get(slug),
        "messages": messages,
        "kept": stored if "revision" in refused and _text(typed) != _text(stored) else None,
    }
    if field["kind"] == ROWS:
        line["rows"] = list(typed or [])
        line["spare"] = SPARE * (2 if longer else 1)
    return line


def _text(value: Any) -> str:
    return "" if value in (None, "", []) else str(value)
