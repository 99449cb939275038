"""One name for each file format, whatever a source calls it (mappings/formats.yaml)."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ckanext.govshare.harvesters.mapper import read_yaml
from ckanext.govshare.kernel.text import clean

MAX_FORMAT = 20  # characters


@cache
def _tables() -> dict[str, Any]:
    return read_yaml("formats.yaml")


def file_name(url: str) -> str:
    """The last part of an address's path, readable; empty where there is none."""
    return clean(unquote(PurePosixPath(urlsplit(url).path).name, errors="replace"))


def normal_format(word: object = None, media_type: object = None, url: str = "") -> str:
    """The format of a file.

    :param word: what the source calls it
    :param media_type: its media type
    :param url: its address
    :returns: such as ``CSV``; empty where nothing is known
    """
    tables = _tables()
    text = clean(word).casefold() if isinstance(word, str) else ""
    if text in tables["words"]:
        return tables["words"][text]
    if text.startswith(tuple(f"{start} " for start in tables["packed"])):
        return "ZIP"
    extension = PurePosixPath(file_name(url)).suffix.lstrip(".").lower()
    if extension in tables["extensions"]:
        return tables["extensions"][extension]
    if text in tables["unclear"]:
        return tables["unclear"][text]
    media = clean(media_type).partition(";")[0].strip().casefold() if isinstance(media_type, str) else ""
    if media in tables["media_types"]:
        return tables["media_types"][media]
    return text.upper()[:MAX_FORMAT]
