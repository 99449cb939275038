"""Departments in the catalogue: closed ones are in no list, and what one owned can go to another.

A merged department keeps its page and its history (``closed_on`` among its fields); CKAN's state stays ``active``,
because core answers 404 for a deleted organisation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import index, transfer

__all__ = [
    "govshare_catalogue_transfer",
    "govshare_index_queue",
    "organization_autocomplete",
    "organization_list",
    "organization_list_for_user",
]

Action = Callable[[Context, dict[str, Any]], Any]
EXTRAS = model.Group.extras
IS_ORGANIZATION = (model.Group.is_organization.is_(True), model.Group.state == "active")
CLOSED = sa.func.coalesce(EXTRAS["closed_on"].astext, "") != ""


@tk.chained_action
@tk.side_effect_free
def organization_list(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``organization_list`` without closed departments; ``q`` finds short and former names too."""
    q = str(data_dict.get("q") or "").strip()
    if not q and not closed_names():
        return up(context, data_dict)
    wanted = tk.aslist(data_dict.get("organizations"), sep=",") if data_dict.get("organizations") else None
    query = sa.select(model.Group.name).where(*IS_ORGANIZATION, sa.not_(CLOSED))
    if wanted is not None:
        query = query.where(model.Group.name.in_(wanted))
    if q:
        texts = (model.Group.name, model.Group.title, model.Group.description)
        named = (EXTRAS["former_names"].astext, EXTRAS["short_names"].astext)
        query = query.where(sa.or_(*(text.icontains(q, autoescape=True) for text in (*texts, *named))))
    names = list(model.Session.scalars(query))
    if not names:
        tk.check_access("organization_list", context, data_dict)
        return []
    return up(context, {**data_dict, "q": "", "organizations": names})


def closed_names() -> set[str]:
    """Names of the departments that were closed."""
    return set(model.Session.scalars(sa.select(model.Group.name).where(*IS_ORGANIZATION, CLOSED)))


def _open(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    closed = closed_names()
    return [organization for organization in found if organization["name"] not in closed]


@tk.chained_action
@tk.side_effect_free
def organization_autocomplete(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``organization_autocomplete`` without closed departments."""
    return _open(up(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def organization_list_for_user(up: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Core's ``organization_list_for_user`` without closed departments."""
    return _open(up(context, data_dict))


def govshare_catalogue_transfer(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give entries and their cases to another department inside the caller's transaction. For the rooms, never the API.

    :param organization: id of the department that owns them
    :param into: id of the department that receives them; with ``dry_run`` it may be left out
    :param entries: codes (present or past), names or ids of the entries; everything when it is left out
    :param dry_run: only count
    :returns: ``{entries, cases, entry_ids}``: how many entries and waiting cases move
    :raises ValidationError: ``entries``: one that does not exist or belongs to another department
    """
    tk.check_access("govshare_catalogue_transfer", context, data_dict)
    source = str(tk.get_or_bust(data_dict, "organization"))
    chosen: set[str] | None = None
    if data_dict.get("entries") is not None:
        found, unknown = transfer.find([str(text) for text in data_dict["entries"]])
        chosen, owned = set(found.values()), transfer.entries(source)
        unknown += [text for text, package_id in found.items() if package_id not in owned]
        if unknown:
            message = tk._("No entries of this department: {codes}").format(codes="、".join(unknown[:20]))
            raise tk.ValidationError({"entries": [message]})
    if tk.asbool(data_dict.get("dry_run", False)):
        return transfer.holdings(source, chosen)
    target = roles.organization(str(tk.get_or_bust(data_dict, "into")))
    if target is None:
        raise tk.ValidationError({"into": [tk._("Organization does not exist")]})
    return transfer.move(context, source, target, chosen)


def govshare_index_queue(context: Context, data_dict: dict[str, Any]) -> int:
    """Note every entry of a department for the index inside the caller's transaction. For the rooms, never the API.

    :param organization: id of the department
    :returns: number of entries
    """
    tk.check_access("govshare_index_queue", context, data_dict)
    ids = transfer.entries(str(tk.get_or_bust(data_dict, "organization")))
    if ids:
        index.queue(model.Session, ids)
        model.Session.info["govshare_queued"] = True
    return len(ids)
