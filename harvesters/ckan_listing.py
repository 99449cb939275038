"""What a CKAN site held when it was last read: identifier and moment of the last change of every record.

Too large for the row of a run, so it lies in the folder of the point, in files that are named by the digest of their
content. A run names its file in its cursor, and only the file that the cursor of the last *applied* run names is ever
believed: one that was half written, or belongs to a run that was never applied, is never taken for the truth.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

KEPT = 4
"""Files that are kept beside the one in use: of runs that wait for a person."""


def save(folder: Path | None, listing: Mapping[str, str]) -> str:
    """Keep a listing.

    :param listing: moment of the last change by identifier, neither with a tab or line break
    :returns: the token by which it is found again; empty where nothing may be kept
    """
    if folder is None:
        return ""
    content = "".join(f"{guid}\t{changed}\n" for guid, changed in sorted(listing.items())).encode()
    token = hashlib.sha256(content).hexdigest()
    target = _path(folder, token)
    begun = target.with_suffix(f".{os.getpid()}")
    with begun.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    begun.replace(target)
    return token


def load(folder: Path | None, token: object) -> dict[str, str]:
    """The listing of a token; empty where there is none, or not as it was written."""
    if folder is None or not isinstance(token, str) or not token.isalnum():
        return {}
    try:
        content = _path(folder, token).read_bytes()
    except OSError:
        return {}
    if hashlib.sha256(content).hexdigest() != token:
        return {}
    pairs = (line.partition("\t") for line in content.decode().splitlines())
    return {guid: changed for guid, _, changed in pairs}


def tidy(folder: Path | None, token: object) -> None:
    """Drop what nobody will ask for: all but the newest files and the one of a token."""
    if folder is None:
        return
    found = sorted(folder.glob("listing-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[KEPT:]:
        if path != _path(folder, str(token)):
            path.unlink(missing_ok=True)


def _path(folder: Path, token: str) -> Path:
    return folder / f"listing-{token}.tsv"
