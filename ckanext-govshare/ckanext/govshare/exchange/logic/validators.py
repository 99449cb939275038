"""Validators of exchange points: what a point may say before anybody fetches from it."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import config, roles
from ckanext.govshare.exchange import credentials, runs, schedule
from ckanext.govshare.exchange.model import ExchangePoint
from ckanext.govshare.harvesters import KINDS
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel.codes import prefix_class

__all__ = [
    "govshare_long",
    "govshare_old_link_point",
    "govshare_old_link_whole",
    "govshare_point_address",
    "govshare_point_class",
    "govshare_point_day",
    "govshare_point_ids",
    "govshare_point_kind",
    "govshare_point_moves",
    "govshare_point_name_free",
    "govshare_point_network",
    "govshare_point_opinion",
    "govshare_point_organization",
    "govshare_point_own_system",
    "govshare_point_schedule",
    "govshare_point_settings",
    "govshare_point_sharing",
    "govshare_point_system",
    "govshare_point_target",
    "govshare_point_url",
    "govshare_short",
]

LONGEST = 2000  # characters of an opinion
LONGEST_SETTINGS = 20_000
SYSTEM = "information-system"
PAGES = ("new", "run", "attachment", "coverage", "old-links")  # /exchange/<name>


def _no_credentials() -> str:
    return tk._(
        "Credentials are not kept with an exchange point: the operators put them into the configuration, and the point "
        "names them (setting account, or address database:<name>)"
    )


def _not_of_an_end() -> str:
    return tk._("No exchange point of one of these departments has this name")


def govshare_point_name_free(value: str) -> str:
    """No other point has the name, and no page of the room."""
    if value in PAGES:
        raise tk.Invalid(tk._("An exchange point cannot have this name"))
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
    """An address without stray blanks and without credentials; the bare name of a configured database is its
    address."""
    value = value.strip()
    if credentials.in_address(value):
        raise tk.Invalid(_no_credentials())
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
    if len(json.dumps(value)) > LONGEST_SETTINGS:
        raise tk.Invalid(tk._("At most {number} characters").format(number=LONGEST_SETTINGS))
    refused = sorted(set(credentials.found_in(value)))
    if refused:
        raise tk.Invalid(f"{_no_credentials()} ({', '.join(refused)})")
    return value


def govshare_point_schedule(value: str) -> str:
    """A schedule."""
    try:
        schedule.parse(value)
    except ValueError:
        raise tk.Invalid(
            tk._(
                "A schedule reads manual, once:2026-03-18T02:00, minutes:15 (5 to 59), hourly, daily, weekly or "
                "monthly, the last three also with a time of day: daily@02:30"
            )
        ) from None
    return value


def govshare_point_day(value: Any) -> date | None:
    """A day such as 2026-03-18, or nothing."""
    if isinstance(value, date) or not value:
        return value or None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise tk.Invalid(tk._("A date reads like 2026-03-18")) from None


def govshare_point_target(value: str) -> str:
    """A network of the configuration, or nothing."""
    return govshare_point_network(value) if value else ""


def govshare_point_system(value: str) -> str | None:
    """Id, name or code of a published information system; becomes its id."""
    if not value:
        return None
    package = model.Session.scalar(
        sa.select(model.Package).where(
            model.Package.type == SYSTEM,
            model.Package.state == "active",
            sa.or_(
                model.Package.id == value,
                model.Package.name == value,
                model.Package.extras["system_code"].astext == value,
            ),
        )
    )
    if package is None or package.extras.get("catalogue_state", "published") != "published":
        raise tk.Invalid(tk._("No published information system has this name or code"))
    return package.id


def govshare_point_own_system(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Schema-level: the system is one of the department's own."""
    package = model.Package.get(data.get(("system",))) if data.get(("system",)) else None
    if package is not None and package.owner_org != data.get(("organization",)):
        errors.setdefault(("system",), []).append(tk._("The information system belongs to another department"))


def govshare_point_moves(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Schema-level: a point moves to another network than its own, and by a day only where it moves."""
    target = data.get(("moves_to",))
    if target and target == data.get(("network",)):
        errors.setdefault(("moves_to",), []).append(tk._("It lies in this network already"))
    if data.get(("moves_by",)) and not target:
        errors.setdefault(("moves_to",), []).append(tk._("Name the network to which it moves"))


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


def govshare_short(value: str) -> str:
    """Text of one line of a table."""
    return _text(value, 200)


def govshare_long(value: str) -> str:
    """Text of a remark."""
    return _text(value, LONGEST)


def _text(value: str, most: int) -> str:
    if len(value) > most or "\x00" in value:
        raise tk.Invalid(tk._("At most {number} characters").format(number=most))
    return value.strip()


def govshare_old_link_point(value: str) -> str | None:
    """Id or name of an exchange point; becomes its id."""
    if not value:
        return None
    wanted = sa.or_(ExchangePoint.id == value, ExchangePoint.name == value)
    found = model.Session.scalar(sa.select(ExchangePoint.id).where(wanted))
    if found is None:
        raise tk.Invalid(_not_of_an_end())
    return found


def govshare_old_link_whole(key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any) -> None:
    """Schema-level: a link has two ends, and what moved it is named; the point belongs to one of the ends."""
    if data.get(("from",)) and data.get(("from",)) == data.get(("to",)):
        errors[("to",)] = [tk._("A link has two departments")]
    point_id = data.get(("exchange_point",))
    if data.get(("state",)) == "moved" and not point_id:
        errors[("exchange_point",)] = [tk._("Name the exchange point that took its place")]
    point = model.Session.get(ExchangePoint, point_id) if isinstance(point_id, str) and point_id else None
    if point is not None and point.organization_id not in (data.get(("from",)), data.get(("to",))):
        errors[("exchange_point",)] = [_not_of_an_end()]
