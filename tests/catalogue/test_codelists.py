"""Code lists and standard items: actions, addresses, and the deployment's own files."""

from __future__ import annotations

import csv
import io
import textwrap

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests.helpers import call_action, changed_config

LIST = """\
name: {name}
version: "2027"
source: 本市
title: {{zh: 共享类型, en: Share type}}
codes:
- {{code: "1", zh: "=1+1", en: One}}
- {{code: "2", zh: 二, en: Two, parent: "1"}}
"""


@pytest.fixture
def own_lists(tmp_path):
    """A deployment's folder, in force."""
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "share_mode.yaml").write_text(LIST.format(name="share_mode"), encoding="utf-8")
    with changed_config("ckanext.govshare.schemas.path", str(tmp_path)):
        yield tmp_path


def get(app, path, **more):
    return app.get(path, **more)


def test_everybody_reads_the_lists(site):
    lists = {found["name"]: found for found in tk.get_action("govshare_codelist_list")({"user": ""}, {})}
    assert lists["share_type"]["count"] == 3
    assert lists["class_ximu"]["version"]


def test_cascade_asks_for_the_values_below_one(site):
    below = tk.get_action("govshare_codelist_show")({"user": ""}, {"name": "class_mu", "parent": "103"})
    assert [code["code"] for code in below["codes"]] == ["103001", "103002"]
    none = tk.get_action("govshare_codelist_show")({"user": ""}, {"name": "class_mu", "parent": "999"})
    assert none["codes"] == []


def test_page_lists_every_list_with_its_files(app, site):
    page = get(app, "/codelist").body
    assert "/codelist/share_type.json" in page
    assert "/codelist/share_type.csv" in page


def test_json_is_what_the_action_answers(app, site):
    answer = get(app, "/codelist/share_type.json")
    assert answer.json == call_action("govshare_codelist_show", name="share_type")
    assert answer.headers["Content-Type"].startswith("application/json")


def test_shared_cache_keeps_what_goes_to_everybody_and_nobodys_cookie(app, site):
    answer = app.flask_app.test_client(use_cookies=False).get("/codelist/share_type.json")
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    with_session = app.flask_app.test_client(use_cookies=False).get(
        "/codelist/share_type.json", headers={"Cookie": "session=x"}
    )
    assert "private" in with_session.headers["Cache-Control"]


def test_json_takes_a_parent(app, site):
    assert {code["parent"] for code in get(app, "/codelist/class_xiang.json?parent=2").json["codes"]} == {"2"}


def test_list_that_was_read_before_is_not_sent_again(app, site):
    tag = get(app, "/codelist/share_type.json").headers["ETag"]
    again = get(app, "/codelist/share_type.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.body) == (304, "")


def test_csv_has_a_mark_and_the_same_values(app, site):
    data = get(app, "/codelist/share_type.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["zh"] for row in rows] == ["无条件共享", "有条件共享", "不予共享"]


@pytest.mark.parametrize("path", ["nothing.json", "nothing.csv", "..%2Fsecret.json", "share_type.xml"])
def test_list_that_is_not_there_is_not_found(app, site, path):
    assert get(app, f"/codelist/{path}", expect_errors=True).status_code == 404


def test_deployments_list_replaces_the_shipped_one(app, site, own_lists):
    assert [code["zh"] for code in get(app, "/codelist/share_mode.json").json["codes"]] == ["=1+1", "二"]
    assert len(get(app, "/codelist/share_type.json").json["codes"]) == 3


def test_csv_holds_no_formula(app, site, own_lists):
    assert "'=1+1" in get(app, "/codelist/share_mode.csv").data.decode("utf-8-sig")


def test_rules_follow_the_deployments_list(city, make_entry, own_lists):
    with pytest.raises(tk.ValidationError) as refused:
        make_entry(share_mode="3")
    assert "share_mode" in refused.value.error_dict


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("broken.yaml", "name: [", "broken.yaml"),
        ("other.yaml", LIST.format(name="share_mode"), "other.yaml"),
        ("less.yaml", "name: less\ncodes: []", "version"),
        ("number.yaml", LIST.format(name="number").replace('"1"', "1"), "number.yaml"),
    ],
)
def test_broken_file_is_named(site, own_lists, name, text, word):
    folder = own_lists / "again"
    (folder / "codes").mkdir(parents=True)
    (folder / "codes" / name).write_text(text, encoding="utf-8")
    with changed_config("ckanext.govshare.schemas.path", str(folder)):
        with pytest.raises(ValueError, match=word) as error:
            tk.get_action("govshare_codelist_list")({"user": ""}, {})
        assert name in str(error.value)


def test_folder_that_is_not_there_is_named(site, tmp_path):
    with (
        changed_config("ckanext.govshare.schemas.path", str(tmp_path / "nowhere")),
        pytest.raises(ValueError, match="nowhere"),
    ):
        tk.get_action("govshare_codelist_list")({"user": ""}, {})


def test_legal_profile_that_is_not_there_is_named(city, make_entry):
    with (
        changed_config("ckanext.govshare.schemas.legal_profile", "guofa99"),
        pytest.raises(ValueError, match="tiaoli_2025"),
    ):
        make_entry()


def test_everybody_finds_standard_items(site):
    find = tk.get_action("govshare_standard_item_list")
    assert len(find({"user": ""}, {})) >= 40
    assert [item["id"] for item in find({"user": ""}, {"q": "信用代码"})][0] == "DE101"
    assert find({"user": ""}, {"q": "没有这样的数据元"}) == []


def test_standard_item_is_shown_by_its_identifier(site):
    item = tk.get_action("govshare_standard_item_show")({"user": ""}, {"id": "DE003"})
    assert (item["zh"], item["type"], item["code_table"]) == ("性别", "C", "GB/T 2261.1")
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("govshare_standard_item_show")({"user": ""}, {"id": "DE999"})


def test_item_takes_what_its_standard_item_says(make_entry):
    entry = make_entry(info_items=[{"name": "性别", "standard": "DE003"}])
    assert entry["info_items"] == [
        {"name": "性别", "standard": "DE003", "type": "C", "length": "1", "code_table": "GB/T 2261.1"}
    ]


def test_item_of_an_unknown_standard_item_is_refused(make_entry):
    with pytest.raises(tk.ValidationError) as refused:
        make_entry(info_items=[{"name": "性别", "standard": "DE999", "type": "C", "length": "1"}])
    assert "DE999" in str(refused.value.error_dict["info_items"])


def test_deployments_register_replaces_the_shipped_one(site, own_lists):
    (own_lists / "standard_items.yaml").write_text(
        textwrap.dedent(
            """\
            version: "2027"
            source: 本市
            items:
            - {id: XX001, zh: 车位数, en: Parking lots, name: cws, type: I, length: "4", source: 本市}
            """
        ),
        encoding="utf-8",
    )
    assert [item["id"] for item in tk.get_action("govshare_standard_item_list")({}, {})] == ["XX001"]
