"""What the people room puts on the to-do lists: of a department's reviewers and officer, and of the office."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import clock
from ckanext.govshare.people import officers
from ckanext.govshare.people.officers import Filing

SOON = timedelta(days=14)  # before the end of a delegation


def offices(context: Context) -> set[str]:
    """Regions whose office the caller acts for; with ``ignore_auth``, the site's region."""
    if context.get("ignore_auth"):
        return {config.region()}
    return {
        organization.region
        for organization, held in roles.memberships(context.get("user"))
        if roles.Role.OFFICE in held
    }


def lines(context: Context) -> list[dict[str, Any]]:
    """Every line for the caller."""
    found = []
    user = str(context.get("user") or "")
    for organization, held in roles.memberships(user):
        if organization.org_type == "office" or not organization.government:
            continue
        officer = officers.current(organization.id)
        own = officer is not None and officers.person(officer.user_id)["user"] == user
        if own or roles.Role.REVIEWER in held:
            found += _of_department(organization, officer)
    regions = offices(context)
    return found + (_of_office(regions) if regions else [])


def _line(slug: str, title: str, **more: Any) -> dict[str, Any]:
    empty = {
        "detail": "",
        "url": "",
        "since": None,
        "due": None,
        "level": "info",
        "organization": "",
        "count": 1,
    }
    return empty | {"slug": slug, "title": title} | more


def _of_department(
    organization: roles.Organization, officer: officers.Officer | None
) -> list[dict[str, Any]]:
    today = clock.today()
    place = {"url": f"/desk/people/{organization.name}", "organization": organization.title}
    if officer is None or not officers.works_there(officer.user_id, organization.id):
        detail = tk._("Each department files exactly one data officer, and every change at once")
        if officer is not None:
            detail = tk._("The data officer has left the department: appoint a successor")
        level = "late" if officers.is_late(today.year) else "warn"
        return [
            _line("officer_missing", tk._("Appoint the data officer"), detail=detail, level=level, **place)
        ]
    found = []
    asked = date(today.year, *officers.ASKED_FROM)
    if today >= asked and today.year not in officers.as_dict(officer, True)["confirmed"]:
        late = officers.is_late(today.year)
        found.append(
            _line(
                "officer_unconfirmed",
                tk._("Confirm the data officer for {year}").format(year=today.year),
                detail=officers.person(officer.user_id)["name"],
                since=asked.isoformat(),
                due=officers.due(today.year).isoformat(),
                level="late" if late else "warn",
                **place,
            )
        )
    delegate = officers.delegate_of(officer)
    if delegate is not None and delegate.until - today <= SOON:
        found.append(
            _line(
                "delegate_expires",
                tk._("The delegation of the data officer ends"),
                detail=officers.person(delegate.user_id)["name"],
                since=delegate.since.isoformat(),
                due=delegate.until.isoformat(),
                level="warn",
                **place,
            )
        )
    return found


def _of_office(regions: set[str]) -> list[dict[str, Any]]:
    today = clock.today()
    late = officers.is_late(today.year)
    standing = officers.filings(regions, today.year)
    missing = sum(line.filing is Filing.MISSING for line in standing)
    waiting = sum(line.filing is Filing.UNCONFIRMED for line in standing)
    found = []
    level, due = "late" if late else "info", officers.due(today.year).isoformat()
    if missing:
        title = tk.ungettext(
            "{number} department has no data officer", "{number} departments have no data officer", missing
        )
        url = f"/office/people?state={Filing.MISSING.value}"
        found.append(
            _line(
                "officers_missing", title.format(number=missing), url=url, level=level, count=missing, due=due
            )
        )
    if waiting and today >= date(today.year, *officers.ASKED_FROM):
        title = tk.ungettext(
            "{number} department has not confirmed its data officer",
            "{number} departments have not confirmed their data officers",
            waiting,
        )
        url = f"/office/people?state={Filing.UNCONFIRMED.value}"
        found.append(
            _line(
                "officers_unconfirmed",
                title.format(number=waiting),
                url=url,
                level=level,
                count=waiting,
                due=due,
                since=date(today.year, *officers.ASKED_FROM).isoformat(),
            )
        )
    return found
