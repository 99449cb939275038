"""The number by which a file of an entry is addressed: it stays as long as the entry does.

A file's number is its place among all files for the public that the entry ever had, in the order in which they came.
Core keeps the rows of removed files, so that the numbers of the others do not move.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model


def of_entry(package_id: str) -> dict[str, int]:
    """Numbers from 1 of the files for the public, removed ones included, by resource id."""
    rows = model.Session.execute(
        sa.select(model.Resource.id, model.Resource.extras)
        .where(model.Resource.package_id == package_id)
        .order_by(model.Resource.created, model.Resource.position, model.Resource.id)
    )
    open_ids = [resource_id for resource_id, extras in rows if (extras or {}).get("audience") == "open"]
    return {resource_id: number for number, resource_id in enumerate(open_ids, 1)}


def file_of(entry: dict[str, Any], number: int) -> dict[str, Any] | None:
    """The file of an entry with a number, as ``package_show`` gave it to the reader."""
    numbers = of_entry(entry["id"])
    return next((file for file in entry["resources"] if numbers.get(file["id"]) == number), None)
