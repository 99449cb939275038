"""The row of a due date: that of 24:00 of the day, written once, whenever the timer comes."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication.model import TargetLock

pytestmark = pytest.mark.usefixtures("city")
LAST_MINUTE = datetime(2026, 3, 31, 23, 59, tzinfo=ZONE)
MIDNIGHT, LATE = datetime(2026, 4, 1, tzinfo=ZONE), datetime(2026, 4, 5, 9, tzinfo=ZONE)


def due() -> list[str]:
    return tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})["locked"]


def row(target: dict) -> dict:
    return tk.get_action("govshare_publication_progress")({"user": ""}, {"target": target["id"]})[0]


@pytest.fixture
def target(make_target, publish, frozen):
    with frozen(datetime(2026, 3, 31, 9, tzinfo=ZONE)):
        publish(pub_date="2026-03-01")
        publish(pub_date="2026-03-31")
        return make_target(at_least=2, due="2026-03-31")


def test_day_itself_is_not_over_before_midnight(target, frozen):
    with frozen(LAST_MINUTE):
        assert due() == []
    with frozen(MIDNIGHT):
        assert due() == [target["id"]]


def test_timer_locks_once(target, frozen):
    with frozen(MIDNIGHT):
        assert due() == [target["id"]]
        assert due() == []
        assert row(target)["locked"]["counted"] == 2


def test_late_timer_gives_the_same_row(target, publish, frozen):
    with frozen(LATE):
        publish(pub_date="2026-04-02")
        due()
        assert row(target)["locked"] == {
            "day": "2026-03-31", "counted": 2, "value": 2, "candidates": 2, "not_counted": {}, "rule_version": 2,
            "locked_at": "2026-04-05T09:00:00+08:00",
        }  # fmt: skip
        assert row(target)["counted"] == 3


def test_lateness_is_judged_as_of_the_due_day(publish, make_target, set_extra, frozen):
    with frozen(datetime(2026, 3, 1, tzinfo=ZONE)):
        entry = publish(pub_date="2026-03-01", update_cycle="2")
        set_extra(entry["id"], {"data_updated": "2026-03-01T08:00:00+08:00"})
        target = make_target(at_least=1, due="2026-03-31")
    with frozen(datetime(2026, 5, 1, tzinfo=ZONE)):
        due()
        assert row(target)["not_counted"] == {"overdue_long": 1}
        assert row(target)["locked"]["counted"] == 1


def test_locked_row_outlives_its_data(target, frozen, set_extra):
    with frozen(MIDNIGHT):
        due()
        for package in model.Session.query(model.Package).all():
            set_extra(package.id, {"catalogue_state": "withdrawn"}, private=True)
        due()
        assert row(target)["counted"] == 0
        assert row(target)["locked"]["counted"] == 2
        assert len(model.Session.get(TargetLock, target["id"]).ledger["counted"]) == 2


def test_locked_target_keeps_number_and_day(target, frozen):
    with frozen(MIDNIGHT):
        due()
    for change in ({"at_least": 1}, {"due": "2026-04-30"}):
        with pytest.raises(tk.ValidationError) as error:
            tk.get_action("govshare_target_update")({"user": "office"}, {"id": target["id"], **change})
        assert list(error.value.error_dict) == list(change)
    data = {"id": target["id"], "title": "一季度"}
    renamed = tk.get_action("govshare_target_update")({"user": "office"}, data)
    assert renamed["title"] == "一季度"


def test_history_tells_the_locked_row(target, frozen):
    with frozen(MIDNIGHT):
        due()
        history = tk.get_action("govshare_publication_history")({"user": ""}, {"target": target["id"]})
        assert (history["basis"], history["began"]) == ("ledger", "2026-03-31")
        assert [point["counted"] for point in history["points"]] == [0, 0, 0, 2, 2]
        assert history["locked"][0]["counted"] == 2


@pytest.mark.parametrize("user", ["", "office", "officer"])
def test_people_do_not_lock(user):
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("govshare_publication_due", {"user": user}, {})
