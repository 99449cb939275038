"""Mail about a case: who is told of what, what the mail holds and what it does not, what became of it."""

from __future__ import annotations

import smtplib

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.dialogue import letters
from tests.dialogue.conftest import CONTACT, WRITTEN, call
from tests.publication.test_reminders import address, mails  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """A worker that is never busy: what is queued is done at once."""
    monkeypatch.setattr(tk, "enqueue_job", lambda job, args, **_more: job(*args))


def test_department_and_author_are_told_and_the_mail_says_no_secret(write, mails):  # noqa: F811
    made = write(provider="jiaotong", **CONTACT)
    assert mails() == []
    call("accept", id=made["id"])
    call("answer", "officer", id=made["id"], answer="机密的答复全文")
    call("close", id=made["id"])
    first, second = mails()
    assert first[0] == address("officer")
    assert f"/desk/dialogue/{made['id']}" in first[1]
    assert second[0] == CONTACT["contact_mail"]
    assert WRITTEN["request"]["title"] in second[1]
    assert "/dialogue/mine" in second[1]
    for _to, text in (first, second):
        assert made["code"] not in text
        assert CONTACT["contact_phone"] not in text
        assert "机密的答复全文" not in text
    assert [(mail["to"], mail["mail"]) for mail in call("show", id=made["id"])["mails"]] == [
        ("officer", "sent"), ("author", "sent"),
    ]  # fmt: skip


def test_who_is_asked_for_more_or_refused_is_told(write, mails):  # noqa: F811
    for act in ("return", "refuse"):
        made = write(**CONTACT)
        call(act, id=made["id"], reason="原因全文")
        to, text = mails()[-1]
        assert to == CONTACT["contact_mail"]
        assert "原因全文" not in text


def test_a_complaint_calls_the_office_at_once_and_other_kinds_do_not(write, mails):  # noqa: F811
    for kind in ("request", "comment"):
        write(kind)
    assert mails() == []
    write("complaint")
    assert [to for to, _text in mails()] == [address("office")]


def test_who_left_no_address_gets_no_mail(write, mails):  # noqa: F811
    made = write()
    call("refuse", id=made["id"], reason="x")
    assert mails() == []
    assert call("show", id=made["id"])["mails"] == []


def test_a_mail_server_that_is_away_is_noted_and_stops_nothing(write, mails, monkeypatch):  # noqa: F811
    def away(*_args, **_more):
        raise smtplib.SMTPConnectError(421, "away")

    monkeypatch.setattr("ckan.lib.mailer.mail_recipient", away)
    made = write(**CONTACT)
    call("refuse", id=made["id"], reason="x")
    assert [mail["mail"] for mail in call("show", id=made["id"])["mails"]] in (["failed"],)


def test_without_a_queue_the_act_is_done_all_the_same(write, monkeypatch):
    def broken(*_args, **_more):
        raise ConnectionError

    monkeypatch.setattr(tk, "enqueue_job", broken)
    made = write(**CONTACT)
    assert call("refuse", id=made["id"], reason="x")["state"] == "refused"


def test_a_case_that_is_gone_or_without_address_by_now_is_passed_over(write, mails):  # noqa: F811
    letters.send("missing", "close")
    made = write(**CONTACT)
    call("withdraw", "", code=made["code"])
    letters.send(made["id"], "close")
    model.Session.rollback()
    assert mails() == []
