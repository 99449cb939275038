"""Versions of a published entry, from the change log: what each of them changed, in words."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.catalogue import forms, shown
from ckanext.govshare.catalogue.model import ChangeLog

_FILE = ("name", "url", "hash", "format", "audience")
_MOST = 200


def versions(package: model.Package, run_id: str | None = None) -> list[dict[str, Any]]:
    """The versions of an entry, newest first; at most the last 200.

    :param run_id: only those that this harvest run wrote; counted as if there were no others
    :returns: ``[{at, actor, kind, version, diff}]``
    """
    log = sa.select(ChangeLog).where(ChangeLog.package_id == package.id)
    if run_id:
        log = log.where(ChangeLog.run_id == str(run_id))
    rows = model.Session.scalars(log.order_by(ChangeLog.id.desc()).limit(_MOST)).all()
    total = model.Session.scalar(sa.select(sa.func.count()).select_from(log.subquery())) or 0
    return [
        {
            "at": row.at.isoformat(timespec="seconds"),
            "actor": row.actor,
            "kind": row.kind,
            "version": total - number,
            "diff": _differences(package.type, row.fields),
        }
        for number, row in enumerate(rows)
    ]


def _differences(package_type: str, fields: dict[str, list[Any]]) -> list[dict[str, Any]]:
    form = forms.form(package_type)
    before = {name: _plain(name, pair[0], form.items_name) for name, pair in fields.items()}
    after = {name: _plain(name, pair[1], form.items_name) for name, pair in fields.items()}
    return shown.differences(package_type, before, after)


def _plain(name: str, value: Any, items_name: str) -> Any:
    """A value of the log as content holds it: tables and lists are stored as JSON text (scheming)."""
    if name == "resources":
        return [
            {key: text for key, text in zip(_FILE, resource, strict=True) if text and key != "hash"}
            for resource in value or []
        ]
    if isinstance(value, str) and value[:1] == "[":
        try:
            parsed = json.loads(value)
        except ValueError:
            return value
        return parsed if isinstance(parsed, list) else value
    return [] if name == items_name and not value else value
