"""Which forms a file of an entry can be had in: as it came, and made from its rows."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare.portal import words

MIB = 1024 * 1024
#: What rows can be made into, in the order of buttons: name in the address, and its name for people.
MADE = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON", "xml": "XML"}
#: Stored files whose rows can be read, with the most bytes of each: workbooks and JSON are not read as a stream.
READ = {"CSV": 1024 * MIB, "TSV": 1024 * MIB, "XLSX": 20 * MIB, "XLS": 20 * MIB, "JSON": 20 * MIB}


def govshare_formats(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """What a reader may take of a resource, the original first.

    :param resource: as ``package_show`` gave it to the reader: without ``url`` it may not be taken
    :returns: ``[{format, url, label, size, original}]``; ``size`` is a text for people, empty where it is not known
        before the file is made
    """
    if not resource.get("url"):
        return []
    name = str(resource.get("format") or "").upper()
    size = words.size(resource.get("size")) if resource.get("size") else ""
    rows = [
        {
            "format": name,
            "url": resource["url"],
            "label": name or tk._("File"),
            "size": size,
            "original": True,
        }
    ]
    if not has_rows(resource):
        return rows
    package = model.Package.get(resource["package_id"])
    for extension, label in MADE.items():
        if label == name and label != "CSV":
            continue
        address = tk.url_for(
            "govshare_portal.convert",
            id=package.name if package is not None else resource["package_id"],
            resource_id=resource["id"],
            format=extension,
        )
        again = tk._("CSV (UTF-8)") if label == name else label
        rows.append({"format": label, "url": address, "label": again, "size": "", "original": False})
    return rows


def has_rows(resource: dict[str, Any]) -> bool:
    """Whether the rows of a resource can be read: from its table in the DataStore, or from its stored file."""
    if tk.asbool(resource.get("datastore_active") or False):
        return True
    most = READ.get(str(resource.get("format") or "").upper(), 0)
    return resource.get("url_type") == "upload" and 0 < int(resource.get("size") or 0) <= most
