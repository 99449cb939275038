"""What is said of a view that was read: warnings for its department, and why a view cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ckanext.govshare.kernel.findings import Finding, Severity

ODD_CELLS = {
    "binary_cell": (
        "有{count}个单元格是二进制内容，已留空。",
        "{count} cells held binary content and were left empty.",
    ),
    "nul_removed": (
        "有{count}行的文本含空字符（U+0000），已去除该字符。",
        "{count} rows held the character U+0000, which was removed.",
    ),
    "zero_date": (
        "有{count}个单元格是“0000-00-00”一类的空日期，已留空。",
        "{count} cells held a date such as 0000-00-00, which is none, and were left empty.",
    ),
}
"""Slug → texts, for cells that could not be taken as they are."""


def about(binary: Sequence[str], silent: Sequence[str], odd: Mapping[str, int]) -> Iterator[Finding]:
    """Warnings about columns and cells.

    :param binary: names of binary columns
    :param silent: names of columns without a comment
    :param odd: number of cells by slug
    """
    if binary:
        listed = "、".join(binary)
        yield _warning(
            "binary_column",
            f"二进制字段未采集：{listed}。图片、附件请以文件方式挂接。",
            f"Binary columns were left out: {listed}. Attach images and documents as files.",
        )
    if silent:
        listed = "、".join(silent[:20])
        yield _warning(
            "comment_missing",
            f"字段没有注释，暂以字段名作为信息项名称：{listed}；请在数据库中补充中文注释。",
            f"Columns without a comment go by their names: {listed}. Add comments in the database.",
        )
    for slug, count in odd.items():
        zh, en = ODD_CELLS[slug]
        yield _warning(slug, zh.format(count=count), en.format(count=count))


def watermark(column: str, unmarked: int, ahead: bool) -> Iterator[Finding]:
    """Warnings about the column by which changes are found.

    :param unmarked: rows without a value in it
    :param ahead: whether its highest value lies more than a day ahead
    """
    if unmarked:
        yield _warning(
            "watermark_empty",
            f"增量字段“{column}”有{unmarked}行为空，这些行每次都要重新读取；请补填。",
            f'{unmarked} rows have no value in the watermark "{column}" and are read every time: fill it.',
        )
    if ahead:
        yield _warning(
            "watermark_ahead",
            f"增量字段“{column}”的最大值晚于当前时间，请核对数据和服务器时钟。",
            f'The highest value of the watermark "{column}" lies ahead of now: check the data and the clock.',
        )


def watermark_back(column: str) -> Finding:
    """The highest watermark is lower than it was."""
    return _warning(
        "watermark_back",
        f"增量字段“{column}”的最大值小于上次读取时的值，已全量重读。",
        f'The highest value of the watermark "{column}" is lower than last time: everything was read again.',
    )


def read_again(rows: int) -> Finding:
    """After an increment, other rows were kept than the source has.

    :param rows: of the source
    """
    return _warning(
        "rows_read_again",
        f"对账：增量读取后的行数与来源的{rows}行不一致（来源可能删除过数据），已在本次运行中全量重读。",
        f"After the increment the count of rows was not the {rows} of the source (rows may have been deleted): "
        "everything was read again in the same run.",
    )


def increments_off(zh: str, en: str) -> Finding:
    """A watermark is set and cannot be used; the view is read whole every time."""
    return _warning(
        "increments_off", f"无法按增量读取，每次全量读取：{zh}。", f"No increments, read whole: {en}."
    )


def not_kept(key: Sequence[str], same_key: bool) -> Finding:
    """Rows cannot be kept under their keys.

    :param same_key: two of them have the same key; else there is no room
    """
    listed = "、".join(key)
    if same_key:
        return increments_off(
            f"标识字段（{listed}）有重复值",
            f"several rows have the same values in the key ({', '.join(key)})",
        )
    return increments_off("平台无法保存已读取的行", "the site could not keep the rows that were read")


def unusable(slug: str, zh: str, en: str) -> Finding:
    """Nothing can be made of a view."""
    return Finding(slug, "source_guid", zh, en, Severity.REFUSE)


def _warning(slug: str, zh: str, en: str) -> Finding:
    return Finding(slug, "info_items", zh, en, Severity.WARN)
