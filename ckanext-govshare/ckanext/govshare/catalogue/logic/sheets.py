"""Excel in and out: the template of a department, files handed in, exports; pages and command line use these too."""

from __future__ import annotations

import base64
import binascii
import io
import tempfile
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context
from werkzeug.datastructures import FileStorage

from ckanext.govshare import roles
from ckanext.govshare.catalogue import (
    exporter,
    files,
    imports,
    sheet_apply,
    sheet_example,
    sheet_jobs,
    sheet_marks,
    sheet_views,
    workbook,
)
from ckanext.govshare.catalogue.imports import Import, ImportState
from ckanext.govshare.catalogue.sheet_known import Inventory
from ckanext.govshare.catalogue.sheet_reader import uscc_of
from ckanext.govshare.kernel.grid_base import Limits
from ckanext.govshare.kernel.grid_form import version

__all__ = [
    "govshare_catalogue_export",
    "govshare_catalogue_import",
    "govshare_catalogue_import_file",
    "govshare_catalogue_import_list",
    "govshare_catalogue_import_show",
    "govshare_catalogue_template",
]

INLINE = 8 * 1024 * 1024  # bytes of an export that travel in the answer; more are fetched from its address


def _organization(name: Any) -> roles.Organization:
    found = roles.organization(name if isinstance(name, str) else None)
    if found is None:
        raise tk.ValidationError(
            {"organization": [tk._("Choose the provider: an organization of this site")]}
        )
    return found


@tk.side_effect_free
def govshare_catalogue_template(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The Excel form of a department: its name and code stamped in, drop-downs, an example, explanations.

    :param organization: id or name of the department
    :param package_type: ``dataset`` (default) or another type with a form
    :param prefill: true: what the department has published stands in it already
    :returns: ``{filename, content_base64, version}``
    """
    organization = _organization(tk.get_or_bust(data_dict, "organization"))
    tk.check_access("govshare_catalogue_template", context, {"organization": organization.id})
    form = sheet_apply.form_of(data_dict.get("package_type") or "dataset")
    provider = workbook.Provider(organization.title, uscc_of(organization))
    entries: list[dict[str, Any]] = []
    if tk.asbool(data_dict.get("prefill", False)):
        known = Inventory(form, organization.id, set()).entries.values()
        entries = [entry.content for entry in sorted(known, key=lambda entry: entry.code)]
    made, target = exporter.book(form), io.BytesIO()
    example = None if entries else sheet_example.example_of(made)
    workbook.write(target, made, ((entry, provider) for entry in entries), provider, example)
    return {
        "filename": f"{form.zh}目录填报模板-{organization.title}.xlsx",
        "content_base64": base64.b64encode(target.getvalue()).decode(),
        "version": version(form, made.day),
    }


def govshare_catalogue_import(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Check a file of entries, and apply it: xlsx, xls or csv in the columns of the template.

    A dry run writes nothing but the import itself. A file is applied as a whole or not at all.

    :param organization: id or name of the department whose entries it holds; of an import that is known already, none
    :param upload: the file (multipart); or ``content_base64`` with ``filename``; or ``import_id`` of a file that was
        handed in before: the checked bytes are applied
    :param package_type: ``dataset`` (default) or another type with a form
    :param dry_run: true (default): check only
    :param submit: true: hand the changes in for review at once; else they become drafts, which may have gaps
    :param publish: true: publish at once; for the office, operators, and departments that need no review
    :param wait: true: answer when it is done, however large it is; false: leave it to a worker; by default by its size
    :returns: ``{id, state, dry_run, rows, entries, create, update, unchanged, findings: [{sheet, row, column, title,
        value, slug, severity, message, message_zh, message_en, fix, missing}], findings_count, wrong, missing,
        warnings, refused, may: {draft, submit}, plan, changes: [ids], progress}``; of a file that a worker checks,
        ``state`` is ``queued``: ask ``govshare_catalogue_import_show``
    :raises ValidationError: no file, one that is too large, or no such form
    """
    row, organization = _handed_in(context, data_dict)
    submit, publish = (tk.asbool(data_dict.get(key, False)) for key in ("submit", "publish"))
    mode = sheet_apply.PUBLISH if publish else sheet_apply.SUBMIT if submit else sheet_apply.DRAFT
    tk.check_access(
        "govshare_catalogue_import", context, {"organization": organization.id, "publish": publish}
    )
    options = {
        "actor": context.get("user") or "",
        "mode": mode,
        "dry_run": tk.asbool(data_dict.get("dry_run", True)),
    }
    if row is None:
        row = _stored(context, data_dict, organization)
    import_id, size = row.id, row.size
    wait = data_dict.get("wait")
    at_once = tk.asbool(wait) if wait not in (None, "") else size <= sheet_jobs.AT_ONCE
    if row.applied is None:
        if not at_once:
            row.state = ImportState.QUEUED.value
        model.Session.commit()
        if at_once or not sheet_jobs.enqueue(import_id, options):
            sheet_jobs.work(import_id, **options)
    row = imports.find(import_id)
    model.Session.refresh(row)
    return sheet_jobs.shown(row)


def _handed_in(context: Context, data_dict: dict[str, Any]) -> tuple[Import | None, roles.Organization]:
    """The import that the caller means, if it is known already, and its department."""
    if not data_dict.get("import_id"):
        return None, _organization(data_dict.get("organization"))
    row = imports.find(data_dict["import_id"])
    tk.check_access("govshare_catalogue_import_show", context, {"id": row.id})
    return row, _organization(row.organization_id)


def _stored(context: Context, data_dict: dict[str, Any], organization: roles.Organization) -> Import:
    """Keep the file under its checksum, and note who handed it in."""
    form = sheet_apply.form_of(data_dict.get("package_type") or "dataset")
    upload, text = data_dict.get("upload"), data_dict.get("content_base64")
    limit = Limits().max_bytes
    if isinstance(upload, FileStorage) and upload.filename:
        stream, name = upload.stream, upload.filename
    elif isinstance(text, str) and text:
        try:
            stream = io.BytesIO(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            raise tk.ValidationError({"content_base64": [tk._("This is no Base64")]}) from None
        name = str(data_dict.get("filename") or "import.xlsx")
    else:
        raise tk.ValidationError({"upload": [tk._("Choose a file")]})
    try:
        sha256, size = files.store(stream, limit)
    except files.FileTooLargeError:
        message = tk._("The file has more than {number} MB: split it").format(number=limit // 1024 // 1024)
        raise tk.ValidationError({"upload": [message]}) from None
    row = Import(
        organization_id=organization.id,
        package_type=form.type,
        filename=files.clean_name(name),
        sha256=sha256,
        size=size,
        state=ImportState.RUNNING.value,
        created_by=context.get("user") or "",
    )
    model.Session.add(row)
    model.Session.flush()
    return row


@tk.side_effect_free
def govshare_catalogue_import_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How far a file is, and what came of it.

    :param id: id of the import
    :returns: as ``govshare_catalogue_import``; ``progress: {done, total}`` in rows, then in entries
    :raises ObjectNotFound: there is no such import
    """
    row = imports.find(tk.get_or_bust(data_dict, "id"))
    tk.check_access("govshare_catalogue_import_show", context, {"id": row.id})
    return sheet_jobs.shown(row)


@tk.side_effect_free
def govshare_catalogue_import_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The files that a department handed in, newest first, without their findings.

    :param organization: id or name of the department
    :param limit: at most this many (default 20, at most 100)
    :param offset: leave out the first ones
    :returns: ``{count, results}``
    """
    organization = _organization(tk.get_or_bust(data_dict, "organization"))
    tk.check_access("govshare_catalogue_import_list", context, {"organization": organization.id})
    mine = Import.organization_id == organization.id
    limit, offset = (tk.get_validator("natural_number_validator")(data_dict.get(key) or standard, context)
                     for key, standard in (("limit", 20), ("offset", 0)))  # fmt: skip
    rows = model.Session.scalars(
        sa.select(Import).where(mine).order_by(Import.created.desc()).limit(min(limit, 100)).offset(offset)
    )
    results = [{**sheet_jobs.shown(row), "findings": [], "plan": []} for row in rows]
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(Import).where(mine))
    return {"count": count or 0, "results": results}


@tk.side_effect_free
def govshare_catalogue_import_file(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The file that was handed in with its faulty cells coloured, a comment at each, and a list of all problems.

    :param id: id of the import
    :returns: ``{filename, content_base64}``
    """
    row = imports.find(tk.get_or_bust(data_dict, "id"))
    tk.check_access("govshare_catalogue_import_file", context, {"id": row.id})
    target = io.BytesIO()
    data = files.path_of(row.sha256).read_bytes()
    sheet_marks.write(target, data, (row.report or {}).get("findings", []))
    return {
        "filename": f"{row.filename.rsplit('.', 1)[0]}-问题标注.xlsx",
        "content_base64": base64.b64encode(target.getvalue()).decode(),
    }


@tk.side_effect_free
def govshare_catalogue_export(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What the caller may see of the catalogue, as the Excel form, CSV or JSON.

    :param format: ``xlsx`` (default), ``csv`` or ``json``
    :param package_type: ``dataset`` (default) or another type with a form
    :param organization: only of this department (id or name)
    :param q: as in ``package_search``
    :param fq: as in ``package_search``
    :param ids: only these: ids, names or resource codes
    :returns: ``{filename, url, size, content_base64}``; an export of more than 8 MiB has no ``content_base64``:
        fetch it from ``url``, which makes it anew for whoever asks
    """
    tk.check_access("govshare_catalogue_export", context, data_dict)
    form = sheet_apply.form_of(data_dict.get("package_type") or "dataset")
    kind = str(data_dict.get("format") or "xlsx")
    if kind not in exporter.FORMATS:
        raise tk.ValidationError(
            {"format": [tk._("Choose one of: {choices}").format(choices="xlsx, csv, json")]}
        )
    ids = data_dict.get("ids") or []
    if not isinstance(ids, list):
        ids = str(ids).replace(",", " ").split()
    query = {**{key: data_dict.get(key) for key in ("q", "fq", "organization")}, "ids": ids}
    asked = {key: data_dict[key] for key in ("organization", "q", "fq") if data_dict.get(key)}
    with tempfile.TemporaryFile() as target:
        exporter.write(target, exporter.Selection(form, context.get("user"), query), kind)
        size = target.tell()
        target.seek(0)
        answer = {
            "filename": exporter.filename(form, kind),
            "size": size,
            "url": tk.h.url_for(
                f"{sheet_views.blueprint.name}.export_catalogue",
                package_type=form.type,
                format=kind,
                ids=ids or None,
                _external=True,
                **asked,
            ),
        }
        if size <= INLINE:
            answer["content_base64"] = base64.b64encode(target.read()).decode()
    return answer
