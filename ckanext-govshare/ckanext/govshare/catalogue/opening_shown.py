"""What people and the API see of files at the gate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import opening, opening_doors, opening_records
from ckanext.govshare.catalogue.opening import OpenFile
from ckanext.govshare.catalogue.opening_model import ScanState
from ckanext.govshare.kernel import scan

MOST = 500  # waiting files that the to-do list looks at
PACKAGE, RESOURCE = opening_doors.PACKAGE, opening_doors.RESOURCE


class Hands(roles.Hands):
    """What one person may do at the gate."""

    def acts(self, file: OpenFile, region: str) -> list[str]:
        """The acts that this person may do on a file now: ``scan clear sign confirm revoke``."""
        record, mine, office = (
            file.record,
            file.record.organization_id in self.reviews,
            region in self.offices,
        )
        blocks = file.blocks()
        found = ["scan"] if "scan" in blocks and file.kind == opening.FILE else []
        if mine and "clear" in blocks:
            found.append("clear")
        if mine and not blocks and not file.opens:
            found.append("sign")
        unconfirmed = record.signed is not None and record.confirmed is None
        if office and not blocks and unconfirmed and record.signed["by"] != self.user:
            found.append("confirm")
        if (mine or office) and record.signed is not None:
            found.append("revoke")
        return found


def of_file(file: OpenFile, hands: Hands, region: str) -> dict[str, Any]:
    """One file: its scan, its record, what it still needs, and what the caller may do."""
    resource, needs = file.resource, opening.needs(file)
    return {
        "name": file.name,
        "resource_id": resource.get("id"),
        "format": resource.get("format") or "",
        "size": resource.get("size"),
        "digest": file.digest,
        "kind": file.kind,
        "organization": file.record.organization_id,
        "scan": _scan(file),
        "record": file.record.as_dict(),
        "revoked": file.record.revoked,
        "needs": needs,
        "stage": needs[0]["slug"] if needs else "",
        "state": file.state,
        "acts": hands.acts(file, region),
    }


def _scan(file: OpenFile) -> dict[str, Any]:
    done = file.scan
    state = done.state if done is not None else ScanState.NONE.value
    return {
        "state": state if file.kind == opening.FILE else ScanState.DONE.value,
        "at": done.at.isoformat(timespec="seconds") if done is not None else None,
        "outdated": done is not None and done.version != scan.VERSION,
        "rows": done.rows if done is not None else None,
        "columns": done.columns if done is not None else [],
        "error": done.error if done is not None else None,
        "findings": [
            {
                "kind": finding.kind,
                "kind_label": opening.kind_label(finding.kind),
                "column": finding.column,
                "column_label": opening.column_label(finding.column),
                "rows": list(finding.rows),
                "count": finding.count,
                "share": finding.share,
                "sample_masked": finding.sample,
                "words": list(finding.words),
                "cleared": file.record.clearance(finding),
            }
            for finding in file.findings or ()
        ],
    }


def publisher(resource: dict[str, Any], organization_id: str) -> dict[str, Any]:
    """A link of a federated entry: nobody here reviews it."""
    return {
        "name": resource.get("name") or "",
        "resource_id": resource.get("id"),
        "format": resource.get("format") or "",
        "size": None,
        "digest": opening_records.digest_of(resource),
        "kind": opening.LINK,
        "organization": organization_id,
        "scan": {"state": ScanState.NONE.value, "findings": []},
        "record": None,
        "revoked": None,
        "needs": [],
        "stage": "",
        "state": opening.PUBLISHER,
        "acts": [],
    }


def of_entry(organization_id: str, entry: dict[str, Any], hands: Hands) -> list[dict[str, Any]]:
    """Every file for the public of an entry or a change."""
    owner = roles.organization(organization_id, closed=True)
    region = owner.region if owner else ""
    found = [
        publisher(resource, organization_id)
        for resource in entry.get("resources") or ()
        if resource.get("audience") == opening.OPEN and opening.state_of_link(entry, resource)
    ]
    files = opening.of_entry(organization_id, entry, scan_now=False)
    return [*(of_file(file, hands, region) for file in files), *found]


def organizations(hands: Hands) -> list[roles.Organization]:
    """The providers whose files a person may look at: own departments, and those of the regions of the office."""
    groups = model.Session.scalars(
        sa.select(model.Group).where(
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
            sa.or_(
                model.Group.id.in_(hands.works),
                sa.func.coalesce(model.Group.extras["region"].astext, "").in_(hands.offices),
            ),
        )
    )
    return [found for found in map(roles.facts, groups) if not found.closed_on]


def published(
    organization_ids: Iterable[str], state: str, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Published files of departments in a state of the gate, by department and title.

    :returns: how many there are, and one page: ``[{package, entry, resource}]``
    """
    query = opening_doors.published(
        PACKAGE.c.owner_org.in_(list(organization_ids)), opening_doors.EXTRAS["opening"].astext == state
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    page = query.order_by(PACKAGE.c.owner_org, PACKAGE.c.title, RESOURCE.c.position, RESOURCE.c.id)
    rows = model.Session.execute(page.limit(limit).offset(offset)).all()
    found, known = [], {}
    for row in rows:
        if row.package_id not in known:
            package = model.Package.get(row.package_id)
            known[row.package_id] = package, opening_doors.entry_of(package)
        package, entry = known[row.package_id]
        resource = next(item for item in entry["resources"] if item["id"] == row.resource_id)
        found.append({"package": package, "entry": entry, "resource": resource})
    return count, found


def of_rows(
    rows: list[dict[str, Any]], providers: Iterable[roles.Organization], hands: Hands
) -> list[dict[str, Any]]:
    """Rows of `published` as the API answers them."""
    by_id = {provider.id: provider for provider in providers}
    shown = []
    for row in rows:
        package, entry, resource = row["package"], row["entry"], row["resource"]
        provider = by_id[package.owner_org]
        if opening.state_of_link(entry, resource):
            file = publisher(resource, provider.id)
        else:
            looked = opening.look(provider.id, entry, [resource], scan_now=False)[0]
            file = of_file(looked, hands, provider.region)
        shown.append(
            {
                **file,
                "point": entry.get("source_point") or None,
                "package": {"id": package.id, "name": package.name, "title": package.title},
                "provider": {"id": provider.id, "name": provider.name, "title": provider.title},
            }
        )
    return shown


def todo(hands: Hands) -> list[dict[str, Any]]:
    """What waits for a person: one line a department, for the signature and for the confirmation."""
    providers = [
        found for found in organizations(hands) if found.id in hands.reviews or found.region in hands.offices
    ]
    _count, rows = published([found.id for found in providers], opening.WAITING, MOST, 0)
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for file in of_rows(rows, providers, hands):
        mine = file["provider"]["id"] in hands.reviews
        if file["stage"] == "confirm" and "confirm" in file["acts"]:
            slug, since = "opening_confirm", file["record"]["signed"]
        elif file["stage"] != "confirm" and mine:
            slug, since = "opening_sign", file["scan"].get("at")
        else:
            continue
        line = lines.setdefault((slug, file["provider"]["id"]), _line(slug, file, since))
        line["count"] += 1
        line["since"] = min(filter(None, (line["since"], since)), default=None)
    return list(lines.values())


def _line(slug: str, file: dict[str, Any], since: str | None) -> dict[str, Any]:
    texts = {
        "opening_sign": (
            tk._("Files that wait for their review before opening"),
            tk._("Look at what the scan found, clear it with a ground, and sign the review"),
        ),
        "opening_confirm": (
            tk._("Signed reviews that wait for the office"),
            tk._("Confirm the review; the file opens to the public"),
        ),
    }
    title, detail = texts[slug]
    return {
        "slug": slug,
        "title": title,
        "detail": detail,
        "url": f"/dataset/{file['package']['name']}",
        "since": since,
        "due": None,
        "level": "warn",
        "organization": file["provider"],
        "count": 0,
    }
