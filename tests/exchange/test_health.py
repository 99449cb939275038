"""The health of a point, and the one message when it changes."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ckanext.govshare.kernel import clock

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def mails(monkeypatch, mail_server):
    """Mail is configured; sends what waits and answers what came since: ``[(address, subject, text)]``."""
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "smtp.server", "127.0.0.1:25")
    monkeypatch.setitem(tk.config, "smtp.mail_from", "portal@data.example")
    monkeypatch.setattr(tk, "enqueue_job", lambda function, *_args, **_options: None)

    def sent():
        from email import message_from_string
        from email.header import decode_header, make_header

        from ckanext.govshare.exchange import health

        health.send()
        found = []
        for _client, _sender, (address,), text in mail_server.get_smtp_messages():
            mail = message_from_string(text)
            subject = str(make_header(decode_header(mail["Subject"])))
            found.append((address, subject, mail.get_payload(decode=True).decode()))
        mail_server.clear_smtp_messages()
        return sorted(found)

    return sent


def unavailable(handler):
    handler.send_response(503)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def health(ask, point):
    return ask("govshare_exchange_point_show", {"id": point})["health"]


def mailbox(name):
    from ckan import model

    return model.User.get(name).email


def test_a_point_that_never_ran_has_no_health(make_point, ask):
    assert health(ask, make_point("https://data.example.com/data.json")) == "none"


def test_ten_failing_runs_are_one_message(source, make_point, harvest, ask, mails):
    source.body = b"<html>"
    point = make_point(source.url)

    for _ in range(10):
        assert harvest(point)["state"] == "failed"

    told = mails()
    assert sorted(address for address, _subject, _text in told) == sorted([mailbox("officer"), mailbox("office")])
    assert health(ask, point) == "bad"


def test_a_message_says_what_happened_and_where(source, make_point, harvest, mails):
    source.body = b"<html>"
    run = harvest(make_point(source.url))

    _address, subject, text = mails()[0]

    assert "交通局目录" in subject
    assert "市交通运输局" in text
    assert run["reason"]["message_zh"] in text
    assert f"/exchange/run/{run['id']}" in text


def test_a_recovery_is_one_message(source, make_point, harvest, ask, mails):
    source.body = b"<html>"
    point = make_point(source.url)
    harvest(point)
    mails()
    source.put(records(2))

    harvest(point)
    harvest(point)

    assert len(mails()) == 2
    assert mails() == []
    assert health(ask, point) == "ok"


def test_a_first_good_run_is_no_news(source, make_point, harvest, ask, mails):
    source.put(records(2))
    point = make_point(source.url)

    harvest(point)
    harvest(point)

    assert (health(ask, point), mails()) == ("ok", [])


def test_an_unchanged_run_writes_no_health(source, make_point, harvest):
    from ckan import model

    from ckanext.govshare.exchange.model import POINT

    source.put(records(2))
    point = make_point(source.url)

    def version():
        return model.Session.execute(
            sa.select(sa.column("xmin")).select_from(POINT).where(POINT.c.id == point)
        ).scalar()

    harvest(point)
    before = version()
    harvest(point)

    assert version() == before


def test_a_held_run_is_one_message_though_a_newer_one_takes_its_place(source, make_point, harvest, ask, mails):
    source.put(records(10))
    point = make_point(source.url)
    harvest(point)
    source.put(records(3))

    for _ in range(3):
        assert harvest(point)["state"] == "held"

    assert len(mails()) == 2
    assert health(ask, point) == "warn"


def test_a_held_run_is_news_where_records_were_refused_before(source, make_point, harvest, ask, mails):
    source.put([*records(9), record(10, title="")])
    point = make_point(source.url)
    harvest(point)
    assert len(mails()) == 2
    source.put(records(3))

    harvest(point)

    assert len(mails()) == 2


def test_refused_records_are_one_message_and_none_when_they_stay(source, make_point, harvest, ask, mails):
    source.put([*records(3), record(4, title="")])
    point = make_point(source.url)

    harvest(point)
    harvest(point)

    (_address, _subject, text), _other = mails()
    assert "1" in text
    assert health(ask, point) == "warn"


def test_a_plan_and_a_cancelled_run_say_nothing(source, make_point, harvest, ask, mails):
    source.body = b"<html>"
    point = make_point(source.url)

    harvest(point, "govshare_harvest_plan")

    assert (health(ask, point), mails()) == ("none", [])


def test_a_point_out_of_force_has_no_health(source, make_point, harvest, ask, mails):
    source.body = b"<html>"
    point = make_point(source.url)
    harvest(point)

    ask("govshare_exchange_point_suspend", {"id": point}, "office")

    assert health(ask, point) == "none"


def test_a_mail_server_that_is_gone_is_waited_for_once(source, make_point, harvest, mails, monkeypatch):
    from ckan import model

    from ckanext.govshare.exchange import health
    from ckanext.govshare.exchange.model import PointMessage

    def refuse(*_args, **_options):
        raise OSError("no route")

    source.body = b"<html>"
    harvest(make_point(source.url))
    monkeypatch.setattr(smtplib, "SMTP", refuse)

    assert health.send() == 1
    assert health.send() == 0
    message = model.Session.scalars(sa.select(PointMessage)).one()
    assert {told["mail"] for told in message.sent_to} == {"failed"}


def test_what_was_not_sent_goes_out_with_the_timer(source, make_point, harvest, ask, mails, mail_server):
    source.body = b"<html>"
    harvest(make_point(source.url))

    assert ask("govshare_exchange_due", {})["told"] == 1
    assert ask("govshare_exchange_due", {})["told"] == 0
    assert len(mail_server.get_smtp_messages()) == 2


def test_a_failure_that_may_pass_is_tried_again_before_its_turn(source, make_point, harvest, ask, mails):
    source.answer = unavailable
    point = make_point(source.url, schedule="daily")
    now = clock.now()
    with clock.frozen(now):
        assert harvest(point)["state"] == "failed"
    with clock.frozen(now + timedelta(minutes=4)):
        assert ask("govshare_exchange_due", {})["started"] == []
    with clock.frozen(now + timedelta(minutes=5)):
        assert len(ask("govshare_exchange_due", {})["started"]) == 1


def test_a_failure_that_stays_waits_for_its_turn(source, make_point, harvest, ask, mails):
    source.body = b"{}"
    point = make_point(source.url, schedule="daily")
    now = clock.now()
    with clock.frozen(now):
        assert harvest(point)["state"] == "failed"
    with clock.frozen(now + timedelta(hours=23)):
        assert ask("govshare_exchange_due", {})["started"] == []
    with clock.frozen(now + timedelta(hours=25)):
        assert len(ask("govshare_exchange_due", {})["started"]) == 1


def test_a_new_point_waits_for_the_hour_that_was_chosen(source, make_point, ask, mails):
    from datetime import datetime

    with clock.frozen(datetime(2026, 3, 18, 10)):  # noqa: DTZ001 - Beijing
        make_point(source.url, schedule="daily@02:00")
        assert ask("govshare_exchange_due", {})["started"] == []
    with clock.frozen(datetime(2026, 3, 19, 2)):  # noqa: DTZ001 - Beijing
        assert len(ask("govshare_exchange_due", {})["started"]) == 1
