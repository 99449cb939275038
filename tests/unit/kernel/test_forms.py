"""Forms: what the YAML of a package type says, and what applies and is missing in an entry."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml
from kernel_entries import CODES, GOOD

from ckanext.govshare import schemas
from ckanext.govshare.kernel import forms
from ckanext.govshare.kernel.forms import KINDS, parse

jsonschema = pytest.importorskip("jsonschema")
FOLDER = Path(schemas.__file__).parent
FILES = [path for path in sorted(FOLDER.glob("*.yaml")) if "form_steps" in path.read_text(encoding="utf-8")]
SCHEMA = json.loads((FOLDER / "form.schema.json").read_text(encoding="utf-8"))
DATASET = schemas.load_forms()["dataset"]
ALL = [(form, field) for form in schemas.load_forms().values() for field in (*form.fields, *form.items)]

SMALL = {
    "dataset_type": "small", "about": "小表", "form_steps": [{"slug": "one", "zh": "一", "en": "One"}],
    "code_from": {"field": "a", "constant": "xt"},
    "dataset_fields": [
        {"field_name": "a", "label": {"en": "A", "zh_Hans_CN": "甲"}, "step": "one", "fill": "required"},
        {"field_name": "b", "label": {"en": "B", "zh_Hans_CN": "乙"}, "step": "one", "fill": "required",
         "when": {"a": ["1", "2"]}},
        {"field_name": "c", "label": {"en": "C", "zh_Hans_CN": "丙"}, "step": "one", "fill": "required",
         "required_when": {"a": ["3"]}},
        {"field_name": "server", "label": {"en": "S", "zh_Hans_CN": "丁"}},
    ],
}  # fmt: skip


def names(fields):
    return [field.name for field in fields]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_form_fits_its_schema(path):
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_schema_knows_every_kind():
    assert tuple(SCHEMA["$defs"]["column"]["properties"]["form_kind"]["enum"]) == KINDS


@pytest.mark.parametrize(("form", "field"), ALL, ids=lambda item: getattr(item, "type", None) or item.name)
def test_coded_field_has_its_list(form, field):
    assert not field.codelist or field.codelist in CODES


@pytest.mark.parametrize("form", schemas.load_forms().values(), ids=lambda form: form.type)
def test_conditions_name_values_that_can_be_chosen(form):
    for field in form.fields:
        for other, values in {**field.when, **field.required_when}.items():
            assert set(values) <= {code.code for code in CODES[form.field(other).codelist].codes}


@pytest.mark.parametrize("form", schemas.load_forms().values(), ids=lambda form: form.type)
def test_no_two_columns_have_one_title(form):
    titles = [field.column for field in (*form.fields, *form.items) if field.column]
    assert len(titles) == len(set(titles))


def test_dataset_has_the_columns_of_the_national_template():
    national = {
        "类分类", "项分类", "目分类", "细目分类", "信息资源名称", "信息资源代码", "信息资源提供方",
        "提供方内部部门", "信息资源摘要", "信息资源格式分类", "信息资源格式类型", "其他类型资源格式描述",
        "数据存储总量", "结构化信息记录总数", "已共享的数据存储量", "已共享的结构化记录数",
        "已开放的数据存储量", "已开放的结构化记录数", "信息项名称", "数据类型", "数据长度", "共享类型",
        "共享条件", "共享方式分类", "共享方式类型", "是否向社会开放", "开放条件", "更新周期", "发布日期",
        "关联资源代码",
    }  # fmt: skip
    assert national <= {field.column for field in (*DATASET.fields, *DATASET.items)}


def test_server_fields_are_no_part_of_the_form():
    assert "catalogue_state" not in DATASET
    assert DATASET.items_name == "info_items"
    assert names(DATASET.items)[:2] == ["name", "name_en"]


def test_good_entry_misses_nothing():
    assert DATASET.missing(GOOD) == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"share_type": "2"}, {"share_scope", "share_condition", "share_mode"}),
        ({"share_type": "3"}, {"no_share_basis"}),
        ({"open_type": "2"}, {"open_condition"}),
        ({"open_type": "3"}, {"no_open_reason"}),
        ({"class_lei": "2"}, {"lead_org"}),
        ({"format_class": "6"}, {"format_desc"}),
        ({"format_class": "3"}, {"info_items"}),
        ({"share_type": "1", "share_mode": "1"}, {"share_mode_type"}),
    ],
)
def test_answer_asks_for_more(data, expected):
    assert set(names(DATASET.missing(data))) - set(names(DATASET.missing({}))) == expected


def test_field_that_does_not_apply_is_not_visible():
    assert "no_share_basis" not in names(DATASET.visible({"share_type": "1"}))
    assert "no_share_basis" in names(DATASET.visible({"share_type": "3"}))
    assert "info_items" in names(DATASET.visible({"format_class": "1"}))


def test_required_field_that_does_not_apply_is_not_missing():
    form = parse(SMALL)
    assert names(form.missing({"a": "9"})) == []
    assert names(form.missing({"a": "1"})) == ["b"]
    assert names(form.missing({"a": "3"})) == ["c"]
    assert names(forms.missing(form, {})) == ["a"]


@pytest.mark.parametrize("value", [None, "", "  ", [], ()])
def test_nothing_is_missing_however_it_is_written(value):
    assert names(parse(SMALL).missing({"a": value})) == ["a"]


def test_code_of_a_constant_carries_the_region():
    code = parse(SMALL).code
    assert code.prefix_of({}, "990100") == "xt990100"
    assert code.valid("xt990100/0001")
    assert not any(map(code.valid, ["xt990100-0001", "307001/1", "xt990100/", None, 7]))


def test_code_of_a_class_takes_the_deepest_level():
    assert DATASET.code.prefix_of({"class_mu": "307001", "class_ximu": "307001004"}, "990100") == "307001004"
    assert DATASET.code.prefix_of({"class_mu": "307001"}, "990100") == "307001"
    assert DATASET.code.prefix_of({}, "990100") == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [({"step": "two"}, "step"), ({"form_kind": "song"}, "kind"), ({"when": {"z": ["1"]}}, "depends"),
     ({"cascade_of": "z"}, "depends")],
)  # fmt: skip
def test_form_that_names_what_is_not_there_is_no_form(change, message):
    document = copy.deepcopy(SMALL)
    document["dataset_fields"][1].update(change)
    with pytest.raises(ValueError, match=message):
        parse(document)


def test_form_whose_code_is_nowhere_is_no_form():
    with pytest.raises(ValueError, match="code"):
        parse({**SMALL, "code_from": {"field": "nowhere", "constant": "xt"}})


def test_kernel_without_forms_says_so():
    with pytest.raises(LookupError, match="no forms"):
        forms.Provided("forms").installed()
