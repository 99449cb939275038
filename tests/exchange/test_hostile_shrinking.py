"""A source that is valid but empty, or has lost half: held, one message, nothing changed; then on with the old ids."""

from __future__ import annotations

from email import message_from_string
from email.header import decode_header, make_header
from typing import Any

import pytest
import sqlalchemy as sa

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")

COUNT = 20
OWN = {  # what a held run may write: itself, what was planned, the health of the point and the message about it
    "govshare_harvest_run",
    "govshare_harvest_plan",
    "govshare_exchange_point",
    "govshare_point_message",
}
LIES = {"empty": ([], "empty_source", COUNT), "half": (records(COUNT // 2), "shrunken_source", COUNT // 2)}


@pytest.fixture
def mails(monkeypatch, mail_server, ask):
    """What the site's mailer sent since it was asked last: ``[(address, subject)]``."""
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "smtp.server", "127.0.0.1:25")

    def sent() -> list[tuple[str, str]]:
        ask("govshare_exchange_due", {})
        found = []
        for _client, _sender, addresses, text in mail_server.get_smtp_messages():
            subject = str(make_header(decode_header(message_from_string(text)["Subject"])))
            found += [(address, subject) for address in addresses]
        mail_server.clear_smtp_messages()
        return sorted(found)

    return sent


def rows() -> dict[str, Any]:
    """Every row of every table with its last writer, but of those that a held run may write."""
    from ckan import model

    with model.meta.engine.connect() as connection:
        names = [name for name in sa.inspect(connection).get_table_names() if name not in OWN]
        query = 'SELECT count(*), coalesce(max(xmin::text::bigint), 0)::text FROM "{}"'
        return {name: tuple(connection.execute(sa.text(query.format(name))).one()) for name in names}


def seen(ask) -> set[str]:
    """Entries that the public finds."""
    return {entry["id"] for entry in ask("package_search", {"rows": 100}, user="citizen")["results"]}


@pytest.fixture(params=LIES)
def lie(request) -> tuple[list[dict[str, Any]], str, int]:
    return LIES[request.param]


@pytest.fixture
def held(lie, source, make_point, harvest, ask, mails, entries):
    """A point whose source lied; the run that is held, and the entries as they were."""
    source.put(records(COUNT))
    point = make_point(source.url)
    harvest(point)
    mails()
    before, public, ids = rows(), seen(ask), {guid: entry["id"] for guid, entry in entries(point).items()}
    source.put(lie[0])
    run = harvest(point)
    assert (run["state"], run["reason"]["slug"], run["counts"]["missing"]) == ("held", lie[1], lie[2])
    assert rows() == before
    assert seen(ask) == public
    return point, run, ids


def test_it_is_held_with_one_message_and_changes_nothing(held, ask, mails):
    told = mails()

    assert len({subject for _address, subject in told}) == 1
    assert len({address for address, _subject in told}) == len(told) > 0
    assert mails() == []


def test_asked_ten_times_it_says_the_same_once(held, harvest, ask, mails):
    point, _run, _ids = held
    mails()
    before, public = rows(), seen(ask)

    for _ in range(3):
        assert harvest(point)["state"] == "held"

    assert mails() == []
    assert (rows(), seen(ask)) == (before, public)


def test_a_source_that_recovers_goes_on_with_the_old_ids(held, source, harvest, ask, mails, entries):
    point, run, ids = held
    mails()
    source.put([record(1, title="改了名的第1号数据"), *records(COUNT, start=2)])

    after = harvest(point)

    assert (after["state"], after["counts"]["update"], after["counts"]["create"]) == ("done", 1, 1)
    assert {guid: entry["id"] for guid, entry in entries(point).items() if guid in ids} == ids
    assert ask("govshare_harvest_run_show", {"id": run["id"]})["state"] == "cancelled"
    assert len({subject for _address, subject in mails()}) == 1


def test_confirmed_it_suspends_in_time_and_comes_back_with_the_old_ids(
    held, source, harvest, ask, entries, ckan_config, monkeypatch
):
    point, run, ids = held
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.missing_runs", 2)
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.missing_days", 0)
    ask("govshare_harvest_confirm", {"id": run["id"], "wait": True})
    assert harvest(point)["state"] == "done"
    shown = [entry["catalogue_state"] for entry in entries(point).values()]
    assert shown.count("suspended") == run["counts"]["missing"]
    source.put(records(COUNT))

    back = harvest(point)

    assert (back["state"], back["counts"]["reappear"], back["counts"]["create"]) == (
        "done",
        run["counts"]["missing"],
        0,
    )
    assert {guid: entry["id"] for guid, entry in entries(point).items()} == ids
    assert seen(ask) == set(ids.values())
