"""From a plan item to an entry of the catalogue: codes, kept ids, pinned fields, stored files.

Provenance by field: the ledger keeps a hash of every field as it was stored after the last harvest. A field
that differs when the next change arrives was edited by hand; it is pinned and survives. Limits: resources are
matched and replaced as the source says, edits of their titles by hand do not survive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader

from ckanext.govshare.exchange import clean, load
from ckanext.govshare.exchange.problems import ROWS_DIFFER, ROWS_NOT_LOADED, problem
from ckanext.govshare.exchange.resources import keep_ids
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.codes import code_name
from ckanext.govshare.kernel.findings import Finding, Severity
from ckanext.govshare.kernel.states import CatalogueState

CORE = ("title", "notes", "license_id")
# Set by the engine or the server: never pinned.
OURS = frozenset(
    {
        "resource_code",
        "catalogue_state",
        "profile",
        "data_updated",
        "source_point",
        "source_guid",
        "owner_org",
    }
)
# Filled by the server when a form leaves it blank: a date that appears there is nobody's edit.
DEFAULTED = frozenset({"pub_date"})


@dataclass(frozen=True)
class Point:
    """What entries need to know of their exchange point."""

    id: str
    name: str
    organization_id: str
    default_class: str
    profile: str


@dataclass
class Prepared:
    """A record as an entry that the catalogue can take.

    :param entry: all fields, the server's too; with ``id`` it is an update
    :param package_id: the entry that it updates, if it does
    :param pins: fields that people edited
    :param loads: files whose rows are to go into the DataStore
    """

    entry: dict[str, Any]
    package_id: str | None
    pins: list[str]
    loads: list[dict[str, Any]]


@dataclass
class Saved:
    """What came of an item.

    :param hashes: field → hash of its stored value
    :param loads: files whose rows are to go into the DataStore
    """

    package_id: str
    code: str
    name: str
    pins: list[str]
    hashes: dict[str, str]
    loads: list[dict[str, Any]] = field(default_factory=list)


def save(
    context: dict[str, Any],
    point: Point,
    run_id: str,
    item: Mapping[str, Any],
    known: Mapping[str, Any] | None,
    codes: Iterator[str],
) -> Saved:
    """Create or update the entry of an item, inside the caller's savepoint.

    :param known: the ledger's row of the record, if it has one
    :param codes: codes for new entries that bring none
    :raises ValidationError: the catalogue refuses it
    """
    ready = prepare(context, point, item, known, codes)
    answer = tk.get_action("govshare_entry_apply")(context, {"entry": ready.entry, "run_id": run_id})
    package = model.Package.get(answer["id"])
    return _saved(package, ready, tags_of(package))


def create(
    context: dict[str, Any], point: Point, run_id: str, items: Sequence[Mapping[str, Any]], codes: Iterator[str]
) -> list[Saved | dict[str, Any]]:
    """Create the entries of many items at once, inside the caller's transaction.

    :param codes: codes for those that bring none
    :returns: for each what came of it, or its errors by field
    """
    ready = [prepare(context, point, item, None, codes) for item in items]
    answers = tk.get_action("govshare_entries_create")(
        context, {"entries": [one.entry for one in ready], "run_id": run_id}
    )
    made = model.Session.scalars(
        sa.select(model.Package).where(model.Package.id.in_([answer["id"] for answer in answers if "id" in answer]))
    )
    packages = {package.id: package for package in made}
    return [
        answer["errors"] if "errors" in answer else _saved(packages[answer["id"]], one, answer["tags"])
        for one, answer in zip(ready, answers, strict=True)
    ]


def _saved(package: model.Package, ready: Prepared, tags: list[str]) -> Saved:
    return Saved(
        package_id=package.id,
        code=package.extras.get("resource_code", ""),
        name=package.name,
        pins=ready.pins,
        hashes=hashes(package, tags),
        loads=name_resources(package, ready.loads),
    )


def prepare(
    context: dict[str, Any],
    point: Point,
    item: Mapping[str, Any],
    known: Mapping[str, Any] | None,
    codes: Iterator[str] | None,
) -> Prepared:
    """Make of an item what the catalogue is to hold; its files go into the store.

    :param known: the ledger's row of the record, if it has one
    :param codes: codes for new entries that bring none; None where the code is given later
    """
    entry = clean.json(item["data"]["entry"])
    entry |= {
        "owner_org": point.organization_id,
        "profile": point.profile,
        "source_point": point.name,
        "source_guid": item["guid"],
    }
    package_id = known["package_id"] if known else None
    pins: list[str] = []
    if package_id:
        pins = merge(entry, package_id, known, item["data"].get("initial") or ())
    else:
        entry["catalogue_state"] = CatalogueState.PUBLISHED.value
        if not entry.get("resource_code") and codes is not None:
            entry["resource_code"] = next(codes)
        if entry.get("resource_code"):
            entry["name"] = code_name(entry["resource_code"])
    return Prepared(entry, package_id, pins, _store_files(context, entry))


def merge(
    entry: dict[str, Any], package_id: str, known: Mapping[str, Any], initial: tuple[str, ...] | list[str]
) -> list[str]:
    """Make a harvested entry the update of a stored one: its identity, kept ids, and what people wrote."""
    package = model.Package.get(package_id)
    stored = tk.get_action("package_show")(
        {"ignore_auth": True, "user": "", "use_cache": False}, {"id": package_id}
    )
    now = hashes(package, tags_of(package))
    then = known["applied"]
    pins = set(known["pins"])
    if then:
        pins |= {name for name in {*now, *then} - DEFAULTED if now.get(name) != then.get(name)}
        pins |= {name for name in DEFAULTED & then.keys() if now.get(name) != then[name]}
    for name in {*pins, *initial}:
        if name in stored:
            entry[name] = stored[name]
        else:
            entry.pop(name, None)
    entry["id"] = package.id
    entry["resource_code"] = package.extras.get("resource_code", "")
    if package.extras.get("catalogue_state") == CatalogueState.SUSPENDED.value:
        entry["catalogue_state"] = CatalogueState.PUBLISHED.value
    entry["resources"] = keep_ids(stored.get("resources") or [], entry.get("resources") or [])
    if "tags" in pins:
        entry.pop("tag_string", None)
    return sorted(pins)


def tags_of(package: model.Package) -> list[str]:
    """Names of the tags of an entry."""
    return [tag.name for tag in package.get_tags()]


def hashes(package: model.Package, tags: Iterable[str]) -> dict[str, str]:
    """Hash by field of what is stored; empty fields have none."""
    values = {name: getattr(package, name) for name in CORE} | dict(package.extras)
    values["tags"] = sorted(tags)
    return {
        name: hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
        for name, value in values.items()
        if name not in OURS and value not in (None, "", [])
    }


def _store_files(context: dict[str, Any], entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Put the files that came with the record into the store; answers those whose rows are to be loaded."""
    loads = []
    for resource in entry.get("resources") or ():
        facts = resource.pop("_file", None)
        if not facts:
            continue
        stored = tk.get_action("govshare_file_store")(
            dict(context),
            {"path": facts["path"], "filename": facts.get("filename") or Path(facts["path"]).name},
        )
        resource |= stored
        entry["data_updated"] = clock.now().isoformat(timespec="seconds")
        if facts.get("rows") is None:
            continue  # no table
        resource |= {"rows": facts["rows"], "columns": facts.get("columns"), "datastore_active": True}
        loads.append(
            {
                "hash": stored["hash"],
                "source_rows": facts.get("source_rows", facts.get("rows")),
                "rows": facts.get("rows"),
                "header": facts.get("header"),
                "items": entry.get("info_items") or [],
            }
        )
    return loads


def name_resources(package: model.Package, loads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write into each file to load which resource of the entry holds it, in their order."""
    found: list[model.Resource] = []
    for wanted in loads:
        found.append(
            next(
                resource
                for resource in package.resources
                if resource.hash == wanted["hash"] and resource not in found
            )
        )
        wanted["resource_id"] = found[-1].id
    return loads


def suspend(context: dict[str, Any], run_id: str, package_id: str) -> None:
    """Hide the entry of a record that its source no longer has; one that the office withdrew stays so."""
    package = model.Package.get(package_id)
    if package is not None and package.extras.get("catalogue_state") == CatalogueState.PUBLISHED.value:
        tk.get_action("govshare_entry_state")(
            {**context, "govshare_engine": True, "govshare_run": run_id},
            {"id": package_id, "state": CatalogueState.SUSPENDED.value, "reason": "missing"},
        )


def load_rows(loads: list[dict[str, Any]]) -> list[Finding]:
    """Load the rows of stored files into the DataStore and compare the three counts. Doing it again changes
    nothing.

    :returns: what went wrong
    """
    found = []
    for wanted in loads:
        path = Path(
            uploader.get_resource_uploader({"id": wanted["resource_id"]}).get_path(wanted["resource_id"])
        )
        try:
            rows = load.load(wanted["resource_id"], path, load.columns(load.header(path), wanted["items"]))
        except (load.DoesNotFit, tk.ValidationError, OSError, UnicodeDecodeError) as error:
            found.append(problem(ROWS_NOT_LOADED, Severity.WARN, error=str(error)[:300]))
            continue
        counts = {"source": wanted["source_rows"], "file": wanted["rows"], "table": rows}
        if len({count for count in counts.values() if count is not None}) > 1:
            found.append(problem(ROWS_DIFFER, Severity.WARN, **counts))
    return found
