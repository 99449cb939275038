"""Validators of exchange points: what a point may say before anybody fetches from it."""

from __future__ import annotations

import json
import re
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.exchange import runs
from ckanext.govshare.exchange.model import ExchangePoint
from ckanext.govshare.harvesters import KINDS
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel.codes import prefix_class

__all__ = [
    "govshare_point_address",
    "govshare_point_class",
    "govshare_point_ids",
    "govshare_point_kind",
    "govshare_point_name_free",
    "govshare_point_network",
    "govshare_point_opinion",
    "govshare_point_organization",
    "govshare_point_settings",
    "govshare_point_sharing",
    "govshare_point_url",
]

LONGEST = 2000  # characters of an opinion


def govshare_point_name_free(value: str) -> str:
    """No other point has the name."""
    if model.Session.scalar(sa.select(ExchangePoint.id).where(ExchangePoint.name == value)):
        raise tk.Invalid(tk._("An exchange point of this name exists"))
    return value


def govshare_point_organization(value: str) -> str:
    """Name or id of an active organisation; becomes its id."""
    organization = roles.organization(value)
    if organization is None:
        raise tk.Invalid(tk._("Organization does not exist"))
    return organization.id


def govshare_point_kind(value: str) -> str:
    """A kind that this site has a harvester for."""
    if value not in KINDS:
        raise tk.Invalid(
            tk._("Unknown kind of exchange point; choose one of: {kinds}").format(kinds=", ".join(KINDS))
        )
    return value


def govshare_point_network(value: str) -> str:
    """A network of the configuration."""
    known = config.networks()
    if value not in known:
        raise tk.Invalid(tk._("Unknown network; choose one of: {networks}").format(networks="、".join(known)))
    return value


def govshare_point_class(value: str) -> str:
    """A class below which codes can be allotted: 类, 项 and 目 at least."""
    try:
        complete = bool(prefix_class(value).mu)
    except ValueError:
        complete = False
    if not complete:
        raise tk.Invalid(
            tk._("The default class reads like 307001004: 类, 项, 目 and perhaps 细目, in digits")
        )
    return value


def govshare_point_url(value: str) -> str:
    """An address without stray blanks; the bare name of a configured database is its address."""
    value = value.strip()
    known = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", value) and config.database_url(value)
    return f"database:{value}" if known else value


def govshare_point_settings(value: Any) -> dict[str, Any]:
    """Settings of the kind: a JSON object."""
    if isinstance(value, str):
        try:
            value = json.loads(value or "{}")
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise tk.Invalid(tk._("The settings must be a JSON object"))
    return value


def govshare_point_address(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Schema-level: the harvester takes the address. What it resolves to is checked at every fetch."""
    kind = KINDS.get(data.get(("kind",)))
    if kind is None or not isinstance(data.get(("url",)), str):
        return
    settings = data.get(("settings",))
    try:
        kind.validate_url(data[("url",)], settings if isinstance(settings, dict) else {})
    except FetchRefused as error:
        errors.setdefault(("url",), []).append(runs.message(vars(error)))


def govshare_point_sharing(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Schema-level: conditional sharing declares scope and condition, for what records do not say (V3)."""
    if data.get(("share_type",)) != "2":
        return
    for name in ("share_scope", "share_condition"):
        if not str(data.get((name,)) or "").strip():
            errors.setdefault((name,), []).append(
                tk._("Conditional sharing declares its scope and its condition")
            )


def govshare_point_ids(value: Any) -> list[str]:
    """A list of ids; one id is a list as well."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(id, str) for id in values):
        raise tk.Invalid(tk._("A list of ids is expected"))
    return values


def govshare_point_opinion(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Schema-level: a refusal says why."""
    text = str(data.get(("opinion",)) or "").strip()
    data[("opinion",)] = text
    if len(text) > LONGEST or "\x00" in text:
        errors[("opinion",)] = [tk._("At most {number} characters").format(number=LONGEST)]
    elif not data.get(("passed",)) and not text:
        errors[("opinion",)] = [tk._("A refusal needs a reason")]
