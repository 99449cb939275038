"""Who may call the actions of the room `developers`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import AuthResult, Context

from ckanext.govshare import config, roles
from ckanext.govshare.developers import identity
from ckanext.govshare.developers.model import Key
from ckanext.govshare.logic.auth import answer, anybody, only_office

__all__ = [
    "govshare_account_confirm",
    "govshare_account_show",
    "govshare_account_verify",
    "govshare_key_create",
    "govshare_key_list",
    "govshare_key_revoke",
    "govshare_key_update",
    "govshare_key_usage",
    "user_create",
]


def _account(context: Context) -> model.User | None:
    return identity.account(context.get("user"))


def _office(context: Context) -> bool:
    return roles.is_office(context.get("user"), config.region())


@tk.auth_sysadmins_check
def govshare_key_create(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    return answer(_account(context) is not None, tk._("Log in first"))


@tk.auth_sysadmins_check
def govshare_key_list(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if tk.asbool(data_dict.get("everybody") or False):
        return only_office(context, data_dict)
    return govshare_key_create(context, data_dict)


@tk.auth_sysadmins_check
def _own_or_office(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    key_id, person = data_dict.get("id"), _account(context)
    key = model.Session.get(Key, key_id) if isinstance(key_id, str) else None
    own = key is not None and person is not None and key.user_id == person.id
    return answer(own or _office(context))


govshare_key_revoke = _own_or_office


@tk.auth_sysadmins_check
def govshare_key_usage(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    if data_dict.get("id"):
        return _own_or_office(context, data_dict)
    return govshare_key_create(context, data_dict)


@tk.auth_sysadmins_check
def govshare_account_show(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    other, person = data_dict.get("user"), _account(context)
    if person is not None and other in (None, "", person.name, person.id):
        return answer(True)
    return answer(_office(context))


govshare_account_verify = only_office
govshare_key_update = only_office
govshare_account_confirm = anybody  # whoever has the link out of the mail


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def user_create(next_auth: Any, context: Context, data_dict: dict[str, Any] | None = None) -> AuthResult:
    """Core's rule; where the site lets developers register, visitors may by the form as well, never by the API."""
    if config.get("developers.registration") and "api_version" not in context and not context.get("user"):
        return answer(True)
    return next_auth(context, data_dict)
