"""Static pages: shipped templates, the office's versions, who may write, and text that tries to be more than text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.portal import pages, rich_text

pytestmark = pytest.mark.usefixtures("with_plugins")

BEIJING = timezone(timedelta(hours=8))
MAY = datetime(2026, 5, 4, 9, tzinfo=BEIJING)
OFFICE = {"user": "office"}
ZH, EN = "zh_Hans_CN", "en"


def act(action: str, user: str = "office", **data: Any) -> Any:
    """An action in the name of somebody, with its auth function."""
    return tk.get_action(action)({"user": user}, data)


def write(text: str = "新的许可", **more: Any) -> dict[str, Any]:
    return act(
        "govshare_page_update", **{"slug": "licence", "language": ZH, "title": "许可", "text": text, **more}
    )


def login(user: str) -> dict[str, str]:
    """Headers of a person who is logged in."""
    from ckan.tests import factories

    return {"Authorization": factories.APIToken(user=user)["token"]}


@pytest.mark.parametrize("language", pages.LANGUAGES)
@pytest.mark.parametrize("slug", pages.SLUGS)
def test_every_page_ships_with_a_text_that_names_the_site(app: Any, slug: str, language: str) -> None:
    with app.flask_app.test_request_context():
        shipped = pages.shipped(slug, language)
    assert shipped.title
    assert len(shipped.text) > 200
    assert "{" not in shipped.text


@pytest.mark.parametrize("slug", pages.SLUGS)
def test_both_languages_have_the_same_sections(slug: str) -> None:
    counted = [pages._file(slug, language).count("\n## ") for language in pages.LANGUAGES]
    assert counted[0] == counted[1]


def test_a_visitor_reads_a_shipped_page_that_says_it_is_a_template(app: Any, city: SimpleNamespace) -> None:
    answer = app.get("/page/licence")
    assert "数据使用许可" in answer.body
    assert "范本" in answer.body or "template that came with the software" in answer.body
    assert "csrf" not in answer.body
    assert "<form" not in answer.body
    assert "Set-Cookie" not in answer.headers


def test_a_saved_page_is_shown_with_its_version_and_the_shipped_one_stays(
    app: Any, city: SimpleNamespace, frozen: Any
) -> None:
    with frozen(MAY):
        made = write(note="经法制审核")
    assert (made["version"], made["changed"][:10], made["template"]) == (1, "2026-05-04", False)
    assert "新的许可" in app.get("/page/licence").body
    old = app.get("/page/licence?version=0").body
    assert "注明来源" in old
    assert "新的许可" not in old


def test_versions_are_kept_as_they_were(city: SimpleNamespace) -> None:
    for text in ("第一版", "第二版", "第三版"):
        write(text)
    found = act("govshare_page_history", "", slug="licence", language=ZH)
    assert [row["version"] for row in found] == [3, 2, 1, 0]
    assert act("govshare_page_show", "", slug="licence", language=ZH, version=2)["text"] == "第二版"


def test_languages_are_written_apart(city: SimpleNamespace) -> None:
    write("中文")
    assert act("govshare_page_show", "", slug="licence", language=EN)["template"]


def test_who_edited_an_older_version_is_told_and_nothing_is_lost(city: SimpleNamespace) -> None:
    write("甲", version="0")
    with pytest.raises(tk.ValidationError, match="version"):
        write("乙", version="0")
    assert act("govshare_page_show", "", slug="licence", language=ZH)["text"] == "甲"


def test_an_english_reader_gets_the_english_text(app: Any, city: SimpleNamespace) -> None:
    assert "Name the source" in app.get("/en/page/licence").body


@pytest.mark.parametrize("user", ["", "citizen", "firm", "officer", "reviewer", "county_office", "operator"])
def test_nobody_but_the_office_of_the_site_writes(city: SimpleNamespace, user: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        act("govshare_page_update", user, slug="guide", language=ZH, title="甲", text="乙")


@pytest.mark.parametrize("user", ["", "citizen", "operator"])
def test_authors_are_named_to_the_office_alone(city: SimpleNamespace, user: str) -> None:
    write()
    assert "by" not in act("govshare_page_show", user, slug="licence", language=ZH)
    assert act("govshare_page_show", slug="licence", language=ZH)["by"] == "office"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"text": ""}, "text"),
        ({"text": "长" * 50_001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": ["a"]}, "text"),
        ({"language": "fr"}, "language"),
        ({"note": "长" * 201}, "note"),
    ],
)
def test_a_page_that_cannot_be_stored_is_refused_by_field(
    city: SimpleNamespace, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        act("govshare_page_update", **{"slug": "guide", "language": ZH, "title": "甲", "text": "乙", **data})
    assert list(refused.value.error_dict) == [field]


@pytest.mark.parametrize("address", ["/page/none", "/page/licence?version=99", "/page/licence?version=-1",
                                     "/page/licence?version=٣"])  # fmt: skip
def test_a_page_that_is_not_there_is_404(app: Any, city: SimpleNamespace, address: str) -> None:
    assert app.get(address, expect_errors=True).status_code == 404


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("<script>alert(1)</script>好", "<script"),
        ("[点](javascript:alert(1))", "javascript:"),
        ("[点](JaVaScRiPt&#58;alert(1))", "href"),
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("![图](https://elsewhere.example/a.png)", "elsewhere.example"),
        ("![图](//elsewhere.example/a.png)", "elsewhere.example"),
        ("![图](data:image/svg+xml;base64,AAAA)", "data:"),
        ("<iframe src='https://elsewhere.example'></iframe>", "iframe"),
        ("<style>body{display:none}</style>", "<style"),
        ("<form action=/x><input name=a></form>", "<form"),
        ('<a href="/x" onclick="alert(1)" style="position:fixed">x</a>', "onclick"),
        ('<a href="data:text/html,<script>alert(1)</script>">x</a>', "data:text"),
        ("<base href='https://elsewhere.example/'>", "<base"),
        ("<svg onload=alert(1)>", "<svg"),
        ("<h1 id=content>大</h1>", "<h1"),
        ('<div class="gs-note" id="content">x</div>', "gs-note"),
    ],
)
def test_hostile_text_becomes_text(app: Any, text: str, gone: str) -> None:
    with app.flask_app.test_request_context():
        assert gone not in str(rich_text.render(text))


def test_tables_lists_and_own_links_stay(app: Any) -> None:
    with app.flask_app.test_request_context():
        html = str(
            rich_text.render(
                "# 一\n\n- 甲\n\n|a|b|\n|---|---|\n|1|2|\n\n[目录](/dataset) ![徽](/uploads/a.png)"
            )
        )
    assert "<h2>一</h2>" in html
    assert '<table class="gs-table">' in html
    assert 'href="/dataset' in html
    assert 'src="/uploads/a.png"' in html


@pytest.mark.parametrize(
    "text", [">" * 20_000, "[" * 20_000, "[a]" * 900, "`" * 40_001, "* " * 20_000, "<" * 40_000]
)
def test_texts_that_nest_without_end_are_rendered_in_time(app: Any, text: str) -> None:
    with app.flask_app.test_request_context():
        started = datetime.now(tz=timezone.utc)
        rich_text.render(text)
    assert datetime.now(tz=timezone.utc) - started < timedelta(seconds=5)


def test_the_office_sees_a_preview_and_nothing_is_saved(app: Any, city: SimpleNamespace) -> None:
    form = {"language": ZH, "title": "指南", "text": "**要点**", "version": "0", "preview": "1"}
    answer = app.post("/page/guide/edit", data=form, headers=login("office"))
    assert "<strong>要点</strong>" in answer.body
    assert act("govshare_page_show", "", slug="guide", language=ZH)["template"]


def test_the_office_saves_by_form(app: Any, city: SimpleNamespace) -> None:
    form = {"language": ZH, "title": "指南", "text": "要点", "version": "0", "note": "首版"}
    app.post("/page/guide/edit", data=form, headers=login("office"))
    assert act("govshare_page_show", slug="guide", language=ZH)["note"] == "首版"


@pytest.mark.parametrize("path", ["/page/guide/edit", "/site-settings", "/site-settings/pages",
                                  "/site-settings/announcements", "/announcement/new"])  # fmt: skip
def test_forms_are_for_the_office(app: Any, city: SimpleNamespace, path: str) -> None:
    assert app.get(path, follow_redirects=False, expect_errors=True).status_code == 302
    for user in ("citizen", "officer", "operator"):
        assert app.get(path, headers=login(user), expect_errors=True).status_code == 403
    assert app.get(path, headers=login("office")).status_code == 200


def test_every_version_leaves_an_event(city: SimpleNamespace) -> None:
    write()
    events = act("govshare_audit_list", object_type="page")["results"]
    assert [event["action"] for event in events] == ["page_updated"]
    assert events[0]["actor"] == "office"
