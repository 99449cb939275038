"""Files of every kind are read right by the scan, or it says that it did not read them. No services needed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ckanext.govshare.catalogue.scanning import scan_file

ROWS = [["站点", "手机号"], ["市政府", "13812345678"], ["人民医院", "13912345678"]]
CSV = "\n".join(",".join(row) for row in ROWS)


def xlsx(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.worksheets[0] if not number else book.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def zipped(**parts: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return target.getvalue()


def found(tmp_path: Path, name: str, content: bytes | str) -> tuple[set[tuple[str, str]], object]:
    path = tmp_path / "stored"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    done = scan_file(path, name)
    return {(finding.kind, finding.column) for finding in done.findings}, done


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("表.csv", CSV),
        ("表.csv", "\ufeff" + CSV),
        ("表.csv", CSV.encode("gb18030")),
        ("表.csv", CSV.encode("utf-16")),
        ("表.csv", CSV.replace(",", ";")),
        ("表.tsv", CSV.replace(",", "\t")),
        ("表.CSV", "2025年度公交站点表,\n,\n" + CSV),
        ("表.xlsx", xlsx(ROWS)),
        ("表.xlsx", xlsx([["2025年度公交站点表"], [], *ROWS])),
        ("表.csv", xlsx(ROWS)),
    ],
)
def test_tables_in_every_writing(tmp_path, name, content):
    marks, done = found(tmp_path, name, content)
    assert marks == {("mobile", "手机号"), ("column_name", "手机号")}
    assert done.unread == ""


def test_numbers_in_a_workbook_are_read_as_digits(tmp_path):
    marks, _done = found(tmp_path, "表.xlsx", xlsx([["站点", "号码"], ["甲", 13812345678]]))
    assert marks == {("mobile", "号码")}


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    _marks, done = found(tmp_path, "表.xlsx", xlsx([["标题"], *ROWS]))
    assert done.findings[0].rows == (3, 4)
    _marks, done = found(tmp_path, "表.csv", '站点,号码\n"两行\n站名",1\n甲,13812345678\n')
    assert done.findings[0].rows == (3,)


def test_every_sheet_is_looked_at(tmp_path):
    marks, _done = found(tmp_path, "表.xlsx", xlsx([["站点", "线路"], ["甲", "1路"]], ROWS))
    assert marks == {("mobile", "表1!手机号"), ("column_name", "表1!手机号")}


@pytest.mark.parametrize("name", ["表.json", "表.geojson"])
def test_json_by_path(tmp_path, name):
    records = {
        "features": [
            {"properties": {"站点": "甲", "手机": "13812345678"}},
            {"properties": {"手机": 13912345678}},
        ]
    }
    marks, done = found(tmp_path, name, json.dumps(records, ensure_ascii=False))
    assert ("mobile", "features.properties.手机") in marks
    assert next(finding for finding in done.findings if finding.kind == "mobile").rows == (1, 2)


def test_xml_by_element_and_attribute(tmp_path):
    text = "<stops><stop tel='13812345678'><name>甲</name><note>内部资料</note></stop></stops>"
    marks, _done = found(tmp_path, "表.xml", text)
    assert {("mobile", "@tel"), ("secrecy_words", "note")} <= marks


def test_text_line_by_line(tmp_path):
    _marks, done = found(tmp_path, "说明.txt", "第一行\n第二行 13812345678\n")
    assert [(finding.kind, finding.column, finding.rows) for finding in done.findings] == [
        ("mobile", "*", (2,))
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("通知.docx", zipped(word__document_xml="<d><p><r><t>电话138</t></r><r><t>12345678</t></r></p></d>")),
        ("演示.pptx", zipped(ppt__slides__slide1_xml="<d><p><t>13812345678</t></p></d>")),
        ("通知.odt", zipped(content_xml="<d xmlns:t='u'><t:p>13812345678</t:p></d>")),
        ("通知.ofd", zipped(Doc_0__Pages__Content_xml="<d><TextCode>13812345678</TextCode></d>")),
    ],
)
def test_office_documents(tmp_path, name, content):
    marks, _done = found(tmp_path, name, content)
    assert marks == {("mobile", "*")}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("图.jpg", b"\xff\xd8\xff\xe0"),
        ("公报.pdf", b"%PDF-1.7"),
        ("公报.csv", b"%PDF-1.7"),
        ("包.zip", zipped(a="13812345678")),
        ("表.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("表.csv", b"\x81\xff\xff\xff"),
        ("表.csv", b"a,b\n\x00\x01\x02,1\n"),
        ("坏.json", '{"a": ['),
        ("坏.xml", "<a><b></a>"),
        ("无名", b"abc"),
        ("坏.xlsx", b"PK\x03\x04 not a workbook"),
        ("坏.docx", b"PK\x03\x04 not a document"),
        ("炸弹.xml", '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>'),
        ("深.xml", "<a>" * 5000),
        ("深.json", "[" * 100_000),
        ("空.docx", zipped(other_xml="<a/>")),
    ],
)
def test_what_is_not_read_is_said(tmp_path, name, content):
    marks, done = found(tmp_path, name, content)
    assert ("unreadable", "*") in marks
    assert done.unread


def test_what_came_before_a_break_is_found_as_well(tmp_path):
    marks, _done = found(tmp_path, "坏.json", '[{"手机": "13812345678"}, {"a": ')
    assert {("unreadable", "*"), ("mobile", "手机")} <= marks


def test_a_document_that_unfolds_without_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("ckanext.govshare.catalogue.scanning.MAX_DOCUMENT", 100_000)
    bomb = zipped(word__document_xml="<d>" + "<p>字</p>" * 100_000 + "</d>")
    assert len(bomb) < 10_000
    _marks, done = found(tmp_path, "炸弹.docx", bomb)
    assert done.unread == "too_large"


def test_quotes_that_never_end_do_not_hide_anything(tmp_path):
    text = '站点,备注\n甲,"' + "字" * 200_000 + "\n乙,13812345678\n"
    marks, _done = found(tmp_path, "表.csv", text)
    assert "mobile" in {kind for kind, _column in marks}


def test_an_empty_table_has_no_finding(tmp_path):
    assert found(tmp_path, "表.csv", "姓名,身份证号\n")[0] == set()
    assert found(tmp_path, "空.csv", "")[0] == set()
