"""What the pages of the room do alike."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask


def context() -> dict[str, Any]:
    """A fresh context of the person in front of the page."""
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}


def ask(action: str, data: dict[str, Any] | None = None) -> Any:
    """An action's answer; who may not have it is asked to log in, or gets 403."""
    try:
        return tk.get_action(action)(context(), data or {})
    except tk.NotAuthorized:
        return refuse()
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


def refuse() -> Any:
    """Ask a visitor to log in; tell everybody else that they may not."""
    if not tk.current_user.is_authenticated:
        flask.abort(tk.redirect_to("user.login", came_from=tk.request.path))
    return tk.abort(403, tk._("Not authorized to see this page"))


def may(action: str, data: dict[str, Any] | None = None) -> bool:
    """Whether the reader may call an action."""
    try:
        tk.check_access(action, context(), data or {})
    except tk.NotAuthorized:
        return False
    return True


def private(page: str, status: int = 200) -> flask.Response:
    """A page that no cache keeps: it shows what is one person's alone."""
    response = flask.make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
