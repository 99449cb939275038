"""Files, dates and applications of the demo city as `package_create` takes them when it is seeded."""

from __future__ import annotations

import hashlib
import io
from datetime import date, datetime, timedelta
from typing import Any

from werkzeug.datastructures import FileStorage

from ckanext.govshare.kernel import clock
from ckanext.govshare.runtime.demo import city, files, serve

AGES = {"2": 0, "3": 5, "4": 24, "5": 70, "6": 150, "7": 280}
"""Most days since the last update, by update cycle: everything is in time when the city is made."""


def data_updated(fields: dict[str, Any]) -> str:
    """When the data of an entry were updated last: within its update cycle, as on a site that lives.

    Args:
        fields: of the entry; a day that they name stays.

    Returns:
        An ISO date-time in Beijing time, not before the entry was published and not in the future.
    """
    if fields["data_updated"]:
        return fields["data_updated"]
    chance = int(hashlib.sha256(fields["resource_code"].encode()).hexdigest(), 16)
    now = clock.now()
    moment = now.replace(hour=chance % 9, minute=chance % 60, second=0, microsecond=0)
    moment -= timedelta(days=chance % (AGES[fields["update_cycle"]] + 1))
    published = datetime.combine(date.fromisoformat(fields["pub_date"]), moment.time(), now.tzinfo)
    return min(max(moment, published), now).isoformat(timespec="seconds")


def resource(file: city.DemoFile) -> dict[str, Any]:
    """A file as a resource with its upload, or as a link."""
    fields = {"name": file.title, "format": file.format.upper(), "audience": file.audience}
    if file.url:
        return {**fields, "url": file.url}
    upload = FileStorage(io.BytesIO(file.content), file.filename, content_type=files.MIMETYPES[file.format])
    return {**fields, "url": file.filename, "upload": upload}


def application(row: dict[str, Any], base: str, office: str) -> dict[str, Any]:
    """An application as a package.

    Args:
        row: as `city.applications` answers it.
        base: address below which the demo's server has pages and reports.
        office: name of the organisation that registers it.
    """
    looked = clock.today() - timedelta(days=row["proof_days_ago"]) if "proof_days_ago" in row else None
    fields = {key: row[key] for key in ("name", "title", "notes", "app_form", "developer", "dataset_codes")}
    fields |= {"type": "application", "owner_org": office, "app_id": row.get("app_id", "")}
    fields |= {key: "1" if row.get(key) else "0" for key in ("approved", "own_use")}
    fields["proof_checked"] = looked.isoformat() if looked else ""
    if "page" in row:
        fields["url"] = f"{base}/{row['page']}"
    if "file" in row:
        digest = hashlib.sha256(files.pdf_bytes(serve.REPORT)).hexdigest()
        report = {"name": row["title"], "url": f"{base}/{row['file']}", "format": "PDF", "hash": digest}
        fields["resources"] = [report]
    return fields
