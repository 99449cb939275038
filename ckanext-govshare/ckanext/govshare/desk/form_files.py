"""The step of files: upload or name a link, say for whom, replace, remove. Works without JavaScript.

A file is stored by ``govshare_file_store``; the draft names it by its checksum. Replacing keeps the id of the file's
entry, so that its address and its versions stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from ckanext.govshare.desk import form, pages
from ckanext.govshare.kernel.forms import Form

TEXTS = ("name", "description", "format", "audience", "url")
NAMED_BY = ("id", "hash")
NEW = "new"

Page = Callable[..., str]
ToStep = Callable[..., Response]


def context(change: Mapping[str, Any], refused: Mapping[str, list[str]] | None) -> dict[str, Any]:
    """What the page of files shows beside the form's own: the files, and where the review of the open ones stands."""
    posted = tk.request.form if refused else {}
    files = [dict(resource) for resource in change["data"].get(form.FILES) or []]
    for number, resource in enumerate(files):
        resource |= {key: posted[f"{number}-{key}"] for key in TEXTS if f"{number}-{key}" in posted}
        resource["stored"] = bool(resource.get("hash"))
    said = [finding for finding in change["findings"] if finding["field"] == form.FILES]
    return {
        "files": files,
        "openings": _openings(change, files),
        "new_file": {key: posted.get(f"{NEW}-{key}", "") for key in TEXTS},
        "file_errors": [finding["message"] for finding in said if finding["severity"] == form.REFUSE],
        "file_warnings": [finding["message"] for finding in said if finding["severity"] != form.REFUSE],
        "most": tk.config["ckan.max_resource_size"],
    }


def _openings(change: Mapping[str, Any], files: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Where the opening review of each open file stands, by its place in the list."""
    wanted = {number: file for number, file in enumerate(files) if file.get("audience") == "open"}
    if not wanted or not pages.offers("govshare_opening_show"):
        return {}
    shown, _refused = pages.act("govshare_opening_show", {"change_id": change["id"]})
    lines = shown.get("resources") or [] if isinstance(shown, dict) else shown or []
    by_digest = {line.get("digest"): line for line in lines if line.get("kind") == "file"}
    by_name = {line.get("name") or line.get("resource"): line for line in lines}
    found = {
        number: by_digest.get(file["hash"]) if file.get("hash") else by_name.get(file.get("name"))
        for number, file in wanted.items()
    }
    return {number: line for number, line in found.items() if line}


def save(known: Form, change: dict[str, Any], page: Page, to_step: ToStep) -> Any:
    """Save the step: texts of every file, what was uploaded, what is to be removed.

    :param page: renders the step again
    :param to_step: leads to a step
    """
    act = tk.request.form.get("act", "next")
    step = form.file_step(known)
    resources, refused = _posted(change, act)
    if not refused and resources != (change["data"].get(form.FILES) or []):
        values = {
            "id": change["id"],
            "data": {form.FILES: resources},
            "revision": tk.request.form.get("revision"),
        }
        after, refused = pages.act("govshare_change_update", values)
        change = after or change
    if refused:
        if "revision" in refused:
            change = pages.ask("govshare_change_show", {"id": change["id"]})
        return page(known, change, step, refused=refused), 409 if "revision" in refused else 400
    steps = form.steps_of(known)
    at = steps.index(step)
    if act == "next":
        return to_step(change["id"], steps[at + 1])
    if act == "back":
        return to_step(change["id"], steps[max(at - 1, 0)])
    if act in steps:
        return to_step(change["id"], act)
    return to_step(change["id"], step, anchor="files")


def _posted(change: Mapping[str, Any], act: str) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The list of files as it was sent.

    :returns: the files, and why they cannot be taken, by field
    """
    refused: dict[str, list[str]] = {}
    found = []
    for number, held in enumerate(change["data"].get(form.FILES) or []):
        if act == f"remove.{number}":
            continue
        found.append(_file(str(number), {key: held[key] for key in NAMED_BY if held.get(key)}, held, refused))
    if act != "back" and (_upload(NEW) is not None or tk.request.form.get(f"{NEW}-url", "").strip()):
        found.append(_file(NEW, {}, {}, refused))
    elif act == "add":
        refused[form.FILES] = [tk._("Choose a file, or give the address of one")]
    return found, refused


def _upload(prefix: str) -> FileStorage | None:
    upload = tk.request.files.get(f"{prefix}-upload")
    return upload if upload is not None and upload.filename else None


def _file(
    prefix: str, named: dict[str, Any], held: Mapping[str, Any], refused: dict[str, list[str]]
) -> dict[str, Any]:
    posted = tk.request.form
    found = {**held, **named}
    for key in TEXTS:
        if f"{prefix}-{key}" in posted and not (key == "url" and held.get("hash")):
            found[key] = posted[f"{prefix}-{key}"].strip()
    upload = _upload(prefix)
    if upload is not None:
        stored, refusal = pages.act("govshare_file_store", {"upload": upload})
        if stored is None:
            refused[form.FILES] = [text for texts in refusal.values() for text in texts]
            return found
        kept = {key: found[key] for key in ("id", "name", "description", "audience") if found.get(key)}
        found = {**kept, **stored}
    elif not found.get("hash") and found.get("url") and "//" not in found["url"]:
        refused[form.FILES] = [
            tk._("An address begins with http:// or https://: {url}").format(url=found["url"])
        ]
    name = found.get("original_name") or found.get("url") or ""
    if not found.get("name"):
        found["name"] = PurePath(name.rstrip("/")).stem[:100] or tk._("File")
    if not found.get("format") or upload is not None:
        suffix = PurePath(name.partition("?")[0]).suffix.lstrip(".")
        found["format"] = suffix.upper() if suffix.isascii() and len(suffix) <= 8 else ""
    return {key: value for key, value in found.items() if value not in (None, "")}
