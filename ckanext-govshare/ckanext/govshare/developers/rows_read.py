"""Rows of a table of the DataStore, with ranges, parts of words and a cursor, which its own actions do not offer.

Names of tables and columns come from the table itself; what a client sends is bound as a value, never written into SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine
from sqlalchemy.exc import DataError, OperationalError

from ckanext.govshare import config
from ckanext.govshare.developers.rows_asked import Asked, Column, Filter, RefusedError

NUMBER = "_id"  # the row's own number in the DataStore, indexed
CANCELLED = "57014"  # SQLSTATE of a statement that took too long


@dataclass(frozen=True)
class Found:
    """Rows, in the order of the asked columns.

    :param total: of all rows that the filters let through; None where it was not asked for
    :param after: number of the last row, from which to read on; None where nothing follows
    """

    rows: Sequence[Sequence[Any]]
    total: int | None
    after: int | None


def titles(entry: dict[str, Any]) -> dict[str, str]:
    """Chinese names of the items of an entry by their technical names."""
    items = entry.get("info_items") or []
    return {item["name_en"]: item["name"] for item in items if item.get("name_en") and item.get("name")}


def columns_of(resource_id: str, titles: dict[str, str]) -> list[Column]:
    """The columns of a table, as the public may read them.

    :param titles: labels by technical name, for columns whose data dictionary has none
    :raises ObjectNotFound: the resource has no table
    :raises NotAuthorized: the public may not read it
    """
    query = {"resource_id": resource_id, "limit": 0, "include_total": False}
    fields = tk.get_action("datastore_search")({"user": ""}, query)["fields"]
    return [
        Column(
            field["id"],
            (field.get("info") or {}).get("label") or titles.get(field["id"], field["id"]),
            field["type"],
        )
        for field in fields
        if field["id"] != NUMBER
    ]


def read(resource_id: str, asked: Asked) -> Found:
    """Read what is asked for.

    :raises RefusedError: 400, the query takes too long, or a value does not fit its column
    """
    table = sa.table(sa.quoted_name(resource_id, quote=True))
    number = sa.column(NUMBER)
    conditions = [_condition(one) for one in asked.filters]
    order = [_named(column).desc() if falls else _named(column).asc() for column, falls in asked.sort]
    query = (
        sa.select(number, *(_named(column).label(f"c{place}") for place, column in enumerate(asked.columns)))
        .select_from(table)
        .where(*conditions)
        .order_by(*order, number)
        .limit(asked.rows + 1)
    )
    query = query.offset((asked.page - 1) * asked.rows) if asked.page else query.where(number > asked.after)
    count = sa.select(sa.func.count()).select_from(table).where(*conditions)
    seconds = config.get("developers.query_seconds")
    try:
        with get_read_engine().begin() as connection:
            connection.execute(sa.text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
            rows = connection.execute(query).all()
            total = connection.scalar(count) if asked.total else None
    except OperationalError as error:
        if getattr(error.orig, "pgcode", "") != CANCELLED:
            raise
        message = tk._(
            "This took longer than {seconds} seconds: narrow the filters, or leave the total out (total=false)"
        )
        raise RefusedError(400, message.format(seconds=seconds)) from None
    except DataError:
        raise RefusedError(400, tk._("A value does not fit its column")) from None
    more = len(rows) > asked.rows
    kept = rows[: asked.rows]
    return Found([row[1:] for row in kept], total, kept[-1][0] if more else None)


def _named(column: Column) -> Any:
    return sa.column(sa.quoted_name(column.id, quote=True))


def _condition(one: Filter) -> Any:
    column, text = _named(one.column), sa.cast(_named(one.column), sa.Text)
    if one.value is None:
        return sa.or_(column.is_(None), text == "")
    if one.operator == "contains":
        escaped = "".join(f"/{char}" if char in "/%_" else char for char in str(one.value))
        return text.ilike(f"%{escaped}%", escape="/")
    compared = text if one.column.kind == "text" else column
    return {"eq": compared == one.value, "ge": compared >= one.value, "le": compared <= one.value}[
        one.operator
    ]
