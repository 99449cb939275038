"""A file of rows against the catalogue: what is wrong, cell by cell, and what it would create, change or leave alone.

Nothing is written here. The same check runs before a file is shown and before it is applied (`sheet_apply`), so that
what is applied is what was checked. Facts are gathered for all entries at once: no query runs per row.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ckanext.govshare import roles
from ckanext.govshare.catalogue import facts, sheet_findings
from ckanext.govshare.catalogue.sheet_known import Inventory, Known, Pending
from ckanext.govshare.catalogue.sheet_reader import Reader, uscc_of
from ckanext.govshare.kernel import diff, grids, rules
from ckanext.govshare.kernel.forms import Form
from ckanext.govshare.kernel.grid_entries import Collector, Draft, SheetFinding
from ckanext.govshare.kernel.grid_form import Titles, tables
from ckanext.govshare.kernel.text import title_key

CREATE, UPDATE, UNCHANGED = "create", "update", "unchanged"
Tell = Callable[[int, int], None]


@dataclass
class Planned:
    """One entry of the file and what it would do.

    :param content: fields in the shape of a change's content; only those that the file has columns for
    :param known: the published entry that it means, if there is one
    :param pending: the open change that it goes on with, if there is one
    """

    draft: Draft
    content: dict[str, Any]
    known: Known | None = None
    pending: Pending | None = None
    verdict: str = CREATE

    @property
    def title(self) -> str:
        """Its title, as far as there is one."""
        return str(self.content.get("title") or (self.known.content.get("title") if self.known else "") or "")


@dataclass
class Checked:
    """What a file comes to."""

    rows: int = 0
    entries: list[Planned] = field(default_factory=list)
    findings: list[SheetFinding] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        """How many entries it would create, update or leave unchanged."""
        return sum(entry.verdict == verdict for entry in self.entries)

    @property
    def wrong(self) -> int:
        """Findings that no draft may have."""
        return sum(
            finding.severity is rules.Severity.REFUSE and not finding.missing for finding in self.findings
        )

    @property
    def missing(self) -> int:
        """Gaps, which a draft may have."""
        return sum(finding.severity is rules.Severity.REFUSE and finding.missing for finding in self.findings)

    @property
    def warnings(self) -> int:
        """Findings that stop nothing."""
        return sum(finding.severity is rules.Severity.WARN for finding in self.findings)

    def refused(self, complete: bool) -> bool:
        """Whether the file may not be applied.

        :param complete: whether it is to be handed in or published: then gaps refuse it as well
        """
        return bool(self.wrong or (complete and self.missing))


def check(data: bytes, form: Form, organization: roles.Organization, tell: Tell | None = None) -> Checked:
    """Check a file.

    :param data: the file
    :param organization: the department whose entries it holds
    :param tell: hears how many rows or entries of how many are done
    :returns: every finding in the order of the sheet, and the plan
    """
    gc.freeze()  # or each collection goes through all of CKAN's objects as well: a fifth of the time
    try:
        return _check(data, form, organization, tell)
    finally:
        gc.unfreeze()


def _check(data: bytes, form: Form, organization: roles.Organization, tell: Tell | None) -> Checked:
    checked = Checked()
    titles = Titles.of(form)
    collector = Collector(form, titles)
    try:
        found = False
        for header, rows in tables(_told(grids.read(data), tell), titles):
            found = True
            checked.findings += sheet_findings.of_header(header, titles, form, uscc_of(organization))
            collector.table(header, rows)
    except grids.UnreadableError as refused:
        checked.findings = [sheet_findings.unreadable(refused)]
        return checked
    if not found:
        checked.findings = [sheet_findings.no_header(form)]
        return checked
    checked.rows = collector.rows
    checked.findings += collector.findings
    reader = Reader(form, titles, organization, checked.findings)
    checked.entries = [Planned(draft, reader.content(draft)) for draft in collector.drafts]
    _match(checked, form, organization)
    _apply_rules(checked, form, titles, organization, tell)
    if not checked.entries:
        checked.findings.append(sheet_findings.no_rows(form))
    checked.findings.sort(key=lambda finding: (finding.place.sheet, finding.place.row, finding.place.column))
    return checked


def _told(rows: Iterator[grids.Row], tell: Tell | None) -> Iterator[grids.Row]:
    for number, row in enumerate(rows, 1):
        if tell is not None and not number % 100:
            tell(number, 0)
        yield row


def _match(checked: Checked, form: Form, organization: roles.Organization) -> None:
    """Tie every entry of the file to what is published or about to be, and see whether anything differs."""
    field_name = form.code.field
    codes = {str(entry.content.get(field_name) or "") for entry in checked.entries} - {""}
    inventory = Inventory(form, organization.id, codes)
    taken: dict[str, Planned] = {}
    for entry in checked.entries:
        code, title = str(entry.content.get(field_name) or ""), str(entry.content.get("title") or "")
        if code and inventory.foreign(code):
            checked.findings.append(sheet_findings.foreign_code(entry.draft.place(field_name), code, form))
            entry.draft.broken.add(field_name)
            continue
        entry.known = inventory.entry(code, title)
        entry.pending = (
            inventory.changes.get(entry.known.id)
            if entry.known is not None
            else inventory.new_changes.get(title_key(title))
        )
        if entry.known is not None:
            entry.content[field_name] = entry.known.code  # a former code means the present one
        elif not code:
            entry.content.pop(field_name, None)
        key = entry.known.id if entry.known is not None else title_key(title)
        if key and key in taken and field_name not in entry.draft.broken:
            place = entry.draft.place("title")
            checked.findings.append(sheet_findings.twice(place, title, taken[key].draft.row.row))
            entry.draft.broken.add("title")
        taken.setdefault(key, entry)
        entry.verdict = _verdict(entry)
        if entry.verdict != UNCHANGED and entry.pending is not None and not entry.pending.writable:
            checked.findings.append(sheet_findings.under_review(entry.draft.place("title"), title))


def _verdict(entry: Planned) -> str:
    base = entry.pending.data if entry.pending is not None else entry.known.content if entry.known else None
    if base is None:
        return CREATE
    if entry.draft.broken or any(item.broken for item in entry.draft.items):
        return UPDATE
    return UPDATE if diff.changed(base, entry.content, entry.content) else UNCHANGED


def _apply_rules(
    checked: Checked, form: Form, titles: Titles, organization: roles.Organization, tell: Tell | None
) -> None:
    """Every rule over every entry, with the facts of all of them gathered at once."""
    total = len(checked.entries)
    whole = [_as_rules_see(entry, form, organization) for entry in checked.entries]
    named = [  # one finding is enough for an entry that stands twice in the file
        {**content, "title": ""} if "title" in entry.draft.broken else content
        for entry, content in zip(checked.entries, whole, strict=True)
    ]
    known = facts.gather(
        named, [entry.known.id if entry.known else None for entry in checked.entries], office_consents=True
    )
    own = frozenset(str(entry.get(form.code.field) or "") for entry in whole) - {""}
    related = own.union(*(fact.known_codes or () for fact in known[:1]))  # the same of every entry
    said: set[tuple[str, str]] = set()
    for number, (entry, content, fact) in enumerate(zip(checked.entries, whole, known, strict=True), 1):
        fact = replace(fact, known_codes=related)
        profile = content["profile"]
        found = rules.check(form.type, content, profile, facts=fact)
        for finding in sheet_findings.of_rules(found, entry.draft, content, form, titles.columns, fact):
            if finding.field == "owner_org" and (finding.slug, finding.field) in said:
                continue  # about the department, not about the entry: said once
            said.add((finding.slug, finding.field))
            checked.findings.append(finding)
        if tell is not None and not number % 50:
            tell(number, total)


def _as_rules_see(entry: Planned, form: Form, organization: roles.Organization) -> dict[str, Any]:
    base = entry.pending.data if entry.pending is not None else entry.known.content if entry.known else {}
    return {
        "resources": entry.known.resources if entry.known else [],
        **base,
        **entry.content,
        "type": form.type,
        "owner_org": organization.id,
        "profile": entry.known.profile if entry.known else rules.NATIONAL,
    }
