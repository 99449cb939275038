"""The form of an exchange point: what it offers, and what was typed into it as the actions take it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.exchange import pages, point_fields, words
from ckanext.govshare.exchange.logic.schema import FILES, PUBLISH, SHARE_CONDITION, SHARE_SCOPE
from ckanext.govshare.harvesters import KINDS

PLAIN = (
    "name",
    "title",
    "url",
    "network",
    "moves_to",
    "moves_by",
    "default_class",
    "share_type",
    "share_scope",
    "share_condition",
    "publish",
    "files",
    "system",
)
TURNS = ("manual", "once", "minutes", "hourly", "daily", "weekly", "monthly")
SETTING = "setting-"
MOST = 20_000


def departments(user: str) -> list[dict[str, str]]:
    """The departments for which a person may register points: the own ones, and the office's of its region."""
    held = roles.memberships(user)
    own = {found.id for found, has in held if has & {roles.Role.EDITOR, roles.Role.REVIEWER}}
    regions = {found.region for found, has in held if roles.Role.OFFICE in has}
    group = model.Group
    query = sa.select(group.id, group.name, group.title).where(
        group.is_organization.is_(True),
        group.state == "active",
        sa.func.coalesce(group.extras["closed_on"].astext, "") == "",
        sa.or_(group.id.in_(own), group.extras["region"].astext.in_(regions)),
    )
    rows = model.Session.execute(query.order_by(group.title))
    return [{"id": row.id, "name": row.name, "title": row.title or row.name} for row in rows]


def systems(organization_id: str) -> list[tuple[str, str]]:
    """Published information systems of a department: ``(id, title)``."""
    package = model.Package
    query = sa.select(package.id, package.title).where(
        package.type == "information-system",
        package.state == "active",
        package.owner_org == organization_id,
        sa.func.coalesce(package.extras["catalogue_state"].astext, "published") == "published",
    )
    return [(row.id, row.title) for row in model.Session.execute(query.order_by(package.title))]


def of_point(point: Mapping[str, Any]) -> dict[str, Any]:
    """A point as the form shows it."""
    values = {name: point.get(name) or "" for name in PLAIN}
    texts, others = point_fields.split(point["kind"], point["settings"])
    values["system"] = (point["system"] or {}).get("id", "")
    values["settings"] = _json(others)
    return {**values, **_turns(point["schedule"]), **{f"{SETTING}{name}": text for name, text in texts.items()}}


def fresh() -> dict[str, Any]:
    """A new point as the form shows it."""
    return {
        "network": next(iter(config.networks()), ""),
        "share_type": "2",
        "share_scope": SHARE_SCOPE,
        "share_condition": SHARE_CONDITION,
        "publish": "auto",
        "files": "link",
        "turn": "daily",
        "settings": "",
    }


def _json(settings: Mapping[str, Any]) -> str:
    return json.dumps(settings, ensure_ascii=False, indent=2) if settings else ""


def _turns(schedule: str) -> dict[str, str]:
    """A schedule in the pieces of the form."""
    kind, _, rest = schedule.partition(":")
    if kind in ("once", "minutes"):
        return {"turn": kind, {"once": "moment", "minutes": "minutes"}[kind]: rest[:16] if kind == "once" else rest}
    kind, _, at = schedule.partition("@")
    return {"turn": kind, "at": at}


def _schedule(values: Mapping[str, str]) -> str:
    """The pieces as a schedule; what is missing makes none."""
    turn = values.get("turn", "")
    if turn in ("once", "minutes"):
        return f"{turn}:{values.get('moment' if turn == 'once' else 'minutes', '')}"
    timed = turn in ("daily", "weekly", "monthly") and values.get("at")
    return f"{turn}@{values['at']}" if timed else turn


def typed() -> dict[str, str]:
    """Everything that was typed, for the form to show again."""
    return {name: pages.given(name, MOST) for name in tk.request.form if name not in ("_csrf_token",)}


def data(kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as the actions take it.

    :raises ValidationError: ``settings``: the box holds no JSON object
    """
    sent: dict[str, Any] = {name: values[name] for name in PLAIN if name in values}
    texts = {name.removeprefix(SETTING): text for name, text in values.items() if name.startswith(SETTING)}
    try:
        others = json.loads(values.get("settings") or "{}")
    except ValueError:
        others = None
    if not isinstance(others, dict):
        raise tk.ValidationError({"settings": [tk._("The settings must be a JSON object")]})
    return {**sent, "schedule": _schedule(values), "settings": point_fields.joined(kind, texts, others)}


def offered(kind: str, organization_id: str) -> dict[str, Any]:
    """What the form of a kind offers to choose from."""
    _ = tk._
    return {
        "fields": point_fields.of(kind),
        "address": point_fields.address(kind),
        "networks": [(network, network) for network in config.networks()],
        "systems": systems(organization_id),
        "turns": [(turn, _("Once") if turn == "once" else _by_minutes(turn)) for turn in TURNS],
        "publish": [(value, words.label(value)) for value in PUBLISH],
        "share": [
            ("1", _("Shared unconditionally")),
            ("2", _("Shared on conditions")),
            ("3", _("Not shared")),
        ],
        "files": list(
            zip(
                FILES,
                (
                    _("Show their addresses only"),
                    _("Keep copies on this site"),
                    _("Keep copies and load tables for preview and queries"),
                ),
                strict=True,
            )
        ),
        "stores": kind in ("database", "drop_folder"),
    }


def _by_minutes(turn: str) -> str:
    return tk._("Every few minutes") if turn == "minutes" else words.label(turn)


def kinds() -> list[tuple[str, str, str]]:
    """The kinds that this site has: ``(kind, label, what it is)``."""
    _ = tk._
    told = {
        "data_json": _("A JSON file that lists the data sets (Project Open Data)"),
        "catalogue_api": _("A paged interface after the contract of this site"),
        "database": _("Tables and views of a front-end database"),
        "drop_folder": _("A folder of a front-end machine with workbook and files"),
        "dcat": _("A DCAT catalogue in RDF/XML, Turtle or JSON-LD"),
        "ckan": _("Another data portal that runs CKAN"),
    }
    return [(kind, words.label(kind), told.get(kind, "")) for kind in KINDS]
