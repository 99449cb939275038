"""The life of a point: registration, review, assessment, acceptance, suspension; papers, marks, systems."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import FileStorage

from tests.sql import statements

from .conftest import put_into_force
from .server import records

pytestmark = pytest.mark.usefixtures("site")
PEOPLE = ("officer", "reviewer", "neighbour", "office", "county_office", "firm", "citizen", "operator", "")
STEPS = ("review", "assess", "accept")
PDF = b"%PDF-1.7\n" + b"x" * 50


@pytest.fixture
def register(city, loopback, ask):
    """Register a point of 市交通运输局; keyword arguments replace its fields. Answers its id."""

    def make(url="https://data.example.com/data.json", name="jiaotong", **fields):
        data = {
            "name": name, "title": "交通局目录", "organization": city.traffic, "kind": "data_json", "url": url,
            "default_class": "307001004", "share_scope": "全市政务部门", "share_condition": "按需申请", **fields,
        }  # fmt: skip
        return ask("govshare_exchange_point_create", data, "officer")["id"]

    return make


def paper(content=PDF, name="测评报告.pdf"):
    return FileStorage(io.BytesIO(content), filename=name)


def attach(ask, point, user="officer", kind="assessment", **file):
    return ask("govshare_exchange_point_attach", {"id": point, "kind": kind, "upload": paper(**file)}, user)


def show(ask, point):
    return ask("govshare_exchange_point_show", {"id": point})


def act(ask, point, step, user="office", **data):
    return ask(f"govshare_exchange_point_{step}", {"id": point, **data}, user)["state"]


def refusal(ask, point, step, **data):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        act(ask, point, step, **data)
    return error.value.error_dict


def events(ask, point):
    found = ask("govshare_exchange_point_history", {"id": point}, "officer")["events"]
    return [(event["actor"], event["action"], event["data"].get("opinion", "")) for event in reversed(found)]


def test_a_point_goes_from_step_to_step_and_every_step_is_recorded(register, ask):
    point = register()

    states = [act(ask, point, step, opinion=f"{step} 同意") for step in STEPS]

    assert states == ["reviewed", "checked", "accepted"]
    assert events(ask, point) == [
        ("officer", "point_registered", ""),
        ("office", "point_reviewed", "review 同意"),
        ("office", "point_checked", "assess 同意"),
        ("office", "point_accepted", "accept 同意"),
    ]


@pytest.mark.parametrize(
    ("done", "possible"),
    [
        ((), {"review"}),
        (("review",), {"review", "assess"}),
        (("review", "assess"), {"assess", "accept"}),
        (("review", "assess", "accept"), {"accept"}),
    ],
)
def test_no_step_is_left_out_and_the_last_one_may_be_said_twice(register, ask, done, possible):
    point = register()
    for step in done:
        act(ask, point, step)
    before = show(ask, point)["state"]

    for step in STEPS:
        if step not in possible:
            assert list(refusal(ask, point, step)) == ["state"]
    assert show(ask, point)["state"] == before


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_refusal_says_why_and_leads_back_to_the_department(register, ask, number):
    point = register()
    for step in STEPS[:number]:
        act(ask, point, step)

    assert list(refusal(ask, point, STEPS[number], passed=False, opinion=" ")) == ["opinion"]
    assert act(ask, point, STEPS[number], passed=False, opinion="地址不在政务外网") == "registered"

    shown = show(ask, point)
    assert shown["returned"]["reason"] == "地址不在政务外网"
    assert [shown[step] for step in ("reviewed", "checked", "accepted", "tested")] == [None] * 4


def test_a_change_of_the_department_answers_a_refusal(register, ask):
    point = register()
    act(ask, point, "review", passed=False, opinion="标题不清")

    ask("govshare_exchange_point_update", {"id": point, "title": "市交通局数据目录"}, "officer")

    assert show(ask, point)["returned"] is None
    assert act(ask, point, "review") == "reviewed"


@pytest.mark.parametrize("opinion", ["x" * 2001, "a\x00b"])
def test_an_opinion_is_text_of_bounded_length(register, ask, opinion):
    assert list(refusal(ask, register(), "review", opinion=opinion)) == ["opinion"]


def test_nothing_is_fetched_of_a_point_that_nobody_reviewed(source, register, ask):
    import ckan.plugins.toolkit as tk

    source.put(records(1))
    point = register(source.url)

    assert "审核" in str(refusal(ask, point, "test")) or "reviews" in str(refusal(ask, point, "test"))
    for action in ("plan", "run"):
        with pytest.raises(tk.ValidationError):
            ask(f"govshare_harvest_{action}", {"exchange_point": point}, "office")
    assert source.requests == 0


def test_a_reviewed_point_is_tried_and_keeps_the_result(source, register, ask):
    source.put(records(1))
    point = register(source.url)
    act(ask, point, "review")

    assert ask("govshare_exchange_point_test", {"id": point}, "officer")["ok"] is True
    assert show(ask, point)["test_passed"] is True
    source.body = b"<html>"
    assert ask("govshare_exchange_point_test", {"id": point}, "officer")["ok"] is False
    shown = show(ask, point)

    assert (shown["test_passed"], shown["state"]) == (False, "reviewed")
    assert shown["tested"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"url": "https://other.example.com/data.json"}, "registered"),
        ({"network": "政务外网"}, "registered"),
        ({"default_class": "307001005"}, "registered"),
        ({"share_condition": "仅用于应急"}, "registered"),
        ({"settings": {"limit": 5}}, "registered"),
        ({"publish": "review"}, "registered"),
        ({"title": "新名称"}, "accepted"),
        ({"schedule": "monthly@02:30"}, "accepted"),
        ({"files": "mirror"}, "accepted"),
        ({"moves_to": "政务外网", "moves_by": "2026-12-31"}, "accepted"),
        ({"url": "https://data.example.com/data.json"}, "accepted"),
    ],
)
def test_a_change_of_what_was_accepted_begins_anew(register, ask, change, state):
    point = register()
    put_into_force(point)

    after = ask("govshare_exchange_point_update", {"id": point, **change}, "officer")

    assert after["state"] == state
    assert bool(after["accepted"]) is (state == "accepted")


def test_a_suspension_is_taken_back_to_where_the_point_was(register, ask):
    fresh, accepted = register(name="fresh"), register(name="accepted")
    put_into_force(accepted)

    for point, state in ((fresh, "registered"), (accepted, "accepted")):
        assert act(ask, point, "suspend", reason="维护") == "suspended"
        assert list(refusal(ask, point, "suspend")) == ["state"]
        assert act(ask, point, "suspend", undo=True) == state
        assert list(refusal(ask, point, "suspend", undo=True)) == ["state"]


def test_a_point_suspended_before_its_acceptance_is_not_accepted(register, ask):
    point = register()
    act(ask, point, "suspend")

    assert list(refusal(ask, point, "accept")) == ["state"]


@pytest.mark.parametrize(
    "schedule",
    ["sometimes", "minutes:4", "minutes:60", "once:", "once:soon", "daily@25:00", "hourly@01:00", "x" * 5000],
)
def test_what_is_no_schedule_is_refused(register, schedule):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        register(schedule=schedule)
    assert list(error.value.error_dict) == ["schedule"]


@pytest.mark.parametrize("name", ["new", "run", "coverage", "old-links", "attachment"])
def test_a_point_has_no_name_of_a_page(register, name):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        register(name=name)
    assert list(error.value.error_dict) == ["name"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"moves_to": "月球网"}, "moves_to"),
        ({"moves_to": "互联网"}, "moves_to"),
        ({"moves_by": "2026-12-31"}, "moves_to"),
        ({"moves_to": "政务外网", "moves_by": "soon"}, "moves_by"),
        ({"system": "no-such-system"}, "system"),
        ({"files": "swallow"}, "files"),
        ({"settings": {"a": "x" * 30_000}}, "settings"),
    ],
)
def test_a_wrong_field_of_the_life_of_a_point_is_named(register, fields, named):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        register(**fields)
    assert list(error.value.error_dict) == [named]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script>", "report.pdf"),
        (b"%PDF-1.7", "report.html"),
        (b"%PDF-1.7", "report"),
        (b"MZ\x90", "report.exe"),
        (b"", "report.pdf"),
        (b"PK\x03\x04", "report.pdf"),
        (b"\x89PNG\r\n\x1a\n", "report.svg"),
    ],
)
def test_a_paper_is_what_its_name_says(register, ask, content, name):
    import ckan.plugins.toolkit as tk

    point = register()
    with pytest.raises(tk.ValidationError) as error:
        attach(ask, point, content=content, name=name)
    assert list(error.value.error_dict) == ["upload"]
    assert ask("govshare_exchange_point_history", {"id": point})["attachments"] == []


def test_a_paper_without_file_or_of_no_kind_is_refused(register, ask):
    import ckan.plugins.toolkit as tk

    point = register()
    wrong = ({"kind": "assessment"}, {"kind": "assessment", "upload": "report.pdf"}, {"kind": "x", "upload": paper()})
    for data in wrong:
        with pytest.raises(tk.ValidationError):
            ask("govshare_exchange_point_attach", {"id": point, **data}, "officer")


def test_a_paper_is_not_larger_than_allowed(register, ask, monkeypatch):
    import ckan.plugins.toolkit as tk

    from ckanext.govshare.exchange import papers

    monkeypatch.setattr(papers, "LARGEST", 40)
    with pytest.raises(tk.ValidationError) as error:
        attach(ask, register())
    assert list(error.value.error_dict) == ["upload"]


def test_a_name_of_a_paper_leads_nowhere(register, ask):
    kept = attach(ask, register(), name="../../etc/报告<1>.pdf")

    assert kept["filename"] == "报告1.pdf"


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("govshare_exchange_attachment_show", {"officer", "reviewer", "office"}),
        ("govshare_exchange_attachment_remove", {"officer", "reviewer", "office"}),
    ],
)
def test_papers_are_for_those_who_see_the_point_and_not_for_operators(register, ask, action, allowed):
    import ckan.plugins.toolkit as tk

    id = attach(ask, register())["id"]

    def may(user):
        try:
            return bool(tk.check_access(action, {"user": user}, {"id": id}))
        except tk.NotAuthorized:
            return False

    assert {person for person in PEOPLE if may(person)} == allowed


def test_a_paper_that_lay_before_the_office_stays(register, ask):
    import ckan.plugins.toolkit as tk

    point = register()
    early = attach(ask, point)["id"]
    act(ask, point, "review")
    late = attach(ask, point, kind="protection")["id"]

    assert ask("govshare_exchange_attachment_remove", {"id": late}, "officer")["id"] == late
    with pytest.raises(tk.ValidationError):
        ask("govshare_exchange_attachment_remove", {"id": early}, "officer")
    assert [file["id"] for file in ask("govshare_exchange_point_history", {"id": point})["attachments"]] == [early]


def test_an_assessment_rests_on_papers_of_the_point_itself(register, ask):
    point, other = register(), register(name="other")
    act(ask, point, "review")
    strange = attach(ask, other)["id"]

    assert list(refusal(ask, point, "assess", attachments=[strange])) == ["attachments"]
    own = attach(ask, point)["id"]
    assert act(ask, point, "assess", attachments=[own]) == "checked"
    newest = ask("govshare_exchange_point_history", {"id": point})["events"][0]
    assert newest["data"]["attachments"] == [own]


def test_the_office_marks_high_frequency_data_and_lists_it(register, ask):
    import ckan.plugins.toolkit as tk

    point, _other = register(), register(name="other")

    ask("govshare_exchange_point_mark", {"id": point, "high_frequency": True}, "office")
    with pytest.raises(tk.NotAuthorized):
        ask("govshare_exchange_point_mark", {"id": point, "high_frequency": False}, "officer")

    listed = ask("govshare_exchange_point_list", {"high_frequency": True}, "office")
    assert [found["id"] for found in listed] == [point]
    assert events(ask, point)[-1][:2] == ("office", "point_marked")


@pytest.mark.parametrize(
    ("filters", "number"),
    [({"network": "互联网"}, 2), ({"network": "政务外网"}, 0), ({"health": "none"}, 2), ({"health": "bad"}, 0)],
)
def test_the_list_is_filtered(register, ask, filters, number):
    register()
    register(name="other")

    assert len(ask("govshare_exchange_point_list", filters, "office")) == number


def test_the_list_takes_the_same_number_of_statements_for_one_point_and_for_many(register, ask):
    from ckan import model

    def cost():
        model.Session.remove()
        with statements() as sent:
            ask("govshare_exchange_point_list", {}, "office")
        return len(sent)

    register()
    first = cost()
    for number in range(8):
        register(name=f"point-{number}")

    assert cost() == first
