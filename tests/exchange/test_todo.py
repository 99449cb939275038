"""What the exchange points put on the to-do lists of their departments and of the office."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")


def slugs(user: str) -> list[str]:
    return [line["slug"] for line in tk.get_action("govshare_exchange_todo")({"user": user}, {})]


def test_a_held_run_waits_for_its_department_and_the_office(source, make_point, harvest):
    source.put(records(5))
    point = make_point(source.url)
    harvest(point)
    source.put([])
    run = harvest(point)

    (line,) = tk.get_action("govshare_exchange_todo")({"user": "reviewer"}, {})

    assert (line["slug"], line["url"].endswith(f"/exchange/run/{run['id']}")) == ("exchange_held", True)
    assert slugs("office") == ["exchange_held"]
    assert slugs("neighbour") == []


def test_refused_records_are_one_line_with_their_number(source, make_point, harvest):
    source.put([record(1), record(2), record(3, accessLevel="non-public", rights="")])
    harvest(make_point(source.url))

    (line,) = tk.get_action("govshare_exchange_todo")({"user": "officer"}, {})

    assert (line["slug"], "1" in line["title"]) == ("exchange_rejected", True)


def test_a_new_point_waits_for_the_office_alone(city, source):
    data = {
        "name": "jiaotong-new",
        "organization": city.traffic,
        "kind": "data_json",
        "url": source.url,
        "default_class": "307001004",
    }
    data |= {"share_scope": "全市政务部门", "share_condition": "按需申请"}
    tk.get_action("govshare_exchange_point_create")({"user": "officer"}, data)

    assert slugs("office") == ["exchange_accept"]
    assert slugs("officer") == []


@pytest.mark.parametrize("person", ["citizen", "operator"])
def test_who_belongs_to_no_department_has_no_list(city, person):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("govshare_exchange_todo", {"user": person}, {})


def test_a_point_that_was_sent_back_waits_for_its_department(city, make_point, source, ask):
    point = make_point(source.url)
    ask("govshare_exchange_point_update", {"id": point, "url": f"{source.url}?new"}, "officer")
    assert slugs("office") == ["exchange_accept"]
    ask("govshare_exchange_point_review", {"id": point, "passed": False, "opinion": "地址不符"}, "office")

    (line,) = tk.get_action("govshare_exchange_todo")({"user": "officer"}, {})

    assert (line["slug"], "地址不符" in line["detail"]) == ("exchange_returned", True)
    assert slugs("office") == []


def test_a_failing_point_is_one_line(make_point, harvest, source):
    source.body = b"<html>"
    point = make_point(source.url)
    harvest(point)
    harvest(point)

    assert slugs("officer") == ["exchange_failed"]
    assert slugs("neighbour") == []
