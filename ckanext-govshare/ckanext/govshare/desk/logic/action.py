"""Actions of the desk room: what waits for whom, and where each department stands."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.desk import entries, summary, todo

__all__ = ["govshare_desk_summary", "govshare_form_entries", "govshare_todo_list"]


@tk.side_effect_free
def govshare_todo_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that waits for the caller, from every room that is loaded; the most urgent first.

    :returns: ``[{slug, room, title, detail, url, id, organization, since, due, level: late|warn|info, count}]``;
        ``since`` and ``due`` are ISO days or moments, or None
    """
    tk.check_access("govshare_todo_list", context, data_dict)
    return todo.lines(context)


@tk.side_effect_free
def govshare_desk_summary(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the catalogue of each department stands, in a constant number of queries.

    :param office: true: the departments of the regions that the caller oversees; else the caller's own
    :returns: by title: ``[{organization: {id, name, title, region}, roles, entries: {type: {state: n}},
        changes: {state: n}, oldest: {state: ISO moment}, overdue: n, last: {at, actor, act, title} or None}]``
    """
    tk.check_access("govshare_desk_summary", context, data_dict)
    held = roles.memberships(context.get("user"))
    if tk.asbool(data_dict.get("office", False)):
        regions = {organization.region for organization, has in held if roles.Role.OFFICE in has}
        return summary.of_regions(regions)
    return summary.of_departments(held)


@tk.side_effect_free
def govshare_form_entries(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The entries of one package type, with how many entries name each as their source system.

    :param package_type: a type with a form, e.g. ``information-system``
    :param organization: id or name of one department (optional)
    :param unlinked: true: only those that no entry names
    :param q: words to search for (optional)
    :param of: id of one of them: instead, the entries that name it as their source system
    :param limit: at most this many (default 30, at most 100)
    :param offset: leave out the first ones
    :returns: ``{count, unlinked, results: [{id, name, code, title, state, organization: {id, title}, links}]}``,
        those without links first; ``unlinked`` counts them in the whole answer
    :raises ValidationError: ``package_type``: there is no form of this name
    """
    tk.check_access("govshare_form_entries", context, data_dict)
    return entries.listed(context.get("user") or "", data_dict)
