"""The pages of the portal, as a visitor and as the office see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.usefixtures("with_plugins")

# Names of formats, tools and licences, the same in every language, and the data of the tests themselves.
ALLOWED = set(
    """
    API APIs OpenAPI CC BY NC SA GFDL GNU ODC ODbL PDDL OGL Atom BibTeX RIS CKAN CSV DCAT DOI GeoJSON HTML ID
    JSON LD MB KB Markdown PDF RDF SHA SQL Turtle URL XLSX XML English DS csv json xlsx xml file
    link https http api dataset organization curl datastore rows fq start success result error TOKEN
    open_type open_domain resource_id example com org net jiaotong office operator
    HTTP JavaScript Python YAML DataStore Retry After RateLimit Remaining after appKey columns contains data message
    next parameter
    """.split()  # noqa: SIM905 - a list literal would take a hundred lines
)
TITLES = {"open": "城区公交站点信息", "open_on_condition": "公交客流统计"}


class _Page(HTMLParser):
    """What a reader sees or hears of a page, and what the page loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.mains = self.headings = self._silent = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._silent += tag in ("script", "style", "code", "pre", "textarea", "title")
        self.words += [
            values[name] for name in ("aria-label", "alt", "title", "placeholder") if values.get(name)
        ]
        if tag == "input" and values.get("type") in ("submit", "button"):
            self.words.append(values.get("value", ""))
        if tag in ("script", "img", "iframe", "source", "video") and values.get("src"):
            self.loads.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(values["href"])
        self.mains += values.get("role") == "main" or tag == "main"
        self.headings += tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "code", "pre", "textarea", "title")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    def latin(self) -> set[str]:
        """Latin words that are in no allow-list."""
        text = re.sub(r"https?://\S+|\S+@\S+", " ", " ".join(self.words))
        return {word for word in re.findall(r"[A-Za-z][A-Za-z_]{2,}", text) if word not in ALLOWED}


@pytest.fixture(scope="module")
def entries(loaded: None) -> dict[str, dict[str, Any]]:
    """A city with an open entry, one open on condition and one that only departments see, made once."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from tests.conftest import KINDS, build_city, empty, publish

    empty()
    city = build_city()
    made = {
        kind: publish(city, title=title, resource_code=f"307001004/{number:04}", **KINDS[kind])
        for number, (kind, title) in enumerate([*TITLES.items(), ("shared_only", "企业参保名录")], start=1)
    }
    for user in model.Session.query(model.User):
        user.fullname, user.about = "某某", None  # the factories invent English ones
    for organization in model.Session.query(model.Group):
        organization.description = ""
    model.Session.commit()
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    return made


@pytest.fixture
def office(entries: Any) -> dict[str, str]:
    """Headers of a person of the office."""
    from ckan.tests import factories

    return {"Authorization": factories.APIToken(user="office", name="test")["token"]}


def _get(app: Any, path: str, status: int = 200, **extra: Any) -> Any:
    return app.get(path, status=status, **extra)


READING = [
    "/",
    "/about",
    "/developers",
    "/dataset/",
    "/dataset/?q=公交",
    "/dataset/?q=没有这样的数据",
    "/dataset/?open_type=1&res_format=CSV",
    "/dataset/?sort=title_string+asc",
    "/dataset/307001004-0001",
    "/dataset/307001004-0002",
    "/organization/",
    "/organization/jiaotong",
    "/user/login",
]
WORKING = [
    "/dashboard/datasets",
    "/dashboard/organizations",
    "/dataset/new",
    "/dataset/edit/307001004-0001",
    "/user/office",
    "/user/edit/office",
    "/user/office/api-tokens",
    "/organization/members/office",
    "/organization/edit/office",
]


@pytest.mark.parametrize("path", READING)
def test_reading_page_is_chinese_whole_and_light(app: Any, entries: Any, path: str) -> None:
    answer = _get(app, path)
    page = _Page(answer.body)
    assert page.latin() == set()
    assert page.mains == 1
    assert page.headings == 1
    assert '<html lang="zh-Hans-CN"' in answer.body
    assert [load for load in page.loads if load.endswith(".js") and "_search" not in load] == []
    assert len(page.loads) <= 4


@pytest.mark.parametrize("path", READING + ["/nowhere"])
def test_page_loads_nothing_from_elsewhere(app: Any, entries: Any, path: str) -> None:
    answer = _get(app, path, status=404 if path == "/nowhere" else 200)
    assert {urlsplit(load).netloc for load in _Page(answer.body).loads} <= {"", "test.ckan.net"}


@pytest.mark.parametrize("path", [path for path in READING if path != "/user/login"])
def test_visitor_gets_no_cookie_and_no_token(app: Any, entries: Any, path: str) -> None:
    answer = _get(app, path)
    assert "Set-Cookie" not in answer.headers
    assert "_csrf_token" not in answer.body


@pytest.mark.parametrize("path", WORKING)
def test_page_of_the_office_is_chinese(app: Any, office: dict[str, str], path: str) -> None:
    page = _Page(_get(app, path, headers=office).body)
    assert page.latin() == set()


@pytest.mark.parametrize("path", ["/en/user/login", "/en/about", "/en/developers", "/en/nowhere"])
def test_english_page_has_english_words_only(app: Any, entries: Any, path: str) -> None:
    answer = _get(app, path, status=404 if path.endswith("nowhere") else 200)
    page = _Page(answer.body)
    text = " ".join(page.words).replace("简体中文", "")
    # The site's own name is given in one language, and the emblem is its first character.
    import ckan.plugins.toolkit as tk

    from ckanext.govshare import config

    for value in (tk.config["ckan.site_title"], config.site()["city"], config.site()["office"], "公交", "演"):
        text = text.replace(value, "")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_search_marks_the_words_and_counts_only_what_the_visitor_may_see(app: Any, entries: Any) -> None:
    body = _get(app, "/dataset/?q=公交").body
    assert "城区<mark>公交</mark>站点信息" in body
    assert "2 个数据集" in body
    assert "企业参保名录" not in _get(app, "/dataset/").body


def test_filter_narrows_and_can_be_taken_away(app: Any, entries: Any) -> None:
    body = _get(app, "/dataset/?open_type=2").body
    assert TITLES["open_on_condition"] in body
    assert TITLES["open"] not in body
    assert "开放方式: 有条件开放" in body
    assert 'href="/dataset/"' in body


def test_empty_search_says_what_to_do_next(app: Any, entries: Any) -> None:
    body = _get(app, "/dataset/?q=没有这样的数据&open_type=1").body
    assert "没有找到含“没有这样的数据”的数据" in body
    assert "不带筛选重新搜索" in body


def test_query_is_shown_as_text(app: Any, entries: Any) -> None:
    body = _get(app, "/dataset/?q=<script>alert(1)</script>").body
    assert "<script>alert" not in body


def test_bad_query_is_refused_without_a_traceback(app: Any, entries: Any) -> None:
    assert "Traceback" not in app.get("/dataset/?sort=nonsense+desc").body


def test_entry_offers_its_file_and_its_facts(app: Any, entries: Any) -> None:
    body = _get(app, "/dataset/307001004-0001").body
    assert "http://files.example/open.csv" in body
    assert "http://files.example/share.csv" not in body
    for words in (
        "无条件开放",
        "市交通运输局",
        "每日更新",
        "307001004/0001",
        "站点名称",
        "BibTeX",
        "元数据完整",
    ):
        assert words in body


def test_entry_open_on_condition_says_how_and_gives_no_file(app: Any, entries: Any) -> None:
    body = _get(app, "/dataset/307001004-0002").body
    assert "实名申请，用于科研" in body
    assert "请向市交通运输局提出书面申请" in body
    assert "有条件开放，请向提供方申请" in body
    assert "http://files.example/" not in body


def test_resource_page_says_why_a_file_cannot_be_taken(app: Any, entries: Any) -> None:
    resource = next(r for r in entries["open_on_condition"]["resources"] if r["audience"] == "open")
    body = _get(app, f"/dataset/307001004-0002/resource/{resource['id']}").body
    assert "有条件开放，请向提供方申请" in body
    assert _Page(body).latin() == set()


def test_entry_for_departments_is_not_there_for_the_public(app: Any, entries: Any) -> None:
    body = _get(app, f"/dataset/{entries['shared_only']['name']}", status=404).body
    assert "没有找到这个页面" in body
    assert "企业参保名录" not in body


def test_name_colour_and_foot_follow_the_configuration(
    app: Any, entries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckan.common import config

    monkeypatch.setitem(config, "ckanext.govshare.site.brand", "#7a1f1f")
    monkeypatch.setitem(config, "ckanext.govshare.site.icp", "演ICP备0000号")
    body = _get(app, "/").body
    assert "--gs-set-brand:#7a1f1f" in body
    assert "演ICP备0000号" in body


def test_colour_that_is_none_is_left_out(app: Any, entries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ckan.common import config

    monkeypatch.setitem(config, "ckanext.govshare.site.brand", "red;}</style><script>")
    assert "--gs-set-brand:" not in _get(app, "/").body


def test_demo_is_named_on_every_page(app: Any, entries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ckan.common import config

    monkeypatch.setitem(config, "ckanext.govshare.site.demo", True)
    for path in ("/", "/dataset/", "/user/login"):
        assert "演示数据，非真实政务信息" in _get(app, path).body


def test_title_cannot_bring_markup(app: Any, make_entry: Callable[..., dict[str, Any]]) -> None:
    import ckan.plugins.toolkit as tk

    made = make_entry(title="<b onclick=x>标题</b>", notes="<script>alert(1)</script>摘要")
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    for path in ("/", "/dataset/", "/dataset/?q=标题", f"/dataset/{made['name']}"):
        body = _get(app, path).body
        assert "<b onclick" not in body
        assert "<script>alert" not in body


@pytest.mark.parametrize(
    ("code", "content", "shown"),
    [
        ([500], "Internal server error", False),
        (502, "secret of the server", False),
        (403, "Only the office may see this", True),
    ],
)
def test_error_shows_what_is_meant_for_people(app: Any, code: Any, content: str, shown: bool) -> None:
    from ckanext.govshare.portal.frame import govshare_error

    with app.flask_app.test_request_context("/zh_Hans_CN/"):
        error = govshare_error(code, content)
    assert error["code"].isdecimal()
    assert (error["text"] == content) is shown


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/ckan-admin/", 403)])
def test_error_page_is_chinese(app: Any, entries: Any, path: str, status: int) -> None:
    assert _Page(_get(app, path, status=status).body).latin() == set()


def test_scripts_of_core_speak_chinese(app: Any, entries: Any) -> None:
    words = _get(app, "/api/i18n/zh_Hans-CN").json
    assert words["Please Confirm"] == [None, "请确认"]
    assert "%(num)d 个字符" in words["Input is too short, must be at least one character"][1]
    assert words[""]["lang"] == "zh_Hans-CN"
