"""Taking a data set down while a complaint is examined: it is gone at every public door, and comes back as it was."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests.catalogue.opening.conftest import upload
from tests.dialogue.conftest import CONTACT, WRITTEN, call


@pytest.fixture
def taken(write, make_entry):
    """A complaint about an entry with a file, and the entry."""
    entry = make_entry(title="停车泊位信息", resources=[upload()])
    assert entry["resources"][0]["opening"] == "open"
    made = write("complaint", entry=entry["name"])
    return made, entry


def doors(see, entry):
    """What every public door answers: whether it shows the entry or gives its file."""
    name, resource = entry["name"], entry["resources"][0]
    found = tk.get_action("package_search")({"user": ""}, {"q": "停车泊位"})["results"]
    answers = {
        "page": see(f"/dataset/{name}").status_code == 200,
        "search page": f"/dataset/{name}" in see("/dataset?q=停车泊位").body,
        "search": [hit["name"] for hit in found] == [name],
        "api": see(f"/api/3/action/package_show?id={name}").status_code == 200,
        "list": name in see("/api/3/action/package_list").body,
        "resource": see(f"/api/3/action/resource_show?id={resource['id']}").status_code == 200,
        "resource page": see(f"/dataset/{name}/resource/{resource['id']}").status_code == 200,
        "download": see(resource["url"].replace("http://test.ckan.net", "")).status_code == 200,
        "dialogue": see(f"/dialogue?entry={name}").body.count(entry["title"]) > 0,
        "form": entry["title"] in see(f"/dialogue/new?kind=comment&entry={name}").body,
    }
    return {door for door, shows in answers.items() if shows}


ALL = {
    "page", "search page", "search", "api", "list", "resource", "resource page", "download", "dialogue", "form",
}  # fmt: skip


def test_it_is_gone_at_every_public_door_and_comes_back_under_its_address(see, taken):
    made, entry = taken
    assert doors(see, entry) == ALL
    call("take_down", id=made["id"], reason="含个人信息，先行撤下")
    assert doors(see, entry) == set()
    assert call("show", id=made["id"])["acts"].count("restore") == 1
    call("restore", id=made["id"], reason="经核查不成立")
    assert doors(see, entry) == ALL
    after = tk.get_action("package_show")({"user": ""}, {"id": entry["name"]})
    assert after["id"] == entry["id"]
    assert after["resources"][0]["url"] == entry["resources"][0]["url"]


def test_what_others_wrote_about_it_is_gone_with_it(see, taken, write):
    made, entry = taken
    comment = write("comment", entry=entry["name"])
    call("accept", id=comment["id"])
    call("accept", id=made["id"], shown=True)
    assert call("list", "")["count"] == 2
    call("take_down", id=made["id"], reason="x")
    assert call("list", "")["count"] == 0
    assert see(f"/dialogue/{comment['id']}").status_code == 404
    mine = call("show", "", code=made["code"])
    assert (mine["entry"], mine["has_entry"]) == (None, True)
    assert entry["title"] not in see(f"/dialogue/mine/{made['code']}").body
    call("restore", id=made["id"], reason="x")
    assert call("list", "")["count"] == 2


def test_it_takes_an_open_complaint_about_what_is_public(write, taken):
    made, entry = taken
    comment = write("comment", entry=entry["name"])
    without = write("complaint")
    for id in (comment["id"], without["id"]):
        with pytest.raises(tk.ValidationError):
            call("take_down", id=id, reason="x")
    with pytest.raises(tk.ValidationError):
        call("take_down", id=made["id"], reason=" ")
    with pytest.raises(tk.ValidationError):
        call("restore", id=made["id"], reason="x")
    call("take_down", id=made["id"], reason="x")
    for act in ("take_down", "refuse"):
        with pytest.raises(tk.ValidationError):
            call(act, id=made["id"], reason="x")


def test_it_may_stay_down_when_the_complaint_is_answered_and_be_restored_later(taken, see):
    made, entry = taken
    call("take_down", id=made["id"], reason="x")
    call("accept", id=made["id"])
    call("answer", "officer", id=made["id"], answer="已删除相关字段。")
    call("close", id=made["id"])
    assert see(f"/dataset/{entry['name']}").status_code == 404
    call("restore", id=made["id"], reason="已整改")
    assert see(f"/dataset/{entry['name']}").status_code == 200


def test_the_complainant_is_named_nowhere_in_public(taken, see):
    made, entry = taken
    call("accept", id=made["id"], shown=True)
    call("answer", "officer", id=made["id"], answer="已核查。")
    call("close", id=made["id"])
    for path in ("/dialogue", f"/dialogue/{made['id']}", f"/dataset/{entry['name']}"):
        body = see(path).body
        assert not any(secret in body for secret in CONTACT.values()), path
    assert WRITTEN["complaint"]["title"] in see("/dialogue").body
