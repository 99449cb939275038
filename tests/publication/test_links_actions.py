"""What people may ask of the link check: who sees which links, who may have one looked at, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication import links, links_list
from ckanext.govshare.publication.links_model import Link
from tests.conftest import FILES, KINDS
from tests.sql import statements

NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)
SECRET = "http://files.example/secret/open.csv?token=geheim"
PEOPLE = ("", "citizen", "firm", "neighbour", "county_office", "operator", "officer", "reviewer", "office")


def call(action: str, user: str, **data):
    return tk.get_action(f"govshare_link_{action}")({"user": user}, data)


def observe(url: str, *seen: tuple[float, bool]) -> dict:
    """Observations so many days ago; answers what is known then."""
    state = {}
    for days, ok in seen:
        at = (NOW - timedelta(days=days)).isoformat()
        state = tk.get_action("govshare_link_record")({"ignore_auth": True}, {"url": url, "ok": ok, "at": at})
    return state


@pytest.fixture
def dead(make_entry, frozen):
    """An entry of 市交通运输局 whose one link is dead; the time stands still."""
    with frozen(NOW):
        entry = make_entry(title="失效的链接", resources=[{**FILES[0], "url": SECRET}])
        assert observe(SECRET, (5, False), (3, False), (1, False))["state"] == "dead"
        yield entry


def allowed(action: str, user: str, **data) -> bool:
    try:
        tk.check_access(f"govshare_link_{action}", {"user": user}, data)
    except tk.NotAuthorized:
        return False
    return True


def test_who_may_list_links(dead):
    may = {user for user in PEOPLE if allowed("list", user)}
    assert may == {"officer", "reviewer", "neighbour", "office", "county_office", "firm"}


def test_who_sees_the_link_of_a_department(dead):
    sees = {user for user in PEOPLE if allowed("list", user) and call("list", user)["count"]}
    assert sees == {"officer", "reviewer", "office"}


def test_who_may_have_it_looked_at(dead):
    assert {user for user in PEOPLE if allowed("check", user, id=dead["id"])} == {
        "officer",
        "reviewer",
        "office",
    }
    assert not allowed("check", "officer", id="no-such-entry")


def test_everybody_sees_the_state_of_an_open_entry_and_no_address(dead):
    for user in PEOPLE:
        shown = call("states", user, package_id=dead["id"])
        assert [state["state"] for state in shown.values()] == ["dead"]
        assert "files.example" not in str(shown)


@pytest.mark.parametrize("kind", ["shared_only", "not_shared"])
def test_states_of_an_entry_are_for_those_who_see_it(make_entry, kind):
    entry = make_entry(**KINDS[kind])
    allowed_ones = {user for user in PEOPLE if allowed("states", user, package_id=entry["id"])}
    assert {"", "citizen", "firm"}.isdisjoint(allowed_ones)
    assert call("states", "officer", package_id=entry["id"]) == {}


def test_nobody_records_an_observation(dead):
    assert not [user for user in PEOPLE if allowed("record", user, url="http://x.example", ok=True)]


def test_only_operators_start_a_turn(dead):
    assert [user for user in PEOPLE if allowed("due", user)] == ["operator"]


def test_a_row_says_what_to_know(dead):
    [row] = call("list", "officer")["results"]
    assert row["package"] == {
        "id": dead["id"], "name": dead["name"], "title": "失效的链接", "type": "dataset",
    }  # fmt: skip
    assert (row["organization"]["title"], row["resource"]["name"]) == ("市交通运输局", "公众文件")
    assert (row["state"], row["failures"], row["detail"]) == ("dead", 3, "not_found")
    assert row["since"] == row["failing_since"] == (NOW - timedelta(days=5)).isoformat()
    assert row["next_check"] > row["checked"]


def test_tokens_and_passwords_of_an_address_are_shown_to_nobody(dead, make_entry):
    make_entry(
        title="带口令的链接", resources=[{**FILES[0], "url": "http://user:geheim@files.example/x.csv"}]
    )
    links.sync()
    shown = call("list", "office") | call("list", "office", state="unknown")
    assert shown["count"]
    assert "geheim" not in str(shown)
    assert "geheim" not in str(call("list", "office"))


@pytest.mark.parametrize(
    ("seen", "lists"),
    [
        ([(1, True)], {"ok"}),
        ([(1, False)], {None, "failing", "unknown"}),
        ([(2, True), (1, False)], {None, "failing", "ok"}),
        ([(5, False), (3, False), (1, False)], {None, "dead"}),
        ([], {"unknown"}),
    ],
)
def test_lists_by_state(make_entry, frozen, seen, lists):
    with frozen(NOW):
        make_entry(resources=[FILES[0]])
        links.sync()
        observe(FILES[0]["url"], *seen)
        every = (None, *links_list.STATES)
        found = {
            state
            for state in every
            if call("list", "officer", **({"state": state} if state else {}))["count"]
        }
    assert found == lists


def cost(user: str) -> int:
    """How many statements a list takes."""
    with statements() as sent:
        call("list", user)
    return len(sent)


def test_a_longer_list_takes_no_more_statements(dead, make_entry):
    before = cost("office")
    for number in range(3):
        url = f"http://files.example/{number}.csv"
        make_entry(title=f"又一项{number}", resources=[{**FILES[0], "url": url}])
        observe(url, (5, False))
    assert call("list", "office")["count"] == 4
    assert cost("office") == before


def test_a_list_beyond_its_end_still_says_how_many(dead):
    assert call("list", "office", offset=50) == {"count": 1, "results": []}


def test_other_departments_are_not_in_a_list_that_names_them(dead, city):
    assert call("list", "neighbour", organization="jiaotong") == {"count": 0, "results": []}
    assert call("list", "office", organization="jiaoyu")["count"] == 0
    assert call("list", "office", organization="jiaotong")["count"] == 1


@pytest.mark.parametrize("data", [{"state": "broken"}, {"organization": "nobody"}, {"limit": -1}])
def test_nonsense_is_refused(dead, data):
    with pytest.raises(tk.ValidationError):
        call("list", "officer", **data)


def test_a_check_makes_it_due_once_in_ten_minutes(dead, frozen):
    assert call("check", "officer", id=dead["name"]) == {"links": 1, "asked": 1}
    assert model.Session.get_one(Link, links.key_of(SECRET)).next_check == NOW
    with pytest.raises(tk.ValidationError):
        call("check", "reviewer", id=dead["id"])
    with frozen(NOW + timedelta(minutes=10)):
        assert call("check", "office", id=dead["id"])["asked"] == 1


def test_an_entry_without_links_has_nothing_to_check(make_entry):
    entry = make_entry(**KINDS["shared_only"])
    with pytest.raises(tk.ValidationError):
        call("check", "officer", id=entry["id"])


def test_an_observation_older_than_the_last_look_is_passed_over(dead):
    assert observe(SECRET, (0.5, True))["state"] == "ok"
    assert observe(SECRET, (0.7, False))["state"] == "ok"


@pytest.mark.parametrize(
    "data", [{"ok": True}, {"url": "http://x.example"}, {"url": "http://x.example", "ok": True, "at": "yesterday"},
             {"url": "http://x.example", "ok": True, "at": "2026-11-01T00:00:00"}],
)  # fmt: skip
def test_an_observation_must_be_one(city, data):
    with pytest.raises(tk.ValidationError):
        tk.get_action("govshare_link_record")({"ignore_auth": True}, data)


def test_the_ledger_is_told_of_a_change_of_state(make_entry, frozen, monkeypatch):
    told = []
    whole = tk.get_action

    def action(name):
        return (lambda _context, data: told.append(data)) if name == "govshare_ledger_touch" else whole(name)

    with frozen(NOW):
        make_entry(resources=[FILES[0]])
        monkeypatch.setattr(links.tk, "get_action", action)
        observe(FILES[0]["url"], (3, True), (2, True), (1, False))
    assert told == [{"urls": [FILES[0]["url"]]}]
