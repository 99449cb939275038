"""The cells of an entry as the values of its fields; of a cell that cannot be read one thing is said."""

from __future__ import annotations

from typing import Any

from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import codelists, sheet_findings
from ckanext.govshare.kernel.forms import Form
from ckanext.govshare.kernel.grid_entries import Draft, Item, SheetFinding
from ckanext.govshare.kernel.grid_form import PROVIDER_CODE, Column, Header, Titles
from ckanext.govshare.kernel.grid_values import WrongError, loose, value_of
from ckanext.govshare.kernel.text import blank


def uscc_of(organization: roles.Organization) -> str:
    """Unified social credit code of a department, empty if it has none."""
    group = model.Group.get(organization.id)
    return (group.extras.get("uscc") or "") if group is not None else ""


def licences() -> dict[str, str]:
    """Ids of the licences by their titles and by themselves, loosely written."""
    register = model.Package.get_license_register()
    return {loose(way): key for key, licence in register.items() for way in (key, str(licence.title))}


class Reader:
    """Reads cells; remembers what each text of a column meant, because columns repeat themselves."""

    def __init__(
        self, form: Form, titles: Titles, organization: roles.Organization, findings: list[SheetFinding]
    ):
        self.form, self.titles, self.findings = form, titles, findings
        self.codes, self.licences = codelists.lists(), licences()
        self.names = {loose(name) for name in (organization.title, organization.name, organization.id)}
        self.names |= {loose(name) for name in roles.short_names(organization.id)}
        self.organization, self.uscc = organization, uscc_of(organization)
        self._meant: dict[tuple[str, str, str], Any] = {}
        self._of_header: dict[int, tuple[list[Column], bool]] = {}

    def content(self, draft: Draft) -> dict[str, Any]:
        """Content of an entry; what cannot be read becomes a finding, and its key is broken."""
        entry_columns, has_items = self._columns(draft.header)
        self._provider(draft)
        content: dict[str, Any] = {}
        for column in entry_columns:
            parent = str(content.get(column.field.cascade_of) or "")
            content[column.key] = self._read(column, draft.texts.get(column.key, ""), parent, draft)
        if has_items:
            items = [self._item(item) for item in draft.items]
            kept = [(item, row) for item, row in zip(draft.items, items, strict=True) if row or item.broken]
            draft.items = [item for item, _row in kept]
            content[self.form.items_name] = [row for _item, row in kept]
        return content

    def _columns(self, header: Header) -> tuple[list[Column], bool]:
        """The columns of the entry that a sheet has, in the form's order, and whether it has any of the items."""
        if id(header) not in self._of_header:
            present = set(header.columns.values())
            found = [self.titles.columns[key] for key in self.titles.columns if key in present]
            own = [
                column
                for column in found
                if not column.item and column.field is not None and column.key != "owner_org"
            ]
            self._of_header[id(header)] = (own, any(column.item for column in found))
        return self._of_header[id(header)]

    def _item(self, item: Item) -> dict[str, str]:
        row: dict[str, str] = {}
        for name, text in item.texts.items():
            if name not in item.broken:
                value = self._read(self.titles.columns[f".{name}"], text, "", item)
                if value:
                    row[name] = value
        return row

    def _read(self, column: Column, text: str, parent: str, holder: Draft | Item) -> Any:
        name = column.key.removeprefix(".")
        empty: Any = [] if column.field is not None and column.field.kind == "list" else ""
        if name in holder.broken or not text:
            return empty
        key = (column.key, text, parent)
        if key not in self._meant:
            try:
                self._meant[key] = value_of(column.field, text, self.codes, parent, self.licences)
            except WrongError as wrong:
                self._meant[key] = wrong
        meant = self._meant[key]
        if not isinstance(meant, WrongError):
            return list(meant) if isinstance(meant, list) else meant
        holder.broken.add(name)
        place = holder.places.get(name) or holder.row
        self.findings.append(sheet_findings.wrong_value(meant, column, place, text))
        return empty

    def _provider(self, draft: Draft) -> None:
        """The provider is the department that the file is handed in for: others have files of their own."""
        named, code = draft.texts.get("owner_org", ""), draft.texts.get(PROVIDER_CODE, "")
        if named and not blank(named) and loose(named) not in self.names:
            draft.broken.add("owner_org")
            self.findings.append(
                sheet_findings.other_provider(draft.place("owner_org"), named, self.organization)
            )
        elif code and not blank(code) and self.uscc and loose(code) != loose(self.uscc):
            self.findings.append(sheet_findings.other_code(draft.place(PROVIDER_CODE), code, self.uscc))
