"""One view or table of a front-end database: its comment and columns described, its rows written into a file.

Rows are ordered, by the point's key, the primary key or all columns, because the same rows in another order
would be another file. Where a database keeps no comments, or may not be given any, a table
``govshare_comments(table_name, column_name, comment)`` stands in, where a row without column name is the
comment of the view.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mssql import TIMESTAMP as ROWVERSION
from sqlalchemy.exc import SAWarning

from ckanext.govshare.harvesters import rows_read
from ckanext.govshare.harvesters import views_remarks as remarks
from ckanext.govshare.harvesters.connection import limit
from ckanext.govshare.harvesters.database_settings import Wanted
from ckanext.govshare.harvesters.rows import Budget, Written
from ckanext.govshare.harvesters.rows_kept import Kept, NotKept
from ckanext.govshare.harvesters.rows_kept import name_of as file_name
from ckanext.govshare.harvesters.tables import Column, columns_of, name_of
from ckanext.govshare.harvesters.views_increments import Counted, Increments
from ckanext.govshare.harvesters.views_told import comments_of
from ckanext.govshare.kernel.findings import Finding
from ckanext.govshare.kernel.text import normal_title

LAYOUT = 1
"""Raised when the same rows would give other lines of the file."""
_FORMATS = {
    "mariadb": "mysql",
    "mssql": "sqlserver",
    "dm": "Dm",
}  # codes of the list format_type where a dialect has another name
_ORDERED = (sa.String, sa.Numeric, sa.Integer, sa.Boolean, sa.Date, sa.DateTime, sa.Time, sa.Uuid)
_GROWING = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime, sa.String, ROWVERSION)
"""Types of a watermark."""


class View:
    """One view during a fetch.

    :param inspector: of a connection that only reads
    :param wanted: its name, and what the point says of it
    """

    def __init__(self, inspector: sa.Inspector, connection: sa.Connection, wanted: Wanted):
        self.inspector = inspector
        self.connection = connection
        self.wanted = wanted
        self.schema, self.name = self._place()

    def _place(self) -> tuple[str | None, str]:
        """Schema and name; a name with a dot of its own wins over a schema."""
        schema, dot, name = self.wanted.name.partition(".")
        if dot and not self.inspector.has_table(self.wanted.name) and schema and name:
            return schema, name
        return None, self.wanted.name

    def read(
        self, workdir: Path, budget: Budget, keep: Path | None, fresh: bool, days: int
    ) -> dict[str, Any]:
        """Write the rows into a file and describe the view; where it is missing, say so in its findings.

        :param keep: folder of the point that outlives its runs
        :param fresh: read everything, whatever is kept
        :param days: after which a view with a watermark is read whole
        :returns: JSON values
        :raises FetchRefused: a budget
        """
        view = self.wanted.name
        if not self.inspector.has_table(self.name, schema=self.schema):
            return unusable(
                view,
                "view_missing",
                f"前置库中没有视图“{view}”，或账号无权读取，请核对。",
                f"The database has no view {view}, or hides it.",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # types that SQLAlchemy does not know are text to us
            comment, comments = comments_of(self.inspector, self.connection, self.schema, self.name)
            reflected = self.inspector.get_columns(self.name, schema=self.schema)
        columns, binary, silent = columns_of(reflected, comments)
        if not columns:
            return unusable(
                view,
                "view_empty",
                f"视图“{view}”没有可读取的字段。",
                f"The view {view} has no column that can be read.",
            )
        limit(self.connection, budget.seconds())
        self.kinds = {column["name"]: column["type"] for column in reflected}
        path = workdir / f"{file_name(view)}.csv"
        counted, written, found = self._bring(path, columns, budget, keep or workdir, fresh, days)
        title, notes = self._texts(comment, columns)
        dialect = self.connection.dialect
        product = getattr(dialect, "product", dialect.name)
        return {
            "view": view,
            "title": title,
            "notes": notes,
            "format_type": _FORMATS.get(product, product),
            "items": [column.item() for column in columns],
            "file": {
                "name": path.name,
                "sha256": written.sha256,
                "size": written.size,
                "rows": written.rows,
                "source_rows": counted.rows,
                "columns": len(columns),
            },
            "findings": [
                finding.as_dict() for finding in (*remarks.about(binary, silent, written.odd), *found)
            ],
        }

    def _bring(
        self, path: Path, columns: list[Column], budget: Budget, keep: Path, fresh: bool, days: int
    ) -> tuple[Counted, Written, list[Finding]]:
        """Rows into the file: only those that changed where a watermark allows it, else all of them."""
        header = [column.title for column in columns]
        found: list[Finding] = []
        key, watermark = self._key(), self.wanted.watermark
        if watermark:
            found = list(self._hindrances(columns, key))
        if watermark and not found:
            counted = self._count(watermark)
            increments = Increments(
                Kept(keep, self.wanted.name, self._description(columns, key), len(key)),
                watermark,
                [[column.name for column in columns].index(name) for name in key],
                partial(self._rows, columns),
                header,
                days,
            )
            try:
                return counted, *increments.bring(path, counted, fresh, budget)
            except NotKept as error:
                found = [remarks.not_kept(key, error.same_key)]
        counted = self._count()
        order = [sa.column(name) for name in key] or list(self._everything(columns))
        return counted, self._rows(columns, path, None, budget, order), found

    def _rows(
        self,
        columns: list[Column],
        path: Path,
        condition: sa.ColumnElement[bool] | None,
        budget: Budget,
        order: list[sa.ColumnElement[Any]] | None = None,
    ) -> Written:
        asked = rows_read.expressions(
            self.connection, {column.name: self.kinds[column.name] for column in columns}
        )
        query = sa.select(*asked).select_from(self._table())
        if condition is not None:
            query = query.where(condition)
        if order:
            query = query.order_by(*order)
        return rows_read.read(self.connection, query, [column.title for column in columns], path, budget)

    def _table(self) -> sa.TableClause:
        return sa.table(self.name, schema=self.schema)

    def _count(self, watermark: str = "") -> Counted:
        """Rows at the source, in the state from which they are read, and the highest watermark."""
        asked: list[Any] = [sa.func.count()]
        if watermark:
            asked += [sa.func.max(sa.column(watermark)), sa.func.count(sa.column(watermark))]
        found = self.connection.execute(sa.select(*asked).select_from(self._table())).one()
        return Counted(found[0], found[1], found[0] - found[2]) if watermark else Counted(found[0])

    def _key(self) -> list[str]:
        """Columns that name a row: the point's, else the primary key's; none where a view has neither."""
        wanted = [name for name in self.wanted.key if name in self.kinds]
        return (
            wanted or self.inspector.get_pk_constraint(self.name, schema=self.schema)["constrained_columns"]
        )

    def _hindrances(self, columns: list[Column], key: list[str]) -> Iterator[Finding]:
        """Why a watermark cannot be used."""
        watermark = self.wanted.watermark
        missing = sorted({*self.wanted.key} - self.kinds.keys())
        if watermark not in self.kinds:
            yield remarks.increments_off(f"没有字段“{watermark}”", f'there is no column "{watermark}"')
        elif not isinstance(self.kinds[watermark], _GROWING):
            yield remarks.increments_off(
                f"字段“{watermark}”不是数值、日期时间或文本", f'"{watermark}" is no number, date or text'
            )
        if missing:
            yield remarks.increments_off(f"没有字段“{missing[0]}”", f'there is no column "{missing[0]}"')
        elif not key:
            yield remarks.increments_off(
                "没有主键，请在节点设置中指定标识字段（key）", "there is no primary key: set a key"
            )
        elif {*key} - {column.name for column in columns}:
            yield remarks.increments_off("标识字段是二进制字段", "the key is a binary column")

    def _description(self, columns: list[Column], key: list[str]) -> str:
        """Of everything that a kept line depends on."""
        url = self.connection.engine.url
        place = [
            url.host,
            url.port,
            url.database,
            sorted((name, str(value)) for name, value in url.query.items()),
        ]
        kinds = [(column.name, repr(self.kinds[column.name])) for column in columns]
        marked = [self.wanted.watermark, repr(self.kinds[self.wanted.watermark])]
        told = [LAYOUT, place, self.connection.dialect.name, self.schema, self.name, kinds, key, marked]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _everything(self, columns: list[Column]) -> Iterator[sa.ColumnElement[Any]]:
        """Every column as something that can be ordered by."""
        as_text = self.connection.dialect.name == "postgresql"
        for column in columns:
            if isinstance(self.kinds[column.name], _ORDERED):
                yield sa.column(column.name)
            elif as_text:  # json, xml, points … have no order of their own
                yield sa.cast(sa.column(column.name), sa.Text)

    def _texts(self, comment: str, columns: list[Column]) -> tuple[str, str]:
        """Title and summary: the settings', else the comment's, else what can be said of the view."""
        name, description = name_of(comment) if comment.strip() else ("", "")
        title = self.wanted.title or name or self.name
        listed = "、".join(column.title for column in columns)
        summary = f"来自前置库视图{self.name}，包含{listed}"
        notes = self.wanted.notes or description
        notes = notes or (summary if len(summary) <= 250 else summary[:250] + "等") + "。"
        return normal_title(title), notes


def unusable(view: str, slug: str, zh: str, en: str) -> dict[str, Any]:
    """What is said of a view of which nothing can be made."""
    return {"view": view, "title": view, "findings": [remarks.unusable(slug, zh, en).as_dict()]}
