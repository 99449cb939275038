"""What the pages of an entry and of a file ask: downloads, items, preview, versions, related entries, citation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from ckan.lib import munge
from flask import g, request

from ckanext.govshare import config, signals
from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import chart, citation, plane, preview, quality, related, words
from ckanext.govshare.portal.preview_question import MOST_TEXT, REACHED, Question
from ckanext.govshare.portal.preview_store import GoneError, TooSlowError

T = TypeVar("T")
FORMATS_FIRST = {"CSV": 0, "XLSX": 1, "JSON": 2}


def _user() -> str:
    return getattr(tk.current_user, "name", "") or ""


def govshare_seen(entry: dict[str, Any], resource: dict[str, Any] | None = None) -> str:
    """Say that the page of an entry, or of one of its files, was read; shows nothing."""
    kind, resource_id = ("resource", resource["id"]) if resource else ("entry", "")
    signals.viewed.send(None, kind=kind, package_id=entry["id"], resource_id=resource_id)
    return ""


def govshare_downloads(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Files of an entry that this reader may take, tables first: ``[{resource, label, size, outside}]``."""
    found = [
        {
            "resource": resource,
            "label": resource.get("format") or tk._("File"),
            "size": words.size(resource.get("size")) if resource.get("size") else "",
            "outside": resource.get("url_type") != "upload",
        }
        for resource in entry.get("resources", [])
        if resource.get("url")
    ]
    return sorted(found, key=lambda row: FORMATS_FIRST.get(row["label"].upper(), len(FORMATS_FIRST)))


def govshare_other_formats(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Forms in which a file can be had beside the one that it came in: rows of `govshare_formats`."""
    return [row for row in tk.h.govshare_formats(resource) if not row["original"]]


def govshare_items(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """信息项 of an entry; an empty list when it has none."""
    items = entry.get("info_items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def govshare_preview(
    entry: dict[str, Any], resource: dict[str, Any] | None = None, size: int = 10
) -> dict[str, Any] | None:
    """Rows of a resource, or of the entry's best one, sorted and searched as the address asks.

    :param size: rows of a page
    :returns: ``{resource, source, table}``: `preview.Source`, `preview.Preview`; None when nothing can be shown
    """
    candidates = [resource] if resource else [row["resource"] for row in govshare_downloads(entry)]
    candidates.sort(key=lambda candidate: not candidate.get("datastore_active"))
    for candidate in candidates:
        source = preview.source_of(candidate, govshare_items(entry))
        table = preview.page(source, candidate, size, Question.of(request.args)) if source else None
        if table is not None:
            return {"resource": candidate, "source": source, "table": table}
    return None


def govshare_preview_form(table: preview.Preview) -> dict[str, Any]:
    """What the form and the column heads of a preview link to.

    :returns: ``{path, most_text, reached, heads: [{title, url, order}], before, after}``: `order` is "ascending",
        "descending" or ""; `before` and `after` are addresses of pages, "" where there is none
    """
    asked = table.question
    path = tk.h.url_for(tk.h.current_url().partition("?")[0])
    fixed = {"f": asked.text, "column": asked.column}

    def address(page: int = 1, sort: str | None = None) -> str:
        now = f"{asked.sort} {'desc' if asked.descending else 'asc'}" if asked.sort else ""
        query = {**fixed, "sort": now if sort is None else sort, "page": str(page) if page > 1 else ""}
        text = urlencode({name: value for name, value in query.items() if value})
        return f"{path}?{text}#preview" if text else f"{path}#preview"

    heads = []
    for column in table.columns:
        mine = column.id == asked.sort
        order = ("descending" if asked.descending else "ascending") if mine else ""
        url = address(sort=f"{column.id} {'desc' if order == 'ascending' else 'asc'}")
        heads.append({"title": column.title, "url": url, "order": order})
    return {
        "path": path,
        "most_text": MOST_TEXT,
        "reached": REACHED,
        "heads": heads,
        "before": address(asked.page - 1) if asked.page > 1 else "",
        "after": address(asked.page + 1) if asked.page < table.pages else "",
    }


def govshare_chart(shown: dict[str, Any] | None) -> chart.Chart | None:
    """The chart of a table that a page shows; None where no rule fits, or it cannot be counted in time.

    :param shown: what `govshare_preview` answered
    """
    return _drawn(chart.of, shown)


def govshare_plane(shown: dict[str, Any] | None) -> plane.Plane | None:
    """The points of a table that a page shows; None where it has no coordinates.

    :param shown: what `govshare_preview` answered
    """
    return _drawn(lambda source, table: plane.of(source, table, config.base_map()["tiles"]), shown)


def govshare_base_map() -> dict[str, str]:
    """The base map of planes, as the operator set it: ``{tiles, approval}``, both empty without one."""
    return config.base_map()


def _drawn(draw: Callable[[preview.Source, preview.Preview], T], shown: dict[str, Any] | None) -> T | None:
    if shown is None or shown["table"].trouble == "busy":
        return None
    try:
        return draw(shown["source"], shown["table"])
    except (GoneError, TooSlowError):
        return None


def govshare_versions(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Former files of an entry that the reader may know of, newest first, asked once a request.

    :returns: rows of `govshare_file_versions`; an empty list where the reader may see none
    """
    known = g.setdefault("govshare_versions", {})
    if entry["id"] not in known:
        try:
            found = tk.get_action("govshare_file_versions")({"user": _user()}, {"package_id": entry["id"]})
        except (tk.ObjectNotFound, tk.NotAuthorized):
            found = []
        known[entry["id"]] = found
    return known[entry["id"]]


def govshare_related(entry: dict[str, Any]) -> list[dict[str, str]]:
    """Related entries, as the reader may see them: ``[{name, title}]``."""
    return related.of_entry(entry, _user())


def govshare_quality(entry: dict[str, Any]) -> list[quality.Mark]:
    """Marks of quality: completeness, formats, links, freshness; worked out once a request."""
    known = g.setdefault("govshare_quality", {})
    if entry["id"] not in known:
        known[entry["id"]] = quality.marks(entry)
    return known[entry["id"]]


def govshare_freshness(entry: dict[str, Any]) -> quality.Mark | None:
    """Whether the data are as fresh as promised, with the reason."""
    return quality.freshness(entry)


def govshare_link_dead(entry: dict[str, Any], resource: dict[str, Any]) -> bool:
    """Whether the link check found a linked file of an entry dead."""
    return quality.link_states(entry).get(resource["id"], {}).get("state") == "dead"


def govshare_citation(entry: dict[str, Any]) -> dict[str, str]:
    """How to cite an entry: ``{text, bibtex, ris}``."""
    address = tk.h.url_for("dataset.read", id=entry["name"], qualified=True, locale="default")
    provider = (entry.get("organization") or {}).get("title") or tk.config.get("ckan.site_title") or ""
    updated = words.day(entry.get("data_updated") or entry.get("metadata_modified"))
    about = (provider, entry.get("title") or entry["name"], updated, address)
    key = munge.munge_name(entry["name"])
    return {
        "text": citation.text(*about, clock.today()),
        "bibtex": citation.bibtex(key, *about),
        "ris": citation.ris(key, *about),
    }
