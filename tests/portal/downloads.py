"""What the tests of downloads share: tables, requests."""

from __future__ import annotations

import io
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_write_engine
from werkzeug.datastructures import FileStorage

FORMATS = ("csv", "xlsx", "json", "xml")
TABLE = "站点,线路\n市政府,1路\n人民医院,3路\n".encode()


def file(filename: str = "站点 信息.csv", content: bytes = TABLE, **fields: str) -> dict[str, Any]:
    """A resource with a stored file."""
    upload = FileStorage(io.BytesIO(content), filename=filename)
    suffix = filename.rpartition(".")[2].upper()
    return {"name": "站点表", "audience": "open", "format": suffix, "url": "", "upload": upload, **fields}


def fill(resource_id: str, fields: list[dict[str, Any]], records: list[dict[str, Any]]) -> None:
    """A table in the DataStore for a resource."""
    tk.get_action("datastore_create")(
        {"ignore_auth": True, "user": "office"},
        {"resource_id": resource_id, "force": True, "fields": fields, "records": records},
    )


def grow(resource_id: str, rows: int) -> None:
    """A table of so many rows of about 110 bytes."""
    fill(resource_id, [{"id": "number", "type": "int"}, {"id": "words", "type": "text"}], [])
    add_rows(resource_id, rows, f'ALTER TABLE "{resource_id}" DISABLE TRIGGER USER')  # no full text


def add_rows(resource_id: str, rows: int, before: str = "") -> None:
    with get_write_engine().begin() as connection:
        if before:
            connection.execute(sa.text(before))
        connection.execute(
            sa.text(
                f'INSERT INTO "{resource_id}" (number, words)'  # noqa: S608 - our own id
                " SELECT n, repeat('人民路', 11) FROM generate_series(1, :rows) n"
            ),
            {"rows": rows},
        )


def take(app: Any, entry: dict[str, Any], resource: dict[str, Any], extension: str, **options: Any) -> Any:
    return app.get(f"/dataset/{entry['name']}/resource/{resource['id']}/as/{extension}", **options)


def open_file(entry: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in entry["resources"] if row["audience"] == "open")
