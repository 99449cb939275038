"""Old addresses lead on: former codes of an entry, pages of departments that were merged.

Who may not see where an address leads gets the page of an unknown address, so that nothing tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import ckan.plugins.toolkit as tk
import flask
from ckan import model
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ckanext.govshare import roles
from ckanext.govshare.catalogue import codes

View = Callable[..., Any]
SHAPE = re.compile(r"[0-9a-z]+/[0-9]+")


def entry_of_code(code: str) -> model.Package | None:
    """The entry that bears or bore a code, if the present reader may see it."""
    package_id = codes.holder(code) if SHAPE.fullmatch(code) else None
    package = model.Package.get(package_id) if package_id else None
    if package is None or package.state != "active":
        return None
    try:
        tk.check_access("package_show", {"user": tk.current_user.name}, {"id": package.id})
    except tk.NotAuthorized:
        return None
    return package


def _page(package: model.Package) -> Response:
    return flask.redirect(tk.h.url_for(f"{package.type}.read", id=package.name), 301)


def by_code(prefix: str, sequence: str) -> Response:
    """``/code/307001004/0007``: the page of the entry that bears or bore the code."""
    package = entry_of_code(f"{prefix}/{sequence}")
    if package is None:
        return tk.abort(404, tk._("Dataset not found or you have no permission to view it"))
    return _page(package)


def _from_former_code(read: View) -> View:
    """Core's page of an entry, which also knows names that a later code would have given."""

    @wraps(read)
    def view(package_type: str, id: str, **rest: Any) -> Any:
        try:
            return read(package_type, id, **rest)
        except NotFound:
            package = entry_of_code("/".join(id.rsplit("-", 1))) if "-" in id else None
            if package is None or package.type != package_type or model.Package.get(id) is not None:
                raise
            return _page(package)

    return view


def successor(name: str) -> roles.Organization | None:
    """The open department that a closed one became part of, over several mergers if need be."""
    found, seen = roles.organization(name, closed=True), set()
    while found is not None and found.closed_on and found.id not in seen:
        seen.add(found.id)
        found = roles.organization(model.Group.get(found.id).extras.get("successor") or None, closed=True)
    return found if found is not None and seen and not found.closed_on else None


def _from_closed(read: View) -> View:
    """Core's page of an organisation; that of a merged department leads to its successor."""

    @wraps(read)
    def view(group_type: str, is_organization: bool, id: str | None = None, **rest: Any) -> Any:
        into = successor(id) if is_organization and id else None
        if into is not None:
            return flask.redirect(tk.h.url_for(f"{group_type}.read", id=into.name), 301)
        return read(group_type, is_organization, id, **rest)

    return view


def install(app: Flask) -> None:
    """Put the views above in the place of core's, for every type of package and organisation."""
    for endpoint, view in list(app.view_functions.items()):
        place = view.__module__, getattr(view, "__name__", "")  # core loads its views twice: not by identity
        if place == ("ckan.views.dataset", "read"):
            app.view_functions[endpoint] = _from_former_code(view)
        elif place in (("ckan.views.group", "read"), ("ckan.views.group", "about")):
            app.view_functions[endpoint] = _from_closed(view)
