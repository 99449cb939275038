"""Applications at the office: who may see what was handed in, deciding once, and looking again at what is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from tests.publication.submitting import PDF, PNG, SECRETS, WEB, entry, picture, program

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)


def call(action: str, user: str = "office", **data: Any) -> Any:
    return tk.get_action(f"govshare_{action}")({"user": user, "auth_user_obj": model.User.get(user)}, data)


@pytest.fixture
def hand_in(city) -> Callable[..., dict[str, Any]]:
    used = entry(city)
    return lambda **fields: call("submission_create", "", **{**WEB, "datasets": used["name"], **fields})


def events(action: str) -> int:
    query = sa.text("SELECT count(*) FROM govshare_event WHERE action = :action")
    return model.Session.execute(query, {"action": action}).scalar_one()


OTHERS = ("", "citizen", "officer", "reviewer", "county_office", "firm", "operator")


def test_only_the_office_of_the_region_sees_what_was_handed_in(hand_in, see):
    made = hand_in(**program(), picture=picture(PNG))
    id = made["id"]
    pages = (f"/office/submission/{id}", f"/office/submission/{id}/qr_code", f"/office/submission/{id}/picture")
    tries = (
        ("show", {"id": id}),
        ("show", {"token": "x" * 43}),
        ("approve", {"id": id, "looked": True}),
        ("return", {"id": id, "reason": "x"}),
        ("update", {"token": id}),
        ("submit", {"token": ""}),
        ("withdraw", {"token": id}),
    )
    for user in OTHERS:
        for action, data in tries:
            with pytest.raises(tk.NotAuthorized):
                call(f"submission_{action}", user, **data)
        for path in pages:
            answer = see(path, user)
            assert answer.status_code in (302, 403, 404), (user, path)
            assert not any(secret in answer.body for secret in (*SECRETS, WEB["title"]))
    for user in set(OTHERS) - {"county_office"}:
        for action in ("submission_list", "application_list", "application_todo"):
            with pytest.raises(tk.NotAuthorized):
                call(action, user)
    assert call("submission_list", "county_office")["count"] == 0
    assert call("application_todo", "county_office") == []
    assert call("submission_list")["count"] == 1
    assert all(secret in see(pages[0], "office").body for secret in SECRETS)
    assert [see(path, "office").headers["Content-Type"] for path in pages[1:]] == ["image/png"] * 2


def test_the_store_is_no_door_of_the_api(hand_in):
    hand_in(**program())
    digest = next(iter(call("submission_list")["results"]))["id"]
    file = call("submission_show", id=digest)["files"]["qr_code"]
    for user in (*OTHERS, "office"):
        with pytest.raises(tk.NotAuthorized):
            call("file_read", user, hash=file["hash"])


def test_the_office_approves_once_however_often_it_clicks(hand_in, send):
    id = hand_in()["id"]
    path = f"/office/submission/{id}"
    assert send(f"{path}/act", "office", act="approve", words="符合要求").status_code == 302
    assert send(f"{path}/act", "office", act="approve").status_code == 200
    assert send(f"{path}/act", "office", act="return", words="重复").status_code == 200
    assert events("submission_approve") == 1
    assert model.Session.query(model.Package).filter_by(type="application").count() == 1


def test_a_return_without_reason_keeps_what_was_typed(hand_in, send):
    id = hand_in(**program())["id"]
    body = send(f"/office/submission/{id}/act", "office", act="return", words="", note="打不开").body
    assert "打不开" in body
    assert call("submission_show", id=id)["state"] == "submitted"
    assert send(f"/office/submission/{id}/act", "office", act="delete").status_code == 400


def test_lists_show_what_waits_and_what_is_registered(hand_in, see):
    first = hand_in(title="甲应用")
    hand_in(title="=1+1<script>", **{"url": "https://b.example.org"})
    call("submission_approve", id=first["id"])
    body = see("/office/submission", "office").body
    assert "甲应用" not in body
    assert "=1+1&lt;script&gt;" in body
    assert "甲应用" in see("/office/submission?state=approved", "office").body
    assert "甲应用" in see("/office/application", "office").body
    for path in ("/office/submission?state=%3Cx&page=9999", "/office/application?proof=x", "/office"):
        assert see(path, "office").status_code == 200
    for path in ("/office/submission/none", "/office/application/none", "/office/submission/%00"):
        assert see(path, "office").status_code == 404


def test_a_look_makes_ninety_days_of_proof_and_two_clicks_one_look(hand_in, send, frozen):
    with frozen(NOW):
        done = call("submission_approve", id=hand_in(**program())["id"], looked=True)
    name = done["package"]["name"]
    with frozen(NOW + timedelta(days=77)):
        line = call("application_todo")[0]
        assert (line["slug"], line["level"], line["due"]) == ("application_proof", "warn", "2027-02-20")
        for _ in range(2):
            answer = send(f"/office/application/{name}/act", "office", act="look", ok="1", note="正常")
            assert answer.status_code == 302
        row = call("application_list", id=name)[0]
        assert (row["proof"], row["proof_checked"], len(row["looks"])) == ("holds", "2027-02-07", 2)
        assert events("application_look") == 1
        assert call("application_todo") == []
    with frozen(NOW + timedelta(days=77 + 90)):
        assert call("application_list", proof="soon")[0]["holds_until"] == "2027-05-08"
    with frozen(NOW + timedelta(days=77 + 91)):
        assert call("application_todo")[0]["level"] == "late"


def test_a_look_that_found_faults_ends_the_proof(hand_in, frozen):
    with frozen(NOW):
        name = call("submission_approve", id=hand_in(**program())["id"], looked=True)["package"]["name"]
        with pytest.raises(tk.ValidationError) as refused:
            call("application_look", id=name, ok=False)
        assert list(refused.value.error_dict) == ["note"]
        call("application_look", id=name, ok="0", note="已停止服务")
        assert call("application_list", id=name)[0]["proof"] == "old"


def test_nonsense_is_refused_by_name(hand_in):
    id = hand_in(**program())["id"]
    name = call("submission_approve", id=id, looked="on")["package"]["name"]
    for action, data, field in (
        ("submission_list", {"state": ["submitted"]}, "state"),
        ("submission_list", {"limit": float("inf")}, "limit"),
        ("submission_return", {"id": id, "reason": "\x00"}, "reason"),
        ("submission_return", {"id": id, "reason": "长" * 2001}, "reason"),
        ("application_list", {"proof": {}}, ""),
        ("application_list", {"proof": "x"}, "proof"),
        ("application_look", {"id": name, "ok": "maybe"}, "ok"),
        ("application_look", {"id": name, "ok": True, "note": ["x"]}, "note"),
        ("application_withdraw", {"id": name, "reason": " "}, "reason"),
    ):
        if not field:
            assert len(call(action, **data)) == 1
            continue
        with pytest.raises(tk.ValidationError) as refused:
            call(action, **data)
        assert list(refused.value.error_dict) == [field]
    for action in ("submission_show", "submission_approve", "application_look", "application_withdraw"):
        for wrong in ("none", {"a": 1}, "\x00"):
            with pytest.raises(tk.ObjectNotFound):
                call(action, id=wrong, looked=True, ok=True, reason="x")


def test_others_neither_look_nor_withdraw(hand_in):
    name = call("submission_approve", id=hand_in(**program())["id"], looked=True)["package"]["name"]
    for user in OTHERS:
        for action, data in (("look", {"ok": True}), ("withdraw", {"reason": "x"})):
            with pytest.raises(tk.NotAuthorized):
                call(f"application_{action}", user, id=name, **data)


def test_a_web_page_needs_no_look_and_is_withdrawn_once(hand_in):
    name = call("submission_approve", id=hand_in()["id"])["package"]["name"]
    with pytest.raises(tk.ValidationError):
        call("application_look", id=name, ok=True)
    assert call("application_withdraw", id=name, reason="已下线")["approved"] is False
    with pytest.raises(tk.ValidationError):
        call("application_withdraw", id=name, reason="已下线")
    assert events("application_withdraw") == 1
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("package_show", {"user": ""}, {"id": name})


def test_what_waits_is_on_the_offices_list(hand_in, frozen):
    with frozen(NOW):
        hand_in(app_form="report", url="", report=picture(PDF))
        hand_in()
        lines = [line for line in call("todo_list") if line["room"] == "application"]
    assert [(line["slug"], line["count"], line["since"][:10]) for line in lines] == [
        ("application_review", 2, "2026-11-22")
    ]
