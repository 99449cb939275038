"""Data that are open on condition: what it takes to apply for them, and the form to print (R86).

The application itself is a case of the room for sharing; until that is there, the printed form goes to the provider.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import flask

from ckanext.govshare.developers import identity, pages
from ckanext.govshare.kernel import clock

__all__ = ["ROUTES"]

ON_CONDITION = "2"
VISITOR, UNVERIFIED, VERIFIED = "visitor", "unverified", "verified"


def apply(name: str) -> flask.Response:
    """What is needed for these data, and whether the reader's account may ask; 403 to one that is not verified."""
    entry, state = _entry(name), _state()
    extra = {"pkg": entry, "state": state, "VISITOR": VISITOR, "UNVERIFIED": UNVERIFIED}
    return pages.private(
        tk.render("govshare/developers/apply.html", extra), 403 if state == UNVERIFIED else 200
    )


def apply_form(name: str) -> Any:
    """The application form and the undertaking, with the facts of the entry filled in, to print or to save."""
    entry, state = _entry(name), _state()
    if state == VISITOR:
        return tk.redirect_to("user.login", came_from=tk.request.path)
    if state == UNVERIFIED:
        return apply(name)
    extra = {"pkg": entry, "today": clock.today(), "account": pages.ask("govshare_account_show")}
    return pages.private(tk.render("govshare/developers/apply_form.html", extra))


def _entry(name: str) -> dict[str, Any]:
    """The entry as the public sees it, if it is open on condition."""
    try:
        entry = tk.get_action("package_show")({"user": ""}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        entry = {}
    if entry.get("type") != "dataset" or entry.get("open_type") != ON_CONDITION:
        return tk.abort(404, tk._("These data are not open on condition"))
    return entry


def _state() -> str:
    if not tk.current_user.is_authenticated:
        return VISITOR
    level = pages.ask("govshare_account_show")["level"]
    return VERIFIED if level == identity.REAL_NAME else UNVERIFIED


ROUTES = [
    ("/dataset/<name>/apply", apply),
    ("/dataset/<name>/apply/form", apply_form),
]
