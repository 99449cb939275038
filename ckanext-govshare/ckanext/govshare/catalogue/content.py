"""The content of an entry: what a person fills in, apart from what the server sets.

A change holds content; a published entry shows it; the two are compared, merged and published as content.
"""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare.catalogue import files, forms, service

MOST_CHARACTERS = 20_000
RESOURCE_FIELDS = ("id", "name", "description", "audience", "format", "url", "hash")
FILE_FACTS = ("url", "url_type", "hash", "size", "mimetype", "original_name", "rows", "columns", "source_key")
# Answered by package_show beside the form's fields: taken back without complaint, and without effect.
NOT_CONTENT = frozenset(
    {
        *service.SERVER_FIELDS,
        *("id", "name", "type", "state", "private", "organization", "owner_org", "groups", "extras", "tags"),
        *("num_tags", "num_resources", "metadata_created", "metadata_modified", "creator_user_id", "isopen"),
        *("author", "author_email", "maintainer", "maintainer_email", "version", "url", "plugin_data"),
        *("license_title", "license_url", "is_demo", "relationships_as_object", "relationships_as_subject"),
    }
)
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def fields(package_type: str) -> tuple[str, ...]:
    """Names of the content's fields, in the order of the form; files last, where the type has any."""
    names = tuple(field.name for field in forms.form(package_type).fields if field.name != "owner_org")
    return (*names, "resources") if has_files(package_type) else names


def has_files(package_type: str) -> bool:
    """Whether entries of the type carry files."""
    return bool((tk.h.scheming_get_dataset_schema(package_type) or {}).get("resource_fields"))


def of_package(package: model.Package) -> dict[str, Any]:
    """Content of the published version."""
    shown = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False, "for_update": True}, {"id": package.id}
    )
    return of_shown(package.type, shown)


def of_shown(package_type: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Content of an entry as ``package_show`` answers it, or ``package_update`` takes it."""
    content = {name: shown[name] for name in fields(package_type) if shown.get(name) not in (None, "", [])}
    if "tag_string" in fields(package_type) and shown.get("tags"):
        content["tag_string"] = ",".join(sorted(tag["name"] for tag in shown["tags"]))
    if shown.get("resources") and has_files(package_type):
        content["resources"] = [_resource(resource) for resource in shown["resources"]]
    return content


def _resource(shown: dict[str, Any]) -> dict[str, Any]:
    kept = {key: shown[key] for key in (*RESOURCE_FIELDS, *FILE_FACTS) if shown.get(key) not in (None, "")}
    if shown.get("url_type") == "upload":
        kept["url"] = str(shown["url"]).rsplit("/", 1)[-1]
    return kept


def clean(
    package_type: str, data: dict[str, Any], user: str, known: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Bring what a client sends into the shape of content. Drafts may be incomplete; they may not be nonsense.

    :param data: fields by name; text, lists of text, the item table and the files
    :param user: may name only files that this person stored …
    :param known: … or that these resources have already
    :returns: the fields given, empty ones as ``""`` or ``[]``
    :raises ValidationError: a field that the form does not have, or a value that no field can hold
    """
    if not isinstance(data, dict):
        raise tk.ValidationError({"data": [tk._("The content must be a set of fields")]})
    form = forms.form(package_type)
    kinds = {field.name: field.kind for field in form.fields if field.name != "owner_org"}
    errors: dict[str, list[str]] = {}
    content: dict[str, Any] = {}
    rows = {key: value for key, value in data.items() if service.FORM_ITEM.match(str(key))}
    if form.items_name and (rows or form.items_name in data):
        holder = {**rows, **{key: data[key] for key in (form.items_name,) if key in data}}
        service.clean_items(holder)
        content[form.items_name] = _rows(holder.get(form.items_name) or [], form.items_name, errors)
    for name, value in data.items():
        if name in rows or name in NOT_CONTENT or name == form.items_name or name == "resources":
            continue
        if name not in kinds:
            errors[str(name)] = [tk._("The form has no field of this name")]
        elif kinds[name] == "list":
            content[name] = _list(name, value, errors)
        else:
            content[name] = _text(name, value, errors)
    if "tags" in data and "tag_string" in kinds and "tag_string" not in data:
        names = [tag.get("name") if isinstance(tag, dict) else tag for tag in data["tags"] or []]
        content["tag_string"] = _text("tag_string", ",".join(sorted(str(name) for name in names)), errors)
    if "resources" in data and has_files(package_type):
        content["resources"] = _resources(data["resources"], user, known or [], errors)
    if errors:
        raise tk.ValidationError(errors)
    return content


def _text(name: str, value: Any, errors: dict[str, list[str]]) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        errors[name] = [tk._("This field holds text")]
        return ""
    text = str(value).strip()
    if len(text) > MOST_CHARACTERS:
        errors[name] = [tk._("At most {number} characters").format(number=MOST_CHARACTERS)]
    elif _UNSTORABLE.search(text):
        errors[name] = [tk._("There are characters in it that cannot be stored")]
    return text


def _list(name: str, value: Any, errors: dict[str, list[str]]) -> list[str]:
    if isinstance(value, str):
        value = re.split(r"[\n、,，;；]", value)
    if not isinstance(value, list | type(None)):
        errors[name] = [tk._("This field holds a list")]
        return []
    return [text for text in (_text(name, item, errors) for item in value or []) if text]


def _rows(rows: list[dict[str, str]], name: str, errors: dict[str, list[str]]) -> list[dict[str, str]]:
    for number, row in enumerate(rows, 1):
        for value in row.values():
            if len(value) > MOST_CHARACTERS or _UNSTORABLE.search(value):
                message = tk._("Item {number}: a value is too long, or cannot be stored")
                errors.setdefault(name, []).append(message.format(number=number))
    return rows


def _resources(
    given: Any, user: str, known: list[dict[str, Any]], errors: dict[str, list[str]]
) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(resource, dict) for resource in given):
        errors["resources"] = [tk._("A resource must be a set of fields")]
        return []
    facts = {resource["hash"]: resource for resource in known if resource.get("hash")}
    by_id = {resource["id"]: resource for resource in reversed(known) if resource.get("id")}
    found = []
    for resource in given:
        kept = {
            key: text for key in RESOURCE_FIELDS if (text := _text("resources", resource.get(key), errors))
        }
        same = by_id.get(kept.get("id"))
        if same is None:
            kept.pop("id", None)
        elif not kept.get("hash") and same.get("url") == kept.get("url"):  # the link that it was
            kept |= {key: same[key] for key in FILE_FACTS if same.get(key) not in (None, "")}
        if kept.get("hash"):
            stored = facts.get(kept["hash"]) or files.claimed(kept["hash"], user)
            if stored is None:
                errors["resources"] = [tk._("This file was not stored by you")]
                continue
            kept |= {key: stored[key] for key in FILE_FACTS if stored.get(key) not in (None, "")}
        kept.setdefault("audience", "share")
        found.append(kept)
    return found


def to_package(
    package_type: str, content: dict[str, Any], owner_org: str, package: model.Package | None
) -> dict[str, Any]:
    """The whole dict that core's ``package_create`` or ``package_update`` takes.

    :param package: the published version, or None for a new entry
    """
    kept: dict[str, Any] = {}
    if package is not None:
        shown = tk.get_action("package_show")(
            {"ignore_auth": True, "use_cache": False, "for_update": True}, {"id": package.id}
        )
        kept = {key: value for key, value in shown.items() if key not in fields(package_type)}
        if "tag_string" in fields(package_type):
            kept.pop("tags", None)
    return {
        **kept,
        **{key: value for key, value in content.items() if value not in (None, "", [])},
        "type": package_type,
        "owner_org": owner_org,
        "resources": [dict(resource) for resource in content.get("resources") or []],
    }
