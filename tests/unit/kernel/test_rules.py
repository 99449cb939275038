"""How rules are registered, weighed and told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_entries import CODES, GOOD

from ckanext.govshare.kernel import codelists
from ckanext.govshare.kernel.findings import Finding, Problem, rule
from ckanext.govshare.kernel.rules import (
    FEDERATED,
    NATIONAL,
    RULES,
    Facts,
    Severity,
    check,
    check_entry,
    check_facts,
)
from ckanext.govshare.kernel.text import title_key
from ckanext.govshare.schemas import load_forms

pytestmark = pytest.mark.usefixtures("march_2026")


def test_good_entry_has_no_findings():
    assert check_entry(GOOD, NATIONAL, CODES) == []
    assert check_entry(GOOD, FEDERATED, CODES) == []


def test_unknown_profile_raises():
    with pytest.raises(ValueError, match="profile"):
        check_entry(GOOD, "own", CODES)


def test_two_rules_cannot_have_one_slug():
    with pytest.raises(ValueError, match="two rules"):
        rule("share_conditions")(lambda entry, codes: [])


def test_every_rule_has_a_docstring_and_a_slug():
    assert all(check.__doc__ and slug == check.slug and slug.islower() for slug, check in RULES.items())


def test_every_number_of_the_fact_base_has_its_rules():
    assert {f"V{n}" for n in range(1, 21)} == {check.number for check in RULES.values() if check.number}


def test_national_profile_only_warns_where_a_person_has_to_judge():
    assert {slug for slug, check in RULES.items() if check.national is not Severity.REFUSE} == {
        "basis_level", "provider_uscc", "secrecy_wording", "share_reason", "standard_item_conflict",
        "system_known",
    }  # fmt: skip


BESIDE = {
    "known_codes": frozenset(),
    "taken_codes": frozenset(["307001004/0001"]),
    "titles": {title_key("公交站点"): "307001004/0009"},
    "before": {"share_type": "1", "open_type": "1"},
    "systems": frozenset(),
    "organizations": frozenset(),
    "provider_uscc": "",
}


@given(
    known=st.sets(st.sampled_from(sorted(BESIDE))),
    said=st.fixed_dictionaries(
        {},
        optional={
            "title": st.sampled_from(["公交站点", "别的", ""]),
            "resource_code": st.just("307001004/0001"),
            "related_codes": st.just(["307001004/0002"]),
            "share_type": st.sampled_from(["2", "3", ""]),
            "source_system": st.just("没有登记的系统"),
            "class_lei": st.sampled_from(["1", "2", "3"]),
            "lead_org": st.just("某局"),
        },
    ),
    profile=st.sampled_from([NATIONAL, FEDERATED]),
)
def test_what_facts_add_is_what_a_whole_check_finds_beyond_a_check_without_them(known, said, profile):
    entry, facts = {**GOOD, **said}, Facts(**{name: BESIDE[name] for name in known})
    alone = check_entry(entry, profile, CODES)

    added = check_facts("dataset", entry, profile, facts, CODES)

    whole = check_entry(entry, profile, CODES, facts)
    assert added == [finding for finding in whole if finding not in alone]


def test_finding_survives_the_ledger():
    finding = Finding("a", "b", "中", "e", Severity.WARN, "V1")
    assert Finding.from_dict(finding.as_dict()) == finding


def test_rules_without_lists_say_so(monkeypatch):
    monkeypatch.setattr(codelists, "_provider", None)
    with pytest.raises(LookupError, match="no code lists"):
        check_entry(GOOD, NATIONAL)


def test_problem_texts_are_in_both_languages():
    assert Problem("f", "中", "en").federated is None
    for finding in check_entry({"share_type": "3", "open_type": "2"}, NATIONAL, CODES):
        assert any("\u4e00" <= char <= "\u9fff" for char in finding.message_zh)
        assert not any("\u4e00" <= char <= "\u9fff" for char in finding.message_en)


ITEM_KEYS = [field.name for field in load_forms()["dataset"].items]
JUNK_LISTS = st.lists(st.none() | st.text(max_size=3), max_size=3)
JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | JUNK_LISTS


FACTS = st.sampled_from([
    Facts(),
    Facts(frozenset(), frozenset(["0"]), {"": "0"}, {"share_type": "1", "open_type": "0"}, frozenset(),
        frozenset(), ""),
])  # fmt: skip


@pytest.mark.parametrize("package_type", load_forms())
@given(st.data(), st.sampled_from([NATIONAL, FEDERATED]), FACTS)
def test_rules_never_fail_on_junk(package_type, data, profile, facts):
    names = [*(field.name for field in load_forms()[package_type].fields), "resources"]
    entry = data.draw(st.dictionaries(st.sampled_from(names), JUNK))
    for finding in check(package_type, entry, profile, CODES, facts):
        assert finding.message_zh
        assert finding.message_en


@given(st.lists(st.dictionaries(st.sampled_from(ITEM_KEYS), JUNK) | JUNK, max_size=4))
def test_rules_never_fail_on_junk_in_the_item_table(items):
    for finding in check_entry({**GOOD, "info_items": items}, NATIONAL, CODES):
        assert finding.field == "info_items"
