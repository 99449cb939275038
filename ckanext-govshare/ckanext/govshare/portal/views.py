"""Pages of the portal that core does not have."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Response
from flask import Blueprint, jsonify

from ckanext.govshare.portal import scripts

__all__ = ["govshare_portal"]

govshare_portal = Blueprint("govshare_portal", __name__)


@govshare_portal.route("/developers")
def developers() -> str | Response:
    """How programs read the catalogue and the data, with requests that run as they stand."""
    return tk.render("govshare/portal/developers.html", {"sample": _sample()})


@govshare_portal.route(f"/api/i18n/<any({','.join(map(repr, scripts.LANGUAGES))}):language>")
def script_words(language: str) -> Response:
    """What core's scripts say, in Chinese (portal/scripts.py)."""
    answer = jsonify(scripts.words(language))
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


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
