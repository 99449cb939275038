"""A file that waits for its review is taken by nobody but its provider and the office, through no door."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.govshare.catalogue import index
from tests.catalogue.opening.conftest import CLEAN, call, upload
from tests.conftest import ENTRY, build_city, empty, signature

INSIDE = ["officer", "reviewer", "office"]
OUTSIDE = ["", "citizen", "firm", "neighbour", "county_office"]
READERS = [*INSIDE, *OUTSIDE]


def context(reader):
    return {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}


@pytest.fixture(scope="module")
def entries(loaded):
    """One published entry that waits and one that opened, with their rows in the DataStore."""
    empty()
    city = build_city()
    made = {}
    for number, state in enumerate(("waiting", "open")):
        text = CLEAN + f"站{number},{number}路\n"
        data = {"owner_org": city.traffic, **ENTRY, "title": f"条目{number}", "resources": [upload(text)]}
        entry = tk.get_action("package_create")({"user": "office"}, data)
        made[state] = tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})
        resource = made[state]["resources"][0]
        table = {
            "resource_id": resource["id"],
            "force": True,
            "fields": [{"id": "a"}],
            "records": [{"a": "1"}],
        }
        tk.get_action("datastore_create")({"ignore_auth": True, "user": "office"}, table)
        if state == "open":
            about = {"organization": city.traffic, "digest": resource["hash"]}
            call("opening_sign", "reviewer", **about, **signature())
            call("opening_confirm", "office", **about)
    while index.drain()["left"]:
        pass
    return made


def takes(reader, state):
    return state == "open" or reader in INSIDE


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("door", ["package_show", "package_search", "resource_show"])
def test_addresses(entries, reader, door):
    for state, entry in entries.items():
        if door == "package_search":
            found = tk.get_action(door)(context(reader), {"fq": f"name:{entry['name']}"})["results"][0]
            resource = found["resources"][0]
        else:
            wanted = entry["id"] if door == "package_show" else entry["resources"][0]["id"]
            shown = tk.get_action(door)(context(reader), {"id": wanted})
            resource = shown["resources"][0] if door == "package_show" else shown
        given = {key for key in ("url", "hash", "original_name") if resource.get(key)}
        assert bool(given) == takes(reader, state), state
        assert resource.get("not_available") == (None if takes(reader, state) else "review_needed")


@pytest.mark.parametrize("reader", READERS)
def test_download(app, entries, reader):
    headers = {"Authorization": factories.APIToken(user=reader)["token"]} if reader else {}
    for state, entry in entries.items():
        url = f"/dataset/{entry['name']}/resource/{entry['resources'][0]['id']}/download/x.csv"
        answer = app.get(url, headers=headers, expect_errors=True)
        assert answer.status_code == (200 if takes(reader, state) else 403)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("action", ["datastore_search", "datastore_info"])
def test_rows(entries, reader, action):
    for state, entry in entries.items():
        resource_id = entry["resources"][0]["id"]
        data = {"resource_id": resource_id, "id": resource_id}
        if takes(reader, state):
            assert tk.get_action(action)(context(reader), data)
        else:
            with pytest.raises(tk.NotAuthorized):
                tk.get_action(action)(context(reader), data)


@pytest.mark.parametrize("reader", READERS)
def test_may_take_says_why(entries, reader):
    resource = entries["waiting"]["resources"][0]
    answer = tk.get_action("govshare_may_take")(context(reader), {"resource_id": resource["id"]})
    assert answer["may"] == takes(reader, "waiting")
    if not answer["may"]:
        assert answer["reason"] == "review_needed"


@pytest.mark.parametrize(
    "path", ["/dataset/{name}", "/dataset/{name}.ttl", "/dataset/{name}/resource/{resource}", "/feeds/dataset.atom",
             "/catalog.xml", "/api/3/action/package_show?id={name}"],
)  # fmt: skip
def test_no_page_gives_the_public_the_file(app, entries, path):
    entry = entries["waiting"]
    resource = entry["resources"][0]
    page = app.get(path.format(name=entry["name"], resource=resource["id"]), expect_errors=True).body
    for trace in (resource["hash"], resource["url"], f"{resource['id']}/download", "人民医院"):
        assert trace not in page


def test_the_page_says_that_the_review_is_not_done(app, entries):
    page = app.get(f"/dataset/{entries['waiting']['name']}").body
    assert "审查" in page or "review for personal data" in page
