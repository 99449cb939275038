"""Announcements: shown from day to day, pinned first, withdrawn and not deleted, in a feed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

pytestmark = pytest.mark.usefixtures("with_plugins")

MAY = datetime(2026, 5, 4, 9, tzinfo=timezone(timedelta(hours=8)))
ATOM = "{http://www.w3.org/2005/Atom}"


def act(action: str, user: str = "office", **data: Any) -> Any:
    return tk.get_action(action)({"user": user}, data)


def announce(title: str = "系统升级", **more: Any) -> dict[str, Any]:
    return act("govshare_announcement_create", **{"title": title, "text": "周六 **停机**", **more})


def login(user: str) -> dict[str, str]:
    from ckan.tests import factories

    return {"Authorization": factories.APIToken(user=user)["token"]}


def titles(user: str = "", **more: Any) -> list[str]:
    return [row["title"] for row in act("govshare_announcement_list", user, **more)["results"]]


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        ("2026-05-04", "2026-05-04", True),
        ("2026-05-05", "", False),
        ("2026-04-01", "2026-05-03", False),
        ("2026-04-01", "", True),
        ("", "", True),
    ],
)
def test_it_is_shown_from_its_first_to_its_last_day(
    app: Any, city: SimpleNamespace, frozen: Any, since: str, until: str, shown: bool
) -> None:
    with frozen(MAY):
        made = announce(since=since, until=until)
        assert (titles() == ["系统升级"]) is shown
        assert app.get(f"/announcement/{made['id']}").status_code == (200 if shown else 404)
        assert made["shown"] is shown


def test_pinned_ones_come_first_then_the_newest(city: SimpleNamespace, frozen: Any) -> None:
    with frozen(MAY):
        announce("旧", since="2026-05-01")
        announce("新", since="2026-05-03")
        announce("置顶", since="2026-04-01", pinned=True)
        assert titles() == ["置顶", "新", "旧"]
        assert titles(limit=1, offset=1) == ["新"]


def test_a_withdrawn_one_is_gone_for_the_public_and_kept_for_the_office(
    app: Any, city: SimpleNamespace
) -> None:
    made = announce()
    act("govshare_announcement_withdraw", id=made["id"])
    assert titles() == []
    assert app.get(f"/announcement/{made['id']}").status_code == 404
    assert titles("office", all=True) == ["系统升级"]
    with pytest.raises(tk.ValidationError):
        act("govshare_announcement_update", id=made["id"], title="乙")


def test_what_is_not_given_stays(city: SimpleNamespace) -> None:
    made = announce(until="2099-01-01", pinned=True)
    now = act("govshare_announcement_update", id=made["id"], title="改名")
    assert (now["title"], now["text"], now["until"], now["pinned"]) == (
        "改名",
        "周六 **停机**",
        "2099-01-01",
        True,
    )


@pytest.mark.parametrize("user", ["", "citizen", "officer", "reviewer", "county_office", "operator"])
def test_nobody_but_the_office_writes(city: SimpleNamespace, user: str) -> None:
    made = announce()
    for action, data in (
        ("create", {"title": "甲", "text": "乙"}),
        ("update", {"id": made["id"], "title": "甲"}),
        ("withdraw", {"id": made["id"]}),
        ("list", {"all": True}),
    ):
        with pytest.raises(tk.NotAuthorized):
            act(f"govshare_announcement_{action}", user, **data)


def test_the_public_is_told_no_author(city: SimpleNamespace) -> None:
    made = announce()
    shown = act("govshare_announcement_show", "", id=made["id"])
    assert not {"created_by", "modified_by", "withdrawn"} & shown.keys()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": ""}, "title"),
        ({"text": "\x00"}, "text"),
        ({"since": "昨天"}, "since"),
        ({"since": "2026-02-30"}, "since"),
        ({"since": "2026-05-04", "until": "2026-05-03"}, "until"),
        ({"title_en": "Only a title"}, "title_en"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_field(
    city: SimpleNamespace, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        announce(**data)
    assert list(refused.value.error_dict) == [field]


@pytest.mark.parametrize("id", ["none", "a\x00b", "'; DROP TABLE x; --"])
def test_an_id_that_is_none_is_not_found(city: SimpleNamespace, id: str) -> None:
    with pytest.raises(tk.ObjectNotFound):
        act("govshare_announcement_show", "", id=id)


def test_english_readers_get_english_words_where_there_are_some(app: Any, city: SimpleNamespace) -> None:
    announce(title_en="Maintenance", text_en="Saturday")
    announce("仅中文")
    body = app.get("/en/announcement").body
    assert "Maintenance" in body
    assert 'lang="zh-Hans-CN"' in body
    assert "系统升级" not in body


def test_the_feed_is_atom_and_carries_no_script(app: Any, city: SimpleNamespace) -> None:
    announce("甲 & <乙>", text="<script>alert(1)</script> [x](/page/guide)")
    answer = app.get("/announcement.atom")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.body)  # noqa: S314 - our own
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "甲 & <乙>"
    assert "<script" not in (entry.findtext(f"{ATOM}content") or "")


def test_the_reading_pages_hold_no_form_and_no_token(app: Any, city: SimpleNamespace) -> None:
    made = announce()
    for path in ("/announcement", f"/announcement/{made['id']}", "/site-map"):
        answer = app.get(path)
        assert "<form" not in answer.body
        assert "_csrf_token" not in answer.body
        assert "Set-Cookie" not in answer.headers


def test_the_office_announces_by_form_after_a_preview(app: Any, city: SimpleNamespace) -> None:
    form = {"title": "通知", "text": "**注意**", "since": "", "until": ""}
    answer = app.post("/announcement/new", data={**form, "preview": "1"}, headers=login("office"))
    assert "<strong>注意</strong>" in answer.body
    assert titles() == []
    app.post("/announcement/new", data=form, headers=login("office"))
    assert titles() == ["通知"]


def test_withdrawing_is_post_only(app: Any, city: SimpleNamespace) -> None:
    made = announce()
    assert app.get(f"/announcement/{made['id']}/withdraw", headers=login("office")).status_code in (404, 405)
    app.post(f"/announcement/{made['id']}/withdraw", headers=login("office"))
    assert titles() == []
