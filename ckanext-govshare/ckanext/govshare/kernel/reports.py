"""The monthly report as a form: what it asks, and what must be right before it is handed in.

The form is data (schemas/monthly_report.yaml). Numbers are whole; a percentage is computed from two of them; a table
is filled in by the department. What may be written at all is in `report_values`. Whatever is wrong is a finding with
a slug and words in Chinese and English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ckanext.govshare.kernel.findings import Finding

NUMBER, TEXT, PERCENT, ROWS = "number", "text", "percent", "rows"
CURRENT, TOTAL, NEITHER = "本期", "累计", "none"
MANUAL = "manual"
# Who counts a number: the counting service, or the catalogue (docs/reports.md "The form").
SOURCE = re.compile(
    r"manual|counting:rows\.total|(catalogue|systems):(published|new|updated|withdrawn)|exchange:(new|updated)"
    r"|counting:(open_datasets|applications|interfaces|hook_up|cloud)\.(total|new|gone|candidates)"
)
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table: text, or a number."""

    slug: str
    zh: str
    en: str
    kind: str
    required: bool = False


@dataclass(frozen=True)
class Field:
    """One thing that a report says.

    :param kind: ``number``, ``text``, ``percent`` (of two numbers) or ``rows`` (a table)
    :param period: 本期, 累计 or ``none``
    :param source: where the number is counted, ``<group>:<key>``; ``manual`` if nobody counts it
    :param part_of: the 累计 number that a 本期 number is part of
    """

    slug: str
    zh: str
    en: str
    kind: str
    period: str
    source: str = MANUAL
    unit: str = ""
    required: bool = False
    part_of: str = ""
    numerator: str = ""
    denominator: str = ""
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    slug: str
    zh: str
    en: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """A version of the report."""

    version: int
    zh: str
    en: str
    sections: tuple[Section, ...]

    @property
    def fields(self) -> dict[str, Field]:
        """Every field by its slug, in the order of the form."""
        return {field.slug: field for section in self.sections for field in section.fields}

    def of_kind(self, *kinds: str) -> list[Field]:
        """The fields of these kinds."""
        return [field for field in self.fields.values() if field.kind in kinds]

    def as_dict(self) -> dict[str, Any]:
        """JSON values, as an action answers them."""
        return {
            "version": self.version,
            "zh": self.zh,
            "en": self.en,
            "sections": [asdict(section) for section in self.sections],
        }


def parse(document: Mapping[str, Any]) -> Form:
    """Read the form.

    :param document: the YAML of schemas/monthly_report.schema.json
    :raises ValueError: a slug is there twice, or names a number that is not there
    :raises KeyError: something is missing
    """
    sections = tuple(
        Section(raw["slug"], raw["zh"], raw["en"], tuple(map(_field, raw["fields"])))
        for raw in document["sections"]
    )
    form = Form(document["version"], document["title"]["zh"], document["title"]["en"], sections)
    if len(form.fields) != sum(len(section.fields) for section in sections):
        raise ValueError("a field is there twice")
    numbers = {field.slug for field in form.of_kind(NUMBER)}
    for field in form.fields.values():
        named = [name for name in (field.part_of, field.numerator, field.denominator) if name]
        if (field.kind == PERCENT) != bool(field.numerator and field.denominator):
            raise ValueError(f"{field.slug}: a percentage is of two numbers, and nothing else is")
        if unknown := [name for name in named if name not in numbers]:
            raise ValueError(f"{field.slug}: {unknown[0]} is no number of this form")
        if not SOURCE.fullmatch(field.source) or (field.kind != NUMBER and field.source != MANUAL):
            raise ValueError(f"{field.slug}: nobody counts {field.source}")
        if field.kind not in (NUMBER, TEXT, PERCENT, ROWS) or field.period not in (CURRENT, TOTAL, NEITHER):
            raise ValueError(f"{field.slug}: no such kind or period")
    return form


def _field(raw: Mapping[str, Any]) -> Field:
    return Field(**{**raw, "columns": tuple(Column(**column) for column in raw.get("columns", ()))})


def percent(part: int | None, whole: int | None) -> float | None:
    """Per cent with one decimal, halves up; None where there is nothing to be part of."""
    if part is None or not whole:
        return None
    return float((Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP))


def effective(form: Form, values: Values, prefilled: Values) -> dict[str, Any]:
    """What the report says: what was written, else what was counted; percentages computed.

    :returns: a value by every slug of the form, None where there is none
    """
    known = {**prefilled, **{slug: value for slug, value in values.items() if value is not None}}
    said = {field.slug: known.get(field.slug) for field in form.of_kind(NUMBER, TEXT, ROWS)}
    return {
        slug: percent(said[field.numerator], said[field.denominator]) if field.kind == PERCENT else said[slug]
        for slug, field in form.fields.items()
    }


def differing(values: Values, prefilled: Values) -> dict[str, Any]:
    """What a department says otherwise than was counted: the rest goes on following the count."""
    return {
        slug: value for slug, value in values.items() if value is not None and value != prefilled.get(slug)
    }


def sums(form: Form, reports: Iterable[Values]) -> dict[str, int | float | None]:
    """The numbers of many reports together; a percentage is of the sums, over those that say both its numbers.

    :param reports: as `effective` answers them
    """
    many = list(reports)
    added: dict[str, int | float | None] = {}
    for field in form.of_kind(NUMBER, PERCENT):
        if field.kind == NUMBER:
            said = [report[field.slug] for report in many if report.get(field.slug) is not None]
            added[field.slug] = sum(said) if said else None
        else:
            pairs = [(report.get(field.numerator), report.get(field.denominator)) for report in many]
            whole = [pair for pair in pairs if None not in pair]
            added[field.slug] = percent(sum(part for part, _ in whole), sum(of for _, of in whole))
    return added


def check(
    form: Form, values: Values, notes: Mapping[str, str], prefilled: Values, nil: bool
) -> list[Finding]:
    """What stands in the way of handing the report in, in the order of the form.

    :param values: as `effective` answers them
    :param notes: why a number is another one than was counted, by slug
    :param nil: whether it says that there is nothing to report (零报告)
    """
    return [
        finding for field in form.fields.values() for finding in _check(field, values, notes, prefilled, nil)
    ]


def _check(
    field: Field, values: Values, notes: Mapping[str, str], prefilled: Values, nil: bool
) -> Iterator[Finding]:
    slug, value, counted = field.slug, values[field.slug], prefilled.get(field.slug)
    if nil and field.period == CURRENT and value:
        said = (
            ("本表有内容", "the table has rows")
            if field.kind == ROWS
            else (f"本期数为 {value}", f"it says {value}")
        )
        zh, en = f"{said[0]}，与零报告矛盾", f"A nil report contradicts this: {said[1]}"
        yield Finding("nil_contradicted", slug, zh, en)
    if field.required and value is None and not nil:
        yield Finding("missing", slug, "请填写本项", "This has to be filled in")
    if field.kind == NUMBER and counted is not None and value != counted and not notes.get(slug):
        zh, en = (
            f"系统统计为 {counted}，请说明为何不同",
            f"The portal counted {counted}: say why it is another number",
        )
        yield Finding("note_missing", slug, zh, en)
    if field.kind == ROWS:
        yield from _gaps(field, value or [])
    for part, whole, finding in _pairs(field):
        own = any(values[name] != prefilled.get(name) for name in (part, whole))
        if own and None not in (values[part], values[whole]) and values[part] > values[whole]:
            yield finding


def _pairs(field: Field) -> Iterator[tuple[str, str, Finding]]:
    """The numbers of which one may not be above the other. What was counted is right as it is."""
    if field.part_of:
        said = ("本期数大于累计数", "The number of the period is above the total")
        yield field.slug, field.part_of, Finding("above_total", field.slug, *said)
    if field.kind == PERCENT:
        said = ("分子大于分母", "The part is larger than the whole")
        yield field.numerator, field.denominator, Finding("above_whole", field.slug, *said)


def _gaps(field: Field, rows: list[dict[str, Any]]) -> Iterator[Finding]:
    for place, row in enumerate(rows, 1):
        for column in field.columns:
            if column.required and row.get(column.slug) is None:
                zh, en = f"第 {place} 行缺少“{column.zh}”", f"Row {place} lacks: {column.en}"
                yield Finding("cell_missing", field.slug, zh, en)
