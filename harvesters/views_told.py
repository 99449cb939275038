"""What a database tells of its views: their names, and the comments that it keeps or that a table stands in for."""

from __future__ import annotations

import fnmatch

import sqlalchemy as sa

STAND_IN = "govshare_comments"
_SYSTEM = ("information_schema", "pg_catalog", "mysql", "performance_schema", "sys")
_MYSQL_COLUMNS = sa.text(
    "SELECT column_name, column_comment FROM information_schema.columns"
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name AND column_comment <> ''"
)


def comments_of(
    inspector: sa.Inspector, connection: sa.Connection, schema: str | None, name: str
) -> tuple[str, dict[str, str]]:
    """What is said of a view.

    :returns: its comment, and comments by column that SQLAlchemy's inspector does not know of
    """
    try:
        own = inspector.get_table_comment(name, schema=schema)["text"] or ""
    except NotImplementedError:
        own = ""
    told: dict[str, str] = {}
    if connection.dialect.name in ("mysql", "mariadb"):
        own = "" if own == "VIEW" else own  # what MySQL says of every view
        found = connection.execute(_MYSQL_COLUMNS, {"schema": schema, "name": name}).all()
        told = {str(column): str(comment) for column, comment in found}
    if inspector.has_table(STAND_IN, schema=schema):
        columns = (sa.column("table_name"), sa.column("column_name"), sa.column("comment"))
        table = sa.table(STAND_IN, *columns, schema=schema)
        query = sa.select(*columns[1:]).select_from(table).where(columns[0].in_([name, f"{schema}.{name}"]))
        told |= {str(column or ""): str(comment or "") for column, comment in connection.execute(query)}
    return own or told.pop("", ""), told


def names_of(inspector: sa.Inspector, patterns: list[str]) -> list[str]:
    """Names of the views and tables among which patterns choose: ``view`` in the default schema, ``schema.view``.

    :param patterns: only the schemas that they name are looked into
    """
    found: list[str] = []
    if any("." not in pattern for pattern in patterns):
        found += _listed(inspector, None)
    asked = {pattern.partition(".")[0] for pattern in patterns if "." in pattern}
    if asked:
        for schema in inspector.get_schema_names():
            if schema.lower() not in _SYSTEM and any(fnmatch.fnmatchcase(schema, one) for one in asked):
                found += (f"{schema}.{name}" for name in _listed(inspector, schema))
    return [name for name in found if name.rpartition(".")[2] != STAND_IN]


def _listed(inspector: sa.Inspector, schema: str | None) -> set[str]:
    names = {*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)}
    try:
        return names | {*inspector.get_materialized_view_names(schema=schema)}
    except NotImplementedError:
        return names
