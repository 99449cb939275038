"""Addresses of rows that last: former codes, removed files; and tables that are large."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine

from ckanext.govshare.developers import numbers
from tests.conftest import FILES, publish, review
from tests.developers.conftest import FIELDS, ROWS, file_of, make_table

MANY = 50_000


def update(entry: dict[str, Any], **fields: Any) -> dict[str, Any]:
    whole = tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})
    tk.get_action("package_update")({"user": "office"}, {**whole, **fields})
    review(entry["id"])
    return tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})


@pytest.fixture
def entry(city: Any) -> dict[str, Any]:
    """An entry with two files for the public and one for departments between them."""
    first, share = dict(FILES[0]), dict(FILES[1])
    second = {**first, "name": "第二个文件", "url": "http://files.example/second.csv"}
    made = publish(city, resources=[first, share, second])
    for resource in made["resources"]:
        make_table(resource["id"], FIELDS, ROWS)
    return made


def test_a_former_code_leads_to_the_present_one_with_the_whole_question(call, entry):
    former = entry["resource_code"]
    after = update(entry, class_ximu="307001005")
    response = call(f"/api/rows/{former}/1", rows=2, **{"contains.stop": "公交"})
    assert response.status_code == 301
    assert f"/api/rows/{after['resource_code']}/1?" in response.headers["Location"]
    moved = response.headers["Location"]
    answer = call(moved[moved.index("/api") :])
    assert [row["stop"] for row in answer.json["result"]["records"]] == ["城东公交站", "城西公交站"]


def test_numbers_count_files_for_the_public_and_stay_when_one_goes(call, entry):
    open_files = [file for file in entry["resources"] if file["audience"] == "open"]
    assert numbers.of_entry(entry["id"]) == {open_files[0]["id"]: 1, open_files[1]["id"]: 2}
    whole = tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})
    update(entry, resources=[file for file in whole["resources"] if file["id"] != open_files[0]["id"]])
    code = entry["resource_code"]
    assert call(f"/api/rows/{code}/1").status_code == 404
    kept = call(f"/api/rows/{code}/2")
    assert kept.status_code == 200, kept.body
    assert kept.json["result"]["file"] == {"number": 2, "id": open_files[1]["id"], "name": "第二个文件"}


def test_a_file_that_the_gate_holds_back_is_refused(call, entry):
    changed = [{**file, "url": "http://files.example/new.csv"} for file in entry["resources"]]
    whole = tk.get_action("package_show")({"user": "office"}, {"id": entry["id"]})
    tk.get_action("package_update")({"user": "office"}, {**whole, "resources": changed})
    response = call(f"/api/rows/{entry['resource_code']}/1")
    assert (response.status_code, response.json["error"]["parameter"]) == (403, "number")


def test_a_withdrawn_entry_is_not_there(call, entry):
    tk.get_action("govshare_catalogue_withdraw")({"user": "office"}, {"id": entry["id"], "reason": "错误"})
    assert call(f"/api/rows/{entry['resource_code']}/1").status_code == 404


def test_a_file_without_rows_is_named_with_its_address(call, city):
    made = publish(city)
    response = call(f"/api/rows/{made['resource_code']}/1")
    assert response.status_code == 404
    assert file_of(made)["url"] in response.json["error"]["message"]


@pytest.fixture
def large(entry: dict[str, Any]) -> str:
    """The address of a table of many rows."""
    table = file_of(entry)["id"]
    with get_write_engine().begin() as connection:
        connection.execute(
            sa.text(
                f"INSERT INTO \"{table}\" (stop, riders) SELECT '站' || n, n FROM generate_series(1, {MANY}) n"
            )
        )
        connection.execute(sa.text(f'ANALYZE "{table}"'))
    return f"/api/rows/{entry['resource_code']}/1"


def test_the_end_of_a_large_table_is_read_by_its_index(call, large, entry):
    answer = call(large, after=MANY, rows=100).json["result"]
    assert [row["stop"] for row in answer["records"]] == [f"站{n}" for n in range(MANY - 4, MANY + 1)]
    assert answer["next"] is None
    query = f'SELECT _id FROM "{file_of(entry)["id"]}" WHERE _id > {MANY} ORDER BY _id LIMIT 101'
    with get_read_engine().begin() as connection:
        plan = "\n".join(connection.execute(sa.text(f"EXPLAIN {query}")).scalars())
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_a_question_that_takes_too_long_is_stopped_and_said(call, large, entry, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.govshare.developers.query_seconds", 0.2)
    lock = sa.text(f'LOCK TABLE "{file_of(entry)["id"]}" IN ACCESS EXCLUSIVE MODE')
    with get_write_engine().begin() as other:

        def taken(_connection, _cursor, statement, *_rest):
            if statement.startswith("SET LOCAL statement_timeout = 200"):
                other.execute(lock)  # whoever reads now waits, on a fast machine too

        sa.event.listen(get_read_engine(), "after_cursor_execute", taken)
        try:
            response = call(large, **{"contains.stop": "没有这样的站"})
        finally:
            sa.event.remove(get_read_engine(), "after_cursor_execute", taken)
    assert response.status_code == 400
    assert response.json["error"]["parameter"] is None
    monkeypatch.undo()
    assert call(large, rows=1).status_code == 200


def test_a_whole_page_of_a_large_table_is_one_answer(call, large):
    answer = call(large, rows=10_000, total="false").json["result"]
    assert len(answer["records"]) == 10_000
    assert answer["total"] is None


def test_the_address_stands_on_the_page_of_the_file(app, entry):
    model.Session.commit()
    with app.flask_app.test_request_context("/"):
        shown = tk.get_action("package_show")({"user": ""}, {"id": entry["id"]})
        addresses = [tk.h.govshare_rows_url(shown, file) for file in shown["resources"]]
    code = entry["resource_code"]
    assert [address.partition("/api")[2] for address in addresses] == [f"/rows/{code}/1", f"/rows/{code}/2"]
