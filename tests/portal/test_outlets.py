"""The outlets of the catalogue: nothing of what is not open is in any of them, and all of what is open is in each."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from lxml import etree
from openpyxl import load_workbook

from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import feeds, outlets, outlets_kept, outlets_schema_org, sitemap
from tests.portal import outlet_city
from tests.portal.outlet_city import ENTRIES, HOSTILE, SECRET, SEEN, TAKEN
from tests.sql import statements

#: outlet → what names an entry in it
OUTLETS = {
    "/data.json": "id",
    "/catalog.ttl": "id",
    "/catalog.xml": "id",
    "/catalog.jsonld": "id",
    "/catalogue.csv": "name",
    "/catalogue.json": "name",
    "/catalogue.xlsx": "name",
    "/sitemap/entries-1.xml": "name",
    "/feed.atom": "id",
    "/feed/department/jiaotong.atom": "id",
    "/feed/search.atom": "id",
    "/feeds/dataset.atom": "id",
    "/feeds/organization/jiaotong.atom": "id",
    "/feeds/custom.atom": "id",
}
READERS = ["", "officer", "office", "operator"]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def made(loaded: None) -> SimpleNamespace:
    """The catalogue of outlet_city; nothing here writes, so it is made once."""
    return outlet_city.build()


@pytest.fixture
def fetch(app: Any, made: SimpleNamespace):
    """The text of an outlet, asked for by somebody."""

    def one(path: str, user: str = "", status: int = 200, **headers: str) -> str:
        environ = {}
        if user:
            token = tk.get_action("api_token_create")(
                {"ignore_auth": True}, {"user": user, "name": path + user}
            )
            environ = {"HTTP_AUTHORIZATION": token["token"]}
        answer = app.get(path, extra_environ=environ, headers=headers)
        assert answer.status_code == status, answer.body[:500]
        if path.endswith(".xlsx"):
            sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
            return "\n".join(
                "\t".join(str(cell or "") for cell in row) for row in sheet.iter_rows(values_only=True)
            )
        return answer.body

    return one


@pytest.mark.parametrize("user", READERS)
@pytest.mark.parametrize("path", OUTLETS)
def test_an_outlet_holds_what_is_open_and_no_trace_of_anything_else(fetch, made, path, user):
    text = fetch(path, user)
    text += json.dumps(json.loads(text), ensure_ascii=False) if path.endswith(("json", "jsonld")) else ""
    closed = [made.entries[kind] for kind in set(ENTRIES) - SEEN]
    traces = [entry[key] for entry in closed for key in ("id", "name", "title", "resource_code")]
    assert [trace for trace in (*traces, *SECRET, made.application["id"], "泄漏应用") if trace in text] == []
    key = OUTLETS[path]
    assert [kind for kind in sorted(SEEN) if made.entries[kind][key] not in text] == []


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap/pages.xml", "/robots.txt"])
def test_lists_of_pages_hold_no_trace_of_a_closed_entry(fetch, made, path):
    text = fetch(path)
    closed = [made.entries[kind] for kind in set(ENTRIES) - SEEN]
    assert [entry["name"] for entry in closed if entry["name"] in text or entry["id"] in text] == []


@pytest.mark.parametrize("kind", sorted(ENTRIES))
@pytest.mark.parametrize("user", ["", "office"])
def test_linked_data_of_one_entry_are_there_for_the_open_ones_alone(fetch, made, kind, user):
    entry = made.entries[kind]
    text = fetch(f"/dataset/{entry['id']}.ttl", user, 200 if kind in SEEN else 404)
    assert (entry["title"] in text) is (
        kind in SEEN and kind != "hostile"
    )  # whose title is written with escapes
    assert [trace for trace in SECRET if trace in text] == []


@pytest.mark.parametrize("user", ["", "office"])
@pytest.mark.parametrize(
    "path", ["/catalog.ttl?fq=dataset_type:application", "/feeds/custom.atom?dataset_type=application"]
)
def test_other_types_do_not_come_in_by_a_filter(fetch, made, path, user):
    assert made.application["id"] not in fetch(path, user)


@pytest.mark.parametrize("kind", sorted(ENTRIES))
@pytest.mark.parametrize("reader", ["", "officer", "office"])
def test_what_search_engines_are_told_is_open(made, app, kind, reader):
    context = {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}
    try:
        entry = tk.get_action("package_show")(context, {"id": made.entries[kind]["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        assert kind not in SEEN
        return
    with app.flask_app.test_request_context("/"):
        text = str(outlets_schema_org.govshare_structured_data(entry))
    if kind not in SEEN:
        assert text == ""
        return
    told = json.loads(text)
    assert [trace for trace in SECRET if trace in json.dumps(told, ensure_ascii=False)] == []
    assert len(told.get("distribution", [])) == TAKEN.get(kind, 0)
    assert (told["@type"], told["name"]) == ("Dataset", entry["title"])


def test_nothing_in_an_entry_ends_the_script_that_it_is_told_in(made, app):
    entry = tk.get_action("package_show")({"user": ""}, {"id": made.entries["hostile"]["id"]})
    with app.flask_app.test_request_context("/"):
        text = str(outlets_schema_org.govshare_structured_data(entry))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text)["name"] == HOSTILE


@pytest.mark.parametrize(
    ("path", "feeds_told"),
    [
        ("/", ["feed.atom"]),
        ("/dataset/", ["feed.atom"]),
        ("/dataset/?q=条目", ["feed.atom", "feed/search.atom?q=%E6%9D%A1%E7%9B%AE"]),
        ("/organization/jiaotong", ["feed.atom", "feed/department/jiaotong.atom"]),
        ("entry", ["feed.atom", "feed/department/jiaotong.atom", "feed/field/14.atom"]),
    ],
)
def test_pages_lead_to_their_feeds_and_linked_data(app, made, path, feeds_told):
    page = etree.HTML(app.get(path if path != "entry" else f"/dataset/{made.entries['open']['name']}").body)
    links = [link.attrib for link in page.iterfind(".//head/link[@rel='alternate'][@title]")]
    atom = [link["href"] for link in links if link["type"] == "application/atom+xml"]
    linked = [link["href"] for link in links if link["title"] == "DCAT"]
    assert atom == [f"http://test.ckan.net/{feed}" for feed in feeds_told]
    what = f"dataset/{made.entries['open']['id']}" if path == "entry" else "catalog"
    assert linked == [f"http://test.ckan.net/{what}.{ending}" for ending in ("ttl", "jsonld", "xml")]
    told = [json.loads(script.text) for script in page.iterfind(".//script[@type='application/ld+json']")]
    assert [one["name"] for one in told] == ([made.entries["open"]["title"]] if path == "entry" else [])


def test_search_engines_are_told_without_a_statement(made, app):
    entry = tk.get_action("package_show")({"user": ""}, {"id": made.entries["open"]["id"]})
    with statements() as sent, app.flask_app.test_request_context("/"):
        outlets_schema_org.govshare_structured_data(entry)
    assert sent == []


def test_the_catalogue_file_tells_its_day_in_name_and_rows(app, made, frozen):
    today = clock.now().replace(year=2027, month=3, day=4)
    with frozen(today):
        answers = {}
        for format in ("csv", "json", "xlsx"):
            answers[format] = app.get(f"/catalogue.{format}")
            assert answers[format].data
    for format, answer in answers.items():
        name = "%E5%85%AC%E5%85%B1%E4%BF%A1%E6%81%AF%E8%B5%84%E6%BA%90%E5%BC%80%E6%94%BE%E7%9B%AE%E5%BD%95"
        assert (
            answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}-20270304.{format}"
        )
    rows = list(csv.DictReader(io.StringIO(answers["csv"].data.decode("utf-8-sig"))))
    assert {row["目录日期"] for row in rows} == {"2027-03-04"}
    assert json.loads(answers["json"].body)["as_of"] == "2027-03-04"
    book = load_workbook(io.BytesIO(answers["xlsx"].data))
    assert book.sheetnames == ["公共信息资源开放目录2027-03-04"]


def test_the_three_catalogue_files_say_the_same(app, made):
    rows = list(csv.reader(io.StringIO(app.get("/catalogue.csv").data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(app.get("/catalogue.xlsx").data)).worksheets[0]
    table = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    entries = json.loads(app.get("/catalogue.json").body)["entries"]
    assert len(rows) == len(table) == len(entries) + 1 == len(SEEN) + 1
    assert rows == table
    assert [row[1] for row in rows[1:]] == [entry["title"] for entry in entries]


def test_a_formula_in_a_title_stays_a_text(app, made):
    assert outlets.text("=1+1") == "=1+1"
    entry = tk.get_action("package_show")({"user": ""}, {"id": made.entries["open"]["id"]})
    from ckanext.govshare.portal import catalogue_file

    with app.flask_app.test_request_context("/"):
        row = catalogue_file.row({**entry, "title": "=HYPERLINK(1)"})
    cell = catalogue_file._cell(None, row["title"])
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_who_has_an_outlet_is_told_that_it_did_not_change(app, made):
    for path in ("/data.json", "/catalogue.csv", "/sitemap/entries-1.xml", "/feed.atom"):
        tag = app.get(path).headers["ETag"]
        assert app.get(path, headers={"If-None-Match": tag}).status_code == 304, path


def test_an_outlet_that_was_made_is_given_out_again_in_parts_too(app, made):
    whole = app.get("/data.json")
    kept = list(outlets_kept._folder().glob("data.json.*"))
    part = app.get("/data.json", headers={"Range": "bytes=10-19"})
    assert len(kept) == 1
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert whole.headers["Last-Modified"].endswith(" GMT")


def test_a_kept_outlet_is_made_anew_when_the_catalogue_changes(app, made):
    before = app.get("/data.json").headers["ETag"]
    entry = made.entries["ungated"]
    tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, {"id": entry["id"], "reason": "测试"})
    try:
        after = app.get("/data.json")
        assert after.headers["ETag"] != before
        assert entry["id"] not in after.body
    finally:
        undo = {"id": entry["id"], "reason": "测试", "undo": True}
        tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, undo)


def test_head_makes_nothing(app, made, monkeypatch):
    monkeypatch.setattr(outlets, "entries", lambda **_query: pytest.fail("made"))
    for old in outlets_kept._folder().glob("*"):
        old.unlink()
    answer = app.test_client().head("/data.json")
    assert (answer.status_code, answer.data) == (200, b"")


def test_entries_come_page_after_page_each_once(made, monkeypatch):
    monkeypatch.setattr(outlets, "PAGE", 2)
    names = [entry["name"] for entry in outlets.entries()]
    assert names == sorted(made.entries[kind]["name"] for kind in SEEN)


def test_the_sitemap_divides_into_parts(app, made, monkeypatch):
    monkeypatch.setattr(sitemap, "PART", 2)
    monkeypatch.setattr(sitemap, "ROWS", 1)
    with app.flask_app.test_request_context("/"):
        index = b"".join(sitemap.index()).decode()
        parts = [b"".join(sitemap.entries(number)).decode() for number in (1, 2, 3, 4)]
    assert [f"entries-{number}.xml" in index for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert [part.count("<url>") for part in parts] == [2, 2, 1, 0]
    found = [
        name
        for name in (made.entries[kind]["name"] for kind in SEEN)
        if sum(name in part for part in parts) == 1
    ]
    assert len(found) == len(SEEN)


def test_the_sitemap_is_xml_with_days(app, made):
    for path in ("/sitemap.xml", "/sitemap/pages.xml", "/sitemap/entries-1.xml"):
        root = etree.fromstring(app.get(path).data)
        assert root.tag.startswith("{http://www.sitemaps.org/schemas/sitemap/0.9}")
    rows = etree.fromstring(app.get("/sitemap/entries-1.xml").data)
    assert all(len(row) == 2 and "T" in (row[1].text or "") for row in rows)
    assert made.application["name"] in app.get("/sitemap/pages.xml").body


def test_robots_are_led_to_the_sitemap(app, made):
    lines = app.get("/robots.txt").body.splitlines()
    assert "Sitemap: http://test.ckan.net/sitemap.xml" in lines
    assert {"Disallow: /api/", "Disallow: /desk", "Disallow: /office"} <= set(lines)


@pytest.mark.parametrize(
    ("path", "title", "page"),
    [
        ("/feed/department/jiaotong.atom", "市交通运输局", "http://test.ckan.net/organization/jiaotong"),
        ("/feed/field/14.atom", "交通运输", "http://test.ckan.net/dataset?open_domain=14"),
        ("/feed/search.atom?q=条目&open_type=2", "条目 有条件开放", "http://test.ckan.net/dataset?q="),
        ("/feeds/tag/公交.atom", "公交", "http://test.ckan.net/dataset?tags="),
    ],
)
def test_a_feed_says_what_it_holds_and_leads_to_its_page(app, made, path, title, page):
    feed = etree.fromstring(app.get(path).data)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert title in (feed.findtext(f"{ATOM}title") or "")
    assert links["alternate"].startswith(page)
    assert links["self"].startswith("http://test.ckan.net/feed")
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-CN"


def test_a_feed_of_a_search_finds_what_the_search_finds(app, made):
    feed = etree.fromstring(app.get("/feed/search.atom?open_type=2").data)
    assert [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")] == [
        f"http://test.ckan.net/dataset/{made.entries['open_on_condition']['id']}"
    ]


def test_a_feed_goes_on_page_by_page(app, made, monkeypatch):
    monkeypatch.setattr(feeds, "PAGE", 2)
    seen, path = [], "/feed.atom"
    while path:
        feed = etree.fromstring(app.get(path).data)
        seen += [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        path = links.get("next", "").removeprefix("http://test.ckan.net")
    assert len(seen) == len(set(seen)) == len(SEEN)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feed/department/nobody.atom", 404),
        ("/feed/field/99.atom", 404),
        ("/feed/field/x%22y.atom", 404),
        ("/feeds/group/x.atom", 404),
        ("/feed/search.atom?q=%22(%3A%5B", 200),
        ("/feed/search.atom?open_type=%22)%20OR%20*:*", 200),
        ("/feed.atom?page=x", 400),
        ("/feed.atom?page=100000", 404),
        ("/catalog.ttl?page=0", 409),
        ("/catalog.ttl?page=99999", 200),
        ("/catalog.ttl?modified_since=yesterday", 409),
        ("/catalog.ttl?modified_since=2026-01-01T00:00:00%2B08:00", 200),
        ("/catalog.ttl?q=%22(%3A%5B", 200),
        ("/catalog.ttl?fq=)(", 409),
        ("/catalog.docx", 409),
        ("/catalogue.pdf", 404),
        ("/sitemap/entries-0.xml", 404),
        ("/sitemap/entries-99.xml", 200),
    ],
)
def test_what_cannot_be_asked_is_answered_and_never_fails(app, made, path, status):
    assert app.get(path).status_code == status


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("", "http://test.ckan.net"),
        ("/data/{{LANG}}", "http://test.ckan.net/data"),
        ("/{{LANG}}/", "http://test.ckan.net"),
    ],
)
def test_addresses_lie_below_the_path_of_the_site(loaded, monkeypatch, below, expected):
    monkeypatch.setitem(tk.config, "ckan.root_path", below)
    assert outlets.base() == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://a.example/x.csv", "http://a.example/x.csv"),
        (
            "https://a.example:8443/路 线?x=%41&y=%zz",
            "https://a.example:8443/%E8%B7%AF%20%E7%BA%BF?x=%41&y=%25zz",
        ),
        ("http://例子.example/<a>", "http://xn--fsqu00a.example/%3Ca%3E"),
        ("javascript:alert(1)", ""),
        ("http://user:secret@a.example/x", "http://a.example/x"),
        ("http://[::1/", ""),
        ("http://a b/", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_is_one_for_every_system(given, expected):
    assert outlets.address(given) == expected
