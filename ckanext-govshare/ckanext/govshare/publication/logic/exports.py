"""The action that hands progress out as files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare.kernel import clock
from ckanext.govshare.logic import checked
from ckanext.govshare.publication import exports, helpers, reasons
from ckanext.govshare.publication.logic import export_schema
from ckanext.govshare.publication.logic.action import LEDGER_LIMIT

__all__ = ["govshare_publication_export"]

Asked = dict[str, Any]


@tk.side_effect_free
def govshare_publication_export(context: Context, data_dict: dict[str, Any]) -> dict[str, str]:
    """Progress as a file; it holds what the caller may see on the pages.

    :param what: ``progress`` (all targets that the caller may see), ``ledger`` (of a target: what is counted, and for
        office and departments what is not, with reasons), ``history``, ``departments``, ``difference`` (of a target),
        or ``matrix`` (fields and departments)
    :param target: id of the target; not for ``progress`` and ``matrix``
    :param format: ``xlsx``, ``csv`` (UTF-8 with a mark, as Excel wants it) or ``json``
    :param day: a past day as YYYY-MM-DD, for ``ledger`` and ``departments`` (optional)
    :param first: the earlier day, for ``difference``; first day of ``history`` (optional)
    :param last: the later day, likewise
    :param organization: only this department's, by name or id, for ``ledger`` (optional)
    :param reason: only those with this primary reason, for ``ledger`` (optional)
    :param q: only those with these words in title or code, for ``ledger`` (optional)
    :returns: ``{filename, mimetype, content_base64}``
    :raises NotAuthorized: departments are asked for by somebody who may not see them
    :raises ObjectNotFound: there is no such target
    :raises ValidationError: a parameter is missing or wrong
    """
    tk.check_access("govshare_publication_export", context, data_dict)
    asked = checked(context, data_dict, export_schema.publication_export())
    what = asked["what"]
    if what not in ("progress", "matrix") and not asked.get("target"):
        raise tk.ValidationError({"target": [tk._("Missing value")]})
    days = ("day", "first", "last")
    asked |= {key: asked[key].isoformat() for key in days if asked.get(key)}
    return exports.write(_MAKERS[what](context, asked), asked["format"])


def _ask(context: Context, action: str, data: Asked, *keys: str) -> Any:
    """Another action of the room with the rights of the caller, and those parameters that were given."""
    own = {key: context[key] for key in ("user", "ignore_auth") if key in context}
    given = {key: data[key] for key in ("target", *keys) if data.get(key)}
    return tk.get_action(f"govshare_publication_{action}")(own, given)


def _target(context: Context, asked: Asked) -> dict[str, Any]:
    return _ask(context, "progress", asked)[0]["target"]


def _notes(day: str) -> list[str]:
    made = clock.now().strftime("%Y-%m-%d %H:%M")
    return [tk._("As of {day}; made {moment}").format(day=day, moment=made)]


def _named(what: str, target: dict[str, Any] | None, day: str) -> tuple[str, str]:
    """File name and title."""
    titles = {
        "progress": tk._("Progress of the targets"), "ledger": tk._("Ledger"), "history": tk._("Course"),
        "departments": tk._("Departments"), "matrix": tk._("Priority fields"), "difference": tk._("What changed"),
    }  # fmt: skip
    title = titles[what]
    if target is not None:
        title = f"{title} {helpers.govshare_target_title(target)}"
    return "-".join(filter(None, [what, target and target["id"][:8], day])), title


def _progress(context: Context, asked: Asked) -> exports.Table:
    rows = [row for scope in ("city", "field", "department")
            for row in _ask(context, "progress", {"scope": scope}, "scope")]  # fmt: skip
    day = clock.today().isoformat()
    return exports.Table(*_named("progress", None, day), *exports.progress(rows), data=rows, notes=_notes(day))


def _ledger(context: Context, asked: Asked) -> exports.Table:
    target = _target(context, asked)
    rows = list(_rows(context, asked, counted=True)) if not asked.get("reason") else []
    try:
        rows += _rows(context, asked, counted=False)
    except tk.NotAuthorized:
        if asked.get("reason"):
            raise
    day, version = asked.get("day") or clock.today().isoformat(), target["rule_version"]
    notes = [*_notes(day), reasons.text(version)["title"]]
    name, title = _named("ledger", target, day)
    if asked.get("organization"):
        own = next((row["organization"] for row in rows if row["organization"]), None)
        title = f"{title} {own['title']}" if own else title
    data = {"target": target, "day": day, "results": rows}
    return exports.Table(name, title, *exports.ledger(rows, version), data=data, notes=notes)


def _rows(context: Context, asked: Asked, counted: bool) -> Iterator[dict[str, Any]]:
    own, offset, total = {key: context[key] for key in ("user", "ignore_auth") if key in context}, 0, 1
    given = {key: asked[key] for key in ("target", "day", "organization", "reason", "q") if asked.get(key)}
    while offset < total:
        found = tk.get_action("govshare_publication_ledger")(
            dict(own), {**given, "counted": counted, "limit": LEDGER_LIMIT, "offset": offset}
        )
        yield from found["results"]
        total, offset = found["count"], offset + LEDGER_LIMIT


def _history(context: Context, asked: Asked) -> exports.Table:
    target = _target(context, asked)
    answer = _ask(context, "history", {**asked, "step": "day"}, "first", "last", "step")
    day = clock.today().isoformat()
    named = _named("history", target, day)
    return exports.Table(*named, *exports.history(answer), data={"target": target, **answer}, notes=_notes(day))


def _departments(context: Context, asked: Asked) -> exports.Table:
    target = _target(context, asked)
    rows = _ask(context, "departments", asked, "day")
    day = asked.get("day") or clock.today().isoformat()
    named = _named("departments", target, day)
    lines = exports.departments(rows, target["rule_version"])
    return exports.Table(*named, *lines, data={"target": target, "day": day, "results": rows}, notes=_notes(day))


def _matrix(context: Context, asked: Asked) -> exports.Table:
    answer = _ask(context, "matrix", {})
    day = clock.today().isoformat()
    return exports.Table(
        *_named("matrix", None, day), *exports.matrix(answer), data=answer, notes=_notes(day)
    )


def _difference(context: Context, asked: Asked) -> exports.Table:
    target = _target(context, asked)
    answer = _ask(context, "difference", asked, "first", "last")
    day = answer["last"]["day"]
    name, title = _named("difference", target, f"{answer['first']['day']}-{day}")
    span = tk._("From {first} ({before}) to {last} ({after})").format(
        first=answer["first"]["day"], before=answer["first"]["value"], last=day, after=answer["last"]["value"]
    )
    lines = exports.difference(answer, target["rule_version"])
    return exports.Table(name, title, *lines, data={"target": target, **answer}, notes=[span, *_notes(day)])


_MAKERS = {
    "progress": _progress, "ledger": _ledger, "history": _history, "departments": _departments, "matrix": _matrix,
    "difference": _difference,
}  # fmt: skip
