"""The preview of a plan: field by field before it is applied, what stays by hand, what was done afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ckanext.govshare.kernel import clock

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")
DAY = datetime(2026, 3, 18, 2, tzinfo=clock.ZONE)


@pytest.fixture
def shown(ask):
    def show(run, guid, user=None):
        return ask("govshare_harvest_record_show", {"run": run["id"], "guid": guid}, user)

    return show


def of(rows, field):
    return next(row for row in rows if row["field"] == field)


@pytest.fixture
def point(source, make_point, harvest):
    source.put(records(3))
    made = make_point(source.url)
    harvest(made)
    return made


def test_an_update_tells_the_changed_fields_and_no_others(source, point, harvest, shown):
    source.put([record(1, title="第1号数据（新）"), *records(2, 2)])

    answer = shown(harvest(point, "govshare_harvest_plan"), "rec-1")

    assert answer["verdict"] == "update"
    assert [row["field"] for row in answer["diff"]] == ["title"]
    (row,) = answer["diff"]
    assert (row["before"], row["after"], row["pinned"]) == ("第1号数据", "第1号数据（新）", False)
    assert row["label"] not in ("", "title")


def test_tags_in_another_order_are_no_change(source, point, harvest, shown):
    source.put([record(1, title="第1号数据（新）", keyword=["第1号", "数据"]), *records(2, 2)])

    answer = shown(harvest(point, "govshare_harvest_plan"), "rec-1")

    assert [row["field"] for row in answer["diff"]] == ["title"]


def test_a_new_record_is_told_as_the_entry_that_it_will_be(source, point, harvest, shown):
    source.put(records(4))

    answer = shown(harvest(point, "govshare_harvest_plan"), "rec-4")

    assert (answer["verdict"], answer["package_id"]) == ("create", None)
    assert of(answer["diff"], "title")["after"] == "第4号数据"
    assert of(answer["diff"], "title")["before"] == ""
    (file,) = of(answer["diff"], "resources")["rows"]
    assert (file["kind"], file["key"]) == ("added", "文件4")


def test_codes_are_told_by_their_titles(source, point, harvest, shown):
    source.put(records(4))

    answer = shown(harvest(point, "govshare_harvest_plan"), "rec-4")

    assert of(answer["diff"], "share_type")["after"] not in ("1", "2", "3")


def test_files_that_come_go_and_change_are_told_one_by_one(source, point, harvest, shown):
    files = [
        {"@type": "dcat:Distribution", "title": name, "mediaType": "text/csv", "format": kind, "downloadURL": url}
        for name, kind, url in (
            ("文件1", "XLSX", "https://files.example.com/1.csv"),
            ("附件", "CSV", "https://files.example.com/more.csv"),
        )
    ]
    source.put([record(1, distribution=files), *records(2, 2)])

    answer = shown(harvest(point, "govshare_harvest_plan"), "rec-1")

    rows = of(answer["diff"], "resources")["rows"]
    assert {row["key"]: row["kind"] for row in rows} == {"文件1": "changed", "附件": "added"}


def test_what_was_edited_by_hand_is_told_as_staying(source, point, harvest, shown, ask, entries):
    entry = entries(point)["rec-1"]
    ask("package_patch", {"id": entry["id"], "notes": "人工改写的说明"})
    source.put([record(1, title="新名称", description="来源改写的说明"), *records(2, 2)])

    rows = shown(harvest(point, "govshare_harvest_plan"), "rec-1")["diff"]

    assert of(rows, "title")["pinned"] is False
    kept = of(rows, "notes")
    assert (kept["before"], kept["after"], kept["pinned"]) == ("人工改写的说明", "来源改写的说明", True)


def test_a_preview_changes_nothing(source, point, harvest, shown, entries):
    before = entries(point)
    source.put([record(1, title="新名称"), *records(3, 2)])
    run = harvest(point, "govshare_harvest_plan")

    shown(run, "rec-1")
    shown(run, "rec-4")

    assert entries(point) == before


def test_a_missing_record_says_when_its_entry_is_suspended(source, point, harvest, shown, frozen):
    source.put(records(2))
    with frozen(DAY):
        answer = shown(harvest(point, "govshare_harvest_plan"), "rec-3")

    told = answer["missing"]
    assert (answer["verdict"], answer["diff"], told["now"]) == ("missing", [], False)
    assert (told["runs"], told["since"]) == (1, None)
    last = DAY + timedelta(days=told["days_wanted"])
    assert told["suspends_on"] == last.date().isoformat()


def test_afterwards_the_difference_is_what_was_changed(source, point, harvest, shown, ask):
    source.put([record(1, title="第1号数据（新）"), *records(2, 2)])
    run = harvest(point, "govshare_harvest_plan")
    ask("govshare_harvest_apply", {"id": run["id"], "wait": True})
    source.put([record(1, title="第1号数据（更新）"), *records(2, 2)])
    harvest(point)

    answer = shown(run, "rec-1")

    title = of(answer["diff"], "title")
    assert answer["applied"]
    assert (title["before"], title["after"]) == ("第1号数据", "第1号数据（新）")


def test_a_record_knows_those_beside_it(source, point, harvest, shown):
    source.put([*records(3), record(4), record(5), record(6)])
    run = harvest(point, "govshare_harvest_plan")

    places = {guid: (shown(run, guid)["previous"], shown(run, guid)["next"]) for guid in ("rec-4", "rec-5")}

    assert places == {"rec-4": (None, "rec-5"), "rec-5": ("rec-4", "rec-6")}


@pytest.mark.parametrize("guid", ["nothing", "", "\x00", "rec-1' OR 1=1", "来" * 5000])
def test_a_record_that_the_plan_does_not_have_is_not_found(source, point, harvest, shown, guid):
    import ckan.plugins.toolkit as tk

    run = harvest(point, "govshare_harvest_plan")

    with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
        shown(run, guid)


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        *((person, True) for person in ("officer", "reviewer", "office", "operator")),
        *((person, False) for person in ("neighbour", "county_office", "firm", "citizen", "")),
    ],
)
def test_who_may_see_a_record_and_problems(source, point, harvest, ask, user, allowed):
    import ckan.plugins.toolkit as tk

    source.put([record(1, title="新名称"), *records(2, 2)])
    run = harvest(point, "govshare_harvest_plan")
    for action in ("govshare_harvest_record_show", "govshare_harvest_problem_list"):
        try:
            tk.check_access(action, {"user": user}, {"run": run["id"], "guid": "rec-1"})
        except tk.NotAuthorized:
            assert not allowed
        else:
            assert allowed


class TestCounts:
    """What stands behind each count of a run."""

    @pytest.fixture
    def behind(self, ask):
        def read(run, name):
            answer = ask("govshare_harvest_record_list", {"run": run["id"], "count": name})
            assert answer["count"] == len(answer["results"]) == run["counts"][name], name
            return {row["guid"] for row in answer["results"]}

        return read

    def test_every_count_opens_as_many_records_as_it_says(self, source, make_point, harvest, behind):
        bad = record(9, accessLevel="non-public", rights="")
        source.put([*records(6), bad])
        made = make_point(source.url)
        first = harvest(made)
        secret = record(7, description="本资源为国家秘密，绝密级")
        source.put([record(1, title="新名称"), *records(4, 2), secret, bad, record(8)])
        second = harvest(made)

        assert behind(first, "create") == {f"rec-{number}" for number in range(1, 7)}
        assert behind(first, "reject") == {"rec-9"}
        assert behind(second, "update") == {"rec-1"}
        assert behind(second, "unchanged") == {"rec-2", "rec-3", "rec-4", "rec-5"}
        assert behind(second, "missing") == {"rec-6"}
        assert behind(second, "review") == {"rec-7"}
        assert behind(second, "create") == {"rec-8"}
        assert behind(second, "reject") == {"rec-9"}
        for name in ("suspend", "reappear", "conflict"):
            assert behind(second, name) == set()

    def test_suspended_and_reappeared_records_open_as_well(self, source, make_point, harvest, behind, frozen):
        days = [DAY + timedelta(days=number) for number in range(0, 200, 20)]
        source.put(records(10))
        point = make_point(source.url)
        with frozen(DAY - timedelta(days=1)):
            harvest(point)
        source.put(records(9))
        gone = None
        for day in days:
            with frozen(day):
                gone = harvest(point)
                if gone["counts"]["suspend"]:
                    break
        assert behind(gone, "suspend") == {"rec-10"}
        source.put(records(10))
        with frozen(DAY + timedelta(days=300)):
            assert behind(harvest(point), "reappear") == {"rec-10"}

    def test_a_conflict_opens(self, source, make_point, harvest, behind):
        taken = record(1, identifier="https://data.example.com/id/1")
        source.put([taken])
        harvest(make_point(source.url))
        again = make_point(source.url, name="second", title="第二个节点")

        assert behind(harvest(again), "conflict") == {"https://data.example.com/id/1"}


class TestProblems:
    """All findings of a run, by type and one by one."""

    @pytest.fixture
    def run(self, source, make_point, harvest):
        bad = [record(number, accessLevel="non-public", rights="") for number in range(2, 7)]
        source.put([record(1), *bad, record(7, title="第1号数据")])
        return harvest(make_point(source.url))

    def test_problems_are_added_up_by_type_with_one_example(self, run, ask):
        answer = ask("govshare_harvest_problem_list", {"run": run["id"]})

        groups = {group["slug"]: group for group in answer["groups"]}
        assert answer["count"] == len(answer["results"])
        assert groups["title_taken"]["records"] == 1
        assert groups["title_taken"]["example"]["guid"] == "rec-7"
        most = answer["groups"][0]
        assert (most["records"], most["example"]["guid"]) == (5, "rec-2")
        assert most["example"]["message"]

    def test_one_type_can_be_asked_for(self, run, ask):
        answer = ask("govshare_harvest_problem_list", {"run": run["id"], "slug": "title_taken"})

        assert [row["guid"] for row in answer["results"]] == ["rec-7"]

    def test_findings_speak_both_languages(self, run, ask):
        (row,) = ask("govshare_harvest_problem_list", {"run": run["id"], "slug": "title_taken"})["results"]

        (finding,) = [finding for finding in row["findings"] if finding["slug"] == "title_taken"]
        assert "来源中另有同名记录" in finding["message_zh"]
        assert "Another record" in finding["message_en"]


class TestHistory:
    """The last runs of points."""

    def test_the_last_runs_come_oldest_first_in_figures(self, source, point, harvest, ask):
        source.put([*records(3), record(4, accessLevel="non-public", rights="")])
        harvest(point)
        harvest(point, "govshare_harvest_plan")

        history = ask("govshare_harvest_history", {"exchange_points": [point]})[point]

        assert [(run["records"], run["changes"], run["problems"]) for run in history] == [(3, 3, 0), (4, 0, 1)]
        assert all(run["state"] == "done" for run in history)

    def test_points_that_one_may_not_see_are_left_out(self, point, ask):
        asked = {"exchange_points": [point, "nothing"]}

        assert list(ask("govshare_harvest_history", asked, "officer")) == [point]
        assert ask("govshare_harvest_history", asked, "neighbour") == {}
