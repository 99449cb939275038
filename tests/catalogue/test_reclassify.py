"""Re-classification: a new code in the new class, the old one leads on, the address stays."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.catalogue.model import Code
from tests.conftest import KINDS

OTHER = {"class_mu": "307001", "class_ximu": "307001005"}


def update(entry, user="office", **fields):
    whole = tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})
    tk.get_action("package_update")({"user": user}, {**whole, **fields})
    return tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})


def codes_of(entry):
    rows = model.Session.execute(sa.select(Code.code, Code.until).where(Code.package_id == entry["id"])).all()
    return {code: until is None for code, until in rows}


def test_another_class_gives_another_code_and_keeps_the_name(make_entry):
    before = make_entry()
    after = update(before, **OTHER)
    assert after["resource_code"].startswith("307001005/")
    assert after["name"] == before["name"]
    assert codes_of(before) == {before["resource_code"]: False, after["resource_code"]: True}


def test_an_entry_that_comes_back_takes_its_former_code(make_entry):
    before = make_entry()
    update(before, **OTHER)
    after = update(before, class_ximu="307001004")
    assert after["resource_code"] == before["resource_code"]


def test_another_field_leaves_the_code(make_entry):
    before = make_entry()
    assert update(before, notes="含站点名称。")["resource_code"] == before["resource_code"]


def test_an_explicit_code_of_the_new_class_is_taken(make_entry):
    after = update(make_entry(), **OTHER, resource_code="307001005/0077")
    assert after["resource_code"] == "307001005/0077"


def test_codes_stay_unique_over_many_changes_of_class(make_entry):
    one, two = make_entry(), make_entry(title="公交线路信息")
    new = [update(entry, **OTHER)["resource_code"] for entry in (one, two)]
    third = make_entry(title="公交客流信息", **OTHER)
    assert len({one["resource_code"], two["resource_code"], *new, third["resource_code"]}) == 5


def test_a_former_code_is_given_to_nobody_else(make_entry):
    before = make_entry()
    update(before, **OTHER)
    with pytest.raises(tk.ValidationError) as refusal:
        make_entry(title="公交线路信息", resource_code=before["resource_code"])
    assert "resource_code" in refusal.value.error_dict


def test_old_and_new_code_find_the_entry(make_entry):
    before = make_entry()
    after = update(before, **OTHER)
    for code in (before["resource_code"], after["resource_code"]):
        assert (
            tk.get_action("govshare_entry_show")({"user": ""}, {"resource_code": code})["id"] == before["id"]
        )


def test_every_code_leads_to_the_page(app, make_entry):
    before = make_entry()
    after = update(before, **OTHER)
    page = f"/dataset/{before['name']}"
    for address in (
        f"/dataset/{after['resource_code'].replace('/', '-')}",
        f"/code/{before['resource_code']}",
        f"/code/{after['resource_code']}",
    ):
        answer = app.get(address, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"].endswith(page)) == (301, True), address
    body = app.get(page).body
    assert before["resource_code"] in body
    assert after["resource_code"] in body


@pytest.mark.parametrize("form", ["/dataset/{name}", "/code/{code}"])
def test_a_hidden_entry_and_an_unknown_code_look_alike(app, make_entry, form):
    hidden = update(make_entry(**KINDS["shared_only"]), **OTHER)["resource_code"]
    answers = [
        app.get(form.format(code=code, name=code.replace("/", "-")), follow_redirects=False)
        for code in (hidden, "307001005/9999")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = {
        answer.body.replace(hidden, "").replace(hidden.replace("/", "-"), "")
        .replace("307001005/9999", "").replace("307001005-9999", "")
        for answer in answers
    }  # fmt: skip
    assert len(bodies) == 1


@pytest.mark.parametrize("address", ["/code/307001004/%00", "/dataset/-", "/dataset/a-%27", "/code/x/y/z"])
def test_nonsense_is_not_found(app, city, address):
    assert app.get(address, follow_redirects=False).status_code == 404


def test_an_approved_change_of_class_gives_a_new_code(make_entry):
    before = make_entry()
    change = tk.get_action("govshare_change_create")(
        {"user": "officer"}, {"id": before["id"], "data": dict(OTHER)}
    )
    tk.get_action("govshare_change_submit")({"user": "officer"}, {"id": change["id"]})
    tk.get_action("govshare_change_approve")({"user": "reviewer"}, {"id": change["id"]})
    tk.get_action("govshare_change_approve")({"user": "office"}, {"id": change["id"]})
    after = tk.get_action("package_show")({"user": "office"}, {"id": before["id"]})
    assert (after["resource_code"][:10], after["name"]) == ("307001005/", before["name"])
