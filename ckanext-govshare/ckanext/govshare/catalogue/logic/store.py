"""Actions of the file store that only the rooms may call."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.govshare.catalogue import files

__all__ = ["govshare_file_read"]


def govshare_file_read(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where a stored file lies, for a room that asked its own rules whether the reader may have it.

    :param hash: SHA-256 of the file (64 hexadecimal digits)
    :returns: ``{path, size (bytes)}``
    :raises NotAuthorized: through the API, for everybody
    :raises ObjectNotFound: no file of this checksum is in the store
    """
    tk.check_access("govshare_file_read", context, data_dict)
    try:
        path = files.path_of(str(data_dict.get("hash")))
        return {"path": str(path), "size": path.stat().st_size}
    except (ValueError, OSError):
        raise tk.ObjectNotFound(tk._("No download is available")) from None
