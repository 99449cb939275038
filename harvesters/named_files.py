"""The files that a record names by their addresses, as resources of its entry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from ckanext.govshare.harvesters.formats import file_name, normal_format
from ckanext.govshare.harvesters.identity import guid_of
from ckanext.govshare.harvesters.mapper import Mapper
from ckanext.govshare.kernel.findings import Finding, Severity


def named_files(
    mapper: Mapper,
    data: Mapping[str, Any],
    findings: list[Finding],
    audience: Callable[[Mapping[str, Any]], str],
) -> list[dict[str, Any]]:
    """Resources of a record. One without a usable address is left out, and said so.

    :param mapper: of the kind
    :param data: the record
    :param findings: what is found on the way is added
    :param audience: for whom a file is, by what its source says of it
    """
    keys: set[str] = set()
    resources = []
    for position, (said, fields, found) in enumerate(mapper.resources(data), start=1):
        findings += [Finding(f.slug, "resources", f.message_zh, f.message_en, f.severity) for f in found]
        url = fields.get("url")
        if not url:
            findings.append(_without_address(position))
            continue
        format_ = normal_format(said.get("format"), said.get("mediaType") or said.get("mimetype"), url)
        name = fields.get("name") or file_name(url) or format_ or f"数据{position}"
        key = _source_key(guid_of(said.get("id")) or url, name, position, keys)
        named = {"name": name, "format": format_, "audience": audience(said), "source_key": key}
        resources.append(fields | named)
    return resources


def _source_key(first: str, name: str, position: int, keys: set[str]) -> str:
    """What a file keeps from run to run: its own identifier, else its address; more where that is not enough."""
    for parts in ((first,), (first, name), (first, name, str(position))):
        key = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
        if key not in keys:
            break
    keys.add(key)
    return key


def _without_address(position: int) -> Finding:
    return Finding(
        "resource_without_url",
        "resources",
        f"第{position}个文件没有可用的下载地址，未采用。",
        f"File {position} has no usable address and was left out.",
        Severity.WARN,
    )
