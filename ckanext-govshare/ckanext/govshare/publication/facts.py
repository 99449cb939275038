"""Facts for the counting rule, read from CKAN's tables in two statements a measure, whatever their number.

SQLAlchemy core on CKAN's tables, read only; only active packages. Extras of packages and groups are JSONB of
strings, those of resources are JSON kept as text.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.counting import ApplicationFacts, DatasetFacts, FileFacts, LinkState

PACKAGE = model.Package.__table__
RESOURCE = model.Resource.__table__
GROUP = model.Group.__table__
FILE_EXTRAS = sa.cast(sa.cast(RESOURCE.c.extras, sa.Text), JSONB)


@dataclass(frozen=True)
class Candidate:
    """Facts for the rule, with what pages and ledgers say of the candidate."""

    facts: DatasetFacts | ApplicationFacts
    name: str
    resource_code: str
    organization: dict[str, str] | None
    region: str
    rows: int = 0


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


def _link(text: str | None) -> LinkState:
    return LinkState(text) if text in {state.value for state in LinkState} else LinkState.UNKNOWN


def codes_of(value: str | list[str] | None) -> list[str]:
    """The codes in a list field: a list, JSON as scheming stores it, or words between commas."""
    found: Any = value or []
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except ValueError:
            found = re.split(r"[,，、;；\s]+", value)
    return [
        str(code).strip() for code in (found if isinstance(found, list) else [found]) if str(code).strip()
    ]


def _organization(row: Any) -> dict[str, str] | None:
    return {"id": row.org_id, "name": row.org_name, "title": row.org_title} if row.org_id else None


def _packages(package_type: str, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(
            PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title, PACKAGE.c.private, PACKAGE.c.metadata_created,
            GROUP.c.id.label("org_id"), GROUP.c.name.label("org_name"), GROUP.c.title.label("org_title"),
            sa.func.coalesce(GROUP.c.extras["region"].astext, "").label("region"),
            (GROUP.c.extras["government"].astext == "1").label("government"),
            *columns,
        )
        .select_from(
            PACKAGE.outerjoin(GROUP, sa.and_(GROUP.c.id == PACKAGE.c.owner_org, GROUP.c.state == "active"))
        )
        .where(PACKAGE.c.type == package_type, PACKAGE.c.state == "active")
    )  # fmt: skip


def datasets() -> list[Candidate]:
    """Every active entry whose open type is 1 or 2, published or not.

    :returns: candidates with the facts of their files of audience *open*; two statements
    """
    open_types = PACKAGE.c.extras["open_type"].astext.in_(("1", "2"))
    items = sa.func.coalesce(PACKAGE.c.extras["info_items"].astext, "")
    rows = model.Session.execute(
        _packages(
            "dataset",
            PACKAGE.c.license_id,
            items.not_in(("", "[]", "null")).label("has_items"),
            sa.or_(
                sa.func.coalesce(PACKAGE.c.extras["contact_phone"].astext, "") != "",
                sa.func.coalesce(PACKAGE.c.extras["source_url"].astext, "") != "",
            ).label("apply_channel"),
            *(_extra(key) for key in (
                "resource_code", "profile", "catalogue_state", "open_type", "open_condition", "format_class",
                "update_cycle", "pub_date", "data_updated",
            )),
        ).where(open_types)
    ).all()  # fmt: skip
    files = _open_files(sa.select(PACKAGE.c.id).where(PACKAGE.c.type == "dataset", open_types))
    return [_dataset(row, files[row.id]) for row in rows]


def _dataset(row: Any, files: list[FileFacts]) -> Candidate:
    facts = DatasetFacts(
        id=row.id,
        title=row.title or row.name,
        organization=row.org_id or "",
        government=bool(row.government),
        profile=row.profile or "national",
        catalogue_state=row.catalogue_state or "published",
        private=bool(row.private),
        open_type=row.open_type,
        open_condition=row.open_condition,
        apply_channel=row.apply_channel,
        licence=row.license_id or "",
        format_class=row.format_class,
        has_items=row.has_items,
        update_cycle=row.update_cycle,
        published=_day(row.pub_date) or _beijing(row.metadata_created),
        data_updated=_day(row.data_updated),
        files=tuple(files),
    )
    total = sum(file.rows or 0 for file in files if file.reviewed)
    return Candidate(facts, row.name, row.resource_code, _organization(row), row.region, total)


def _open_files(packages: sa.Select[Any]) -> defaultdict[str, list[FileFacts]]:
    found: defaultdict[str, list[FileFacts]] = defaultdict(list)
    for row in model.Session.execute(
        sa.select(
            RESOURCE.c.package_id, RESOURCE.c.format, RESOURCE.c.url_type, RESOURCE.c.size, RESOURCE.c.hash,
            FILE_EXTRAS["rows"].astext.label("row_count"),
            FILE_EXTRAS["link_state"].astext.label("link_state"),
            FILE_EXTRAS["opening"].astext.label("opening"),
        )
        .where(
            RESOURCE.c.state == "active", FILE_EXTRAS["audience"].astext == "open",
            RESOURCE.c.package_id.in_(packages),
        )
        .order_by(RESOURCE.c.package_id, RESOURCE.c.position)
    ):  # fmt: skip
        found[row.package_id].append(
            FileFacts(
                format=row.format or "",
                linked=not row.url_type,
                link_state=_link(row.link_state),
                rows=_number(row.row_count),
                size=row.size,
                digest=row.hash or "",
                opening=row.opening or "waiting",
            )
        )
    return found


def applications(open_entries: set[str]) -> list[Candidate]:
    """Every active data application, approved or not.

    :param open_entries: resource codes, names and ids of the entries that the public may see
    :returns: candidates; two statements
    """
    keys = (
        "app_form",
        "app_id",
        "doi",
        "approved",
        "own_use",
        "proof_checked",
        "link_state",
        "dataset_codes",
    )
    rows = model.Session.execute(
        _packages("application", PACKAGE.c.url.label("address"), *(_extra(key) for key in keys))
    ).all()
    files = dict(
        model.Session.execute(
            sa.select(RESOURCE.c.package_id, sa.func.min(sa.func.coalesce(RESOURCE.c.hash, RESOURCE.c.id)))
            .where(RESOURCE.c.state == "active", RESOURCE.c.package_id.in_([row.id for row in rows]))
            .group_by(RESOURCE.c.package_id)
        ).all()
    )
    return [_application(row, files.get(row.id, ""), open_entries) for row in rows]


def _application(row: Any, file_digest: str, open_entries: set[str]) -> Candidate:
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
        open_datasets=len(open_entries.intersection(codes_of(row.dataset_codes))),
        published=_beijing(row.metadata_created),
    )
    return Candidate(facts, row.name, "", _organization(row), row.region)


def open_entries(codes: list[str]) -> dict[str, dict[str, str]]:
    """The entries that the public sees under some resource codes, names or ids; at most one statement.

    :returns: code as given → ``{name, title}``, in the order given; a code that leads nowhere is left out
    """
    if not codes:
        return {}
    code = PACKAGE.c.extras["resource_code"].astext
    rows = model.Session.execute(
        sa.select(PACKAGE.c.id, PACKAGE.c.name, code.label("code"), PACKAGE.c.title).where(
            PACKAGE.c.type == "dataset", PACKAGE.c.state == "active", PACKAGE.c.private.is_(False),
            PACKAGE.c.extras["open_type"].astext.in_(("1", "2")),
            PACKAGE.c.extras["catalogue_state"].astext == "published",
            sa.or_(PACKAGE.c.id.in_(codes), PACKAGE.c.name.in_(codes), code.in_(codes)),
        )
    ).all()  # fmt: skip
    known = {key: {"name": r.name, "title": r.title} for r in rows for key in (r.id, r.name, r.code)}
    return {code: known[code] for code in codes if code in known}


@dataclass(frozen=True)
class Departments:
    """Departments of the government on this site, and how many of them have a published entry."""

    total: int
    with_entries: int


def departments() -> Departments:
    """Count the organisations marked as government, an office only if it publishes; one statement."""
    public = sa.exists().where(
        PACKAGE.c.owner_org == GROUP.c.id, PACKAGE.c.type == "dataset", PACKAGE.c.state == "active",
        PACKAGE.c.private.is_(False),
    )  # fmt: skip
    org_type = sa.func.coalesce(GROUP.c.extras["org_type"].astext, "")
    row = model.Session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(public)).where(
            GROUP.c.is_organization.is_(True), GROUP.c.state == "active",
            GROUP.c.extras["government"].astext == "1", sa.or_(org_type != "office", public),
            sa.func.coalesce(GROUP.c.extras["closed_on"].astext, "") == "",
        )
    ).one()  # fmt: skip
    return Departments(total=row[0], with_entries=row[1])
