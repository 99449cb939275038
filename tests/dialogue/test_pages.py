"""The pages of the public: board, case, form and receipt; and what they keep from whom."""

from __future__ import annotations

import re
from datetime import timedelta

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare import receipts
from ckanext.govshare.dialogue import views
from ckanext.govshare.kernel import clock
from tests.desk.conftest import words
from tests.dialogue.conftest import CONTACT, SECRETS, WRITTEN, call
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture
def hand_in(send):
    """Send the form as a visitor who took a minute; keyword arguments replace fields."""

    def sent(kind, seconds=60, **fields):
        nonce = receipts.new_nonce()
        with clock.frozen(clock.now() - timedelta(seconds=seconds)):
            drawn = receipts.stamp(nonce)
        data = {"kind": kind, **WRITTEN[kind], "consent": "1", "nonce": nonce, "drawn": drawn, **fields}
        return send("/dialogue/new", "", **data)

    return sent


def published(write, kind="request", **fields):
    made = write(kind, provider="jiaotong", **fields) if kind == "request" else write(kind, **fields)
    call("accept", id=made["id"], organization="jiaotong", shown=True)
    return made


def test_what_was_handed_in_by_the_form_is_followed_by_its_receipt(hand_in, see, send):
    answer = hand_in("request", **CONTACT)
    assert answer.status_code == 302
    path = answer.headers["Location"]
    code = path.rsplit("/", 1)[1]
    page = see(path)
    assert all(secret in page.body for secret in SECRETS)
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    again = send("/dialogue/mine", "", code=code.lower().replace("-", " "))
    assert again.headers["Location"].endswith(code)
    wrong = send("/dialogue/mine", "", code="0000-0000-0000-0000-0000")
    assert wrong.status_code == 200
    assert 'aria-invalid="true"' in wrong.body
    assert see("/dialogue/mine/0000-0000-0000-0000-0000").status_code == 404


def test_the_receipt_takes_back_and_supplements(hand_in, see, send):
    path = hand_in("comment").headers["Location"].replace("http://test.ckan.net", "")
    id = call("list", inside=True)["results"][0]["id"]
    call("return", id=id, reason="请具体说明")
    assert "请具体说明" in see(path).body
    assert send(f"{path}/act", "", act="nonsense").status_code == 400
    faulty = send(f"{path}/act", "", act="submit", **{**WRITTEN["comment"], "text": "", "consent": "1"})
    assert 'id="ask-text-fault"' in faulty.body
    assert send(f"{path}/act", "", act="submit", **WRITTEN["comment"], consent="1").status_code == 302
    assert call("show", id=id)["state"] == "received"
    assert send(f"{path}/act", "", act="withdraw").status_code == 302
    assert call("show", id=id)["state"] == "withdrawn"


def test_a_form_that_comes_too_quickly_is_shown_again_with_its_words(hand_in):
    answer = hand_in("request", seconds=1)
    assert answer.status_code == 200
    assert WRITTEN["request"]["title"] in answer.body
    assert hand_in("request", drawn="1.forged").status_code == 200
    assert call("list", inside=True)["count"] == 0


def test_board_and_case_carry_no_form_that_writes_no_token_and_no_cookie(write, see):
    id = published(write)["id"]
    for path in ("/dialogue", "/dialogue?kind=request&state=open&q=公交&page=1", f"/dialogue/{id}"):
        page = see(path)
        assert page.status_code == 200
        assert 'method="post"' not in page.body
        assert "csrf" not in page.body.lower()
        assert "Set-Cookie" not in page.headers
        assert WRITTEN["request"]["title"] in page.body


def test_the_board_searches_filters_and_pages(write, see, monkeypatch):
    monkeypatch.setattr(views, "SIZE", 3)
    for number in (6, 7, 8):
        published(write, title=f"需求之{number:02d}号")
    published(write, "comment", title="意见一则", text="网站很好")
    assert len(re.findall(r'<article class="gs-row"', see("/dialogue").body)) == 3
    assert len(re.findall(r'<article class="gs-row"', see("/dialogue?page=2").body)) == 1
    assert "意见一则" in see("/dialogue?kind=comment").body
    assert "需求之" not in see("/dialogue?kind=comment").body
    found = see("/dialogue?q=07号").body
    assert "需求之07号" in found
    assert "需求之08号" not in found
    for nonsense in ("page=99999999", "page=x", "page=²", "kind=x&state=y&entry=zz", "q=%25_'\"--"):
        assert see(f"/dialogue?{nonsense}").status_code == 200


def test_the_board_asks_the_database_the_same_number_of_times_for_one_case_and_for_many(write, see):
    published(write)
    see("/dialogue")
    with statements() as few:
        see("/dialogue?state=open")
    for number in range(12):
        published(write, title=f"需求 {number}")
    with statements() as many:
        see("/dialogue?state=open&q=")
    assert len(many) == len(few)


def test_the_entry_page_shows_what_was_written_about_it_and_the_ways_to_write(write, entry, see, app):
    published(write, "correction", entry=entry["name"])
    published(write, "comment", entry=entry["name"])
    published(write, "comment", entry=entry["name"], rating="5")
    body = see(f"/dataset/{entry['name']}").body
    assert WRITTEN["correction"]["title"] in body
    assert "4.5" in body
    assert f"kind=correction&amp;entry={entry['name']}" in body
    assert "csrf" not in body.lower()
    with app.flask_app.test_request_context():
        closed = tk.render("govshare/dialogue/of_entry.html", {"pkg": {**entry, "open_type": "3"}})
    assert closed.strip() == ""


@pytest.mark.parametrize("kind", ["request", "correction", "comment", "complaint"])
def test_every_field_of_the_form_has_a_label_and_faults_name_their_fields(see, hand_in, entry, kind):
    page = see(f"/dialogue/new?kind={kind}&entry={entry['name']}&field=站点名称&words=找不到的词")
    assert entry["title"] in page.body
    ids = set(re.findall(r'<(?:input|select|textarea)[^>]* id="(ask-[^"]+)"', page.body))
    labels = set(re.findall(r'for="(ask-[^"]+)"', page.body))
    wrapped = {"ask-consent", "ask-ground", "ask-rating"}  # inside their labels
    assert ids - wrapped == labels
    faulty = hand_in(kind, title="", consent="")
    assert faulty.status_code == 200
    described = re.findall(r'aria-describedby="([^"]+)"', faulty.body)
    known = set(re.findall(r' id="([^"]+)"', faulty.body))
    assert {name for names in described for name in names.split()} <= known
    assert 'href="#ask-title"' in faulty.body


def test_a_forged_entry_in_the_address_is_no_door(see, make_entry):
    shut = make_entry(open_type="3", no_open_reason="含商业秘密")
    for name in (shut["name"], shut["id"], shut["resource_code"], "missing"):
        for path in (f"/dialogue/new?kind=comment&entry={name}", f"/dialogue?entry={name}"):
            body = see(path).body
            assert shut["title"] not in body, path


def test_a_case_that_is_not_shown_is_not_there(write, see):
    id = write()["id"]
    for path in (
        f"/dialogue/{id}",
        "/dialogue/00000000-0000-0000-0000-000000000000",
        "/dialogue/%F0%9F%98%80",
    ):
        assert see(path).status_code == 404
        assert see(path, "office").status_code == 404
    assert words(see("/dialogue").body).count(WRITTEN["request"]["title"]) == 0
