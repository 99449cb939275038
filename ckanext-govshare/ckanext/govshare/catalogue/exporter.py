"""The catalogue as a file: whatever selection the caller may see, as the Excel form, CSV or JSON.

Entries come from the index page by page, with the rights of the caller, and go into the file one by one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare.catalogue import codelists, rights, workbook
from ckanext.govshare.kernel import clock, grids
from ckanext.govshare.kernel.forms import Form
from ckanext.govshare.kernel.grid_form import columns, version
from ckanext.govshare.kernel.grid_values import cell_of

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
PAGE = 200
# Of people, for colleagues: not in the file of a reader from outside.
INSIDE_ONLY = ("contact_name", "contact_phone")
RESOURCE_FIELDS = (
    "id",
    "name",
    "description",
    "audience",
    "format",
    "url",
    "hash",
    "size",
    "rows",
    "columns",
)


def book(form: Form) -> workbook.Book:
    """What workbooks of a form are made from on this site today."""
    register = model.Package.get_license_register()
    titles = {key: str(licence.title) for key, licence in register.items()}
    return workbook.Book(form, codelists.lists(), titles, clock.today().isoformat())


class Selection:
    """Entries that a reader may see, by a query.

    :param user: name of the reader; None for a visitor
    :param query: ``q``, ``fq``, ``organization`` (id or name), ``ids`` (ids, names or codes), all optional
    """

    def __init__(self, form: Form, user: str | None, query: Mapping[str, Any]):
        self.form, self.user = form, user
        self.reader = rights.Reader.of(user)
        self.q = str(query.get("q") or "*:*")
        self.fq = [f"+dataset_type:{form.type}"]
        if query.get("fq"):
            self.fq.append(str(query["fq"]))
        if query.get("organization"):
            group = model.Group.get(str(query["organization"]))
            if group is None or not group.is_organization:
                raise tk.ObjectNotFound(tk._("Organization was not found."))
            self.fq.append(f'+owner_org:"{group.id}"')
        self.ids = list(map(str, query.get("ids") or []))
        self._providers: dict[str, tuple[workbook.Provider, str]] = {}

    def packages(self) -> Iterator[dict[str, Any]]:
        """The entries in the order of their names, which are their first codes."""
        for chosen in self._chosen():
            last = ""
            while True:
                more = [*self.fq, *chosen, *([f'+name:{{"{last}" TO *]'] if last else [])]
                found = tk.get_action("package_search")(
                    {
                        "user": self.user or "",
                        "auth_user_obj": model.User.get(self.user) if self.user else None,
                    },
                    {"q": self.q, "fq_list": more, "rows": PAGE, "sort": "name asc", "include_private": True},
                )["results"]
                yield from found
                if len(found) < PAGE:
                    break
                last = found[-1]["name"]

    def _chosen(self) -> Iterator[list[str]]:
        if not self.ids:
            yield []
        for start in range(0, len(self.ids), 100):
            wanted = " OR ".join(
                '"{}"'.format(value.replace("\\", "").replace('"', "").replace("/", "-"))
                for value in self.ids[start : start + 100]
            )
            yield [f"+(id:({wanted}) OR name:({wanted}))"]

    def provider(self, organization_id: str) -> tuple[workbook.Provider, str]:
        """Title, code and region of a provider; asked for once."""
        if organization_id not in self._providers:
            group = model.Group.get(organization_id)
            extras = group.extras if group is not None else {}
            known = workbook.Provider(group.title if group is not None else "", extras.get("uscc") or "")
            self._providers[organization_id] = (known, extras.get("region") or "")
        return self._providers[organization_id]

    def content(self, package: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of an entry that this reader may have."""
        content = {item.name: package.get(item.name) for item in self.form.fields if item.name != "owner_org"}
        if "tag_string" in self.form:
            content["tag_string"] = ",".join(sorted(tag["name"] for tag in package.get("tags") or []))
        if not self._inside(package):
            for name in INSIDE_ONLY:
                content.pop(name, None)
        return {name: value for name, value in content.items() if value not in (None, "", [])}

    def _inside(self, package: Mapping[str, Any]) -> bool:
        region = self.provider(str(package.get("owner_org")))[1]
        return (
            self.reader.operator
            or package.get("owner_org") in self.reader.organizations
            or region in self.reader.regions
            or region in self.reader.office_regions
        )

    def entries(self) -> Iterator[tuple[dict[str, Any], workbook.Provider]]:
        """Content and provider of every entry."""
        for package in self.packages():
            yield self.content(package), self.provider(str(package.get("owner_org")))[0]


def write(target: IO[bytes], selection: Selection, kind: str) -> None:
    """Write a selection.

    :param target: takes the bytes
    :param kind: ``xlsx``, ``csv`` or ``json``
    """
    made = book(selection.form)
    if kind == "xlsx":
        workbook.write(target, made, selection.entries())
        return
    for part in _csv(made, selection) if kind == "csv" else _json(selection):
        target.write(part.encode())


def _csv(made: workbook.Book, selection: Selection) -> Iterator[str]:
    """Lines of a csv with byte order mark; no text in it is taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([column.heading for column in columns(made.form)])
    yield "\ufeff"
    for content, provider in selection.entries():
        for row in made.rows(content, provider):
            writer.writerow([grids.neutral(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _json(selection: Selection) -> Iterator[str]:
    """One object: type, version, entries with codes and labels; files as references that this reader may take."""
    form, codes = selection.form, codelists.lists()
    head = {"type": form.type, "version": version(form, clock.today().isoformat())}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": ['
    for number, package in enumerate(selection.packages()):
        provider, _region = selection.provider(str(package.get("owner_org")))
        content = selection.content(package)
        labels = {
            item.name: cell_of(item, content[item.name], codes)
            for item in form.fields
            if item.kind == "choice" and item.name in content
        }
        entry = {
            **content,
            "provider": {"title": provider.title, "uscc": provider.uscc},
            "labels": labels,
            "resources": [
                {key: resource[key] for key in RESOURCE_FIELDS if resource.get(key) not in (None, "")}
                for resource in package.get("resources") or []
            ],
        }
        yield (",\n" if number else "\n") + json.dumps(entry, ensure_ascii=False)
    yield "\n]}\n"


def filename(form: Form, kind: str, provider: str = "") -> str:
    """Name of an exported file: what it holds, of whom, of which day."""
    whose = f"-{provider}" if provider else ""
    return f"{form.zh}目录{whose}-{clock.today():%Y%m%d}.{kind}"
