"""Facts that a counting rule judges: plain, frozen, without a clock and without a database.

The ledger keeps them as JSON (`as_dict`, `from_dict`), so that any day can be judged again from what was known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any

_TABLES = ("CSV", "DBF", "ET", "ODS", "PARQUET", "TSV", "XLS", "XLSX")
_TEXTS = ("JSON", "JSON-LD", "JSONL", "N3", "NT", "RDF", "TTL", "XML")
_MAPS = ("GEOJSON", "GML", "GPKG", "KML", "SHP", "WFS", "WMS")
MACHINE_READABLE = frozenset((*_TABLES, *_TEXTS, *_MAPS, "API"))
MOST_BLANK = 60  # percent of the cells of a table
PUBLISHED = "published"


class LinkState(str, Enum):
    """What the link check knows; *unknown* (never tried, or an outage of the network) keeps counting."""

    OK = "ok"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class FileFacts:
    """One resource of audience *open*. `rows` and `size` (bytes) are None where nobody measured them.

    `interface`: programs can query it (its DataStore table, or a service); `parses`, `blank_percent` (of its cells)
    and `forced` (a document that was pressed into a table) are what the check of its content found; None: unknown.
    `opening` is what the opening gate says: "open" passed it, "waiting" did not yet, "publisher" is another site's.
    """

    format: str = ""
    linked: bool = False
    link_state: LinkState = LinkState.UNKNOWN
    rows: int | None = None
    size: int | None = None
    digest: str = ""
    opening: str = "open"
    interface: bool = False
    parses: bool | None = None
    blank_percent: int | None = None
    forced: bool = False

    @property
    def reviewed(self) -> bool:
        return self.opening == "open"

    @property
    def own(self) -> bool:
        return self.opening != "publisher"

    @property
    def alive(self) -> bool:
        return not (self.linked and self.link_state is LinkState.DEAD)

    @property
    def readable(self) -> bool:
        return self.format.strip().lstrip(".").upper() in MACHINE_READABLE

    @property
    def sound(self) -> bool:
        return self.parses is not False

    @property
    def filled(self) -> bool:
        return self.rows != 0 and self.size != 0

    @property
    def tabular(self) -> bool:
        return not self.forced

    @property
    def dense(self) -> bool:
        return self.blank_percent is None or self.blank_percent <= MOST_BLANK


@dataclass(frozen=True)
class DatasetFacts:
    """What the rules ask of one entry. Codes are those of the catalogue (`open_type` "1"|"2"|"3", …).

    `columns` are the names of its information items, in their order.
    """

    id: str
    title: str = ""
    organization: str = ""
    government: bool = True
    profile: str = "national"
    catalogue_state: str = PUBLISHED
    private: bool = False
    open_type: str = "1"
    open_condition: str = ""
    apply_channel: bool = False
    licence: str = ""
    format_class: str = ""
    has_items: bool = False
    columns: tuple[str, ...] = ()
    update_cycle: str = "8"
    published: date | None = None
    data_updated: date | None = None
    files: tuple[FileFacts, ...] = ()

    @property
    def public(self) -> bool:
        """May the public know that this candidate exists? (The published entries of open type 1 and 2.)"""
        return not self.private and self.catalogue_state == PUBLISHED and self.open_type in ("1", "2")

    @property
    def candidate(self) -> bool:
        """Whether it is judged at all; here, what should have been published is, too."""
        return True


@dataclass(frozen=True)
class ApplicationFacts:
    """What the rules ask of one data application; `open_datasets` = number of linked open published entries."""

    id: str
    title: str = ""
    form: str = "web"
    approved: bool = True
    own_use: bool = False
    url: str = ""
    app_id: str = ""
    doi: str = ""
    file_digest: str = ""
    link_state: LinkState = LinkState.UNKNOWN
    proof_checked: date | None = None
    open_datasets: int = 0
    published: date | None = None

    @property
    def public(self) -> bool:
        return self.approved

    @property
    def candidate(self) -> bool:
        return True


@dataclass(frozen=True)
class HookUpFacts:
    """What 挂接率 asks of one entry: is it to be delivered (`due`: share type 1 or 2), and can it be?

    `hooked_up`: it has at least one file, or an exchange point feeds it. Internal: never for the public.
    """

    id: str
    title: str = ""
    organization: str = ""
    state: str = PUBLISHED
    due: bool = True
    hooked_up: bool = False
    published: date | None = None

    @property
    def public(self) -> bool:
        return False

    @property
    def candidate(self) -> bool:
        return self.due and self.state == PUBLISHED


@dataclass(frozen=True)
class SystemFacts:
    """What 系统上云比例 asks of one information system. Internal: never for the public."""

    id: str
    title: str = ""
    organization: str = ""
    state: str = PUBLISHED
    cloud: bool = False
    published: date | None = None

    @property
    def public(self) -> bool:
        return False

    @property
    def candidate(self) -> bool:
        return self.state == PUBLISHED


Facts = DatasetFacts | ApplicationFacts | HookUpFacts | SystemFacts
KINDS: dict[str, type[Facts]] = {
    "open_datasets": DatasetFacts,
    "applications": ApplicationFacts,
    "hook_up": HookUpFacts,
    "cloud": SystemFacts,
}
_DAYS = frozenset({"published", "data_updated", "proof_checked"})


def as_dict(fact: Facts | FileFacts) -> dict[str, Any]:
    """A fact as JSON has it: days in ISO form, lists, and the words of states."""
    return {field.name: _plain(getattr(fact, field.name)) for field in fields(fact)}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, FileFacts):
        return as_dict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def from_dict(measure: str, values: Mapping[str, Any]) -> Facts:
    """The fact that `as_dict` answered; what is not in it is as the class has it, what is more is passed over.

    :param measure: whose candidate it is (`KINDS`)
    :raises ValueError: nothing of the kind is judged
    """
    if measure not in KINDS:
        raise ValueError(f"no facts of the measure {measure!r}")
    return _build(KINDS[measure], values)


def _build(kind: type[Any], values: Mapping[str, Any]) -> Any:
    given = {field.name: values[field.name] for field in fields(kind) if field.name in values}
    for name in _DAYS & given.keys():
        given[name] = given[name] and date.fromisoformat(given[name])
    if "link_state" in given:
        given["link_state"] = LinkState(given["link_state"])
    if "columns" in given:
        given["columns"] = tuple(given["columns"])
    if "files" in given:
        given["files"] = tuple(_build(FileFacts, file) for file in given["files"])
    return kind(**given)
