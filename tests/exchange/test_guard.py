"""A source that lies: empty, shrunken, invalid at once, garbage, or with nothing new to say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ckanext.govshare.exchange.guard import Tally, judge

from .conftest import put_into_force
from .server import record, records

integration = pytest.mark.usefixtures("site")


@pytest.mark.parametrize(
    ("tally", "slug"),
    [
        (Tally(seen=10, known=10, missing=0, rejected=0), None),
        (Tally(seen=8, known=10, missing=2, rejected=0), None),
        (Tally(seen=7, known=10, missing=3, rejected=0), "shrunken_source"),
        (Tally(seen=10, known=10, missing=0, rejected=3), "mass_rejection"),
        (Tally(seen=0, known=10, missing=10, rejected=0), "empty_source"),
        (Tally(seen=0, known=0, missing=0, rejected=0), "empty_source"),
        (Tally(seen=0, known=0, missing=0, rejected=0, absent=10), None),
        (Tally(seen=300, known=0, missing=0, rejected=0), None),
    ],
)
def test_judge(tally, slug):
    reason = judge(tally, 20)
    assert (reason.slug if reason else None) == slug


@integration
def test_an_empty_source_is_held_and_nothing_changes(source, make_point, harvest, entries):
    source.put(records(5))
    point = make_point(source.url)
    harvest(point)
    source.put([])

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"], run["counts"]["missing"]) == ("held", "empty_source", 5)
    assert {entry["catalogue_state"] for entry in entries(point).values()} == {"published"}


@integration
def test_a_shrunken_source_is_applied_after_a_person_confirmed(source, make_point, harvest, ask):
    source.put(records(10))
    point = make_point(source.url)
    harvest(point)
    source.put(records(7))
    held = harvest(point)
    assert (held["state"], held["reason"]["slug"]) == ("held", "shrunken_source")

    ask("govshare_harvest_confirm", {"id": held["id"], "wait": True})

    run = ask("govshare_harvest_run_show", {"id": held["id"]})
    assert (run["state"], run["counts"]["missing"]) == ("done", 3)
    missing = ask("govshare_harvest_record_list", {"exchange_point": point, "state": "missing"})
    assert [row["missing_runs"] for row in missing["results"]] == [1, 1, 1]


@integration
def test_a_source_that_turns_invalid_at_once_is_held(source, make_point, harvest):
    source.put(records(10))
    point = make_point(source.url)
    harvest(point)
    source.put([record(n, accessLevel="non-public", rights="") for n in range(1, 11)])

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"], run["counts"]["reject"]) == ("held", "mass_rejection", 10)


@integration
def test_a_held_run_gives_way_to_a_new_one(source, make_point, harvest, ask):
    source.put(records(5))
    point = make_point(source.url)
    harvest(point)
    source.put([])
    held = harvest(point)
    source.put(records(6))

    run = harvest(point)

    assert (run["state"], run["counts"]["create"]) == ("done", 1)
    former = ask("govshare_harvest_run_show", {"id": held["id"]})
    assert (former["state"], former["reason"]["slug"]) == ("cancelled", "superseded")


@integration
def test_a_point_with_review_holds_every_change(source, make_point, harvest, ask):
    source.put(records(2))
    point = make_point(source.url, publish="review")

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("held", "review")
    ask("govshare_harvest_confirm", {"id": run["id"], "wait": True})
    assert ask("package_search", {})["count"] == 2


def _tables() -> dict[str, tuple[int, str]]:
    """Rows and last writer of every table of the database but the run's own."""
    from ckan import model

    with model.meta.engine.connect() as connection:
        names = [n for n in sa.inspect(connection).get_table_names() if n != "govshare_harvest_run"]
        query = 'SELECT count(*), coalesce(max(xmin::text::bigint), 0)::text FROM "{}"'
        return {name: tuple(connection.execute(sa.text(query.format(name))).one()) for name in names}


@integration
def test_an_unchanged_source_writes_nothing_but_the_run_itself(source, make_point, harvest):
    source.put([*records(20), record(21, accessLevel="non-public", rights=""), record(1, title="重复")])
    point = make_point(source.url)
    harvest(point)
    before = _tables()

    again = harvest(point)

    assert _tables() == before
    assert (again["state"], again["writes"], again["counts"]["unchanged"]) == ("done", 0, 20)
    source.put(
        [record(21, accessLevel="non-public", rights=""), *reversed(records(20)), record(1, title="重复")]
    )
    reordered = harvest(point)
    assert _tables() == before
    assert (reordered["writes"], reordered["counts"]["unchanged"], reordered["counts"]["reject"]) == (
        0,
        20,
        2,
    )


@integration
def test_a_source_that_says_not_modified_is_not_read_again(source, make_point, harvest):
    source.etag = '"one"'
    source.put([*records(5), record(6, accessLevel="non-public", rights="")])
    point = make_point(source.url)
    harvest(point)

    run = harvest(point)

    assert run["totals"]["not_modified"] is True
    assert (run["counts"]["unchanged"], run["counts"]["reject"], run["writes"]) == (5, 1, 0)


@integration
def test_a_changed_declaration_reads_an_unmodified_source_again(source, make_point, harvest, entries, ask):
    source.etag = '"one"'
    source.put([record(1, accessLevel="restricted public", rights="按申请提供")])
    point = make_point(source.url)
    harvest(point)
    ask("govshare_exchange_point_update", {"id": point, "share_condition": "仅用于应急"}, user="officer")
    put_into_force(point)

    run = harvest(point)

    assert run["counts"]["update"] == 1
    assert entries(point)["rec-1"]["share_condition"] == "仅用于应急"


@integration
def test_missing_records_grow_older_while_the_source_stays_the_same(source, make_point, harvest, ask):
    source.etag = '"one"'
    source.put(records(10))
    point = make_point(source.url)
    harvest(point)
    source.etag = '"two"'
    source.put(records(9))
    harvest(point)

    run = harvest(point)

    assert (run["totals"]["not_modified"], run["counts"]["missing"]) == (True, 1)
    missing = ask("govshare_harvest_record_list", {"exchange_point": point, "state": "missing"})
    assert [row["missing_runs"] for row in missing["results"]] == [2]
