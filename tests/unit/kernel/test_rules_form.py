"""Rules on the form of an entry, one behaviour a test."""

from __future__ import annotations

import pytest
from kernel_entries import CODES, CONDITIONAL, GOOD, found

from ckanext.govshare.kernel import rules
from ckanext.govshare.kernel.rules import FEDERATED, NATIONAL

pytestmark = pytest.mark.usefixtures("march_2026")


@pytest.mark.parametrize(
    "field",
    ["title", "owner_org", "share_type", "open_type", "notes", "class_lei", "class_xiang", "class_mu",
        "format_class",
     "format_type", "update_cycle", "pub_date"],
)  # fmt: skip
def test_mandatory_field_is_required(field):
    assert ("required", field, "refuse") in found(**{field: ""})
    always = field in ("title", "owner_org", "share_type", "open_type")
    assert ("required", field, "refuse" if always else "warn") in found(FEDERATED, **{field: None})


@pytest.mark.parametrize(
    ("field", "weight"),
    [("share_type", "refuse"), ("open_type", "refuse"), ("open_domain", "refuse"), ("share_mode", "refuse"),
     ("format_class", "warn"), ("class_xiang", "warn")],
)  # fmt: skip
def test_unknown_code_is_named(field, weight):
    assert ("unknown_code", field, "refuse") in found(**{field: "99"})
    assert ("unknown_code", field, weight) in found(FEDERATED, **{field: "99"})


@pytest.mark.parametrize("field", ["title", "notes"])
def test_text_that_is_too_long(field):
    assert ("too_long", field, "refuse") in found(**{field: "长" * 257})
    assert ("too_long", field, "warn") in found(FEDERATED, **{field: "长" * 257})
    assert found(title="名" * 50, notes="长" * 256) == set()


@pytest.mark.parametrize("code", ["307001004-0007", "407001/1", "x", 7])
def test_v1_code_has_its_shape(code):
    assert found(resource_code=code) == {("code_shape", "resource_code", "refuse")}
    assert found(FEDERATED, resource_code=code) == {("code_shape", "resource_code", "refuse")}


def test_v1_code_begins_with_the_class():
    assert found(resource_code="307002004/0007") == {("code_shape", "resource_code", "refuse")}
    assert found(resource_code="") == set()


def test_v2_each_level_is_below_the_one_above():
    assert ("class_parent", "class_mu", "refuse") in found(class_mu="301001", resource_code="")
    assert ("class_parent", "class_ximu", "warn") in found(FEDERATED, class_ximu="307002004",
        resource_code="")
    assert ("class_parent", "class_mu", "refuse") in found(class_mu="30700", class_ximu="",
        resource_code="")


def test_v6_format_type_belongs_to_its_class():
    assert ("format_type", "format_type", "refuse") in found(format_type="pdf")
    assert ("format_type", "format_desc", "refuse") in found(format_class="6", format_type="free")
    assert found(format_class="6", format_type="free", format_desc="以文本打开") == set()


@pytest.mark.parametrize("items", [[], None, "", "junk", [None]])
@pytest.mark.parametrize("kind", ["2", "3"])
def test_v7_tables_list_their_items(items, kind):
    entry = {**GOOD, "info_items": items, "format_class": kind}
    assert [finding.field for finding in rules.v7_items(entry, NATIONAL, CODES)] == ["info_items"]
    assert rules.v7_items({**entry, "format_class": "1"}, NATIONAL, CODES) == []


@pytest.mark.parametrize(
    ("item", "word"),
    [({"name": "", "type": "C", "length": "5"}, "名称"),
        ({"name": "甲", "type": "", "length": "5"}, "数据类型"),
     ({"name": "甲", "type": "X", "length": "5"}, "X"), ({"name": "甲", "type": "12"}, "12"),
     ({"name": "甲", "type": "C"}, "长度"), ({"name": "甲", "type": "N", "length": "abc"}, "长度")],
)  # fmt: skip
def test_v7_item_says_name_type_and_length(item, word):
    [finding] = rules.v7_items({**GOOD, "info_items": [item]}, NATIONAL, CODES)
    assert word in finding.message_zh
    assert "第1个信息项" in finding.message_zh


@pytest.mark.parametrize("item",
    [{"type": "M"}, {"type": "D"}, {"type": "N", "length": "18,2"}, {"type": 1, "length": 5},
        {"type": "n", "length": "18，2"}])
def test_v7_good_items_pass(item):
    assert found(info_items=[{"name": "甲", **item}]) == set()


@pytest.mark.parametrize(("kind", "type_", "mode", "good"),
    [("2", "csv", "1", False), ("3", "mysql", "2", False), ("3", "mysql", "1", True),
        ("3", "mysql", "3", True), ("7", "rest", "3", True), ("1", "pdf", "2", True)])
def test_v8_delivery_fits_the_format(kind, type_, mode, good):
    findings = found(format_class=kind, format_type=type_, share_mode_type=mode)
    assert findings == (set() if good else {("share_mode", "share_mode_type", "refuse")})


def test_v8_delivery_is_said_unless_not_shared():
    assert found(share_mode="") == {("share_mode", "share_mode", "refuse")}
    assert found(share_mode_type="") == {("share_mode", "share_mode_type", "refuse")}
    assert found(share_mode="2", share_mode_type="") == set()


@pytest.mark.parametrize("day",
    ["2026-04-01", "1948-12-31", "2026-02-30", "0000-00-00", "2026/3/1", "20260301", "２026-03-01",
        "2026-03-01T00:00", "昨天"])
def test_v10_impossible_day_is_refused(day):
    assert found(pub_date=day) == {("pub_date", "pub_date", "refuse")}
    assert found(FEDERATED, pub_date=day) == {("pub_date", "pub_date", "warn")}


@pytest.mark.parametrize("day", ["1949-01-01", "2026-03-31"])
def test_v10_first_and_last_day_pass(day):
    assert found(pub_date=day) == set()


@pytest.mark.parametrize("cycle", ["0", "9", "每月", "R/P1M"])
def test_v11_cycle_is_of_the_list(cycle):
    assert found(update_cycle=cycle) == {("update_cycle", "update_cycle", "refuse")}


def test_v13_related_codes_have_their_shape():
    assert found(related_codes=["101001/0001"]) == set()
    assert found(related_codes=["101001/0001", "x"]) == {("related_codes", "related_codes", "refuse")}


def test_v14_item_names_differ():
    items = [{"name": "名称", "type": "M"}, {"name": " 名 称", "type": "M"}]
    assert found(info_items=items) == {("item_names", "info_items", "refuse")}
    assert found(FEDERATED, info_items=items) == {("item_names", "info_items", "warn")}


@pytest.mark.parametrize(("own", "good"),
    [("1", False), ("2", True), ("3", True), ("", True), (None, True), ("x", False)])
def test_v17_item_is_never_looser_than_its_entry(own, good):
    items = [{"name": "名称", "type": "M", "share_type": own}]
    findings = found(**CONDITIONAL, info_items=items)
    assert findings == (set() if good else {("item_share", "info_items", "refuse")})


@pytest.mark.parametrize("title",
    [" 停车场", "停车场 ", "停车场\u3000\u3000信息", "停车场\u200b信息", "ＡＢＣ信息", "停车\n场"])
def test_v19_title_has_its_form(title):
    assert found(title=title) == {("title_form", "title", "refuse")}
    assert found(FEDERATED, title=title) == {("title_form", "title", "warn")}
