"""What templates ask of the desk room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import g, session
from markupsafe import Markup

from ckanext.govshare import roles
from ckanext.govshare.desk import differences, pages, tasks, words
from ckanext.govshare.kernel import clock, forms
from ckanext.govshare.roles import Role

__all__ = [
    "govshare_desk_act",
    "govshare_desk_columns",
    "govshare_desk_entry_bar",
    "govshare_desk_import",
    "govshare_desk_marked",
    "govshare_desk_moment",
    "govshare_desk_note",
    "govshare_desk_opening",
    "govshare_desk_places",
    "govshare_desk_purpose",
    "govshare_desk_row_word",
    "govshare_desk_state",
    "govshare_desk_type",
    "govshare_desk_waiting",
    "govshare_desk_waits",
]

KEPT, KEPT_SECONDS = "govshare_waiting", 300


def govshare_desk_state(value: str) -> dict[str, str]:
    """A state of a change: ``{label, look}``."""
    return words.state(value)


def govshare_desk_act(value: str) -> str:
    """An act of a history, in words."""
    return words.act(value)


def govshare_desk_note(slug: str) -> str:
    """What was special about an act, in words."""
    return words.note(slug)


def govshare_desk_purpose(change: dict[str, Any]) -> str:
    """What a change is for, in words."""
    return words.purpose(change)


def govshare_desk_waits(change: dict[str, Any]) -> str:
    """Who has to act next, in words."""
    return words.waits(change)


def govshare_desk_waiting(since: str | None) -> dict[str, str]:
    """How long something waits: ``{text, look}``."""
    return words.waiting(since)


def govshare_desk_import(file: dict[str, Any]) -> tuple[str, str]:
    """Where a file that was handed in stands: label and look."""
    return words.sheet(file)


def govshare_desk_opening(file: dict[str, Any]) -> dict[str, str]:
    """Where a file stands before the opening gate: ``{label, look}``."""
    return words.opening(file)


def govshare_desk_moment(value: str | None) -> str:
    """A moment in Beijing time, to the minute."""
    return words.moment(value)


def govshare_desk_marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Two texts with their difference marked."""
    return differences.marked(before or "", after or "")


def govshare_desk_columns(rows: list[dict[str, Any]]) -> list[str]:
    """Columns of a table of changed rows."""
    return differences.columns(rows)


def govshare_desk_row_word(kind: str) -> dict[str, str]:
    """What became of a row of a table: ``{label, look}``."""
    return differences.row_word(kind)


def govshare_desk_type(package_type: str) -> str:
    """What a form type is called in the reader's language."""
    form = forms.installed().get(package_type)
    if form is None:
        return package_type
    return form.en if str(tk.h.lang() or "").startswith("en") else form.zh


def govshare_desk_places() -> dict[str, Any]:
    """Where the person in front of the page works, for the navigation.

    The number of waiting things is asked for on the pages of desk and office where people act; elsewhere the last one
    is shown for some minutes, so that reading a page costs nobody a to-do list.

    :returns: ``{desk: bool, office: bool, waiting: n}``
    """
    if not pages.user():
        return {"desk": False, "office": False, "waiting": 0}
    if "govshare_places" not in g:
        held = pages.memberships()
        g.govshare_places = {
            "desk": bool(held),
            "office": any(Role.OFFICE in has for _organization, has in held),
            "waiting": _waiting() if held else 0,
        }
    return g.govshare_places


def _waiting() -> int:
    endpoint = str(tk.request.endpoint or "")
    here = endpoint.startswith("govshare_desk.") and not endpoint.endswith("_progress")
    kept = session.get(KEPT)
    now = clock.now().timestamp()
    if not here and isinstance(kept, list) and kept[0] == pages.user() and 0 <= now - kept[1] < KEPT_SECONDS:
        return int(kept[2])
    g.govshare_todo = tk.get_action("govshare_todo_list")(pages.context(), {})
    number = tasks.total(g.govshare_todo)
    session[KEPT] = [pages.user(), now, number]
    return number


def govshare_desk_entry_bar(entry: dict[str, Any]) -> dict[str, Any] | None:
    """What its own department and the office may do with an entry; None for everybody else.

    :returns: ``{changes: [open changes], may_write: bool}``
    """
    if not pages.user() or entry.get("type") not in forms.installed():
        return None
    owner = entry.get("owner_org")
    own = [has for organization, has in pages.memberships() if organization.id == owner]
    offices = {organization.region for organization, has in pages.memberships() if Role.OFFICE in has}
    office = bool(offices) and roles.region_of(owner) in offices
    if not own and not office:
        return None
    try:
        found = tk.get_action("govshare_change_list")(
            pages.context(), {"package_id": entry["id"], "state": "open"}
        )
    except tk.NotAuthorized:
        return None
    writes = office or any(Role.EDITOR in has for has in own)
    return {"changes": found["results"], "may_write": writes}
