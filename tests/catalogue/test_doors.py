"""Who sees and who takes: every kind of reader × every kind of entry × every door (DESIGN §4)."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.catalogue import index
from tests.conftest import KINDS, build_city, empty, publish

INSIDE = ["officer", "reviewer", "office"]
DEPARTMENT = ["neighbour"]
OUTSIDE = ["", "citizen", "firm", "county_office"]
READERS = [*INSIDE, *DEPARTMENT, *OUTSIDE]
SEEN_BY_PUBLIC = {"open", "open_on_condition"}
SECRET_WORD = "机密词汇"


def sees(reader: str, kind: str) -> bool:
    return kind in SEEN_BY_PUBLIC or reader in INSIDE or reader in DEPARTMENT


def takes(reader: str, kind: str, audience: str) -> bool:
    if reader in INSIDE:
        return True
    if audience == "open":
        return kind == "open"
    return reader in DEPARTMENT and kind in ("open", "shared_only")


def context(reader: str) -> dict:
    return {"user": reader, "auth_user_obj": model.User.get(reader) if reader else None}


@pytest.fixture(scope="module")
def entries(loaded):
    """One entry of each kind; the index is up to date. Nothing here writes, so it is made once."""
    empty()
    city = build_city()
    made = {
        kind: publish(
            city,
            title=f"条目{number}",
            notes=f"{SECRET_WORD}{number}",
            tags=[{"name": f"标签-{kind}"}],
            source_system=f"系统-{kind}",
            **fields,
        )
        for number, (kind, fields) in enumerate(KINDS.items())
    }
    for entry in made.values():
        for resource in entry["resources"]:
            tk.get_action("datastore_create")(
                {"ignore_auth": True, "user": "office"},
                {
                    "resource_id": resource["id"],
                    "force": True,
                    "fields": [{"id": "a"}],
                    "records": [{"a": "1"}],
                },
            )
    while index.drain()["left"]:
        pass
    return made


@pytest.mark.parametrize("reader", READERS)
def test_package_show_and_search_agree_on_who_sees(entries, reader):
    expected = {kind for kind in KINDS if sees(reader, kind)}
    shown = set()
    for kind, entry in entries.items():
        try:
            tk.get_action("package_show")(context(reader), {"id": entry["id"]})
            shown.add(kind)
        except tk.ObjectNotFound:
            pass
    found = tk.get_action("package_search")(
        context(reader), {"q": SECRET_WORD, "rows": 100, "include_private": True}
    )
    by_name = {entry["name"]: kind for kind, entry in entries.items()}
    assert shown == expected == {by_name[hit["name"]] for hit in found["results"]}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("door", ["package_show", "package_search", "resource_show"])
def test_an_address_is_given_only_to_who_may_take(entries, reader, door):
    for kind, entry in entries.items():
        if not sees(reader, kind):
            continue
        given = _addresses(door, reader, entry)
        expected = {
            resource["audience"]
            for resource in entry["resources"]
            if takes(reader, kind, resource["audience"])
        }
        assert given == expected, (door, reader, kind)


def _addresses(door: str, reader: str, entry: dict) -> set[str]:
    if door == "package_show":
        resources = tk.get_action(door)(context(reader), {"id": entry["id"]})["resources"]
    elif door == "package_search":
        hits = tk.get_action(door)(context(reader), {"fq": f"name:{entry['name']}", "include_private": True})
        resources = hits["results"][0]["resources"]
    else:
        resources = []
        for resource in entry["resources"]:
            try:
                resources.append(tk.get_action(door)(context(reader), {"id": resource["id"]}))
            except (tk.ObjectNotFound, tk.NotAuthorized):
                continue
    return {resource["audience"] for resource in resources if resource.get("url")}


@pytest.mark.parametrize("reader", ["", "citizen", "firm"])
def test_files_for_departments_are_not_even_listed_to_the_public(entries, reader):
    shown = tk.get_action("package_show")(context(reader), {"id": entries["open"]["id"]})
    assert [resource["audience"] for resource in shown["resources"]] == ["open"]


@pytest.mark.parametrize("reader", ["", "citizen"])
@pytest.mark.parametrize(
    ("action", "data"),
    [
        (
            "package_search",
            {
                "q": "*:*",
                "rows": 100,
                "facet.field": ["tags", "organization", "open_type", "source_system", "res_format"],
                "facet.limit": -1,
            },
        ),
        ("package_autocomplete", {"q": "条目", "limit": 50}),
        ("package_list", {}),
        ("current_package_list_with_resources", {"limit": 50}),
        ("tag_list", {}),
        ("tag_autocomplete", {"query": "标签", "limit": 50}),
        ("tag_search", {"query": "标签"}),
        ("organization_show", {"id": "jiaotong", "include_datasets": True}),
        ("organization_list", {"all_fields": True, "include_dataset_count": True}),
        ("member_list", {"id": "jiaotong"}),
        ("group_package_show", {"id": "jiaotong"}),
        ("format_autocomplete", {"q": "c"}),
        ("package_search", {"fl": "name,title", "rows": 100}),
        ("package_search", {"q": "capacity:private", "fq": "+capacity:private", "rows": 100}),
    ],
)
def test_no_action_shows_the_public_a_trace_of_a_closed_entry(entries, reader, action, data):
    answer = json.dumps(tk.get_action(action)(context(reader), dict(data)), ensure_ascii=False, default=str)
    for kind in set(KINDS) - SEEN_BY_PUBLIC:
        entry = entries[kind]
        for trace in (entry["id"], entry["name"], entry["title"], f"标签-{kind}", f"系统-{kind}"):
            assert trace not in answer, (action, kind, trace)


def test_counts_for_the_public_are_those_of_what_it_sees(entries):
    organization = tk.get_action("organization_show")(context(""), {"id": "jiaotong"})
    found = tk.get_action("package_search")(context(""), {"facet.field": ["open_type"], "rows": 0})
    assert (organization["package_count"], found["count"], found["facets"]["open_type"]) == (
        2,
        2,
        {"1": 1, "2": 1},
    )


@pytest.mark.parametrize(
    "fields",
    ["validated_data_dict", "data_dict", "res_url", "*", "name,res_url", ["id", "data_dict"], "a:data_dict"],
)
def test_raw_fields_of_the_index_cannot_be_read(entries, fields):
    with pytest.raises(tk.ValidationError):
        tk.get_action("package_search")(context(""), {"fl": fields})


def test_a_file_for_departments_cannot_be_guessed_by_search(entries):
    for query in ("res_url:*share*", "share.csv", 'res_url:"http://files.example/share.csv"'):
        assert tk.get_action("package_search")(context(""), {"q": query})["count"] == 0


@pytest.mark.parametrize("action", ["resource_search", "datastore_search_sql"])
@pytest.mark.parametrize("reader", ["", "citizen", "officer"])
def test_doors_without_labels_are_closed(entries, action, reader):
    with pytest.raises((tk.NotAuthorized, tk.ValidationError, KeyError)):
        tk.get_action(action)(context(reader), {"query": "name:a", "sql": "select 1"})


@pytest.mark.parametrize("table", ["_table_metadata", "pg_class", "pg_catalog.pg_tables"])
def test_the_list_of_tables_is_closed(entries, table):
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError)):
        tk.get_action("datastore_search")(context(""), {"resource_id": table})


@pytest.mark.parametrize("reader", READERS)
def test_rows_of_a_table_are_for_who_may_take_the_file(entries, reader):
    for kind, entry in entries.items():
        for resource in entry["resources"]:
            try:
                rows = tk.get_action("datastore_search")(context(reader), {"resource_id": resource["id"]})[
                    "total"
                ]
            except (tk.NotAuthorized, tk.ObjectNotFound):
                rows = 0
            assert rows == int(sees(reader, kind) and takes(reader, kind, resource["audience"])), (
                kind,
                resource["audience"],
            )


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/",
        "/feeds/dataset.atom",
        "/api/3/action/package_search?rows=100",
        "/organization/jiaotong",
        "/dataset/?tags=标签-not_shared",
    ],
)
def test_no_page_or_feed_shows_the_public_a_trace_of_a_closed_entry(app, entries, path):
    page = app.get(path).body
    for kind in set(KINDS) - SEEN_BY_PUBLIC:
        assert entries[kind]["name"] not in page
        assert entries[kind]["title"] not in page


@pytest.mark.parametrize("kind", sorted(set(KINDS) - SEEN_BY_PUBLIC))
def test_page_of_a_closed_entry_is_not_there_for_the_public(app, entries, kind):
    assert app.get(f"/dataset/{entries[kind]['name']}", expect_errors=True).status_code in (403, 404)
