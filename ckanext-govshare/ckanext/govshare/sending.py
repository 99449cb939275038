"""Give out a stored file to a reader whose right to it was asked before."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, send_file

SHOWN = ("image/png", "image/jpeg", "image/webp")  # anything else is only offered to be kept


def send(file: dict[str, Any], name: str) -> Response:
    """A file of the store as an answer; pictures are shown, other files are kept by the reader.

    :param file: ``{hash, mimetype}``
    :param name: name under which it is kept
    :raises ObjectNotFound: it is not in the store
    """
    found = tk.get_action("govshare_file_read")({"ignore_auth": True}, {"hash": file["hash"]})
    shown = file["mimetype"] in SHOWN
    response = send_file(
        found["path"],
        mimetype=file["mimetype"] if shown else "application/octet-stream",
        as_attachment=not shown,
        download_name=name,
        conditional=True,
        etag=file["hash"],
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
