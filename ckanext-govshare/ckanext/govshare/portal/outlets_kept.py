"""Large outlets as answers: streamed while they are made, then kept on disk until the catalogue changes.

A kept file is named after what the catalogue held: number of public entries, last change, day. An entry that is no
longer public changes the number, so that no file with it is given out again; what neither tells, MINUTES do.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from flask import Response, request, send_file, stream_with_context

from ckanext.govshare.portal import outlets

VERSION = 1  # of what the outlets look like
MINUTES = 10
PUBLIC = "public, no-cache"  # whoever keeps a copy asks whether it is still good
Parts = Callable[[], Iterator[bytes]]


def answer(name: str, mimetype: str, parts: Parts, filename: str = "") -> Response:
    """An outlet of the whole catalogue.

    :param name: what it is, as a file name
    :param parts: makes its bytes, one piece after another
    :param filename: given where it is to be saved, not shown
    """
    tag, last = _state(name)
    if tag in request.if_none_match:
        response = Response(status=304)
    else:
        kept = _folder() / f"{name}.{tag}"
        if kept.exists() and time.time() - kept.stat().st_mtime < MINUTES * 60:
            response = send_file(kept, mimetype=mimetype, conditional=True, etag=tag, max_age=0)
        elif request.method == "HEAD":
            response = Response(mimetype=mimetype)
        else:
            response = Response(stream_with_context(_made(kept, name, parts)), mimetype=mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = PUBLIC
    moment = tk.h.date_str_to_datetime(last) if last else None
    if moment is not None:
        response.headers["Last-Modified"] = format_datetime(moment.replace(tzinfo=None)).replace(
            "-0000", "GMT"
        )
    if filename:
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _state(name: str) -> tuple[str, str]:
    """A tag of what the outlet would hold now, and the moment of the last change."""
    found = outlets.search(rows=1, sort="metadata_modified desc", fl="id,metadata_modified")
    last = str(found["results"][0].get("metadata_modified") or "") if found["results"] else ""
    facts = (
        VERSION,
        name,
        found["count"],
        last,
        outlets.today(),
        outlets.base(),
        tk.config.get("ckan.site_title"),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32], last


def _folder() -> Path:
    folder = Path(tk.config["ckan.storage_path"]) / "govshare-outlets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _made(kept: Path, name: str, parts: Parts) -> Iterator[bytes]:
    """Make and send at once; what was sent whole is kept, and what was kept before it is deleted."""
    handle, place = tempfile.mkstemp(dir=kept.parent, prefix=".")
    made = Path(place)
    try:
        with os.fdopen(handle, "wb") as target:
            for part in parts():
                target.write(part)
                yield part
        made.replace(kept)
        for old in kept.parent.glob(f"{name}.*"):
            if old != kept:
                old.unlink(missing_ok=True)
    finally:
        made.unlink(missing_ok=True)
