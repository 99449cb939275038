"""The register of information systems: the second form type, through the same write path as an entry."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from tests.unit.kernel.breaches import BREACHES, SYSTEM


@pytest.fixture
def register(city):
    """Register a system of 市交通运输局 as the office."""

    def made(**fields):
        system = {**SYSTEM, "system_code": "", **fields}
        created = tk.get_action("package_create")(
            {"user": "office"}, {"type": "information-system", **system, "owner_org": city.traffic}
        )
        return tk.get_action("package_show")({"user": "office"}, {"id": created["id"]})

    return made


def test_code_is_allotted_from_the_region(register):
    first, second = register(), register(title="公交线网规划系统")
    assert (first["system_code"], first["name"]) == ("xt990100/0001", "xt990100-0001")
    assert second["system_code"] == "xt990100/0002"


def test_system_keeps_what_it_was_given(register):
    system = register()
    assert {key: system[key] for key in SYSTEM if key not in ("owner_org", "system_code")} == {
        key: value for key, value in SYSTEM.items() if key not in ("owner_org", "system_code")
    }


def test_system_is_never_public(register):
    system = register()
    assert model.Package.get(system["id"]).private
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("package_show", {"user": ""}, {"id": system["id"]})


@pytest.mark.parametrize(
    "breach",
    [breach for breach in BREACHES if breach.type == "information-system" and breach.national == "refuse"],
    ids=lambda breach: f"{breach.slug}-{breach.field}",
)
def test_rule_refuses_at_its_field(register, breach):
    with pytest.raises(tk.ValidationError) as refused:
        register(**breach.entry_patch)
    assert breach.field in refused.value.error_dict


def test_graded_date_is_asked_only_of_a_graded_system(register):
    assert register(protection_grade="0", protection_on="")["protection_grade"] == "0"
