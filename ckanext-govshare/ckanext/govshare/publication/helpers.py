"""Template helpers: progress and figures, read once a request, and the words of reasons and days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
from flask import g, has_request_context

from ckanext.govshare.kernel import clock
from ckanext.govshare.publication import count, reasons, submissions_used

__all__ = [
    "govshare_application_form",
    "govshare_applications_of",
    "govshare_day_label",
    "govshare_home_figures",
    "govshare_month_label",
    "govshare_progress",
    "govshare_progress_cards",
    "govshare_reason",
    "govshare_target_title",
]

T = TypeVar("T")
# Tones of tags: what the department must repair is bad, what time brings is late, the rest is neutral.
TONES = {
    "dead_link": "bad",
    "empty_file": "bad",
    "no_open_file": "bad",
    "overdue_long": "late",
    "proof_old": "late",
}
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _once(key: str, read: Callable[[], T]) -> T:
    """What `read` answers, asked once a request."""
    if not has_request_context():
        return read()
    count.share()
    if key not in g:
        setattr(g, key, read())
    return g.get(key)


def govshare_progress() -> list[dict[str, Any]]:
    """The state of the city's targets, as the reader may see it: the cards of `govshare_progress_cards`."""

    def read() -> list[dict[str, Any]]:
        return tk.get_action("govshare_publication_progress")(
            {"user": getattr(tk.current_user, "name", "")}, {}
        )

    return govshare_progress_cards(_once("_govshare_progress", read))


def govshare_progress_cards(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Group rows of progress by measure.

    :param rows: what `govshare_publication_progress` answers
    :returns: ``[{measure, main: row, rows: [row …], percent, reached, reasons: [{slug, label, todo, tone,
        number}], not_counted, forecast, in_time}]``: `main` is the target that comes next (or the last one),
        `percent` of its number (at most 100), `forecast` the text, `not_counted` the sum
    """
    cards = []
    for measure in dict.fromkeys(row["target"]["measure"] for row in rows):
        group = sorted(
            (row for row in rows if row["target"]["measure"] == measure), key=lambda row: row["due"]
        )
        today = clock.today().isoformat()
        main = next((row for row in group if row["due"] >= today), group[-1])
        least, reach = main["target"]["at_least"], main["forecast"]["reach_date"]
        cards.append({
            "measure": measure, "main": main, "rows": group, "reached": not main["needed"],
            "percent": min(100, main["counted"] * 100 // least) if least else 100,
            "reasons": [{**govshare_reason(slug), "number": n} for slug, n in main["not_counted"].items()],
            "not_counted": sum(main["not_counted"].values()),
            "forecast": main["forecast"][f"text_{reasons.language()}"],
            "in_time": not main["needed"] or bool(reach and reach <= main["due"]),
        })  # fmt: skip
    return cards


def govshare_home_figures() -> dict[str, int]:
    """The numbers of the home page, as `govshare_publication_figures` describes them."""
    return _once("_govshare_figures", lambda: tk.get_action("govshare_publication_figures")({"user": ""}, {}))


def govshare_reason(slug: str) -> dict[str, str]:
    """A reason for people: ``{slug, label, todo, tone}``, `tone` one of "", "late", "bad"."""
    return {
        "slug": slug,
        "label": reasons.label(slug),
        "todo": reasons.what_to_do(slug) or "",
        "tone": TONES.get(slug, ""),
    }


def govshare_target_title(target: dict[str, Any]) -> str:
    """A target's title in the reader's language; Chinese when it has no other."""
    return target["title"] if reasons.language() == "zh" else target["title_en"] or target["title"]


def govshare_day_label(day: str | date, year: bool = False) -> str:
    """A day as people write it: 3月31日, 2026年3月31日; 31 March, 31 March 2026."""
    found = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    if reasons.language() == "zh":
        return (f"{found.year}年" if year else "") + f"{found.month}月{found.day}日"
    return f"{found.day} {MONTHS[found.month - 1]}" + (f" {found.year}" if year else "")


def govshare_month_label(month: int) -> str:
    """A month (1–12) on an axis: 3月, Mar."""
    return f"{month}月" if reasons.language() == "zh" else MONTHS[month - 1][:3]


def govshare_applications_of(package: dict[str, Any]) -> list[dict[str, str]]:
    """Approved applications that use an entry, by title: ``[{name, title}]``."""
    return submissions_used.applications_of(package)


def govshare_application_form(form: str) -> str:
    """What a form of application is called: 网页, 小程序 …; the code where the schema knows none."""
    schema = tk.h.scheming_get_dataset_schema("application")
    field = tk.h.scheming_field_by_name(schema["dataset_fields"], "app_form")
    return tk.h.scheming_choices_label(field["choices"], form)
