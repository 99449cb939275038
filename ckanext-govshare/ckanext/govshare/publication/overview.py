"""Beside the numbers: open data sets by field and department, and facts of their quality."""

from __future__ import annotations

from typing import Any

from ckanext.govshare import roles
from ckanext.govshare.kernel import clock, counting, marks
from ckanext.govshare.publication import lookups
from ckanext.govshare.publication.count import OPENINGS, current
from ckanext.govshare.publication.ledger_read import organizations
from ckanext.govshare.publication.model import Measure, Scope, Target
from ckanext.govshare.publication.service import field_title, plain, targets


def matrix(region: str, with_departments: bool) -> dict[str, Any]:
    """Counted open data sets by field and department, beside what the targets of fields ask for.

    :param with_departments: whether the reader may see single departments
    :returns: as `govshare_publication_matrix` describes
    """
    wanted: dict[str, Target] = {}
    for target in targets():
        if (
            target.scope == Scope.FIELD
            and target.measure == Measure.OPEN_DATASETS
            and target.region == region
        ):
            known = wanted.get(target.field)
            if known is None or _next_first(target) < _next_first(known):
                wanted[target.field] = target
    whole = Target(
        measure=Measure.OPEN_DATASETS.value, scope=Scope.CITY.value, region=region, organization_id=None, field="",
        rule_version=counting.LATEST,
    )  # fmt: skip
    cells: dict[str, dict[str, int]] = {code: {} for code in wanted}
    for cell in current().cells_of(whole):
        if cell.counted and cell.field:
            row = cells.setdefault(cell.field, {})
            row[cell.organization_id] = row.get(cell.organization_id, 0) + cell.number
    per_department: dict[str, int] = {}
    for row in cells.values():
        for ident, number in row.items():
            per_department[ident] = per_department.get(ident, 0) + number
    names = organizations(per_department) if with_departments else {}
    return {
        "fields": [_field(code, cells[code], wanted.get(code), with_departments) for code in sorted(cells)],
        "departments": sorted(
            (
                {**names[ident], "counted": number}
                for ident, number in per_department.items()
                if ident in names
            ),
            key=lambda one: (-one["counted"], one["title"]),
        ),
    }


def _next_first(target: Target) -> tuple[bool, int]:
    """Targets of one field: the one that comes next, else the last that is over."""
    over = target.due < clock.today()
    return (over, -target.due.toordinal() if over else target.due.toordinal())


def _field(code: str, row: dict[str, int], target: Target | None, with_departments: bool) -> dict[str, Any]:
    counted = sum(row.values())
    least = plain(target.at_least) if target is not None else None
    return {
        "code": code,
        "title": field_title(code),
        "at_least": least,
        "due": target.due.isoformat() if target is not None else None,
        "target": target.id if target is not None else None,
        "counted": counted,
        "gap": max(0, least - counted) if least is not None else 0,
        "cells": row if with_departments else {},
    }


def quality(region: str, organization_id: str | None, inside: bool) -> dict[str, Any]:
    """Facts of quality beside the number: no score, each with how many data sets it is true of.

    :param organization_id: of one department only
    :param inside: whether the reader may know how many entries are not open
    :returns: as `govshare_publication_quality` describes
    """
    keys = ("datasets", "counted", *OPENINGS, *marks.MARKS)
    sums = dict.fromkeys((*keys, "rows", "files"), 0)
    for line in current().quality():
        own = line.organization_id == organization_id
        if own if organization_id else not line.region or roles.lies_within(line.region, region):
            for key in keys:
                sums[key] += getattr(line, key)
            sums["rows"] += int(line.row_sum)
            sums["files"] += int(line.file_sum)
    return {**sums, "not_open": lookups.not_open(region, organization_id) if inside else None}
