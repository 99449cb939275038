"""Pages of people and departments: who sees them, what their forms do, and the page before a deed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare import roles

PEOPLE = ("citizen", "firm", "officer", "reviewer", "neighbour", "office", "county_office", "operator")
APPOINTMENT = {"user": "officer", "post": "科长", "phone": "0990-1234567", "since": "2026-01-01"}
MERGER = {"ids": ["jiaotong"], "into": "jiaoyu", "on": "2026-01-01", "document": "1号", "members": "1"}


class Labels(HTMLParser):
    """Fields of forms that nobody labels."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.labels, self.ids = set(), set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "label":
            self.labels.add(values.get("for"))
        if tag in ("input", "select", "textarea") and values.get("type") not in (
            "hidden",
            "submit",
            "search",
        ):
            self.fields.add(values.get("id"))


@pytest.fixture
def browse(app, city):
    """Ask for a page as a person."""

    def ask(path, by="", **form):
        headers = {}
        if by:
            token = tk.get_action("api_token_create")(
                {"ignore_auth": True, "user": by}, {"user": by, "name": "t"}
            )["token"]
            headers = {"Authorization": token}
        call = app.post if form else app.get
        more = {"data": form} if form else {}
        return call(path, headers=headers, follow_redirects=False, **more)

    return ask


@pytest.mark.parametrize("user", PEOPLE)
def test_who_opens_the_page_of_a_department(browse, user):
    allowed = user in ("officer", "reviewer", "office")
    assert browse("/desk/people/jiaotong", user).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("user", PEOPLE)
def test_who_opens_the_page_of_the_office(browse, user):
    allowed = user in ("office", "county_office")
    assert browse("/office/people", user).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("path", ["/desk/people", "/desk/people/jiaotong", "/office/people"])
def test_a_visitor_is_asked_to_log_in(browse, path):
    answer = browse(path)
    assert (answer.status_code, "/user/login" in answer.headers["location"]) == (302, True)


def test_the_desk_leads_a_person_to_the_own_department(browse):
    assert browse("/desk/people", "officer").headers["location"].endswith("/desk/people/jiaotong")
    assert browse("/desk/people", "office").headers["location"].endswith("/office/people")


def test_an_unknown_department_is_not_found(browse):
    assert browse("/desk/people/nowhere", "office").status_code == 404


def test_the_reviewer_appoints_and_confirms_by_form(browse):
    assert browse("/desk/people/jiaotong/appoint", "reviewer", **APPOINTMENT).status_code == 302
    page = browse("/desk/people/jiaotong", "officer").body
    assert "0990-1234567" in page
    assert "科长" in page


def test_a_refused_form_comes_back_with_what_was_typed(browse):
    answer = browse("/desk/people/jiaotong/appoint", "reviewer", **{**APPOINTMENT, "phone": "来电<b>"})
    assert answer.status_code == 200
    assert "来电&lt;b&gt;" in answer.body
    assert 'id="appoint-phone-more" class="gs-people__fault"' in answer.body


def test_roles_are_given_and_ended_by_form(browse):
    subject = {"user": "citizen", "role": "editor"}
    browse("/desk/people/jiaotong/grant", "reviewer", **subject)
    held = roles.has_role("citizen", "editor", model.Group.get("jiaotong").id)
    browse("/desk/people/jiaotong/revoke", "reviewer", **subject)
    model.Session.expire_all()
    assert held
    assert not roles.has_role("citizen", "editor", model.Group.get("jiaotong").id)


def test_whoever_has_no_role_left_loses_the_desk_at_once(browse):
    assert browse("/desk/people/jiaotong", "officer").status_code == 200
    browse("/desk/people/jiaotong/revoke", "reviewer", user="officer", role="editor")
    assert browse("/desk/people/jiaotong", "officer").status_code == 403


@pytest.mark.parametrize("user", ["officer", "neighbour", "citizen", "operator"])
def test_others_write_nothing_by_form(browse, user):
    assert browse("/desk/people/jiaotong/appoint", user, **APPOINTMENT).status_code == 403
    assert browse("/office/people/merge", user, **MERGER, _confirmed="1").status_code == 403
    form = {"id": "jiaotong", "title": "市交通局", "on": "2026-01-01"}
    assert browse("/office/people/rename", user, **form).status_code == 403


def test_a_merger_is_shown_before_it_happens(browse, make_entry):
    make_entry()
    shown = browse("/office/people/merge", "office", **MERGER)
    assert (shown.status_code, roles.organization("jiaotong") is None) == (200, False)
    assert "市交通运输局" in shown.body
    assert 'name="_confirmed"' in shown.body
    done = browse("/office/people/merge", "office", **MERGER, _confirmed="1")
    model.Session.expire_all()
    assert (done.status_code, roles.organization("jiaotong")) == (302, None)


def test_a_rename_is_shown_before_it_happens(browse):
    form = {"id": "jiaotong", "title": "市交通局", "on": "2026-01-01"}
    assert "市交通局" in browse("/office/people/rename", "office", **form).body
    browse("/office/people/rename", "office", **form, _confirmed="1")
    page = browse("/organization/jiaotong").body
    assert "市交通局" in page
    assert "市交通运输局" in page


def test_a_split_names_its_faults(browse):
    form = {"id": "jiaotong", "into_1": "jiaoyu", "entries_1": "307001004/9999", "on": "2026-01-01"}
    answer = browse("/office/people/split", "office", **form)
    assert answer.status_code == 200
    assert "gs-people__fault" in answer.body
    assert "307001004/9999" in answer.body


@pytest.mark.parametrize("path", ["/desk/people/jiaotong", "/office/people"])
def test_every_field_has_a_label_and_every_id_is_once_there(browse, path):
    page = browse(path, "office").body
    found = Labels(page)
    assert found.fields <= found.labels
    assert len(found.ids) == len(set(found.ids))
    assert len(re.findall(r"<h1\b", page)) == 1


@pytest.mark.parametrize("path", ["/desk/people/jiaotong", "/office/people"])
def test_every_form_carries_a_token(browse, path):
    page = browse(path, "office").body
    forms = re.findall(r'<form method="post".*?</form>', page, re.DOTALL)
    assert forms
    assert all("_csrf_token" in form or "csrf" in form for form in forms)


def test_no_page_changes_anything_by_get(app):
    for rule in app.flask_app.url_map.iter_rules():
        if rule.endpoint in ("govshare_people.officer", "govshare_people.role", "govshare_people.change"):
            assert "GET" not in rule.methods
