"""Who may use the actions of the publication room. Being CKAN's sysadmin gives no right to set targets."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import config, roles
from ckanext.govshare.logic.auth import answer, anybody, office_of, only_operators
from ckanext.govshare.publication.model import Target

__all__ = [
    "govshare_ledger_touch",
    "govshare_publication_departments",
    "govshare_publication_difference",
    "govshare_publication_due",
    "govshare_publication_figures",
    "govshare_publication_history",
    "govshare_publication_ledger",
    "govshare_publication_matrix",
    "govshare_publication_period",
    "govshare_publication_progress",
    "govshare_publication_quality",
]


def office(context: Context, region: str | None) -> AuthResult:
    """Whether somebody acts for the office of a region; that of the site where none is named."""
    return office_of(context, region or config.region())


def region_of(data_dict: dict[str, Any], key: str) -> str | None:
    """The region of the target that a parameter names."""
    target = model.Session.get(Target, data_dict.get(key) or "")
    return target.region if target else None


govshare_publication_progress = anybody
govshare_publication_history = anybody
govshare_publication_figures = anybody


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def govshare_publication_ledger(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """What is counted is public; why something is not is for its department and the office."""
    if tk.asbool(data_dict.get("counted", True)):
        return answer(allowed=True)
    return answer(roles.in_government(context.get("user")))


govshare_publication_difference = anybody  # what of it has names and reasons depends on who asks
govshare_publication_matrix = anybody  # with departments only where they are published


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def govshare_publication_quality(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """The region is public; one department is for itself and the office."""
    organization = roles.organization(data_dict.get("organization"), closed=True)
    if organization is None:
        return answer(allowed=True)
    own = any(held.id == organization.id for held, _roles in roles.memberships(context.get("user")))
    return answer(allowed=True) if own else office(context, organization.region)


@tk.auth_sysadmins_check
def govshare_publication_period(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(roles.in_government(context.get("user")), tk._("For members of a department"))


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def govshare_publication_departments(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    target = model.Session.get(Target, data_dict.get("target") or "")
    if target is not None and target.publish_departments:
        return answer(allowed=True)
    return office(context, region_of(data_dict, "target"))


govshare_ledger_touch = only_operators
govshare_publication_due = only_operators
