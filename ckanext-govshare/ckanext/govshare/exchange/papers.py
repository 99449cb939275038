"""Papers about a point: assessment report (测评报告), classified protection (等保), others. The bytes lie in the file
store; who sees the point may take them.

What lay before the office when it took a step stays with the point: only later papers can be taken off again.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.govshare.exchange.model import ExchangePoint, PointFile
from ckanext.govshare.kernel import clock

KINDS = ("assessment", "protection", "other")
MIB = 1024 * 1024
LARGEST = 20 * MIB
MOST = 40  # papers of one point
# What a file begins with, by the ends of names that it may have.
_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # zip (docx, xlsx, ofd) and OLE (doc, xls, wps, et)
BEGINNINGS = {
    "pdf": (b"%PDF-",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    **dict.fromkeys(("ofd", "doc", "docx", "xls", "xlsx", "wps", "et", "zip"), _OFFICE),
}


def find(paper_id: str) -> PointFile:
    """A paper by id.

    :raises ObjectNotFound: there is none
    """
    found = model.Session.get(PointFile, paper_id) if paper_id else None
    if found is None:
        raise tk.ObjectNotFound(tk._("Attachment not found"))
    return found


def of(point_id: str) -> list[PointFile]:
    """The papers of a point, oldest first."""
    query = sa.select(PointFile).where(PointFile.point_id == point_id)
    return list(model.Session.scalars(query.order_by(PointFile.added, PointFile.id)))


def check_own(point_id: str, ids: Iterable[Any]) -> None:
    """Raise unless these are papers of the point.

    :raises ValidationError: ``attachments``
    """
    wanted = {str(id) for id in ids}
    if wanted and wanted - {paper.id for paper in of(point_id)}:
        raise tk.ValidationError({"attachments": [tk._("The exchange point has no such attachment")]})


def add(point: ExchangePoint, kind: str, upload: Any, user: str) -> PointFile:
    """Keep a file as a paper of a point; the caller commits.

    :param kind: one of :data:`KINDS`
    :param upload: the file of a form
    :raises ValidationError: ``upload``: no file, too large, of another type than its name says, or too many
    """
    _check(upload)
    if len(of(point.id)) >= MOST:
        message = tk._("An exchange point has at most {number} attachments").format(number=MOST)
        raise tk.ValidationError({"upload": [message]})
    stored = tk.get_action("govshare_file_store")(
        {"ignore_auth": True, "user": user, "defer_commit": True}, {"upload": upload}
    )
    paper = PointFile(
        point_id=point.id,
        kind=kind,
        sha256=stored["hash"],
        filename=stored["original_name"],
        size=stored["size"],
        added=clock.now(),
        added_by=user,
    )
    model.Session.add(paper)
    model.Session.flush()
    return paper


def _check(upload: Any) -> None:
    if not isinstance(upload, FileStorage) or not upload.filename:
        raise tk.ValidationError({"upload": [tk._("Missing value")]})
    head = upload.stream.read(16)
    size = upload.stream.seek(0, 2)
    upload.stream.seek(0)
    beginnings = BEGINNINGS.get(Path(upload.filename).suffix.lower().lstrip("."), ())
    if size > LARGEST:
        message = tk._("The file is larger than {number} MiB").format(number=LARGEST // MIB)
        raise tk.ValidationError({"upload": [message]})
    if not any(head.startswith(beginning) for beginning in beginnings):
        message = tk._("Attach a PDF, OFD, Word, Excel, WPS, ZIP, JPEG or PNG file; its content is what its name says")
        raise tk.ValidationError({"upload": [message]})


def fixed(point: ExchangePoint, paper: PointFile) -> bool:
    """Whether a paper lay before the office at a step that counts."""
    steps = (point.reviewed, point.checked, point.accepted, point.returned)
    return any(step is not None and step >= paper.added for step in steps)


def as_dict(paper: PointFile) -> dict[str, Any]:
    """What people see of a paper."""
    shown = {name: getattr(paper, name) for name in ("id", "kind", "filename", "size", "added_by")}
    return {**shown, "added": paper.added.isoformat()}
