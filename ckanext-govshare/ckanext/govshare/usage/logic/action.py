"""Actions of the room `usage`: how often entries are seen, taken and called."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare.kernel import clock
from ckanext.govshare.usage import ranking, store
from ckanext.govshare.usage.model import KINDS, Usage

__all__ = [
    "govshare_usage_due",
    "govshare_usage_ranking",
    "govshare_usage_show",
    "govshare_usage_site",
]

MOST_DAYS = 3660
MOST_MONTHS = 120


@tk.side_effect_free
def govshare_usage_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How often an entry, or one file of it, was used since counting began; robots are left out.

    :param package_id: id or name of an entry, or
    :param resource_id: id of a file
    :returns: ``{views, downloads, calls, since}``: numbers as of the last turn of the timer, and the ISO day of the
        first count on this site (None before)
    :raises ObjectNotFound: there is none, or none that the caller may see
    :raises ValidationError: neither was given
    """
    package, resource_id = _package(data_dict)
    try:
        tk.check_access("govshare_usage_show", context, {"package_id": package.id})
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound(tk._("Dataset not found")) from error
    wanted = [Usage.package_id == package.id]
    if resource_id:
        wanted.append(Usage.resource_id == resource_id)
    return _named(store.sums(*wanted)) | {"since": _iso(store.since())}


def _package(data_dict: dict[str, Any]) -> tuple[model.Package, str]:
    resource_id, package_id = (_text(data_dict, name) for name in ("resource_id", "package_id"))
    if not resource_id and not package_id:
        raise tk.ValidationError({"package_id": [tk._("Missing value")]})
    if resource_id:
        resource = model.Resource.get(resource_id)
        package = resource.package if resource is not None and resource.state == "active" else None
    else:
        package = model.Package.get(package_id)
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return package, resource_id


def _text(data_dict: dict[str, Any], name: str) -> str:
    given = data_dict.get(name)
    return given.replace("\x00", "\ufffd") if isinstance(given, str) else ""


@tk.side_effect_free
def govshare_usage_ranking(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries that were used most: candidates of the library of high-frequency data (高频数据共享库, R35).

    :param kind: ``view`` (default), ``download`` or ``call``
    :param days: the last so many days, today among them, 30 by default and at most 3660; or
    :param month: a month, 2026-03
    :param limit: 10 by default, at most 100
    :returns: ``[{package_id, name, title, organization: {id, name, title}, open_type, source_point, number}]``, most
        first: only entries that the caller may see
    :raises ValidationError: which value is none of these
    """
    tk.check_access("govshare_usage_ranking", context, data_dict)
    kind = data_dict.get("kind") or "view"
    if kind not in KINDS:
        raise tk.ValidationError(
            {"kind": [tk._("Choose one of: {choices}").format(choices=", ".join(KINDS))]}
        )
    limit = _number(data_dict, "limit", 10, ranking.MOST)
    if data_dict.get("month"):
        first = _month(data_dict["month"])
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    else:
        last = clock.today()
        first = last - timedelta(days=_number(data_dict, "days", 30, MOST_DAYS) - 1)
    return ranking.ranking(context.get("user") or "", kind, first, last, limit)


def _month(given: Any) -> date:
    try:
        return date.fromisoformat(f"{given}-01")
    except ValueError:
        raise tk.ValidationError({"month": [tk._("A month is written like 2026-03")]}) from None


def _number(data_dict: dict[str, Any], name: str, default: int, most: int) -> int:
    given = data_dict.get(name, default)
    try:
        number = int(str(given))
    except ValueError:
        number = 0
    if not 1 <= number <= most:
        message = tk._("{name} is a number from 1 to {most}").format(name=name, most=most)
        raise tk.ValidationError({name: [message]})
    return number


@tk.side_effect_free
def govshare_usage_site(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How often the public entries of the site were used.

    What is not public now is in no figure, whoever asks: the numbers may fall when an entry is withdrawn.

    :param months: the last so many months, this one among them, 12 by default, at most 120
    :returns: ``{views, downloads, calls, since, months: [{month, views, downloads, calls}]}``: sums of all time, and
        by month in order of time, months without use included
    :raises ValidationError: ``months`` is no such number
    """
    tk.check_access("govshare_usage_site", context, data_dict)
    number = _number(data_dict, "months", 12, MOST_MONTHS)
    found = store.by_month(date.min.replace(year=2000))
    total = {kind: sum(month[kind] for month in found.values()) for kind in KINDS}
    months = store.months_until(clock.today(), number)
    nothing = dict.fromkeys(KINDS, 0)
    return {
        **_named(total),
        "since": _iso(store.since()),
        "months": [{"month": month, **_named(found.get(month, nothing))} for month in months],
    }


def _named(numbers: dict[str, int]) -> dict[str, int]:
    return {f"{kind}s": numbers[kind] for kind in KINDS}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def govshare_usage_due(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Move what was counted from Valkey into the table; exactly once, however often it is called.

    :returns: ``{moved}``: number of counters
    """
    tk.check_access("govshare_usage_due", context, data_dict)
    return {"moved": store.move()}
