"""Template helpers: progress and figures, read once a request, and the words of reasons and days."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
from babel.numbers import format_compact_decimal, format_decimal
from flask import current_app, g, has_request_context
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from ckanext.govshare import config, roles
from ckanext.govshare.kernel import clock, counting
from ckanext.govshare.publication import count, reasons, submissions_used
from ckanext.govshare.publication.model import Measure

__all__ = [
    "govshare_amount",
    "govshare_application_form",
    "govshare_applications_of",
    "govshare_day_label",
    "govshare_home_figures",
    "govshare_kept",
    "govshare_measure",
    "govshare_month_label",
    "govshare_progress",
    "govshare_progress_cards",
    "govshare_quality_facts",
    "govshare_reason",
    "govshare_repairer",
    "govshare_target_state",
    "govshare_target_title",
]

T = TypeVar("T")
MARK = "@form-of-this-session@"  # in place of a token, while a page is kept
SHORTENED_FROM = 10_000  # rows; a number of data sets is written out
# Tones of tags: what the department must repair is bad, what time brings is late, the rest is neutral.
TONES = {
    "dead_link": "bad",
    "unreadable": "bad",
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


def govshare_progress(internal: bool = False) -> list[dict[str, Any]]:
    """The state of the city's targets, as the reader may see it: the cards of `govshare_progress_cards`.

    :param internal: with those that are no matter of the public; for the pages of desk and office
    """

    def read() -> list[dict[str, Any]]:
        return tk.get_action("govshare_publication_progress")(
            {"user": getattr(tk.current_user, "name", "")}, {}
        )

    rows = _once("_govshare_progress", read)
    return govshare_progress_cards(
        [row for row in rows if internal or Measure(row["target"]["measure"]).public]
    )


def govshare_progress_cards(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Group rows of progress by measure.

    :param rows: what `govshare_publication_progress` answers
    :returns: ``[{measure, unit, main: row, rows: [row …], percent, reached, reasons: [{slug, label, todo, tone,
        number}], not_counted, forecast, in_time}]``: `main` is the target that comes next (or the last one),
        `percent` of its number (at most 100), `forecast` the text (where a pace means something), `not_counted` the
        sum
    """
    cards = []
    for measure in (measure.value for measure in Measure):
        group = sorted(
            (row for row in rows if row["target"]["measure"] == measure), key=lambda row: row["due"]
        )
        if not group:
            continue
        today = clock.today().isoformat()
        main = next((row for row in group if row["due"] >= today), group[-1])
        least, told = main["target"]["at_least"], main["forecast"]
        days = [day for day in (told["reach_date"], told.get("plan_date")) if day]
        version = main["target"]["rule_version"]
        cards.append({
            "measure": measure, "unit": main["unit"], "main": main, "rows": group, "reached": main["reached"],
            "percent": min(100, int(main["value"] * 100 // least)) if least else 100,
            "reasons": [
                {**govshare_reason(slug, version), "number": n} for slug, n in main["not_counted"].items()
            ],
            "not_counted": sum(main["not_counted"].values()),
            "forecast": told[f"text_{reasons.language()}"] if main["unit"] == "number" else "",
            "in_time": main["reached"] or any(day <= main["due"] for day in days),
        })  # fmt: skip
    return cards


def govshare_kept(key: tuple[Hashable, ...], draw: Callable[[], str]) -> Markup:
    """A page, or a part of one, drawn once in this process until anything changes that it shows of progress.

    Verdicts, targets, plans and names of departments leave a note when they change (migrations 009 and 016). The token
    of the reader's forms is put in each time: it is of one session.

    :param key: all that it depends on besides, as the reader with his rights, and what the address asks for
    """
    count.share()
    token = generate_csrf() if tk.current_user.is_authenticated else ""
    whole = ("drawn", tk.h.lang(), tuple(map(str, config.site().values())), *key)
    drawn = count.current().keep(whole, lambda: draw().replace(token, MARK) if token else draw())
    return Markup(drawn.replace(MARK, token) if token else drawn)  # noqa: S704 - a template has drawn it


def govshare_measure(measure: str) -> str:
    """What a measure is called."""
    labels = {
        "open_datasets": tk._("Open data sets"),
        "applications": tk._("Data applications"),
        "interfaces": tk._("Interfaces"),
        "rows": tk._("Rows of open data"),
        "hook_up": tk._("Hook-up rate"),
        "cloud": tk._("Systems on the cloud"),
    }
    return labels.get(measure, measure)


def govshare_amount(value: float | None, unit: str = "number") -> str:
    """A number with its unit, as people write it: 62, 70.5%; rows in 万 or 亿, in English in thousands or millions.

    :param value: whole, or with one decimal for a share
    :param unit: ``number``, ``percent`` or ``rows``
    """
    if value is None:
        return "—"
    if unit == "percent":
        return f"{value:g}%"
    locale = "zh_Hans_CN" if reasons.language() == "zh" else "en"
    if unit == "rows" and value >= SHORTENED_FROM:
        return format_compact_decimal(value, locale=locale, fraction_digits=1)
    return format_decimal(value, locale=locale)


def govshare_target_state(row: dict[str, Any]) -> dict[str, str]:
    """What became of a target: its locked row, or where it stands: ``{text, look}``.

    :param row: of `govshare_publication_progress`
    """
    unit, final = row["unit"], row.get("locked")
    if final:
        least = row["target"]["at_least"]
        share = unit == "percent" and final["counted"] * 100 >= least * final["candidates"] > 0
        reached = share if unit == "percent" else final["value"] >= least
        text = (
            tk._("Reached {number}, locked (24:00 of {day})")
            if reached
            else tk._("Missed at {number}, locked (24:00 of {day})")
        )
        number, day = govshare_amount(final["value"], unit), govshare_day_label(final["day"])
        return {"text": text.format(number=number, day=day), "look": "open" if reached else "bad"}
    if row["reached"]:
        return {"text": tk._("Reached"), "look": "open"}
    number = govshare_amount(row["needed"], "rows" if unit == "rows" else "number")
    return {"text": tk._("{number} to go").format(number=number), "look": "late"}


def govshare_quality_facts(quality: dict[str, Any]) -> list[dict[str, Any]]:
    """Facts of quality in words, good ones first: ``[{slug, label, number, of, look}]``; facts, no score.

    :param quality: what `govshare_publication_quality` answers
    """
    labels = {
        "unconditional": (tk._("Open without condition"), ""),
        "conditional": (tk._("Open on condition"), ""),
        "machine_readable": (tk._("With a machine-readable file"), ""),
        "with_items": (tk._("With their items described"), ""),
        "on_time": (tk._("Updated in time"), ""),
        "overdue": (tk._("Update overdue"), "late"),
        "dead_links": (tk._("With a dead link"), "bad"),
        "unknown_links": (tk._("With a link whose state is not known"), ""),
        "mostly_blank": (tk._("Mostly blank cells"), "bad"),
        "forced_conversion": (tk._("Converted by force, not really a table"), "bad"),
        "unreadable": (tk._("With a file that cannot be read"), "bad"),
    }
    return [
        {"slug": slug, "label": label, "number": quality[slug], "of": quality["datasets"],
         "look": look if quality[slug] else ""}
        for slug, (label, look) in labels.items()
        if slug in quality
    ]  # fmt: skip


def govshare_repairer(region: str) -> dict[str, Any] | None:
    """For whom the reader may begin the change of an entry; None where the desk is not loaded or he may for nobody.

    :param region: region of the target; its office writes for every department
    :returns: ``{office: bool, organizations: {id …}}``
    """
    name = getattr(tk.current_user, "name", "")
    if not name or "govshare_desk.start_change" not in current_app.view_functions:
        return None
    hands = roles.Hands.of(name)
    office = region in hands.offices
    return {"office": office, "organizations": hands.writes} if office or hands.writes else None


def govshare_home_figures() -> dict[str, int]:
    """The numbers of the home page, as `govshare_publication_figures` describes them."""
    return _once("_govshare_figures", lambda: tk.get_action("govshare_publication_figures")({"user": ""}, {}))


def govshare_reason(slug: str, version: int = counting.LATEST) -> dict[str, str]:
    """A reason for people: ``{slug, label, todo, tone}``, `tone` one of "", "late", "bad"."""
    return {
        "slug": slug,
        "label": reasons.label(slug, version),
        "todo": reasons.what_to_do(slug, version) or "",
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
