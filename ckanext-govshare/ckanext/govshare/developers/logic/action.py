"""Actions of the room `developers`: keys, levels of accounts, accounts that developers make."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import config
from ckanext.govshare.developers import calls, identity, keys, quota, registration
from ckanext.govshare.developers.logic import schema
from ckanext.govshare.developers.model import Key
from ckanext.govshare.kernel import clock
from ckanext.govshare.logic import checked

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

MOST_LISTED = 500
Action = Any


def govshare_key_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a key for reading rows by program; it is told this once and never again.

    :param name: what it is for one's own list, at most 60 characters; no two keys in force of one name
    :param purpose: what it is used for, at most 300 characters; the office reads it
    :returns: ``{key, id, name, purpose, begins, created, revoked, per_minute, per_day, today}``: ``per_minute`` and
        ``per_day`` in requests, ``today``: requests made today, ``begins``: the first characters of the key
    :raises NotAuthorized: the caller has no account
    :raises ValidationError: ``name``: it is taken, or there are as many keys as the setting allows
    """
    tk.check_access("govshare_key_create", context, data_dict)
    data = checked(context, data_dict, schema.key_create())
    made, secret = keys.make(identity.account(context["user"]).id, data["name"], data["purpose"])
    model.Session.commit()
    return {"key": secret, **keys.shown(made, 0)}


@tk.side_effect_free
def govshare_key_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """One's own keys, revoked ones too; for the office the keys in force of everybody.

    :param everybody: true: of everybody
    :param limit: of everybody: keys, at most 500 (default 100)
    :param offset: of everybody: keys to pass over (default 0)
    :returns: ``{count, results}``: keys as in :func:`govshare_key_create`, without the key itself; of everybody with
        ``user``, the owner's name
    :raises NotAuthorized: the caller has no account, or is not the office
    """
    tk.check_access("govshare_key_list", context, data_dict)
    data = checked(context, data_dict, schema.key_list())
    if not data["everybody"]:
        mine = keys.of_user(identity.account(context["user"]).id)
        today = quota.spent([key.id for key in mine])
        return {"count": len(mine), "results": [keys.shown(key, today[key.id]) for key in mine]}
    count, rows = keys.standing(min(data["limit"], MOST_LISTED), data["offset"])
    today = quota.spent([key.id for key, _owner in rows])
    return {
        "count": count,
        "results": [{**keys.shown(key, today[key.id]), "user": owner} for key, owner in rows],
    }


def govshare_key_revoke(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a key worthless, at once and for good.

    :param id: id of the key
    :returns: the key, as :func:`govshare_key_list` shows it
    :raises NotAuthorized: it is neither the caller's, nor is the caller the office
    :raises ObjectNotFound: there is no such key
    """
    tk.check_access("govshare_key_revoke", context, data_dict)
    key = _key(data_dict)
    if key.revoked is None:
        key.revoked, key.revoked_by = clock.now(), context.get("user") or ""
        if identity.account(context.get("user")).id != key.user_id:
            _record(context, "key_revoked", key, {"name": key.name})
        model.Session.commit()
    return keys.shown(key, quota.spent([key.id])[key.id])


def govshare_key_update(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a key another quota. For the office; it is recorded.

    :param id: id of the key
    :param per_minute: requests a minute; empty: as the settings say
    :param per_day: requests a day (Beijing); empty: as the settings say
    :returns: the key, as :func:`govshare_key_list` shows it
    :raises NotAuthorized: the caller is not the office
    :raises ObjectNotFound: there is no such key in force
    """
    tk.check_access("govshare_key_update", context, data_dict)
    data = checked(context, data_dict, schema.key_update())
    key = _key(data)
    if key.revoked is not None:
        raise tk.ObjectNotFound(tk._("There is no such key"))
    key.per_minute, key.per_day = data.get("per_minute"), data.get("per_day")
    _record(context, "key_quota_set", key, {"per_minute": key.per_minute, "per_day": key.per_day})
    model.Session.commit()
    return keys.shown(key, quota.spent([key.id])[key.id])


@tk.side_effect_free
def govshare_key_usage(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What was read with one's keys: answered requests by day and by data set.

    :param id: of this key alone; of all the caller's by default
    :param days: how many, at most 100, today included (default 30)
    :returns: ``{total, days: [{day, calls}], entries: [{name, title, calls}]}``: every day, the last is today; the most
        read data set first, with ``title`` None where it is not public any longer
    :raises NotAuthorized: the key is neither the caller's, nor is the caller the office
    :raises ObjectNotFound: there is no such key
    """
    tk.check_access("govshare_key_usage", context, data_dict)
    data = checked(context, data_dict, schema.key_usage())
    if data.get("id"):
        return calls.usage([_key(data).id], data["days"])
    mine = keys.of_user(identity.account(context["user"]).id)
    return calls.usage([key.id for key in mine], data["days"])


def _key(data_dict: dict[str, Any]) -> Key:
    key_id = tk.get_or_bust(data_dict, "id")
    found = model.Session.get(Key, key_id) if isinstance(key_id, str) else None
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such key"))
    return found


def _record(context: Context, action: str, key: Key, data: dict[str, Any]) -> None:
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": context.get("user") or ""},
        {
            "action": action,
            "object_type": "key",
            "object_id": key.id,
            "region": config.region(),
            "data": data,
        },
    )


@tk.side_effect_free
def govshare_account_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How well the site knows the person behind an account (R86).

    :param user: name or id; the caller by default
    :returns: ``{user, level, source, verified_at}``: ``level`` is ``none`` or ``real_name``, ``source`` ``office`` or
        the name of a single sign-on
    :raises NotAuthorized: it is neither the caller's account, nor is the caller the office
    :raises ObjectNotFound: there is no such account
    """
    tk.check_access("govshare_account_show", context, data_dict)
    return identity.shown(_account(data_dict.get("user") or context["user"]))


def govshare_account_verify(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say that the office knows who is behind an account, or that it does not any longer. Recorded with the reason.

    :param user: name or id
    :param level: ``real_name`` (default) or ``none``
    :param reason: what was looked at, such as 营业执照及法定代表人身份核验; no numbers of documents
    :returns: as :func:`govshare_account_show`
    :raises NotAuthorized: the caller is not the office, or it would be the own account
    :raises ObjectNotFound: there is no such account
    """
    tk.check_access("govshare_account_verify", context, data_dict)
    data = checked(context, data_dict, schema.account_verify())
    user = _account(data["user"])
    if user.name == context.get("user"):
        raise tk.NotAuthorized(tk._("Nobody verifies their own account"))
    identity.keep(user, data["level"], identity.OFFICE, context.get("user") or "", data["reason"])
    model.Session.commit()
    return identity.shown(user)


def _account(name_or_id: Any) -> model.User:
    found = identity.account(name_or_id)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such account"))
    return found


def govshare_account_confirm(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm the mail address of an account that a developer made, by the link of the mail.

    :param token: the last part of the link
    :returns: ``{user}``: the name of the account, which may be used from now on
    :raises ValidationError: ``token``: the link is older than three days, or no link of this site
    """
    tk.check_access("govshare_account_confirm", context, data_dict)
    user = registration.confirm(str(tk.get_or_bust(data_dict, "token")))
    model.Session.commit()
    return {"user": user.name}


@tk.chained_action
def user_create(up: Action, context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Core's ``user_create``; accounts that developers make themselves are throttled, and wait for their mail."""
    if not registration.is_own(context):
        return up(context, data_dict)
    tk.check_access("user_create", context, data_dict)
    registration.throttle()
    made = up(context, data_dict)
    if registration.ask_to_confirm(model.User.get(made["id"])):
        tk.h.flash_success(tk._("A mail is on its way to you. Open the link in it to confirm your account."))
    return made
