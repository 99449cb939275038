"""Who may write the catalogue, and who may take data (DESIGN §4).

Core's writes on entries are for the office and operators; a department proposes a change instead
(``govshare_change_create``), unless the office set it to ``review: none``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import forms, rights
from ckanext.govshare.logic.auth import answer, anybody, only_operators, only_rooms

__all__ = [
    "bulk_update_delete",
    "bulk_update_private",
    "bulk_update_public",
    "datastore_info",
    "datastore_search",
    "datastore_search_sql",
    "govshare_catalogue_withdraw",
    "govshare_code_allot",
    "govshare_codelist_list",
    "govshare_codelist_show",
    "govshare_entries_create",
    "govshare_entry_apply",
    "govshare_entry_check",
    "govshare_entry_compare",
    "govshare_entry_history",
    "govshare_entry_state",
    "govshare_file_check_due",
    "govshare_file_read",
    "govshare_file_store",
    "govshare_index_drain",
    "organization_create",
    "organization_update",
    "package_create",
    "package_delete",
    "package_update",
    "resource_search",
]

Auth = Callable[[Context, dict[str, Any]], AuthResult]
ORGANIZATION_RIGHTS = ("org_type", "region", "government", "review", "uscc", "parent", "level",
                       "closed_on", "successor", "former_names")  # fmt: skip


def _propose() -> AuthResult:
    return answer(
        False, tk._("Entries are published after review: propose a change by govshare_change_create")
    )


def _may_write(
    up: Auth, context: Context, data_dict: dict[str, Any], organization_ids: set[str | None]
) -> AuthResult:
    organizations = [roles.organization(organization_id) for organization_id in organization_ids]
    found = [organization for organization in organizations if organization is not None]
    user = context.get("user")
    if found and all(roles.is_office(user, organization.region) for organization in found):
        return answer(True)
    if found and all(
        organization.review == "none" and roles.has_role(user, roles.Role.REVIEWER, organization.id)
        for organization in found
    ):
        return up(context, data_dict)
    return _propose()


def _package(context: Context, data_dict: dict[str, Any]) -> model.Package | None:
    return context.get("package") or model.Package.get(data_dict.get("id") or data_dict.get("name"))


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_create(up: Auth, context: Context, data_dict: dict[str, Any] | None = None) -> AuthResult:
    """Visitors are asked too, so that they read how to hand something in; no way leads them further."""
    data_dict = data_dict or {}
    if data_dict.get("type") == "application" and not roles.is_office(context.get("user")):
        message = tk._("Applications are shown after a review: hand one in by govshare_submission_create")
        return answer(False, message)
    if data_dict.get("owner_org"):
        return _may_write(up, context, data_dict, {data_dict["owner_org"]})
    if roles.is_office(context.get("user")) or any(
        organization.review == "none" and roles.Role.REVIEWER in held
        for organization, held in roles.memberships(context.get("user"))
    ):
        return answer(True)  # opens the form; the provider is checked when it is sent
    return _propose()


@tk.chained_auth_function
def package_update(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    package = _package(context, data_dict)
    if package is None:
        return up(context, data_dict)
    return _may_write(
        up, context, data_dict, {package.owner_org, data_dict.get("owner_org") or package.owner_org}
    )


@tk.auth_sysadmins_check
@tk.chained_auth_function
def package_delete(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    package = _package(context, data_dict)
    if package is not None and package.type not in forms.types():
        return _may_write(up, context, data_dict, {package.owner_org})
    return answer(False, tk._("Entries are never deleted: withdraw them by govshare_catalogue_withdraw"))


@tk.auth_sysadmins_check
@tk.chained_auth_function
def _never_in_bulk(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False, tk._("Entries are opened and withdrawn one by one, with a reason"))


bulk_update_delete = _never_in_bulk
bulk_update_private = _never_in_bulk
bulk_update_public = _never_in_bulk


def _take(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    resource_id = data_dict.get("resource_id") or data_dict.get("id")
    try:
        verdict = tk.get_action("govshare_may_take")(
            {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")},
            {"resource_id": resource_id},
        )
    except tk.ObjectNotFound:
        return up(context, data_dict)
    if not verdict["may"]:
        return answer(False, tk._("You may see this resource but not take its data"))
    return up(context, data_dict)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def datastore_search(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _take(up, context, data_dict)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def datastore_info(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _take(up, context, data_dict)


@tk.chained_auth_function
def datastore_search_sql(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False, tk._("Queries in SQL are not offered"))


@tk.chained_auth_function
def resource_search(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(False, tk._("Search entries by package_search instead"))


def _office_fields(
    up: Auth, context: Context, data_dict: dict[str, Any], old: model.Group | None
) -> AuthResult:
    """An organisation's type, region and marks decide over rights: only the office sets them."""
    before = dict(old.extras) if old is not None else {}
    changed = [
        key
        for key in ORGANIZATION_RIGHTS
        if key in data_dict and (data_dict[key] or "") != before.get(key, "")
    ]
    if old is not None and data_dict.get("title") not in (None, "", old.title):
        changed.append("title")  # a new name is a dated event: govshare_organization_rename
    region = before.get("region") or data_dict.get("region")
    if roles.is_office(context.get("user"), region):
        return answer(True)
    if changed:
        return answer(
            False, tk._("Only the office sets these fields: {fields}").format(fields=", ".join(changed))
        )
    return up(context, data_dict)


@tk.chained_auth_function
def organization_create(up: Auth, context: Context, data_dict: dict[str, Any] | None = None) -> AuthResult:
    return _office_fields(up, context, data_dict or {}, None)


@tk.chained_auth_function
def organization_update(up: Auth, context: Context, data_dict: dict[str, Any]) -> AuthResult:
    group = context.get("group") or model.Group.get(data_dict.get("id"))
    return _office_fields(up, context, data_dict, group)


@tk.auth_sysadmins_check  # a business right
def govshare_catalogue_withdraw(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    package = model.Package.get(data_dict.get("id"))
    owner = roles.organization(package.owner_org) if package is not None else None
    return answer(owner is not None and roles.is_office(context.get("user"), owner.region))


govshare_codelist_list = anybody
govshare_codelist_show = anybody


@tk.auth_sysadmins_check  # drafts and former versions are the department's
def govshare_entry_history(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    package = model.Package.get(data_dict.get("id"))
    reader = rights.Reader.of(context.get("user"))
    return answer(
        package is not None
        and (
            package.owner_org in reader.organizations
            or roles.region_of(package.owner_org) in reader.office_regions
        )
    )


def govshare_file_store(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(any(held for _organization, held in roles.memberships(context.get("user"))))


govshare_index_drain = only_operators
govshare_entries_create = only_rooms
govshare_entry_apply = only_rooms
govshare_file_check_due = only_rooms
govshare_file_read = only_rooms
govshare_entry_state = only_rooms
govshare_code_allot = only_rooms
govshare_entry_check = only_rooms
govshare_entry_compare = only_rooms
