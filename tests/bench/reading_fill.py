"""Fill a site of the reading benchmark; run as a script with its ini file, on either side.

    reading_fill.py INI SIDE rows COUNT            departments, and rows of all entries
    reading_fill.py INI SIDE index COUNT PART OF   index documents of every OF-th batch
    reading_fill.py INI SIDE finish COUNT          commit, ledger, checks

The first entries go through every door of their side. The rows of all others are copied from those with what an entry
has of its own; that this gives what the doors make is asserted for as many entries again. Index documents are core's
own of each entry, collected instead of sent one by one (catalogue/dictized.py reads the entries; it needs no plugin).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import reading_city
from reading_rows import Row, Rows, ident

OURS = "govshare"
CHECKED = 120
POSTED = 500


def make_departments(ours: bool) -> dict[str, str]:
    """The departments through their actions; answers ids by name."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    operator = model.User(name="operator", email="operator@yanshi.example", sysadmin=True)
    model.Session.add(operator)
    model.Session.commit()
    made = {}
    for row in reading_city.departments():
        fields = row if ours else {"name": row["name"], "title": row["title"]}
        made[row["name"]] = tk.get_action("organization_create")(
            {"ignore_auth": True, "user": "operator"}, dict(fields)
        )["id"]
    return made


def by_doors(ours: bool, first: int, end: int) -> None:
    """Entries through the actions of their side."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    made = [{**reading_city.entry(number), "id": ident(number)} for number in range(first, end)]
    as_operator = {"ignore_auth": True, "user": "operator"}
    if ours:
        open_links(made)
        answers = tk.get_action("govshare_entries_create")(dict(as_operator), {"entries": made})
        wrong = [answer for answer in answers if "errors" in answer]
        assert not wrong, wrong[:3]
        model.Session.commit()
        return
    for entry in made:
        whole = {"id": entry["id"], **reading_city.stock_entry(entry)}
        tk.get_action("package_create")(dict(as_operator), whole)


def open_links(entries: list[Row]) -> None:
    """What the gate asks for before a link opens: looked at, signed by the provider, confirmed by the office."""
    from ckan import model

    from ckanext.govshare.catalogue import opening, opening_records
    from ckanext.govshare.catalogue.opening_model import Act

    for entry in entries:
        owner = model.Group.get(entry["owner_org"]).id
        for file in opening.of_entry(owner, entry):
            for finding in file.findings or ():
                about = {"kind": finding.kind, "column": finding.column, "words": list(finding.words)}
                opening_records.add(file.record, Act.CLEAR, "reviewer", {**about, "ground": "依法公开"})
            opening_records.add(
                file.record, Act.SIGN, "reviewer", {"reviewer": "审查人甲", "opinion": "可以公开"}
            )
            opening_records.add(file.record, Act.CONFIRM, "operator", {"opinion": ""})
    model.Session.commit()


def fill_rows(ours: bool, count: int) -> None:
    """Everything that a site has beside its index."""
    kinds = len(reading_city.kinds())
    doors = min(count, 2 * kinds)
    owners = make_departments(ours)
    by_doors(ours, 0, doors)
    rows = Rows(ours, owners)
    rows.check(range(kinds, doors))
    for first in range(doors, count, 5000):
        rows.copy(first, min(first + 5000, count))
    with rows.connection.cursor() as cursor:
        if ours:
            cursor.execute("TRUNCATE govshare_index_outbox")
        rows.connection.commit()
        rows.connection.driver_connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")


class Collector:
    """Takes documents where core expects a connection to Solr."""

    url = "collector"

    def __init__(self) -> None:
        self.docs: list[Row] = []

    def add(self, docs: list[Row], commit: bool = False) -> None:
        self.docs.extend(docs)


def collected(work: Callable[[], Any]) -> list[Row]:
    """The documents that core would send while it works."""
    from ckan.lib.search import index

    keep, collector = index.make_connection, Collector()
    index.make_connection = lambda *_args, **_more: collector
    try:
        work()
    finally:
        index.make_connection = keep
    return collector.docs


def documents(ours: bool, ids: list[str]) -> list[Row]:
    """Index documents of many entries."""
    from ckan.lib.search import index as core

    from ckanext.govshare.catalogue import dictized

    if ours:
        from ckanext.govshare.catalogue import index

        return index.documents(ids)

    def work() -> None:
        for default, custom in dictized.both_schemas(ids):
            core.PackageSearchIndex().index_package(
                dict(default, with_custom_schema=custom), defer_commit=True
            )

    return collected(work)


def fill_index(ours: bool, count: int, part: int, of: int) -> None:
    """Post the documents of a part of the entries; commits are left to the end."""
    import pysolr
    from ckan import model
    from ckan.lib.search import common

    solr: pysolr.Solr = common.make_connection()
    for place, first in enumerate(range(0, count, POSTED)):
        if place % of == part:
            solr.add(
                documents(ours, [ident(n) for n in range(first, min(first + POSTED, count))]), commit=False
            )
            model.Session.rollback()
            model.Session.remove()


def check_documents(ours: bool, count: int) -> None:
    """Assert that documents made in bulk are those that core makes of each entry, and that the index holds these."""
    import ckan.plugins.toolkit as tk
    from ckan import logic
    from ckan.lib.search import common
    from ckan.lib.search import index as core

    numbers = random.Random(7).sample(range(count), min(count, CHECKED))  # noqa: S311 - the same every time
    ids = [ident(number) for number in numbers]
    in_bulk = {doc["id"]: doc for doc in documents(ours, ids)}
    solr = common.make_connection()
    for number, key in zip(numbers, ids, strict=True):

        def one(key: str = key) -> None:
            default, custom = logic.package_show_default_and_custom_schemas(
                {"ignore_auth": True, "user": "", "use_cache": False, "validate": True}, {"id": key}
            )
            core.PackageSearchIndex().index_package(
                dict(default, with_custom_schema=custom), defer_commit=True
            )

        (alone,) = collected(one)
        assert alone == in_bulk[key], number
        (held,) = solr.search(f'id:"{key}"', fl="name title validated_data_dict").docs
        assert held["validated_data_dict"] == alone["validated_data_dict"], number
        shown = tk.get_action("package_show")({"user": ""}, {"id": held["name"]})
        assert shown["title"] == held["title"] == reading_city.entry(number)["title"], number
        taken = [file for file in shown["resources"] if file.get("url")]
        wanted = reading_city.entry(number)
        assert len(taken) == (len(wanted["resources"]) if not ours or wanted["open_type"] == "1" else 0), (
            number
        )


def finish(ours: bool, count: int) -> None:
    """Make it visible, count what the ledger counts, check a sample."""
    import ckan.plugins.toolkit as tk
    from ckan.lib.search import common

    solr = common.make_connection()
    solr.commit()
    solr.optimize(maxSegments=4)
    if ours:
        tk.get_action("govshare_publication_due")({"ignore_auth": True, "user": ""}, {})
    found = tk.get_action("package_search")({"user": ""}, {"rows": 0})["count"]
    assert found == count, (found, count)
    check_documents(ours, count)


def main(ini: str, side: str, what: str, *numbers: str) -> None:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        {"rows": fill_rows, "index": fill_index, "finish": finish}[what](side == OURS, *map(int, numbers))


if __name__ == "__main__":
    main(*sys.argv[1:])
