"""Applications handed in by anybody: their way from the form to the public page, and who may see what."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from tests.conftest import KINDS
from tests.publication.submitting import PDF, SECRETS, WEB, entry, picture, program

pytestmark = pytest.mark.usefixtures("city")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)


def call(action: str, user: str = "", **data: Any) -> Any:
    """An action as a person, or a visitor, with its auth function."""
    return tk.get_action(f"govshare_{action}")({"user": user, "auth_user_obj": model.User.get(user)}, data)


@pytest.fixture
def used(city) -> dict[str, Any]:
    return entry(city)


@pytest.fixture
def hand_in(used) -> Callable[..., dict[str, Any]]:
    """Hand in a web application on one open data set, unless told otherwise."""

    def make(**fields: Any) -> dict[str, Any]:
        return call("submission_create", **{**WEB, "datasets": used["resource_code"], **fields})

    return make


def packages() -> list[str]:
    query = {"fq": "dataset_type:application", "include_private": True}
    return [row["title"] for row in tk.get_action("package_search")({"user": "office"}, query)["results"]]


def events(action: str) -> int:
    return model.Session.execute(
        sa.text("SELECT count(*) FROM govshare_event WHERE action = :action"), {"action": action}
    ).scalar_one()


def test_nothing_is_a_package_before_the_office_approves(hand_in, used):
    made = hand_in()
    assert packages() == []
    assert model.Session.query(model.Package).filter_by(type="application").count() == 0
    call("submission_approve", "office", id=made["id"], opinion="符合要求")
    assert packages() == [WEB["title"]]


def test_an_approved_application_is_public_and_shows_no_contact(hand_in, used):
    made = hand_in()
    done = call("submission_approve", "office", id=made["id"])
    shown = tk.get_action("package_show")({"user": ""}, {"id": done["package"]["name"]})
    assert (shown["approved"], shown["private"], shown["own_use"]) == ("1", False, "0")
    assert shown["dataset_codes"] == [used["resource_code"]]
    assert not any(secret in str(shown) for secret in SECRETS)
    assert events("submission_approve") == 1


def test_a_mini_program_is_approved_by_a_look_and_its_proof_begins_today(hand_in, frozen):
    with frozen(NOW):
        made = hand_in(**program())
        with pytest.raises(tk.ValidationError) as refused:
            call("submission_approve", "office", id=made["id"])
        assert list(refused.value.error_dict) == ["looked"]
        done = call("submission_approve", "office", id=made["id"], looked=True, note="可正常查询")
        assert tk.get_action("package_show")({"user": ""}, done["package"])["proof_checked"] == "2026-11-22"
        assert done["looks"] == [{
            "at": "2026-11-22T12:00:00+08:00", "actor": "office", "ok": True, "note": "可正常查询",
            "holds_until": "2027-02-20",
        }]  # fmt: skip


def test_a_report_brings_its_file_and_counts(hand_in, make_target):
    target = make_target(measure="applications", at_least=1, title="数据应用")
    made = hand_in(app_form="report", url="", report=picture(PDF, "研究.pdf"))
    done = call("submission_approve", "office", id=made["id"])
    shown = tk.get_action("package_show")({"user": ""}, done["package"])
    assert [file["format"] for file in shown["resources"]] == ["PDF"]
    row = tk.get_action("govshare_publication_progress")({"user": ""}, {"target": target["id"]})[0]
    assert row["counted"] == 1


def test_a_returned_one_is_corrected_and_handed_in_again(hand_in):
    made = hand_in(**program())
    call("submission_return", "office", id=made["id"], reason="请写清名称")
    seen = call("submission_show", token=made["token"])
    assert (seen["state"], seen["reason"], seen["acts"]) == ("returned", "请写清名称", ["submit", "withdraw"])
    again = {**WEB, **program(qr_code=None), "datasets": seen["data"]["dataset_codes"]}
    again["title"] = "公交到站查询（小程序）"
    call("submission_update", token=made["token"], **again)
    assert call("submission_submit", token=made["token"])["state"] == "submitted"
    office = call("submission_show", "office", id=made["id"])
    assert (office["title"], office["revision"]) == ("公交到站查询（小程序）", 2)
    assert list(office["files"]) == ["qr_code"]


def test_what_was_not_returned_is_not_corrected(hand_in, used):
    made = hand_in()
    with pytest.raises(tk.ValidationError) as refused:
        call("submission_update", token=made["token"], **{**WEB, "datasets": used["name"]})
    assert list(refused.value.error_dict) == ["state"]


def test_one_taken_back_forgets_the_contact(hand_in):
    made = hand_in()
    assert call("submission_withdraw", token=made["token"])["state"] == "withdrawn"
    assert set(call("submission_show", "office", id=made["id"])["contact"].values()) == {""}
    with pytest.raises(tk.ValidationError):
        call("submission_approve", "office", id=made["id"])


def test_two_people_decide_once(hand_in):
    made = hand_in()
    call("submission_approve", "office", id=made["id"])
    for action, words in (("approve", {}), ("return", {"reason": "重复"})):
        with pytest.raises(tk.ValidationError) as refused:
            call(f"submission_{action}", "office", id=made["id"], **words)
        assert list(refused.value.error_dict) == ["state"]
    assert len(packages()) == events("submission_approve") == 1


def test_one_form_sent_twice_is_one_submission(hand_in):
    nonce = "0123456789abcdef" * 2
    first, second = hand_in(nonce=nonce), hand_in(nonce=nonce)
    assert (first["id"], first["token"]) == (second["id"], second["token"])
    assert events("submission_create") == 1


def test_the_token_is_kept_nowhere(hand_in):
    made = hand_in()
    row = model.Session.execute(sa.text("SELECT * FROM govshare_submission")).mappings().one()
    assert made["token"] not in str(dict(row))
    dump = model.Session.execute(sa.text("SELECT govshare_event::text FROM govshare_event")).scalars()
    assert not any(made["token"] in str(data) for data in dump)


def test_data_sets_that_closed_meanwhile_stop_the_approval_and_nothing_is_half_done(hand_in, used, set_extra):
    made = hand_in()
    set_extra(used["id"], {"catalogue_state": "withdrawn"}, private=True)
    assert call("submission_show", "office", id=made["id"])["not_open"] == [used["resource_code"]]
    with pytest.raises(tk.ValidationError) as refused:
        call("submission_approve", "office", id=made["id"])
    assert "dataset_codes" in refused.value.error_dict
    assert call("submission_show", "office", id=made["id"])["state"] == "submitted"


def test_data_sets_are_named_by_code_name_link_and_each_once(hand_in, used):
    links = f"{used['resource_code']}, {used['name']}\nhttp://x.example/en/dataset/{used['name']}#files"
    made = hand_in(datasets=links)
    seen = call("submission_show", token=made["token"])
    assert seen["data"]["dataset_codes"] == [used["resource_code"]]
    assert [entry["name"] for entry in seen["datasets"]] == [used["name"]]


def test_what_is_not_open_is_refused_as_if_it_did_not_exist(hand_in, publish):
    closed = publish(**KINDS["shared_only"])
    said = []
    for code in (closed["resource_code"], "307001004/9999"):
        with pytest.raises(tk.ValidationError) as refused:
            hand_in(datasets=code)
        said.append(refused.value.error_dict["datasets"][0].replace(code, ""))
    assert said[0] == said[1]


def test_duplicates_are_told_to_the_office_and_public_ones_to_the_author(hand_in):
    first = hand_in(title="首个应用")
    second = hand_in(url="http://www.bus.example.org")
    assert [row["id"] for row in call("submission_show", "office", id=second["id"])["duplicates"]] == [first["id"]]
    assert call("submission_show", token=second["token"])["duplicates"] == []
    call("submission_approve", "office", id=first["id"])
    told = call("submission_show", token=second["token"])["duplicates"]
    assert [(row["kind"], row["title"]) for row in told] == [("application", "首个应用")]
    assert call("submission_show", "office", id=first["id"])["duplicates"][0]["id"] == second["id"]


def test_html_and_formulas_are_kept_as_words(hand_in):
    words = "=HYPERLINK(\"http://x\") <img src=x onerror=alert(1)>"
    made = hand_in(title=words)
    assert call("submission_show", "office", id=made["id"])["title"] == words


def test_an_address_hands_in_so_many_a_day(app, hand_in, frozen, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.govshare.publication.submissions_per_day", 2)
    monkeypatch.setitem(ckan_config, "ckanext.govshare.publication.submissions_per_day_site", 3)

    def one(address: str, by: str = "127.0.0.1") -> None:
        handed_on = {"X-Forwarded-For": f"203.0.113.99, {address}"}  # the first is what anybody may write
        with app.flask_app.test_request_context(environ_base={"REMOTE_ADDR": by}, headers=handed_on):
            hand_in()

    with frozen(NOW):
        one("2001:db8::1")
        one("2001:db8::2")  # the same household
        with pytest.raises(tk.ValidationError) as refused:
            one("203.0.113.7", by="2001:db8::3")
        assert list(refused.value.error_dict) == ["throttled"]
        one("192.0.2.9")
        with pytest.raises(tk.ValidationError):
            one("192.0.2.10")
    with frozen(NOW + timedelta(hours=12)):  # Beijing's midnight
        one("2001:db8::1")


def test_a_department_is_refused_with_the_name_of_the_action(city, used):
    data = {"type": "application", "title": "x", "owner_org": city.traffic}
    for user in ("officer", "reviewer", "citizen", ""):
        with pytest.raises(tk.NotAuthorized, match="govshare_submission_create"):
            tk.check_access("package_create", {"user": user}, data)
    tk.get_action("organization_patch")({"user": "office"}, {"id": city.traffic, "review": "none"})
    with pytest.raises(tk.NotAuthorized, match="govshare_submission_create"):
        tk.check_access("package_create", {"user": "reviewer"}, data)
    tk.check_access("package_create", {"user": "office"}, {**data, "owner_org": city.bureau})


def test_two_at_the_same_moment_register_one_application(hand_in, loaded):
    id = hand_in()["id"]
    model.Session.commit()

    def approve(_number: int) -> str:
        try:
            return call("submission_approve", "office", id=id)["state"]
        except tk.ValidationError as refused:
            model.Session.rollback()
            return ",".join(refused.error_dict)
        finally:
            model.Session.remove()

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(approve, range(2))) == ["approved", "state"]
    assert model.Session.query(model.Package).filter_by(type="application").count() == 1
