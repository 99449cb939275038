"""A checked file into the catalogue: one transaction, all or nothing.

A department's rows become changes that go through review; the office may publish at once, through core, with a
savepoint an entry (T18: a refusal of core empties the whole transaction, which is what is wanted here).
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import content as contents
from ckanext.govshare.catalogue import forms, importer, sheet_findings
from ckanext.govshare.catalogue.importer import Checked, Planned
from ckanext.govshare.kernel.forms import Form
from ckanext.govshare.kernel.grid_entries import SheetFinding

DRAFT, SUBMIT, PUBLISH = "draft", "submit", "publish"
MODES = (DRAFT, SUBMIT, PUBLISH)


class RefusedError(Exception):
    """An entry was refused while it was written; nothing of the file was.

    :param findings: what was refused, at its cells
    """

    def __init__(self, findings: list[SheetFinding]):
        super().__init__("refused")
        self.findings = findings


def write(
    checked: Checked,
    form: Form,
    organization: roles.Organization,
    actor: str,
    mode: str,
    tell: importer.Tell | None = None,
) -> list[str]:
    """Write what a file would create and change, inside the caller's transaction; unchanged entries are left alone.

    :param mode: ``draft``, ``submit`` or ``publish``
    :returns: ids of the changes, or of the entries when they are published at once
    :raises RefusedError: an entry was refused; the transaction is void
    """
    todo = [entry for entry in checked.entries if entry.verdict != importer.UNCHANGED]
    written = []
    for number, entry in enumerate(todo, 1):
        try:
            written.append(
                _publish(entry, form, organization, actor)
                if mode == PUBLISH
                else _propose(entry, form, organization, actor, mode)
            )
        except (tk.ValidationError, tk.NotAuthorized) as refused:
            model.Session.rollback()
            raise RefusedError(list(sheet_findings.of_core(refused, entry.draft, form))) from refused
        if tell is not None and not number % 10:
            tell(number, len(todo))
    return written


def _propose(entry: Planned, form: Form, organization: roles.Organization, actor: str, mode: str) -> str:
    data = {
        "package_type": form.type,
        "id": entry.known.id if entry.known is not None else None,
        "owner_org": organization.id,
        "data": entry.content,
        "actor": actor,
        "state": "submitted" if mode == SUBMIT else "draft",
        "change_id": entry.pending.id if entry.pending is not None else None,
    }
    context = {"ignore_auth": True, "user": actor, "defer_commit": True}
    return tk.get_action("govshare_change_propose")(context, data)["id"]


def _publish(entry: Planned, form: Form, organization: roles.Organization, actor: str) -> str:
    package = model.Package.get(entry.known.id) if entry.known is not None else None
    base = contents.of_package(package) if package is not None else {}
    whole = contents.to_package(form.type, {**base, **entry.content}, organization.id, package)
    context = {
        "user": actor,
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        "use_cache": False,
    }
    with model.Session.begin_nested():
        return tk.get_action("package_update" if package is not None else "package_create")(context, whole)


def form_of(package_type: Any) -> Form:
    """The form of a type of entry.

    :raises ValidationError: there is none
    """
    if package_type not in forms.types():
        raise tk.ValidationError({"package_type": [tk._("There is no form of this name")]})
    return forms.form(package_type)
