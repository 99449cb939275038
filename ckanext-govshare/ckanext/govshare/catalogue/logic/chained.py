"""Core's actions as the catalogue guards them: what is written is prepared, what is read is stripped.

Doors that permission labels do not close (ckan-2.12: ``resource_search``, ``_table_metadata``, tags, members, raw
fields of the index) are closed here; tests/catalogue/test_doors.py goes through all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import forms, rights, searches, service

__all__ = [
    "am_following_dataset",
    "current_package_list_with_resources",
    "datastore_info",
    "datastore_search",
    "format_autocomplete",
    "member_list",
    "package_create",
    "package_patch",
    "package_search",
    "package_show",
    "package_update",
    "tag_autocomplete",
    "tag_list",
    "tag_search",
    "tag_show",
]

Action = Callable[[Context, dict[str, Any]], Any]
# Fields that a search may ask for by `fl`; the stored documents hold addresses that not everybody may have.
RAW_FIELDS = {"data_dict", "validated_data_dict", "res_url", "permission_labels", "text", "*"}
METADATA_TABLES = ("_table_metadata", "pg_")


def _refuse_strange(data_dict: dict[str, Any]) -> None:
    """Core looks entries up by these before it validates anything."""
    for name in ("id", "name", "type", "owner_org"):
        value = data_dict.get(name)
        if value is not None and (not isinstance(value, str) or searches.UNREADABLE.search(value)):
            raise tk.ValidationError({name: [tk._("This field holds text")]})


@tk.chained_action
def package_create(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``package_create``; without more it publishes: every rule applies."""
    _refuse_strange(data_dict)
    data_dict.setdefault("type", service.ENTRY)
    if data_dict["type"] in forms.types():
        tk.check_access("package_create", context, data_dict)
        service.prepare(context, data_dict, None)
    return up(context, data_dict)


@tk.chained_action
def package_update(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``package_update``; fields that only the server sets stay as they are."""
    _refuse_strange(data_dict)
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if package is not None and package.type in forms.types():
        tk.check_access(
            "package_update", context, {"id": package.id, "owner_org": data_dict.get("owner_org")}
        )
        service.prepare(context, data_dict, package)
        context["govshare_before"] = service.snapshot(package)
    return up(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def package_show(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``package_show`` without the files that the reader may not take.

    :raises ObjectNotFound: there is no such entry, or the reader may not see it: codes can be guessed, and who tells
        the two apart tells how much there is
    """
    try:
        entry = up(context, data_dict)
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound() from error
    if context.get("ignore_auth") or context.get("for_update"):
        return entry
    reader = rights.Reader.of(context.get("user"))
    return rights.strip(reader, entry, _regions(reader, [entry]).get(entry.get("owner_org"), ""))


@tk.chained_action
@tk.side_effect_free
def package_search(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``package_search`` without the files that the reader may not take, nor raw documents of the index."""
    if context.get("ignore_auth"):
        return up(context, data_dict)
    data_dict = searches.check(data_dict)
    wanted = data_dict.get("fl") or []
    wanted = wanted.replace(",", " ").split() if isinstance(wanted, str) else wanted
    if any(
        str(name).strip() in RAW_FIELDS or "*" in str(name) or "(" in str(name) or ":" in str(name)
        for name in wanted
    ):
        raise tk.ValidationError({"fl": [tk._("These fields cannot be read from the index")]})
    found = up(context, _entries_only(data_dict))
    _strip(context, found["results"])
    return found


def _strip(context: Context, results: list[Any]) -> None:
    """Take out of whole entries what the reader may not have; other answers of the index stay as they are."""
    entries = [entry for entry in results if isinstance(entry, dict) and "resources" in entry]
    if entries:
        reader = rights.Reader.of(context.get("user"))
        regions = _regions(reader, entries)
        for entry in entries:
            rights.strip(reader, entry, regions.get(entry.get("owner_org"), ""))


def _regions(reader: rights.Reader, entries: list[dict[str, Any]]) -> dict[str, str]:
    """Region by provider; nothing for a reader whose rights depend on no region, as any visitor's."""
    return rights.regions_of(entries) if reader.regions or reader.office_regions else {}


@tk.chained_action
@tk.side_effect_free
def current_package_list_with_resources(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``current_package_list_with_resources``, which searches past the action above."""
    found = up(context, data_dict)
    if not context.get("ignore_auth"):
        _strip(context, found)
    return found


def _entries_only(data_dict: dict[str, Any]) -> dict[str, Any]:
    """A search finds entries; other types of package only where the query names the type (T29)."""
    query = " ".join(str(data_dict.get(key) or "") for key in ("q", "fq", "fq_list"))
    if "dataset_type:" in query:
        return data_dict
    return {**data_dict, "fq_list": [*(data_dict.get("fq_list") or []), f"+dataset_type:{service.ENTRY}"]}


def _refuse_list_of_tables(context: Context, data_dict: dict[str, Any]) -> None:
    resource_id = str(data_dict.get("resource_id") or data_dict.get("id") or "")
    if resource_id.startswith(METADATA_TABLES):
        raise tk.NotAuthorized(tk._("The list of tables is not public"))


@tk.chained_action
@tk.side_effect_free
def datastore_search(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``datastore_search`` without the list of all tables."""
    if not context.get("ignore_auth"):
        _refuse_list_of_tables(context, data_dict)
    return up(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def datastore_info(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``datastore_info`` without the list of all tables."""
    if not context.get("ignore_auth"):
        _refuse_list_of_tables(context, data_dict)
    return up(context, data_dict)


@tk.chained_action
def package_patch(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``package_patch``; what it writes goes through ``package_update``."""
    _refuse_strange(data_dict)
    return up(context, data_dict)


def _visible_tags(context: Context) -> set[str]:
    """Names of the tags on entries that the reader may see: from the index, as search and facets count them."""
    found = tk.get_action("package_search")(
        {"user": context.get("user")}, {"rows": 0, "facet.field": ["tags"], "facet.limit": -1}
    )
    return set(found["facets"].get("tags", {}))


@tk.chained_action
@tk.side_effect_free
def tag_list(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``tag_list``: only tags of entries that the reader may see."""
    found = up(context, data_dict)
    if context.get("ignore_auth") or data_dict.get("vocabulary_id"):
        return found
    visible = _visible_tags(context)
    return [tag for tag in found if (tag["name"] if isinstance(tag, dict) else tag) in visible]


@tk.chained_action
@tk.side_effect_free
def tag_autocomplete(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``tag_autocomplete``: only tags of entries that the reader may see."""
    visible = _visible_tags(context)
    return [tag for tag in up(context, data_dict) if tag in visible]


@tk.chained_action
@tk.side_effect_free
def tag_search(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``tag_search``: only tags of entries that the reader may see."""
    found, visible = up(context, data_dict), _visible_tags(context)
    found["results"] = [tag for tag in found["results"] if tag["name"] in visible]
    found["count"] = len(found["results"])
    return found


@tk.chained_action
@tk.side_effect_free
def tag_show(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``tag_show``: a tag that no visible entry bears does not exist for the reader."""
    tag = up(context, data_dict)
    if (
        not context.get("ignore_auth")
        and not tag.get("vocabulary_id")
        and tag["name"] not in _visible_tags(context)
    ):
        raise tk.ObjectNotFound(tk._("Tag not found"))
    return tag


@tk.chained_action
@tk.side_effect_free
def member_list(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``member_list``: entries only for members of the organisation, the office and operators."""
    found = up(context, data_dict)
    if context.get("ignore_auth") or roles.is_operator(context.get("user")):
        return found
    reader = rights.Reader.of(context.get("user"))
    group = model.Group.get(data_dict.get("id"))
    if group is not None and (
        group.id in reader.organizations or group.extras.get("region") in reader.office_regions
    ):
        return found
    return [row for row in found if row[1] not in ("package", "user")]


@tk.chained_action
@tk.side_effect_free
def format_autocomplete(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``format_autocomplete``: formats of all files are for people who register files."""
    found = up(context, data_dict)
    return found if context.get("ignore_auth") or context.get("user") else []


@tk.chained_action
@tk.side_effect_free
def am_following_dataset(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``am_following_dataset``, which looks the entry and nobody up before it refuses a visitor."""
    if not context.get("user"):
        raise tk.NotAuthorized
    return up(context, data_dict)
