"""The entries of a period by department, out of the change log."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel.clock import ZONE

MARCH = {"first": "2026-02-25", "last": "2026-03-24"}
PEOPLE = ("officer", "reviewer", "neighbour", "office", "county_office", "firm", "citizen", "operator")


def ask(by="office", **data):
    return tk.get_action("govshare_catalogue_period")({"user": by}, {**MARCH, **data})


def of(city, by="office", **data):
    """The entries of 市交通运输局."""
    return ask(by, **data)[city.traffic]["catalogue"]


@pytest.fixture
def on(frozen):
    return lambda month, day, hour=10, minute=0: frozen(datetime(2026, month, day, hour, minute, tzinfo=ZONE))


def test_stock_and_what_came_changed_and_went(city, make_entry, on):
    with on(2, 24, 23, 59):
        kept, gone = (
            make_entry(title="老的一", pub_date="2026-02-01"),
            make_entry(title="老的二", pub_date="2026-02-01"),
        )
    with on(2, 25, 0, 0):
        make_entry(title="新的一", pub_date="2026-02-01")
    with on(3, 10):
        tk.get_action("package_patch")({"user": "office"}, {"id": kept["id"], "notes": "说明已更新。"})
        tk.get_action("govshare_catalogue_withdraw")(
            {"user": "office"}, {"id": gone["id"], "reason": "停止更新"}
        )
        brief = make_entry(title="来了又走", pub_date="2026-02-01")
    with on(3, 11):
        tk.get_action("govshare_catalogue_withdraw")(
            {"user": "office"}, {"id": brief["id"], "reason": "有误"}
        )
    with on(3, 24, 23, 59):
        make_entry(title="新的二", pub_date="2026-02-01")
    with on(3, 25, 0, 0):
        make_entry(title="下期的", pub_date="2026-02-01")
        tk.get_action("govshare_catalogue_withdraw")(
            {"user": "office"}, {"id": kept["id"], "reason": "停止更新"}
        )
    assert of(city) == {"published": 3, "new": 2, "updated": 1, "withdrawn": 1}
    assert of(city, last="2026-03-25") == {"published": 3, "new": 3, "updated": 1, "withdrawn": 2}


def test_entry_belongs_to_the_department_of_that_day(city, make_entry, on):
    with on(3, 10):
        make_entry(pub_date="2026-02-01")
    with on(3, 28):
        merge = {"ids": ["jiaotong"], "into": "jiaoyu", "on": "2026-03-28", "document": "编办〔2026〕1号"}
        tk.get_action("govshare_organization_merge")({"user": "office"}, merge)
    assert of(city)["new"] == 1
    assert ask(last="2026-03-28")[city.school]["catalogue"]["new"] == 1


def test_department_without_entries_has_zeros(city):
    zeros = dict.fromkeys(("published", "new", "updated", "withdrawn"), 0)
    assert ask()[city.school] == {"catalogue": zeros, "systems": zeros, "exchange": {"new": 0, "updated": 0}}


def test_what_exchange_points_brought_is_counted_apart(city, make_entry, on):
    with on(3, 10):
        entry = make_entry(pub_date="2026-02-01")
    run = sa.text("UPDATE govshare_change_log SET run_id = 'run' WHERE package_id = :id")
    model.Session.execute(run, {"id": entry["id"]})
    model.Session.commit()
    assert ask()[city.traffic]["exchange"] == {"new": 1, "updated": 0}
    assert of(city)["new"] == 1


def test_who_reads_whose_numbers(city):
    def may(by, organization):
        try:
            tk.check_access("govshare_catalogue_period", {"user": by}, {"organizations": [organization]})
        except tk.NotAuthorized:
            return False
        return True

    assert {by for by in PEOPLE if may(by, city.traffic)} == {"officer", "reviewer", "office"}
    assert set(ask("officer")) == {city.traffic}
    assert {city.traffic, city.school, city.bureau} <= set(ask("office"))
    assert city.county not in ask("office")
    for by in ("citizen", "operator", ""):
        with pytest.raises(tk.NotAuthorized):
            ask(by)


def test_wrong_period_is_refused_by_field(city):
    for data, field in (
        ({"first": "gestern"}, "first"), ({"last": None}, "last"), ({"last": "2026-02-24"}, "last"),
        ({"organizations": "jiaotong"}, "organizations"), ({"organizations": [1]}, "organizations"),
    ):  # fmt: skip
        with pytest.raises(tk.ValidationError) as refusal:
            ask(**data)
        assert list(refusal.value.error_dict) == [field]
