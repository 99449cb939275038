"""ckanext-dcat's actions as this catalogue answers them: its own profile, public entries only, in stable pages."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.types import Context
from flask import has_request_context, request

from ckanext.govshare.portal import outlets
from ckanext.govshare.portal.dcat_profile import FORMATS, Serializer

__all__ = ["dcat_catalog_search", "dcat_catalog_show", "dcat_dataset_show"]

Action = Callable[[Context, dict[str, Any]], Any]
PAGE = 100
# New entries come last, so that nobody who reads page after page misses one or reads it twice.
ORDER = "metadata_created asc, id asc"


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_show(up: Action, context: Context, data_dict: dict[str, Any]) -> str:
    """The public catalogue as linked data, a hundred entries a page, whoever asks.

    :param format: ``ttl``, ``xml``, ``rdf``, ``jsonld`` or ``n3``
    :param page: 1 by default; ``hydra:next`` of a page leads on
    :param q: as in ``package_search``
    :param fq: as in ``package_search``; it can only narrow
    :param modified_since: ISO day or moment
    :returns: the document
    :raises ValidationError: which value cannot be used
    """
    tk.check_access("dcat_catalog_show", context, data_dict)
    format, page = _format(data_dict), _page(data_dict)
    filters = [str(data_dict["fq"])] if data_dict.get("fq") else []
    since = _moment(data_dict.get("modified_since"))
    if since:
        filters.append(f"+metadata_modified:[{since} TO *]")
    try:
        found = outlets.search(
            q=str(data_dict.get("q") or "*:*"),
            fq_list=filters,
            rows=PAGE,
            start=PAGE * (page - 1),
            sort=ORDER,
        )
    except SearchError as error:
        raise tk.ValidationError({"q": [tk._("The search cannot be read")]}) from error
    return Serializer().document(found["results"], format, _paging(format, page, found["count"]))


@tk.chained_action
@tk.side_effect_free
def dcat_catalog_search(up: Action, context: Context, data_dict: dict[str, Any]) -> str:
    """As ``dcat_catalog_show``."""
    tk.check_access("dcat_catalog_search", context, data_dict)
    return tk.get_action("dcat_catalog_show")(outlets.visitor(), data_dict)


@tk.chained_action
@tk.side_effect_free
def dcat_dataset_show(up: Action, context: Context, data_dict: dict[str, Any]) -> str:
    """A public entry as linked data, whoever asks.

    :param id: id or name
    :param format: as in ``dcat_catalog_show``
    :returns: the document
    :raises ObjectNotFound: there is none, or none that everybody may see
    """
    tk.check_access("dcat_dataset_show", context, data_dict)
    format = _format(data_dict)
    try:
        entry = tk.get_action("package_show")(outlets.visitor(), {"id": tk.get_or_bust(data_dict, "id")})
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound(tk._("Dataset not found")) from error
    if not outlets.is_public(entry):
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return Serializer().document([entry], format)


def _format(data_dict: dict[str, Any]) -> str:
    format = data_dict.get("format") or "xml"
    if format not in FORMATS:
        choices = ", ".join(sorted(FORMATS))
        raise tk.ValidationError({"format": [tk._("Choose one of: {choices}").format(choices=choices)]})
    return str(format)


def _page(data_dict: dict[str, Any]) -> int:
    given = str(data_dict.get("page") or 1)
    if not (given.isdecimal() and given.isascii() and 1 <= int(given) <= 10**6):
        raise tk.ValidationError({"page": [tk._("A page is a number from 1 on")]})
    return int(given)


def _moment(given: Any) -> str:
    if not given:
        return ""
    try:
        moment = datetime.fromisoformat(str(given).replace("Z", "+00:00"))
    except ValueError:
        message = tk._("A day or moment is written like 2026-03-31 or 2026-03-31T08:00:00Z")
        raise tk.ValidationError({"modified_since": [message]}) from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _paging(format: str, page: int, count: int) -> dict[str, Any]:
    """What ckanext-dcat says of pages; the addresses keep the rest of the question."""
    last = max(1, math.ceil(count / PAGE))
    path, asked = f"{outlets.base()}/catalog.{format}", []
    if has_request_context():
        asked = [
            (name, value)
            for name, value in request.args.items()
            if name in ("q", "fq", "modified_since") and value
        ]

    def address(number: int) -> str:
        return f"{path}?{urlencode([*asked, ('page', number)])}"

    found: dict[str, Any] = {"count": count, "items_per_page": PAGE, "current": address(page)}
    found |= {"first": address(1), "last": address(last)}
    if page > 1:
        found["previous"] = address(min(page - 1, last))
    if page < last:
        found["next"] = address(page + 1)
    return found
