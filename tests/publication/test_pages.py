"""The pages: what each kind of reader finds on them, in Chinese and English, without JavaScript."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel.clock import ZONE

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)


@pytest.fixture
def pages(app, publish, make_target, frozen):
    """A site with three counted data sets, one dead link and both years' targets; GET as a user."""
    with frozen(NOW):
        for day in ("2026-02-01", "2026-05-01", "2026-11-01"):
            publish(pub_date=day)
        publish(title="失效的资源", link_state="dead")
        first = make_target(title="开放数据集 20 个以上", at_least=2, due="2026-03-31")
        second = make_target(at_least=80)
        tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})

        def get(path: str, user: str = "", status: int = 200) -> str:
            environ: dict[str, Any] = {"user": model.User.get(user)} if user else {}
            if user:
                token = tk.get_action("api_token_create")(
                    {"ignore_auth": True, "user": user}, {"user": user, "name": path}
                )["token"]
                environ = {"headers": {"Authorization": token}}
            answer = app.get(path, **environ)
            assert answer.status_code == status, answer.body[:500]
            return answer.body

        get.first, get.second = first["id"], second["id"]
        yield get


def text_of(body: str) -> str:
    main = body[body.index("gs-publication") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_progress_answers_how_many_of_how_many(pages):
    body = text_of(pages("/progress"))
    assert "3 / 80" in body
    assert "链接失效 1" in body


def test_locked_row_is_shown_with_its_day(pages):
    assert "3月31日" in text_of(pages("/progress"))


def test_chart_has_title_text_and_table(pages):
    body = pages("/progress")
    assert re.search(r'<svg[^>]+role="img"[^>]+aria-labelledby="svg-title-\w+ svg-text-\w+"', body)
    assert "<title id=" in body
    assert "<desc id=" in body
    assert "2026年2月28日" in body


def test_departments_are_on_the_page_of_the_office_only(pages):
    assert "市交通运输局" in text_of(pages("/progress", "office"))
    for user in ("", "officer", "operator"):
        assert "市交通运输局" not in text_of(pages("/progress", user))


def test_english_page(pages):
    body = text_of(pages("/en/progress"))
    assert "Dead link 1" in body
    assert "Open data sets" in body


def test_ledger_lists_what_counts(pages):
    body = text_of(pages(f"/progress/{pages.second}"))
    assert "公交站点信息（样本001）" in body
    assert "失效的资源" not in body


def test_reasons_page_is_for_office_and_department(pages):
    path = f"/progress/{pages.second}?counted=0"
    for user in ("office", "officer"):
        body = text_of(pages(path, user))
        assert "失效的资源" in body
        assert "修复或更换链接" in body
    pages(path, "citizen", status=403)
    pages(path, status=403)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "7"])
def test_odd_page_numbers_do_no_harm(pages, page):
    pages(f"/progress/{pages.second}?page={page}")


def test_unknown_target_is_a_404(pages):
    pages("/progress/no-such", status=404)


def test_page_without_a_target_says_what_to_do_next(app, city):
    body = app.get("/progress").body
    assert "/dataset" in body


def test_applications_list_and_page(pages, city):
    used = model.Session.query(model.Package).filter_by(title="公交站点信息（样本001）").one()
    code = used.extras["resource_code"]
    names = []
    for title, approved in (("公交到站查询", "1"), ("等待中的应用", "0")):
        names.append(tk.get_action("package_create")({"user": "office"}, {
            "type": "application", "title": title, "notes": "查询到站时间。", "owner_org": city.bureau,
            "app_form": "web", "url": f"https://{approved}.example.org/", "developer": "演示科技公司",
            "dataset_codes": [code], "approved": approved,
        })["name"])  # fmt: skip
    body = text_of(pages("/application"))
    assert "公交到站查询" in body
    assert "等待中的应用" not in body
    assert "等待中的应用" in text_of(pages("/application", "office"))
    shown = pages(f"/application/{names[0]}")
    assert "公交站点信息（样本001）" in shown
    assert "网页" in shown
    pages(f"/application/{names[1]}", status=404)
    pages("/application/no-such", status=404)


def test_entry_is_not_shown_as_an_application(pages):
    name = model.Session.query(model.Package).filter_by(title="公交站点信息（样本001）").one().name
    pages(f"/application/{name}", status=404)
