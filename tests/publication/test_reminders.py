"""Reminders of monthly reports: who is told when, at most once a level, whatever becomes of the mail."""

from __future__ import annotations

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.govshare import mailing
from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import reminders
from ckanext.govshare.publication.reminders import Level, Reminder, reached
from tests.publication.reporting import MANUAL, timer


def at(month, day, hour=9, minute=0):
    """A moment of 2026 in Beijing."""
    return datetime(2026, month, day, hour, minute, tzinfo=clock.ZONE)


def february(*days):
    """Run the timer on days of February 2026; the holidays are the 15th to the 23rd, the 14th and 28th are worked."""
    for day in days:
        with clock.frozen(at(2, day)):
            timer()


def kept():
    """Levels and whom they reached: ``{level: [[user …] …]}``."""
    found = {}
    for row in model.Session.scalars(sa.select(Reminder).order_by(Reminder.level, Reminder.key)):
        found.setdefault(row.level, []).append(sorted(told["user"] for told in row.sent_to))
    return found


def hand_in(by="officer", organization="jiaotong", period="2026-02"):
    report = tk.get_action("govshare_report_show")(
        {"user": by}, {"organization": organization, "period": period}
    )
    about = {"id": report["id"], "revision": report["revision"]}
    saved = tk.get_action("govshare_report_save")({"user": by}, {**about, "values": MANUAL})
    tk.get_action("govshare_report_submit")({"user": by}, {"id": saved["id"], "revision": saved["revision"]})


@pytest.fixture
def early(city, monkeypatch):
    """Reports open two weeks before the end of their period, so that the holidays lie between."""
    monkeypatch.setitem(tk.config, "ckanext.govshare.publication.report_open_days", 14)
    return city


@pytest.fixture
def mails(monkeypatch, mail_server):
    """Mail is configured; what was sent: ``[(address, subject and text)]``."""
    monkeypatch.setitem(tk.config, "smtp.server", "127.0.0.1:25")
    monkeypatch.setitem(tk.config, "smtp.mail_from", "portal@data.example")

    def sent():
        from email import message_from_string
        from email.header import decode_header, make_header

        found = []
        for _client, _sender, (address,), text in mail_server.get_smtp_messages():
            mail = message_from_string(text)
            subject = str(make_header(decode_header(mail["Subject"])))
            found.append((address, subject + "\n" + mail.get_payload(decode=True).decode()))
        return found

    return sent


def address(user):
    return model.User.get(user).email


@pytest.mark.parametrize(
    ("level", "due", "last_quiet", "first_heard"),
    [
        # 25 February 2026, after the Spring Festival: the three working days before are 14, 24 and 25
        (Level.OFFICER, date(2026, 2, 25), at(2, 12, 23, 59), at(2, 13, 0)),
        (Level.HEAD, date(2026, 2, 25), at(2, 25, 23, 59), at(2, 26, 0)),
        (Level.OFFICE, date(2026, 2, 25), at(2, 26, 23, 59), at(2, 27, 0)),
        # 25 April 2026 is a Saturday
        (Level.OFFICER, date(2026, 4, 25), at(4, 20, 23, 59), at(4, 21, 0)),
        (Level.OFFICE, date(2026, 4, 25), at(4, 27, 23, 59), at(4, 28, 0)),
        # 30 September 2026, before the National Day holidays: the next working day is 8 October
        (Level.OFFICE, date(2026, 9, 30), at(10, 8, 23, 59), at(10, 9, 0)),
    ],
)
def test_a_level_begins_at_its_moment(loaded, level, due, last_quiet, first_heard):
    assert not reached(level, due, last_quiet, 3)
    assert reached(level, due, first_heard, 3)


def test_without_days_before_officers_hear_on_the_due_day(loaded):
    assert not reached(Level.OFFICER, date(2026, 3, 25), at(3, 24, 23), 0)
    assert reached(Level.OFFICER, date(2026, 3, 25), at(3, 25, 0), 0)


def test_the_ladder_goes_officer_head_office(early):
    february(12)
    assert kept() == {}
    february(13)
    assert kept() == {"officer": [["neighbour"], ["officer"]]} or kept() == {
        "officer": [["officer"], ["neighbour"]]
    }
    february(25)
    assert set(kept()) == {"officer"}
    february(26)
    assert sorted(kept()["head"]) == [[], ["reviewer"]]
    assert "office" not in kept()
    february(27)
    assert kept()["office"] == [["office"]]


def test_nobody_is_written_to_on_a_day_of_rest(early):
    february(16, 20, 23)
    assert kept() == {}
    february(24)
    assert len(kept()["officer"]) == 2


def test_each_level_is_sent_once_however_often_the_timer_runs(early, mails):
    february(13, 13, 14, 24, 25, 26, 26, 27, 27)
    with clock.frozen(at(3, 2)):
        timer()
    heads = [
        address
        for user in ("officer", "neighbour", "reviewer", "office")
        for address in [model.User.get(user).email]
    ]
    assert sorted(to for to, _text in mails()) == sorted(heads)


def test_two_timers_at_once_send_one_message(early, mails):
    february(12)

    def run(_number):
        try:
            return reminders.send_due()
        finally:
            model.Session.remove()

    with clock.frozen(at(2, 13)), ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, range(2))) == 2
    assert len(mails()) == 2


def test_a_timer_that_was_down_sends_what_is_due_then(early, mails):
    february(12)
    february(28)
    assert sorted(kept()) == ["head", "office", "officer"]
    assert len(mails()) == 4


def test_who_handed_in_hears_nothing(early, mails):
    february(12)
    with clock.frozen(at(2, 25)):
        timer()
        hand_in()
    before = len(mails())
    february(26, 27)
    told = [to for to, _text in mails()[before:]]
    assert address("reviewer") not in told
    (_to, text) = next(mail for mail in mails() if mail[0] == address("office"))
    assert "市教育局" in text
    assert "市交通运输局" not in text


def test_the_office_gets_one_mail_that_names_every_missing_department(early, mails):
    february(12, 26, 27)
    (text,) = [text for to, text in mails() if to == address("office")]
    assert "市教育局" in text
    assert "市交通运输局" in text
    assert "/office/reports?period=2026-02" in text


def test_a_department_of_one_person_is_reached_all_the_same(city, early, mails):
    factories.User(name="alone")
    person = {"id": city.traffic, "username": "alone", "role": "admin"}
    for user in ("officer", "reviewer"):
        gone = {"id": city.traffic, "username": user}
        tk.get_action("organization_member_delete")({"ignore_auth": True, "user": "operator"}, gone)
    tk.get_action("organization_member_create")({"ignore_auth": True, "user": "operator"}, person)
    february(13)
    assert address("alone") in [to for to, _text in mails()]


def test_a_failed_mail_is_kept_as_failed_and_not_tried_again(early, mails, monkeypatch):
    tries = []

    def refuse(*_args):
        tries.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(smtplib, "SMTP", refuse)
    february(13)
    february(14)
    assert len(tries) == 2
    rows = model.Session.scalars(sa.select(Reminder)).all()
    assert {told["mail"] for row in rows for told in row.sent_to} == {"failed"}


def test_a_server_that_is_gone_does_not_hold_the_timer_up(early, mails, monkeypatch):
    tries = []

    def refuse(*_args):
        tries.append(1)
        raise TimeoutError

    monkeypatch.setattr(smtplib, "SMTP", refuse)
    february(12)
    february(28)
    assert len(tries) == mailing.PATIENCE
    assert sorted(kept()) == ["head", "office", "officer"]


def test_one_address_that_is_refused_does_not_stop_the_others(early, mails, monkeypatch):
    import ckan.lib.mailer as mailer

    send = mailer.mail_user

    def refuse(person, *args):
        if person.name == "officer":
            raise mailer.MailerException("no such mailbox")
        send(person, *args)

    monkeypatch.setattr(mailer, "mail_user", refuse)
    february(13)
    assert [to for to, _text in mails()] == [address("neighbour")]


def test_a_person_without_an_address_is_kept_as_such(early, mails):
    model.User.get("officer").email = None
    model.Session.commit()
    february(13)
    told = [told for row in model.Session.scalars(sa.select(Reminder)) for told in row.sent_to]
    assert {"user": "officer", "mail": "no_address"} in told


def test_a_site_without_mail_keeps_the_ladder_all_the_same(early, mail_server, monkeypatch):
    monkeypatch.setitem(tk.config, "smtp.mail_from", "")
    february(13)
    told = [told["mail"] for row in model.Session.scalars(sa.select(Reminder)) for told in row.sent_to]
    assert set(told) == {"no_mail"}
    assert mail_server.get_smtp_messages() == []


def test_the_days_before_are_a_setting(early, mails, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.publication.report_remind_days", 1)
    february(14)
    assert kept() == {}
    february(24)
    assert len(kept()["officer"]) == 2


def test_a_closed_month_reminds_nobody(early, mails):
    february(12)
    with clock.frozen(at(2, 26)):
        hand_in()
        hand_in("neighbour", "jiaoyu")
        for organization in ("jiaotong", "jiaoyu"):
            wanted = {"organization": organization, "period": "2026-02"}
            report = tk.get_action("govshare_report_show")({"user": "office"}, wanted)
            tk.get_action("govshare_report_accept")({"user": "office"}, {"id": report["id"]})
        tk.get_action("govshare_report_lock")({"user": "office"}, {"period": "2026-02"})
    february(27)
    assert "office" not in kept()
