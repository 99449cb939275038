"""From a record to the files that it is about: which published files there are, and opening and closing them.

A file opens without core's ``package_update``: one server field changes. It leaves a row in the change log, an event
and an outbox row for the index, as every other write does.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.types import Context
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.govshare.catalogue import opening, opening_scans, service

PACKAGE = model.Package.__table__
RESOURCE = model.Resource.__table__
EXTRAS = sa.cast(sa.cast(RESOURCE.c.extras, sa.Text), JSONB)
LINK_DIGEST = sa.func.encode(sa.func.sha256(sa.func.convert_to(RESOURCE.c.url, "UTF8")), "hex")
DIGEST = sa.case((RESOURCE.c.url_type == "upload", RESOURCE.c.hash), else_=LINK_DIGEST)
MOST = 1000  # entries that one act opens or closes at once


def published(*filters: Any) -> sa.Select[Any]:
    """Files for the public on active entries: ``package_id``, ``resource_id``."""
    return (
        sa.select(PACKAGE.c.id.label("package_id"), RESOURCE.c.id.label("resource_id"))
        .join(RESOURCE, RESOURCE.c.package_id == PACKAGE.c.id)
        .where(
            PACKAGE.c.type == service.ENTRY,
            PACKAGE.c.state == "active",
            RESOURCE.c.state == "active",
            EXTRAS["audience"].astext == opening.OPEN,
            *filters,
        )
    )


def of_digest(organization_id: str, digest: str) -> list[str]:
    """Entries of a provider that have this file or link for the public."""
    return _entries(PACKAGE.c.owner_org == organization_id, digest == DIGEST)


def of_point(organization_id: str, point: str) -> list[str]:
    """Entries that a point delivered with files for the public."""
    return _entries(
        PACKAGE.c.owner_org == organization_id,
        PACKAGE.c.extras["source_point"].astext == point,
        RESOURCE.c.url_type == "upload",
    )


def _entries(*filters: Any) -> list[str]:
    query = published(*filters).with_only_columns(PACKAGE.c.id).distinct().order_by(PACKAGE.c.id).limit(MOST)
    return list(model.Session.scalars(query))


def entry_of(package: model.Package) -> dict[str, Any]:
    """A stored entry as the gate looks at it."""
    extras = dict(package.extras)
    try:
        extras["info_items"] = json.loads(extras.get("info_items") or "[]")
    except (TypeError, ValueError):
        extras["info_items"] = []
    return {
        **extras,
        "id": package.id,
        "title": package.title,
        "notes": package.notes,
        "license_id": package.license_id,
        "owner_org": package.owner_org,
        "resources": [
            {
                **resource.extras,
                **{
                    key: getattr(resource, key)
                    for key in ("id", "name", "url", "url_type", "hash", "format", "size")
                },
            }
            for resource in package.resources
        ],
    }


def resettle(context: Context, package_ids: list[str]) -> list[str]:
    """Bring the field ``opening`` of entries in line with their records, inside the caller's transaction.

    :returns: ids of the entries of which a file opened or closed
    """
    return [package_id for package_id in package_ids if _resettle(context, package_id)]


def _resettle(context: Context, package_id: str) -> bool:
    package = model.Package.get(package_id)
    entry = entry_of(package)
    states = {}
    for file in opening.of_entry(package.owner_org, entry):
        delivered = entry.get("source_point") and file.resource.get("source_key")
        if not file.opens and delivered and file.kind == opening.FILE:
            opening.stand_in(package.owner_org, entry["source_point"], file)
        states[file.resource["id"]] = file.state
    changed = [
        resource
        for resource in package.resources
        if resource.id in states and resource.extras.get("opening") != states[resource.id]
    ]
    if not changed:
        return False
    before = service.snapshot(package)
    for resource in changed:
        resource.extras = {**resource.extras, "opening": states[resource.id]}
    package.metadata_modified = service.utcnow()
    model.Session.flush()
    kind = "opened" if any(states[resource.id] == opening.OPEN for resource in changed) else "closed"
    service.after_write(context, package.id, kind, before)
    return True


def scan_job(digest: str) -> None:
    """Background job: scan a stored file, then open what a standing record covers and close what it does not."""
    try:
        opening_scans.begin(digest)
        model.Session.commit()
        opening_scans.run(digest)
        rescanned(digest, {"user": "", "ignore_auth": True})
        model.Session.commit()
    finally:
        model.Session.remove()


def rescanned(digest: str, context: Context) -> None:
    """Bring every entry with a file in line with a new scan of it, whoever provides it."""
    resettle(context, _entries(RESOURCE.c.url_type == "upload", RESOURCE.c.hash == digest))
