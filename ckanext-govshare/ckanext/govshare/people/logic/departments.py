"""Actions on departments over time: a new name, a merger, a split, and the history of all that.

Everything that one of them changes is written in one transaction, or nothing is. What other rooms hold of a department
moves by their own actions (``govshare_catalogue_transfer``, ``govshare_exchange_transfer``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.logic import checked
from ckanext.govshare.people import departments
from ckanext.govshare.people.logic import schema

__all__ = [
    "govshare_organization_history",
    "govshare_organization_merge",
    "govshare_organization_rename",
    "govshare_organization_split",
]


LOCK = 7305803


def _find(name: str, field: str) -> roles.Organization:
    organization = roles.organization(name)
    if organization is None:
        was = roles.organization(name, closed=True) is not None
        message = tk._("This department was closed") if was else tk._("Organization does not exist")
        raise tk.ValidationError({field: [f"{name}: {message}"]})
    return organization


def _refuse_office(organization: roles.Organization, field: str) -> None:
    if organization.org_type == "office":
        message = tk._("The coordinating office is not merged or split here")
        raise tk.ValidationError({field: [message]})


def _refuse_region(source: roles.Organization, into: roles.Organization, field: str) -> None:
    if source.region != into.region:
        message = tk._("{name} belongs to another region").format(name=into.title)
        raise tk.ValidationError({field: [message]})


def _one_at_a_time() -> None:
    """Let no other merger or split happen beside this one: what was read before counts no more."""
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    model.Session.expire_all()


def _ask(action: str, context: Context, data: dict[str, Any]) -> Any:
    """What another room answers inside this transaction; None where the site does not have the room."""
    try:
        call = tk.get_action(action)
    except KeyError:
        return None
    return call({"ignore_auth": True, "user": context.get("user")}, data)


@contextmanager
def _whole(dry_run: bool = False) -> Iterator[None]:
    """One transaction: all of it, or nothing; then the index follows."""
    try:
        yield
    except BaseException:
        model.Session.rollback()
        raise
    if dry_run:
        model.Session.rollback()
        return
    model.Session.commit()
    tk.get_action("govshare_index_drain")({"ignore_auth": True, "user": ""}, {})


def govshare_organization_rename(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give a department a new name from a day on. The old one goes on as a former name and is found by searches.

    :param id: id or name
    :param title: the new name
    :param on: day (CCYY-MM-DD) since which it bears the name; not in the future
    :param document: number of the document that says so
    :param note: recorded
    :returns: as ``govshare_organization_history``
    :raises NotAuthorized: the caller is not the office of the department's region
    :raises ValidationError: another department of the region bears the name, or a later name is recorded already
    """
    tk.check_access("govshare_organization_rename", context, data_dict)
    data = checked(context, data_dict, schema.govshare_organization_rename())
    _one_at_a_time()
    organization = _find(data["id"], "id")
    _refuse_title(organization, data["title"])
    later = [event for event in departments.events(organization.id) if event.day > data["on"]]
    if any(event.kind == departments.RENAME for event in later):
        raise tk.ValidationError({"on": [tk._("A later name of this department is recorded already")]})
    with _whole():
        departments.note(context, departments.RENAME, organization, organization, data, data["title"])
        model.Group.get(organization.id).title = data["title"]
        departments.remember_names(organization.id, [organization.title])
        model.Session.flush()
        _ask("govshare_index_queue", context, {"organization": organization.id})
    return departments.history(_find(organization.id, "id"))


def _refuse_title(organization: roles.Organization, title: str) -> None:
    if title == organization.title:
        raise tk.ValidationError({"title": [tk._("The department bears this name already")]})
    same = model.Session.scalar(
        sa.select(model.Group.name).where(
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
            model.Group.title == title,
            model.Group.id != organization.id,
            model.Group.extras["region"].astext == organization.region,
            sa.func.coalesce(model.Group.extras["closed_on"].astext, "") == "",
        )
    )
    if same:
        message = tk._("Another department bears this name: is it a merger?")
        raise tk.ValidationError({"title": [message]})


def govshare_organization_merge(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Merge departments into one that exists. All in one transaction.

    Entries keep codes, names and files and get the successor as their provider; waiting changes and exchange points go
    along. The merged departments stay as closed ones: their pages lead to the successor, their names find it.

    :param ids: ids or names of the departments that end
    :param into: id or name of their successor
    :param on: day (CCYY-MM-DD) of the merger; not in the future
    :param document: number of the document that says so
    :param members: true (default) makes their people members of the successor with the same roles; else they lose them
    :param note: recorded
    :param dry_run: only say what would move
    :returns: ``{into: {id, name, title}, merged: [{id, name, title, entries, cases, members: [names], points: [{title,
        fate}]}]}``
    :raises NotAuthorized: the caller is not the office of the region of all of them
    :raises ValidationError: ``ids``, ``into``, ``on`` or ``exchange_point`` (a run is under way)
    """
    tk.check_access("govshare_organization_merge", context, data_dict)
    data = checked(context, data_dict, schema.govshare_organization_merge())
    _one_at_a_time()
    into = _find(data["into"], "into")
    sources = list({source.id: source for source in (_find(name, "ids") for name in data["ids"])}.values())
    if not sources:
        raise tk.ValidationError({"ids": [tk._("Missing value")]})
    for source in sources:
        if source.id == into.id:
            raise tk.ValidationError({"into": [tk._("A department cannot be merged into itself")]})
        _refuse_office(source, "ids")
        _refuse_region(into, source, "ids")
    with _whole(data["dry_run"]):
        merged = [_merge_one(context, source, into, data) for source in sources]
    return {"into": departments.short(into), "merged": merged}


def _merge_one(
    context: Context, source: roles.Organization, into: roles.Organization, data: dict[str, Any]
) -> dict[str, Any]:
    what = {"organization": source.id, "into": into.id, "dry_run": data["dry_run"]}
    points = _ask("govshare_exchange_transfer", context, what) or []
    moved = _ask("govshare_catalogue_transfer", context, what)
    people = [line["user"] for line in departments.members(source.id)] if data["members"] else []
    if not data["dry_run"]:
        if data["members"]:
            departments.move_members(context, source, into)
        names = departments.names_of(source)
        reason = tk._("Merged into {name}").format(name=into.title)
        departments.close(context, source, into.id, data["on"], reason)
        departments.remember_names(into.id, names)
        departments.note(
            context, departments.MERGE, source, into, data, entries=moved["entries"], points=len(points)
        )
        model.Session.flush()
        _ask("govshare_index_queue", context, {"organization": into.id})
    return {
        **departments.short(source),
        "entries": moved["entries"],
        "cases": moved["cases"],
        "members": people,
        "points": _fates(points),
    }


def govshare_organization_split(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give parts of a department to departments that exist. All in one transaction.

    Its people stay: the office gives them roles where they work now. An exchange point whose entries go two ways is
    suspended.

    :param id: id or name of the department that is split
    :param parts: ``[{into, entries}]``: who receives which entries (codes, present or past, or names)
    :param on: day (CCYY-MM-DD) of the split; not in the future
    :param document: number of the document that says so
    :param close: true ends the department; every entry must be in a part then, and no new entry may be waiting;
        exchange points without a part of their own go to the first one
    :param note: recorded
    :param dry_run: only say what would move
    :returns: ``{organization: {id, name, title}, closed, parts: [{id, name, title, entries, cases, points: [{title,
        fate}]}]}``
    :raises NotAuthorized: the caller is not the office of the region of all of them
    :raises ValidationError: ``id``, ``parts``, ``on``, ``close`` or ``exchange_point``
    """
    tk.check_access("govshare_organization_split", context, data_dict)
    data = checked(context, data_dict, schema.govshare_organization_split())
    _one_at_a_time()
    source = _find(data["id"], "id")
    _refuse_office(source, "id")
    parts = [(_find(part["into"], "parts"), part["entries"]) for part in data["parts"]]
    for into, _entries in parts:
        if into.id == source.id:
            raise tk.ValidationError({"parts": [tk._("A department cannot be merged into itself")]})
        _refuse_region(source, into, "parts")
    if len({into.id for into, _entries in parts}) < len(parts):
        raise tk.ValidationError({"parts": [tk._("Each department is named once")]})
    with _whole(data["dry_run"]):
        done = _split(context, source, parts, data)
    return {"organization": departments.short(source), "closed": data["close"], "parts": done}


def _split(
    context: Context,
    source: roles.Organization,
    parts: list[tuple[roles.Organization, list[str]]],
    data: dict[str, Any],
) -> list[dict[str, Any]]:
    base = {"organization": source.id}
    planned, seen = [], set()
    for into, entries in parts:
        what = {**base, "into": into.id, "entries": entries}
        try:
            plan = _ask("govshare_catalogue_transfer", context, {**what, "dry_run": True})
        except tk.ValidationError as error:
            raise tk.ValidationError({"parts": error.error_dict.get("entries") or [str(error)]}) from None
        if seen & set(plan["entry_ids"]):
            raise tk.ValidationError({"parts": [tk._("An entry goes to one department only")]})
        seen |= set(plan["entry_ids"])
        planned.append((into, what, plan))
    if data["close"]:
        _refuse_rest(context, base, len(seen), sum(plan["cases"] for _into, _what, plan in planned))
    done, listed = [], set()
    for into, what, plan in planned:
        where = {**base, "into": into.id, "package_ids": plan["entry_ids"], "dry_run": data["dry_run"]}
        points = _ask("govshare_exchange_transfer", context, where) or []
        listed |= {point["id"] for point in points}
        if not data["dry_run"]:
            _ask("govshare_catalogue_transfer", context, what)
            facts = {"entries": plan["entries"], "points": len(points)}
            departments.note(context, departments.SPLIT, source, into, data, **facts)
        done.append(
            {
                **departments.short(into),
                "entries": plan["entries"],
                "cases": plan["cases"],
                "points": _fates(points),
            }
        )
    if data["close"]:
        rest = {**base, "into": parts[0][0].id, "dry_run": data["dry_run"]}
        left = _ask("govshare_exchange_transfer", context, rest) or []
        done[0]["points"] += _fates([point for point in left if point["id"] not in listed])
    if data["close"] and not data["dry_run"]:
        successor = parts[0][0].id if len(parts) == 1 else ""
        reason = tk._("Split into {names}").format(names="、".join(into.title for into, _entries in parts))
        departments.close(context, source, successor, data["on"], reason)
    return done


def _refuse_rest(context: Context, base: dict[str, Any], entries: int, cases: int) -> None:
    """A department that ends leaves nothing behind."""
    whole = _ask("govshare_catalogue_transfer", context, {**base, "dry_run": True})
    if whole["entries"] > entries:
        message = tk._("{number} entries are in no part").format(number=whole["entries"] - entries)
        raise tk.ValidationError({"close": [message]})
    if whole["cases"] > cases:
        message = tk._("{number} changes of new entries wait: approve, return or withdraw them first")
        raise tk.ValidationError({"close": [message.format(number=whole["cases"] - cases)]})


def _fates(points: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"title": point["title"], "fate": point["fate"]} for point in points]


@tk.side_effect_free
def govshare_organization_history(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The names of a department with their days, what was merged into it, and what became of it.

    :param id: id or name; closed departments have a history too
    :returns: ``{id, name, title, closed_on, successor: {id, name, title} or None, names: [{title, since, until}],
        events: [{kind: rename|merge|split, on, from, into, document, role}]}``; ``role`` says on which side the
        department stood: ``from`` or ``into``
    :raises ObjectNotFound: there is none
    """
    tk.check_access("govshare_organization_history", context, data_dict)
    organization = roles.organization(str(tk.get_or_bust(data_dict, "id")), closed=True)
    if organization is None:
        raise tk.ObjectNotFound(tk._("Organization does not exist"))
    return departments.history(organization)
