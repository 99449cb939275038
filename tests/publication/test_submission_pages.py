"""The public pages of submissions and applications: the form, the receipt, the list, an application and its entry."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.publication import submissions_registered as registered
from ckanext.govshare.publication import submissions_used
from tests.publication.submitting import PDF, PNG, SECRETS, WEB, entry, picture, program
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture
def used(city) -> dict[str, Any]:
    return entry(city)


@pytest.fixture
def web(app, used):
    """Browse: GET, or POST where data are given; returns the answer of the page after redirects."""

    def go(path: str, data: dict[str, Any] | None = None, status: int = 200, user: str = "", **more: Any) -> Any:
        headers = {}
        if user:
            token = tk.get_action("api_token_create")(
                {"ignore_auth": True, "user": user}, {"user": user, "name": path}
            )["token"]
            headers = {"Authorization": token}
        if data is None:
            return app.get(path, headers=headers, status=status, **more)
        return app.post(path, data=data, headers=headers, status=status, **more)

    return go


def approve(id: str, **data: Any) -> dict[str, Any]:
    return tk.get_action("govshare_submission_approve")({"user": "office"}, {"id": id, **data})


def only() -> dict[str, Any]:
    """The one submission that waits for the office."""
    found = tk.get_action("govshare_submission_list")({"user": "office"}, {"state": "all"})
    assert found["count"] == 1
    return found["results"][0]


def test_the_form_opens_with_the_data_set_it_came_from(web, used):
    body = web(f"/application/submit?dataset={used['name']}").body
    assert f'name="dataset" value="{used["name"]}" checked' in body
    assert used["title"] in body


def test_handing_in_leads_to_a_receipt_and_to_nothing_public(web, used):
    answer = web("/application/submit", {**WEB, "dataset": used["name"], "nonce": "0" * 32})
    assert "gs-tag--late" in answer.body
    assert "/application/receipt/" in answer.request.path
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert WEB["title"] not in web("/application").body
    assert WEB["title"] not in web(f"/dataset/{used['name']}").body
    only()


def test_a_form_sent_twice_hands_in_once(web, used):
    for _ in range(2):
        web("/application/submit", {**WEB, "dataset": used["name"], "nonce": "0" * 32})
    only()


def test_a_fault_names_its_field_and_nothing_typed_is_lost(web, used):
    sent = {**WEB, "url": "javascript:alert(1)", "title": '"><b>'}
    sent |= {"dataset": used["name"], "datasets": "307001004/9999"}
    body = web("/application/submit", sent).body
    assert 'href="#ask-url"' in body
    assert 'href="#ask-datasets"' in body
    assert 'value="&#34;&gt;&lt;b&gt;"' in body
    assert all(word in body for word in (WEB["notes"], WEB["contact_phone"], "307001004/9999", "javascript:alert(1)"))
    assert f'value="{used["name"]}" checked' in body
    assert re.search(r'value="web"[^>]* checked', body)
    assert tk.get_action("govshare_submission_list")({"user": "office"}, {"state": "all"})["count"] == 0


def test_a_filled_trap_hands_nothing_in(web, used):
    body = web("/application/submit", {**WEB, "dataset": used["name"], "website": "http://spam.example"}).body
    assert 'href="#ask-website"' in body
    assert tk.get_action("govshare_submission_list")({"user": "office"}, {"state": "all"})["count"] == 0


def test_too_many_are_told_so(web, used, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.govshare.publication.submissions_per_day", 0)
    body = web("/application/submit", {**WEB, "dataset": used["name"]}, status=429).body
    assert WEB["notes"] in body


def test_a_megabyte_in_a_field_is_refused(web, used):
    web("/application/submit", {**WEB, "notes": "长" * 1_000_000, "dataset": used["name"]}, status=413)


def test_a_returned_one_is_corrected_on_its_receipt(web, used):
    sent = {**WEB, **program(), "dataset": used["name"]}
    path = web("/application/submit", sent).request.path
    tk.get_action("govshare_submission_return")({"user": "office"}, {"id": only()["id"], "reason": "请写清名称"})
    body = web(path).body
    assert "请写清名称" in body
    assert 'value="公交到站查询"' in body
    again = {**WEB, **program(qr_code=None), "title": "新名称", "dataset": used["name"], "act": "submit"}
    again.pop("qr_code")
    assert "请写清名称" in web(f"{path}/act", {**again, "title": ""}).body
    web(f"{path}/act", again)
    assert (only()["state"], only()["title"]) == ("submitted", "新名称")
    web(f"{path}/act", {"act": "withdraw"})
    assert only()["state"] == "withdrawn"
    assert 'role="alert"' in web(f"{path}/act", {"act": "withdraw"}).body


@pytest.mark.parametrize("token", ["x", "0" * 43, "%00", "..%2F..", "x" * 5000])
def test_a_guessed_receipt_is_not_there(web, token):
    web(f"/application/receipt/{token}", status=404)


def test_an_application_shows_its_data_sets_and_picture_and_the_entry_shows_it(web, used):
    web("/application/submit", {**WEB, **program(), "picture": picture(PNG), "dataset": used["name"]})
    name = approve(only()["id"], looked=True)["package"]["name"]
    body = web(f"/application/{name}").body
    assert used["title"] in body
    assert not any(secret in body for secret in SECRETS)
    shot = web(f"/application/{name}/picture")
    assert shot.headers["Content-Type"] == "image/png"
    assert shot.headers["X-Content-Type-Options"] == "nosniff"
    assert web(f"/application/{name}/qr_code").status_code == 200
    assert WEB["title"] in web(f"/dataset/{used['name']}").body
    tk.get_action("govshare_application_withdraw")({"user": "office"}, {"id": name, "reason": "已下线"})
    assert WEB["title"] not in web(f"/dataset/{used['name']}").body
    for path in ("", "/picture", "/qr_code"):
        web(f"/application/{name}{path}", status=404)


def test_a_report_is_downloaded_by_everybody(web, used):
    web("/application/submit", {**WEB, "app_form": "report", "report": picture(PDF, "a.pdf"), "dataset": used["name"]})
    name = approve(only()["id"])["package"]["name"]
    address = re.search(r'href="([^"]*/download/[^"]*)"', web(f"/application/{name}").body).group(1)
    answer = web(address.replace("http://test.ckan.net", ""))
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_applications_are_filtered_by_form_and_developer(web, used):
    web("/application/submit", {**WEB, "dataset": used["name"]})
    approve(only()["id"])
    assert WEB["title"] in web("/application?app_form=web&developer_kind=enterprise&q=公交").body
    for query in ("app_form=report", "developer_kind=individual", "q=医院", 'app_form=web"%20OR%20*:*&q=医院'):
        assert WEB["title"] not in web(f"/application?{query}").body


def test_search_and_feeds_stay_with_data_sets(web, used):
    web("/application/submit", {**WEB, "dataset": used["name"]})
    approve(only()["id"])
    found = tk.get_action("package_search")({"user": ""}, {"q": "公交"})["results"]
    assert {row["type"] for row in found} == {"dataset"}
    assert WEB["title"] not in web("/feeds/dataset.atom").body


def test_the_form_of_core_is_the_offices_alone(web, city):
    assert "/application/submit" in web("/application/new").request.path
    assert "/application/submit" in web("/application/new", user="reviewer").request.path
    web("/application/new", {"title": "x"}, status=403, user="reviewer")
    assert "/application/new" in web("/application/new", user="office").request.path


@pytest.mark.parametrize("number", [1, 3])
def test_pages_ask_as_often_for_one_application_as_for_many(web, used, number):
    for each in range(number):
        web("/application/submit", {**WEB, "url": f"https://{each}.example.org", "dataset": used["name"]})
        waiting = tk.get_action("govshare_submission_list")({"user": "office"}, {})["results"]
        approve(waiting[0]["id"])
    with statements() as sent:
        assert len(submissions_used.applications_of(used)) == number
        assert len(registered.applications()) == number
    assert len(sent) == 2


def test_a_signed_in_reader_without_token_of_the_form_is_refused(app, used, monkeypatch):
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", True)
    body = {**WEB, "dataset": used["name"]}
    visitor = app.flask_app.test_client().post("/application/submit", data=body)
    assert visitor.status_code == 302  # CKAN asks the token of people with an account only
    person = model.User.get("citizen")
    with app.flask_app.test_client() as client:
        with client.session_transaction() as session:
            session["_user_id"] = person.id
        answer = client.post("/application/submit", data={**WEB, "dataset": used["name"]})
    assert answer.status_code == 400
