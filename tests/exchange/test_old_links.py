"""Links of former times, and how far systems and networks are connected."""

from __future__ import annotations

import csv
import io

import pytest

from tests.catalogue.changes.test_systems import SYSTEM
from tests.sql import statements

pytestmark = pytest.mark.usefixtures("site", "loopback")
PEOPLE = ("officer", "reviewer", "neighbour", "office", "county_office", "firm", "citizen", "operator", "")


@pytest.fixture
def link(city, ask):
    """Register a link from 市交通运输局 to 市教育局; keyword arguments replace its fields. Answers it."""

    def make(user="officer", **fields):
        data = {
            "title": "校车监管数据专线", "from": "jiaotong", "to": "jiaoyu", "network": "部门专网",
            "content": "校车位置", "since": "2016-05-01", "planned": "2026-12-31", **fields,
        }  # fmt: skip
        return ask("govshare_old_link_create", data, user)

    return make


@pytest.fixture
def system(city, ask):
    """Publish an information system of 市交通运输局; answers its id."""

    def make(title="公交智能调度系统", **fields):
        data = {**SYSTEM, "build_state": "4", "title": title, **fields}
        change = ask("govshare_change_create", {"package_type": "information-system", "data": data}, "officer")
        ask("govshare_change_submit", {"id": change["id"]}, "officer")
        ask("govshare_change_approve", {"id": change["id"]}, "reviewer")
        return ask("govshare_change_approve", {"id": change["id"]}, "office")["package_id"]

    return make


@pytest.fixture
def headers(city):
    from ckan.tests import factories

    return lambda user: {"Authorization": factories.APIToken(user=user)["token"]}


def refusal(ask, action, data, user="officer"):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        ask(action, data, user)
    return list(error.value.error_dict)


def cost(call):
    """How many statements a call takes."""
    from ckan import model

    model.Session.remove()
    with statements() as sent:
        call()
    return len(sent)


def test_a_link_is_registered_and_worked_off(link, make_point, ask):
    made = link()
    make_point("https://data.example.com/data.json", name="bus")
    assert (made["state"], made["from"]["title"], made["to"]["title"]) == ("waiting", "市交通运输局", "市教育局")

    change = {"id": made["id"], "state": "moved", "exchange_point": "bus"}
    after = ask("govshare_old_link_update", change, "neighbour")

    assert (after["state"], after["exchange_point"]["name"], after["since"]) == ("moved", "bus", "2016-05-01")
    counts = ask("govshare_old_link_list", {}, "office")["counts"]
    assert counts == {"waiting": 0, "moving": 0, "moved": 1, "stopped": 0, "open": 0}
    events = ask("govshare_audit_list", {"object_type": "old_link"}, "office")["results"]
    assert [event["action"] for event in events] == ["old_link_changed", "old_link_registered"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"from": "nobody"}, "from"),
        ({"to": "jiaotong"}, "to"),
        ({"network": "月球网"}, "network"),
        ({"since": "long ago"}, "since"),
        ({"state": "lost"}, "state"),
        ({"state": "moved"}, "exchange_point"),
        ({"exchange_point": "nothing"}, "exchange_point"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_wrong_field_of_a_link_is_named(link, fields, named):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        link("office", **fields)
    assert list(error.value.error_dict) == [named]


def test_a_point_of_a_third_department_is_as_good_as_none(link, make_point, ask, city):
    made = link()
    make_point("https://data.example.com/data.json", name="other")
    from ckan import model

    from ckanext.govshare.exchange import points

    points.find("other").organization_id = city.county
    model.Session.commit()

    change = {"id": made["id"], "exchange_point": "other"}
    assert refusal(ask, "govshare_old_link_update", change) == ["exchange_point"]


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("govshare_old_link_create", {"officer", "reviewer", "neighbour", "office"}),
        ("govshare_old_link_update", {"officer", "reviewer", "neighbour", "office"}),
        ("govshare_old_link_list", set(PEOPLE) - {"citizen", ""}),
        ("govshare_exchange_coverage", set(PEOPLE) - {"citizen", ""}),
    ],
)
def test_who_may_do_what_with_a_link(link, action, allowed):
    import ckan.plugins.toolkit as tk

    data = {"id": link()["id"], "from": "jiaotong", "to": "jiaoyu"}

    def may(user):
        try:
            return bool(tk.check_access(action, {"user": user}, dict(data)))
        except tk.NotAuthorized:
            return False

    assert {person for person in PEOPLE if may(person)} == allowed


def test_nobody_gives_a_link_to_departments_that_are_not_the_own(link, ask):
    import ckan.plugins.toolkit as tk

    made = link()
    with pytest.raises(tk.NotAuthorized):
        ask("govshare_old_link_update", {"id": made["id"], "from": "xian", "to": "gongsi"}, "officer")


def test_everyone_lists_the_links_that_are_theirs_to_see(link, ask):
    link()

    seen = {
        user: len(ask("govshare_old_link_list", {}, user)["results"])
        for user in ("officer", "neighbour", "office", "county_office", "firm", "operator")
    }

    assert seen == {"officer": 1, "neighbour": 1, "office": 1, "county_office": 0, "firm": 0, "operator": 1}


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"state": "open"}, ["甲", "乙"]),
        ({"state": "stopped"}, ["丙"]),
        ({"network": "政务外网"}, ["乙"]),
        ({"organization": "jiaoyu"}, ["甲", "乙", "丙"]),
        ({"organization": "nobody"}, []),
    ],
)
def test_links_are_filtered_and_the_open_ones_come_first(link, ask, filters, titles):
    link(title="丙", state="stopped")
    link(title="乙", network="政务外网", planned="2027-01-01", state="moving")
    link(title="甲")

    found = ask("govshare_old_link_list", filters, "office")

    assert [row["title"] for row in found["results"]] == titles
    assert found["counts"]["open"] == 2


def test_the_list_of_links_takes_the_same_number_of_statements_for_one_and_for_many(link, ask):
    link()
    first = cost(lambda: ask("govshare_old_link_list", {}, "office"))
    for number in range(6):
        link(title=f"第{number}条")

    assert cost(lambda: ask("govshare_old_link_list", {}, "office")) == first


def test_a_system_is_connected_by_a_point_in_force(system, make_point, ask):
    first, second = system(), system("道路运政管理系统")
    system("停用的系统", build_state="5")
    make_point("https://data.example.com/data.json", name="bus", system=first)
    suspended = make_point("https://b.example.com/data.json", name="roads", system=second)
    ask("govshare_exchange_point_suspend", {"id": suspended}, "office")

    found = ask("govshare_exchange_coverage", {}, "office")["systems"]

    assert (found["count"], found["connected"], found["percent"]) == (2, 1, 50.0)
    (open_one,) = found["unconnected"]
    assert (open_one["title"], open_one["points"][0]["state"]) == ("道路运政管理系统", "suspended")


def test_coverage_is_of_those_departments_that_one_sees(system, ask):
    system()

    counts = {
        user: ask("govshare_exchange_coverage", {}, user)["systems"]["count"]
        for user in ("officer", "office", "neighbour", "county_office", "operator")
    }

    assert counts == {"officer": 1, "office": 1, "neighbour": 0, "county_office": 0, "operator": 1}


def test_a_point_connects_systems_of_its_own_department_alone(system, ask):
    data = {
        "name": "school", "organization": "jiaoyu", "kind": "data_json", "url": "https://data.example.com/data.json",
        "default_class": "307001004", "system": system(),
    }  # fmt: skip

    assert refusal(ask, "govshare_exchange_point_create", data, "neighbour") == ["system"]


def test_networks_tell_what_is_to_move(link, make_point, ask):
    link()
    make_point("https://data.example.com/data.json", moves_to="政务外网", moves_by="2026-12-31")

    found = {row["network"]: row for row in ask("govshare_exchange_coverage", {}, "office")["networks"]}

    assert (found["互联网"]["points"], found["互联网"]["accepted"]) == (1, 1)
    assert [(move["to"], move["by"]) for move in found["互联网"]["moves"]] == [("政务外网", "2026-12-31")]
    assert (found["部门专网"]["old"], found["部门专网"]["open"]) == (1, 1)


def test_coverage_takes_the_same_number_of_statements_for_one_and_for_many(system, make_point, ask):
    make_point("https://a.example.com/data.json", name="first", system=system("甲系统"))
    first = cost(lambda: ask("govshare_exchange_coverage", {}, "office"))
    for number in range(3):
        make_point(f"https://a.example.com/{number}.json", name=f"p{number}", system=system(f"第{number}系统"))

    assert cost(lambda: ask("govshare_exchange_coverage", {}, "office")) == first


@pytest.mark.parametrize("path", ["old-links", "old-links.csv", "coverage", "old-links/new"])
@pytest.mark.parametrize(("user", "status"), [("", 302), ("citizen", 403), ("officer", 200), ("office", 200)])
def test_who_sees_the_pages(app, headers, path, user, status):
    page = app.get(f"/exchange/{path}", headers=headers(user) if user else {}, follow_redirects=False)

    assert page.status_code == status


def test_a_link_is_registered_changed_and_shown_on_pages(app, headers, ask):
    signed_in = headers("officer")
    typed = {
        "title": "<b>专线</b>", "from": "jiaotong", "to": "jiaoyu", "network": "部门专网", "state": "waiting",
        "since": "", "planned": "", "content": "校车位置", "note": "", "exchange_point": "",
    }  # fmt: skip

    page = app.post("/exchange/old-links/new", data=typed, headers=signed_in)
    assert "&lt;b&gt;专线" in page.body
    (made,) = ask("govshare_old_link_list", {})["results"]
    wrong = app.post(f"/exchange/old-links/{made['id']}", data={**typed, "since": "soon"}, headers=signed_in)
    assert 'id="since-fault"' in wrong.body
    assert "校车位置" in wrong.body
    app.post(f"/exchange/old-links/{made['id']}", data={**typed, "state": "stopped"}, headers=signed_in)

    assert ask("govshare_old_link_list", {})["counts"]["stopped"] == 1


def test_the_table_of_links_has_no_formula(app, headers, link):
    link(title="=1+1")

    answer = app.get("/exchange/old-links.csv", headers=headers("office"))
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert len(rows) == 2
    assert rows[1][0] != "=1+1"
    assert rows[1][0].endswith("=1+1")


def test_the_page_of_connected_systems_names_what_is_not_connected(app, headers, system, make_point):
    make_point("https://data.example.com/data.json", system=system())
    system("道路运政管理系统")

    page = app.get("/exchange/coverage", headers=headers("office")).body

    assert "道路运政管理系统" in page
    assert "50.0" in page
