"""The ledger: what counted on which day and why not, whenever it is asked and whatever wrote the facts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.kernel import counting
from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication import facts, ledger
from ckanext.govshare.publication.ledger_model import CANDIDATE, VERDICT
from ckanext.govshare.publication.model import Measure, TargetLock
from tests.conftest import FILES

pytestmark = pytest.mark.usefixtures("city")


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=ZONE)


def call(action: str, user: str = "", **data):
    return tk.get_action(f"govshare_publication_{action}")({"user": user}, data)


def due() -> dict:
    return tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})


def row(target: dict, user: str = "") -> dict:
    return call("progress", user, target=target["id"])[0]


def counted_on(target: dict, day: str, user: str = "") -> int:
    return call("ledger", user, target=target["id"], day=day)["count"]


def rows_of(table: sa.Table = VERDICT) -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(table))


@pytest.fixture
def publish(publish):
    return lambda **fields: publish(**{"pub_date": "2026-01-05", **fields})


@pytest.fixture
def target(publish, make_target, set_extra, frozen):
    """A target, and a ledger that was begun with an entry of February which is open no more."""
    with frozen(noon("2026-02-01")):
        gone = publish()
        due()
        set_extra(gone["id"], {"open_type": "3"}, private=True)
        return make_target(at_least=80, due="2026-03-31")


def test_seventy_nine_of_eighty_for_four_reasons_then_eighty(publish, target, set_extra, mark_link, frozen):
    with frozen(noon("2026-03-10")):
        first = publish(hash="a" * 64)
        copies(first, 78)
        private, dead = publish(), publish(link_state="dead")
        publish(resources=[{**FILES[0], "format": "PDF", "url": "http://files.example/paper.pdf"}])
        publish(hash="a" * 64)
        set_extra(private["id"], {}, private=True)
        before = row(target, "office")
        assert (before["counted"], before["needed"], before["candidates"]) == (79, 1, 83)
        assert before["not_counted"] == {
            "not_published": 1, "dead_link": 1, "not_machine_readable": 1, "duplicate": 1,
        }  # fmt: skip
        assert row(target)["counted"] == 79
        mark_link(dead["resources"][0]["url"], "ok")
        assert everywhere(target) == {80}
        assert row(target)["reached"]


def copies(entry: dict, number: int) -> None:
    """More entries like one, by statements: what wrote them makes no difference."""
    for index in range(number):
        ident = f"copy-{index:03}"
        for statement in (
            """INSERT INTO package (id, name, title, owner_org, license_id, private, state, type, extras,
               metadata_created, metadata_modified)
               SELECT :ident, :ident, title || :ident, owner_org, license_id, private, state, type, extras,
               metadata_created, metadata_modified FROM package WHERE id = :of""",
            """INSERT INTO resource (id, package_id, url, format, state, position, hash, extras)
               SELECT id || :ident, :ident, url, format, state, position, :ident, extras FROM resource
               WHERE package_id = :of""",
        ):
            model.Session.execute(sa.text(statement), {"ident": ident, "of": entry["id"]})
    model.Session.commit()


def everywhere(target: dict) -> set[int]:
    """The number as every surface gives it."""
    ident = target["id"]
    month = call("period", "office", first="2026-03-01", last="2026-03-31")
    return {
        row(target)["counted"],
        row(target, "office")["value"],
        call("figures")["open_datasets"],
        call("ledger", target=ident)["count"],
        call("history", target=ident)["points"][-1]["counted"],
        call("difference", target=ident, first="2026-03-09", last="2026-03-10")["last"]["counted"],
        sum(line["counted"] for line in call("departments", "office", target=ident)),
        call("quality")["counted"],
        sum(line["counted"] for line in call("matrix")["fields"]),
        sum(line["open_datasets"]["total"] for line in month.values()),
    }  # fmt: skip


def test_a_look_without_news_writes_nothing(publish, target, frozen):
    with frozen(noon("2026-03-10")):
        publish()
        stamp = due()["stamp"]
        before = (rows_of(), rows_of(CANDIDATE))
        assert due()["stamp"] == stamp
        assert (rows_of(), rows_of(CANDIDATE)) == before


def test_a_day_without_news_writes_nothing(publish, target, frozen):
    with frozen(noon("2026-03-10")):
        publish()
        before = rows_of()
    for day in range(11, 20):
        with frozen(noon(f"2026-03-{day}")):
            due()
    assert rows_of() == before


def test_any_day_is_read_as_it_was(publish, target, set_extra, frozen):
    with frozen(noon("2026-03-05")):
        publish()
    with frozen(noon("2026-03-10")):
        second = publish()
    with frozen(noon("2026-03-20")):
        set_extra(second["id"], {"catalogue_state": "suspended"}, private=True)
    with frozen(noon("2026-03-25")):
        days = (
            "2026-03-04",
            "2026-03-05",
            "2026-03-09",
            "2026-03-10",
            "2026-03-19",
            "2026-03-20",
            "2026-03-25",
        )
        assert [counted_on(target, day, "office") for day in days] == [0, 1, 1, 2, 2, 1, 1]
        points = call("history", target=target["id"], first="2026-03-04", last="2026-03-25", step="day")[
            "points"
        ]
        by_day = {point["day"]: (point["counted"], point["added"], point["gone"]) for point in points}
        assert by_day["2026-03-10"] == (2, 1, 0)
        assert by_day["2026-03-20"] == (1, 0, 1)


def test_difference_names_what_came_and_went_and_why(publish, target, set_extra, mark_link, frozen):
    with frozen(noon("2026-03-05")):
        stays, goes = publish(), publish(link_state="ok")
    with frozen(noon("2026-03-10")):
        comes = publish()
        mark_link(goes["resources"][0]["url"], "dead")
    with frozen(noon("2026-03-12")):
        found = call("difference", "office", target=target["id"], first="2026-03-09", last="2026-03-10")
        assert [line["id"] for line in found["came"]] == [comes["id"]]
        assert [(line["id"], line["after"]) for line in found["went"]] == [(goes["id"], ["dead_link"])]
        assert (found["first"]["counted"], found["last"]["counted"]) == (2, 2)
        public = call("difference", target=target["id"], first="2026-03-09", last="2026-03-10")
        assert public["went"][0]["after"] is None
        assert stays["id"] not in str(found)


def test_what_is_not_open_any_more_is_not_named_to_the_public(publish, target, set_extra, frozen):
    with frozen(noon("2026-03-05")):
        goes = publish()
    with frozen(noon("2026-03-10")):
        set_extra(goes["id"], {"open_type": "3"}, private=True)
    with frozen(noon("2026-03-12")):
        public = call("difference", target=target["id"], first="2026-03-09", last="2026-03-10")
        assert (public["went"], public["withheld"]) == ([], 1)
        assert goes["title"] not in str(call("ledger", target=target["id"], day="2026-03-09"))


def test_time_alone_changes_a_verdict_on_its_day(publish, target, set_extra, frozen):
    with frozen(noon("2026-03-01")):
        entry = publish(update_cycle="4")
        set_extra(entry["id"], {"data_updated": "2026-03-01T08:00:00+08:00"})
    with frozen(noon("2026-06-20")):  # two months and a day: 2 May; nobody looked in between
        days = {day: counted_on(target, day, "office") for day in ("2026-05-01", "2026-05-02", "2026-06-20")}
    assert days == {"2026-05-01": 1, "2026-05-02": 0, "2026-06-20": 0}


def test_entry_that_is_published_later_counts_from_that_day(publish, target, set_extra, frozen):
    with frozen(noon("2026-03-01")):
        publish()
    with frozen(noon("2026-03-02")):
        later = publish()
        set_extra(later["id"], {"pub_date": "2026-03-20"})
        assert row(target)["not_counted"] == {"not_published": 1}
    with frozen(noon("2026-03-25")):
        assert [counted_on(target, f"2026-03-{day:02}") for day in (2, 19, 20)] == [1, 1, 2]


def test_repair_of_the_first_lets_its_duplicate_fall(publish, target, mark_link, frozen):
    with frozen(noon("2026-03-05")):
        first = publish(link_state="dead", hash="b" * 64, pub_date="2026-01-01")
        second = publish(hash="b" * 64, pub_date="2026-02-01")
        assert row(target)["not_counted"] == {"dead_link": 1}
        mark_link(first["resources"][0]["url"], "ok")
        assert row(target)["not_counted"] == {"duplicate": 1}
        found = call("ledger", "office", target=target["id"], counted=False)["results"]
        assert [line["id"] for line in found] == [second["id"]]


def test_what_a_statement_by_hand_writes_is_seen(publish, target, frozen):
    with frozen(noon("2026-03-05")):
        entry = publish()
        assert row(target)["counted"] == 1
        model.Session.execute(
            sa.text("UPDATE package SET license_id = '' WHERE id = :id"), {"id": entry["id"]}
        )
        model.Session.commit()
        assert row(target)["not_counted"] == {"no_licence": 1}


def test_organisation_that_is_no_government_body_takes_its_entries_out(publish, target, frozen, city):
    with frozen(noon("2026-03-05")):
        publish()
        group = model.Group.get(city.traffic)
        group.extras = {**group.extras, "government": "0"}
        model.Session.commit()
        assert row(target)["not_counted"] == {"not_government": 1}


def test_late_timer_gives_the_row_of_the_day(publish, target, set_extra, mark_link, frozen):
    """Five days late, after a dead link, a withdrawal and a publication: the same row as on time."""

    def city_of_march() -> tuple:
        with frozen(noon("2026-03-10")):
            return publish(link_state="ok"), publish(), publish()

    def row_of_lock() -> tuple:
        lock = model.Session.get(TargetLock, target["id"])
        return (lock.counted, lock.candidates, lock.not_counted, lock.ledger, lock.day)

    dies, withdrawn, stays = city_of_march()
    with frozen(datetime(2026, 4, 1, 0, 0, tzinfo=ZONE)):
        due()
        on_time = row_of_lock()
        model.Session.execute(sa.delete(TargetLock))
        model.Session.commit()
    with frozen(noon("2026-04-02")):
        mark_link(dies["resources"][0]["url"], "dead")
    with frozen(noon("2026-04-03")):
        set_extra(withdrawn["id"], {"catalogue_state": "withdrawn"}, private=True)
        publish(pub_date="2026-03-15")  # said to be of March, but it came in April
    with frozen(noon("2026-04-05")):
        due()
        assert row_of_lock() == on_time
        assert on_time[0] == 3
        assert set(on_time[3]["counted"]) == {dies["id"], withdrawn["id"], stays["id"]}
        assert row(target)["counted"] == 2


def test_another_rule_after_the_due_day_leaves_the_locked_row(publish, target, frozen):
    with frozen(noon("2026-03-10")):
        series = {"info_items": [{"name": "站点名称", "type": "C", "length": "50"}], "format_class": "2"}
        for year in (2024, 2025, 2026):
            publish(title=f"{year}年公交站点", **series)
        assert (row(target)["counted"], row(target)["not_counted"]) == (1, {"fragment": 2})
    with frozen(noon("2026-04-01")):
        due()
        model.Session.execute(sa.text("UPDATE govshare_target SET rule_version = 1"))
        model.Session.commit()
        model.Session.expire_all()
        due()
        found = row(target)
        assert found["counted"] == 3
        locked = found["locked"]
        assert (locked["counted"], locked["not_counted"], locked["rule_version"]) == (1, {"fragment": 2}, 2)


def test_killed_before_the_look_is_dated_by_its_note(publish, target, frozen):
    """The note of a write that nobody looked at keeps the day of the write."""
    with frozen(noon("2026-03-10")):
        entry = publish()
        model.Session.info["govshare_quiet"] = True
        try:
            package = model.Package.get(entry["id"])
            package.license_id = ""
            model.Session.commit()
        finally:
            model.Session.info.pop("govshare_quiet")
        model.Session.execute(
            sa.text("UPDATE govshare_ledger_touched SET at = clock_timestamp() - interval '3 days'")
        )
        model.Session.commit()
    with frozen(noon("2026-03-13")):
        due()
        assert [counted_on(target, f"2026-03-{day:02}") for day in (9, 10, 12)] == [0, 0, 0]
        assert row(target)["not_counted"] == {"no_licence": 1}


def test_two_looks_at_once_write_once(publish, target, frozen):
    from concurrent.futures import ThreadPoolExecutor

    with frozen(noon("2026-03-10")):
        entry = publish()
        copies(entry, 5)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _number: ledger.look(), range(4)))
        current = sa.select(VERDICT.c.candidate, sa.func.count()).where(
            VERDICT.c.until.is_(None), VERDICT.c.measure == "open_datasets", VERDICT.c.rule == 2
        )
        numbers = dict(model.Session.execute(current.group_by(VERDICT.c.candidate)).all())
        assert set(numbers.values()) == {1}
        assert len(numbers) == 6


def test_ledger_equals_a_judgement_of_everything_on_every_day(publish, target, set_extra, mark_link, frozen):
    """The oracle: every day all facts are read and judged anew, apart from the ledger; then the days are compared."""
    day, seen, entries = date(2026, 3, 2), {}, []
    acts = {
        3: lambda: entries.append(publish(hash="c" * 64, pub_date="2026-03-01", update_cycle="3")),
        5: lambda: entries.append(publish(hash="c" * 64, pub_date="2026-03-02")),
        6: lambda: entries.append(publish(link_state="dead")),
        8: lambda: set_extra(entries[0]["id"], {"data_updated": "2026-03-01"}),
        12: lambda: mark_link(entries[2]["resources"][0]["url"], "ok"),
        15: lambda: set_extra(entries[1]["id"], {"open_domain": "05"}),
        20: lambda: set_extra(entries[0]["id"], {"catalogue_state": "suspended"}, private=True),
        25: lambda: set_extra(entries[0]["id"], {"catalogue_state": "published"}, private=False),
        40: lambda: set_extra(entries[2]["id"], {"open_type": "3"}, private=True),
    }
    for number in range(2, 60):
        with frozen(datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=9)):
            acts.get(number, lambda: None)()
            found = facts.read(model.Session.connection(), Measure.OPEN_DATASETS)
            judged = counting.judge("open_datasets", [one.facts for one in found.values()], day, 2)
            seen[day] = {ident: verdict.slugs for ident, verdict in judged.items()}
            model.Session.rollback()
        day += timedelta(days=1)
    with frozen(datetime.combine(day, datetime.min.time(), ZONE)):
        ledger.look()
        for when, expected in seen.items():
            rows = model.Session.execute(
                sa.select(VERDICT.c.candidate, VERDICT.c.reasons).where(
                    VERDICT.c.measure == "open_datasets", VERDICT.c.rule == 2, VERDICT.c.since <= when,
                    sa.or_(VERDICT.c.until.is_(None), VERDICT.c.until > when),
                )
            )  # fmt: skip
            assert {line.candidate: tuple(line.reasons) for line in rows} == expected, when
