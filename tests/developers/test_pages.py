"""Pages of keys and of the office: who opens them, what their forms do, and what they never show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.developers.model import Identity, Key
from tests.people.test_pages import Labels

PEOPLE = ("citizen", "firm", "officer", "reviewer", "county_office", "operator", "office")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _clean(entries: Any) -> Iterator[None]:
    yield
    model.Session.rollback()
    model.Session.execute(sa.delete(Key))
    model.Session.execute(sa.delete(Identity))
    model.Session.commit()


@pytest.fixture
def browse(app: Any) -> Callable[..., Any]:
    """Ask for a page as a person; with fields it is a form that is sent."""

    def ask(path: str, by: str = "", form: dict[str, str] | None = None) -> Any:
        headers = {}
        if by:
            values = {"user": by, "name": "t"}
            made = tk.get_action("api_token_create")({"ignore_auth": True, "user": by}, values)
            headers["Authorization"] = made["token"]
        if form is None:
            return app.get(path, headers=headers, follow_redirects=False)
        return app.post(path, data=form, headers=headers, follow_redirects=False)

    return ask


def make(by: str = "citizen", name: str = "公交助手") -> dict[str, Any]:
    return tk.get_action("govshare_key_create")({"user": by}, {"name": name, "purpose": "公交到站查询"})


def test_a_visitor_is_asked_to_log_in(browse):
    for path in ("/developers/keys", "/developers/office"):
        answer = browse(path)
        assert answer.status_code == 302
        assert "came_from" in answer.headers["Location"]


@pytest.mark.parametrize("by", PEOPLE)
def test_everybody_with_an_account_has_the_page_of_keys_the_office_its_own(browse, by):
    page = browse("/developers/keys", by)
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert ("/developers/office" in page.body) == (by == "office")
    assert browse("/developers/office", by).status_code == (200 if by == "office" else 403)


def test_a_key_is_shown_in_one_answer_only(browse):
    page = browse("/developers/keys", "citizen", {"name": "公交助手", "purpose": "查询"})
    secret = re.search(r"gsk_[\w-]{43}", page.body)[0]
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in browse("/developers/keys", "citizen").body
    assert secret not in browse("/developers/office", "office").body


def test_a_refused_form_comes_back_with_what_was_typed_and_why(browse):
    page = browse("/en/developers/keys", "citizen", {"name": HOSTILE, "purpose": ""})
    assert page.status_code == 200
    assert HOSTILE not in page.body
    assert HOSTILE in unescape(page.body)
    assert 'id="key-purpose-fault"' in page.body
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Key)) == 0


def test_hostile_names_are_texts_on_every_page(browse, app):
    made = make(name=HOSTILE)
    for path, by in (("/developers/keys", "citizen"), ("/developers/office", "office")):
        assert HOSTILE not in browse(path, by).body
    browse(f"/developers/keys/{made['id']}/revoke", "citizen", {})
    assert HOSTILE not in browse("/developers/keys", "citizen").body


def test_a_key_is_revoked_by_post_and_by_its_owner(browse):
    made = make()
    assert browse(f"/developers/keys/{made['id']}/revoke", "citizen").status_code in (404, 405)
    assert model.Session.get(Key, made["id"]).revoked is None
    assert browse(f"/developers/keys/{made['id']}/revoke", "firm", {}).status_code == 403
    assert browse(f"/developers/keys/{made['id']}/revoke", "citizen", {}).status_code == 302
    assert model.Session.get(Key, made["id"]).revoked is not None
    assert browse("/developers/keys/nothing/revoke", "office", {}).status_code == 404


def test_use_is_a_chart_with_a_text_and_a_table(browse, call, entries):
    made = make()
    call(f"/api/rows/{entries['open']['resource_code']}/1", key=made["key"])
    page = browse(f"/en/developers/keys?key={made['id']}", "citizen").body
    assert "1 requests in 30 days, at most 1 on one day" in page
    assert page.count("<rect") == 30
    assert entries["open"]["title"] in page


def test_the_key_of_somebody_else_is_not_chosen(browse):
    made = make("firm", "别人的密钥")
    assert "别人的密钥" not in browse(f"/developers/keys?key={made['id']}", "citizen").body


def test_the_office_sets_a_quota_and_a_wrong_number_comes_back(browse):
    made = make()
    path = f"/developers/office/keys/{made['id']}"
    assert browse(path, "citizen", {"per_day": "9"}).status_code == 403
    page = browse(path, "office", {"per_minute": "viele", "per_day": "9"})
    assert 'value="viele"' in page.body
    assert f'id="per_minute-{made["id"]}-fault"' in page.body
    assert browse(path, "office", {"per_minute": "7", "per_day": ""}).status_code == 302
    key = model.Session.get(Key, made["id"])
    assert (key.per_minute, key.per_day) == (7, None)


def test_the_office_verifies_an_account_on_its_page(browse):
    page = browse("/developers/office?user=citizen", "office").body
    assert 'name="level" value="real_name"' in page
    form = {"user": "citizen", "level": "real_name", "reason": "已核验身份证件"}
    assert browse("/developers/office/account", "firm", form).status_code == 403
    assert browse("/developers/office/account", "office", {**form, "reason": ""}).status_code == 302
    assert tk.get_action("govshare_account_show")({"user": "citizen"}, {})["level"] == "none"
    assert browse("/developers/office/account", "office", form).status_code == 302
    assert tk.get_action("govshare_account_show")({"user": "citizen"}, {})["level"] == "real_name"
    assert browse("/developers/office?user=nobody", "office").status_code == 404


def test_every_field_has_a_label_and_every_form_a_token(browse):
    make()
    for path, by in (("/developers/keys", "citizen"), ("/developers/office?user=citizen", "office")):
        page = browse(path, by).body
        labels = Labels(page)
        assert labels.fields <= labels.labels
        assert len(labels.ids) == len(set(labels.ids))
        posts = re.findall(r'<form[^>]*method="post"[^>]*>.*?</form>', page, re.DOTALL)
        assert len(posts) >= 2
        assert all('name="_csrf_token"' in form for form in posts)


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30])
def test_strange_pages_of_the_list_are_its_first(browse, number):
    make()
    assert browse(f"/developers/office?page={number}", "office").status_code == 200
