"""Exchange points by the API: who may do what, what is refused, what never comes back."""

from __future__ import annotations

import pytest

from ckanext.govshare.exchange import credentials

from .server import records

integration = pytest.mark.usefixtures("site")
PEOPLE = ("officer", "reviewer", "neighbour", "office", "county_office", "firm", "citizen")
WORKERS = {"officer", "reviewer", "office"}


def outcome(ask, action, data, user) -> str:
    import ckan.plugins.toolkit as tk

    try:
        tk.check_access(action, {"user": user}, data)
    except tk.NotAuthorized:
        return "no"
    return "yes"


@integration
@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("govshare_exchange_point_update", WORKERS),
        ("govshare_exchange_point_test", WORKERS | {"operator"}),
        ("govshare_exchange_point_show", WORKERS | {"operator"}),
        *((f"govshare_exchange_point_{act}", {"office"}) for act in ("review", "assess", "accept", "suspend", "mark")),
        ("govshare_exchange_point_attach", WORKERS),
        ("govshare_exchange_point_history", WORKERS | {"operator"}),
        ("govshare_harvest_run", WORKERS | {"operator"}),
        ("govshare_harvest_plan", WORKERS | {"operator"}),
        ("govshare_harvest_record_list", WORKERS | {"operator"}),
        ("govshare_harvest_run_list", WORKERS | {"operator"}),
    ],
)
def test_who_may_do_what_with_a_point(city, make_point, ask, action, allowed):
    point = make_point("https://data.example.com/data.json")
    data = {"id": point, "exchange_point": point}

    assert {
        person for person in (*PEOPLE, "operator", "") if outcome(ask, action, data, person) == "yes"
    } == allowed


@integration
@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("govshare_harvest_run_show", WORKERS | {"operator"}),
        ("govshare_harvest_apply", WORKERS | {"operator"}),
        ("govshare_harvest_cancel", WORKERS | {"operator"}),
        ("govshare_harvest_confirm", {"reviewer", "office", "operator"}),
    ],
)
def test_who_may_do_what_with_a_run(city, source, make_point, harvest, ask, action, allowed):
    source.put(records(1))
    run = harvest(make_point(source.url))

    assert {
        person
        for person in (*PEOPLE, "operator", "")
        if outcome(ask, action, {"id": run["id"]}, person) == "yes"
    } == allowed


@integration
def test_only_people_of_the_department_or_the_office_register_a_point(city, ask):
    data = {"organization": city.traffic}
    may = {
        person
        for person in (*PEOPLE, "operator", "")
        if outcome(ask, "govshare_exchange_point_create", data, person) == "yes"
    }
    assert may == WORKERS


@integration
def test_a_new_point_answers_id_and_state_and_is_in_the_record_of_events(city, loopback, ask):
    answer = ask(
        "govshare_exchange_point_create",
        {
            "name": "jiaotong", "organization": "jiaotong", "kind": "data_json",
            "url": "https://data.example.com/data.json", "default_class": "307001004",
            "share_scope": "全市政务部门", "share_condition": "按需申请",
        },
        "officer",
    )  # fmt: skip

    assert set(answer) == {"id", "state"}
    assert answer["state"] == "registered"
    events = ask("govshare_audit_list", {"object_type": "exchange_point"}, "office")["results"]
    assert [(event["action"], event["actor"]) for event in events] == [("point_registered", "officer")]


@integration
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "交通"),
        ("name", ""),
        ("organization", "nobody"),
        ("kind", "telepathy"),
        ("network", "月球网"),
        ("default_class", "307"),
        ("default_class", "交通类"),
        ("share_type", "4"),
        ("share_condition", " "),
        ("publish", "maybe"),
        ("schedule", "sometimes"),
        ("settings", "{"),
        ("settings", "[]"),
        ("url", ""),
    ],
)
def test_a_wrong_field_is_named(make_point, field, value):
    import ckan.plugins.toolkit as tk

    with pytest.raises((tk.ValidationError, tk.NotAuthorized)) as error:
        make_point(**{"url": "https://data.example.com/data.json", field: value})
    if isinstance(error.value, tk.ValidationError):
        assert list(error.value.error_dict) == [field]


@integration
def test_a_name_is_given_once(make_point):
    import ckan.plugins.toolkit as tk

    make_point("https://data.example.com/data.json")
    with pytest.raises(tk.ValidationError):
        make_point("https://data.example.com/data.json")


@integration
def test_a_point_that_the_office_did_not_accept_cannot_run(city, loopback, source, ask):
    import ckan.plugins.toolkit as tk

    point = ask(
        "govshare_exchange_point_create",
        {
            "name": "fresh", "organization": city.traffic, "kind": "data_json", "url": source.url,
            "default_class": "307001004", "share_type": "1",
        },
        "officer",
    )  # fmt: skip

    with pytest.raises(tk.ValidationError):
        ask("govshare_harvest_run", {"exchange_point": point["id"]}, "operator")
    assert source.requests == 0


@integration
def test_a_suspended_point_cannot_run_until_it_is_accepted_again(source, make_point, harvest, ask):
    import ckan.plugins.toolkit as tk

    source.put(records(1))
    point = make_point(source.url)
    ask("govshare_exchange_point_suspend", {"id": point, "reason": "维护"}, "office")
    with pytest.raises(tk.ValidationError):
        harvest(point)
    ask("govshare_exchange_point_accept", {"id": point}, "office")

    assert harvest(point)["state"] == "done"


@integration
def test_a_changed_address_asks_for_acceptance_anew_a_changed_title_does_not(make_point, ask):
    point = make_point("https://data.example.com/data.json")

    titled = ask("govshare_exchange_point_update", {"id": point, "title": "新名称"}, "officer")
    moved = ask(
        "govshare_exchange_point_update",
        {"id": point, "url": "https://other.example.com/data.json"},
        "officer",
    )

    assert (titled["title"], titled["state"]) == ("新名称", "accepted")
    assert moved["state"] == "registered"


CREDENTIALS = [
    {"api_key": "s3cr3t"},
    {"headers": {"X-Let-In": "Bearer s3cr3t"}},
    {"headers": {"Authorization": "s3cr3t"}},
    {"pages": [{"password": "s3cr3t"}]},
    {"proxy": "http://me:s3cr3t@proxy.example.com/"},
    {"数据库密码": "s3cr3t"},
]


@integration
@pytest.mark.parametrize("settings", CREDENTIALS)
def test_a_setting_that_looks_like_a_credential_is_refused(make_point, settings):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        make_point("https://data.example.com/data.json", settings=settings)

    assert list(error.value.error_dict) == ["settings"]
    assert "s3cr3t" not in str(error.value.error_dict)


@integration
@pytest.mark.parametrize(
    "url", ["https://me:s3cr3t@data.example.com/data.json", "https://data.example.com/data.json?api_key=s3cr3t"]
)
def test_an_address_with_a_credential_is_refused(make_point, url):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        make_point(url)

    assert list(error.value.error_dict) == ["url"]


@integration
def test_credentials_of_former_times_never_come_back_and_survive_an_update(make_point, ask):
    from ckan import model

    from ckanext.govshare.exchange import points

    settings = {"api_key": "s3cr3t-value", "note": "可见", "headers": {"Authorization": "Bearer s3cr3t-value"}}
    point = make_point("https://data.example.com/data.json")
    points.find(point).settings = settings
    model.Session.commit()

    shown = ask("govshare_exchange_point_show", {"id": point}, "officer")
    listed = ask("govshare_exchange_point_list", {}, "office")
    ask("govshare_exchange_point_update", {"id": point, "settings": shown["settings"]}, "officer")

    assert "s3cr3t" not in str(shown) + str(listed)
    assert shown["settings"]["note"] == "可见"
    assert points.find(point).settings == settings


def test_secrets_are_covered_at_any_depth():
    settings = {"a": {"db_password": "x", "list": 1}, "key": "id", "Cookie": "y", "token": ""}
    hidden = credentials.hide(settings)
    assert hidden == {"a": {"db_password": "••••••", "list": 1}, "key": "id", "Cookie": "••••••", "token": ""}
    assert credentials.keep(hidden, settings) == settings


@integration
def test_everyone_lists_the_points_that_are_theirs_to_see(city, make_point, ask):
    import ckan.plugins.toolkit as tk

    make_point("https://data.example.com/data.json")

    def listed(user: str) -> int | None:
        try:
            return len(ask("govshare_exchange_point_list", {}, user))
        except tk.NotAuthorized:
            return None

    assert {user: listed(user) for user in PEOPLE} == {
        "officer": 1, "reviewer": 1, "office": 1, "neighbour": 0, "county_office": 0, "firm": 0,
        "citizen": None,
    }  # fmt: skip


@integration
def test_a_run_in_the_background_waits_in_the_queue_and_is_one_at_a_time(
    source, make_point, ask, monkeypatch
):
    import ckan.plugins.toolkit as tk

    jobs = []
    monkeypatch.setattr(
        tk, "enqueue_job", lambda function, args, **options: jobs.append((function, args, options))
    )
    source.put(records(2))
    point = make_point(source.url)

    started = ask("govshare_harvest_run", {"exchange_point": point}, "officer")

    assert ask("govshare_harvest_run_show", {"id": started["run_id"]})["state"] == "queued"
    with pytest.raises(tk.ValidationError):
        ask("govshare_harvest_run", {"exchange_point": point}, "officer")
    ((function, arguments, options),) = [job for job in jobs if job[1] == [started["run_id"]]]
    assert options["rq_kwargs"]["timeout"] > 600
    function(*arguments)
    assert ask("govshare_harvest_run_show", {"id": started["run_id"]})["state"] == "done"


@integration
def test_a_long_run_makes_room_after_each_slice(source, make_point, ask, monkeypatch, ckan_config):
    import ckan.plugins.toolkit as tk

    from ckanext.govshare.exchange import engine, jobs

    queue = []
    monkeypatch.setattr(tk, "enqueue_job", lambda function, args, **options: queue.append(args))
    monkeypatch.setattr(engine.work, "__defaults__", (0.0,))
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.batch", 2)
    source.put(records(4))
    run_id = ask("govshare_harvest_run", {"exchange_point": make_point(source.url)})["run_id"]
    queue.clear()

    jobs.run_slice(run_id)

    assert queue == [[run_id]]
    assert ask("govshare_harvest_run_show", {"id": run_id})["state"] == "applying"


@integration
def test_the_timer_resumes_runs_and_starts_the_points_whose_turn_it_is(source, make_point, ask, monkeypatch):
    import ckan.plugins.toolkit as tk

    queue = []
    monkeypatch.setattr(tk, "enqueue_job", lambda function, args=(), **options: queue.append(list(args)))
    source.put(records(1))
    make_point(source.url, schedule="daily")
    left = ask("govshare_harvest_run", {"exchange_point": make_point(source.url, name="left")})["run_id"]

    answer = ask("govshare_exchange_due", {})

    assert answer["resumed"] == [left]
    assert len(answer["started"]) == 1
    assert [run for run in queue if run] == [[left], [left], answer["started"]]
    again = ask("govshare_exchange_due", {})
    assert again["started"] == []


@integration
def test_cancel_ends_a_run_that_nobody_works_at(source, make_point, ask, monkeypatch):
    import ckan.plugins.toolkit as tk

    monkeypatch.setattr(tk, "enqueue_job", lambda *args, **options: None)
    run_id = ask("govshare_harvest_run", {"exchange_point": make_point(source.url)})["run_id"]

    assert ask("govshare_harvest_cancel", {"id": run_id}, "officer")["state"] == "cancelled"
    with pytest.raises(tk.ValidationError):
        ask("govshare_harvest_cancel", {"id": run_id}, "officer")


@integration
def test_a_point_is_tried_without_writing_anything(source, make_point, ask):
    source.put(records(30))
    point = make_point(source.url)

    good = ask("govshare_exchange_point_test", {"id": point}, "officer")
    source.body = b"<html>"
    bad = ask("govshare_exchange_point_test", {"id": point}, "officer")

    assert (good["ok"], len(good["sample"])) == (True, 20)
    assert bad["ok"] is False
    assert bad["reason"]["message"]
    assert ask("govshare_harvest_run_list", {"exchange_point": point}) == []


@integration
def test_run_show_has_the_promised_shape(source, make_point, harvest):
    source.put(records(1))

    run = harvest(make_point(source.url))

    assert {"id", "state", "counts", "problems", "seconds", "writes", "totals"} <= set(run)
    assert list(run["counts"]) == [
        "create", "update", "unchanged", "missing", "suspend", "reappear", "reject", "conflict", "review",
    ]  # fmt: skip


@integration
def test_every_action_has_an_auth_function_and_a_docstring():
    from ckan.plugins import get_plugin

    room = get_plugin("govshare_exchange")
    actions, auth = room.get_actions(), room.get_auth_functions()
    assert set(actions) == set(auth)
    assert all(action.__doc__ for action in actions.values())
