"""What every page of the desk room does alike: ask actions, tell why not, say who may come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import flask
from ckan import model
from ckan.lib.pagination import Page
from flask import Blueprint, g
from werkzeug.wrappers import Response

from ckanext.govshare import roles
from ckanext.govshare.roles import Role

PAGE, MOST_PAGES = 30, 10_000


def context() -> dict[str, Any]:
    """A fresh context of the person in front of the page; core need not look the account up again."""
    if not tk.current_user.is_authenticated:
        return {"user": ""}
    return {"user": user(), "auth_user_obj": current_account()}


def current_account() -> Any:
    """The account of the person in front of the page, as core found it."""
    return getattr(tk.current_user, "_get_current_object", lambda: tk.current_user)()


def user() -> str:
    """Name of the person in front of the page; empty for a visitor."""
    return tk.current_user.name if tk.current_user.is_authenticated else ""


def offers(action: str) -> bool:
    """Whether a loaded room has this action: rooms may stay away."""
    try:
        tk.get_action(action)
    except KeyError:
        return False
    return True


def ask(action: str, data: Mapping[str, Any] | None = None) -> Any:
    """An action's answer. A visitor is asked to log in; what somebody may not see is not there for them.

    :raises ValidationError: as the action does
    """
    try:
        return tk.get_action(action)(context(), dict(data or {}))
    except tk.NotAuthorized:
        if not user():
            return flask.abort(tk.redirect_to("user.login", came_from=tk.request.full_path))
        return tk.abort(404)
    except tk.ObjectNotFound:
        return tk.abort(404)


def act(action: str, data: Mapping[str, Any]) -> tuple[Any, dict[str, list[str]]]:
    """Do something that may be refused.

    :returns: the action's answer or None, and the refusal by field (empty when it was done)
    """
    try:
        return tk.get_action(action)(context(), dict(data)), {}
    except tk.ValidationError as refused:
        model.Session.rollback()
        return None, {str(field): as_list(messages) for field, messages in refused.error_dict.items()}
    except tk.NotAuthorized as refused:
        model.Session.rollback()
        if not user():
            return flask.abort(tk.redirect_to("user.login"))
        return None, {"": [str(refused) or tk._("You may not do this")]}
    except tk.ObjectNotFound:
        model.Session.rollback()
        return tk.abort(404)


def as_list(messages: Any) -> list[str]:
    """Messages of one field as a list of sentences."""
    if isinstance(messages, dict):
        return [text for value in messages.values() for text in as_list(value)]
    if isinstance(messages, list | tuple):
        return [text for value in messages for text in as_list(value)]
    return [str(messages)]


def tell(refused: Mapping[str, list[str]]) -> None:
    """Show a refusal on the next page."""
    for messages in refused.values():
        tk.h.flash_error("；".join(messages))


def memberships() -> list[tuple[roles.Organization, set[Role]]]:
    """The departments of the person with the roles held there, read once a request."""
    if "govshare_memberships" not in g:
        g.govshare_memberships = roles.memberships(user())
    return g.govshare_memberships


def members_only() -> None:
    """Let in who belongs to a department; a visitor is asked to log in, anybody else is told why not."""
    if not user():
        flask.abort(tk.redirect_to("user.login", came_from=tk.request.full_path))
    if not memberships():
        tk.abort(403, tk._("This page is for members of a department. Ask its data officer to add you."))


def office_only() -> list[roles.Organization]:
    """Let in people of a coordinating office.

    :returns: the offices that the person acts for
    """
    members_only()
    offices = [organization for organization, held in memberships() if Role.OFFICE in held]
    if not offices:
        tk.abort(403, tk._("This page is for the coordinating office."))
    return offices


def own_departments() -> list[roles.Organization]:
    """The departments whose catalogue the person works at, by title."""
    return sorted((org for org, _held in memberships()), key=lambda org: org.title)


def chosen(departments: Iterable[roles.Organization], value: str | None) -> roles.Organization | None:
    """The department that an address names, or the first."""
    listed = list(departments)
    return next((org for org in listed if value in (org.id, org.name)), listed[0] if listed else None)


def pager(count: int, page_number: int, size: int = PAGE) -> Page:
    """What the pager snippet needs."""
    return Page(collection=range(count), page=page_number, items_per_page=size, item_count=count)


def page_number() -> int:
    """The page of a list that is asked for; nonsense gives the first."""
    asked = tk.request.args.get("page", "")
    return max(1, min(int(asked), MOST_PAGES)) if asked.isdecimal() else 1


def text(name: str, most: int = 2000) -> str:
    """A field of the form that was sent, without blanks around it and without what cannot be stored."""
    return (tk.request.form.get(name) or "").replace("\x00", "").strip()[:most]


def given(name: str) -> str:
    """A value of the address or of the form that was sent, without what cannot be stored; empty if there is none."""
    return (tk.request.values.get(name) or "").replace("\x00", "")


def install(blueprint: Blueprint) -> None:
    """Let nothing that is asked of a page of this room end in an error page of the server."""

    @blueprint.errorhandler(tk.ValidationError)
    def _invalid(error: tk.ValidationError) -> Response:
        model.Session.rollback()
        tell({str(key): as_list(value) for key, value in error.error_dict.items()})
        return tk.redirect_to("govshare_desk.desk")
