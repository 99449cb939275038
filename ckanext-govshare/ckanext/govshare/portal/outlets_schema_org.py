"""A public entry for search engines: schema.org Dataset as JSON-LD, from what its page has read already.

Source: https://schema.org/Dataset. No name of a person, nothing of entries that are not public.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.govshare import config
from ckanext.govshare.portal import outlets

__all__ = ["govshare_structured_data"]

MOST_VARIABLES = 100
#: Inside <script> nothing may end the element or begin a comment.
ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def govshare_structured_data(entry: Mapping[str, Any]) -> Markup:
    """JSON-LD of an entry for a ``<script type="application/ld+json">``; empty where the entry is not public.

    :param entry: what ``package_show`` gave the reader; only what everybody is given is used
    """
    if not outlets.is_public(entry):
        return Markup("")
    plain = json.dumps(dataset(entry), ensure_ascii=False)
    return Markup(plain.translate(str.maketrans(ESCAPED)))  # noqa: S704 - nothing in it is markup any more


def dataset(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as schema.org says it; what is not known stays away."""
    site, provider = outlets.base(), outlets.provider(entry)
    title = outlets.text(entry.get("title")) or entry["name"]
    agent = {"@type": "GovernmentOrganization", "name": provider["name"], "url": provider["page"]}
    code = outlets.text(entry.get("resource_code"))
    found = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": outlets.uri(entry),
        "url": outlets.page(entry),
        "name": title,
        "description": outlets.text(entry.get("notes")) or title,
        "identifier": [outlets.uri(entry), *([code] if code else [])],
        "keywords": outlets.keywords(entry),
        "license": outlets.licence(entry),
        "isAccessibleForFree": True,
        "conditionsOfAccess": outlets.text(entry.get("open_condition")) if entry["open_type"] == "2" else "",
        "creator": agent,
        "publisher": agent,
        "datePublished": outlets.issued(entry),
        "dateModified": outlets.updated(entry),
        "inLanguage": "zh-CN",
        "spatialCoverage": {"@type": "Place", "name": outlets.text(config.get("site.city"))},
        "variableMeasured": _items(entry),
        "includedInDataCatalog": {
            "@type": "DataCatalog", "name": tk.config.get("ckan.site_title") or site, "url": f"{site}/",
        },
        "distribution": [_download(file) for file in outlets.files(_as_public(entry))],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in ("", [])}


def _as_public(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with the files that everybody may take, also on the page of a colleague who may take more."""
    open_files = [
        resource
        for resource in entry.get("resources") or []
        if entry["open_type"] == "1"
        and resource.get("audience") == "open"
        and resource.get("opening") in ("open", "publisher")
    ]
    return {**entry, "resources": open_files}


def _items(entry: Mapping[str, Any]) -> list[str]:
    """Names of the items that are shared as widely as their entry."""
    items = entry.get("info_items")
    widest = str(entry.get("share_type") or "9")
    return [
        name
        for item in (items if isinstance(items, list) else [])[:MOST_VARIABLES]
        if isinstance(item, dict)
        and str(item.get("share_type") or "") <= widest
        and (name := outlets.text(item.get("name")))
    ]


def _download(file: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "@type": "DataDownload",
        "name": file["name"],
        "description": file["description"],
        "contentUrl": file["url"],
        "encodingFormat": file["media_type"] or file["format"],
        "contentSize": f"{file['size']} B" if file["size"] else "",
        "dateModified": file["updated"],
    }
    return {name: value for name, value in found.items() if value}
