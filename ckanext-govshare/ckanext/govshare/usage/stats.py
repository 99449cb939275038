"""Figures of the whole catalogue as everybody may see it: each with the list that it is a figure of."""

from __future__ import annotations

import csv
import io
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.kernel import clock, grids
from ckanext.govshare.usage import chart, store
from ckanext.govshare.usage.model import KINDS

MONTHS = 12
MOST_USED = 10
MOST_USED_DAYS = 90
VISITOR = {"user": "", "auth_user_obj": None}
#: figures of entries: filter of the catalogue → code list of its values, where they are codes
GROUPS = {"open_domain": "open_domain", "organization": "", "res_format": "", "open_type": "open_type"}


def visitor() -> dict[str, Any]:
    """The context of somebody without an account: the page is the same for everybody."""
    return dict(VISITOR)


def titles() -> dict[str, str]:
    """Names of the groups of figures."""
    return {
        "open_domain": tk._("Open data by field"),
        "organization": tk._("Open data by department"),
        "res_format": tk._("Open data by format"),
        "open_type": tk._("Open data by way of opening"),
        "opened": tk._("Opened per month"),
        "view": tk._("Views per month"),
        "download": tk._("Downloads per month"),
        "call": tk._("Calls per month"),
    }


def most_used_titles() -> dict[str, str]:
    """Names of the rankings."""
    return {"view": tk._("Most viewed"), "download": tk._("Most downloaded"), "call": tk._("Most called")}


def figures() -> dict[str, Any]:
    """Everything that the page and its file say.

    :returns: ``{as_of, since, count, departments, groups: [{slug, title, rows}], months: [{slug, title, rows, chart,
        text}], totals: {view, download, call}, most: [{slug, title, rows}], dialogue}``; a row is ``{code, label,
        number, percent, url}``, `percent` of the largest
    """
    found = _facets()
    site = tk.get_action("govshare_usage_site")(visitor(), {"months": MONTHS})
    groups = [_group(name, found["search_facets"][name]["items"]) for name in GROUPS]
    return {
        "as_of": clock.today().isoformat(),
        "since": site["since"],
        "count": found["count"],
        "departments": len(groups[1]["rows"]),
        "groups": [group for group in groups if group["rows"]],
        "months": [_opened(), *(_used(kind, site) for kind in KINDS)],
        "totals": {kind: site[f"{kind}s"] for kind in KINDS},
        "most": _most(),
        "dialogue": _dialogue(),
    }


def _facets() -> dict[str, Any]:
    query = {"fq_list": ["+dataset_type:dataset"], "rows": 0, "facet.field": list(GROUPS), "facet.limit": -1}
    return tk.get_action("package_search")(visitor(), query)


def _group(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    rows = []
    for item in items:
        code = str(item["name"])
        label = tk.h.govshare_code_label(GROUPS[name], code) if GROUPS[name] else item.get("display_name")
        if code and item["count"]:
            url = tk.h.url_for("dataset.search", **{name: code})
            rows.append({"code": code, "label": label or code, "number": item["count"], "url": url})
    rows.sort(key=lambda row: (-row["number"], row["label"]))
    most = max((row["number"] for row in rows), default=1)
    for row in rows:
        row["percent"] = round(100 * row["number"] / most)
    return {"slug": name, "title": titles()[name], "rows": rows}


def _opened() -> dict[str, Any]:
    found = store.opened_by_month()
    recent = store.months_until(clock.today(), MONTHS)
    rows = [
        _month("opened", month, found.get(month, 0))
        for month in sorted({*found, *recent})
        if month <= recent[-1]
    ]
    return _charted("opened", rows)


def _used(kind: str, site: dict[str, Any]) -> dict[str, Any]:
    return _charted(kind, [_month(kind, month["month"], month[f"{kind}s"]) for month in site["months"]])


def _month(slug: str, month: str, number: int) -> dict[str, Any]:
    url = tk.h.url_for("govshare_usage.behind", what=slug, month=month) if number else ""
    return {"code": month, "label": month, "number": number, "url": url}


def _charted(slug: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    shown = rows[-MONTHS:]
    text = tk._("{number} in {month}, the last month; {most} at most, in {when}; {all} in {count} months")
    highest = max(shown, key=lambda row: row["number"])
    return {
        "slug": slug,
        "title": titles()[slug],
        "rows": rows,
        "chart": chart.columns([(row["label"], row["number"]) for row in shown]),
        "text": text.format(
            number=shown[-1]["number"], month=shown[-1]["label"], most=highest["number"], when=highest["label"],
            all=sum(row["number"] for row in shown), count=len(shown),
        ),
    }  # fmt: skip


def _most() -> list[dict[str, Any]]:
    names = most_used_titles()
    rankings = {
        kind: tk.get_action("govshare_usage_ranking")(
            visitor(), {"kind": kind, "days": MOST_USED_DAYS, "limit": MOST_USED}
        )
        for kind in KINDS
    }
    return [{"slug": kind, "title": names[kind], "rows": rows} for kind, rows in rankings.items() if rows]


def _dialogue() -> dict[str, Any] | None:
    """Figures of the dialogue with the public, where the site has it."""
    try:
        return tk.get_action("govshare_dialogue_counts")(visitor(), {})
    except (KeyError, tk.NotAuthorized):
        return None


def as_csv(found: dict[str, Any]) -> bytes:
    """The figures as a file: one a row, with the day."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([tk._("Figure"), tk._("Code"), tk._("Name"), tk._("Number"), tk._("As of")])
    whole = {
        tk._("Open data sets"): found["count"],
        tk._("Departments"): found["departments"],
        tk._("Views"): found["totals"]["view"],
        tk._("Downloads"): found["totals"]["download"],
        tk._("Calls"): found["totals"]["call"],
    }
    rows = [(tk._("Whole site"), "", name, number) for name, number in whole.items()]
    for group in (*found["groups"], *found["months"]):
        rows += [(group["title"], row["code"], row["label"], row["number"]) for row in group["rows"]]
    for group in found["most"]:
        rows += [(group["title"], row["name"], row["title"], row["number"]) for row in group["rows"]]
    for row in rows:
        writer.writerow([*(grids.neutral(str(cell)) for cell in row), found["as_of"]])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")
