"""The catalogue entries of the demo city, their files, its applications and targets."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter

import openpyxl
import pytest

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.kernel import codes, rules
from ckanext.govshare.kernel.codelists import installed
from ckanext.govshare.kernel.findings import Severity
from ckanext.govshare.runtime.demo import city
from ckanext.govshare.runtime.demo.vocabulary import BOX

ENTRIES = city.entries()
TABLES = [(entry, file) for entry in ENTRIES for file in entry.files if file.content and file.format != "pdf"]
HEADER_ONLY, PDF_ONLY = "体育场馆惠民开放时段", "国民经济和社会发展统计公报"

each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.fields["name"])
each_table = pytest.mark.parametrize(
    ("entry", "file"), TABLES, ids=[f"{entry.fields['name']}.{file.format}" for entry, file in TABLES]
)

each_csv = pytest.mark.parametrize(
    ("entry", "file"),
    [(entry, file) for entry, file in TABLES if file.format == "csv"],
    ids=lambda value: value.fields["name"] if isinstance(value, city.DemoEntry) else "csv",
)


def rows_of(file: city.DemoFile) -> tuple[list[str], list[list[object]]]:
    """Header and rows as a reader of the format gives them."""
    if file.format == "csv":
        header, *rows = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        return header, rows
    if file.format == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(file.content), read_only=True).worksheets[0]
        header, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        return header, rows
    records = json.loads(file.content)
    return list(records[0]), [list(record.values()) for record in records]


@each_entry
def test_no_rule_of_the_national_profile_refuses(entry):
    resources = [{"audience": file.audience} for file in entry.files]
    findings = rules.check_entry({**entry.fields, "resources": resources}, "national")
    assert [found for found in findings if found.severity is Severity.REFUSE] == []


@each_entry
def test_no_rule_warns_of_secrecy_or_form(entry):
    assert rules.check_entry(entry.fields, "national") == []


@each_entry
def test_an_entry_says_what_a_reader_wants_to_know(entry):
    fields = entry.fields
    assert 20 <= len(fields["notes"]) <= 256
    assert fields["notes"].endswith("。")
    assert len(fields["title"]) <= 50
    assert len(fields["tags"]) >= 2
    assert fields["source_system"]
    assert fields["contact_name"]
    assert fields["contact_phone"].startswith("0000-")
    assert fields["is_demo"] == "1"
    if fields["title"] != PDF_ONLY:
        assert 5 <= len(fields["info_items"]) <= 12


@each_entry
def test_a_code_stands_in_its_class(entry):
    code = entry.fields["resource_code"]
    assert re.fullmatch(codes.CODE_PATTERN, code)
    assert codes.code_class(code).xiang in installed()["class_xiang"]
    assert entry.fields["name"] == codes.code_name(code)


def test_codes_and_titles_are_unique():
    for field in ("resource_code", "title"):
        values = [entry.fields[field] for entry in ENTRIES]
        assert len(values) == len(set(values))


def test_points_take_codes_of_classes_that_no_entry_uses():
    prefixes = {entry.fields["resource_code"].partition("/")[0] for entry in ENTRIES}
    assert not prefixes & {point["default_class"] for point in city.points()}


def test_the_catalogue_is_wide_enough():
    opened = Counter(entry.fields["open_type"] for entry in ENTRIES)
    assert len(ENTRIES) >= 64
    assert opened["1"] >= 50
    assert (opened["2"], opened["3"]) == (8, 6)
    assert len({entry.fields["open_domain"] for entry in ENTRIES}) >= 15
    assert {entry.fields["class_lei"] for entry in ENTRIES} == {"1", "2", "3"}
    assert len({entry.fields["owner_org"] for entry in ENTRIES}) >= 14


def test_publication_is_spread_over_the_year():
    days = [entry.fields["pub_date"] for entry in ENTRIES if entry.fields["open_type"] != "3"]
    assert sum(day <= "2026-03-31" for day in days) >= 21
    assert {day[:7] for day in days} >= {f"2026-{month:02d}" for month in range(1, 12)}
    assert min(days) >= "2025-11-01"
    assert max(days) <= "2026-11-22"


def test_the_entries_that_do_not_count_are_there():
    faults = {
        "pdf": [e for e in ENTRIES if e.files and all(file.format == "pdf" for file in e.files)],
        "link": [e for e in ENTRIES if any(file.link_state == "dead" for file in e.files)],
        "late": [e for e in ENTRIES if e.fields["data_updated"]],
        "licence": [e for e in ENTRIES if e.fields["open_type"] != "3" and not e.fields["license_id"]],
        "file": [e for e in ENTRIES if e.fields["open_type"] == "2" and not e.files],
        "empty": [
            e for e in ENTRIES if any(not rows_of(f)[1] for f in e.files if f.format == "csv" and f.content)
        ],
    }
    assert {fault: len(found) for fault, found in faults.items()} == dict.fromkeys(faults, 1)


@each_table
def test_columns_are_the_items(entry, file):
    header, rows = rows_of(file)
    assert header == [item["name"] for item in entry.fields["info_items"]]
    assert all(len(row) == len(header) for row in rows)
    if entry.fields["title"] == HEADER_ONLY:
        assert rows == []
    else:
        assert 20 <= len(rows) <= 500


@each_csv
def test_values_keep_to_their_types_and_lengths(entry, file):
    _header, rows = rows_of(file)
    for item, cells in zip(entry.fields["info_items"], zip(*rows, strict=True), strict=False):
        if item["type"] in "NYBIF":
            assert all(re.fullmatch(r"-?\d+(\.\d+)?", cell) for cell in cells), item["name"]
        if item["type"] == "I":
            assert all(cell.lstrip("-").isdecimal() for cell in cells), item["name"]
        if item["type"] == "D":
            assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell) for cell in cells), item["name"]
        if item["type"] == "C":
            assert max(len(cell) for cell in cells) <= int(item["length"]), item["name"]


def test_points_lie_in_the_invented_box():
    west, south, east, north = BOX
    for entry, file in TABLES:
        header, rows = rows_of(file)
        if "经度" in header:
            at = header.index("经度"), header.index("纬度")
            for row in rows:
                assert west <= float(row[at[0]]) <= east, entry.fields["title"]
                assert south <= float(row[at[1]]) <= north, entry.fields["title"]


def test_files_hold_no_person_and_no_real_telephone():
    for entry, file in TABLES:
        if file.format == "csv":
            text = file.content.decode("utf-8-sig")
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), entry.fields["title"]
            assert not re.search(r"(?<!\d)\d{6}(19|20)\d{9}[\dX](?!\d)", text), entry.fields["title"]
            assert set(re.findall(r"(?<!\d)(0\d{3})-\d{7}", text)) <= {"0000"}
            header, _rows = rows_of(file)
            assert not {"姓名", "身份证号", "法定代表人", "负责人"} & set(header)


def test_enterprise_codes_are_valid_and_of_no_real_region():
    found = [
        str(row[header.index("统一社会信用代码")])
        for _entry, file in TABLES
        if file.format == "csv"
        for header, rows in [rows_of(file)]
        if "统一社会信用代码" in header
        for row in rows
    ]
    assert len(found) > 500
    assert all(codes.uscc_valid(code) and code[2:6] == "9901" for code in found)


def test_files_are_the_same_every_time():
    again = city.entries()
    assert [entry.files for entry in again] == [entry.files for entry in ENTRIES]
    assert len({file.content for entry in ENTRIES for file in entry.files if file.content}) > len(ENTRIES)


def test_the_pdf_is_one():
    (entry,) = [entry for entry in ENTRIES if entry.fields["title"] == PDF_ONLY]
    content = entry.files[0].content
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF", content)[1])
    assert content.startswith(b"%PDF-")
    assert content[start:].startswith(b"xref\n")
    for offset in re.findall(rb"(\d{10}) 00000 n ", content):
        assert re.match(rb"\d+ 0 obj\n", content[int(offset) :])


def test_applications_use_open_entries():
    opened = {e.fields["resource_code"] for e in ENTRIES if e.fields["open_type"] in ("1", "2")}
    rows = city.applications()
    assert len(rows) == 8
    for row in rows:
        assert set(row["dataset_codes"]) <= opened
        assert row["app_form"] in installed()["app_form"]
    counted = [row for row in rows if row.get("approved") and not row.get("own_use")]
    assert len(counted) == 6
    assert all("proof_days_ago" in row for row in counted)


def test_targets_are_those_of_the_plan():
    assert [(row["measure"], row["at_least"], row["due"]) for row in city.targets()][:3] == [
        ("open_datasets", 20, "2026-03-31"),
        ("open_datasets", 80, "2026-12-31"),
        ("applications", 10, "2026-12-31"),
    ]


def test_targets_are_of_every_measure_and_scope():
    assert {row["measure"] for row in city.targets()} == {
        "open_datasets", "applications", "interfaces", "rows", "hook_up", "cloud",
    }  # fmt: skip
    assert Counter(row["scope"] for row in city.targets()) == {"city": 7, "field": 6, "department": 3}


def test_file_of_targets_is_what_the_schema_says():
    from ckanext.govshare import documents

    assert documents.faults("targets", {"targets": city.targets()}) == []
