"""What the catalogue holds of a department already, in a constant number of queries: to compare a file with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.govshare import cases
from ckanext.govshare.catalogue import reviewers
from ckanext.govshare.catalogue.model import Change, Code
from ckanext.govshare.kernel.cases import CHANGE
from ckanext.govshare.kernel.forms import Form
from ckanext.govshare.kernel.text import title_key

CORE = ("title", "notes", "license_id")
_BATCH = 5000


@dataclass
class Known:
    """One published entry.

    :param content: the fields of its form, in the shape of a change's content
    """

    id: str
    code: str
    content: dict[str, Any]
    profile: str
    resources: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Pending:
    """A change that is open.

    :param writable: whether its author still writes it; under review it is nobody's to write
    """

    id: str
    package_id: str | None
    data: dict[str, Any]
    writable: bool


class Inventory:
    """Everything of one type that a department has published or is about to.

    :param organization_id: the department
    :param codes: resource codes that the file names
    """

    def __init__(self, form: Form, organization_id: str, codes: set[str]):
        self.form = form
        self.entries = {entry.id: entry for entry in _entries(form, organization_id)}
        self.by_title = {
            title_key(str(entry.content.get("title") or "")): entry for entry in self.entries.values()
        }
        self.holders = _holders(codes)
        self.changes: dict[str, Pending] = {}
        self.new_changes: dict[str, Pending] = {}
        for pending in _pending(form.type, organization_id):
            if pending.package_id:
                self.changes.setdefault(pending.package_id, pending)
            else:
                self.new_changes.setdefault(title_key(str(pending.data.get("title") or "")), pending)

    def entry(self, code: str, title: str) -> Known | None:
        """The entry that a row means: by its present or a former code, without one by its title."""
        if code:
            return self.entries.get(self.holders.get(code, ""))
        return self.by_title.get(title_key(title)) if title else None

    def foreign(self, code: str) -> bool:
        """Whether a code is borne, now or before, by something that is not this department's entry of the type."""
        return code in self.holders and self.holders[code] not in self.entries


def _entries(form: Form, organization_id: str) -> list[Known]:
    rows = model.Session.execute(
        sa.select(
            model.Package.id,
            model.Package.title,
            model.Package.notes,
            model.Package.license_id,
            model.Package.extras,
        ).where(
            model.Package.owner_org == organization_id,
            model.Package.type == form.type,
            model.Package.state == "active",
        )
    ).all()
    found = []
    for row in rows:
        extras = dict(row.extras or {})
        content = {key: getattr(row, key) for key in CORE if getattr(row, key) and key in form}
        for item in form.fields:
            value = extras.get(item.name)
            if value not in (None, "") and item.name not in CORE:
                content[item.name] = _decoded(value) if item.kind in ("list", "items") else value
        found.append(
            Known(row.id, extras.get(form.code.field, ""), content, extras.get("profile") or "national")
        )
    by_id = {entry.id: entry for entry in found}
    if "tag_string" in form:
        for package_id, name in _tags(organization_id, form.type):
            if package_id in by_id:
                content = by_id[package_id].content
                content["tag_string"] = ",".join(filter(None, [content.get("tag_string", ""), name]))
    for resource in _resources(organization_id, form.type):
        if resource.package_id in by_id:
            by_id[resource.package_id].resources.append(
                {"name": resource.name, "url": resource.url, "format": resource.format, "hash": resource.hash}
                | dict(resource.extras or {})
            )
    return found


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _of(organization_id: str, package_type: str) -> tuple[Any, ...]:
    return (
        model.Package.owner_org == organization_id,
        model.Package.type == package_type,
        model.Package.state == "active",
    )


def _tags(organization_id: str, package_type: str) -> Any:
    return model.Session.execute(
        sa.select(model.PackageTag.package_id, model.Tag.name)
        .join(model.Tag, model.Tag.id == model.PackageTag.tag_id)
        .join(model.Package, model.Package.id == model.PackageTag.package_id)
        .where(model.PackageTag.state == "active", *_of(organization_id, package_type))
        .order_by(sa.collate(model.Tag.name, "C"))
    )


def _resources(organization_id: str, package_type: str) -> Any:
    resource = model.Resource
    return model.Session.execute(
        sa.select(
            resource.package_id, resource.name, resource.url, resource.format, resource.hash, resource.extras
        )
        .join(model.Package, model.Package.id == resource.package_id)
        .where(resource.state == "active", *_of(organization_id, package_type))
        .order_by(resource.position)
    )


def _holders(codes: set[str]) -> dict[str, str]:
    wanted, found = sorted(codes), {}
    for start in range(0, len(wanted), _BATCH):
        rows = model.Session.execute(
            sa.select(Code.code, Code.package_id).where(Code.code.in_(wanted[start : start + _BATCH]))
        )
        found.update({row.code: row.package_id for row in rows})
    return found


def _pending(package_type: str, organization_id: str) -> list[Pending]:
    rows = model.Session.execute(
        sa.select(Change.id, Change.package_id, Change.data, cases.Case.state)
        .join(cases.Case, cases.Case.id == Change.id)
        .where(
            Change.package_type == package_type,
            Change.purpose == "publish",
            cases.Case.organization_id == organization_id,
            cases.Case.state.in_(CHANGE.open_states()),
        )
        .order_by(cases.Case.since.desc(), Change.id)
    )
    return [Pending(row.id, row.package_id, row.data, row.state in reviewers.WRITABLE) for row in rows]
