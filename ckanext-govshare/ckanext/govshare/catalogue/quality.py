"""Files whose content nobody looked at yet, or an older check did: looked at in turns, and told to who uses them."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.catalogue import files, measure
from ckanext.govshare.catalogue.model import StoredFile

MOST = 100  # files that a turn looks at
SECONDS = 60  # after which it begins no further file
# What a resource is told. Not rows and columns: they are content of a change (`content.FILE_FACTS`), which would find
# the published version moved under it.
TOLD = ("parses", "blank_percent", "forced")


def check_some() -> dict[str, int]:
    """Look at some of the files that wait for it, newest first, inside the caller's transaction.

    :returns: ``{checked, told, left}``: files looked at, resources that say something new, files that still wait
    """
    waits = StoredFile.checked < measure.VERSION
    digests = model.Session.scalars(
        sa.select(StoredFile.sha256)
        .where(waits)
        .group_by(StoredFile.sha256)
        .order_by(sa.func.max(StoredFile.stored).desc(), StoredFile.sha256)
        .limit(MOST)
    ).all()
    began, found = time.monotonic(), {}
    for digest in digests:
        if time.monotonic() - began > SECONDS:
            break
        found[digest] = _look_at(digest)
    told = _tell(found)
    left = model.Session.scalar(sa.select(sa.func.count(StoredFile.sha256.distinct())).where(waits))
    return {"checked": len(found), "told": told, "left": left or 0}


def _look_at(digest: str) -> StoredFile:
    """Check a file under every name that it was stored by; answers the record by which it is attached."""
    rows = model.Session.scalars(
        sa.select(StoredFile).where(StoredFile.sha256 == digest).order_by(StoredFile.stored.desc())
    ).all()
    known: dict[str, measure.Measured] = {}
    for row in rows:
        if row.filename not in known:
            known[row.filename] = measure.check(files.path_of(digest), row.filename)
        for name, value in dataclasses.asdict(known[row.filename]).items():
            setattr(row, name, value)
        row.checked = measure.VERSION
    model.Session.flush()
    return rows[0]


def _tell(found: dict[str, StoredFile]) -> int:
    """Write what is known into the resources that use the files; answers how many say something new."""
    told = 0
    for resource in model.Session.scalars(
        sa.select(model.Resource).where(
            model.Resource.hash.in_(found),
            model.Resource.url_type == "upload",
            model.Resource.state == "active",
        )
    ):
        said = {name: value for name in TOLD if (value := getattr(found[resource.hash], name)) is not None}
        extras: dict[str, Any] = {key: value for key, value in resource.extras.items() if key not in TOLD}
        if extras | said != resource.extras:
            resource.extras = extras | said
            told += 1
    model.Session.flush()
    return told
