"""The department's own entries, their versions and withdrawal; the register of systems."""

from __future__ import annotations

import pytest

from tests.desk.conftest import call, words


def test_the_catalogue_lists_own_entries_in_every_state(see, make_entry):
    make_entry(title="公交站点")
    gone = make_entry(title="旧线路", resource_code="307001004/0002")
    import ckan.plugins.toolkit as tk

    tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, {"id": gone["id"], "reason": "停运"})
    everything = words(see("/desk/catalogue", "officer").body)
    assert "公交站点" in everything
    assert "旧线路" in everything
    withdrawn = words(see("/desk/catalogue?state=withdrawn", "officer").body)
    assert "公交站点" not in withdrawn
    assert "旧线路" in withdrawn


@pytest.mark.parametrize(
    "query", ["q=公交", 'q="(*:', "state=nonsense", "type=nonsense", "page=0", "page=1e9"]
)
def test_any_search_in_the_catalogue_is_answered(see, make_entry, query):
    make_entry(title="公交站点")
    assert see(f"/desk/catalogue?{query}", "officer").status_code == 200


def test_another_department_s_catalogue_is_the_office_s_to_see(see, city):
    assert see("/desk/catalogue?organization=jiaoyu", "officer").status_code == 404
    assert see("/desk/catalogue?organization=jiaoyu", "office").status_code == 200
    assert see("/desk/catalogue?organization=nonsense", "office").status_code == 404


def test_a_withdrawal_is_asked_for_with_a_reason_and_handed_in(see, send, make_entry):
    entry = make_entry()
    assert see(f"/desk/entry/{entry['id']}/withdraw", "officer").status_code == 200
    assert 'role="alert"' in send(f"/desk/entry/{entry['id']}/withdraw", "officer", reason="").body
    done = send(f"/desk/entry/{entry['id']}/withdraw", "officer", reason="停止采集")
    change = call("change_show", "officer", id=done.headers["Location"].rsplit("/", 1)[1])
    assert (change["purpose"], change["state"], change["data"]["reason"]) == (
        "withdraw",
        "dept_review",
        "停止采集",
    )


def test_a_neighbour_cannot_ask_for_the_withdrawal(send, make_entry):
    entry = make_entry()
    answer = send(f"/desk/entry/{entry['id']}/withdraw", "neighbour", reason="不需要")
    assert 'role="alert"' in answer.body
    assert call("change_list", "officer", package_id=entry["id"])["count"] == 0


def test_versions_of_an_entry_are_the_department_s_and_the_office_s(see, make_entry):
    entry = make_entry()
    assert see(f"/desk/entry/{entry['id']}/history", "officer").status_code == 200
    assert see(f"/desk/entry/{entry['id']}/history", "neighbour").status_code == 404


def test_the_entry_page_has_a_bar_for_its_department_and_the_office_only(see, make_entry):
    entry = make_entry()
    bars = {
        person: "gs-entry__bar" in see(f"/dataset/{entry['name']}", person).body
        for person in ("officer", "office", "neighbour", "county_office", "operator", "citizen", "")
    }
    assert {person for person, shown in bars.items() if shown} == {"officer", "office"}


def test_the_bar_names_changes_that_are_under_way(see, make_entry):
    entry = make_entry()
    change = call("change_create", "officer", id=entry["id"], data={"notes": "新的摘要"})
    assert f"/desk/change/{change['id']}" in see(f"/dataset/{entry['name']}", "office").body


@pytest.fixture
def systems(city):
    """Two registered systems of 市交通运输局; an entry names the first."""
    from tests.catalogue.changes.test_systems import SYSTEM

    for title in ("公交智能调度系统", "道路运政管理系统"):
        data = {**SYSTEM, "title": title}
        change = call("change_create", "officer", package_type="information-system", data=data)
        call("change_submit", "officer", id=change["id"])
        call("change_approve", "reviewer", id=change["id"])
        call("change_approve", "office", id=change["id"])


def test_systems_without_resources_come_first(see, systems, make_entry):
    make_entry(source_system="公交智能调度系统")
    found = call("form_entries", "officer", package_type="information-system")
    assert [(line["title"], line["links"]) for line in found["results"]] == [
        ("道路运政管理系统", 0),
        ("公交智能调度系统", 1),
    ]
    assert found["unlinked"] == 1
    page = words(see("/office/systems?unlinked=1", "office").body)
    assert "道路运政管理系统" in page
    assert "公交智能调度系统" not in page


def test_an_entry_names_its_system_by_code_too(systems, make_entry):
    make_entry(source_system="xt990100/0002")
    found = call("form_entries", "officer", package_type="information-system")["results"]
    assert {line["code"]: line["links"] for line in found} == {"xt990100/0001": 0, "xt990100/0002": 1}


def test_the_entries_of_a_system_are_listed(see, systems, make_entry):
    entry = make_entry(source_system="公交智能调度系统")
    found = call("form_entries", "officer", package_type="information-system")["results"]
    linked = next(line for line in found if line["links"])
    assert entry["name"] in see(f"/desk/entry/{linked['id']}/resources", "officer").body


def test_a_register_shows_each_reader_their_own(see, systems):
    assert "道路运政管理系统" in words(see("/desk/systems", "officer").body)
    assert "道路运政管理系统" not in words(see("/desk/systems", "neighbour").body)
    assert see("/office/systems", "officer").status_code == 403


@pytest.mark.parametrize("package_type", ["", "nonsense", "application"])
def test_a_register_of_no_form_is_refused(city, package_type):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        call("form_entries", "officer", package_type=package_type)
    assert list(refused.value.error_dict) == ["package_type"]
