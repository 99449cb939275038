"""Facts that rules ask of the database, and that their number of statements does not grow."""

from __future__ import annotations

import pytest
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.govshare.catalogue import facts
from ckanext.govshare.kernel import rules
from tests.conftest import ENTRY, KINDS
from tests.sql import statements


@pytest.fixture
def ask(city):
    """Facts of one entry of 市交通运输局."""

    def one(package_id=None, consents=False, **fields):
        entry = {"owner_org": city.traffic, **ENTRY, **fields}
        [found] = facts.gather([entry], [package_id], office_consents=consents)
        return found

    return one


def slugs(found, **fields):
    return {finding.slug for finding in rules.check_entry({**ENTRY, **fields}, rules.NATIONAL, facts=found)}


def test_code_of_another_entry_is_taken(make_entry, ask):
    made = make_entry()
    assert ask(resource_code=made["resource_code"]).taken_codes == {made["resource_code"]}
    assert ask(made["id"], resource_code=made["resource_code"]).taken_codes == frozenset()


def test_related_code_is_known_if_an_entry_bears_it(make_entry, ask):
    made = make_entry()
    found = ask(related_codes=[made["resource_code"], "307001004/9999"])
    assert found.known_codes == {made["resource_code"]}


@pytest.mark.parametrize("title", ["城区公交站点信息", " 城区 公交站点信息", "城区公交站点信息\u3000"])
def test_title_of_the_providers_other_entry_is_taken(make_entry, ask, title):
    made = make_entry()
    assert list(ask(title=title).titles.values()) == [made["name"]]


def test_title_is_compared_without_case_and_width(make_entry, ask):
    make_entry(title="公交IC卡客流统计")
    assert ask(title="公交ＩＣ卡客流统计").titles
    assert ask(title="公交ic卡客流统计").titles
    assert not ask(title="公交IC卡客流").titles


def test_own_title_and_that_of_another_provider_are_free(city, make_entry, ask):
    made = make_entry()
    assert not ask(made["id"]).titles
    assert not ask(owner_org=city.school).titles


def test_withdrawn_entry_gives_its_title_free(make_entry, ask):
    made = make_entry()
    call_action("govshare_catalogue_withdraw", {"user": "office"}, id=made["id"], reason="重复")
    assert not ask().titles


def test_two_new_entries_of_one_title_see_each_other(city):
    entries = [{"owner_org": city.traffic, **ENTRY, "resource_code": f"307001004/00{n}"} for n in (91, 92)]
    first, second = facts.gather(entries, [None, None])
    assert list(first.titles.values()) == ["307001004/0092"]
    assert list(second.titles.values()) == ["307001004/0091"]


def test_published_version_is_what_stricter_is_measured_against(make_entry, ask):
    made = make_entry()
    closed = KINDS["shared_only"]
    assert "stricter" in slugs(ask(made["id"], **closed), **closed)
    assert "stricter" not in slugs(ask(made["id"], consents=True, **closed), **closed)
    assert ask().before is None


def test_provider_without_a_code_is_told(city, ask):
    assert ask().provider_uscc == ""
    group = model.Group.get(city.traffic)
    group.extras["uscc"] = "11330283002982634F"
    model.Session.commit()
    assert ask().provider_uscc == "11330283002982634F"


@pytest.mark.parametrize("field", ["id", "name", "title"])
def test_lead_is_found_however_it_is_named(city, ask, field):
    lead = getattr(model.Group.get(city.school), field)
    assert "lead_org" not in slugs(ask(lead_org=lead), class_lei="1", lead_org=lead)
    assert "lead_org" in slugs(ask(lead_org="市无此局"), class_lei="1", lead_org="市无此局")


@pytest.mark.parametrize("named", ["xt990100/0001", "xt990100-0001", "公交智能调度系统"])
def test_source_system_is_known_if_it_is_registered(city, ask, named):
    assert "system_known" in slugs(ask(source_system=named), source_system=named)
    package = model.Package(name="xt990100-0001", title="公交智能调度系统", type="information-system")
    package.owner_org, package.extras = city.traffic, {"system_code": "xt990100/0001"}
    model.Session.add(package)
    model.Session.commit()
    assert "system_known" not in slugs(ask(source_system=named), source_system=named)


@pytest.mark.parametrize("title", ["'; DROP TABLE package; --", "%", "\\", "（）", "", None, 7, ["a"]])
def test_hostile_title_finds_nothing(make_entry, ask, title):
    make_entry()
    assert ask(title=title).titles == {}


@pytest.mark.parametrize(
    "field", ["related_codes", "lead_org", "source_system", "resource_code", "owner_org"]
)
@pytest.mark.parametrize("junk", [None, 7, True, ["a", None], {"a": 1}, "\ud800"])
def test_junk_brings_no_error(ask, field, junk):
    assert ask(**{field: junk})


def test_number_of_statements_does_not_grow(city):
    entries = [
        {"owner_org": city.traffic, **ENTRY, "title": f"条目{n}", "related_codes": [f"307001004/{n}"]}
        for n in range(50)
    ]

    def cost(count):
        with statements() as sent:
            facts.gather(entries[:count], [None] * count)
        return len(sent)

    assert cost(50) == cost(1) <= 5
