"""What a site holds, without what differs from one run to the next: ids, moments, who was at it for how long."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\"' ]*")
FOLDER = re.compile(r"(?<=/)[0-9a-f]{12}(?=/)")  # of one worker, in the work folder of its run
SOURCE = re.compile(r"127\.0\.0\.1:\d+")
# Numbers of rows, chains of hashes, work in progress.
PASSED_OVER = {
    "govshare_event": {"payload", "hash", "prev_hash"},
    "govshare_harvest_run": {"seconds", "lease_owner", "heartbeat", "progress"},
    "govshare_index_outbox": {"revision"},
    "govshare_ledger_head": {"stamp"},
    "govshare_point_message": {"sent", "sent_to"},
}
# What later jobs of the ledger of progress are told: one note or two of the same entry mean the same.
NOTES = {"govshare_ledger_touched"}


def tables() -> dict[str, list[str]]:
    """Every row of every table, as text in an order of its own."""
    from ckan import model

    inspector = sa.inspect(model.meta.engine)
    found = {}
    with model.meta.engine.connect() as connection:
        labels = _labels(connection)
        for table in inspector.get_table_names():
            if table.endswith("alembic_version") or table in NOTES:
                continue
            columns = _columns(inspector, table)
            rows = connection.execute(sa.text(f'SELECT {columns} FROM "{table}"')).mappings()
            found[table] = sorted(_line(dict(row), labels) for row in rows)
    return found


def _columns(inspector: Any, table: str) -> str:
    names = []
    for column in inspector.get_columns(table):
        name = column["name"]
        numbered = name == "id" and isinstance(column["type"], sa.BigInteger)
        if not numbered and name not in PASSED_OVER.get(table, ()):
            names.append(f'"{name}"')
    return ", ".join(names)


def _labels(connection: sa.Connection) -> dict[str, str]:
    """Names of what rows refer to: an entry by its record, a file by its entry and place, a run by its order."""
    labels = {}
    for package_id, name in connection.execute(
        sa.text("SELECT id, coalesce(extras ->> 'source_guid', name) FROM package")
    ):
        labels[package_id] = f"<entry {name}>"
    for resource_id, package_id, position in connection.execute(
        sa.text("SELECT id, package_id, position FROM resource")
    ):
        labels[resource_id] = f"<file {position} of {labels.get(package_id)}>"
    runs = sa.text(
        "SELECT r.id, p.name, row_number() OVER (PARTITION BY p.id ORDER BY r.created)"
        " FROM govshare_harvest_run r JOIN govshare_exchange_point p ON p.id = r.point_id"
    )
    for run_id, name, number in connection.execute(runs):
        labels[run_id] = f"<run {number} of {name}>"
    return labels


def _line(row: dict[str, Any], labels: dict[str, str]) -> str:
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, default=str)
    text = UUID.sub(lambda found: labels.get(found[0], "<id>"), text)
    return SOURCE.sub("<source>", MOMENT.sub("<moment>", FOLDER.sub("<folder>", text)))


def datastore() -> dict[str, int]:
    """Rows of every table of the DataStore, by the file that they are of."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    engine = sa.create_engine(tk.config["ckan.datastore.write_url"])
    try:
        with engine.connect() as connection, model.meta.engine.connect() as main:
            labels = _labels(main)
            names = [name for name in sa.inspect(connection).get_table_names() if UUID.fullmatch(name)]
            return {
                labels[name]: connection.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one()
                for name in names
                if name in labels
            }
    finally:
        engine.dispose()


def index() -> dict[str, str]:
    """Documents of the search index by the entry that they are of."""
    from ckan import model
    from ckan.lib.search import common

    with model.meta.engine.connect() as connection:
        labels = _labels(connection)
    found = common.make_connection().search("*:*", rows=100_000, fl="id,state,validated_data_dict")
    return {
        labels.get(document["id"], document["id"]): _line(
            {"state": document.get("state"), "dict": json.loads(document["validated_data_dict"])}, labels
        )
        for document in found.docs
    }


def site() -> dict[str, Any]:
    """Tables, DataStore and index."""
    return {**tables(), "DataStore": datastore(), "index": index()}


def differences(clean: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Where two sites differ: ``{table: {only_clean, only_other}}``."""
    found = {}
    for name in sorted({*clean, *other}):
        if clean.get(name) == other.get(name):
            continue
        one, two = (
            list(side.get(name) or ()) if isinstance(side.get(name), list) else list((side.get(name) or {}).items())
            for side in (clean, other)
        )
        found[name] = {
            "only_clean": [row for row in one if row not in two][:5],
            "only_other": [row for row in two if row not in one][:5],
            "rows": (len(one), len(two)),
        }
    return found


def ids_agree() -> None:
    """Every entry is in the index, and nothing else; no row of the outbox is left."""
    from ckan import model
    from ckan.lib.search import common

    with model.meta.engine.connect() as connection:
        stored = set(connection.scalars(sa.text("SELECT id FROM package WHERE state = 'active'")))
        left = connection.execute(sa.text("SELECT count(*) FROM govshare_index_outbox")).scalar_one()
    found = common.make_connection().search("*:*", rows=100_000, fl="id")
    assert {document["id"] for document in found.docs} == stored
    assert left == 0
