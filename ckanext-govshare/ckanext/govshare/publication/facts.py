"""Facts for the counting rules, read from CKAN's tables in a fixed number of statements, whatever their number.

SQLAlchemy core on CKAN's tables, read only; only active packages. Extras of packages and groups are JSONB of
strings, those of resources are JSON kept as text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import (
    ApplicationFacts,
    DatasetFacts,
    FileFacts,
    HookUpFacts,
    LinkState,
    SystemFacts,
)
from ckanext.govshare.publication.links_model import Link
from ckanext.govshare.publication.lookups import GROUP, PACKAGE, codes_of, open_entries
from ckanext.govshare.publication.model import Measure

RESOURCE = model.Resource.__table__
LINK = Link.__table__
FILE_EXTRAS = sa.cast(sa.cast(RESOURCE.c.extras, sa.Text), JSONB)
SERVICES = frozenset(("API", "OGC", "REST", "SOAP", "WFS", "WMS", "WMTS"))
ON_CLOUD = "1"

Facts = DatasetFacts | ApplicationFacts | HookUpFacts | SystemFacts
Ids = Collection[str] | None  # None: all


@dataclass(frozen=True)
class Candidate:
    """Facts for the rule, with what pages and ledgers say of the candidate, and where it belongs."""

    facts: Facts
    name: str
    resource_code: str = ""
    organization_id: str = ""
    region: str = ""
    field: str = ""
    rows: int = 0
    files: int = 0
    interface: bool = False

    @property
    def public(self) -> bool:
        """Whether the public may know that it is a candidate."""
        return bool(getattr(self.facts, "public", False))

    @property
    def open_type(self) -> str:
        return getattr(self.facts, "open_type", "")

    @property
    def published(self) -> date | None:
        return getattr(self.facts, "published", None)


def read(connection: Connection, measure: Measure, ids: Ids = None) -> dict[str, Candidate]:
    """The candidates of a measure.

    :param measure: one that has candidates of its own (`ledger.POPULATIONS`)
    :param ids: only these packages, as far as they are candidates
    :returns: package id → candidate
    """
    readers = {
        Measure.OPEN_DATASETS: _datasets,
        Measure.APPLICATIONS: _applications,
        Measure.HOOK_UP: _deliveries,
        Measure.CLOUD: _systems,
    }
    if ids is not None and not ids:
        return {}
    return {candidate.facts.id: candidate for candidate in readers[measure](connection, ids)}


def _extra(key: str) -> sa.ColumnElement[str]:
    return sa.func.coalesce(PACKAGE.c.extras[key].astext, "").label(key)


def _day(text: str | None) -> date | None:
    """A day in Beijing time from an ISO date or date-time; None when there is none that can be read."""
    if not text:
        return None
    try:
        if len(text) <= len("2026-01-01"):
            return date.fromisoformat(text)
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return _beijing(when) if when.tzinfo else when.date()


def _beijing(when: datetime) -> date:
    """The Beijing day of an instant; core's own naive times are UTC."""
    aware = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return aware.astimezone(clock.ZONE).date()


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _truth(text: str | None) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get((text or "").lower())


def _link(text: str | None) -> LinkState:
    return LinkState(text) if text in {state.value for state in LinkState} else LinkState.UNKNOWN


def _item_names(text: str) -> tuple[str, ...]:
    """Names of the items of an entry, in their order; none where the field cannot be read."""
    try:
        items = json.loads(text) if text else []
    except ValueError:
        return ()
    names = [item.get("name") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return tuple(str(name) for name in names if name)


def _packages(package_type: str, ids: Ids, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    chosen = () if ids is None else (PACKAGE.c.id.in_(ids),)
    return (
        sa.select(
            PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title, PACKAGE.c.private, PACKAGE.c.metadata_created,
            sa.func.coalesce(GROUP.c.id, "").label("organization_id"),
            sa.func.coalesce(GROUP.c.extras["region"].astext, "").label("region"),
            (GROUP.c.extras["government"].astext == "1").label("government"),
            *columns,
        )
        .select_from(
            PACKAGE.outerjoin(GROUP, sa.and_(GROUP.c.id == PACKAGE.c.owner_org, GROUP.c.state == "active"))
        )
        .where(PACKAGE.c.type == package_type, PACKAGE.c.state == "active", *chosen)
    )  # fmt: skip


DATASET_EXTRAS = (
    "resource_code",
    "profile",
    "catalogue_state",
    "open_type",
    "open_condition",
    "open_domain",
    "format_class",
    "update_cycle",
    "pub_date",
    "data_updated",
    "info_items",
)


def _datasets(connection: Connection, ids: Ids) -> Iterable[Candidate]:
    """Every active entry whose open type is 1 or 2, published or not, with its files of audience *open*."""
    rows = connection.execute(
        _packages(
            "dataset",
            ids,
            PACKAGE.c.license_id,
            sa.or_(
                sa.func.coalesce(PACKAGE.c.extras["contact_phone"].astext, "") != "",
                sa.func.coalesce(PACKAGE.c.extras["source_url"].astext, "") != "",
            ).label("apply_channel"),
            *(_extra(key) for key in DATASET_EXTRAS),
        ).where(PACKAGE.c.extras["open_type"].astext.in_(("1", "2")))
    ).all()
    files = _open_files(connection, None if ids is None else [row.id for row in rows])
    return [_dataset(row, files[row.id]) for row in rows]


def _dataset(row: Any, files: list[FileFacts]) -> Candidate:
    names = _item_names(row.info_items)
    facts = DatasetFacts(
        id=row.id,
        title=row.title or row.name,
        organization=row.organization_id,
        government=bool(row.government),
        profile=row.profile or "national",
        catalogue_state=row.catalogue_state or "published",
        private=bool(row.private),
        open_type=row.open_type,
        open_condition=row.open_condition,
        apply_channel=row.apply_channel,
        licence=row.license_id or "",
        format_class=row.format_class,
        has_items=bool(names),
        columns=names,
        update_cycle=row.update_cycle,
        published=_day(row.pub_date) or _beijing(row.metadata_created),
        data_updated=_day(row.data_updated),
        files=tuple(files),
    )
    opened = [file for file in files if file.reviewed]
    return Candidate(
        facts,
        row.name,
        row.resource_code,
        row.organization_id,
        row.region,
        row.open_domain,
        rows=sum(file.rows or 0 for file in opened),
        files=len(opened),
        interface=any(file.interface and file.alive for file in opened),
    )


def _open_files(connection: Connection, ids: Ids) -> defaultdict[str, list[FileFacts]]:
    chosen = () if ids is None else (RESOURCE.c.package_id.in_(ids),)
    found: defaultdict[str, list[FileFacts]] = defaultdict(list)
    keys = ("rows", "opening", "datastore_active", "parses", "blank_percent", "forced")
    for row in connection.execute(
        sa.select(
            RESOURCE.c.package_id, RESOURCE.c.format, RESOURCE.c.url_type, RESOURCE.c.size, RESOURCE.c.hash,
            LINK.c.state.label("link_state"),
            *(FILE_EXTRAS[key].astext.label(f"x_{key}") for key in keys),
        )
        .select_from(RESOURCE.outerjoin(LINK, LINK.c.key == sa.func.md5(RESOURCE.c.url)))
        .where(RESOURCE.c.state == "active", FILE_EXTRAS["audience"].astext == "open", *chosen)
        .order_by(RESOURCE.c.package_id, RESOURCE.c.position)
    ):  # fmt: skip
        found[row.package_id].append(
            FileFacts(
                format=row.format or "",
                linked=not row.url_type,
                link_state=_link(row.link_state),
                rows=_number(row.x_rows),
                size=row.size,
                digest=row.hash or "",
                opening=row.x_opening or "waiting",
                interface=bool(_truth(row.x_datastore_active)) or (row.format or "").upper() in SERVICES,
                parses=_truth(row.x_parses),
                blank_percent=_number(row.x_blank_percent),
                forced=bool(_truth(row.x_forced)),
            )
        )
    return found


APPLICATION_EXTRAS = ("app_form", "app_id", "doi", "approved", "own_use", "proof_checked", "dataset_codes")


def _applications(connection: Connection, ids: Ids) -> Iterable[Candidate]:
    """Every active data application, approved or not, with the number of open entries that it uses."""
    rows = connection.execute(
        _packages(
            "application",
            ids,
            PACKAGE.c.url.label("address"),
            sa.select(LINK.c.state)
            .where(LINK.c.key == sa.func.md5(PACKAGE.c.url))
            .scalar_subquery()
            .label("link_state"),
            *(_extra(key) for key in APPLICATION_EXTRAS),
        )
    ).all()
    files = dict(
        connection.execute(
            sa.select(RESOURCE.c.package_id, sa.func.min(sa.func.coalesce(RESOURCE.c.hash, RESOURCE.c.id)))
            .where(RESOURCE.c.state == "active", RESOURCE.c.package_id.in_([row.id for row in rows]))
            .group_by(RESOURCE.c.package_id)
        ).all()
    )
    codes = {code for row in rows for code in codes_of(row.dataset_codes)}
    known = open_entries(sorted(codes), connection)
    return [_application(row, files.get(row.id, ""), known) for row in rows]


def _application(row: Any, file_digest: str, known: Collection[str]) -> Candidate:
    facts = ApplicationFacts(
        id=row.id,
        title=row.title or row.name,
        form=row.app_form,
        approved=row.approved == "1",
        own_use=row.own_use == "1",
        url=row.address or "",
        app_id=row.app_id,
        doi=row.doi,
        file_digest=file_digest,
        link_state=_link(row.link_state),
        proof_checked=_day(row.proof_checked),
        open_datasets=sum(code in known for code in set(codes_of(row.dataset_codes))),
        published=_beijing(row.metadata_created),
    )
    return Candidate(facts, row.name, "", row.organization_id, row.region)


def _deliveries(connection: Connection, ids: Ids) -> Iterable[Candidate]:
    """Published entries that departments are to deliver to each other (sharing class 1 and 2)."""
    attached = sa.exists().where(RESOURCE.c.package_id == PACKAGE.c.id, RESOURCE.c.state == "active")
    fed = sa.func.coalesce(PACKAGE.c.extras["source_point"].astext, "") != ""
    rows = connection.execute(
        _packages(
            "dataset",
            ids,
            sa.or_(attached, fed).label("hooked_up"),
            *(_extra(key) for key in ("resource_code", "open_domain", "catalogue_state", "pub_date")),
        ).where(
            PACKAGE.c.extras["share_type"].astext.in_(("1", "2")),
            PACKAGE.c.extras["catalogue_state"].astext == "published",
        )
    )
    return [
        Candidate(
            HookUpFacts(
                id=row.id,
                title=row.title or row.name,
                organization=row.organization_id,
                state=row.catalogue_state,
                due=True,
                hooked_up=row.hooked_up,
            ),
            row.name,
            row.resource_code,
            row.organization_id,
            row.region,
            row.open_domain,
        )
        for row in rows
    ]


def _systems(connection: Connection, ids: Ids) -> Iterable[Candidate]:
    """Published information systems of the register."""
    keys = ("system_code", "cloud_state", "catalogue_state")
    state = sa.func.coalesce(PACKAGE.c.extras["catalogue_state"].astext, "published")
    rows = connection.execute(
        _packages("information-system", ids, *(_extra(key) for key in keys)).where(state == "published")
    )
    return [
        Candidate(
            SystemFacts(
                id=row.id,
                title=row.title or row.name,
                organization=row.organization_id,
                state="published",
                cloud=row.cloud_state == ON_CLOUD,
            ),
            row.name,
            row.system_code,
            row.organization_id,
            row.region,
        )
        for row in rows
    ]
