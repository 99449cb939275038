"""Working through a file that was handed in: at once, or by a worker when it is large."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.govshare import roles
from ckanext.govshare.catalogue import codelists, files, forms, importer, imports, sheet_apply
from ckanext.govshare.catalogue.imports import Import, ImportState
from ckanext.govshare.kernel import clock

log = logging.getLogger(__name__)
AT_ONCE = 256 * 1024  # bytes of a file that is worked through while its sender waits
MOST_FINDINGS = 1000  # that a report lists; it counts all
MOST_ENTRIES = 1000
SECONDS = 3600  # of a worker's job


def enqueue(import_id: str, options: dict[str, Any]) -> bool:
    """Set a worker to an import.

    :returns: False when there is no queue now
    """
    try:
        tk.enqueue_job(
            job,
            [import_id, options],
            title=f"govshare import {import_id}",
            rq_kwargs={"timeout": SECONDS},
        )
    except Exception as error:  # noqa: BLE001 - without Valkey the file is worked through at once
        log.warning("import %s not enqueued: %s", import_id, type(error).__name__)
        return False
    return True


def job(import_id: str, options: dict[str, Any]) -> None:
    """Background job: work an import through."""
    try:
        work(import_id, **options)
    finally:
        model.Session.remove()


def work(import_id: str, *, actor: str, mode: str, dry_run: bool) -> dict[str, Any]:
    """Check the stored file and, unless it is a dry run or something stands against it, apply it. Commits.

    :param actor: name of the user
    :param mode: ``draft``, ``submit`` or ``publish``
    :returns: the report, as it is kept
    """
    try:
        return _work(import_id, actor, mode, dry_run)
    except Exception:
        model.Session.rollback()
        imports.note(import_id, state=ImportState.FAILED.value)
        raise


def _work(import_id: str, actor: str, mode: str, dry_run: bool) -> dict[str, Any]:
    row = imports.find(import_id)
    organization = roles.organization(row.organization_id)
    form = forms.form(row.package_type)
    data = files.path_of(row.sha256).read_bytes()
    progress = imports.Progress(import_id)
    model.Session.rollback()  # the row is written from another connection meanwhile
    imports.note(import_id, state=ImportState.RUNNING.value, done=0, total=0)
    if not dry_run:
        imports.lock(import_id)
        row = imports.find(import_id)
        model.Session.refresh(row)
        if row.applied is not None:
            report = dict(row.report or {})
            model.Session.rollback()
            imports.note(import_id, state=ImportState.APPLIED.value)
            return report
    checked = importer.check(data, form, organization, progress)
    complete = mode != sheet_apply.DRAFT
    written: list[str] = []
    refused = checked.refused(complete)
    applied = False
    if not dry_run and not refused:
        try:
            written = sheet_apply.write(checked, form, organization, actor, mode, progress)
            applied = True
        except sheet_apply.RefusedError as error:
            checked.findings += error.findings
            refused = True
    report = _report(checked, mode, refused, written)
    row = imports.find(import_id)
    row.report = report
    row.done = row.total = checked.rows
    row.state = (ImportState.APPLIED if applied else ImportState.CHECKED).value
    if applied:
        row.applied, row.applied_by = clock.now(), actor
    model.Session.commit()
    if applied and mode == sheet_apply.PUBLISH:
        tk.get_action("govshare_index_drain")({"ignore_auth": True, "user": actor}, {})
    return report


def _report(checked: importer.Checked, mode: str, refused: bool, written: list[str]) -> dict[str, Any]:
    return {
        "mode": mode,
        "rows": checked.rows,
        "entries": len(checked.entries),
        "create": checked.count(importer.CREATE),
        "update": checked.count(importer.UPDATE),
        "unchanged": checked.count(importer.UNCHANGED),
        "findings": [finding.as_dict() for finding in checked.findings[:MOST_FINDINGS]],
        "findings_count": len(checked.findings),
        "wrong": checked.wrong,
        "missing": checked.missing,
        "warnings": checked.warnings,
        "refused": refused,
        "plan": [
            {
                "title": entry.title[:200],
                "verdict": entry.verdict,
                "sheet": entry.draft.row.sheet,
                "row": entry.draft.row.row,
                "rows": entry.draft.rows,
                "package_id": entry.known.id if entry.known else None,
                "change_id": entry.pending.id if entry.pending else None,
            }
            for entry in checked.entries[:MOST_ENTRIES]
        ],
        "changes": written,
    }


def shown(row: Import) -> dict[str, Any]:
    """An import as JSON, its findings in the reader's language."""
    report = dict(row.report or {})
    language = codelists.language()
    findings = [
        {
            **{key: value for key, value in finding.items() if key not in ("zh", "en", "fix_zh", "fix_en")},
            "message_zh": finding["zh"],
            "message_en": finding["en"],
            "message": finding[language],
            "fix": finding[f"fix_{language}"],
        }
        for finding in report.pop("findings", [])
    ]
    applied = row.applied is not None
    return {
        "id": row.id,
        "state": row.state,
        "dry_run": not applied,
        "organization": row.organization_id,
        "package_type": row.package_type,
        "filename": row.filename,
        "sha256": row.sha256,
        "size": row.size,
        "progress": {"done": row.done, "total": row.total},
        "created": row.created.isoformat(timespec="seconds"),
        "created_by": row.created_by,
        "applied": row.applied.isoformat(timespec="seconds") if row.applied else None,
        "applied_by": row.applied_by,
        "may": {
            "draft": not report.get("wrong", 1),
            "submit": not (report.get("wrong", 1) or report.get("missing", 1)),
        },
        "rows": 0,
        "entries": 0,
        "create": 0,
        "update": 0,
        "unchanged": 0,
        "findings_count": 0,
        "refused": False,
        "changes": [],
        **report,
        "findings": findings,
    }
