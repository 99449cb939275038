"""Which chart a table gets, by rules over its first rows. Pure: columns and cells in, a choice out.

1. A column of moments or days (not one that says when the row itself was written) with three or more values: a line by
   time. Where every row has its own moment and there is a measure, its values; else, of moments with a time of day
   (observations), the average of the measure; else, of days (events), the number of rows.
2. A column with few, repeated words: the number of rows by word; columns that are named as a kind, state or area first.
3. A small table with a word a row and a measure: the measure by word.
A measure is a column of numbers that is no code, coordinate, year or telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ckanext.govshare.portal.preview_store import Column

LEAST_ROWS = 3
LEAST_VALUES = 3
MOST_WORDS = 12  # words of a category
MOST_SMALL = 30  # rows of a table whose words are shown one by one
MOMENT = re.compile(r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}.*)?)?")
WRITTEN = re.compile(r"更新|入库|录入|修改|创建|同步|采集批次|updat|modif|creat|insert|load", re.IGNORECASE)
KINDS = re.compile(
    r"区|县|镇|街道|类|型|状态|级|性质|方式|行业|领域|品种|性别|种|type|class|kind|status|state|category|district|level|area",
    re.IGNORECASE,
)
NO_MEASURE = re.compile(
    r"编号|编码|代码|序号|号码|经度|纬度|坐标|电话|邮编|邮政|年份|年度|月份"
    r"|(^|_)(id|code|no|lon|lng|lat|x|y|year|month|phone|tel|zip)(_|$)|longitude|latitude",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"名称|名字|姓名|标题|地址|备注|说明|描述|简介|name|title|address|remark|desc", re.IGNORECASE
)
YEAR, MONTH, DAY, HOUR, MINUTE = 4, 7, 10, 13, 16  # characters of a moment


@dataclass(frozen=True)
class Choice:
    """A chart: what stands along it, and what is drawn.

    :param label: column of moments or words
    :param measure: column of numbers; None: rows are counted
    :param characters: of a moment that make a step (year 4, month 7, day 10, minute 16); 0 for words
    """

    label: Column
    measure: Column | None
    characters: int = 0


def choose(columns: Sequence[Column], rows: Sequence[Sequence[str]], whole: bool) -> Choice | None:
    """The chart of a table, or None where no rule fits.

    :param rows: its first rows as text, in the order of `columns`
    :param whole: these are all its rows
    """
    if len(rows) < LEAST_ROWS:
        return None
    cells = [[row[place].strip() for row in rows] for place in range(len(columns))]
    measure = next(
        (
            column
            for column, values in zip(columns, cells, strict=True)
            if column.kind == "number"
            and not _is_named(NO_MEASURE, column)
            and sum(map(bool, values)) * 2 >= len(rows)
        ),
        None,
    )
    return (
        _by_time(columns, cells, measure)
        or _by_word(columns, cells)
        or (_word_by_word(columns, cells, measure) if whole and measure else None)
    )


def _is_named(pattern: re.Pattern[str], column: Column) -> bool:
    return bool(pattern.search(column.title) or pattern.search(column.id))


def _by_time(columns: Sequence[Column], cells: list[list[str]], measure: Column | None) -> Choice | None:
    for column, values in zip(columns, cells, strict=True):
        filled = [value for value in values if value]
        if _is_named(WRITTEN, column) or len(filled) * 2 < len(values):
            continue
        if not all(MOMENT.fullmatch(value) for value in filled):
            continue
        characters = step(filled)
        if characters and len({value[:characters] for value in filled}) >= LEAST_VALUES:
            moments = any(len(value) >= MINUTE and value[11:16] != "00:00" for value in filled)
            one_each = len(set(filled)) == len(filled)
            return Choice(column, measure if moments or one_each else None, characters)
    return None


def step(moments: Sequence[str]) -> int:
    """Characters of a moment that make a step of the line, so that it has neither two nor a thousand of them."""
    shortest = min(len(moment) for moment in moments)
    first, last = min(moments), max(moments)
    if shortest < DAY:
        return YEAR if int(last[:4]) - int(first[:4]) > 10 else MONTH
    try:
        days = (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days
    except ValueError:  # the 31st of February
        return 0
    if days <= 3:
        return MINUTE if shortest >= MINUTE else DAY
    return DAY if days <= 92 else MONTH if days <= 3660 else YEAR


def _by_word(columns: Sequence[Column], cells: list[list[str]]) -> Choice | None:
    found: list[tuple[bool, int, int]] = []
    for place, (column, values) in enumerate(zip(columns, cells, strict=True)):
        words = {value for value in values if value}
        named = _is_named(NAMED, column) or _is_named(NO_MEASURE, column)
        if column.kind != "text" or named or not 2 <= len(words) <= min(MOST_WORDS, len(values) // 2):
            continue
        if max(map(len, words)) <= 20:
            found.append((not _is_named(KINDS, column), abs(len(words) - 6), place))
    return Choice(columns[min(found)[2]], None) if found else None


def _word_by_word(columns: Sequence[Column], cells: list[list[str]], measure: Column) -> Choice | None:
    for column, values in zip(columns, cells, strict=True):
        if (
            column.kind == "text"
            and len(values) <= MOST_SMALL
            and len(set(values)) == len(values)
            and all(values)
        ):
            return Choice(column, measure)
    return None
