"""How programs read the catalogue and the data."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

__all__ = ["ROUTES"]


def developers() -> str:
    """How programs read the catalogue and the data, with requests that run as they stand."""
    return tk.render("govshare/developers/developers.html", {"sample": _sample()})


def _sample() -> dict[str, Any] | None:
    """A public entry with rows in the DataStore, for the examples: ``{entry, resource}`` or None."""
    # Tables come through exchange points: what has none has hardly rows in the DataStore.
    query = {"fq": "+dataset_type:dataset +open_type:1 +source_point:[* TO *]", "rows": 100}
    try:
        found = tk.get_action("package_search")({"user": ""}, query)["results"]
    except tk.ValidationError:
        return None
    for entry in found:
        for resource in entry.get("resources", []):
            if resource.get("datastore_active") and resource.get("url"):
                return {"entry": entry, "resource": resource}
    return None


ROUTES = [("/developers", developers)]
