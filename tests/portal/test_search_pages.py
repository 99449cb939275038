"""Pages of search: filters, marks, order, help where nothing is found; by the clock, and with hostile input."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("with_plugins", "entries")
ZONE = timezone(timedelta(hours=8))


def at(*parts: int) -> datetime:
    """A moment in Beijing."""
    return datetime(*parts, tzinfo=ZONE)


MARCH = at(2026, 3, 1, 9)


@pytest.fixture(scope="module")
def entries(loaded: None) -> dict[str, Any]:
    """Four public entries of three fields, dated the first of March, and one that only departments see."""
    from ckanext.govshare.catalogue import index
    from ckanext.govshare.kernel import clock
    from tests.conftest import KINDS, build_city, empty, publish

    empty()
    with clock.frozen(MARCH):
        city = build_city()

        def published(**fields: Any) -> dict[str, Any]:
            return publish(city, **{"pub_date": "2026-02-01", **fields})

        made = {
            "bus": published(title="城区公交站点信息", update_cycle="4", tag_string="公交,站点"),
            "school": published(
                title="义务教育学校名录",
                owner_org=city.school,
                open_domain="06",
                update_cycle="7",
                notes="<b>小学</b>、初中的名称和地址" + "，按学年更新" * 30 + "，附校车停靠点。",
            ),
            "taxi": published(title="出租汽车轨迹", update_cycle="3", **KINDS["open_on_condition"]),
            "air": published(title="空气质量小时值", open_domain="13", update_cycle="8"),
            "shut": published(title="企业参保名录", **KINDS["shared_only"]),
        }
        index.drain()
    return made


def page(app: Any, query: str, path: str = "/dataset/") -> str:
    answer = app.get(f"{path}?{query}", headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 200
    return answer.body


def titles(body: str) -> list[str]:
    return [re.sub("<[^>]+>", "", row) for row in re.findall(r'gs-row">\s*<h2>(.*?)</h2>', body, re.DOTALL)]


def facet(body: str, name: str) -> dict[str, int]:
    """Words and numbers of one filter."""
    found = re.search(rf'aria-labelledby="facet-{name}".*?</nav>', body, re.DOTALL)
    rows = re.findall(r"<li><a .*?</li>", found[0], re.DOTALL) if found else []
    values = {}
    for row in rows:
        text = re.sub(r"<[^>]+>", "", re.sub(r'<span class="gs-hidden">.*?</span>', "", row)).strip()
        label, count = re.fullmatch(r"(.*?)\s*(\d+)", text).groups()
        values[label] = int(count)
    return values


def test_words_are_marked_where_they_are(app: Any) -> None:
    body = page(app, "q=公交站点")
    assert "城区<mark>公交站点</mark>信息" in body


def test_matched_items_are_named(app: Any) -> None:
    assert "途经<mark>线路</mark>" in page(app, "q=线路")


def test_a_department_found_by_a_short_name_is_marked(app: Any) -> None:
    assert "<mark>市交通运输局</mark>" in page(app, "q=jtj")


def test_a_summary_is_shown_around_the_word(app: Any) -> None:
    body = page(app, "q=校车")
    assert "<mark>校车</mark>停靠点" in body
    assert "…" in body


def test_markup_of_a_summary_is_text(app: Any) -> None:
    assert "<b>小学" not in page(app, "q=小学")


@pytest.mark.parametrize(
    "query",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{!func}title",
        '_query_:"{!lucene}*:*"',
        "公交 AND (",
        "公交\\",
        "[* TO",
        "公交:",
        "*",
        "?" * 300,
        "a" * 3000,
        "\N{PILE OF POO}",
        "+-!",
    ],
)
def test_hostile_words_break_nothing(app: Any, query: str) -> None:
    answer = app.get("/dataset/", query_string={"q": query})
    assert answer.status_code in (200, 400)
    assert "Traceback" not in answer.body
    assert "<script>alert" not in answer.body
    assert "<img src=x" not in answer.body


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=wechat",
        "f=公交&column=a",
        "open_domain=%22)(",
        "open_domain={!x}",
        "update_state=never",
        "private=true",
        "permission_labels=public",
        "foo%20bar=1&state=deleted",
    ],
)
def test_parameters_that_are_no_filter_say_nothing(app: Any, query: str) -> None:
    assert len(titles(page(app, query))) == 4


def test_a_page_number_that_is_none_is_refused(app: Any) -> None:
    assert app.get("/dataset/?page=x").status_code == 400


def test_several_values_of_a_filter_widen_it(app: Any) -> None:
    assert sorted(titles(page(app, "open_domain=06&open_domain=13"))) == [
        "义务教育学校名录",
        "空气质量小时值",
    ]


def test_several_filters_narrow(app: Any) -> None:
    assert titles(page(app, "open_domain=06&open_domain=14&organization=jiaoyu")) == ["义务教育学校名录"]


def test_values_that_are_not_chosen_keep_their_numbers(app: Any) -> None:
    body = page(app, "open_domain=06")
    assert facet(body, "open_domain") == {"教育文化": 1, "交通运输": 2, "生态环境": 1}
    assert facet(body, "organization") == {"市教育局": 1}


def test_numbers_of_filters_are_those_of_what_the_visitor_sees(app: Any) -> None:
    body = page(app, "q=")
    assert facet(body, "open_type") == {"无条件开放": 3, "有条件开放": 1}
    assert facet(body, "res_format") == {"CSV": 4}
    assert sum(facet(body, "class_xiang").values()) in (0, 4)  # not shown where there is but one


def test_filters_of_a_department(app: Any) -> None:
    body = page(app, "open_domain=13&utm_source=x", "/organization/jiaotong")
    assert titles(body) == ["空气质量小时值"]
    assert facet(body, "open_domain") == {"生态环境": 1, "交通运输": 2}


@pytest.mark.parametrize(
    ("day", "states"),
    [
        # monthly: in time to 1 April, near from 25 March; weekly: to 8 March; yearly: near from 30 January 2027
        (at(2026, 3, 8, 12), {"on_time": {"bus", "school", "taxi"}}),
        (at(2026, 3, 9, 0, 1), {"on_time": {"bus", "school"}, "overdue": {"taxi"}}),
        (at(2026, 3, 25, 12), {"on_time": {"school"}, "due_soon": {"bus"}, "overdue": {"taxi"}}),
        (at(2026, 4, 1, 23, 59), {"on_time": {"school"}, "due_soon": {"bus"}, "overdue": {"taxi"}}),
        (at(2026, 4, 2, 0, 1), {"on_time": {"school"}, "overdue": {"bus", "taxi"}}),
        (at(2027, 1, 30, 12), {"due_soon": {"school"}, "overdue": {"bus", "taxi"}}),
    ],
)
def test_state_of_updates_by_the_clock(
    app: Any, entries: Any, frozen: Any, day: datetime, states: Any
) -> None:
    names = ("on_time", "due_soon", "overdue")
    with frozen(day):
        body = page(app, f"v={day:%m%d}")
        found = {name: set(titles(page(app, f"update_state={name}&v={day:%m%d}"))) for name in names}
    counted = re.findall(r'update_state=(\w+)".*?<b>(\d+)</b>', body)
    assert {name: int(count) for name, count in counted} == {name: len(keys) for name, keys in states.items()}
    assert found == {name: {entries[key]["title"] for key in states.get(name, ())} for name in names}


def test_several_states_of_updates(app: Any, frozen: Any) -> None:
    with frozen(at(2026, 3, 25, 12)):
        assert len(titles(page(app, "update_state=due_soon&update_state=overdue&v=1"))) == 2


def test_a_word_that_sounds_the_same_is_offered(app: Any) -> None:
    body = page(app, "q=工交站点")
    assert "q=%E5%85%AC%E4%BA%A4%E7%AB%99%E7%82%B9" in body  # 公交站点


def test_the_same_search_with_fewer_words_is_offered(app: Any) -> None:
    body = page(app, "q=公交 火箭")
    assert re.search(r'href="/dataset/\?q=%E5%85%AC%E4%BA%A4"', body)


def test_nothing_found_leads_on(app: Any) -> None:
    body = page(app, "q=火箭")
    assert 'href="/organization/"' in body
    assert re.search(r'href="/dialogue/[^"]*kind=request[^"]*words=%E7%81%AB%E7%AE%AD', body)


def test_what_is_hidden_is_not_offered(app: Any) -> None:
    body = page(app, "q=企业参保名录")
    assert "企业参保<" not in body.replace("<mark>", "")
    assert titles(body) == []


@pytest.mark.parametrize(
    ("order", "first"),
    [("title_string asc", "城区公交站点信息"), ("title_string desc", "义务教育学校名录")],
)
def test_order_by_name_is_that_of_a_dictionary(app: Any, order: str, first: str) -> None:
    assert titles(page(app, f"sort={order}"))[0] == first


def test_filters_in_force_stay_with_another_search(app: Any) -> None:
    body = page(app, "open_domain=06&utm_source=x&q=学校")
    assert '<input type="hidden" name="open_domain" value="06">' in body
    assert 'name="utm_source"' not in body


def test_the_search_box_works_without_scripts(app: Any) -> None:
    body = page(app, "q=公交")
    assert re.search(r'<form class="gs-find" role="search" method="get"', body)
    assert 'role="combobox"' not in body  # the script makes it one
    assert not re.search(r"<script(?![^>]*src)", body)
