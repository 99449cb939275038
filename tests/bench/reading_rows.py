"""Rows of entries, copied from those that the doors of a site made: part of reading_fill.py."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import reading_city

Row = dict[str, Any]
NAMESPACE = uuid.UUID("5f0b7d5e-7a52-4f0e-9a0c-3a3d3f1b7c11")


def ident(*parts: Any) -> str:
    """The id of a row: the same in every run."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, parts))))


def written(entry: Row) -> str:
    """When an entry was written, as core stores it: UTC without a zone, to the microsecond.

    (Core takes an entry from the index only if its moment there is equal in its first 22 characters.)
    """
    updated = datetime.fromisoformat(entry["data_updated"]).astimezone(timezone.utc).replace(tzinfo=None)
    return (updated + timedelta(seconds=1, microseconds=345_678)).isoformat()


class Rows:
    """The rows of any entry, copied from those that the doors made of an entry of its kind."""

    def __init__(self, ours: bool, owners: dict[str, str]):
        from ckan import model

        self.ours, self.owners, self.tags = ours, owners, {}
        self.connection = model.meta.engine.raw_connection()
        self.patterns = {number: self.stored(number) for number in range(len(reading_city.kinds()))}

    def read(self, statement: str, *values: Any) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def stored(self, number: int) -> dict[str, list[Row]]:
        """Rows of an entry as they lie in the tables."""
        key = ident(number)
        found = {
            "package": self.read("SELECT * FROM package WHERE id = %s", key),
            "resource": self.read("SELECT * FROM resource WHERE package_id = %s ORDER BY position", key),
            "package_tag": self.read(
                "SELECT package_tag.*, tag.name FROM package_tag JOIN tag ON tag.id = tag_id WHERE package_id = %s",
                key,
            ),
            "member": self.read("SELECT * FROM member WHERE table_id = %s", key),
        }
        if self.ours:
            found["govshare_code"] = self.read("SELECT * FROM govshare_code WHERE package_id = %s", key)
            log = "SELECT package_id, at, actor, kind, run_id, fields FROM govshare_change_log WHERE package_id = %s"
            found["govshare_change_log"] = self.read(log, key)
        return found

    def of(self, number: int) -> dict[str, list[Row]]:
        """Rows of an entry, from those of its kind."""
        entry, kind = reading_city.entry(number), self.patterns[number % len(self.patterns)]
        whole = entry if self.ours else reading_city.stock_entry(entry)
        key, owner = ident(number), self.owners[entry["owner_org"]]
        (package,) = kind["package"]
        extras = dict(package["extras"])
        own = whole if self.ours else {extra["key"]: extra["value"] for extra in whole["extras"]}
        extras |= {name: own[name] for name in ("resource_code", "pub_date", "data_updated")}
        if self.ours:
            extras["info_items"] = json.dumps(entry["info_items"])
        else:
            extras["items"] = own["items"]
        moment = written(entry)
        rows = {
            "package": [{
                **package, "id": key, "name": entry["name"], "title": entry["title"], "notes": entry["notes"],
                "owner_org": owner, "extras": extras, "metadata_created": moment, "metadata_modified": moment,
            }],
            "resource": [self._resource(number, place, said, kind["resource"][0])
                         for place, said in enumerate(whole["resources"])],
            "package_tag": [
                {"id": ident(number, name), "package_id": key, "tag_id": self.tag(name), "state": "active",
                 "name": name}
                for name in sorted({tag["name"] for tag in entry["tags"]})
            ],
            "member": [{**row, "id": ident(number, "member"), "table_id": key, "group_id": owner}
                       for row in kind["member"]],
        }  # fmt: skip
        if self.ours:
            rows["govshare_code"] = [
                {**row, "package_id": key, "code": entry["resource_code"]} for row in kind["govshare_code"]
            ]
            rows["govshare_change_log"] = [{**row, "package_id": key} for row in kind["govshare_change_log"]]
        return rows

    def _resource(self, number: int, place: int, said: Row, pattern: Row) -> Row:
        own = {name: said[name] for name in ("name", "description", "format", "url")}
        key, moment = ident(number, place), written(reading_city.entry(number))
        return {**pattern, **own, "id": key, "package_id": ident(number), "position": place, "created": moment,
                "metadata_modified": moment}  # fmt: skip

    def tag(self, name: str) -> str:
        """Id of a tag; one that is not there is made."""
        if not self.tags:
            self.tags = {row["name"]: row["id"] for row in self.read("SELECT id, name FROM tag")}
        if name not in self.tags:
            self.tags[name] = ident("tag", name)
            with self.connection.cursor() as cursor:
                cursor.execute("INSERT INTO tag (id, name) VALUES (%s, %s)", (self.tags[name], name))
        return self.tags[name]

    def check(self, numbers: Iterable[int]) -> None:
        """Assert that rows from patterns are those that the doors made, ids and moments apart."""
        for number in numbers:
            made, stored = comparable(self.of(number)), comparable(self.stored(number))
            assert made == stored, (number, different(made, stored))

    def copy(self, first: int, end: int) -> None:
        """Put entries into the tables."""
        files: dict[str, io.StringIO] = {}
        columns: dict[str, list[str]] = {}
        for number in range(first, end):
            for table, rows in self.of(number).items():
                file = files.setdefault(table, io.StringIO())
                for row in rows:
                    if table == "package_tag":
                        row.pop("name")
                    columns.setdefault(table, list(row))
                    file.write("\t".join(map(cell, row.values())) + "\n")
        with self.connection.cursor() as cursor:
            for table, file in files.items():
                file.seek(0)
                cursor.copy_expert(f"COPY {table} ({', '.join(columns[table])}) FROM STDIN", file)
        self.connection.commit()


def cell(value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


MOMENTS = {"id", "tag_id", "metadata_created", "metadata_modified", "created", "since", "at"}


def comparable(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows without what differs by nature, JSON read."""

    def plain(row: Row) -> Row:
        found = {key: value for key, value in row.items() if key not in MOMENTS}
        if isinstance(found.get("extras"), str):  # of a resource
            found["extras"] = json.loads(found["extras"])
        if "info_items" in (found.get("extras") or {}):
            found["extras"] = {**found["extras"], "info_items": json.loads(found["extras"]["info_items"])}
        return found

    return {table: sorted(map(plain, found), key=str) for table, found in rows.items()}


def different(made: Any, stored: Any) -> list[Any]:
    """The first rows that are not equal."""
    return [
        pair
        for table in stored
        for pair in zip(made[table], stored[table], strict=False)
        if pair[0] != pair[1]
    ][:1]
