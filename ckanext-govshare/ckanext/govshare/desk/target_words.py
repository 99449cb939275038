"""Targets on screen: what they count, for whom, how they stand, and what one without a title is called."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import codelists

MEASURES = ("open_datasets", "applications", "interfaces", "rows", "hook_up", "cloud")
SCOPES = ("city", "department", "field")


def measure(name: str) -> str:
    """What is counted."""
    labels = {
        "open_datasets": tk._("Open data sets"),
        "applications": tk._("Data applications"),
        "interfaces": tk._("Interfaces"),
        "rows": tk._("Rows of open data"),
        "hook_up": tk._("Hook-up rate (internal)"),
        "cloud": tk._("Systems on the cloud (internal)"),
    }
    return labels.get(name, name)


def scope(name: str) -> str:
    """For whom it is counted."""
    labels = {"city": tk._("Whole city"), "department": tk._("One department"), "field": tk._("One field")}
    return labels.get(name, name)


def field(code: str) -> str:
    """A field of opening in the reader's language."""
    found = codelists.installed()["open_domain"].get(code)
    if found is None:
        return code
    return found.en if str(tk.h.lang() or "").startswith("en") else found.zh


def place(target: Mapping[str, Any]) -> str:
    """Whose target it is."""
    if target["organization"]:
        return target["organization"]["title"]
    return field(target["field"]) if target["field"] else scope("city")


def number(target: Mapping[str, Any]) -> str:
    """What is asked for, with its unit."""
    return f"{target['at_least']}%" if target["unit"] == "percent" else f"{target['at_least']:,}"


def state(row: Mapping[str, Any] | None, target: Mapping[str, Any]) -> dict[str, str]:
    """How a target stands: ``{text, look}``.

    :param row: of `govshare_publication_progress`; None where it is not known
    """
    if row is None:
        return {"text": tk._("Locked") if target["locked"] else "", "look": ""}
    final = row.get("locked")
    told = final or row
    if _reached(told, target):
        text = tk._("Reached, locked") if final else tk._("Reached")
        return {"text": text, "look": "open"}
    if final:
        return {"text": tk._("Missed, locked"), "look": "bad"}
    return {"text": tk._("{number} to go").format(number=row["needed"]), "look": "late"}


def counted(row: Mapping[str, Any] | None, target: Mapping[str, Any]) -> str:
    """What is counted: the locked number of a day that is over, otherwise today's."""
    if row is None:
        return "—"
    told = row.get("locked") or row
    value = told.get("value")
    if target["unit"] == "percent":
        share = told["counted"] * 100 / told["candidates"] if told.get("candidates") else 0
        return f"{share:.1f}%"
    return f"{told['counted'] if value is None else value:,}"


def _reached(told: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    if target["unit"] == "percent":
        candidates = told.get("candidates") or 0
        return candidates > 0 and told["counted"] * 100 >= target["at_least"] * candidates
    value = told.get("value")
    return (told["counted"] if value is None else value) >= target["at_least"]


def title(measure: str, at_least: str, due: date, department: str = "", field: str = "") -> str:
    """What a target is called if nobody named it, in Chinese: 2026年12月底前交通运输领域开放10个以上数据集.

    :param department: its title, for a department's target
    :param field: code of the field, for a field's target
    """
    last = due.day == monthrange(due.year, due.month)[1]
    until = f"{due.year}年{due.month}月底前" if last else f"{due.year}年{due.month}月{due.day}日前"
    found = codelists.installed()["open_domain"].get(field)
    whose = f"{found.zh}领域" if found else department
    what = {
        "open_datasets": f"开放{at_least}个以上数据集",
        "applications": f"形成{at_least}个以上数据应用",
        "interfaces": f"开放{at_least}个以上数据接口",
        "rows": f"开放数据{at_least}条以上",
        "hook_up": f"目录挂接率达到{at_least}%以上",
        "cloud": f"政务信息系统上云比例达到{at_least}%以上",
    }.get(measure, "")
    return f"{until}{whose}{what}"


def title_en(measure: str, at_least: str, due: date, department: str = "", field: str = "") -> str:
    """The same in English."""
    found = codelists.installed()["open_domain"].get(field)
    whose = f" ({found.en if found else department})" if found or department else ""
    what = {
        "open_datasets": f"{at_least} open data sets",
        "applications": f"{at_least} data applications",
        "interfaces": f"{at_least} interfaces",
        "rows": f"{at_least} rows of open data",
        "hook_up": f"{at_least}% of the entries hooked up",
        "cloud": f"{at_least}% of the systems on the cloud",
    }.get(measure, "")
    return f"At least {what}{whose} by {due.day} {due:%B} {due.year}"
