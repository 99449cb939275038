"""The catalogue as ``/data.json``: Project Open Data Metadata Schema 1.1, one entry after another.

The inverse of harvesters/mappings/data_json.yaml. What concerns authorities of the United States alone (bureauCode,
programCode) has no counterpart here; the rest is what the standard asks of everybody.
Source: https://resources.data.gov/resources/dcat-us/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare import config
from ckanext.govshare.portal import outlets, vocabularies

SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"
LONGEST_RIGHTS = 255


def parts() -> Iterator[bytes]:
    """The document, in pieces: never more than a page of entries in memory."""
    head = {
        "@context": f"{SCHEMA}/catalog.jsonld",
        "@id": f"{outlets.base()}/data.json",
        "@type": "dcat:Catalog",
        "conformsTo": SCHEMA,
        "describedBy": f"{SCHEMA}/catalog.json",
    }
    yield (json.dumps(head, ensure_ascii=False)[:-1] + ', "dataset": [').encode()
    for number, entry in enumerate(outlets.entries()):
        line = (",\n" if number else "\n") + json.dumps(dataset(entry), ensure_ascii=False)
        yield line.encode("utf-8", "replace")
    yield b"\n]}\n"


def dataset(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as a data set of the standard; what it does not say stays away."""
    _right, level = vocabularies.ACCESS[entry["open_type"]]
    _eu, interval = vocabularies.FREQUENCY.get(str(entry.get("update_cycle")), ("", ""))
    title = outlets.text(entry.get("title")) or entry["name"]
    field = tk.h.govshare_code_label("open_domain", entry["open_domain"]) if entry.get("open_domain") else ""
    found = {
        "@type": "dcat:Dataset",
        "identifier": outlets.uri(entry),
        "title": title,
        "description": outlets.text(entry.get("notes")) or title,
        "keyword": outlets.keywords(entry) or [field or title],
        "modified": outlets.updated(entry),
        "issued": outlets.issued(entry),
        "publisher": {"@type": "org:Organization", "name": outlets.provider(entry)["name"]},
        "contactPoint": _contact(entry),
        "accessLevel": level,
        "rights": outlets.text(entry.get("open_condition"))[:LONGEST_RIGHTS] if level != "public" else "",
        "license": outlets.licence(entry),
        "landingPage": outlets.page(entry),
        "accrualPeriodicity": interval,
        "language": ["zh-CN"],
        "spatial": outlets.text(config.get("site.city")),
        "theme": [field] if field else [],
        "distribution": [_distribution(file) for file in outlets.files(entry)],
    }
    return {name: value for name, value in found.items() if value not in ("", [])}


def _contact(entry: Mapping[str, Any]) -> dict[str, str]:
    """The department, at the site's address: names and addresses of persons are given to nobody in bulk."""
    mail = outlets.contact_mail()
    found = {"@type": "vcard:Contact", "fn": outlets.provider(entry)["name"]}
    return found | ({"hasEmail": f"mailto:{mail}"} if mail else {})


def _distribution(file: Mapping[str, Any]) -> dict[str, str]:
    place = (
        "downloadURL" if file["media_type"] else "accessURL"
    )  # the standard wants a media type with the first
    found = {
        "@type": "dcat:Distribution",
        "title": file["name"],
        "description": file["description"],
        "format": file["format"],
        "mediaType": file["media_type"],
        place: file["url"],
    }
    return {name: value for name, value in found.items() if value}
