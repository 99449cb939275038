"""Former files of a resource: replaced ones stay, and may be taken as what they were.

Which files a resource had is read from the change log (``files``: resource, checksum, opening before and after each
write); what they are, from the store. A former file is open when its own review record holds: a new file has none.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import files, opening, opening_doors, opening_records, rights
from ckanext.govshare.catalogue.model import ChangeLog, StoredFile
from ckanext.govshare.kernel import clock

MOST = 200


def of_resource(resource: model.Resource) -> list[dict[str, Any]]:
    """Former files of a resource, newest first: ``[{hash, replaced, replaced_by}]``, each file once."""
    log = model.Session.execute(
        sa.select(ChangeLog.at, ChangeLog.actor, ChangeLog.fields["files"])
        .where(ChangeLog.package_id == resource.package_id, ChangeLog.fields.has_key("files"))
        .order_by(ChangeLog.id.desc())
    )
    found: dict[str, dict[str, Any]] = {}
    for at, actor, (before, after) in log:
        was, now = _hash(before, resource.id), _hash(after, resource.id)
        if was and was != now and was != resource.hash and was not in found:
            found[was] = {
                "hash": was,
                "replaced": at.astimezone(clock.ZONE).isoformat(),
                "replaced_by": actor,
            }
        if len(found) >= MOST:
            break
    return list(found.values())


def _hash(rows: Any, resource_id: str) -> str:
    return next((row[1] for row in rows or () if row[0] == resource_id and row[1]), "")


def shown(resource: model.Resource, user: str | None) -> list[dict[str, Any]]:
    """Former files as a reader sees them."""
    package = resource.package
    reader = rights.Reader.of(user)
    region = roles.region_of(package.owner_org)
    inside = package.owner_org in reader.organizations or region in reader.office_regions
    former = of_resource(resource)
    stored = _stored([version["hash"] for version in former])
    rows = []
    for version in former:
        may, _reason, opened = _may(reader, resource, version["hash"], region)
        file = stored.get(version["hash"])
        if not (may or inside) or file is None:
            continue
        address = tk.url_for(
            "govshare_catalogue.version", id=package.name, resource_id=resource.id, sha256=version["hash"]
        )
        rows.append(
            {
                **version,
                "replaced_by": version["replaced_by"] if inside else None,
                "name": file.filename,
                "size": file.size,
                "rows": file.rows,
                "stored": file.stored.astimezone(clock.ZONE).isoformat(),
                "opened": opened,
                "url": address if may else None,
            }
        )
    return rows


def take(resource: model.Resource, sha256: str, user: str) -> tuple[StoredFile | None, bool, str]:
    """A former file for somebody who asks for it.

    :returns: the file, None where the resource never had it; whether it may be taken; and by which right, or why not
    """
    if sha256 not in {version["hash"] for version in of_resource(resource)}:
        return None, False, ""
    region = roles.region_of(resource.package.owner_org)
    may, reason, _opened = _may(rights.Reader.of(user), resource, sha256, region)
    return _stored([sha256]).get(sha256), may, reason


def _may(reader: rights.Reader, resource: model.Resource, sha256: str, region: str) -> tuple[bool, str, bool]:
    package = resource.package
    entry = {"owner_org": package.owner_org, **package.extras}
    audience = resource.extras.get("audience")
    state = ""
    if audience == opening.OPEN:
        former = {"url_type": "upload", "hash": sha256, "format": resource.format, "audience": opening.OPEN}
        whole = opening_doors.entry_of(package)
        file = opening.look(package.owner_org, whole, [former], scan_now=False)[0]
        state = file.state
    may, reason = rights.may_take(reader, entry, {"audience": audience, "opening": state}, region)
    return may, reason, state == opening.OPEN


def _stored(digests: list[str]) -> dict[str, StoredFile]:
    query = sa.select(StoredFile).where(StoredFile.sha256.in_(digests)).order_by(StoredFile.stored.desc())
    return {row.sha256: row for row in model.Session.scalars(query) if files.path_of(row.sha256).exists()}


def attachment(organization_id: str, digest: str) -> dict[str, str] | None:
    """The attachment of a review record ``{hash, filename}``, or None."""
    record = opening_records.one(organization_id, digest)
    return (record.signed or {}).get("attachment") or None
