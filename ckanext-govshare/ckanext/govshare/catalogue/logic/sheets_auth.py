"""Who may hand files in, and who may take the catalogue out: a department's files are its own and the office's."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import imports, reviewers
from ckanext.govshare.logic.auth import answer, anybody

__all__ = [
    "govshare_catalogue_export",
    "govshare_catalogue_import",
    "govshare_catalogue_import_file",
    "govshare_catalogue_import_list",
    "govshare_catalogue_import_show",
    "govshare_catalogue_template",
]


def _writes(context: Context, organization_id: Any) -> AuthResult:
    organization = roles.organization(organization_id if isinstance(organization_id, str) else None)
    hands = reviewers.Hands.of(context.get("user"))
    return answer(
        organization is not None and hands.may_write(organization.id, organization.region),
        tk._("Only the department and the office may hand in its files"),
    )


@tk.auth_sysadmins_check  # a business right (T20)
def govshare_catalogue_template(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _writes(context, data_dict.get("organization"))


def govshare_catalogue_import(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Publishing at once is what core's ``package_create`` is: for the office and operators, not for departments."""
    verdict = _writes(context, data_dict.get("organization"))
    if not tk.asbool(data_dict.get("publish", False)):
        return verdict
    try:
        organization = roles.organization(str(data_dict.get("organization")))
        tk.check_access(
            "package_create",
            {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")},
            {"owner_org": organization.id if organization else None, "type": data_dict.get("package_type")},
        )
    except tk.NotAuthorized as refused:
        return answer(False, str(refused))
    return answer(True)


@tk.auth_sysadmins_check  # a business right (T20)
def govshare_catalogue_import_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _writes(context, data_dict.get("organization"))


@tk.auth_sysadmins_check  # a business right (T20)
def govshare_catalogue_import_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return _writes(context, imports.find(data_dict.get("id")).organization_id)


govshare_catalogue_import_file = govshare_catalogue_import_show
govshare_catalogue_export = anybody  # the export holds what its reader may see
