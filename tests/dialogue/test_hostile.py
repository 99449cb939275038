"""What nobody may write, what is marked for the reviewer, and how much comes in a day."""

from __future__ import annotations

import re

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare import receipts
from ckanext.govshare.dialogue import filters
from ckanext.govshare.dialogue.interfaces import IWordFilter
from tests.conftest import build_city, empty, publish
from tests.dialogue.conftest import CONTACT, WRITTEN, call

SHUT = {"open_type": "3", "no_open_reason": "含商业秘密"}


@pytest.fixture(scope="module")
def once(loaded):
    """One site for everything that is refused or marked: its entries."""
    empty()
    city = build_city()
    yield {"open": publish(city), "shut": publish(city, title="不开放的", **SHUT)}
    model.Session.remove()


def refused(sort, **fields):
    """The faults of a contribution by field; nothing was kept of it."""
    contact = CONTACT if sort == "complaint" else {}
    with pytest.raises(tk.ValidationError) as fault:
        call("create", "", **{"kind": sort, **WRITTEN[sort], **contact, "consent": "1", **fields})
    model.Session.rollback()
    assert model.Session.scalar(sa.text("SELECT count(*) FROM govshare_case WHERE kind = 'dialogue'")) == 0
    return fault.value.error_dict


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("request", "kind", "spam"),
        ("request", "kind", ["request"]),
        ("request", "title", ""),
        ("request", "title", "x" * 101),
        ("request", "title", "名称\x00"),
        ("request", "title", "名称\ud800"),
        ("request", "title", "\u202e\u200b"),
        ("request", "title", {"a": 1}),
        ("request", "text", "长" * 1_000_000),
        ("request", "text", "看 https://a.example 和 http://b.example 和 www.c.example"),
        ("request", "purpose", ""),
        ("request", "provider", "no-such"),
        ("request", "provider", "'; DROP TABLE govshare_dialogue; --"),
        ("request", "contact_mail", "a@b.example\nBcc: c@d.example"),
        ("request", "contact_phone", "=1+1"),
        ("request", "consent", ""),
        ("request", "website", "https://spam.example"),
        ("correction", "entry", ""),
        ("correction", "evidence", "javascript:alert(1)"),
        ("correction", "evidence", "https://user:pass@map.example.org/"),
        ("comment", "rating", "6"),
        ("comment", "rating", "²"),
        ("comment", "rating", "4.5"),
        ("complaint", "ground", "envy"),
        ("complaint", "contact_name", ""),
    ],
)
def test_hostile_input_is_refused_at_its_field(once, kind, field, value):
    more = {"entry": once["open"]["name"]} if kind == "correction" and field != "entry" else {}
    faults = refused(kind, **{**more, field: value})
    assert list(faults) == [field]
    assert len(str(faults)) < 2000


def test_a_complaint_without_any_way_to_answer_is_refused(once):
    assert list(refused("complaint", contact_phone="", contact_mail="")) == ["contact_phone"]


def test_an_entry_that_is_not_open_gets_the_same_answer_as_one_that_is_not_there(once):
    shut = once["shut"]
    named = (
        shut["id"],
        shut["name"],
        shut["resource_code"],
        "missing",
        "x" * 500,
        "\x00",
        ["a"],
        "' OR 1=1 --",
    )
    answers = [refused("correction", entry=name) for name in named]
    assert all(answer == answers[0] for answer in answers)


def test_markup_emoji_and_marks_of_direction_are_text_and_nothing_more(write, app):
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} 😀 a\u202eb"
    made = write(title=nasty[:90], text=nasty, purpose="' OR '1'='1")
    call("accept", id=made["id"])
    for path in ("/dialogue", f"/dialogue/{made['id']}", "/dialogue?q=<script>alert(9)</script>"):
        body = app.get(path).body
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "\u202e" not in body
        assert "{{" not in body or "7*7" in body
        assert " 49 " not in body
    assert "😀" in app.get(f"/dialogue/{made['id']}").body


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("这里有赌 博广告", ["赌博"]),
        ("赌-博，发 票", ["赌博", "发票"]),
        ("ＶＩＰ代办", ["vip"]),
        ("一切正常", []),
        ("我的电话 13812345678", ["mobile: 13812345678"]),
        ("身份证 11010519491231002X", ["id_card: 11010519491231002X"]),
    ],
)
def test_words_of_the_operators_list_and_numbers_of_people_are_marked(tmp_path, monkeypatch, written, found):
    words = tmp_path / "words.txt"
    words.write_text("# 词表\n赌博\n发票  # 广告\nvip\n\n", encoding="utf-8")
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.words_path", str(words))
    assert filters.find(written) == found


def test_a_word_marks_or_refuses_as_the_site_says_and_a_missing_list_stops_nobody(
    write, tmp_path, monkeypatch
):
    words = tmp_path / "words.txt"
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.words_path", str(words))
    assert call("show", id=write(text="赌博")["id"])["marks"] == []
    words.write_text("赌博", encoding="utf-8")
    assert call("show", id=write(text="赌博")["id"])["marks"] == ["赌博"]
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.words_refuse", True)
    with pytest.raises(tk.ValidationError) as fault:
        write(text="赌博")
    assert list(fault.value.error_dict) == ["text"]


def test_a_plugin_adds_its_own_filter(loaded, monkeypatch):
    class Strict(p.SingletonPlugin):
        p.implements(IWordFilter)

        def find_words(self, text):
            return ["不雅"] if "咳" in text else []

    monkeypatch.setattr(p, "PluginImplementations", lambda _interface: [Strict()])
    assert filters.find("咳") == ["不雅"]


def test_one_address_and_everybody_together_write_so_many_a_day(city, app, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.per_day", 2)
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.per_day_site", 3)
    monkeypatch.setitem(tk.config, "ckanext.govshare.dialogue.min_seconds", 0)

    def post(address):
        nonce = receipts.new_nonce()
        data = {
            "kind": "comment",
            **WRITTEN["comment"],
            "consent": "1",
            "nonce": nonce,
            "drawn": receipts.stamp(nonce),
        }
        environ = {"REMOTE_ADDR": address}
        return app.post(
            "/dialogue/new", data=data, environ_overrides=environ, follow_redirects=False
        ).status_code

    assert [post("203.0.113.5") for _turn in range(3)] == [302, 302, 429]
    assert [post("2001:db8::1"), post("198.51.100.7")] == [302, 429]
    assert call("list", inside=True)["count"] == 3
    rows = model.Session.execute(sa.text("SELECT address_hash FROM govshare_dialogue")).scalars().all()
    assert not any("203.0.113" in row for row in rows)
    assert all(re.fullmatch(r"[0-9a-f]{64}", row) for row in rows)


@pytest.mark.parametrize("field", ["reason", "answer", "blacked", "organization"])
def test_hostile_words_of_officers_are_refused_too(write, city, field):
    id = write(provider="jiaotong")["id"]
    act, user = {"answer": ("answer", "officer"), "reason": ("refuse", "office")}.get(
        field, ("accept", "office")
    )
    if act == "answer":
        call("accept", id=id)
    for value in ("\x00", "\ud800", "x" * 1_000_000, {"a": 1}, ["x" * 9], 7):
        with pytest.raises(tk.ValidationError) as fault:
            call(act, user, id=id, **{field: value})
        assert list(fault.value.error_dict) == [field], value
        model.Session.rollback()
