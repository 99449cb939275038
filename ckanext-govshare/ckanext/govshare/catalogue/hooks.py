"""What the index holds, and what happens inside core's transaction when an entry is written."""

from __future__ import annotations

import json
from typing import Any

from ckan.types import Context

from ckanext.govshare.catalogue import search_document, search_query, service

# Composite or private fields: out of the index, where core would choke on them or a search would show them.
NOT_INDEXED = ("info_items", "related_codes", "no_share_basis", "contact_phone", "res_url")


class EntryHooks:
    """The catalogue's part of IPackageController (a mix-in of its plugin)."""

    def after_dataset_create(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        if not context.get("govshare_bulk"):  # written with those of the whole batch
            service.after_write(context, pkg_dict["id"], "created", None)

    def after_dataset_update(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        service.after_write(context, pkg_dict["id"], "updated", context.get("govshare_before"))

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        return search_query.prepared(search_params)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        entry = json.loads(pkg_dict.get("validated_data_dict") or "{}")
        for key in list(pkg_dict):
            if key.removeprefix("extras_") in NOT_INDEXED:
                del pkg_dict[key]
        if entry.get("type") != service.ENTRY:
            return {key: value for key, value in pkg_dict.items() if _plain(value)}
        pkg_dict |= search_document.fields(entry)
        public = [resource for resource in entry.get("resources", []) if resource.get("audience") == "open"]
        for key in ("name", "description", "format"):
            pkg_dict[f"res_{key}"] = [resource.get(key) or "" for resource in public]
        return {key: value for key, value in pkg_dict.items() if _plain(value)}


def _plain(value: Any) -> bool:
    """Whether Solr takes a value: text, number, or a list of these."""
    if isinstance(value, list):
        return all(not isinstance(item, list | dict) for item in value)
    return not isinstance(value, dict)
