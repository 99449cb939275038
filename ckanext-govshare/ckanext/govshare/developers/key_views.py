"""One's own keys, the office's page of all keys, and the confirmation of an account."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask
from ckan import model

from ckanext.govshare.developers import pages
from ckanext.govshare.developers.logic.schema import LONGEST

__all__ = ["ROUTES"]

PAGE = 50  # keys on a page of the office


def keys() -> flask.Response:
    """One's own keys and what was read with them; a POST makes a key, which this one answer shows."""
    listed = pages.ask("govshare_key_list")
    if tk.request.method == "GET":
        return _keys(listed)
    values = {name: tk.request.form.get(name, "") for name in ("name", "purpose")}
    try:
        made = pages.ask("govshare_key_create", values)
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _keys(listed, values=values, errors=refused.error_dict)
    return _keys(pages.ask("govshare_key_list"), made=made)


def _keys(listed: dict[str, Any], **more: Any) -> flask.Response:
    wanted = tk.request.args.get("key", "")
    chosen = next((key for key in listed["results"] if key["id"] == wanted), None)
    extra = {
        "keys": listed["results"],
        "chosen": chosen,
        "usage": pages.ask("govshare_key_usage", {"id": chosen["id"]} if chosen else {}),
        "account": pages.ask("govshare_account_show"),
        "office": pages.may("govshare_key_list", {"everybody": True}),
        "values": {},
        "errors": {},
        "made": None,
        "longest": LONGEST,
        **more,
    }
    return pages.private(tk.render("govshare/developers/keys.html", extra))


def revoke(id: str) -> Any:
    """Make one's own key, or for the office anybody's, worthless."""
    key = pages.ask("govshare_key_revoke", {"id": id})
    tk.h.flash_success(tk._("The key {name} was revoked.").format(name=key["name"]))
    return tk.redirect_to(
        "govshare_developers.office" if "office" in tk.request.form else "govshare_developers.keys"
    )


def office() -> flask.Response:
    """Every key in force with its quota, and the level of an account; for the office."""
    return _office()


def _office(errors: dict[str, Any] | None = None, values: dict[str, Any] | None = None) -> flask.Response:
    page = tk.request.args.get("page", "1")
    page = max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1
    listed = pages.ask("govshare_key_list", {"everybody": True, "limit": PAGE, "offset": (page - 1) * PAGE})
    name = tk.request.args.get("user", "").strip()
    account = pages.ask("govshare_account_show", {"user": name}) if name else None
    extra = {
        "keys": listed["results"],
        "count": listed["count"],
        "page": page,
        "last": max(1, -(-listed["count"] // PAGE)),
        "account": account,
        "errors": errors or {},
        "values": values or {},
        "longest": LONGEST,
    }
    return pages.private(tk.render("govshare/developers/office.html", extra))


def set_quota(id: str) -> Any:
    """Give a key another quota."""
    values = {name: tk.request.form.get(name, "") for name in ("per_minute", "per_day")}
    try:
        key = pages.ask("govshare_key_update", {"id": id, **values})
    except tk.ValidationError as refused:
        model.Session.rollback()
        return _office(errors={id: refused.error_dict}, values={id: values})
    tk.h.flash_success(tk._("The quota of {name} was set.").format(name=key["name"]))
    return tk.redirect_to("govshare_developers.office")


def verify() -> Any:
    """Say how well the office knows who is behind an account."""
    values = {name: tk.request.form.get(name, "") for name in ("user", "level", "reason")}
    try:
        account = pages.ask("govshare_account_verify", values)
    except tk.ValidationError as refused:
        model.Session.rollback()
        tk.h.flash_error(
            "；".join(message for messages in refused.error_dict.values() for message in messages)
        )
        return tk.redirect_to("govshare_developers.office", user=values["user"])
    tk.h.flash_success(tk._("The level of {name} was set.").format(name=account["user"]))
    return tk.redirect_to("govshare_developers.office", user=account["user"])


def confirm(token: str) -> Any:
    """Where the mail of a new account leads: one click makes it ready, since mail programs open links by themselves."""
    if tk.request.method == "GET":
        return pages.private(tk.render("govshare/developers/confirm.html", {"token": token}))
    try:
        pages.ask("govshare_account_confirm", {"token": token})
    except tk.ValidationError:
        return tk.abort(404, tk._("This link does not hold any longer"))
    tk.h.flash_success(tk._("Your account is ready: log in with its name and password."))
    return tk.redirect_to("user.login")


ROUTES = [
    ("/developers/keys", keys, "GET", "POST"),
    ("/developers/keys/<id>/revoke", revoke, "POST"),
    ("/developers/office", office),
    ("/developers/office/keys/<id>", set_quota, "POST"),
    ("/developers/office/account", verify, "POST"),
    ("/developers/confirm/<token>", confirm, "GET", "POST"),
]
