"""One view of a front-end database: its comment and columns described, its rows written into a file.

Rows are ordered, by the point's key, the primary key or all columns, because the same rows in another order
would be another file. SQLite keeps no comments: a table
``govshare_comments(table_name, column_name, comment)`` stands in, where a row without column name is the
comment of the view.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import MONEY
from sqlalchemy.exc import SAWarning

from ckanext.govshare.harvesters.rows import write_csv
from ckanext.govshare.harvesters.tables import Column, columns_of, name_of
from ckanext.govshare.kernel.findings import Finding, Severity
from ckanext.govshare.kernel.text import normal_title

_FORMATS = {
    "mariadb": "mysql",
    "mssql": "sqlserver",
    "kingbase": "KingbaseES",
    "dm": "Dm",
}  # codes of the list format_type where a dialect has another name
_ORDERED = (sa.String, sa.Numeric, sa.Integer, sa.Boolean, sa.Date, sa.DateTime, sa.Time, sa.Uuid)
_COMMENTS = sa.table(
    "govshare_comments", sa.column("table_name"), sa.column("column_name"), sa.column("comment")
)


class View:
    """One view during a fetch.

    :param connection: reading only
    :param view: ``schema.view`` or ``view``
    :param settings: of the point
    """

    def __init__(self, connection: sa.Connection, view: str, settings: Mapping[str, Any]):
        self.connection = connection
        self.view = view
        self.settings = settings
        self.inspector = sa.inspect(connection)
        self.schema, self.name = self._place()

    def _place(self) -> tuple[str | None, str]:
        """Schema and name; a name with a dot of its own wins over a schema."""
        schema, dot, name = self.view.partition(".")
        if dot and not self.inspector.has_table(self.view) and schema and name:
            return schema, name
        return None, self.view

    def read(self, workdir: Path, max_bytes: int, deadline: float) -> dict[str, Any]:
        """Write the rows into a file and describe the view; where it is missing, say so in its findings.

        :param max_bytes: of the file
        :param deadline: moment of the monotonic clock
        :returns: JSON values
        :raises FetchRefused: a budget
        """
        if not self.inspector.has_table(self.name, schema=self.schema):
            text = f"前置库中没有视图“{self.view}”，或账号无权读取，请核对。"
            return self._unusable("view_missing", text, f"The database has no view {self.view}, or hides it.")
        comment, comments = self._comments()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # types that SQLAlchemy does not know are text to us
            reflected = self.inspector.get_columns(self.name, schema=self.schema)
        columns, binary, silent = columns_of(reflected, comments)
        if not columns:
            text = f"视图“{self.view}”没有可读取的字段。"
            return self._unusable("view_empty", text, f"The view {self.view} has no column that can be read.")
        rows = self.connection.execute(
            self._select(columns, reflected), execution_options={"stream_results": True, "yield_per": 1000}
        )
        path = workdir / f"{hashlib.sha256(self.view.encode()).hexdigest()[:16]}.csv"
        written = write_csv(path, [column.title for column in columns], rows, max_bytes, deadline)
        title, notes = self._texts(comment, columns)
        return {
            "view": self.view,
            "title": title,
            "notes": notes,
            "format_type": _FORMATS.get(self.connection.dialect.name, self.connection.dialect.name),
            "items": [column.item() for column in columns],
            "file": {
                "name": path.name,
                "sha256": written.sha256,
                "size": written.size,
                "rows": written.rows,
                "columns": len(columns),
            },
            "findings": [found.as_dict() for found in _remarks(binary, silent, written.refused)],
        }

    def _select(self, columns: list[Column], reflected: list[Any]) -> sa.Select[Any]:
        """All readable columns, untyped, so that values come as the driver gives them, in a fixed order."""
        kinds = {column["name"]: column["type"] for column in reflected}
        key = self.settings.get("key")
        wanted = [name for name in ([key] if isinstance(key, str) else key or ()) if name in kinds]
        if not wanted:
            wanted = self.inspector.get_pk_constraint(self.name, schema=self.schema)["constrained_columns"]
        order = [sa.column(name) for name in wanted] or list(self._everything(columns, kinds))
        named = (_plain(sa.column(column.name), kinds[column.name]) for column in columns)
        return sa.select(*named).select_from(sa.table(self.name, schema=self.schema)).order_by(*order)

    def _everything(self, columns: list[Column], kinds: Mapping[str, Any]) -> Iterator[sa.ColumnElement[Any]]:
        """Every column as something that can be ordered by."""
        as_text = self.connection.dialect.name == "postgresql"
        for column in columns:
            if isinstance(kinds[column.name], _ORDERED):
                yield sa.column(column.name)
            elif as_text:  # json, xml, points … have no order of their own
                yield sa.cast(sa.column(column.name), sa.Text)

    def _comments(self) -> tuple[str, dict[str, str]]:
        """Comment of the view, and comments by column that the inspector does not know of."""
        try:
            own = self.inspector.get_table_comment(self.name, schema=self.schema)["text"] or ""
        except NotImplementedError:
            own = ""
        if not self.inspector.has_table("govshare_comments", schema=self.schema):
            return own, {}
        rows = self.connection.execute(
            sa.select(_COMMENTS.c.column_name, _COMMENTS.c.comment).where(
                _COMMENTS.c.table_name.in_([self.name, self.view])
            )
        ).all()
        told = {str(column or ""): str(comment or "") for column, comment in rows}
        return own or told.pop("", ""), told

    def _texts(self, comment: str, columns: list[Column]) -> tuple[str, str]:
        """Title and summary: the settings', else the comment's, else what can be said of the view."""
        alone = isinstance(self.settings.get("view"), str) or len(self.settings["view"]) == 1
        name, description = name_of(comment) if comment.strip() else ("", "")
        title = (self.settings.get("title") if alone else None) or name or self.name
        listed = "、".join(column.title for column in columns)
        summary = f"来自前置库视图{self.name}，包含{listed}"
        notes = (self.settings.get("notes") if alone else None) or description
        notes = notes or (summary if len(summary) <= 250 else summary[:250] + "等") + "。"
        return normal_title(str(title)), str(notes)

    def _unusable(self, slug: str, zh: str, en: str) -> dict[str, Any]:
        finding = Finding(slug, "source_guid", zh, en, Severity.REFUSE)
        return {"view": self.view, "title": self.view, "findings": [finding.as_dict()]}


def _plain(column: sa.ColumnClause[Any], kind: Any) -> sa.ColumnElement[Any]:
    """Money as a number; the server would write it in the words of its locale."""
    return sa.cast(column, sa.Numeric).label(column.name) if isinstance(kind, MONEY) else column


def _remarks(binary: list[str], silent: list[str], refused_cells: int) -> Iterator[Finding]:
    """Warnings for the department."""
    if binary:
        listed = "、".join(binary)
        yield Finding(
            "binary_column",
            "info_items",
            f"二进制字段未采集：{listed}。图片、附件请以文件方式挂接。",
            f"Binary columns were left out: {listed}. Attach images and documents as files.",
            Severity.WARN,
        )
    if silent:
        listed = "、".join(silent[:20])
        yield Finding(
            "comment_missing",
            "info_items",
            f"字段没有注释，暂以字段名作为信息项名称：{listed}；请在数据库中补充中文注释。",
            f"Columns without a comment go by their names: {listed}. Add comments in the database.",
            Severity.WARN,
        )
    if refused_cells:
        yield Finding(
            "binary_cell",
            "info_items",
            f"有{refused_cells}个单元格是二进制内容，已留空。",
            f"{refused_cells} cells held binary content and were left empty.",
            Severity.WARN,
        )
