"""The home page: what is on it, that its figures open their lists, and that its cost does not grow."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan.lib.search import common

from tests.sql import statements

pytestmark = pytest.mark.usefixtures("with_plugins")


def count(monkeypatch: pytest.MonkeyPatch, draw: Callable[[], Any]) -> tuple[int, int]:
    """Statements to the database and questions to the index while a page is drawn."""
    searches = []
    original = common.pysolr.Solr.search

    def search(self: Any, *args: Any, **kwargs: Any) -> Any:
        searches.append(args)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(common.pysolr.Solr, "search", search)
    try:
        with statements() as sent:
            draw()
    finally:
        monkeypatch.setattr(common.pysolr.Solr, "search", original)
    return len(sent), len(searches)


def test_it_costs_the_same_with_more_entries(
    app: Any, make_entry: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_entry(title="城区公交站点信息")
    app.get("/")
    few = count(monkeypatch, lambda: app.get("/"))
    for number in range(2, 8):
        make_entry(title=f"数据{number}", resource_code=f"307001004/{number:04}")
    app.get("/")
    assert count(monkeypatch, lambda: app.get("/")) == few
    assert few[0] <= 30
    assert few[1] <= 3


def test_every_figure_opens_its_list(app: Any, make_entry: Callable[..., Any]) -> None:
    make_entry()
    body = app.get("/").body
    figures = body[body.index("gs-figures") :].split("</ul>", 1)[0]
    links = re.findall(r'href="([^"]+)"', figures)
    assert len(links) == 5
    for link in links:
        assert app.get(link.replace("&amp;", "&")).status_code == 200


def test_announcements_stand_on_it_and_a_pinned_one_above_the_fields(
    app: Any, make_entry: Callable[..., Any]
) -> None:
    make_entry()
    made = tk.get_action("govshare_announcement_create")(
        {"user": "office"}, {"title": "停机通知", "text": "周六", "pinned": True}
    )
    body = app.get("/").body
    assert body.index("停机通知") < body.index('id="fields"')
    assert f"/announcement/{made['id']}" in body


def test_an_empty_site_says_what_will_be_here(app: Any, city: SimpleNamespace) -> None:
    answer = app.get("/")
    assert answer.status_code == 200
    assert 'id="announced"' not in answer.body
    assert 'id="used"' not in answer.body


def test_nothing_of_an_entry_that_is_not_open_is_on_it(app: Any, make_entry: Callable[..., Any]) -> None:
    from tests.conftest import KINDS

    for number, kind in enumerate(("shared_only", "shared_on_condition", "not_shared"), start=1):
        make_entry(title=f"内部{number}", resource_code=f"307001004/{number:04}", **KINDS[kind])
    for path in ("/", "/site-map"):
        assert "内部" not in app.get(path).body


def test_it_holds_no_form_that_writes_and_no_token(app: Any, city: SimpleNamespace) -> None:
    answer = app.get("/")
    assert 'method="post"' not in answer.body
    assert "_csrf_token" not in answer.body
    assert "Set-Cookie" not in answer.headers


def test_the_search_of_the_home_page_finds(app: Any, make_entry: Callable[..., Any]) -> None:
    made = make_entry(title="城区公交站点信息")
    assert 'name="q"' in app.get("/").body
    assert f"/dataset/{made['name']}" in app.get("/dataset/?q=公交").body


def test_the_site_map_leads_to_pages_that_are_there(app: Any, make_entry: Callable[..., Any]) -> None:
    make_entry()
    body = app.get("/site-map").body
    main = body[body.index("gs-map") :].split("<footer", 1)[0]
    for link in set(re.findall(r'href="(/[^"]*)"', main)):
        assert app.get(link.replace("&amp;", "&")).status_code == 200
