"""What a field of the form offers beside code lists: departments, information systems, licences, one's last entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.desk import pages
from ckanext.govshare.kernel import forms
from ckanext.govshare.roles import Role

MOST = 100


@dataclass(frozen=True)
class Choice:
    """One value of a coded field."""

    code: str
    label: str


def writable() -> list[roles.Organization]:
    """The departments that the person may write for: those of an editor, and for the office every one of its region."""
    held = pages.memberships()
    own = [organization for organization, has in held if Role.EDITOR in has]
    regions = {organization.region for organization, has in held if Role.OFFICE in has}
    found = {organization.id: organization for organization in own}
    for (id,) in _groups(model.Group.id, regions) if regions else ():
        organization = roles.organization(id)
        if organization is not None:
            found.setdefault(id, organization)
    return list(found.values())


def _groups(columns: Any, regions: set[str]) -> list[Any]:
    group = model.Group
    statement = sa.select(columns).where(
        group.is_organization.is_(True),
        group.state == "active",
        group.extras["region"].astext.in_(regions),
        sa.func.coalesce(group.extras["closed_on"].astext, "") == "",
    )
    return list(model.Session.execute(statement.order_by(group.title)))


def provider(organization: Mapping[str, Any]) -> dict[str, str]:
    """A department's name and unified social credit code."""
    group = model.Group.get(organization["id"])
    return {"title": organization["title"], "uscc": str(group.extras.get("uscc") or "") if group else ""}


def suggestions(kind: str, change: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Values that a text field offers while one types: ``(value, what it is)``.

    :param kind: ``organization``: departments of the region; ``system``: systems of the department
    """
    if kind == "organization":
        return tuple((title, "") for (title,) in _groups(model.Group.title, {change["region"]}))
    found: list[tuple[str, str]] = []
    for offered in forms.installed().values():
        if offered.code.constant:  # a register: its entries are numbered by themselves, and others name them
            found += [
                (entry["code"], entry["title"])
                for entry in entries(offered.type, change["organization"]["id"])
            ]
    return tuple((value, title) for value, title in found if value)


def entries(package_type: str, organization_id: str) -> list[dict[str, Any]]:
    """Published entries of a department, as ``govshare_form_entries`` lists them."""
    if not pages.offers("govshare_form_entries"):
        return []
    wanted = {"package_type": package_type, "organization": organization_id, "limit": MOST}
    return pages.ask("govshare_form_entries", wanted)["results"]


def licences() -> tuple[Choice, ...]:
    """The licences of the site."""
    return tuple(
        Choice(licence["id"], licence["title"])
        for licence in tk.get_action("license_list")({"user": pages.user()}, {})
    )


def last_entry(package_type: str, organization_id: str) -> Mapping[str, Any] | None:
    """The content of the person's last change of the department, or of anybody's when it is the first."""
    wanted = {"package_type": package_type, "organization": organization_id, "limit": 1}
    for mine in (True, False):
        found = pages.ask("govshare_change_list", {**wanted, "mine": mine})["results"]
        if found:
            return pages.ask("govshare_change_show", {"id": found[0]["id"]})["data"]
    listed = entries(package_type, organization_id)[:1]
    return pages.ask("package_show", {"id": listed[0]["id"]}) if listed else None


def is_day(value: Any) -> bool:
    """Whether a text is a day such as ``2026-03-31``."""
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return len(str(value)) == len("2026-03-31")
