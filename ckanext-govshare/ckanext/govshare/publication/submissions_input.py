"""What somebody who hands in an application may write, checked field by field; every fault names its field."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.govshare.intake import Errors, check_contact, is_address, is_yes, text
from ckanext.govshare.kernel.counting import ApplicationFacts, application_identifier
from ckanext.govshare.publication import submissions_used
from ckanext.govshare.publication.submissions import CONTACT, LOOKED_AT

MIB = 1024 * 1024
TEXTS = {
    "title": 100, "notes": 2000, "app_form": 30, "url": 500, "app_id": 300, "doi": 200,
    "developer": 100, "developer_kind": 30,
    "contact_name": 50, "contact_phone": 30, "contact_mail": 100,
}  # fmt: skip
REQUIRED = ("title", "notes", "app_form", "developer", "developer_kind", "contact_name")
PROOF = ("url", "app_id", "doi")
PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
FILES = {"picture": 2 * MIB, "qr_code": 2 * MIB, "report": 20 * MIB}  # kind → most bytes
MIMETYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "pdf": "application/pdf"}
HEAD = 12  # bytes that tell what a file is


def checked(data_dict: dict[str, Any], kept: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """What was handed in, ready to be kept; nothing is stored yet.

    :param data_dict: fields as `govshare_submission_create` describes them
    :param kept: files of the version before; they stay where no new one comes
    :returns: ``{data, contact, uploads: {kind: (FileStorage, suffix)}, kept}``
    :raises ValidationError: by field
    """
    errors: Errors = {}
    texts = {name: text(data_dict, name, most, errors) for name, most in TEXTS.items()}
    for name in REQUIRED:
        if not texts[name] and name not in errors:
            errors[name] = [tk._("Fill in this field")]
    for name in ("app_form", "developer_kind"):
        if texts[name] and texts[name] not in choices(name):
            errors.setdefault(name, []).append(tk._("Choose one of the values offered"))
    uploads = {kind: found for kind in FILES if (found := _upload(data_dict.get(kind), kind, errors))}
    held = {kind: file for kind, file in (kept or {}).items() if kind not in uploads}
    _proof(texts, {*uploads, *held}, errors)
    check_contact(texts["contact_phone"], texts["contact_mail"], errors, needed=True)
    codes = _datasets(data_dict.get("datasets"), errors)
    if not is_yes(data_dict.get("consent")):
        errors["consent"] = [tk._("It can be handed in only with your consent")]
    if data_dict.get("website"):
        errors["website"] = [tk._("Leave this field empty")]
    if errors:
        raise tk.ValidationError(errors)
    data = {name: texts[name] for name in TEXTS if name not in CONTACT}
    return {
        "data": {**data, "dataset_codes": codes},
        "contact": {name: texts[name] for name in CONTACT},
        "uploads": uploads,
        "kept": held,
    }


def identifier(data: dict[str, Any], files: dict[str, dict[str, Any]]) -> str:
    """The key by which an application is unique; empty where it names none."""
    facts = ApplicationFacts(
        id="", form=data["app_form"], url=data["url"], app_id=data["app_id"], doi=data["doi"],
        file_digest=files.get("report", {}).get("hash", ""),
    )  # fmt: skip
    return application_identifier(facts)


def choices(field: str) -> dict[str, dict[str, str]]:
    """The values of a field of the application form with their labels by language."""
    schema = tk.h.scheming_get_dataset_schema("application")
    found = tk.h.scheming_field_by_name(schema["dataset_fields"], field)
    return {choice["value"]: choice["label"] for choice in found["choices"]}


def _proof(texts: dict[str, str], files: set[str], errors: Errors) -> None:
    """The proof of its form (standards.md §7 "Applications"); proof of another form is left out."""
    form = texts["app_form"]
    needed = {"web": "url", "report": "doi"}.get(form, "app_id" if form in LOOKED_AT else "")
    for name in PROOF:
        if name != needed and form and name not in errors:
            texts[name] = ""
    if form == "web":
        _web(texts["url"], errors)
    elif form == "report":
        _report(texts, files, errors)
    elif form in LOOKED_AT:
        _program(texts["app_id"], files, errors)


def _web(url: str, errors: Errors) -> None:
    if not url:
        errors.setdefault("url", [tk._("A web application needs its address")])
    elif not is_address(url):
        errors.setdefault("url", [tk._("Write the whole address, beginning with http:// or https://")])


def _report(texts: dict[str, str], files: set[str], errors: Errors) -> None:
    doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", texts["doi"], flags=re.IGNORECASE)
    texts["doi"] = doi
    if doi and not re.fullmatch(r"10\.\d{4,9}/[^\s<>\"]+", doi):
        errors.setdefault("doi", [tk._("A DOI begins with 10. and holds a slash, such as 10.1234/abc")])
    if not doi and "report" not in files and "report" not in errors:
        errors["report"] = [tk._("A report needs its DOI or its PDF file")]


def _program(app_id: str, files: set[str], errors: Errors) -> None:
    if not app_id:
        errors.setdefault("app_id", [tk._("Write the AppID, or the address in a store")])
    elif re.match(r"[a-z][a-z0-9+.-]*:", app_id, re.IGNORECASE) and not is_address(app_id):
        errors.setdefault("app_id", [tk._("Write the whole address, beginning with http:// or https://")])
    if not files & {"qr_code", "picture"} and not errors.keys() & {"qr_code", "picture"}:
        errors["qr_code"] = [tk._("Add the QR code or a screenshot, so that the office can look at it")]


def _datasets(given: Any, errors: Errors) -> list[str]:
    """Codes of the open data sets that were named, each once."""
    if given is not None and not (
        isinstance(given, str) or (isinstance(given, list) and all(isinstance(part, str) for part in given))
    ):
        errors["datasets"] = [tk._("This field holds text")]
        return []
    asked = submissions_used.words(given or "")
    if not asked:
        errors["datasets"] = [tk._("Name at least one open data set of this site")]
    if len(asked) > submissions_used.MOST:
        errors["datasets"] = [tk._("At most {number} data sets").format(number=submissions_used.MOST)]
    if "datasets" in errors:
        return []
    known = submissions_used.resolve(asked)
    unknown = [word[:60] for word in asked if word not in known]
    if unknown:
        message = tk._("No open data set has this code: {codes}")
        errors["datasets"] = [message.format(codes=", ".join(unknown[:5]))]
    return list(dict.fromkeys(known[word]["code"] for word in asked if word in known))


def _upload(given: Any, kind: str, errors: Errors) -> tuple[FileStorage, str] | None:
    """A file and what it is by its bytes; whatever its name says."""
    if not isinstance(given, FileStorage) or not given.filename:
        return None
    head = given.stream.read(HEAD)
    size = given.stream.seek(0, 2)
    given.stream.seek(0)
    suffix = _suffix(head)
    if size > FILES[kind]:
        errors[kind] = [tk._("The file is larger than {number} MiB").format(number=FILES[kind] // MIB)]
    elif kind == "report" and suffix != "pdf":
        errors[kind] = [tk._("The file is no PDF")]
    elif kind != "report" and suffix not in ("png", "jpeg", "webp"):
        errors[kind] = [tk._("The file is no PNG, JPEG or WebP picture")]
    else:
        return given, suffix
    return None


def _suffix(head: bytes) -> str:
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    return next((suffix for mark, suffix in PICTURES.items() if head.startswith(mark)), "")
