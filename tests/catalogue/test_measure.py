"""Rows and columns of stored tables, good and hostile."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest

from ckanext.govshare.catalogue import measure


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (["站点", "线路"], ["市政府", "1路"], [None, None], ["医院", "3路"]):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/{number}.xml", b" " * (100 * 1024 * 1024))
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "size"),
    [
        ("a.csv", "甲,乙\n1,2\n3,4\n".encode(), (2, 2)),
        ("a.csv", "甲,乙\n1,2\n".encode("gb18030"), (1, 2)),
        ("a.csv", "甲,乙\n1,2\n".encode("utf-16"), (1, 2)),
        ("a.csv", "\ufeff甲,乙\n1,2\n\n".encode(), (1, 2)),
        ("a.csv", '甲\n"第一行\n第二行"\n'.encode(), (1, 1)),
        ("a.csv", b"", (0, 0)),
        ("a.csv", "甲,乙\n".encode(), (0, 2)),
        ("a.xlsx", workbook(), (2, 2)),
        ("a.json", json.dumps([{"a": 1, "b": 2}] * 3).encode(), (3, 2)),
        ("a.json", json.dumps({"data": [[1, 2, 3]]}).encode(), (1, 3)),
        ("a.json", b'"text"', None),
        ("a.json", b"[" * 100_000, None),
        ("a.xlsx", b"no workbook", None),
        ("a.xlsx", bomb(), None),
        ("a.pdf", b"%PDF-1.4", None),
    ],
)
def test_a_table_is_measured_or_left(tmp_path, name, content, size):
    path = tmp_path / "stored-without-suffix"
    path.write_bytes(content)
    found = measure.table(path, name)
    assert (found and (found.rows, found.columns)) == size
