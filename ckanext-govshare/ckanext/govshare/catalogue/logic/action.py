"""Actions of the catalogue. Core's own actions that it guards are in chained.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context
from werkzeug.datastructures import FileStorage

from ckanext.govshare import roles
from ckanext.govshare.catalogue import (
    bulk,
    codelists,
    codes,
    content,
    facts,
    files,
    forms,
    history,
    index,
    rights,
    service,
    shown,
)
from ckanext.govshare.kernel import rules
from ckanext.govshare.kernel.states import CatalogueState

__all__ = [
    "govshare_catalogue_withdraw",
    "govshare_code_allot",
    "govshare_codelist_list",
    "govshare_codelist_show",
    "govshare_entries_create",
    "govshare_entry_apply",
    "govshare_entry_check",
    "govshare_entry_compare",
    "govshare_entry_history",
    "govshare_entry_show",
    "govshare_entry_state",
    "govshare_file_store",
    "govshare_index_drain",
    "govshare_may_take",
]


@tk.side_effect_free
def govshare_entry_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """An entry by its resource code, present or past.

    :param resource_code: e.g. ``307001004/0007``
    :returns: as ``package_show``
    :raises ObjectNotFound: no entry that the caller may see bears or bore the code
    """
    code = tk.get_or_bust(data_dict, "resource_code")
    package_id = codes.holder(str(code))
    missing = tk.ObjectNotFound(tk._("No entry has the code {code}").format(code=code))
    if package_id is None:
        raise missing
    try:
        return tk.get_action("package_show")(context, {"id": package_id})
    except tk.ObjectNotFound:
        raise missing from None


@tk.side_effect_free
def govshare_entry_history(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Every version of a published entry: who changed what and when, newest first.

    :param id: id or name of the entry
    :param run: only what this harvest run wrote (optional)
    :returns: ``[{at, actor, kind, version, diff: [{field, label, before, after}]}]``; version 1 is the first
    :raises NotAuthorized: the caller is neither of its department nor of the office
    """
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None or package.type not in forms.types():
        raise tk.ObjectNotFound(tk._("Package was not found."))
    tk.check_access("govshare_entry_history", context, {"id": package.id})
    return history.versions(package, data_dict.get("run"))


@tk.side_effect_free
def govshare_codelist_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The code lists of the catalogue.

    :returns: ``[{name, version, source, title: {zh, en}, count}]``
    """
    tk.check_access("govshare_codelist_list", context, data_dict)
    return [
        {
            "name": table.name,
            "version": table.version,
            "source": table.source,
            "title": {"zh": table.zh, "en": table.en},
            "count": len(table.codes),
        }
        for table in codelists.lists().values()
    ]


@tk.side_effect_free
def govshare_codelist_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One code list.

    :param name: e.g. ``share_type``
    :param parent: only the values below this one, for cascades (optional)
    :returns: ``{name, version, source, title, codes: [{code, zh, en, parent?}]}``
    :raises ObjectNotFound: there is no such list
    """
    tk.check_access("govshare_codelist_show", context, data_dict)
    name = tk.get_or_bust(data_dict, "name")
    found = codelists.lists().get(str(name))
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no code list {name}").format(name=name))
    shown = found.as_dict()
    if data_dict.get("parent") not in (None, ""):
        shown["codes"] = [code.as_dict() for code in found.children(str(data_dict["parent"]))]
    return shown


@tk.side_effect_free
def govshare_may_take(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whether the caller may take a file.

    :param resource_id: id of the resource
    :returns: ``{may, reason}``: reason is a slug (``own office open shared`` or ``not_published application_needed
        review_needed not_open not_a_department grant_needed not_shared``)
    :raises ObjectNotFound: no resource that the caller may see has this id
    """
    resource = model.Resource.get(tk.get_or_bust(data_dict, "resource_id"))
    missing = tk.ObjectNotFound(tk._("Resource was not found."))
    if resource is None or resource.package.state != "active":
        raise missing
    try:
        tk.check_access("package_show", {"user": context.get("user")}, {"id": resource.package_id})
    except tk.NotAuthorized:
        raise missing from None
    if context.get("ignore_auth") or resource.package.type not in forms.types():
        return {"may": True, "reason": "open"}
    entry = {"owner_org": resource.package.owner_org, **resource.package.extras}
    may, reason = rights.may_take(
        rights.Reader.of(context.get("user")),
        entry,
        {key: resource.extras.get(key) for key in ("audience", "opening")},
        roles.region_of(resource.package.owner_org),
    )
    return {"may": may, "reason": reason}


def govshare_catalogue_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take an entry out of the public catalogue, with a reason. Nothing is deleted: it can be published again.

    :param id: id, name of the entry
    :param reason: why (recorded)
    :param undo: true publishes a withdrawn entry again
    :returns: ``{id, name, catalogue_state}``
    :raises NotAuthorized: the caller is not the office of the provider's region
    """
    tk.check_access("govshare_catalogue_withdraw", context, data_dict)
    entry_id, reason = tk.get_or_bust(data_dict, ["id", "reason"])
    if not str(reason).strip():
        raise tk.ValidationError({"reason": [tk._("Give the reason")]})
    undo = tk.asbool(data_dict.get("undo", False))
    state = CatalogueState.PUBLISHED if undo else CatalogueState.WITHDRAWN
    package = service.set_state(context, str(entry_id), state, str(reason).strip())
    model.Session.commit()
    index.drain()
    return {"id": package.id, "name": package.name, "catalogue_state": state.value}


def govshare_entry_state(context: Context, data_dict: dict[str, Any]) -> None:
    """Set the catalogue state of an entry inside the caller's transaction. For the engine, never for the API.

    :param id: id of the entry
    :param state: ``published`` or ``suspended``
    :param reason: recorded
    """
    tk.check_access("govshare_entry_state", context, data_dict)
    entry_id, state = tk.get_or_bust(data_dict, ["id", "state"])
    service.set_state(context, entry_id, CatalogueState(state), data_dict.get("reason") or "")


def govshare_entry_apply(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Create or update an entry inside the caller's transaction, without indexing. For the engine, never for the API.

    :param entry: all fields of the entry, ``resources`` included; with ``id`` it is an update
    :param run_id: the harvest run, for the change log (optional)
    :returns: ``{id, created}``; the caller opens a savepoint a record, commits, and drains the index outbox
    :raises ValidationError: core or a rule refuses; the whole transaction is rolled back then (CKAN, T18)
    """
    tk.check_access("govshare_entry_apply", context, data_dict)
    entry = dict(tk.get_or_bust(data_dict, "entry"))
    inner = {
        "user": context.get("user"),
        "ignore_auth": True,
        "govshare_engine": True,
        "defer_commit": True,
        "return_id_only": True,
        "use_cache": False,
        "govshare_run": data_dict.get("run_id"),
    }
    created = not entry.get("id")
    entry["type"] = service.ENTRY
    package_id = tk.get_action("package_create" if created else "package_update")(inner, entry)
    return {"id": package_id, "created": created}


def govshare_entries_create(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Create many entries inside the caller's transaction, without indexing. For the engine, never for the API.

    :param entries: all fields of the entries, their codes included
    :param run_id: the harvest run, for the change log (optional)
    :returns: for each ``{id, tags: [name]}``, or ``{errors: {field: messages}}`` for one that a schema refuses
    """
    tk.check_access("govshare_entries_create", context, data_dict)
    inner = {
        "user": context.get("user"),
        "ignore_auth": True,
        "govshare_engine": True,
        "defer_commit": True,
        "return_id_only": True,
        "use_cache": False,
        "govshare_run": data_dict.get("run_id"),
    }
    return bulk.create(inner, tk.get_or_bust(data_dict, "entries"))


def govshare_entry_check(context: Context, data_dict: dict[str, Any]) -> list[list[dict[str, str]]]:
    """What the rules say of many entries that they cannot say of an entry alone. For the rooms, never for the API.

    The number of queries does not depend on the number of entries.

    :param entries: entries of one type, of one or more providers
    :param package_ids: for each, the id of the published entry that it is to become, or None
    :param profile: ``national`` or ``federated``
    :param package_type: ``dataset`` (default) or another type with a form
    :returns: for each entry, the findings of the rules that need facts, as ``Finding.as_dict``
    """
    tk.check_access("govshare_entry_check", context, data_dict)
    entries, profile = tk.get_or_bust(data_dict, ["entries", "profile"])
    package_type = str(data_dict.get("package_type") or service.ENTRY)
    known = facts.gather(
        [{"type": package_type, **entry} for entry in entries],
        list(data_dict.get("package_ids") or [None] * len(entries)),
    )
    return [
        [finding.as_dict() for finding in rules.check_facts(package_type, entry, profile, found)]
        for entry, found in zip(entries, known, strict=True)
    ]


def govshare_entry_compare(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What differs between two versions of an entry, in words. For the rooms, never for the API.

    :param before: the entry as ``package_show`` answers it; left out for a new one
    :param after: the entry as ``package_update`` takes it
    :param package_type: ``dataset`` (default) or another type with a form
    :returns: in the order of the form: ``[{field, label, before, after}]``; tables (items, files) have ``rows:
        [{kind, key, before, after}]`` instead of texts
    """
    tk.check_access("govshare_entry_compare", context, data_dict)
    package_type = str(data_dict.get("package_type") or service.ENTRY)
    before, after = (dict(data_dict.get(name) or {}) for name in ("before", "after"))
    return shown.differences(
        package_type, content.of_shown(package_type, before), content.of_shown(package_type, after)
    )


def govshare_code_allot(context: Context, data_dict: dict[str, Any]) -> list[str]:
    """Allot resource codes below a class, inside the caller's transaction. For the engine, never for the API.

    :param prefix: 类 项 目 细目 as digits, e.g. ``307001004``
    :param count: how many (default 1)
    :returns: codes such as ``307001004/0007``
    """
    tk.check_access("govshare_code_allot", context, data_dict)
    return codes.allot(tk.get_or_bust(data_dict, "prefix"), int(data_dict.get("count") or 1))


def govshare_file_store(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Bring a file into the store; the answer goes into a resource of ``package_create`` or ``package_update``.

    :param upload: the file (multipart)
    :param path: path of a local file, instead of ``upload``; for the rooms, never for the API
    :param filename: name of the file; that of the upload by default
    :returns: resource fields ``{url, url_type, hash (SHA-256), size (bytes), mimetype, original_name, rows, columns,
        parses, blank_percent, forced}``
    :raises ValidationError: no file, or more bytes than ``ckan.max_resource_size`` MiB
    """
    tk.check_access("govshare_file_store", context, data_dict)
    upload, path = data_dict.get("upload"), data_dict.get("path")
    if path and context.get("ignore_auth"):
        with Path(path).open("rb") as source:
            sha256, size = files.store(source)
        answer = files.register(
            sha256, size, data_dict.get("filename") or Path(path).name, context.get("user") or ""
        )
    elif isinstance(upload, FileStorage):
        answer = {"upload": upload}
        files.take_upload(answer, context["user"])
        if data_dict.get("filename"):
            answer["original_name"] = files.clean_name(data_dict["filename"])
    else:
        raise tk.ValidationError({"upload": [tk._("Missing value")]})
    if not context.get("defer_commit"):
        model.Session.commit()
    return answer


def govshare_index_drain(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Bring the search index up to the database. Idempotent.

    :param limit: packages in one request (default 500)
    :returns: ``{indexed, removed, left}``: numbers of packages
    """
    tk.check_access("govshare_index_drain", context, data_dict)
    return index.drain(int(data_dict.get("limit") or 500))
