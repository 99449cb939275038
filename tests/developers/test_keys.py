"""Keys: made once, shown once, counted exactly; who may do what with whose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.developers import keys, quota
from ckanext.govshare.developers.model import Key
from ckanext.govshare.kernel import clock

NOON = datetime(2026, 3, 18, 12, 0, 30, tzinfo=clock.ZONE)
PEOPLE = ("", "citizen", "firm", "officer", "reviewer", "county_office", "operator", "office")


def act(action: str, by: str, **data: Any) -> Any:
    return tk.get_action(action)({"user": by}, data)


@pytest.fixture(autouse=True)
def _clean(entries: Any) -> Any:
    yield
    model.Session.rollback()
    model.Session.execute(sa.delete(Key))
    model.Session.commit()


@pytest.fixture
def address(entries: dict[str, Any]) -> str:
    return f"/api/rows/{entries['open']['resource_code']}/1"


def make(by: str = "citizen", name: str = "公交助手") -> dict[str, Any]:
    return act("govshare_key_create", by, name=name, purpose="公交到站查询")


def test_a_key_is_shown_once_and_kept_as_a_digest(entries):
    made = make()
    kept = model.Session.scalar(sa.select(Key))
    assert made["key"] not in str(vars(kept).values())
    assert kept.digest == keys.digest_of(made["key"])
    listed = act("govshare_key_list", "citizen")["results"]
    assert [row["name"] for row in listed] == ["公交助手"]
    assert made["key"] not in str(listed)
    assert made["key"].startswith(listed[0]["begins"])


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "", "purpose": "x"}, "name"),
        ({"name": "  ", "purpose": "x"}, "name"),
        ({"name": "x"}, "purpose"),
        ({"name": "x" * 61, "purpose": "x"}, "name"),
        ({"name": "x", "purpose": "x" * 301}, "purpose"),
        ({"name": ["x"], "purpose": "x"}, "name"),
        ({"name": "a\x00b", "purpose": "x"}, "name"),
        ({"name": {"a": 1}, "purpose": "x"}, "name"),
    ],
)
def test_a_key_with_a_fault_is_refused_by_its_field(entries, data, field):
    with pytest.raises(tk.ValidationError) as refused:
        act("govshare_key_create", "citizen", **data)
    assert field in refused.value.error_dict


def test_two_keys_of_one_name_are_refused_until_the_first_is_revoked(entries):
    made = make()
    with pytest.raises(tk.ValidationError):
        make()
    model.Session.rollback()
    act("govshare_key_revoke", "citizen", id=made["id"])
    assert make()["id"] != made["id"]


def test_a_person_has_as_many_keys_as_the_setting_says(entries):
    for number in range(5):
        make(name=f"{number}")
    with pytest.raises(tk.ValidationError) as refused:
        make(name="one more")
    assert "name" in refused.value.error_dict


@pytest.mark.parametrize("by", PEOPLE)
def test_only_who_has_an_account_makes_a_key(entries, by):
    if by:
        assert make(by)["key"]
        return
    with pytest.raises(tk.NotAuthorized):
        make(by)


@pytest.mark.parametrize("by", PEOPLE)
def test_who_revokes_a_key(entries, by):
    made = make("citizen")
    if by in ("citizen", "office"):
        assert act("govshare_key_revoke", by, id=made["id"])["revoked"]
        return
    with pytest.raises(tk.NotAuthorized):
        act("govshare_key_revoke", by, id=made["id"])


@pytest.mark.parametrize("by", PEOPLE)
def test_only_the_office_sees_all_keys_and_sets_quotas(entries, by):
    made = make("firm")
    if by == "office":
        assert [row["user"] for row in act("govshare_key_list", by, everybody=True)["results"]] == ["firm"]
        changed = act("govshare_key_update", by, id=made["id"], per_day="50000")
        assert (changed["per_day"], changed["per_minute"]) == (50000, 120)
        return
    for action, data in (("list", {"everybody": True}), ("update", {"id": made["id"], "per_day": 9})):
        with pytest.raises(tk.NotAuthorized):
            act(f"govshare_key_{action}", by, **data)


@pytest.mark.parametrize("by", PEOPLE)
def test_who_reads_the_usage_of_a_key(entries, by):
    made = make("citizen")
    if by in ("citizen", "office"):
        assert act("govshare_key_usage", by, id=made["id"])["total"] == 0
        return
    with pytest.raises(tk.NotAuthorized):
        act("govshare_key_usage", by, id=made["id"])


@pytest.mark.parametrize("value", ["-1", "many", "1.5", 10**9, True])
def test_a_quota_that_is_no_number_is_refused(entries, value):
    made = make()
    with pytest.raises(tk.ValidationError) as refused:
        act("govshare_key_update", "office", id=made["id"], per_minute=value)
    assert "per_minute" in refused.value.error_dict


def test_keys_cannot_be_made_by_get(app, entries):
    assert app.get("/api/3/action/govshare_key_create", status=400)


@pytest.mark.parametrize("how", ["header", "address"])
def test_a_key_is_taken_in_the_header_and_in_the_address(call, address, how):
    made = make()
    query = {"appKey": made["key"]} if how == "address" else {}
    response = call(address, key=made["key"] if how == "header" else "", **query)
    assert response.status_code == 200
    assert response.headers["X-RateLimit-Limit"] == "20000"
    assert made["key"] not in response.body


@pytest.mark.parametrize("key", ["x", "gsk_" + "a" * 43, "gsk_" + "长" * 43, "' OR 1=1", "gsk_" + "a" * 5000])
def test_an_unknown_key_is_refused_by_name(call, address, key):
    response = call(address, appKey=key)
    assert response.status_code == 403
    assert response.json["error"]["parameter"] == "appKey"


def test_a_revoked_key_and_a_key_of_a_closed_account_are_worthless(call, address):
    made, other = make("citizen"), make("firm")
    act("govshare_key_revoke", "citizen", id=made["id"])
    assert call(address, key=made["key"]).status_code == 403
    firm = model.User.get("firm")
    firm.state = "deleted"
    model.Session.commit()
    assert call(address, key=other["key"]).status_code == 403
    model.User.get("firm").state = "active"
    model.Session.commit()


def test_a_key_opens_nothing(call, entries):
    made = make("office")
    for kind in ("shared_only", "shared_on_condition", "not_shared"):
        assert call(f"/api/rows/{entries[kind]['resource_code']}/1", key=made["key"]).status_code == 404
    token = tk.get_action("package_show")
    with pytest.raises(tk.ObjectNotFound):
        token({"user": ""}, {"id": entries["shared_only"]["id"]})


def test_the_minute_is_over_when_it_is_over(call, address, frozen, monkeypatch):
    made = make()
    act("govshare_key_update", "office", id=made["id"], per_minute=2, per_day=100)
    with frozen(NOON):
        assert [call(address, key=made["key"]).status_code for _ in range(3)] == [200, 200, 429]
        refused = call(address, key=made["key"])
    assert refused.headers["Retry-After"] == "30"
    assert "2" in refused.json["error"]["message"]
    with frozen(NOON.replace(minute=1, second=0)):
        assert call(address, key=made["key"]).status_code == 200


def test_the_day_is_that_of_beijing_and_refusals_take_nothing_from_it(call, address, frozen):
    made = make()
    act("govshare_key_update", "office", id=made["id"], per_minute=1, per_day=2)
    late = datetime(2026, 3, 18, 23, 58, 0, tzinfo=clock.ZONE)
    with frozen(late):
        assert [call(address, key=made["key"]).status_code for _ in range(5)] == [200, 429, 429, 429, 429]
    with frozen(late.replace(minute=59)):
        assert [call(address, key=made["key"]).status_code for _ in range(2)] == [200, 429]
        assert call(address, key=made["key"]).headers["Retry-After"] == "60"
    with frozen(datetime(2026, 3, 19, 0, 0, 0, tzinfo=clock.ZONE)):
        assert call(address, key=made["key"]).status_code == 200


def test_without_a_key_the_address_counts(call, address, frozen, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.developers.open_per_minute", 1)
    with frozen(NOON):
        assert [call(address, address="10.9.9.9").status_code for _ in range(2)] == [200, 429]
        assert call(address, address="10.9.9.8").status_code == 200
        assert call(address, address="2001:db8::1").status_code == 200
        assert call(address, address="2001:db8::2").status_code == 429


def test_concurrent_requests_are_counted_one_by_one(loaded, frozen):
    allowed = quota.Quota(per_minute=37, per_day=1000)
    with frozen(NOON), ThreadPoolExecutor(16) as together:
        verdicts = list(together.map(lambda _n: quota.take("many", allowed), range(200)))
    assert sum(not verdict.wait for verdict in verdicts) == 37
    assert sorted(verdict.left for verdict in verdicts if not verdict.wait) == list(range(37))


def test_a_count_survives_the_process(loaded, frozen):
    allowed = quota.Quota(1, 1000)
    with frozen(NOON):
        assert not quota.take("lasting", allowed).wait
        quota._script.cache_clear()
        assert quota.take("lasting", allowed).wait == 30


def test_usage_tells_calls_by_day_and_data_set(call, address, entries, frozen):
    made = make()
    with frozen(NOON.replace(day=17)):
        call(address, key=made["key"])
    with frozen(NOON):
        call(address, key=made["key"])
        call(address, key=made["key"])
        call(address, key=made["key"], rows="0")
        found = act("govshare_key_usage", "citizen", days=3)
    assert found["total"] == 3
    assert found["days"] == [
        {"day": "2026-03-16", "calls": 0}, {"day": "2026-03-17", "calls": 1}, {"day": "2026-03-18", "calls": 2},
    ]  # fmt: skip
    entry = entries["open"]
    assert found["entries"] == [{"name": entry["name"], "title": entry["title"], "calls": 3}]


def test_what_the_office_does_to_keys_is_recorded(entries):
    made = make()
    act("govshare_key_update", "office", id=made["id"], per_day=5)
    act("govshare_key_revoke", "office", id=made["id"])
    found = tk.get_action("govshare_audit_list")({"ignore_auth": True}, {"object_id": made["id"]})["results"]
    assert [event["action"] for event in found] == ["key_revoked", "key_quota_set"]
