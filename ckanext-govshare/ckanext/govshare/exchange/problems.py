"""What the engine itself finds in records, beside the rules of the catalogue."""

from __future__ import annotations

from typing import Any, NamedTuple

from ckanext.govshare.kernel.findings import Finding, Severity


class Text(NamedTuple):
    """A finding without its facts."""

    slug: str
    field: str
    zh: str
    en: str


DUPLICATE = Text(
    "duplicate_guid",
    "guid",
    "来源中有多条记录使用同一标识，只采用第一条",
    "Several records of the source share this identifier; only the first counts",
)
CONFLICT = Text(
    "guid_of_other_point",
    "guid",
    "该标识已由交换节点“{point}”登记，需人工确定归属",
    "Exchange point “{point}” holds this identifier already; a person must decide",
)
UNREADABLE = Text(
    "unreadable_record", "guid", "记录内容无法解析（{error}）", "The record cannot be read ({error})"
)
TOO_MANY_RESOURCES = Text(
    "too_many_resources", "resources", "挂接资源超过 {limit} 个", "More than {limit} resources in one record"
)
TITLE_TOO_LONG = Text(
    "title_too_long", "title", "名称超过 {limit} 字，无法登记", "The title has more than {limit} characters"
)
SAME_TITLE = Text(
    "title_taken",
    "title",
    "来源中另有同名记录，只采用第一条；确属不同的，请在名称中写明区别",
    "Another record of the source has this title; only the first counts. If they differ, say so in the title",
)
NOT_SAVED = Text("not_saved", "{field}", "保存时被目录拒绝：{error}", "The catalogue refused it: {error}")
ROWS_DIFFER = Text(
    "row_counts_differ",
    "resources",
    "行数不一致：来源 {source}，文件 {file}，数据表 {table}",
    "Row counts differ: source {source}, file {file}, table {table}",
)
ROWS_NOT_LOADED = Text(
    "rows_not_loaded",
    "resources",
    "文件已保存，但未能载入数据表：{error}",
    "The file is stored, but its rows could not be loaded: {error}",
)


def problem(what: Text, severity: Severity = Severity.REFUSE, **facts: Any) -> Finding:
    """A finding of the engine.

    :param facts: what the texts name in braces
    """
    return Finding(
        what.slug, what.field.format(**facts), what.zh.format(**facts), what.en.format(**facts), severity
    )
