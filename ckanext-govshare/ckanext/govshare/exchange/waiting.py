"""Records that wait for a person: what speaks of secrecy is proposed as a change, never published by the engine.

The ledger remembers the change. While it stands there, whatever the source says of the record goes to a person:
into the change while it is open, into a new one after a person took it back. An unchanged record does not come
back. When the office publishes the change, the catalogue calls :func:`published`: the entry is the record's from
then on, and what people corrected under way is pinned. (Standards: 条例809 第三条; 先审查后公开.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.exchange import entries
from ckanext.govshare.exchange.model import RECORD
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.states import CatalogueState

WORDING = "secrecy_wording"
# Fields of an entry that are no content: identity, and what the server sets.
FIELDS = ("catalogue_state", "profile", "source_point", "source_guid", "data_updated")
NO_CONTENT = frozenset({*FIELDS, "id", "name", "owner_org", "tags", "private", "state", "type"})


def needed(findings: Iterable[Finding], known: Any) -> bool:
    """Whether a person has to look before a record is published.

    :param known: the ledger's row of the record, if it has one
    """
    return any(found.slug == WORDING for found in findings) or (known is not None and bool(known.change_id))


def propose(
    context: dict[str, Any],
    point: entries.Point,
    run_id: str,
    item: Mapping[str, Any],
    known: Mapping[str, Any] | None,
) -> str:
    """Put the record of an item before a person, inside the caller's savepoint; its entry stays as it is.

    :param known: the ledger's row of the record, if it has one
    :returns: id of the change
    """
    ready = entries.prepare(context, point, item, known, None)
    fields = {name: ready.entry[name] for name in FIELDS if ready.entry.get(name)}
    content = {name: value for name, value in ready.entry.items() if name not in NO_CONTENT}
    content["resources"] = [
        {
            name: value for name, value in file.items() if name != "datastore_active"
        }  # once its rows are loaded
        for file in ready.entry.get("resources") or ()
    ]
    if ready.entry.get("tags") and not content.get("tag_string"):
        content["tag_string"] = ",".join(sorted(tag["name"] for tag in ready.entry["tags"]))
    answer = tk.get_action("govshare_change_propose")(
        context,
        {
            "package_type": "dataset",
            "id": ready.package_id,
            "owner_org": point.organization_id,
            "data": content,
            "actor": actor(point.name),
            "state": "submitted",
            "change_id": known["change_id"] if known else None,
            "origin": {
                "point": point.name,
                "point_id": point.id,
                "guid": item["guid"],
                "run": run_id,
                "profile": point.profile,
                "fields": {"catalogue_state": CatalogueState.PUBLISHED.value, **fields},
                "pins": ready.pins,
                "loads": ready.loads,
            },
        },
    )
    return answer["id"]


def take_back(context: dict[str, Any], point: entries.Point, change_id: str) -> None:
    """Take the change of a record back that its source no longer has; one that has ended stays as it ended."""
    tk.get_action("govshare_change_propose")(
        context, {"change_id": change_id, "actor": actor(point.name), "state": "withdrawn"}
    )


def actor(point_name: str) -> str:
    """Who is recorded as the author of what a point proposes; no user can bear such a name."""
    return f"exchange:{point_name}"


def published(package: model.Package, origin: Mapping[str, Any], edited: Iterable[str]) -> None:
    """The office published what a record proposed: its entry is known from now on, in the same transaction.

    :param origin: what :func:`propose` gave the change
    :param edited: fields of the content that people corrected on the way; they are pinned
    """
    here = sa.and_(RECORD.c.point_id == origin["point_id"], RECORD.c.guid == origin["guid"])
    pins = {*(origin.get("pins") or ()), *("tags" if name == "tag_string" else name for name in edited)}
    given = origin.get("given") or {}
    defaulted = {name for name in entries.DEFAULTED if not given.get(name)}  # filled in on the way, by nobody
    model.Session.execute(
        sa.update(RECORD)
        .where(here)
        .values(
            package_id=package.id,
            change_id=None,
            pins=sorted(pins - {"resources"} - defaulted),
            applied=entries.hashes(package, entries.tags_of(package)),
            changed=clock.now(),
        )
    )
    loads = [dict(wanted) for wanted in origin.get("loads") or ()]
    still_there = [
        wanted for wanted in loads if any(wanted["hash"] == file.hash for file in package.resources)
    ]
    if still_there:
        _load_when_committed(entries.name_resources(package, still_there))


def _load_when_committed(loads: list[dict[str, Any]]) -> None:
    """Set a worker to the rows of stored files as soon as the present transaction is committed."""

    @sa.event.listens_for(model.Session(), "after_commit", once=True)
    def _enqueue(_session: Any) -> None:
        tk.enqueue_job(entries.load_rows, [loads], title="govshare rows of an entry")
