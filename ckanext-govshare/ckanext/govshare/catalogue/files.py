"""The file store: immutable files, addressed by their SHA-256.

Two entries with the same bytes share one file; a replaced file stays. A resource names its file by ``hash``, and only
who stored a file, or the engine, may attach it (a checksum alone opens nothing).
"""

from __future__ import annotations

import dataclasses
import hashlib
import mimetypes
import os
import tempfile
from pathlib import Path
from typing import IO, Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.govshare import config
from ckanext.govshare.catalogue import measure
from ckanext.govshare.catalogue.model import StoredFile

CHUNK = 1024 * 1024
MEASURED = tuple(field.name for field in dataclasses.fields(measure.Measured))


class FileTooLargeError(ValueError):
    """The file has more bytes than the site takes."""


def path_of(sha256: str) -> Path:
    """Where the file of this checksum lies (64 hexadecimal digits)."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256 checksum")
    return config.files_path() / sha256[:2] / sha256[2:4] / sha256


def store(stream: IO[bytes], max_bytes: int | None = None) -> tuple[str, int]:
    """Write a stream into the store.

    :param max_bytes: refuse more bytes than this
    :returns: checksum (hexadecimal) and size in bytes
    :raises FileTooLargeError: the stream has more than ``max_bytes``
    """
    root = config.files_path()
    root.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=root, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as target:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if max_bytes is not None and size > max_bytes:
                    raise FileTooLargeError(f"more than {max_bytes} bytes")  # noqa: TRY301 - the part written is removed below
                digest.update(chunk)
                target.write(chunk)
        target_path = path_of(digest.hexdigest())
        target_path.parent.mkdir(parents=True, exist_ok=True)
        if target_path.exists():
            os.unlink(temporary)
        else:
            os.replace(temporary, target_path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return digest.hexdigest(), size


def register(sha256: str, size: int, filename: str, stored_by: str) -> dict[str, Any]:
    """Record who stored a file, and answer the resource fields that name it."""
    name = clean_name(filename)
    found = measure.check(path_of(sha256), name)
    row = StoredFile(
        sha256=sha256,
        size=size,
        filename=name,
        stored_by=stored_by,
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        checked=measure.VERSION,
        **dataclasses.asdict(found),
    )
    model.Session.add(row)
    model.Session.flush()
    return fields(row)


def fields(row: StoredFile) -> dict[str, Any]:
    """The resource fields that name a stored file. The address is ASCII (CKAN drops Chinese from it, T4)."""
    suffix = "".join(
        char
        for char in Path(row.filename).suffix.lower()
        if char.isascii() and (char.isalnum() or char == ".")
    )
    return {
        "url": f"{row.sha256[:16]}{suffix}",
        "url_type": "upload",
        "hash": row.sha256,
        "size": row.size,
        "mimetype": row.mimetype,
        "original_name": row.filename,
        **{name: getattr(row, name) for name in MEASURED},
    }


def claimed(sha256: str, user: str | None) -> dict[str, Any] | None:
    """Resource fields of a stored file that this user may attach; of anybody's when ``user`` is None."""
    query = sa.select(StoredFile).where(StoredFile.sha256 == sha256).order_by(StoredFile.stored.desc())
    if user is not None:
        query = query.where(StoredFile.stored_by == user)
    row = model.Session.scalars(query).first()
    return fields(row) if row else None


def clean_name(filename: str) -> str:
    """The file's own name, without folders and control characters; Chinese stays (CKAN's munging drops it)."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in base if char.isprintable() and char not in '<>:"|?*#%&').strip(" .")
    return kept[-150:] or "file"


def take_upload(resource: dict[str, Any], user: str) -> None:
    """Store the file of a form or API upload, when the resource brings one, and name it in the resource."""
    upload = resource.pop("upload", None)
    resource.pop("clear_upload", None)
    if not isinstance(upload, FileStorage) or not upload.filename:
        return
    try:
        sha256, size = store(upload.stream, tk.config["ckan.max_resource_size"] * CHUNK)
    except FileTooLargeError:
        raise tk.ValidationError({"upload": [tk._("File upload too large")]}) from None
    resource.update(register(sha256, size, upload.filename, user))


class ResourceUpload:
    """CKAN's uploader interface over the store. The bytes are stored before core sees the resource (service.py)."""

    def __init__(self, resource: dict[str, Any]):
        self.mimetype = resource.get("mimetype")
        if resource.get("size") is not None:
            self.filesize = resource["size"]

    def upload(self, id: str, max_size: int = 10) -> None:
        """Nothing is left to do: the bytes lie under their checksum already."""

    def get_path(self, id: str) -> str:
        """Path of the file of a resource."""
        resource = model.Resource.get(id)
        if resource is None or not resource.hash:
            raise tk.ObjectNotFound("No file")
        return str(path_of(resource.hash))
