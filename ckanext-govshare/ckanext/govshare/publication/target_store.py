"""Targets as they are kept and shown. No function here checks rights or commits: actions do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.kernel import codelists
from ckanext.govshare.publication import target_rules, target_words
from ckanext.govshare.publication.model import Measure, Scope, Target, TargetLock
from ckanext.govshare.publication.service import plain, stamp
from ckanext.govshare.publication.target_rules import Step

KEPT_QUIET = ("created_by", "changed_by")
WORDS = ("title", "title_en", "publish_departments")
"""What may change when the row of the due date is locked: how it is called and shown, never what it asks for."""
Errors = dict[str, list[str]]


def values(target: Target) -> dict[str, Any]:
    """The columns of a target as JSON values."""
    shown = {column.name: getattr(target, column.name) for column in Target.__table__.columns}
    for internal in KEPT_QUIET:
        shown.pop(internal)
    for key, value in shown.items():
        if isinstance(value, datetime):
            shown[key] = stamp(value)
        elif isinstance(value, date):
            shown[key] = value.isoformat()
        elif isinstance(value, Decimal):
            shown[key] = plain(value)
    return shown


def shown(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """Targets with what pages say of them; two statements whatever their number.

    :returns: :func:`values`, ``unit``, ``organization: {id, name, title}`` or None, ``field_title``, ``locked``
    """
    found = list(targets)
    wanted = {target.organization_id for target in found if target.organization_id}
    group = model.Group
    organizations = {}
    if wanted:
        rows = model.Session.execute(sa.select(group.id, group.name, group.title).where(group.id.in_(wanted)))
        organizations = {row.id: {"id": row.id, "name": row.name, "title": row.title} for row in rows}
    locked = locked_ids(found)
    fields = codelists.installed()["open_domain"]
    return [
        {
            **values(target),
            "unit": Measure(target.measure).unit,
            "organization": organizations.get(target.organization_id or ""),
            "field_title": getattr(fields.get(target.field), "zh", ""),
            "locked": target.id in locked,
        }
        for target in found
    ]


def locked_ids(targets: Iterable[Target]) -> set[str]:
    """Those of the targets whose due date has its row."""
    ids = [target.id for target in targets]
    if not ids:
        return set()
    locks = sa.select(TargetLock.target_id).where(TargetLock.target_id.in_(ids))
    return set(model.Session.scalars(locks))


def hold() -> None:
    """Let one transaction at a time set targets: what it read of the sequence stays so until it ends."""
    model.Session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('govshare_target'))"))


def lock(target: Target) -> Target:
    """The target, held against the timer that would write its final row."""
    statement = sa.select(Target).where(Target.id == target.id).with_for_update()
    found = model.Session.scalars(statement.execution_options(populate_existing=True)).first()
    if found is None:
        raise tk.ObjectNotFound(tk._("Target not found"))
    return found


def kind_of(row: dict[str, Any]) -> tuple[str, ...]:
    """What must be equal for targets to stand in one sequence."""
    return (
        row["measure"],
        row["scope"],
        row["region"],
        row.get("organization") or "",
        row.get("field") or "",
    )


def step_of(target: Target) -> Step:
    """A target that stands, in its sequence."""
    kind = (
        target.measure,
        target.scope,
        target.region,
        target.organization_id or "",
        target.field or "",
    )
    return Step(kind, target.due, target.at_least, target.title)


def standing(regions: Iterable[str]) -> list[Target]:
    """The targets of some regions, by measure and scope in sequence."""
    order = (Target.measure, Target.scope, Target.organization_id, Target.field, Target.due, Target.id)
    return list(
        model.Session.scalars(sa.select(Target).where(Target.region.in_(set(regions))).order_by(*order))
    )


def faults(row: dict[str, Any]) -> Errors:
    """What is wrong with one target by itself, and its amount as a number.

    :param row: what the schema made of it; ``at_least`` becomes a Decimal, ``organization`` is an id
    """
    errors = changeable_faults(row)
    measure, scope = Measure(row["measure"]), Scope(row["scope"])
    if not target_rules.scope_fits(measure, scope):
        errors["scope"] = [target_words.scope(measure, scope)]
    return errors | _place(row, scope)


def changeable_faults(row: dict[str, Any]) -> Errors:
    """As :func:`faults`, of what may still be changed when a target stands."""
    errors: Errors = {}
    measure = Measure(row["measure"])
    number = target_rules.amount(measure, row["at_least"])
    if number is None:
        errors["at_least"] = [target_words.amount(measure)]
    else:
        row["at_least"] = number
    if row["publish_departments"] and not measure.public:
        errors["publish_departments"] = [tk._("This measure is internal and is never published")]
    return errors


def _place(row: dict[str, Any], scope: Scope) -> Errors:
    """A department where the scope is one, a field where it is one, and nothing else."""
    errors: Errors = {}
    organization = row.get("organization")
    if (scope is Scope.DEPARTMENT) != bool(organization):
        errors["organization"] = [tk._("A target names a department exactly when its scope is department")]
    elif organization and roles.organization(organization).region != row["region"]:
        errors["organization"] = [tk._("The department is of another region")]
    if (scope is Scope.FIELD) != bool(row["field"]):
        errors["field"] = [tk._("A target names a field exactly when its scope is field")]
    return errors


def sequence_faults(rows: list[dict[str, Any]], kept: Iterable[Target]) -> dict[int, Errors]:
    """The new targets that do not fit to each other or to those that stand.

    :param rows: targets that are fine by themselves; None where one is not
    :param kept: the targets that stand and stay as they are
    """
    steps = [step_of(target) for target in kept]
    steps += [
        Step(kind_of(row), row["due"], row["at_least"], row["title"], place)
        for place, row in enumerate(rows)
        if row is not None
    ]
    found = {}
    for place, clash in target_rules.clashes(steps).items():
        field = "due" if clash.slug == "same_day" else "at_least"
        found[place] = {field: [target_words.clash(clash)]}
    return found


def make(row: dict[str, Any], user: str) -> Target:
    """A new target out of a row that is fine."""
    fields = {key: value for key, value in row.items() if not key.startswith("__") and key != "organization"}
    target = Target(**fields, organization_id=row.get("organization"), created_by=user)
    model.Session.add(target)
    model.Session.flush()
    return target


def of_milestones(errors: list[dict[str, Any]], several: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Faults of what all milestones share at its field, those of one at its place."""
    shared: dict[str, Any] = {}
    own: list[dict[str, Any]] = []
    for found, milestone in zip(errors, several, strict=True):
        mine = {key: value for key, value in found.items() if key in ("due", "at_least") or key in milestone}
        shared |= {key: value for key, value in found.items() if key not in mine}
        own.append(mine)
    return {**shared, **({"milestones": own} if any(own) else {})}


def differing(given: Mapping[str, Any], row: Mapping[str, Any], target: Target) -> dict[str, Any]:
    """What a row says otherwise than the target that it is; what it does not say stays."""
    keys = ("at_least", "title", "title_en", "rule_version", "publish_departments")
    return {key: row[key] for key in keys if key in given and row[key] != getattr(target, key)}


def locked_faults(changes: Mapping[str, Any]) -> dict[str, list[str]]:
    """Why a locked target may not be changed so; empty where it may."""
    message = tk._("The row of this due date is locked; set a new target instead")
    return {key: [message] for key in changes if key not in WORDS}
