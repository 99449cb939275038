"""What may be written in a monthly report: whole numbers, readable text, tables of both.

A form, the API and a file bring whatever they bring; what cannot be kept is a finding that names its field.
"""

from __future__ import annotations

import re
from typing import Any

from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.reports import NUMBER, PERCENT, ROWS, Column, Field, Form, Values

LARGEST = 10**15
LONGEST = 4000
LONGEST_NUMBER = 40
MOST_ROWS = 200
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Wrong(ValueError):  # noqa: N818 - reads as what happened
    """A value that cannot be taken: slug, and why in Chinese and in English."""


def clean(form: Form, given: Values) -> tuple[dict[str, Any], list[Finding]]:
    """What may be kept of what was written.

    :param given: value by slug; percentages are left out, they are computed
    :returns: numbers as int, text without blanks around it, tables without empty rows, None for nothing; and what
        was wrong, by field
    """
    kept: dict[str, Any] = {}
    found = []
    for slug, value in given.items():
        field = form.fields.get(slug)
        if field is None:
            shown = UNREADABLE.sub("", slug)[:40]
            found.append(Finding("unknown_field", shown, "表单中没有这一项", "The form has no such field"))
        elif field.kind != PERCENT:
            try:
                kept[slug] = _value(field, value)
            except _Wrong as wrong:
                found.append(Finding(wrong.args[0], slug, *wrong.args[1:]))
    return kept, found


def _value(field: Field, value: Any) -> Any:
    if field.kind == NUMBER:
        return number(value)
    return _rows(field, value) if field.kind == ROWS else text(value)


def number(value: Any) -> int | None:
    """A whole number that is not negative; None for nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and len(value) > LONGEST_NUMBER:
        raise _Wrong("not_whole", "请填写整数", "Give a whole number")
    shown = value.strip() if isinstance(value, str) else value
    if isinstance(shown, str) and shown[1:].isdecimal() and shown[0] in "-－−":
        shown = -int(shown[1:])
    elif shown.isdecimal() if isinstance(shown, str) else isinstance(shown, float) and shown.is_integer():
        shown = int(shown)
    if isinstance(shown, bool) or not isinstance(shown, int):
        raise _Wrong("not_whole", "请填写整数", "Give a whole number")
    if shown < 0:
        raise _Wrong("negative", "数字不能小于 0", "A number is not below 0")
    if shown > LARGEST:
        raise _Wrong("too_large", "数字过大，请核对", "The number is too large: look at it again")
    return shown


def text(value: Any) -> str | None:
    """Text without blanks around it; None for nothing."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Wrong("not_text", "请填写文字", "Give text")
    if len(value) > LONGEST:
        raise _Wrong("too_long", f"最多 {LONGEST} 字", f"At most {LONGEST} characters")
    if UNREADABLE.search(value):
        raise _Wrong("unreadable", "含有无法识别的字符", "It holds characters that cannot be read")
    return value.replace("\r\n", "\n").strip() or None


def _rows(field: Field, value: Any) -> list[dict[str, Any]] | None:
    rows = [] if value is None or value == "" else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _Wrong("not_rows", "请逐行填写表格", "Give rows of a table")
    if len(rows) > MOST_ROWS:
        raise _Wrong("too_many_rows", f"最多 {MOST_ROWS} 行", f"At most {MOST_ROWS} rows")
    columns = {column.slug: column for column in field.columns}
    kept = []
    for place, row in enumerate(rows, 1):
        if row.keys() - columns.keys():
            raise _Wrong("unknown_column", f"第 {place} 行：表格中没有这一列", f"Row {place}: no such column")
        cells = {slug: _cell(place, column, row.get(slug)) for slug, column in columns.items()}
        if any(cell is not None for cell in cells.values()):
            kept.append(cells)
    return kept or None


def _cell(place: int, column: Column, value: Any) -> Any:
    try:
        return number(value) if column.kind == NUMBER else text(value)
    except _Wrong as wrong:
        slug, zh, en = wrong.args
        raise _Wrong(slug, f"第 {place} 行“{column.zh}”：{zh}", f"Row {place}, {column.en}: {en}") from None
