"""The demo city as CKAN takes it: departments, entries with files, applications, targets, exchange points.

The YAML below `data/` is short, so that people can read and correct it; what follows from it (check
characters, class fields, share fields, formats) is worked out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ckanext.govshare.kernel import codes
from ckanext.govshare.runtime.demo import files
from ckanext.govshare.runtime.demo.generators import Column, make_rows, parse_column

DATA = Path(__file__).parent / "data"
FORMAT_CLASSES = {"xlsx": "2", "csv": "2", "json": "6", "pdf": "1"}
FILE, TABLE = "2", "1"


@dataclass(frozen=True)
class DemoFile:
    """One file of an entry.

    Attributes:
        filename: name on upload, in Chinese as a department would send it; empty for a link.
        format: `csv`, `xlsx`, `json` or `pdf`.
        audience: `open` or `share`.
        title: name of the resource on the page.
        content: the bytes; empty for a link.
        url: address of a linked file, else empty.
        link_state: what the link check has found of a linked file: `dead`, or nothing yet.
    """

    filename: str
    format: str
    audience: str
    title: str
    content: bytes = b""
    url: str = ""
    link_state: str = ""


@dataclass(frozen=True)
class DemoEntry:
    """One information resource: the fields of the catalogue and its files.

    `review` says how far its review before opening is to come: `waiting`, `signed`, or to its end (empty).
    """

    fields: dict[str, Any]
    files: tuple[DemoFile, ...]
    review: str = ""


@cache
def city() -> dict[str, Any]:
    """Region, counties, default licence and demo accounts."""
    return _read("city.yaml")


def departments() -> list[dict[str, Any]]:
    """Organisations in an order in which a parent precedes its children.

    Returns:
        The fields of `organization_create`; `uscc` with both check characters (GB 32100-2015, GB 11714).
    """
    return [_department(row) for row in _read("departments.yaml")]


def entries() -> list[DemoEntry]:
    """Every entry that the city registers itself (harvested ones come from the exchange points)."""
    found = [entry for path in sorted((DATA / "entries").glob("*.yaml")) for entry in _entries(path)]
    return sorted(found, key=lambda entry: (entry.fields["pub_date"], entry.fields["resource_code"]))


def at_source(department: str) -> list[DemoEntry]:
    """What a department's own system holds, for its exchange point to bring: with codes that it does not tell."""
    return _entries(DATA / "sources" / f"{department}.yaml")


def _entries(path: Path) -> list[DemoEntry]:
    known, found = contacts(), []
    for row in _load(path):
        columns = [parse_column(line) for line in row["items"]]
        fields = _entry_fields(row, columns, known[row["dept"]])
        found.append(DemoEntry(fields, tuple(_files(row, columns)), row.get("review", "")))
    return found


def applications() -> list[dict[str, Any]]:
    """Data applications; `proof_days_ago`, `page` and `file` are resolved when they are registered."""
    return _read("applications.yaml")


def targets() -> list[dict[str, Any]]:
    """The targets, as `govshare_target_load` takes them."""
    return _read("targets.yaml")


def tracking() -> dict[str, Any]:
    """Plans, applications that were handed in, and monthly reports, as demo/tracking.py takes them."""
    return _read("tracking.yaml")


def dialogue() -> list[dict[str, Any]]:
    """What the public wrote, and what became of it, as demo/dialogue.py takes it."""
    return _read("dialogue.yaml")


def announcements() -> list[dict[str, Any]]:
    """What the office announces, as demo/pages.py takes it."""
    return _read("announcements.yaml")


def points() -> list[dict[str, Any]]:
    """The exchange points; `{port}` in an address stands for that of the demo's server."""
    return _read("points.yaml")


def old_links() -> list[dict[str, Any]]:
    """Exchanges between departments from before the platform."""
    return _read("old_links.yaml")


def systems() -> list[dict[str, Any]]:
    """The information systems, short as in the YAML."""
    return _read("systems.yaml")


def work() -> dict[str, Any]:
    """What departments are at: `without_officer` and `changes`, as demo/desk.py takes them."""
    return _read("work.yaml")


def contacts() -> dict[str, dict[str, Any]]:
    """Rows of the departments by name, for contact and telephone."""
    return {row["name"]: row for row in _read("departments.yaml")}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def _read(name: str) -> Any:
    return _load(DATA / name)


def _department(row: dict[str, Any]) -> dict[str, Any]:
    region = row.get("region", city()["region"])
    body = row["body"] + codes.org_code_check_char(row["body"])
    first17 = f"{row['head']}{region}{body}"
    return {
        "name": row["name"],
        "title": row["title"],
        "name_en": row["name_en"],
        "short_names": row["short"],
        "org_type": row["type"],
        "region": region,
        "parent": row.get("parent", ""),
        "level": row.get("level", "3"),
        "uscc": first17 + codes.uscc_check_char(first17),
        "government": "1" if row.get("government", True) else "0",
        "review": "office",
    }


def _entry_fields(row: dict[str, Any], columns: list[Column], department: dict[str, Any]) -> dict[str, Any]:
    open_type = str(row.get("open", 1))
    share_type = str(row.get("share", 1 if open_type == "1" else 2))
    format_class, format_type = _format(row)
    return {
        "type": "dataset",
        "title": row["title"],
        "name": codes.code_name(row["code"]),
        "resource_code": row["code"],
        **codes.code_class(row["code"]).fields(),
        "owner_org": row["dept"],
        "lead_org": row["dept"] if not row["code"].startswith("3") else "",
        "provider_unit": row["unit"],
        "notes": row["notes"],
        "format_class": format_class,
        "format_type": format_type,
        "info_items": [_item(column, share_type) for column in columns],
        **_share_fields(row, share_type, format_class),
        "open_type": open_type,
        "open_condition": row.get("open_condition", ""),
        "no_open_reason": row.get("no_open_reason", ""),
        "open_domain": row["domain"],
        "update_cycle": row["cycle"],
        "pub_date": row["pub"],
        "data_updated": row.get("updated", ""),
        "source_system": row["system"],
        "license_id": row.get("license", city()["license"] if open_type != "3" else ""),
        "tags": [{"name": tag} for tag in row["tags"].split()],
        "contact_name": row.get("contact", department["contact"]),
        "contact_phone": department["phone"],
        "secret": "0",
        "is_demo": "1",
    }


def _format(row: dict[str, Any]) -> tuple[str, str]:
    if "format" in row:
        return str(row["format"][0]), row["format"][1]
    first = row["files"].split()[0]
    return FORMAT_CLASSES[first], first


def _item(column: Column, share_type: str) -> dict[str, str]:
    return {
        "name": column.name,
        "name_en": column.name_en,
        "type": column.type,
        "length": column.length,
        "share_type": share_type,
        "description": column.description,
    }


def _share_fields(row: dict[str, Any], share_type: str, format_class: str) -> dict[str, str]:
    if share_type == "3":
        return {key: row[key] for key in ("no_share_basis", "no_share_basis_level")} | {"share_type": "3"}
    mode, kind = row.get("share_mode", ["1", TABLE if format_class == "3" else FILE])
    fields = {"share_type": share_type, "share_mode": mode, "share_mode_type": kind}
    if share_type == "1":
        return {**fields, "share_condition": "无条件"}
    return fields | {key: row[key] for key in ("share_scope", "share_condition", "share_reason")}


def _files(row: dict[str, Any], columns: list[Column]) -> list[DemoFile]:
    title = row["title"]
    if "link" in row:
        link = row["link"]
        return [DemoFile("", link["format"], "open", title, url=link["url"], link_state=link["state"])]
    kinds = row["files"].split()
    if "text" in row:
        return [DemoFile(f"{title}.pdf", "pdf", "open", title, files.pdf_bytes(row["text"]))]
    header = [column.name for column in columns]
    rows = make_rows(row["code"], columns, row["rows"], row.get("per", 0)) if kinds else []
    return [
        DemoFile(f"{title}.{kind}", kind, "open", title, files.write(kind, header, rows)) for kind in kinds
    ]
