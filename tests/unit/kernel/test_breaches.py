"""Every rule has a breach, and every breach is found by its rule alone, at its field, with its weight."""

from __future__ import annotations

import pytest
from breaches import BASES, BREACHES
from kernel_entries import CODES

from ckanext.govshare.kernel.rules import FEDERATED, NATIONAL, RULES, Facts, check

pytestmark = pytest.mark.usefixtures("march_2026")
IDS = [f"{breach.type}-{breach.slug}-{breach.field}-{place}" for place, breach in enumerate(BREACHES)]


def found(breach, profile):
    findings = check(breach.type, breach.entry(), profile, CODES, Facts(**breach.facts))
    return {(finding.slug, finding.number, finding.field, finding.severity.value) for finding in findings}


@pytest.mark.parametrize("package_type", BASES)
@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
def test_good_entry_breaks_no_rule(package_type, profile):
    assert check(package_type, BASES[package_type], profile, CODES) == []


def test_every_rule_has_a_breach():
    assert set(RULES) == {breach.slug for breach in BREACHES}


@pytest.mark.parametrize("breach", BREACHES, ids=IDS)
@pytest.mark.parametrize("profile", [NATIONAL, FEDERATED])
def test_breach_is_found_by_its_rule_alone(breach, profile):
    weight = breach.national if profile == NATIONAL else breach.federated
    expected = {(breach.slug, breach.number, breach.field, weight)} if weight else set()
    assert found(breach, profile) == expected


@pytest.mark.parametrize("breach", [breach for breach in BREACHES if breach.facts], ids=lambda b: b.slug)
def test_rule_whose_fact_is_not_given_is_silent(breach):
    assert check(breach.type, breach.entry(), NATIONAL, CODES) == []


def test_rules_of_one_type_do_not_hold_for_another():
    assert not RULES["share_conditions"].holds_for("information-system")
    assert RULES["required"].holds_for("information-system")


def test_type_without_a_form_raises():
    with pytest.raises(KeyError):
        check("song", {}, NATIONAL, CODES)
