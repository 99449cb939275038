"""What a record is known by from run to run, and records that cannot be known."""

from __future__ import annotations

from typing import Any

from ckanext.govshare.harvesters.jsonstream import Item
from ckanext.govshare.kernel.digest import canonical_digest
from ckanext.govshare.kernel.findings import Finding, Severity
from ckanext.govshare.kernel.records import SourceRecord
from ckanext.govshare.kernel.text import clean, damaged

MAX_IDENTIFIER = 1000  # characters
_UNUSABLE = {
    "not_an_object": ("记录不是JSON对象", "the record is no JSON object"),
    "too_deep": ("记录嵌套过深", "the record is nested too deeply"),
    "too_large": ("记录内容过多", "the record is too large"),
}


def guid_of(value: Any) -> str:
    """An identifier as a guid; empty where it is none: no text or number, too long, with broken characters."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    guid = clean(str(value))
    return "" if len(guid) > MAX_IDENTIFIER or damaged(str(value)) else guid


def identified(item: Item, key: str, seen: set[str]) -> SourceRecord:
    """A record with an identity, or one that says why it has none.

    :param key: member that holds the identifier
    :param seen: guids of the source so far; the record's is added
    """
    data = item.value if isinstance(item.value, dict) else {"value": item.value}
    if item.problem:
        zh, en = _UNUSABLE[item.problem]
        text = f"第{item.position}条记录无法使用：{zh}。"
        return unusable(data, item.problem, text, f"Record {item.position}: {en}.")
    guid = guid_of(data.get(key))
    if not guid:
        return unusable(
            data,
            "identifier_missing",
            f"第{item.position}条记录没有可用的标识（{key}），请在来源系统补充。",
            f"Record {item.position} has no usable identifier ({key}): add one at the source.",
        )
    if guid in seen:
        return unusable(
            data,
            "identifier_duplicate",
            f"标识“{guid[:100]}”在来源中重复（第{item.position}条），只采用第一条，请在来源系统更正。",
            f'The identifier "{guid[:100]}" is there again (record {item.position}); only the first counts.',
        )
    seen.add(guid)
    return SourceRecord(guid, data)


def unusable(data: dict[str, Any], slug: str, zh: str, en: str) -> SourceRecord:
    """A rejected record; its identity is its content, so that it is the same in the next run."""
    guid = f"{slug}:{canonical_digest(data)[:24]}"
    return SourceRecord(guid, data, (Finding(slug, "source_guid", zh, en, Severity.REFUSE),))


def title_of(record: SourceRecord) -> str:
    """What to call a record that is no entry."""
    title = record.data.get("title")
    return clean(title) if isinstance(title, str) and clean(title) else record.guid
