"""The link check on the real database, against real servers on loopback; days go by with a frozen clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication import links
from ckanext.govshare.publication.links_model import Link, LinkChange, LinkHost
from tests.conftest import ENTRY, FILES, KINDS, review
from tests.exchange.server import Source

START = datetime(2026, 11, 2, 8, tzinfo=ZONE)
KEY = "ckanext.govshare.links."


@pytest.fixture
def server():
    served = Source()
    served.type = "text/csv"
    yield served
    served.close()


@pytest.fixture
def checking(city, ckan_config):
    """A site that looks at links on this machine, without pauses."""
    values = {
        f"{KEY}check": True, f"{KEY}pause_seconds": 0, f"{KEY}request_seconds": 3, f"{KEY}turn_seconds": 20,
        "ckanext.govshare.exchange.allow_loopback": True,
    }  # fmt: skip
    former = {key: ckan_config.get(key) for key in values}
    ckan_config.update(values)
    yield city
    ckan_config.update(former)


@pytest.fixture
def turn(checking, frozen):
    """A turn of the check, some days after the start."""

    def go(days: float = 0):
        with frozen(START + timedelta(days=days)):
            return tk.get_action("govshare_link_due")({"ignore_auth": True}, {})

    return go


@pytest.fixture
def linked(make_entry, frozen):
    """Publish an open entry with one linked file."""

    def make(url: str, **fields):
        with frozen(START):
            return make_entry(
                title=f"链接 {url}", resources=[{**FILES[0], "url": url, **fields.pop("file", {})}], **fields
            )

    return make


def link(url: str) -> Link:
    model.Session.expire_all()
    return model.Session.get_one(Link, links.key_of(url))


def states(entry, user: str = "officer"):
    return tk.get_action("govshare_link_states")({"user": user}, {"package_id": entry["id"]})


def not_found(handler):
    handler.send_error(404)


def test_a_link_that_works_is_ok(linked, turn, server):
    entry = linked(server.url)
    assert turn() == {"new": 1, "checked": 1, "changed": 1, "held_back": 0}
    [state] = states(entry, "").values()
    assert (state["state"], state["detail"]) == ("ok", "answers")
    assert state["checked"] == START.isoformat()


def test_a_link_dies_after_three_failures_over_three_days_and_lives_at_once(linked, turn, server):
    entry = linked(server.url)
    turn()
    server.answer = not_found
    seen = []
    for day in (1.5, 2, 2.5, 3, 3.5, 4, 4.6):
        turn(day)
        seen.append(link(server.url).state)
    assert seen == ["ok", "ok", "ok", "ok", "ok", "ok", "dead"]
    [state] = states(entry).values()
    assert (state["since"], state["detail"]) == ((START + timedelta(days=1.5)).isoformat(), "not_found")
    server.answer = None
    turn(6)
    assert link(server.url).state == "ok"
    history = model.Session.scalars(sa.select(LinkChange.state).order_by(LinkChange.id)).all()
    assert history == ["ok", "dead", "ok"]


def test_an_outage_keeps_the_last_state(linked, turn, server, frozen):
    linked(server.url)
    linked("http://127.0.0.1:1/other-host.csv")
    turn()
    server.answer = lambda handler: handler.send_error(502)
    for day in range(2, 40, 3):
        turn(day)
    found = link(server.url)
    assert (found.state, found.failures, found.detail) == ("ok", 0, "server_error")
    assert found.silent_since == START + timedelta(days=2)


def test_when_no_host_answers_our_own_network_is_down(linked, turn):
    urls = ["http://127.0.0.1:1/a.csv", "http://127.0.0.1:2/b.csv"]
    for url in urls:
        linked(url)
    assert turn() == {"new": 2, "checked": 0, "changed": 0, "held_back": 2}
    assert [link(url).checked for url in urls] == [None, None]
    assert turn()["held_back"] == 0  # not before a quarter of an hour is over
    assert turn(0.1)["held_back"] == 2


def test_a_host_that_is_down_beside_one_that_is_not_is_recorded(linked, turn, server):
    linked(server.url)
    linked("http://127.0.0.1:1/a.csv")
    assert turn()["checked"] == 2
    assert link("http://127.0.0.1:1/a.csv").detail == "unreachable"


def test_nothing_is_looked_at_before_its_time(linked, turn, server):
    linked(server.url)
    turn()
    requests = server.requests
    assert turn(0.5)["checked"] == 0
    assert server.requests == requests
    assert turn(1.2)["checked"] == 1


def test_a_host_that_asks_to_be_left_alone_is(linked, turn, server, frozen):
    def busy(handler):
        handler.send_response(429)
        handler.send_header("Retry-After", str(3 * 86400))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.answer = busy
    entries = [linked(f"{server.url}?{number}") for number in range(3)]
    turn()
    assert server.requests == 1
    with frozen(START):
        tk.get_action("govshare_link_check")({"user": "officer"}, {"id": entries[0]["id"]})
    turn(1)
    turn(2.9)
    assert server.requests == 1
    linked(f"{server.url}?new")
    turn(2.95)
    assert server.requests == 1
    turn(3.1)
    assert server.requests == 2


def test_two_runs_at_once_do_not_check_twice(linked, turn, server):
    linked(server.url)
    with links._alone() as first:
        assert first
        assert turn() == {"busy": 1}
    assert turn()["checked"] == 1


def test_a_turn_that_is_killed_keeps_what_it_saw(linked, turn, server, monkeypatch):
    for number in range(3):
        linked(f"{server.url}?{number}")
    whole, done = links.record, []

    def killed(key, seen, at):
        if done:
            raise KeyboardInterrupt
        done.append(key)
        return whole(key, seen, at)

    monkeypatch.setattr(links, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        turn()
    monkeypatch.undo()
    model.Session.rollback()
    assert model.Session.scalar(sa.select(sa.func.count()).where(Link.checked.is_not(None))) == 1
    assert turn(0.01)["checked"] == 2


def test_the_site_may_look_at_no_links(linked, turn, server, ckan_config):
    linked(server.url)
    ckan_config[f"{KEY}check"] = False
    assert turn() == {"off": 1}
    assert server.requests == 0


@pytest.mark.parametrize(
    "kind", ["shared_only", "not_shared", "suspended", "withdrawn", "for_departments", "waiting"]
)
def test_what_the_public_is_not_shown_is_never_asked(kind, linked, turn, server, city, set_extra, frozen):
    if kind in KINDS:
        entry = linked(server.url, file={"audience": "share"}, **KINDS[kind])
    elif kind == "for_departments":
        entry = linked(server.url, file={"audience": "share"})
    elif kind == "waiting":
        with frozen(START):
            made = {"owner_org": city.traffic, **ENTRY, "resources": [{**FILES[0], "url": server.url}]}
            entry = tk.get_action("package_create")({"user": "office"}, made)
    else:
        entry = linked(server.url)
        set_extra(entry["id"], {"catalogue_state": kind}, private=True)
    assert turn()["new"] == 0
    assert server.requests == 0
    assert states(entry) == {}


def test_open_on_condition_is_looked_at_and_its_address_kept(linked, turn, server):
    entry = linked(server.url, **KINDS["open_on_condition"])
    turn()
    shown = states(entry, "")
    assert [state["state"] for state in shown.values()] == ["ok"]
    assert server.url not in str(shown)


def test_an_address_that_nobody_names_is_forgotten_after_a_month(linked, turn, server, set_extra):
    entry = linked(server.url)
    turn()
    set_extra(entry["id"], {"catalogue_state": "suspended"}, private=True)
    turn(2)
    assert server.requests == 1
    assert link(server.url).unused_since
    set_extra(entry["id"], {"catalogue_state": "published"}, private=False)
    turn(3)
    assert link(server.url).unused_since is None
    set_extra(entry["id"], {"catalogue_state": "withdrawn"}, private=True)
    turn(4)
    turn(35)
    assert model.Session.get(Link, links.key_of(server.url)) is None


def test_an_approved_web_application_is_looked_at_as_a_page(publish, turn, server, city, frozen):
    server.type = "text/html"
    with frozen(START):
        used = publish()
        data = {
            "type": "application", "title": "公交到站查询", "notes": "查询。", "owner_org": city.bureau,
            "app_form": "web", "url": server.url, "developer": "演示科技公司",
            "dataset_codes": [used["resource_code"]], "approved": "1",
        }  # fmt: skip
        made = tk.get_action("package_create")({"user": "office"}, data)
        tk.get_action("package_create")(
            {"user": "office"}, {**data, "url": f"{server.url}?2", "approved": "0"}
        )
    turn()
    assert {name: state["state"] for name, state in states(made, "").items()} == {"application": "ok"}
    assert model.Session.get(Link, links.key_of(f"{server.url}?2")) is None


def test_a_page_in_place_of_a_file_fails_and_one_that_is_a_page_does_not(make_entry, turn, server, frozen):
    server.type = "text/html"
    with frozen(START):
        page = {**FILES[0], "name": "说明页", "url": f"{server.url}?page", "format": "HTML"}
        make_entry(resources=[{**FILES[0], "url": server.url}, page])
    turn()
    assert (link(server.url).detail, link(f"{server.url}?page").detail) == ("page_instead", "answers")


def test_hosts_are_not_kept_longer_than_they_rest(linked, turn, server):
    linked(server.url)
    turn()
    turn(0.5)
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(LinkHost)) == 0


def test_a_new_address_of_a_file_begins_anew(linked, turn, server, frozen):
    entry = linked("http://127.0.0.1:1/gone.csv")
    with frozen(START):
        for days in (4, 2, 0):
            at = (START - timedelta(days=days)).isoformat()
            observed = {"url": "http://127.0.0.1:1/gone.csv", "ok": False, "at": at}
            tk.get_action("govshare_link_record")({"ignore_auth": True}, observed)
        assert [state["state"] for state in states(entry).values()] == ["dead"]
        changed = {"id": entry["id"], "resources": [{**entry["resources"][0], "url": server.url}]}
        tk.get_action("package_patch")({"user": "office"}, changed)
        review(entry["id"])
        assert [state["state"] for state in states(entry).values()] == ["unknown"]
    turn(0.1)
    assert [state["state"] for state in states(entry).values()] == ["ok"]


def test_a_repaired_link_counts_with_the_first_good_answer(linked, turn, server, make_target, frozen):
    linked(server.url, update_cycle="8")
    server.answer = not_found
    with frozen(START):
        target = make_target()

    def counted(days: float) -> int:
        turn(days)
        with frozen(START + timedelta(days=days)):
            asked = {"target": target["id"]}
            return tk.get_action("govshare_publication_progress")({"user": ""}, asked)[0]["counted"]

    assert [counted(day) for day in (0, 1, 2, 3)] == [1, 1, 1, 0]
    server.answer = None
    assert counted(4.5) == 1
