"""Files of harvested entries: mirrored, unchanged, changed, given up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from .conftest import call
from .files_help import CSV, Keeper, distribution
from .files_server import FileHost, answer
from .server import record

LONGER = CSV + "003,机场,7\n"


def everything() -> dict[str, Any]:
    """Every row of the database but those of runs."""
    import sqlalchemy as sa
    from ckan import model

    from tests.conftest import tables

    with model.meta.engine.connect() as connection:
        return {
            name: sorted(map(str, connection.execute(sa.text(f'SELECT * FROM "{name}"'))))
            for name in tables()
            if name not in ("govshare_harvest_run", "govshare_event")
        }


def test_a_mirrored_file_is_stored_under_the_id_of_its_link(keeper: Keeper) -> None:
    keeper.mode("link")
    keeper.harvest(keeper.point)
    before = keeper.resources()[0]
    keeper.mode("mirror")
    counts = keeper.work()
    after = keeper.resources()[0]
    assert counts["kept"] == 1
    assert after["id"] == before["id"]
    assert (after["url_type"], after["source_url"]) == ("upload", keeper.host.url("/a.csv"))
    assert (after["original_name"], after["size"], after["mimetype"]) == ("a.csv", len(CSV.encode()), "text/csv")


def test_a_second_run_over_unchanged_files_writes_nothing_but_its_own_row(keeper: Keeper) -> None:
    keeper.work()
    before = everything()
    counts = keeper.work()
    assert (counts["unchanged"], keeper.run["writes"]) == (1, 0)
    assert keeper.host.whole["/a.csv"] == 1  # the second answer was 304
    assert everything() == before


def test_the_same_bytes_without_entity_tag_write_nothing(keeper: Keeper) -> None:
    keeper.host.tags = False
    keeper.work()
    before = everything()
    assert keeper.work()["unchanged"] == 1
    assert keeper.host.whole["/a.csv"] == 2
    assert everything() == before


def test_a_changed_file_takes_the_place_of_the_old_one_which_stays_a_version(keeper: Keeper) -> None:
    keeper.work()
    before = keeper.resources()[0]
    keeper.host.put("/a.csv", LONGER)
    assert keeper.work()["kept"] == 1
    after = keeper.resources()[0]
    assert (after["id"], after["rows"]) == (before["id"], 3)
    assert after["hash"] != before["hash"]
    asked = {"package_id": after["package_id"], "resource_id": after["id"]}
    versions = call("govshare_file_versions", asked, "officer")
    assert before["hash"] in str(versions)


def test_a_point_that_links_again_shows_the_address_of_the_source(keeper: Keeper) -> None:
    keeper.mode("load")
    keeper.work()
    mirrored = keeper.resources()[0]
    assert mirrored["datastore_active"]
    keeper.mode("link")
    keeper.work()
    link = keeper.resources()[0]
    assert (link["id"], link["url"]) == (mirrored["id"], keeper.host.url("/a.csv"))
    traces = ("url_type", "hash", "size", "source_url", "original_name", "rows", "datastore_active")
    assert not any(link.get(name) for name in traces)
    assert keeper.known() == []


def test_a_record_that_changes_keeps_its_copy_and_pins_nothing(keeper: Keeper) -> None:
    keeper.mode("load")
    keeper.work()
    before = keeper.resources()[0]
    keeper.put(keeper.host.url("/a.csv"), description="另一段说明")
    counts = keeper.work()
    after = keeper.resources()[0]
    assert keeper.run["counts"]["update"] == 1
    assert counts["unchanged"] == 1
    same = ("id", "hash", "size", "source_url", "original_name", "datastore_active", "rows", "opening")
    assert [after.get(name) for name in same] == [before.get(name) for name in same]
    found = call("govshare_harvest_record_list", {"exchange_point": keeper.point})["results"]
    assert found[0]["pins"] == []
    assert keeper.host.whole["/a.csv"] == 1


def test_a_file_that_moves_is_fetched_anew_under_its_id(keeper: Keeper) -> None:
    keeper.work()
    before = keeper.resources()[0]
    keeper.put(keeper.host.put("/b.csv", LONGER))
    keeper.work()
    after = keeper.resources()[0]
    assert after["id"] == before["id"]
    assert (after["source_url"], after["rows"]) == (keeper.host.url("/b.csv"), 3)


def test_a_file_that_moves_to_where_nothing_is_becomes_a_link(keeper: Keeper) -> None:
    keeper.mode("load")
    keeper.work()
    before = keeper.resources()[0]
    keeper.put(keeper.host.url("/gone.csv"))
    assert keeper.work()["failed"] == 1
    after = keeper.resources()[0]
    assert (after["id"], after["url"]) == (before["id"], keeper.host.url("/gone.csv"))
    assert not after.get("hash")
    assert not exists(after["id"])


def test_a_copy_stays_when_its_source_fails_and_the_failure_is_told(keeper: Keeper) -> None:
    keeper.work()
    before = keeper.resources()[0]
    del keeper.host.bodies["/a.csv"]
    keeper.work()
    assert keeper.resources()[0]["hash"] == before["hash"]
    problem = keeper.run["problems"][0]
    assert (problem["guid"], problem["verdict"]) == ("rec-1", "failed")
    assert [(f["slug"], f["severity"]) for f in problem["findings"]] == [("file_gone", "warn")]


def test_a_file_that_fails_is_left_alone_for_longer_each_time(keeper: Keeper, frozen: Any) -> None:
    del keeper.host.bodies["/a.csv"]
    waits, now = [], datetime.now(timezone.utc)
    for _ in range(3):
        with frozen(now):
            keeper.work()
            now = keeper.known()[0].next_try
            waits.append(now - keeper.known()[0].checked)
            assert keeper.work()["put_off"] == 1
    assert waits == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert keeper.host.requests["/a.csv"] == 3


def test_a_failure_that_passes_leaves_no_problem(keeper: Keeper, frozen: Any) -> None:
    del keeper.host.bodies["/a.csv"]
    keeper.work()
    keeper.host.put("/a.csv", CSV)
    with frozen(keeper.known()[0].next_try):
        assert keeper.work()["kept"] == 1
    assert keeper.run["problems"] == []
    assert keeper.known()[0].failures == 0


def test_a_dead_host_is_asked_once_a_run(keeper: Keeper) -> None:
    dead = FileHost()
    urls = [dead.url(f"/{number}.csv") for number in range(5)]
    dead.close()
    keeper.put(*urls)
    counts = keeper.work()
    assert (counts["failed"], counts["put_off"]) == (1, 4)
    assert keeper.known()[0].state == "unreachable"
    assert keeper.work()["put_off"] == 5


def test_a_busy_host_is_left_alone_as_long_as_it_asks(keeper: Keeper, frozen: Any) -> None:
    keeper.put(*(keeper.host.put(f"/{number}.csv", CSV) for number in range(3)))
    for path in ("/0.csv", "/1.csv", "/2.csv"):
        keeper.host.behaves[path] = lambda handler: answer(handler, 503, b"", **{"Retry-After": "86400"})
    now = datetime.now(timezone.utc)
    with frozen(now):
        keeper.work()
    assert keeper.known()[0].next_try == now + timedelta(days=1)
    assert keeper.host.requests.total() == 1


def test_an_address_that_many_resources_name_is_fetched_once(keeper: Keeper) -> None:
    url = keeper.host.url("/a.csv")
    both = [distribution(url, title=f"文件{number}") for number in range(3)]
    keeper.source.put([record(1, distribution=both), record(2, distribution=both)])
    counts = keeper.work()
    assert (counts["looked"], keeper.host.requests["/a.csv"]) == (1, 1)
    assert len({row.resource_id for row in keeper.known()}) == 6
    assert {row.sha256 for row in keeper.known()} == {keeper.resources()[0]["hash"]}


def test_two_files_of_a_host_are_a_pause_apart(keeper: Keeper, file_settings: Any) -> None:
    file_settings(file_pause_seconds=1)
    keeper.put(*(keeper.host.put(f"/{number}.csv", CSV) for number in range(3)))
    keeper.work()
    moments = keeper.host.moments
    assert all(later - earlier >= 0.99 for earlier, later in zip(moments, moments[1:], strict=False))


def test_a_date_of_change_is_trusted_only_when_it_is_old() -> None:
    from ckanext.govshare.exchange.files_fetch import strong_date

    now = datetime.fromisoformat("2026-03-01T00:00:30+00:00")
    assert strong_date("Sun, 01 Mar 2026 00:00:00 GMT", now) is None
    assert strong_date("Sat, 28 Feb 2026 23:00:00 GMT", now)
    assert strong_date("yesterday", now) is None


def test_a_resource_that_leaves_its_record_is_forgotten(keeper: Keeper) -> None:
    keeper.mode("load")
    keeper.put(keeper.host.put("/a.csv", CSV), keeper.host.put("/b.csv", LONGER))
    keeper.work()
    gone = next(row.resource_id for row in keeper.known() if row.url.endswith("/b.csv"))
    keeper.put(keeper.host.url("/a.csv"))
    keeper.work()
    assert gone not in [row.resource_id for row in keeper.known()]
    assert not exists(gone)


def exists(resource_id: str) -> bool:
    """Whether the DataStore has a table of a resource."""
    from ckanext.datastore.backend import DatastoreBackend

    return DatastoreBackend.get_active_backend().resource_exists(resource_id)


def test_pages_and_services_are_no_files(keeper: Keeper) -> None:
    named = [distribution(keeper.host.url(f"/{word}"), format=word, mediaType="") for word in ("HTML", "API", "WMS")]
    keeper.source.put([record(1, distribution=named)])
    assert keeper.work()["looked"] == 0


def test_the_list_of_files_is_for_the_department_and_the_office(keeper: Keeper, ask: Any) -> None:
    import ckan.plugins.toolkit as tk

    keeper.put(keeper.host.url("/a.csv"), keeper.host.url("/gone.csv") + "?token=secret")
    keeper.work()
    asked = {"exchange_point": keeper.point}
    found = ask("govshare_exchange_file_list", asked, "officer")
    assert found["count"] == 2
    assert [row["state"] for row in found["results"]] == ["failed", "kept"]
    assert "secret" not in str(found)
    assert ask("govshare_exchange_file_list", {**asked, "state": "kept"}, "office")["count"] == 1
    matrix = {"reviewer": True, "operator": True, "neighbour": False, "county_office": False, "citizen": False}
    for user, may in matrix.items():
        try:
            tk.check_access("govshare_exchange_file_list", {"user": user}, dict(asked))
            allowed = True
        except tk.NotAuthorized:
            allowed = False
        assert allowed is may, user


def test_the_command_lists_files(keeper: Keeper, cli: Any) -> None:
    from ckan.cli.cli import ckan

    keeper.work()
    answered = cli.invoke(ckan, ["govshare", "exchange", "files", "jiaotong-catalogue", "--json"])
    assert answered.exit_code == 0, answered.output
    assert '"state": "kept"' in answered.output




def test_a_record_that_waits_for_a_person_keeps_the_copy_of_its_entry(keeper: Keeper) -> None:
    keeper.work()
    before = keeper.resources()[0]
    keeper.put(keeper.host.url("/a.csv"), description="本数据属于国家秘密，不得公开")
    counts = keeper.work()
    assert keeper.run["counts"]["review"] == 1
    assert counts["unchanged"] == 1
    assert keeper.resources()[0] == before
    found = call("govshare_harvest_record_list", {"exchange_point": keeper.point})["results"][0]
    proposed = call("govshare_change_show", {"id": found["change_id"]}, "office")["data"]["resources"]
    assert [(file["id"], file["hash"]) for file in proposed] == [(before["id"], before["hash"])]
