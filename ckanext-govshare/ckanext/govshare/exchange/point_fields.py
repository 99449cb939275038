"""The settings of each kind of point as fields of its form. What has no field stays in the box of other settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

TEXT, LONG, LINES, NUMBER, CHOICE = "text", "long", "lines", "number", "choice"


@dataclass(frozen=True)
class Field:
    """One setting.

    :param kind: ``text``, ``long`` (several lines of text), ``lines`` (a list, one a line), ``number`` or ``choice``
    :param choices: ``(value, label)`` of a choice
    """

    name: str
    label: str
    help: str = ""
    kind: str = TEXT
    choices: tuple[tuple[str, str], ...] = ()

    def shown(self, value: Any) -> str | None:
        """The value as the form shows it; None where the form cannot say it."""
        if value is None:
            return ""
        if self.kind == LINES:
            listed = value if isinstance(value, list) else [value]
            return "\n".join(listed) if all(isinstance(one, str) for one in listed) else None
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        if self.kind == CHOICE and str(value) not in dict(self.choices):
            return None
        return str(value)

    def taken(self, text: str) -> Any:
        """The value of what was typed; None where nothing was."""
        text = text.strip()
        if not text:
            return None
        if self.kind == LINES:
            listed = [line.strip() for line in text.splitlines() if line.strip()]
            return listed[0] if len(listed) == 1 else listed
        return int(text) if self.kind == NUMBER and text.isascii() and text.isdigit() and len(text) < 10 else text


def of(kind: str) -> tuple[Field, ...]:
    """The fields of a kind of point, in the reader's language."""
    _ = tk._
    account = Field(
        "account",
        _("Name of the credentials"),
        _("As the operators put them into the configuration; left blank for none"),
    )
    again = Field(
        "full_days",
        _("Read everything again after (days)"),
        _("In between only what changed is read; 7 by default"),
        NUMBER,
    )
    page = Field("page", _("Records of one request"), _("100 by default"), NUMBER)
    known = {
        "data_json": (account,),
        "dcat": (account,),
        "catalogue_api": (
            Field(
                "paging",
                _("Paging"),
                "",
                CHOICE,
                (("cursor", _("Each answer names the next page")), ("page", _("Pages are numbered"))),
            ),
            Field("page_size", _("Entries of one page"), _("1 to 1000; 200 by default"), NUMBER),
            again,
            account,
        ),
        "ckan": (
            Field("organization", _("Only the organization"), _("Its name in addresses there, e.g. traffic-bureau")),
            Field("fq", _("Filters"), _("In the language of its search, one a line, e.g. tags:traffic"), LINES),
            page,
            account,
        ),
        "drop_folder": (
            Field("workbook", _("File of the catalogue workbook"), _("Left blank for one of the usual names")),
            Field(
                "settle_seconds",
                _("Seconds without change"),
                _("A folder without manifest is taken when nothing in it changed for so long"),
                NUMBER,
            ),
        ),
        "database": (
            Field("view", _("Tables and views"), _("One a line, e.g. share.v_bus_stops, or a pattern: share.*"), LINES),
            Field("exclude", _("Except"), _("Patterns that are left out, one a line"), LINES),
            Field("key", _("Key columns"), _("One a line; left blank for the primary key"), LINES),
            Field(
                "watermark",
                _("Column of increments"),
                _("Grows with every change of a row, such as the time of change; left blank to read everything"),
            ),
            again,
            Field("title", _("Title of the entry"), _("For a single view; else its comment")),
            Field("notes", _("Summary of the entry"), _("For a single view; else its comment"), LONG),
            Field(
                "open_type",
                _("Open type"),
                "",
                CHOICE,
                (("1", _("Open to everyone")), ("2", _("Open on conditions")), ("3", _("Not open"))),
            ),
        ),
    }
    return known.get(kind, (account,))


def address(kind: str) -> str:
    """What the address of a kind looks like."""
    _ = tk._
    return {
        "database": _("Name of a front-end database in the configuration of the site, e.g. database:jiaotong"),
        "drop_folder": _("Name of a folder in the configuration of the site, e.g. folder:jiaotong"),
        "ckan": _("Address of the site, e.g. https://data.example.gov.cn"),
        "catalogue_api": _("Address of the interface, e.g. https://api.example.gov.cn/catalogue"),
    }.get(kind, _("Address of the file, e.g. https://data.example.gov.cn/data.json"))


def split(kind: str, settings: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Settings as the form shows them.

    :returns: texts of the fields by name, and the other settings
    """
    texts, others = {}, dict(settings)
    for field in of(kind):
        shown = field.shown(settings.get(field.name))
        if shown is not None:
            texts[field.name] = shown
            others.pop(field.name, None)
    return texts, others


def joined(kind: str, texts: Mapping[str, str], others: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of what was typed; a field wins over the box."""
    taken = {field.name: field.taken(texts.get(field.name, "")) for field in of(kind)}
    return {**others, **{name: value for name, value in taken.items() if value is not None}}
