"""Nothing that the public may not know is found, counted, marked or suggested, by any word, pinyin or file name."""

from __future__ import annotations

import io
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from werkzeug.datastructures import FileStorage

from tests.conftest import ENTRY, KINDS

ITEMS = [
    *ENTRY["info_items"],
    {"name": "司机身份证号", "name_en": "driver_id", "type": "C", "length": "18", "share_type": "3",
     "description": "仅供执法核验"},
]  # fmt: skip
WORDS = ("轨迹秘录", "guiji", "gjml", "軌跡秘錄", "轨迹")


def reader(user: str) -> dict[str, Any]:
    from ckan import model

    return {"user": user, "auth_user_obj": model.User.get(user) if user else None}


def found(query: str, user: str = "") -> int:
    return tk.get_action("package_search")(reader(user), {"q": query, "include_private": True})["count"]


def suggested(query: str, user: str = "") -> dict[str, list[Any]]:
    return tk.get_action("govshare_suggest")(reader(user), {"q": query})


@pytest.fixture
def indexed(make_entry: Any) -> Any:
    from ckanext.govshare.catalogue import index

    def make(**fields: Any) -> dict[str, Any]:
        entry = make_entry(**fields)
        index.drain()
        return entry

    return make


@pytest.mark.parametrize(
    ("kind", "user", "sees"),
    [
        ("open", "", True),
        ("open_on_condition", "", True),
        ("shared_only", "", False),
        ("shared_on_condition", "", False),
        ("not_shared", "", False),
        ("shared_only", "citizen", False),
        ("shared_only", "firm", False),
        ("shared_only", "neighbour", True),
        ("not_shared", "neighbour", True),
        ("not_shared", "office", True),
        ("not_shared", "county_office", False),
    ],
)
def test_who_finds_an_entry_and_is_led_to_it(indexed: Any, kind: str, user: str, sees: bool) -> None:
    indexed(title="轨迹秘录", tag_string="轨迹", **KINDS[kind])
    for word in WORDS:
        assert (found(word, user) == 1) is sees, word
        assert bool(suggested(word, user)["entries"]) is sees, word
    assert suggested("guiji", user)["words"] == (["轨迹"] if sees else [])
    assert bool(suggested("jiaotongju", user)["departments"]) is sees


@pytest.mark.parametrize("state", ["suspended", "withdrawn"])
def test_what_is_published_no_more_is_not_suggested(indexed: Any, state: str) -> None:
    from ckan import model

    from ckanext.govshare.catalogue import index

    package = model.Package.get(indexed(title="轨迹秘录")["id"])
    package.extras = {**package.extras, "catalogue_state": state}
    model.Session.commit()
    index.drain()
    assert found("轨迹秘录") == 0
    assert suggested("轨迹") == {"words": [], "entries": [], "departments": []}


@pytest.mark.parametrize(
    "word", ["身份证", "司机身份证号", "driver_id", "执法核验", "sijishenfenzheng", "sjsfzh"]
)
def test_items_shared_more_narrowly_are_not_found(indexed: Any, word: str) -> None:
    indexed(info_items=ITEMS)
    assert found(word) == 0
    assert suggested(word)["words"] == []


def test_marks_and_matched_items_do_not_tell_them_either(indexed: Any, app: Any) -> None:
    indexed(info_items=ITEMS)
    body = app.get("/dataset/?q=站点").body
    assert "站点" in body
    assert "身份证" not in body


def test_files_for_departments_are_not_found(indexed: Any) -> None:
    indexed()
    assert found("部门文件") == 0
    assert found("公众文件") == 1


def test_a_file_name_is_found_when_its_review_is_done(make_entry: Any, city: Any) -> None:
    from ckanext.govshare.catalogue import index
    from tests.conftest import review

    made = tk.get_action("package_create")({"user": "office"}, {"owner_org": city.traffic, **ENTRY})
    table = FileStorage(io.BytesIO("站点名称,途经线路\n甲,1\n乙,2\n".encode()), "首末班汇总表.csv")
    tk.get_action("resource_create")(
        {"user": "office"},
        {"package_id": made["id"], "name": "数据文件", "audience": "open", "upload": table},
    )
    index.drain()
    before = found("首末班汇总")
    review(made["id"])
    index.drain()
    assert (before, found("首末班汇总")) == (0, 1)


def test_a_file_name_of_data_on_condition_is_not_found(city: Any) -> None:
    from ckanext.govshare.catalogue import index
    from tests.conftest import review

    fields = {"owner_org": city.traffic, **ENTRY, **KINDS["open_on_condition"]}
    made = tk.get_action("package_create")({"user": "office"}, fields)
    table = FileStorage(io.BytesIO("站点名称,途经线路\n甲,1\n乙,2\n".encode()), "首末班汇总表.csv")
    tk.get_action("resource_create")(
        {"user": "office"},
        {"package_id": made["id"], "name": "数据文件", "audience": "open", "upload": table},
    )
    review(made["id"])
    index.drain()
    assert found("首末班汇总") == 0


def test_telephones_are_not_found(indexed: Any) -> None:
    indexed(contact_phone="0000-8887766")
    assert found("0000-8887766") == 0


def test_suggestions_of_words_entries_and_departments(indexed: Any) -> None:
    entry = indexed(tag_string="公交,公交出行")
    assert suggested("gongj") == {
        "words": ["公交", "公交出行"],
        "entries": [{"title": entry["title"], "name": entry["name"]}],
        "departments": [],
    }
    assert suggested("交通局")["departments"] == [{"title": "市交通运输局", "name": "jiaotong"}]
    assert suggested("途")["words"] == ["途经线路"]


@pytest.mark.parametrize("typed", ["", " ", "?", "字" * 41, "\x00", "{!func}", '"', "*:*", "a" * 40])
def test_strange_beginnings_suggest_nothing(indexed: Any, typed: str) -> None:
    indexed()
    assert suggested(typed) == {"words": [], "entries": [], "departments": []}


@pytest.mark.parametrize("typed", [None, 5, ["公交"], {"a": 1}])
def test_what_is_no_text_is_refused(indexed: Any, typed: Any) -> None:
    with pytest.raises(tk.ValidationError):
        suggested(typed)


def test_suggestions_are_asked_by_get_without_an_account(indexed: Any, app: Any) -> None:
    indexed()
    answer = app.get("/api/3/action/govshare_suggest?q=公交")
    assert answer.json["result"]["entries"][0]["title"] == "城区公交站点信息"


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"q": "公交站点", "defType": "dismax", "qf": "name"}, 0),
        ({"q": 'title:"公交"'}, 1),
        ({"q": "title:公交 AND open_domain:14"}, 1),
        ({"q": '"公交站点"'}, 1),
        ({"q": '公交 -"站点"'}, 0),
        ({"q": "公交*"}, 1),
        ({"q": "*:*"}, 1),
        ({}, 1),
        ({"q": "时间:公交"}, 0),
        ({"q": "……"}, 0),
    ],
)
def test_who_speaks_the_language_of_the_index_is_understood(indexed: Any, params: Any, count: int) -> None:
    indexed()
    assert tk.get_action("package_search")({"user": ""}, params)["count"] == count
