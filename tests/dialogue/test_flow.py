"""The way of a case: who acts in which state, what the public and the author read on the way, and the clocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from tests.dialogue.conftest import CONTACT, SECRETS, WRITTEN, call

MONDAY = datetime(2026, 3, 2, 9, tzinfo=ZONE)  # a week without holidays


def public(**asked):
    return call("list", "", **asked)["results"]


def test_a_request_is_reviewed_given_to_its_department_answered_and_confirmed(write, city):
    made = write(provider="jiaotong", **CONTACT)
    assert public() == []
    waiting = call("list", inside=True, state="waiting")
    assert [(row["id"], row["state"]) for row in waiting["results"]] == [(made["id"], "received")]

    accepted = call("accept", id=made["id"])
    assert accepted["department"]["name"] == "jiaotong"
    shown = public()[0]
    assert (shown["title"], shown["state"], shown["answer"]) == (WRITTEN["request"]["title"], "open", "")

    answered = call("answer", "officer", id=made["id"], answer="已列入年度开放计划。")
    assert answered["state"] == "answered"
    assert (public()[0]["answer"], public()[0]["state"]) == ("", "open")
    assert call("show", "", code=made["code"])["state"] == "accepted"

    call("close", id=made["id"])
    shown = call("show", "", id=made["id"])
    assert (shown["answer"], shown["state"]) == ("已列入年度开放计划。", "answered")
    assert not any(secret in str(shown) for secret in SECRETS)


def test_an_answer_is_public_at_once_where_the_site_asks_for_no_confirmation(write, city, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.confirm_answer", False)
    made = write(provider="jiaotong")
    call("accept", id=made["id"])
    assert call("answer", "officer", id=made["id"], answer="已开放。")["state"] == "closed"
    assert public()[0]["answer"] == "已开放。"


def test_the_office_answers_for_itself_without_confirming(write, city):
    made = write("comment")
    call("accept", id=made["id"])
    assert call("answer", id=made["id"], answer="谢谢。")["state"] == "closed"


def test_the_office_returns_for_more_and_the_author_supplements_by_the_receipt(write, city):
    made = write()
    call("return", id=made["id"], reason="请说明线路范围。")
    mine = call("show", "", code=made["code"].lower().replace("-", " "))
    assert (mine["state"], mine["reason"], mine["acts"]) == (
        "returned",
        "请说明线路范围。",
        ["submit", "withdraw"],
    )
    again = {**WRITTEN["request"], "text": "1 路至 9 路。", "consent": "1"}
    assert call("submit", "", code=made["code"], **again)["state"] == "received"
    assert call("show", id=made["id"])["data"]["text"] == "1 路至 9 路。"
    with pytest.raises(tk.ValidationError):
        call("submit", "", code=made["code"], **again)
    model.Session.rollback()


def test_a_department_that_has_not_the_data_gives_it_back_and_the_office_gives_it_to_another(write, city):
    made = write(provider="jiaotong")
    call("accept", id=made["id"])
    call("return", "officer", id=made["id"], reason="不属于本部门职责")
    assert call("show", id=made["id"])["state"] == "received"
    call("accept", id=made["id"], organization="jiaoyu")
    with pytest.raises(tk.NotAuthorized):
        call("answer", "officer", id=made["id"], answer="x")
    assert call("assign", id=made["id"], organization="jiaotong")["department"]["name"] == "jiaotong"
    assert call("answer", "officer", id=made["id"], answer="好。")["state"] == "answered"
    assert call("return", id=made["id"], reason="请写明时间")["state"] == "accepted"


def test_a_refusal_is_read_on_the_receipt_and_nowhere_else(write, city):
    made = write()
    call("refuse", id=made["id"], reason="内容与数据无关。")
    assert call("show", "", code=made["code"])["reason"] == "内容与数据无关。"
    assert public() == []
    with pytest.raises(tk.ObjectNotFound):
        call("show", "", id=made["id"])


def test_what_is_taken_back_is_shown_no_more_and_its_contact_forgotten(write, city):
    made = write(provider="jiaotong", **CONTACT)
    call("accept", id=made["id"])
    assert len(public()) == 1
    call("withdraw", "", code=made["code"])
    assert public() == []
    assert call("show", id=made["id"])["contact"] == dict.fromkeys(CONTACT, "")
    with pytest.raises(tk.ValidationError):
        call("answer", "officer", id=made["id"], answer="x")
    model.Session.rollback()


def test_passages_are_blacked_out_with_a_mark_and_never_reworded(write, city):
    made = write(text="请联系王某某，电话见附件。王某某会说明。", title="王某某的建议")
    with pytest.raises(tk.ValidationError) as refused:
        call("accept", id=made["id"], blacked="李某")
    assert list(refused.value.error_dict) == ["blacked"]
    model.Session.rollback()
    call("accept", id=made["id"], blacked="王某某\n")
    shown = public()[0]
    assert shown["text"] == "请联系█████，电话见附件。█████会说明。"
    assert (shown["title"], shown["blacked"]) == ("█████的建议", 1)
    assert public(q="王某某") == []
    assert call("show", id=made["id"])["data"]["text"].count("王某某") == 2
    call("publish", id=made["id"], shown=False)
    assert public() == []
    call("publish", id=made["id"], shown=True, blacked=["电话见附件"])
    assert public()[0]["text"] == "请联系王某某，█████。王某某会说明。"


@pytest.mark.parametrize(
    ("kind", "last"),
    # working days after Monday 2 March 2026; Qingming is rested on 4–6 April
    [
        ("request", "2026-03-30"),
        ("correction", "2026-03-16"),
        ("comment", "2026-03-16"),
        ("complaint", "2026-03-09"),
    ],
)
def test_each_kind_has_its_clock_in_working_days(write, entry, frozen, kind, last):
    with frozen(MONDAY):
        made = write(kind, entry=entry["name"])
    end = datetime.fromisoformat(last).replace(tzinfo=ZONE) + timedelta(days=1)
    assert datetime.fromisoformat(made["due"]) == end


def test_the_clock_stands_still_while_the_author_is_asked_and_starts_anew(write, city, frozen):
    with frozen(MONDAY):
        made = write("complaint")
    with frozen(MONDAY + timedelta(days=1)):
        assert call("return", id=made["id"], reason="请附证据")["due"] is None
    with frozen(MONDAY + timedelta(days=30)):
        assert call("list", inside=True, overdue=True)["count"] == 0
        again = {**WRITTEN["complaint"], **CONTACT, "consent": "1"}
        assert call("submit", "", code=made["code"], **again)["due"].startswith(
            "2026-04-10"
        )  # 4 April rested
    with frozen(MONDAY + timedelta(days=39)):
        assert call("list", inside=True, overdue=True)["count"] == 1


def test_of_two_officers_who_answer_at_once_one_does(write, city, app):
    made = write(provider="jiaotong")
    call("accept", id=made["id"])
    model.Session.remove()

    def answer(words):
        try:
            with app.flask_app.test_request_context():
                return call("answer", "officer", id=made["id"], answer=words)["answer"]
        except tk.ValidationError as refused:
            return sorted(refused.error_dict)
        finally:
            model.Session.remove()

    with ThreadPoolExecutor(2) as two:
        answers = list(two.map(answer, ("甲", "乙")))
    assert ["state"] in answers
    assert call("show", id=made["id"])["answer"] in answers


def test_the_same_form_sent_twice_is_one_case(write, city):
    nonce = "0123456789abcdef0123456789abcdef"
    first, second = write(nonce=nonce), write(nonce=nonce)
    assert (first["id"], first["code"]) == (second["id"], second["code"])
    assert call("list", inside=True)["count"] == 1
    assert write()["id"] != first["id"]


def test_contact_is_forgotten_when_its_time_is_over(write, city, frozen):
    with frozen(MONDAY):
        made = write(**CONTACT)
        kept = write(**CONTACT)
        call("refuse", id=made["id"], reason="x")
    due = tk.get_action("govshare_dialogue_due")
    with frozen(MONDAY + timedelta(days=180)):
        assert due({"ignore_auth": True}, {}) == {"forgotten": 0}
    with frozen(MONDAY + timedelta(days=181)):
        assert due({"ignore_auth": True}, {}) == {"forgotten": 1}
        assert due({"ignore_auth": True}, {}) == {"forgotten": 0}
    assert call("show", id=made["id"])["contact"] == dict.fromkeys(CONTACT, "")
    assert call("show", id=kept["id"])["contact"] == CONTACT
