"""What the scan calls personal data or secrecy, what it does not, and what it remembers of a column."""

from __future__ import annotations

import random
import tracemalloc
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.govshare.kernel.scan import COLUMNS_KEPT, ROWS_KEPT, WHOLE, ScanFinding, Scanner, wording
from ckanext.govshare.kernel.scan_marks import (
    Kind,
    check_digit_right,
    hint,
    id_kind,
    luhn_right,
    marks,
    masked,
    normal,
    topics,
)

TODAY = date(2026, 11, 22)
# The sample of GB 11643, and numbers computed from it: no real person's number is in this file.
ID, ID_LOWER, ID_15 = "11010519491231002X", "11010519491231002x", "110105491231002"
PERMIT = "810000199408230021"
CARD = "6222021234567894"


def found(text: str, column: str = "") -> list[tuple[str, str]]:
    return [(mark.kind.value, mark.text) for mark in marks(normal(text), topics(column), TODAY)]


def kinds(text: str, column: str = "") -> set[str]:
    return {kind for kind, _text in found(text, column)}


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID_LOWER,
        f"身份证{ID}。",
        f"id:{ID},",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        f"号码{ID}号",
    ],
)
def test_identity_numbers_are_found_in_any_writing(text):
    assert kinds(text) == {"id_card"}


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # check digit
        "99010519491231002X",  # no province
        "11010519490231002X",  # 31 February
        "11010520991231002X",  # not born yet
        "110105********002X",
        f"9{ID}",  # inside a longer run
        "91350100M000100Y43",  # 统一社会信用代码
        "91440300708461136T",
        "202603181234567890",  # an order number that begins with its day
    ],
)
def test_other_codes_are_no_identity_numbers(text):
    assert kinds(text) == set()


def test_permits_of_hong_kong_macao_and_taiwan_residents():
    right = [PERMIT[:17] + digit for digit in "0123456789X" if check_digit_right(PERMIT[:17] + digit)]
    assert kinds(right[0]) == {"residence_permit"}
    assert kinds("83" + right[0][2:]) == set()  # its check digit is another


def test_random_18_digit_strings_are_told_apart():
    """9.2 % of them pass the check digit alone; with region and day of birth about 1 in 70,000 is left."""
    numbers = random.Random(20260318)  # noqa: S311 - the same strings each time
    strings = [f"{numbers.randrange(10**18):018d}" for _ in range(60_000)]
    checked = sum(map(check_digit_right, strings)) / len(strings)
    left = sum(id_kind(text, TODAY) is not None for text in strings)
    assert 0.088 < checked < 0.094
    assert left <= 4  # one expected


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "电话:13812345678;",
        "+8613812345678",
        "86 138 1234 5678",
        "138-1234-5678",
        "a,13812345678",
    ],
)
def test_mobile_numbers_are_found(text):
    assert ("mobile", "13812345678") in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "138****5678",
        "1381234567",
        "138123456789",
        "1.13812345678",
        "117.13812345678",
        "12812345678",
        "X13812345678",
    ],
)
def test_parts_of_other_numbers_are_no_mobile_numbers(text):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("联系电话", "0532-88881234", {"phone"}),
        ("数值", "0532-88881234", set()),
        ("联系电话", "13812345678", {"mobile"}),
        ("银行卡号", "4000056655665556", {"bank_card"}),
        ("订单号", "4000056655665556", set()),  # right by Luhn, no known issuer
        ("订单号", CARD, {"bank_card"}),
        ("订单号", "6222 0212 3456 7894", {"bank_card"}),
        ("订单号", "6222021234567895", set()),  # wrong by Luhn
        ("邮箱", "zhang.san@example.cn", {"email"}),
        ("说明", "@deprecated", set()),
        ("车辆", "鲁B12345", {"plate"}),
        ("车辆", "京AD12345", {"plate"}),
        ("车辆", "鲁B·1234警", {"plate"}),
        ("地址", "川A座", set()),
        ("护照号码", "E12345678", {"passport"}),
        ("批次", "E12345678", set()),
    ],
)
def test_numbers_that_need_their_column(column, text, expected):
    assert kinds(text, column) == expected


def test_luhn():
    assert luhn_right("79927398713")
    assert not luhn_right("79927398710")


@pytest.mark.parametrize(
    "text",
    ["本表为机密", "国家秘密", "工作秘密事项", "内部资料，不得外传", "National Defense", "TOP SECRET",
     "classified annex", "秘密花园小区", "For Official Use Only"],
)  # fmt: skip
def test_wording_of_secrecy_is_shown_to_a_person_even_where_it_may_be_innocent(text):
    assert kinds(text) == {"secrecy_words"}


@pytest.mark.parametrize(
    "text",
    ["内部部门", "非涉密", "不涉密", "is classified as urban", "unclassified", "secretary", "密度", "加密"],
)
def test_innocent_words(text):
    assert kinds(text) == set()


@given(st.text(alphabet="0123456789Xx -@.鲁AB密内部资料秘a京１８secrtonaldf", max_size=60))
def test_where_the_hint_finds_nothing_there_is_nothing(text):
    if not hint(text):
        assert kinds(text) == set()


def scan(header: list[str], *rows: list[str]) -> dict[tuple[str, str], ScanFinding]:
    scanner = Scanner(TODAY)
    scanner.header(header)
    for number, row in enumerate(rows, 2):
        scanner.row(number, row)
    return {(finding.kind, finding.column): finding for finding in scanner.findings()}


def test_a_finding_says_where_how_many_and_shows_one_masked():
    finding = scan(["站点", "备注"], ["甲", ""], ["乙", f"联系人{ID}"], ["丙", "无"])["id_card", "备注"]
    assert (finding.count, finding.rows, finding.sample, finding.share) == (
        1,
        (3,),
        "110105********002X",
        0.5,
    )


def test_only_the_first_rows_are_kept():
    finding = scan(["号码"], *[["13812345678"]] * 50)["mobile", "号码"]
    assert (finding.count, finding.rows, finding.share) == (50, tuple(range(2, 2 + ROWS_KEPT)), 1.0)


def test_a_telling_column_name_is_a_finding_unless_every_value_is_masked():
    assert ("column_name", "姓名") in scan(["姓名"], ["张三"])
    assert (
        scan(["姓名", "身份证号", "手机号"], ["张*", "110105********002X", "138****5678"], ["李某", "", "无"])
        == {}
    )


def test_fifteen_digits_need_their_column():
    rows = [[ID_15, "甲"]] + [["20260318102030", "乙"]] * 9
    assert scan(["流水号", "名"], *rows) == {}
    assert ("id_card_15", "身份证号") in scan(["身份证号", "名"], *rows)
    assert ("id_card_15", "流水号") in scan(["流水号", "名"], *[[ID_15, "甲"]] * 6, *rows[1:4])


def test_a_table_without_header_shows_no_personal_data_as_a_column_name():
    scanner = Scanner(TODAY)
    scanner.header(["张三", ID, "13812345678"])
    assert scanner.columns == ["张三", "#2", "#3"]


def test_equal_names_are_told_apart():
    scanner = Scanner(TODAY)
    scanner.header(["名", "名", "", "名"])
    assert len(set(scanner.columns)) == 4


def test_rows_longer_than_the_header_are_looked_at():
    assert ("mobile", "#2") in scan(["名"], ["甲", "13812345678"])


def test_memory_does_not_grow_with_rows():
    scanner = Scanner(TODAY)
    scanner.header(["姓名", "手机号", "备注"])
    row = ["张三", "13812345678", "内部资料"]
    for number in range(200):
        scanner.row(number, row)
    tracemalloc.start()
    for number in range(2000):
        scanner.row(number, row)
    grown, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 50_000


def test_more_columns_than_are_kept_are_scanned_as_one():
    scanner = Scanner(TODAY)
    for number in range(COLUMNS_KEPT + 100):
        scanner.cell(f"名{number}", 1, "甲")
    scanner.cell("后面的列", 1, "13812345678")
    assert len(scanner.columns) <= COLUMNS_KEPT + 1
    assert [(finding.kind, finding.column) for finding in scanner.findings()] == [("mobile", WHOLE)]


def test_wording_of_an_entry_names_the_field_and_its_words():
    entry = {"title": "公交站点", "notes": "含机密和内部资料", "open_condition": None}
    assert [(found.column, found.words) for found in wording(entry)] == [("notes", ("机密", "内部资料"))]


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (Kind.ID_CARD, ID, "110105********002X"),
        (Kind.MOBILE, "13812345678", "138****5678"),
        (Kind.BANK_CARD, CARD, "622202******7894"),
        (Kind.EMAIL, "zhang@example.cn", "z***@example.cn"),
        (Kind.PLATE, "鲁B12345", "鲁B1**45"),
        (Kind.COLUMN_NAME, "张三丰", "张**"),
        (Kind.SECRECY, "机密", "机密"),
    ],
)
def test_samples_are_masked(kind, text, shown):
    assert masked(kind, text) == shown


def test_findings_survive_storage():
    finding = ScanFinding("mobile", "手机", 3, (2, 3), "138****5678", 0.5)
    assert ScanFinding.from_dict(finding.as_dict()) == finding
