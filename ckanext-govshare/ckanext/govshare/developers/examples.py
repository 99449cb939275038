"""The examples of the developers' pages: files of ``data/examples``, filled in with a table that this site has.

They run as tests, by the real programs against a served site (tests/developers/test_examples.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import MultiDict

from ckanext.govshare.developers import numbers, rows_asked, rows_read
from ckanext.govshare.developers.rows_asked import Column

NAMES = ("first.sh", "first.py", "first.js", "whole.py", "search.sh", "key.sh")
PLAIN = re.compile(r"[\w\u4e00-\u9fff]{1,40}")  # what may stand in a program as it is
CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
LOOKED_AT = 50  # entries among which one with rows is looked for


@dataclass(frozen=True)
class Sample:
    """A public table, for the examples.

    :param column: a column whose label can stand in a program
    :param word: a word that its first cell begins with
    """

    entry: dict[str, Any]
    file: dict[str, Any]
    number: int
    columns: list[Column]
    column: Column
    word: str

    @property
    def code(self) -> str:
        """Code of the entry."""
        return self.entry["resource_code"]


def sample() -> Sample | None:
    """A table that everybody may read by program; None where the site has none yet."""
    for entry in _candidates():
        places = None
        for file in entry.get("resources", []):
            if not (file.get("datastore_active") and file.get("url")):
                continue
            try:
                columns = rows_read.columns_of(file["id"], rows_read.titles(entry))
            except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
                continue
            places = places or numbers.of_entry(entry["id"])
            found = _word(file["id"], columns)
            if found and file["id"] in places:
                return Sample(entry, file, places[file["id"]], columns, *found)
    return None


def _candidates() -> Iterator[dict[str, Any]]:
    """Open entries; first those that came through exchange points, whose files have rows."""
    for more in ("+source_point:[* TO *]", "-source_point:[* TO *]"):
        query = {"fq": f"+dataset_type:dataset +open_type:1 {more}", "rows": LOOKED_AT, "sort": "name asc"}
        try:
            yield from tk.get_action("package_search")({"user": ""}, query)["results"]
        except tk.ValidationError:
            return


def _word(resource_id: str, columns: list[Column]) -> tuple[Column, str] | None:
    """A column of text and a part of its first value, both fit to stand in a program; in Chinese if there is one."""
    asked = rows_asked.read(MultiDict({"rows": "1", "total": "false"}), columns)
    found = rows_read.read(resource_id, asked).rows
    words = [
        (column, str(value or "")[:2])
        for column, value in zip(columns, found[0] if found else (), strict=False)
        if column.kind == "text" and PLAIN.fullmatch(column.label) and PLAIN.fullmatch(str(value or "")[:2])
    ]
    return next((pair for pair in words if CHINESE.match(pair[1])), words[0] if words else None)


def first(found: Sample) -> dict[str, Any]:
    """What ``first.*`` are answered, its records alone."""
    asked = rows_asked.read(
        MultiDict({f"contains.{found.column.id}": found.word, "rows": "3"}), found.columns
    )
    read = rows_read.read(found.file["id"], asked)
    labels = [column.label for column in found.columns]
    return {"total": read.total, "records": [dict(zip(labels, row, strict=True)) for row in read.rows]}


def filled(found: Sample | None, key: str = "") -> dict[str, str]:
    """The examples by the name of their file; those of a table only where there is one.

    :param key: what stands for a key
    """
    values = {
        "@SITE@": str(tk.config["ckan.site_url"]).rstrip("/"),
        "@TITLE@": tk._("school"),
        "@KEY@": key or tk._("YOUR_KEY"),
    }
    if found is not None:
        values |= {
            "@CODE@": found.code,
            "@NUMBER@": str(found.number),
            "@COLUMN@": found.column.label,
            "@COLUMN_ID@": quote(found.column.id),
            "@WORD@": found.word,
        }
        if PLAIN.fullmatch(found.entry["title"]):
            values["@TITLE@"] = found.entry["title"]
    else:
        values |= {
            "@CODE@": "307001004/0007",
            "@NUMBER@": "1",
            "@COLUMN@": "站点名称",
            "@COLUMN_ID@": "stop_name",
            "@WORD@": "公交",
        }
    return {name: _fill(_text(name), values) for name in NAMES}


def _fill(text: str, values: dict[str, str]) -> str:
    return re.sub(r"@[A-Z_]+@", lambda found: values[found[0]], text)


@cache
def _text(name: str) -> str:
    return (
        (files("ckanext.govshare.developers") / "data" / "examples" / f"{name}.txt")
        .read_text(encoding="utf-8")
        .rstrip("\n")
    )
