"""The page of links that do not work: who sees which, and what may be done about one."""

from __future__ import annotations

from datetime import timedelta

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import links
from ckanext.govshare.publication.links_model import Link
from tests.conftest import FILES

from .conftest import words

URL = "http://user:geheim@files.example/bus.csv?token=geheim"
TITLE = "<b>失效的公交数据</b>"


def observe(url: str, *days_ago: float) -> None:
    for days in days_ago:
        at = (clock.now() - timedelta(days=days)).isoformat()
        tk.get_action("govshare_link_record")({"ignore_auth": True}, {"url": url, "ok": False, "at": at})


@pytest.fixture
def dead(make_entry):
    """An entry of 市交通运输局 whose link is dead."""
    entry = make_entry(title=TITLE, resources=[{**FILES[0], "url": URL}])
    observe(URL, 5, 3, 1)
    return entry


def test_the_department_sees_its_dead_link_and_what_was_answered(dead, see):
    page = see("/desk/links", "officer")
    text = words(page.body)
    assert "files.example/bus.csv" in text
    assert "该地址没有内容" in text
    assert "geheim" not in page.body
    assert TITLE not in page.body


@pytest.mark.parametrize(
    ("user", "status", "sees"),
    [
        ("", 302, False), ("citizen", 403, False), ("operator", 403, False),
        ("neighbour", 200, False), ("county_office", 200, False),
        ("officer", 200, True), ("reviewer", 200, True), ("office", 200, True),
    ],
)  # fmt: skip
def test_who_sees_it(dead, see, user, status, sees):
    page = see("/desk/links", user)
    assert page.status_code == status
    assert ("bus.csv" in page.body) is sees


def test_filters_keep_to_what_is_there(dead, see, city):
    assert "bus.csv" in see("/desk/links?state=dead&organization=jiaotong", "office").body
    assert "bus.csv" not in see("/desk/links?state=ok", "office").body
    assert "bus.csv" not in see("/desk/links?organization=jiaoyu", "office").body
    assert see("/desk/links?state=%27&organization=%00x&page=zzz", "office").status_code in (200, 400)


def test_the_button_makes_it_due_and_says_so(dead, send, see):
    answer = send("/desk/links/check", "officer", id=dead["id"], state="dead")
    assert answer.status_code == 302
    assert "state=dead" in answer.headers["Location"]
    link = model.Session.get_one(Link, links.key_of(URL))
    assert link.asked is not None
    assert link.next_check <= clock.now()


def test_only_who_may_makes_it_due(dead, send, see):
    for user in ("neighbour", "citizen", "operator", ""):
        send("/desk/links/check", user, id=dead["id"])
    assert model.Session.get_one(Link, links.key_of(URL)).asked is None
    assert see("/desk/links/check", "officer").status_code in (404, 405)


def test_only_who_writes_is_led_to_the_form(dead, see):
    start = f"/desk/change/start/{dead['id']}"
    assert start in see("/desk/links", "officer").body
    assert start in see("/desk/links", "office").body


def test_the_desk_leads_there_and_an_empty_list_says_so(city, see):
    assert "/desk/links" in see("/desk", "officer").body
    assert see("/desk/links", "officer").status_code == 200


def test_the_entry_page_says_that_the_link_is_dead(dead, see):
    for user in ("", "officer"):
        assert "链接失效" in words(see(f"/dataset/{dead['name']}", user).body)
