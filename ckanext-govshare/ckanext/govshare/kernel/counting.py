"""Counting rule version 1 (统计口径第1版): which open data sets and applications count towards a target.

Pure functions over frozen facts. A candidate is *counted*, or *not counted because <slug>*: every rule that
it breaks is kept (`Judgement.slugs`), the first by the fixed order of the tables below is the primary reason.
The count is the stock at 24:00 of a day in Beijing time, cumulative; "以上" includes the number itself.

The rule is versioned: a change of meaning is a new version beside this one, never an edit of it, because rows
of past due dates stay as they were counted. Its words for people are in `schemas/counting_rule_1.yaml`.

Known limits of version 1: duplicates are found by equal files or equal titles of one provider; fragments (one
data set split by time or area), forced conversions and mostly blank tables are not detected.
Source: standards.md §7 "Targets", "Applications"; §4.2 (有效数据集).
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from urllib.parse import urlsplit

RULE_VERSION = 1
PROOF_DAYS = 90
LEAST_OVERDUE_DAYS = 30
_TABLES = ("CSV", "DBF", "ET", "ODS", "PARQUET", "TSV", "XLS", "XLSX")
_TEXTS = ("JSON", "JSON-LD", "JSONL", "N3", "NT", "RDF", "TTL", "XML")
_MAPS = ("GEOJSON", "GML", "GPKG", "KML", "SHP", "WFS", "WMS")
MACHINE_READABLE = frozenset((*_TABLES, *_TEXTS, *_MAPS, "API"))
# Code of 更新周期 → (days, months); 8 (其他/不定期) promises nothing and so is never late.
CYCLES = {"1": (1, 0), "2": (1, 0), "3": (7, 0), "4": (0, 1), "5": (0, 3), "6": (0, 6), "7": (0, 12)}


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
    def filled(self) -> bool:
        return self.rows != 0 and self.size != 0


@dataclass(frozen=True)
class DatasetFacts:
    """What rule 1 asks of one entry. Codes are those of the catalogue (`open_type` "1"|"2"|"3", …)."""

    id: str
    title: str = ""
    organization: str = ""
    government: bool = True
    profile: str = "national"
    catalogue_state: str = "published"
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
        return not self.private and self.catalogue_state == "published" and self.open_type in ("1", "2")


@dataclass(frozen=True)
class ApplicationFacts:
    """What rule 1 asks of one data application; `open_datasets` = number of linked open published entries."""

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


@dataclass(frozen=True)
class Judgement:
    """The verdict on one candidate: `primary` is `slugs[0]`, None when counted; `warnings` alter no count."""

    counted: bool
    primary: str | None = None
    slugs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tally:
    """Sums of judgements: `counted + sum(not_counted.values()) == candidates`, always."""

    counted: int
    candidates: int
    not_counted: dict[str, int]


def _add_cycles(start: date, code: str, times: int) -> date | None:
    if code not in CYCLES:
        return None
    days, months = CYCLES[code]
    month = start.month - 1 + months * times
    year, month = start.year + month // 12, month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return start.replace(year=year, month=month, day=min(start.day, last)) + timedelta(days=days * times)


def overdue(facts: DatasetFacts, day: date) -> str | None:
    """Tell how late the data of an entry are on a day.

    :param facts: the entry; its data date is `data_updated`, else the publication date
    :param day: the day in Beijing time
    :returns: None in time or unknown · "overdue" after a cycle · "overdue_long" after max(2 cycles, 30 days)
    """
    start = facts.data_updated or facts.published
    if start is None or start > day:
        return None
    once, twice = _add_cycles(start, facts.update_cycle, 1), _add_cycles(start, facts.update_cycle, 2)
    if once is None or twice is None or day <= once:
        return None
    return "overdue_long" if day > max(twice, start + timedelta(days=LEAST_OVERDUE_DAYS)) else "overdue"


def _not_published(facts: DatasetFacts, day: date) -> bool:
    if facts.catalogue_state in ("suspended", "withdrawn"):
        return False
    early = facts.published is not None and facts.published > day
    return facts.private or facts.catalogue_state != "published" or early


def _condition_missing(facts: DatasetFacts, day: date) -> bool:
    return facts.open_type == "2" and not (facts.open_condition.strip() and facts.apply_channel)


def _linked_only(facts: DatasetFacts, day: date) -> bool:
    return facts.profile == "federated" and bool(facts.files) and all(f.linked for f in facts.files)


def _no_items(facts: DatasetFacts, day: date) -> bool:
    """Items are owed by tables (format classes 2 and 3 of the national guide) that are described here."""
    return facts.profile == "national" and facts.format_class in ("2", "3") and not facts.has_items


def _file_rule(*needs: str) -> Callable[[DatasetFacts, date], bool]:
    """The last need fails for every file that meets the needs before it, or for every file at all.

    Files of another publisher are looked at only where there are no others.
    """

    def broken(facts: DatasetFacts, day: date) -> bool:
        *before, need = needs
        files = [f for f in facts.files if f.own] or facts.files
        good = [f for f in files if all(getattr(f, name) for name in before)]
        return bool(files) and not any(getattr(f, need) for f in good or files)

    return broken


def _not_reviewed(facts: DatasetFacts, day: date) -> bool:
    """What another publisher opened was not reviewed here, and is `linked_only` where it is all there is."""
    return any(f.own for f in facts.files) and _file_rule("alive", "readable", "filled", "reviewed")(facts, day)


DATASET_RULES: tuple[tuple[str, Callable[[DatasetFacts, date], bool]], ...] = (
    ("not_published", _not_published),
    ("not_open", lambda f, day: f.open_type not in ("1", "2")),
    ("suspended", lambda f, day: f.catalogue_state == "suspended"),
    ("withdrawn", lambda f, day: f.catalogue_state == "withdrawn"),
    ("not_government", lambda f, day: not f.government),
    ("condition_missing", _condition_missing),
    ("no_open_file", lambda f, day: not f.files),
    ("linked_only", _linked_only),
    ("dead_link", _file_rule("alive")),
    ("not_machine_readable", _file_rule("alive", "readable")),
    ("empty_file", _file_rule("alive", "readable", "filled")),
    ("no_licence", lambda f, day: f.licence in ("", "notspecified")),
    ("no_items", _no_items),
    ("not_reviewed", _not_reviewed),
    ("overdue_long", lambda f, day: overdue(f, day) == "overdue_long"),
)
DATASET_SLUGS = (*(slug for slug, _ in DATASET_RULES), "duplicate")


def _no_proof(facts: ApplicationFacts, day: date) -> bool:
    if facts.form == "web":
        return not facts.url
    if facts.form == "report":
        return not (facts.doi or facts.file_digest)
    return not facts.app_id


def _proof_old(facts: ApplicationFacts, day: date) -> bool:
    if facts.form in ("web", "report"):
        return False
    return facts.proof_checked is None or (day - facts.proof_checked).days > PROOF_DAYS


APPLICATION_RULES: tuple[tuple[str, Callable[[ApplicationFacts, date], bool]], ...] = (
    ("not_approved", lambda f, day: not f.approved),
    ("own_use", lambda f, day: f.own_use),
    ("no_open_dataset", lambda f, day: f.open_datasets < 1),
    ("no_proof", _no_proof),
    ("dead_link", lambda f, day: f.form == "web" and f.link_state is LinkState.DEAD),
    ("proof_old", _proof_old),
)
APPLICATION_SLUGS = (*(slug for slug, _ in APPLICATION_RULES), "duplicate")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _dataset_keys(facts: DatasetFacts) -> set[str]:
    keys = {f"title:{facts.organization}:{_plain(facts.title)}"} if _plain(facts.title) else set()
    digests = sorted(f.digest for f in facts.files)
    return keys | ({"files:" + " ".join(digests)} if digests and all(digests) else set())


def _address_key(url: str) -> str:
    """One key for http and https, with and without www. and a closing slash; the path keeps its case."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:  # brackets or a port that no address has
        return f"web:{url.strip()}"
    tail = parts.path.rstrip("/") + f"?{parts.query}#{parts.fragment}"
    return f"web:{host}:{port or ''}{tail}" if host else ""


def application_identifier(facts: ApplicationFacts) -> str:
    """The key by which an application is unique: address, app id in its form, or DOI or file of a report.

    :returns: a normalised key, empty when the application names none
    """
    if facts.form == "web":
        return _address_key(facts.url)
    if facts.form == "report":
        doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", facts.doi.strip().casefold())
        return f"report:{doi or facts.file_digest}" if doi or facts.file_digest else ""
    return f"{facts.form}:{facts.app_id.strip().casefold()}" if facts.app_id.strip() else ""


def _judge(
    facts: Iterable,
    day: date,
    rules: tuple,
    keys: Callable[..., set[str]],
    warn: Callable[..., tuple[str, ...]],
) -> dict[str, Judgement]:
    """Judge each alone; then, countable and oldest first, who repeats a countable one is a duplicate."""
    found = {f.id: (f, [slug for slug, broken in rules if broken(f, day)]) for f in facts}
    seen: set[str] = set()
    judged: dict[str, Judgement] = {}
    for ident, (candidate, slugs) in sorted(
        found.items(), key=lambda pair: (bool(pair[1][1]), pair[1][0].published or date.max, pair[0])
    ):
        own = keys(candidate)
        if own & seen:
            slugs = [*slugs, "duplicate"]
        elif not slugs:
            seen |= own
        judged[ident] = Judgement(not slugs, slugs[0] if slugs else None, tuple(slugs), warn(candidate))
    return {ident: judged[ident] for ident in found}


def judge_datasets(facts: Iterable[DatasetFacts], day: date) -> dict[str, Judgement]:
    """Judge entries by rule version 1.

    :param facts: all entries that compete (duplicates are found among them)
    :param day: judged as of 24:00 of this day, Beijing time
    :returns: id → judgement, in the order of `facts`
    """

    def warn(candidate: DatasetFacts) -> tuple[str, ...]:
        dead = any(not f.alive for f in candidate.files)
        return (*(["overdue"] if overdue(candidate, day) else []), *(["some_dead_links"] if dead else []))

    return _judge(facts, day, DATASET_RULES, _dataset_keys, warn)


def judge_applications(facts: Iterable[ApplicationFacts], day: date) -> dict[str, Judgement]:
    """Judge data applications by rule version 1; parameters and answer as in `judge_datasets`."""

    def keys(candidate: ApplicationFacts) -> set[str]:
        return {application_identifier(candidate)} - {""}

    return _judge(facts, day, APPLICATION_RULES, keys, lambda candidate: ())


def tally(judgements: Iterable[Judgement]) -> Tally:
    """Add judgements up.

    :returns: the tally; the reasons are in the order of precedence
    """
    judged = list(judgements)
    primary = [j.primary for j in judged if j.primary]
    order = dict.fromkeys((*DATASET_SLUGS, *APPLICATION_SLUGS))
    not_counted = {slug: primary.count(slug) for slug in order if slug in primary}
    return Tally(sum(j.counted for j in judged), len(judged), not_counted)
