"""Actions of the file store that only the rooms and the timer may call."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare.catalogue import files, quality

__all__ = ["govshare_file_check_due", "govshare_file_read"]


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


def govshare_file_check_due(context: Context, data_dict: dict[str, Any]) -> dict[str, int]:
    """Look at the content of stored files that nobody looked at, or an older check did: do they parse, how much is
    blank, are they tables. A bounded number a turn; idempotent. Resources that use them say what was found.

    :returns: ``{checked, told, left}``: files looked at, resources that say something new, files that still wait
    :raises NotAuthorized: through the API, for everybody
    """
    tk.check_access("govshare_file_check_due", context, data_dict)
    done = quality.check_some()
    model.Session.commit()
    return done
