"""The opening gate on screen: findings, clearing, signature, confirmation."""

from __future__ import annotations

import io

import pytest

from tests.catalogue.opening.conftest import CLEAN, PERSONAL, publish_waiting, upload  # noqa: F401 - a fixture
from tests.catalogue.opening.conftest import call as gate
from tests.desk.conftest import words

SIGNED = {
    "reviewer": "李卫东",
    "opinion": "不含个人信息和秘密",
    "reviewed_on": "2026-03-01",
    "basis": "保密审查制度",
}


@pytest.fixture
def waiting(publish_waiting):  # noqa: F811
    """An entry whose open file holds telephone numbers."""
    return publish_waiting(upload(PERSONAL))


@pytest.fixture
def clean(publish_waiting):  # noqa: F811
    """An entry whose open file holds nothing personal, and nobody reviewed it yet."""
    return publish_waiting(upload(CLEAN))


def test_findings_are_shown_with_rows_and_covered_samples(see, waiting):
    text = words(see(f"/desk/opening/{waiting.name}", "reviewer").body)
    assert "手机号" in text
    assert "138****5678" in text
    assert "13812345678" not in text


def test_a_finding_is_cleared_with_its_ground(see, send, waiting):
    finding = gate("opening_show", "reviewer", package_id=waiting.id)[0]["scan"]["findings"][0]
    data = {**waiting.about, "column": finding["column"], "kind": finding["kind"]}
    refused = send(f"/desk/opening/{waiting.name}/act", "reviewer", act="clear", ground=" ", **data)
    assert 'role="alert"' in refused.body
    done = send(f"/desk/opening/{waiting.name}/act", "reviewer", act="clear", ground="公务电话", **data)
    assert done.status_code == 302
    assert "公务电话" in words(see(f"/desk/opening/{waiting.name}", "reviewer").body)


def test_what_stands_against_a_link_is_cleared_on_the_page(see, send, publish_waiting):  # noqa: F811
    link = {"name": "外链", "url": "http://files.example/a.csv", "format": "CSV", "audience": "open"}
    entry = publish_waiting(link)
    finding = gate("opening_show", "reviewer", package_id=entry.id)[0]["scan"]["findings"][0]
    page = f"/desk/opening/{entry.name}"
    assert f'name="kind" value="{finding["kind"]}"' in see(page, "reviewer").body
    data = {**entry.about, "column": finding["column"], "kind": finding["kind"], "ground": "已逐行查看"}
    assert send(f"{page}/act", "reviewer", act="clear", **data).status_code == 302
    assert "已逐行查看" in words(see(page, "reviewer").body)


def test_a_review_is_signed_by_the_department_and_confirmed_by_the_office(see, send, clean):
    page = f"/desk/opening/{clean.name}"
    assert send(f"{page}/act", "reviewer", act="sign", **clean.about, **SIGNED).status_code == 302
    assert 'value="confirm"' not in see(page, "reviewer").body
    assert 'value="confirm"' in see(page, "office").body
    assert send(f"{page}/act", "office", act="confirm", **clean.about).status_code == 302
    assert gate("opening_show", "office", package_id=clean.id)[0]["state"] == "open"


def test_an_attachment_is_stored_with_the_signature(app, headers, clean):
    data = {**clean.about, **SIGNED, "act": "sign", "attachment": (io.BytesIO(b"%PDF-1.4"), "审查表.pdf")}
    answer = app.post(
        f"/desk/opening/{clean.name}/act",
        headers=headers("reviewer"),
        data=data,
        content_type="multipart/form-data",
        follow_redirects=False,
    )
    assert answer.status_code == 302
    assert gate("opening_show", "reviewer", package_id=clean.id)[0]["record"]["attachment"]


def test_what_is_missing_in_a_signature_is_told_and_kept(send, clean):
    given = {**SIGNED, "basis": ""}
    answer = send(f"/desk/opening/{clean.name}/act", "reviewer", act="sign", **clean.about, **given)
    assert 'role="alert"' in answer.body
    assert "不含个人信息和秘密" in answer.body


def test_the_officer_who_may_not_sign_is_offered_nothing(see, send, clean):
    page = f"/desk/opening/{clean.name}"
    assert 'value="sign"' not in see(page, "officer").body
    assert 'role="alert"' in send(f"{page}/act", "officer", act="sign", **clean.about, **SIGNED).body
    assert gate("opening_show", "officer", package_id=clean.id)[0]["record"] is None


@pytest.mark.parametrize("person", ["neighbour", "citizen"])
def test_a_foreigner_sees_nothing_of_the_review(see, waiting, person):
    assert see(f"/desk/opening/{waiting.name}", person).status_code in (403, 404)


@pytest.mark.parametrize("act", ["", "open", "delete"])
def test_an_unknown_act_is_a_bad_request(send, clean, act):
    assert send(f"/desk/opening/{clean.name}/act", "reviewer", act=act, **clean.about).status_code == 400


def test_lists_of_department_and_office_name_what_waits(see, waiting):
    assert "表" in words(see("/desk/opening", "reviewer").body)
    assert waiting.name in see("/office/opening", "office").body
    assert waiting.name not in see("/desk/opening", "neighbour").body
    assert see("/desk/opening?state=nonsense&organization=x&page=x", "reviewer").status_code == 200
