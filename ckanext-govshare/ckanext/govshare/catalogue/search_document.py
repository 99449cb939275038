"""What the index holds of an entry beside core's fields: words to find it by, and what a search is narrowed by.

What the public may not know of a public entry is left out of every field: items that are shared more narrowly than the
entry, files for departments, names of files that the opening gate did not pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import Any

from ckanext.govshare import roles
from ckanext.govshare.catalogue import codelists, rights
from ckanext.govshare.kernel import clock, counting, finding, pinyin

SOON_DAYS = {
    "4": 7,
    "5": 14,
    "6": 30,
    "7": 30,
}  # before the last day, by update cycle; shorter ones give no warning
COPIED = ("provider_unit", "source_system", "business_matter")


def fields(entry: dict[str, Any]) -> dict[str, Any]:
    """Index fields of an entry.

    :param entry: as ``package_show`` answers it to everybody's eyes, by the schema of its type
    """
    items = entry.get("info_items") or []
    if rights.is_public(entry):
        items = [item for item in items if not rights.is_narrower(item, entry)]
    owner = roles.organization(entry.get("owner_org"))
    names = _names(owner)
    tags = [tag["name"] for tag in entry.get("tags") or []]
    title = finding.fold(entry.get("title") or "")
    sounding = list(dict.fromkeys(finding.fold(text) for text in (title, *names, *tags)))
    return {
        "items_text": _texts(value for item in items for value in (item.get("name"), item.get("name_en"))),
        "org_text": names,
        "about_text": _texts(_about(entry, items, owner)),
        "pinyin": [pinyin.spelled(text) for text in sounding],
        "initials": [text for text in map(pinyin.initials, sounding) if len(text) > 1],
        "title_string": pinyin.sort_key(title),
        **({"region": owner.region} if owner is not None and owner.region else {}),
        **_due(entry),
    }


def _names(owner: roles.Organization | None) -> list[str]:
    """All names of a department: its own, short and former ones, and those that every such department has."""
    if owner is None:
        return []
    return _texts((owner.title, *roles.short_names(owner.id), *codelists.synonyms().names_of(owner.title)))


def _about(
    entry: dict[str, Any], items: list[dict[str, Any]], owner: roles.Organization | None
) -> Iterable[Any]:
    """What else is said of an entry: unit and system, field and region in words, items described, open files."""
    yield from (entry.get(name) for name in COPIED)
    coded = {"open_domain": entry.get("open_domain"), "region": owner.region if owner else ""}
    for name, value in coded.items():
        code = codelists.lists()[name].get(value or "")
        if code is not None:
            yield from (code.zh, code.en)
    yield from (item.get("description") for item in items)
    for resource in entry.get("resources") or []:
        if resource.get("audience") == "open":
            yield from (resource.get("name"), resource.get("description"))
            if (
                rights.is_public(entry)
                and entry.get("open_type") == "1"
                and resource.get("opening") in rights.PASSED
            ):
                yield resource.get("original_name")


def _due(entry: dict[str, Any]) -> dict[str, str]:
    """The last day on which the data are in time, and the first on which it is near; nothing of an irregular cycle."""
    facts = counting.DatasetFacts(
        id="",
        update_cycle=entry.get("update_cycle") or "",
        data_updated=_day(entry.get("data_updated")),
        published=_day(entry.get("pub_date")),
    )
    due = counting.due(facts)
    if due is None:
        return {}
    early = SOON_DAYS.get(facts.update_cycle)
    near = due + timedelta(days=1) if early is None and due < date.max else due - timedelta(days=early or 0)
    return {"due": due.isoformat(), "due_soon": near.isoformat()}


def _day(value: Any) -> date | None:
    """The day in Beijing of an ISO day or moment."""
    text = str(value or "")
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(clock.ZONE).date()


def _texts(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values if value))
