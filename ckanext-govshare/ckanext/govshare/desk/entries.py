"""Entries of one form type as their departments keep them: registers such as that of information systems.

Which entry names which system is asked of the database: the index holds the text, not the relation.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.kernel import forms

MOST = 100


def listed(user: str, data: dict[str, Any]) -> dict[str, Any]:
    """The answer of ``govshare_form_entries``: own departments' entries, or those of the regions one oversees."""
    form = forms.installed().get(str(data.get("package_type") or ""))
    if form is None:
        raise tk.ValidationError({"package_type": [tk._("There is no form of this name")]})
    if data.get("of"):
        return _of(user, form.type, str(data["of"]))
    package, group = model.Package, model.Group
    filters = [
        package.type == form.type,
        package.state == "active",
        package.owner_org == group.id,
        _in_reach(user),
    ]
    if data.get("organization"):
        wanted = roles.organization(str(data["organization"]))
        filters.append(package.owner_org == (wanted.id if wanted is not None else ""))
    if data.get("q"):
        words = str(data["q"]).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        filters.append(package.title.ilike(f"%{words}%"))
    code = package.extras[form.code.field].astext
    links = _links(code)
    if tk.asbool(data.get("unlinked", False)):
        filters.append(links == 0)
    limit = max(1, min(int(data.get("limit") or 30), MOST))
    state = package.extras["catalogue_state"].astext
    columns = (package.id, package.name, code, package.title, state, group.id, group.title, links)
    statement = sa.select(*columns).where(*filters)
    rows = model.Session.execute(
        statement.order_by(links != 0, group.title, package.title)
        .limit(limit)
        .offset(max(0, int(data.get("offset") or 0)))
    )
    counted = model.Session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(links == 0))
        .select_from(package, group)
        .where(*filters)
    ).one()
    return {
        "count": counted[0],
        "unlinked": counted[1],
        "results": [
            {
                "id": id,
                "name": name,
                "code": held or "",
                "title": title,
                "state": state_now or "published",
                "organization": {"id": organization, "title": provider},
                "links": number,
            }
            for id, name, held, title, state_now, organization, provider, number in rows
        ],
    }


def _in_reach(user: str) -> Any:
    held = roles.memberships(user)
    own = [organization.id for organization, _roles in held]
    regions = [organization.region for organization, has in held if roles.Role.OFFICE in has]
    return sa.or_(model.Group.id.in_(own), model.Group.extras["region"].astext.in_(regions))


def _links(code: Any) -> Any:
    """How many entries name this one as the system that they come from: one pass over the catalogue for all.

    Entries name a system by its code, or by its title within the same department.
    """
    package, other = model.Package, sa.orm.aliased(model.Package)
    named = sa.func.coalesce(*(other.extras[name].astext for name in _system_fields()), "")
    counted = (
        sa.select(named.label("name"), other.owner_org, sa.func.count().label("number"))
        .where(other.state == "active", named != "")
        .group_by(named, other.owner_org)
        .cte("named")
    )
    total = sa.func.coalesce(sa.func.sum(counted.c.number), 0)
    same = sa.and_(counted.c.name == package.title, counted.c.owner_org == package.owner_org)
    return (
        sa.select(sa.cast(total, sa.Integer))
        .where(sa.or_(counted.c.name == code, same))
        .correlate(package)
        .scalar_subquery()
    )


def _of(user: str, package_type: str, id: str) -> dict[str, Any]:
    """The entries that name one entry of a register, as far as the caller oversees them."""
    package, group = model.Package, model.Group
    named = package.get(id)
    if named is None or named.type != package_type:
        raise tk.ObjectNotFound(tk._("Package was not found."))
    code = named.extras.get(forms.installed()[package_type].code.field)
    same = [
        sa.or_(
            package.extras[name].astext == code,
            sa.and_(package.extras[name].astext == named.title, package.owner_org == named.owner_org),
        )
        for name in _system_fields()
    ]
    rows = model.Session.execute(
        sa.select(package.id, package.name, package.type, package.title, group.title, package.extras)
        .where(
            package.owner_org == group.id, package.state == "active", _in_reach(user), sa.or_(False, *same)
        )
        .order_by(package.title)
        .limit(MOST)
    )
    results = [
        {
            "id": id,
            "name": name,
            "type": type_,
            "title": title,
            "organization": provider,
            "matter": (extras or {}).get("business_matter", ""),
        }
        for id, name, type_, title, provider, extras in rows
    ]
    return {"count": len(results), "unlinked": 0, "results": results}


def _system_fields() -> list[str]:
    return sorted({field.name for form in forms.installed().values() for field in form.of_kind("system")})
