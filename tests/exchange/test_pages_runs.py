"""Pages of runs and the list of points: counts that open records, CSV, filters, who comes second, what is garbage."""

from __future__ import annotations

import csv
import io
import re
import threading

import pytest

from tests.sql import statements

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")
RUN_PAGES = ("", "/progress", "/record?guid=rec-1", "/difference?guid=rec-1", "/problems.csv")


@pytest.fixture
def headers():
    from ckan.tests import factories

    known: dict[str, dict[str, str]] = {}

    def of(user: str) -> dict[str, str]:
        if user not in known:
            known[user] = {"Authorization": factories.APIToken(user=user)["token"]}
        return known[user]

    return of


@pytest.fixture
def page(app, headers):
    """The text of a page as the officer, or somebody else, reads it."""

    def get(path: str, user: str = "officer", status: int = 200) -> str:
        answer = app.get(path, headers=headers(user), follow_redirects=False)
        assert answer.status_code == status, path
        return answer.body

    return get


@pytest.fixture
def point(source, make_point, harvest):
    source.put(records(5))
    made = make_point(source.url)
    harvest(made)
    return made


@pytest.fixture
def plan(source, point, harvest):
    source.put([record(1, title="第1号数据（新）"), *records(5, 2), record(8, accessLevel="non-public", rights="")])
    return harvest(point, "govshare_harvest_plan")


@pytest.fixture
def held(source, point, harvest):
    source.put([])
    return harvest(point)


def test_every_count_that_is_not_zero_opens_its_records(page, plan):
    shown = page(f"/exchange/run/{plan['id']}")

    for name, number in plan["counts"].items():
        opened = page(f"/exchange/run/{plan['id']}?records={name}")
        assert (f"records={name}#records" in shown) is bool(number), name
        assert ('id="records"' in opened), name
    assert "第1号数据（新）" in page(f"/exchange/run/{plan['id']}?records=update")
    assert "第8号数据" in page(f"/exchange/run/{plan['id']}?records=reject")


def test_a_plan_that_waits_begins_with_what_it_changes(page, plan):
    shown = page(f"/exchange/run/{plan['id']}")

    assert f'/exchange/run/{plan["id"]}/apply"' in shown
    assert "第1号数据（新）" in shown
    assert "data-govshare-once" in shown


def test_a_record_shows_its_difference_before_and_after(page, plan):
    for path in ("record", "difference"):
        shown = page(f"/exchange/run/{plan['id']}/{path}?guid=rec-1")
        assert "<ins>（新）</ins>" in shown
        assert "信息资源名称" in shown


def test_problems_stand_by_type_and_open_their_records(page, source, make_point, harvest):
    source.put([*records(2), *(record(n, accessLevel="non-public", rights="") for n in (7, 8))])
    run = harvest(make_point(source.url))
    shown = page(f"/exchange/run/{run['id']}")
    slug = run["problems"][0]["findings"][0]["slug"]

    assert f"problem={slug}#problems" in shown
    opened = page(f"/exchange/run/{run['id']}?problem={slug}")
    assert "第7号数据" in opened
    assert "第8号数据" in opened


def test_all_problems_come_as_a_table_without_formulas(app, headers, source, make_point, harvest):
    hostile = record(7, title='=HYPERLINK("http://x")', identifier="@SUM(1)", accessLevel="non-public", rights="")
    source.put([*records(2), hostile])
    run = harvest(make_point(source.url))

    answer = app.get(f"/exchange/run/{run['id']}/problems.csv", headers=headers("officer"))

    text = answer.data.decode("utf-8")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    refused = next(row for row in rows if row[0] == "'@SUM(1)")
    assert refused[1].startswith("'=HYPERLINK")
    assert all(refused[4:])
    assert not any(cell[:1] in "=+@" for row in rows for cell in row if cell)


def test_more_problems_than_a_page_are_all_in_the_table(app, headers, source, make_point, harvest, monkeypatch):
    from ckanext.govshare.exchange import pages

    monkeypatch.setattr(pages, "ROWS", 3)
    source.put([record(number, accessLevel="non-public", rights="") for number in range(10)])
    run = harvest(make_point(source.url))

    answer = app.get(f"/exchange/run/{run['id']}/problems.csv", headers=headers("officer"))

    guids = {row[0] for row in csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))}
    assert {f"rec-{number}" for number in range(10)} <= guids


class TestProgress:
    """The part of the page that follows a run."""

    @pytest.fixture
    def working(self, plan):
        from ckan import model

        from ckanext.govshare.exchange.model import HarvestRun

        run = model.Session.get(HarvestRun, plan["id"])
        run.state, run.progress = "applying", {"stage": "apply", "done": 32, "total": 100}
        model.Session.commit()
        return plan["id"]

    def test_a_run_at_work_is_asked_again_with_and_without_javascript(self, page, working):
        shown = page(f"/exchange/run/{working}")

        assert f'hx-get="/exchange/run/{working}/progress"' in shown
        assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown
        assert 'value="32"' in shown

    def test_the_part_says_how_far_it_is_and_ends_with_the_run(self, app, headers, working, ask):
        going = app.get(f"/exchange/run/{working}/progress", headers=headers("officer"))
        ask("govshare_harvest_cancel", {"id": working})
        over = app.get(f"/exchange/run/{working}/progress", headers=headers("officer"))

        assert "32 / 100" in going.body
        assert "HX-Refresh" not in going.headers
        assert over.headers["HX-Refresh"] == "true"

    def test_a_run_that_is_over_follows_nothing(self, page, ask, working):
        ask("govshare_harvest_cancel", {"id": working})

        shown = page(f"/exchange/run/{working}")

        assert "hx-trigger=\"every" not in shown
        assert "http-equiv=\"refresh\"" not in shown


def called(name: str) -> str:
    """Name of a person on screen."""
    from ckan import model

    return model.User.get(name).display_name


class TestTwice:
    """Double clicks, and two people at once."""

    @pytest.fixture
    def queue(self, monkeypatch):
        import ckan.plugins.toolkit as tk

        started: list[str] = []
        monkeypatch.setattr(tk, "enqueue_job", lambda function, args=(), **options: started.append(args[0]))
        return started

    def test_a_record_without_letters_is_none(self, app, headers, plan):
        answer = app.get(f"/exchange/run/{plan['id']}/record?guid=%00", headers=headers("officer"))

        assert answer.status_code in (400, 404)

    def test_who_confirms_second_reads_who_was_first(self, app, headers, page, held, queue):
        path = f"/exchange/run/{held['id']}/confirm"
        first = app.post(path, headers=headers("reviewer"), follow_redirects=False)
        second = app.post(path, headers=headers("office"), follow_redirects=True)

        assert first.status_code == 302
        assert re.search(f"gs-alert.{{0,200}}{called('reviewer')}", second.body, re.DOTALL)
        assert queue == [held["id"]]

    def test_of_two_who_confirm_at_once_one_does(self, held, ask, monkeypatch):
        from ckan import model

        from ckanext.govshare.exchange import jobs

        monkeypatch.setattr(jobs, "enqueue", lambda run_id: True)
        told: list[str] = []
        start = threading.Barrier(2)

        def confirm(person: str) -> None:
            import ckan.plugins.toolkit as tk

            start.wait(5)
            try:
                tk.get_action("govshare_harvest_confirm")({"user": person}, {"id": held["id"]})
                told.append("done")
            except tk.ValidationError as refused:
                told.append(str(refused.error_dict))
            finally:
                model.Session.remove()

        people = [threading.Thread(target=confirm, args=(person,)) for person in ("reviewer", "office")]
        for person in people:
            person.start()
        for person in people:
            person.join(20)

        assert sorted(told)[0] == "done"
        assert told.count("done") == 1
        by = ask("govshare_harvest_run_show", {"id": held["id"]})["confirmed_by"]
        assert called(by) in next(text for text in told if text != "done")

    @pytest.mark.parametrize("what", ["run", "plan"])
    def test_a_second_start_leads_to_the_point_and_starts_nothing(self, app, headers, point, queue, what):
        for _click in range(2):
            path = f"/exchange/jiaotong-catalogue/{what}"
            last = app.post(path, headers=headers("officer"), follow_redirects=False)

        assert len(queue) == 1
        assert last.headers["Location"].endswith("/exchange/jiaotong-catalogue")

    def test_a_plan_is_applied_once(self, app, headers, plan, queue):
        for _click in range(2):
            app.post(f"/exchange/run/{plan['id']}/apply", headers=headers("officer"), follow_redirects=False)

        assert queue == [plan["id"]]

    def test_a_reason_tells_what_to_do(self, page, held):
        shown = page(f"/exchange/run/{held['id']}", "reviewer")

        assert "来源中没有任何记录" in shown or "holds no record" in shown
        assert f'/exchange/run/{held["id"]}/confirm"' in shown


class TestStrangers:
    """Another department's runs, and what is no run at all."""

    def test_another_department_reads_nothing_of_a_run(self, page, plan):
        for path in RUN_PAGES:
            page(f"/exchange/run/{plan['id']}{path}", "neighbour", 403)

    def test_a_run_that_is_none_is_not_found(self, page, city):
        for path in RUN_PAGES:
            for run in ("nothing", "%00", "..%2f..%2fetc", "' OR 1=1 --", "来源"):
                page(f"/exchange/run/{run}{path}", status=404)

    def test_a_record_that_is_none_is_not_found(self, page, plan):
        for query in ("", "?guid=", "?guid=nothing", "?guid=' OR 1=1", "?guid=" + "a" * 4000):
            page(f"/exchange/run/{plan['id']}/record{query}", status=404)

    def test_another_department_steers_nothing(self, app, headers, plan):
        for what in ("confirm", "cancel", "apply"):
            path = f"/exchange/run/{plan['id']}/{what}"
            assert app.post(path, headers=headers("neighbour"), follow_redirects=False).status_code == 403

    def test_nonsense_in_the_address_shows_the_page(self, page, plan):
        queries = ("records=nonsense", "page=-1", "page=99999999999999", "problem='%3Cx", "page=x", "q=%25%5F")
        for path in (f"/exchange/run/{plan['id']}", "/exchange/jiaotong-catalogue", "/exchange"):
            for query in queries:
                page(f"{path}?{query}")


class TestPoint:
    """The page of a point."""

    def test_history_is_drawn_with_a_text_and_a_table(self, page, point):
        shown = page("/exchange/jiaotong-catalogue")

        assert shown.count("<figure>") == 4
        assert "<desc" in shown
        assert shown.count('class="gs-run--') >= 4

    def test_counts_of_the_ledger_open_their_records(self, page, point):
        shown = page("/exchange/jiaotong-catalogue?records=current")

        assert "records=current#records" in shown
        assert "第5号数据" in shown

    def test_a_held_run_is_told_with_what_to_do(self, page, held):
        assert f"/exchange/run/{held['id']}" in page("/exchange/jiaotong-catalogue")

    def test_runs_are_paged(self, page, point, harvest, monkeypatch):
        from ckanext.govshare.exchange import pages

        monkeypatch.setattr(pages, "PAGE", 2)
        for _time in range(3):
            harvest(point)

        assert "page=2#runs" in page("/exchange/jiaotong-catalogue")
        assert "page=1#runs" in page("/exchange/jiaotong-catalogue?page=2")


class TestList:
    """The list of points."""

    @pytest.fixture
    def many(self, city):
        """200 points of 市交通运输局 and 市教育局 with runs, straight into the tables."""
        from ckan import model

        from ckanext.govshare.exchange.model import ExchangePoint, HarvestRun
        from ckanext.govshare.kernel import clock

        healths = ("ok", "warn", "bad", "none")
        made = []
        for number in range(200):
            made.append(
                ExchangePoint(
                    name=f"point-{number:03}",
                    title=f"第{number:03}号节点",
                    organization_id=city.traffic if number % 2 else city.school,
                    kind="data_json" if number % 3 else "database",
                    url=f"https://data.example.com/{number}.json",
                    network="互联网",
                    default_class="307001004",
                    share_type="1",
                    state="accepted",
                    schedule="daily",
                    created_by="officer",
                    health=healths[number % 4],
                    health_since=clock.now(),
                    high_frequency=number % 10 == 0,
                )
            )
        model.Session.add_all(made)
        model.Session.flush()
        for point in made:
            model.Session.add(
                HarvestRun(point_id=point.id, state="done", started_by="", created=clock.now(), counts={}, totals={})
            )
        model.Session.commit()
        return made

    def test_points_are_filtered_and_counted_by_health(self, page, many):
        whole = page("/exchange", "office")
        bad = page("/exchange?health=bad&kind=database", "office")
        found = page("/exchange?q=第004号 教育局", "office")

        assert len(re.findall(r'href="/exchange/point-\d+"', whole)) == 30
        assert 'href="/exchange/point-006"' in bad
        assert 'href="/exchange/point-002"' not in bad
        assert re.findall(r'href="/exchange/point-(\d+)"', found) == ["004"]
        assert "page=7" in whole

    def test_what_needs_somebody_comes_first(self, page, many):
        assert re.findall(r'href="/exchange/point-(\d+)"', page("/exchange", "office"))[0] == "002"

    def test_high_frequency_points_can_be_chosen(self, page, many):
        shown = re.findall(r'href="/exchange/point-(\d+)"', page("/exchange?frequency=high", "office"))

        assert len(shown) == 20
        assert all(number.endswith("0") for number in shown)

    def test_a_department_sees_its_own_alone(self, page, many):
        shown = re.findall(r'href="/exchange/point-(\d+)"', page("/exchange", "officer"))

        assert shown
        assert all(int(number) % 2 for number in shown)

    def test_the_list_comes_as_a_table(self, app, headers, many):
        answer = app.get("/exchange/points.csv?health=bad", headers=headers("office"))

        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert len(rows) == 51
        assert rows[1][1] == "point-002"

    def test_two_hundred_points_cost_as_many_statements_as_two(self, page, many):
        from ckan import model

        from ckanext.govshare.exchange.model import ExchangePoint

        page("/exchange", "office")
        with statements() as with_many:
            page("/exchange", "office")
        for point in many[2:]:
            model.Session.delete(model.Session.get(ExchangePoint, point.id))
        model.Session.commit()
        page("/exchange", "office")
        with statements() as with_two:
            page("/exchange", "office")

        assert len(with_many) <= len(with_two) + 2
