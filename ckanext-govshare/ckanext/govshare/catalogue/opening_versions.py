"""Former files of a resource: replaced ones stay, and may be taken as what they were.

Which files a resource had is read from the change log (``files``: resource, checksum, opening before and after each
write); what they are, from the store. A former file is open when its own review record holds: a new file has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import files, opening, opening_doors, opening_records, rights
from ckanext.govshare.catalogue.model import ChangeLog, StoredFile
from ckanext.govshare.kernel import clock

MOST = 200


def of_package(package: model.Package) -> list[dict[str, Any]]:
    """Former files of an entry, newest first: ``[{resource_id, hash, replaced, replaced_by}]``, each file once."""
    log = model.Session.execute(
        sa.select(ChangeLog.at, ChangeLog.actor, ChangeLog.fields["files"])
        .where(ChangeLog.package_id == package.id, ChangeLog.fields.has_key("files"))
        .order_by(ChangeLog.id.desc())
    ).all()
    resources = [resource for resource in package.resources if resource.state == "active"]
    return [row for resource in resources for row in _former(resource, log)]


def _former(resource: model.Resource, log: Iterable[Any]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for at, actor, (before, after) in log:
        was, now = _hash(before, resource.id), _hash(after, resource.id)
        if was and was != now and was != resource.hash and was not in found:
            found[was] = {
                "resource_id": resource.id,
                "hash": was,
                "replaced": at.astimezone(clock.ZONE).isoformat(),
                "replaced_by": actor,
            }
        if len(found) >= MOST:
            break
    return list(found.values())


def _hash(rows: Any, resource_id: str) -> str:
    return next((row[1] for row in rows or () if row[0] == resource_id and row[1]), "")


def shown(package: model.Package, user: str | None, resource_id: str = "") -> list[dict[str, Any]]:
    """Former files of an entry as a reader sees them: statements are as many for one as for hundreds.

    :param resource_id: only those of this resource
    """
    former = [row for row in of_package(package) if resource_id in ("", row["resource_id"])]
    if not former:
        return []
    reader = rights.Reader.of(user)
    region = roles.region_of(package.owner_org)
    inside = package.owner_org in reader.organizations or region in reader.office_regions
    resources = {resource.id: resource for resource in package.resources}
    stored = _stored([version["hash"] for version in former])
    may = _may(reader, package, [(resources[row["resource_id"]], row["hash"]) for row in former], region)
    rows = []
    for version, (allowed, _reason, opened) in zip(former, may, strict=True):
        file = stored.get(version["hash"])
        if not (allowed or inside) or file is None:
            continue
        address = tk.url_for(
            "govshare_catalogue.version",
            id=package.name,
            resource_id=version["resource_id"],
            sha256=version["hash"],
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
                "url": address if allowed else None,
            }
        )
    return rows


def take(resource: model.Resource, sha256: str, user: str) -> tuple[StoredFile | None, bool, str]:
    """A former file for somebody who asks for it.

    :returns: the file, None where the resource never had it; whether it may be taken; and by which right, or why not
    """
    former = {row["hash"] for row in of_package(resource.package) if row["resource_id"] == resource.id}
    if sha256 not in former:
        return None, False, ""
    region = roles.region_of(resource.package.owner_org)
    may, reason, _opened = _may(rights.Reader.of(user), resource.package, [(resource, sha256)], region)[0]
    return _stored([sha256]).get(sha256), may, reason


def _may(
    reader: rights.Reader, package: model.Package, former: Sequence[tuple[model.Resource, str]], region: str
) -> list[tuple[bool, str, bool]]:
    """For each former file: whether the reader may take it, by which right or why not, whether it is open."""
    entry = {"owner_org": package.owner_org, **package.extras}
    gated = [
        {"url_type": "upload", "hash": sha256, "format": resource.format, "audience": opening.OPEN}
        for resource, sha256 in former
        if resource.extras.get("audience") == opening.OPEN
    ]
    looked = opening.look(package.owner_org, opening_doors.entry_of(package), gated, scan_now=False) if gated else []
    states = iter([file.state for file in looked])
    found = []
    for resource, _sha256 in former:
        audience = resource.extras.get("audience")
        state = next(states) if audience == opening.OPEN else ""
        may, reason = rights.may_take(reader, entry, {"audience": audience, "opening": state}, region)
        found.append((may, reason, state == opening.OPEN))
    return found


def _stored(digests: list[str]) -> dict[str, StoredFile]:
    query = sa.select(StoredFile).where(StoredFile.sha256.in_(digests)).order_by(StoredFile.stored.desc())
    return {row.sha256: row for row in model.Session.scalars(query) if files.path_of(row.sha256).exists()}


def attachment(organization_id: str, digest: str) -> dict[str, str] | None:
    """The attachment of a review record ``{hash, filename}``, or None."""
    record = opening_records.one(organization_id, digest)
    return (record.signed or {}).get("attachment") or None
