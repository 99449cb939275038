"""Entries of sources that speak another standard: what their point says of them, their files, the rules.

Federated profile: what the standard cannot say only warns. What a source does not say about opening is what the
point's settings say (``open_type``, ``open_condition``, ``no_open_reason``), else the entry is not open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.govshare import schemas  # noqa: F401 - gives the rules their code lists
from ckanext.govshare.harvesters.base import PointSpec, origin, with_declared
from ckanext.govshare.harvesters.mapper import Mapper
from ckanext.govshare.harvesters.named_files import named_files
from ckanext.govshare.harvesters.refusals import FetchRefused
from ckanext.govshare.kernel.codes import prefix_class
from ckanext.govshare.kernel.findings import FEDERATED, Finding, Severity
from ckanext.govshare.kernel.records import Mapped, SourceRecord
from ckanext.govshare.kernel.rules import check_entry

NOT_SAID = "来源未说明是否开放，待提供方确认"
OPEN_TYPES = ("1", "2", "3")
_TEXT_OF = {"2": "open_condition", "3": "no_open_reason"}


def check_opening(settings: Mapping[str, Any]) -> None:
    """The settings on opening name a type of the list, and a condition where it needs one.

    :raises FetchRefused: they do not
    """
    open_type = str(settings.get("open_type") or "")
    if open_type and open_type not in OPEN_TYPES:
        raise FetchRefused(
            "settings_invalid",
            "节点设置“open_type”应为1（无条件开放）、2（有条件开放）或3（不予开放）。",
            "The setting open_type is 1 (open), 2 (open on condition) or 3 (not open).",
        )
    if open_type == "2" and not settings.get("open_condition"):
        raise FetchRefused(
            "settings_invalid",
            "节点设置“open_type”为2（有条件开放）时，请填写“open_condition”（开放条件）。",
            "Where the setting open_type is 2 (open on condition), give the condition as open_condition.",
        )


def word(value: Any) -> Any:
    """What an address of a vocabulary says, its last part: ``…/frequency/ANNUAL`` gives ``ANNUAL``."""
    if isinstance(value, list):
        return [word(one) for one in value]
    if isinstance(value, str) and value.strip().lower().startswith(("http://", "https://")):
        return value.strip().rstrip("/#").replace("#", "/").rpartition("/")[2]
    return value


def complete(
    fields: Mapping[str, Any],
    record: SourceRecord,
    point: PointSpec,
    mapper: Mapper,
    findings: list[Finding],
    silent: str = "3",
    unclear: str = "",
) -> Mapped:
    """An entry of fields, with what its point says of it, its files, and what the rules say.

    :param fields: by the names of the form; those that say nothing stay away
    :param mapper: reads the files of the record
    :param findings: what was found while the fields were read
    :param silent: open type of a record that says nothing, where the settings say nothing either
    :param unclear: what the record says about opening in words that nobody knows; it is not open then
    """
    entry = dict(fields)
    if not entry.get("open_type"):
        entry["open_type"] = "3" if unclear else str(point.settings.get("open_type") or silent)
        if unclear:
            findings.append(_unclear(unclear))
        if entry["open_type"] == "3":
            entry["no_open_reason"] = str(point.settings.get("no_open_reason") or NOT_SAID)
    text = _TEXT_OF.get(entry["open_type"], "")
    if text and not entry.get(text) and point.settings.get(text):
        entry[text] = str(point.settings[text])
    entry = with_declared(entry, point)
    if not entry.get("class_lei") and point.default_class:
        entry |= prefix_class(point.default_class).fields()
    entry |= origin(record, point, FEDERATED)
    audience = "open" if entry["open_type"] in ("1", "2") else "share"
    entry["resources"] = named_files(mapper, record.data, findings, lambda said: audience)
    return Mapped(entry, [*record.findings, *findings, *check_entry(entry, FEDERATED)])


def _unclear(said: str) -> Finding:
    return Finding(
        "access_unknown",
        "open_type",
        f"来源关于开放的说明“{said[:100]}”无法识别，按不予开放处理；请核对后在来源系统更正。",
        f'What the source says about access, "{said[:100]}", is unknown: the entry is not open. Correct it there.',
        Severity.WARN,
    )
