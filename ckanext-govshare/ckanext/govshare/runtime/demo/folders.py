"""The folder of the agriculture bureau's front-end machine: catalogue workbook, data files, manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ckanext.govshare import schemas  # noqa: F401 - gives forms and code lists
from ckanext.govshare.kernel import codelists, forms
from ckanext.govshare.kernel.grid_form import Column, columns
from ckanext.govshare.kernel.grid_values import cell_of
from ckanext.govshare.runtime.demo import files

WORKBOOK = "目录.xlsx"
FILES = "数据文件"
_LEFT_OUT = ("resource_code",)


def make(folder: Path, entries: Iterable[Any], provider: str) -> None:
    """Make the folder, unless it is there; it appears whole or not at all.

    Args:
        folder: what the exchange point reads.
        entries: as `city.at_source` answers them.
        provider: title of the department.
    """
    if folder.exists():
        return
    fresh = folder.with_name(f".{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    entries = list(entries)
    for file in (file for entry in entries for file in entry.files):
        (fresh / file.filename).write_bytes(file.content)
    known = [column for column in columns(forms.installed()["dataset"]) if column.key not in _LEFT_OUT]
    rows = [row for entry in entries for row in _rows(entry, known, provider)]
    header = [*(column.heading for column in known), FILES]
    (fresh / WORKBOOK).write_bytes(files.xlsx_bytes(header, rows, "目录"))
    (fresh / "manifest.json").write_text(json.dumps(manifest(fresh), ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(folder)


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of what a folder holds."""
    listed = []
    for path in sorted(folder.iterdir()):
        if path.name != "manifest.json":
            content = path.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            listed.append({"name": path.name, "size": len(content), "sha256": sha256})
    return {"files": listed}


def _rows(entry: Any, known: list[Column], provider: str) -> Iterable[list[str]]:
    """One row an item; the columns of the entry stand on the first, its title on all."""
    fields = {
        **entry.fields,
        "owner_org": provider,
        "tag_string": "、".join(tag["name"] for tag in entry.fields["tags"]),
    }
    for place, item in enumerate(entry.fields["info_items"]):
        cells = [_cell(column, fields, item, first=place == 0) for column in known]
        yield [*cells, "；".join(file.filename for file in entry.files) if place == 0 else ""]


def _cell(column: Column, fields: dict[str, Any], item: dict[str, str], first: bool) -> str:
    if column.field is None:
        return ""
    if column.item:
        return cell_of(column.field, item.get(column.field.name), codelists.installed())
    if not first and column.key != "title":
        return ""
    return cell_of(column.field, fields.get(column.key), codelists.installed())
