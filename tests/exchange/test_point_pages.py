"""Pages of the life of a point: its form, the panel of its acceptance, its papers."""

from __future__ import annotations

import html
import io
import re

import pytest

pytestmark = pytest.mark.usefixtures("site", "loopback")
PDF = b"%PDF-1.7\n" + b"x" * 50
TYPED = {
    "organization": "jiaotong",
    "kind": "data_json",
    "name": "jiaotong-catalogue",
    "title": "交通局目录",
    "url": "https://data.example.com/data.json",
    "network": "互联网",
    "default_class": "307001004",
    "share_type": "2",
    "share_scope": "全市政务部门",
    "share_condition": "按需申请",
    "publish": "auto",
    "files": "link",
    "turn": "daily",
    "at": "02:30",
    "setting-account": "",
    "settings": '{"note": "甲"}',
}


@pytest.fixture
def headers(city):
    """Request headers of a signed-in person."""
    from ckan.tests import factories

    return lambda user: {"Authorization": factories.APIToken(user=user)["token"]}


@pytest.fixture
def post(app, headers):
    """Send a form as somebody; answers the page that follows, or the answer itself."""

    def send(path, data, user="officer", follow=True):
        return app.post(path, data=data, headers=headers(user), follow_redirects=follow)

    return send


@pytest.fixture
def registered(post):
    post("/exchange/new", TYPED)
    return "jiaotong-catalogue"


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.body)))


def test_a_point_is_registered_by_the_form(post, ask):
    page = post("/exchange/new", TYPED)

    point = ask("govshare_exchange_point_show", {"id": "jiaotong-catalogue"})
    assert "交通局目录" in page.body
    assert (point["state"], point["schedule"], point["settings"]) == ("registered", "daily@02:30", {"note": "甲"})


def test_department_and_kind_are_chosen_first(app, headers):
    page = app.get("/exchange/new", headers=headers("officer")).body
    form = app.get("/exchange/new?organization=jiaotong&kind=database", headers=headers("officer")).body

    assert 'value="jiaotong"' in page
    assert "jiaoyu" not in page
    assert 'value="database"' in page
    assert 'name="setting-view"' in form


def test_the_office_registers_for_every_department_of_its_region(app, headers):
    page = app.get("/exchange/new", headers=headers("office")).body

    assert 'value="jiaotong"' in page
    assert 'value="jiaoyu"' in page
    assert 'value="xian"' not in page


@pytest.mark.parametrize(
    ("user", "status"), [("", 302), ("citizen", 403), ("operator", 403), ("officer", 200), ("office", 200)]
)
def test_who_sees_the_form(app, headers, user, status):
    page = app.get("/exchange/new", headers=headers(user) if user else {}, follow_redirects=False)

    assert page.status_code == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "交通"),
        ("url", ""),
        ("default_class", "307"),
        ("settings", "{"),
        ("settings", '{"password": "s3cr3t"}'),
        ("moves_by", "2026-12-31"),
        ("minutes", "3"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_is_lost(post, ask, field, value):
    typed = {**TYPED, field: value} | ({"turn": "minutes"} if field == "minutes" else {})

    page = post("/exchange/new", typed)

    place = {"moves_by": "moves_to", "minutes": "schedule"}.get(field, field)
    assert f'id="{place}-fault"' in page.body
    assert 'value="交通局目录"' in page.body
    assert 'value="02:30"' in page.body
    assert ask("govshare_exchange_point_list", {}, "office") == []


def test_hostile_input_is_shown_as_text(post):
    page = post("/exchange/new", {**TYPED, "title": "<script>alert(1)</script>", "name": '"><img src=x>'})

    assert "<script>alert(1)" not in page.body
    assert "<img src=x>" not in page.body


def test_the_form_of_a_database_turns_fields_into_settings_and_back(app, post, headers, ask, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.database.front", "sqlite:////nowhere.db")
    typed = {
        **TYPED, "kind": "database", "url": "database:front", "setting-view": "v_stops\r\nv_lines\r\n",
        "setting-key": "id", "setting-full_days": "3", "settings": '{"provider_unit": "数据处"}',
    }  # fmt: skip

    post("/exchange/new", typed)

    settings = ask("govshare_exchange_point_show", {"id": "jiaotong-catalogue"})["settings"]
    assert settings == {"view": ["v_stops", "v_lines"], "key": "id", "full_days": 3, "provider_unit": "数据处"}
    page = app.get("/exchange/jiaotong-catalogue/edit", headers=headers("officer")).body
    assert "v_stops\nv_lines" in page
    assert "provider_unit" in page
    assert "full_days" not in re.search(r'<textarea id="settings".*?</textarea>', page, re.DOTALL)[0]


def test_a_saved_form_changes_nothing_that_was_not_changed(app, post, headers, registered, ask):
    before = ask("govshare_exchange_point_show", {"id": registered})
    page = app.get(f"/exchange/{registered}/edit", headers=headers("officer")).body
    assert 'value="02:30"' in page

    post(f"/exchange/{registered}/edit", {**TYPED, "title": "新名称"})

    after = ask("govshare_exchange_point_show", {"id": registered})
    assert {name for name in after if after[name] != before[name]} == {"title"}


def test_a_stranger_changes_nothing(post, registered):
    assert post(f"/exchange/{registered}/edit", TYPED, "neighbour", follow=False).status_code == 403
    assert post(f"/exchange/{registered}/edit", TYPED, "operator", follow=False).status_code == 403


def test_the_panel_shows_where_the_point_stands_and_offers_the_next_step_to_the_office(app, headers, registered):
    department = app.get(f"/exchange/{registered}", headers=headers("officer"))
    office = app.get(f"/exchange/{registered}", headers=headers("office"))

    assert 'aria-current="step"' in department.body
    assert "/step/review" not in department.body
    assert f'action="/exchange/{registered}/step/review"' in office.body


def test_the_office_takes_the_steps_on_the_page(post, registered, ask):
    for step in ("review", "assess", "accept"):
        post(f"/exchange/{registered}/step/{step}", {"passed": "1", "opinion": "同意"}, "office")

    assert ask("govshare_exchange_point_show", {"id": registered})["state"] == "accepted"


def test_a_refusal_without_reason_is_refused_and_one_with_a_reason_is_shown(post, registered, ask):
    post(f"/exchange/{registered}/step/review", {"passed": "0", "opinion": ""}, "office")
    assert ask("govshare_exchange_point_show", {"id": registered})["returned"] is None

    page = post(f"/exchange/{registered}/step/review", {"passed": "0", "opinion": "地址不符"}, "office")

    assert "地址不符" in text_of(page)


def test_papers_come_with_the_assessment_or_nothing_is_done(post, registered, ask):
    post(f"/exchange/{registered}/step/review", {"passed": "1"}, "office")
    wrong = {"passed": "1", "assessment": (io.BytesIO(PDF), "a.pdf"), "protection": (io.BytesIO(b"MZ"), "b.pdf")}
    post(f"/exchange/{registered}/step/assess", wrong, "office")
    assert ask("govshare_exchange_point_show", {"id": registered})["state"] == "reviewed"
    assert ask("govshare_exchange_point_history", {"id": registered})["attachments"] == []

    right = {"passed": "1", "assessment": (io.BytesIO(PDF), "测评报告.pdf")}
    page = post(f"/exchange/{registered}/step/assess", right, "office")

    assert ask("govshare_exchange_point_show", {"id": registered})["state"] == "checked"
    assert "测评报告.pdf" in page.body


@pytest.mark.parametrize("path", ["step/review", "step/assess", "step/resume", "mark"])
@pytest.mark.parametrize("user", ["officer", "operator", "citizen"])
def test_steps_are_the_office_s(post, registered, ask, path, user):
    data = {"passed": "1", "assessment": (io.BytesIO(PDF), "a.pdf")}

    assert post(f"/exchange/{registered}/{path}", data, user, follow=False).status_code == 403
    assert ask("govshare_exchange_point_history", {"id": registered})["attachments"] == []


@pytest.mark.parametrize("path", ["step/review", "mark", "attachment", "attachment/x/remove"])
def test_what_changes_something_is_no_link(app, headers, registered, path):
    page = app.get(f"/exchange/{registered}/{path}", headers=headers("office"), follow_redirects=False)

    assert page.status_code in (404, 405)


def test_a_paper_is_handed_out_as_a_file_to_those_who_see_the_point(app, post, headers, registered, ask):
    upload = {"kind": "protection", "upload": (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 9), "等保备案.png")}
    page = post(f"/exchange/{registered}/attachment", upload)
    (found,) = ask("govshare_exchange_point_history", {"id": registered})["attachments"]
    address = f"/exchange/attachment/{found['id']}"
    assert address in page.body

    answers = {user: app.get(address, headers=headers(user)) for user in ("officer", "office", "neighbour", "operator")}

    assert {user: answer.status_code for user, answer in answers.items()} == {
        "officer": 200, "office": 200, "neighbour": 403, "operator": 403,
    }  # fmt: skip
    taken = answers["officer"].headers
    assert taken["Content-Disposition"].startswith("attachment")
    assert taken["Content-Type"] == "application/octet-stream"
    assert taken["X-Content-Type-Options"] == "nosniff"


def test_a_paper_is_taken_off_on_the_page(post, registered, ask):
    post(f"/exchange/{registered}/attachment", {"kind": "other", "upload": (io.BytesIO(PDF), "a.pdf")})
    (found,) = ask("govshare_exchange_point_history", {"id": registered})["attachments"]

    post(f"/exchange/attachment/{found['id']}/remove", {})

    assert ask("govshare_exchange_point_history", {"id": registered})["attachments"] == []


def test_what_does_not_exist_is_not_found(app, post, headers):
    signed_in = headers("office")

    assert app.get("/exchange/nothing/edit", headers=signed_in).status_code == 404
    assert app.get("/exchange/attachment/nothing", headers=signed_in).status_code == 404
    assert post("/exchange/nothing/step/review", {"passed": "1"}, "office", follow=False).status_code == 404
    assert post("/exchange/nothing/step/assess", {"passed": "1"}, "office", follow=False).status_code == 404


def test_every_kind_has_a_form(app, headers):
    from ckanext.govshare.harvesters import KINDS

    signed_in = headers("officer")
    for kind in KINDS:
        page = app.get(f"/exchange/new?organization=jiaotong&kind={kind}", headers=signed_in)
        assert page.status_code == 200
        assert 'name="settings"' in page.body
