"""The frame of every page: name, emblem and colours of the site, navigation, languages, words of errors."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from flask import current_app, g, request
from markupsafe import escape
from werkzeug.exceptions import default_exceptions

from ckanext.govshare import config
from ckanext.govshare.portal import settings

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Pages that need neither core's style sheet (330 KB) nor its scripts: they work without JavaScript.
READING = {
    "home": {"index", "about"},
    "user": {"login"},
    "dataset": {"search", "read"},
    "dataset_resource": {"read"},
    "organization": {"index", "read", "about"},
    "govshare_desk": None,
    "govshare_developers": None,
    "govshare_dialogue": None,
    "govshare_exchange": None,
    "govshare_people": None,
    "govshare_portal": None,
    "govshare_publication": None,
    "govshare_usage": None,
}
WORKING_ROOMS = ("govshare_desk", "govshare_people", "govshare_exchange")
NAVIGATION = (
    ("home.index", "Home"),
    ("dataset.search", "Data catalogue"),
    ("govshare_publication.progress", "Opening progress"),
    ("govshare_publication.applications", "Data applications"),
    ("govshare_dialogue.index", "Dialogue"),
    ("govshare_developers.developers", "Developers"),
)


def govshare_site() -> dict[str, Any]:
    """The site's name, emblem, colours and foot, from the configuration.

    :returns: every ``ckanext.govshare.site.*`` by its short name, with ``title``, ``slogan``,
        ``emblem_image``, ``emblem_text``, and ``colours``: a style text, empty where none is set
    """
    site = config.site()
    emblem = str(site["emblem"] or "")
    image = emblem if "/" in emblem else ""
    if emblem.startswith("data:"):
        image = tk.h.url_for("govshare_portal.emblem", name=settings.emblem_name(emblem), locale="default")
    english = str(tk.h.lang() or "").startswith("en")
    chosen = {name: site[name] for name in ("brand", "brand_deep") if COLOUR.fullmatch(site[name] or "")}
    found = site | {
        "title": (english and site["name_en"]) or tk.config.get("ckan.site_title") or "",
        "slogan": site["slogan_en"] if english else tk.config.get("ckan.site_description"),
        "emblem_image": image,
        "emblem_text": "" if image else (emblem or site["city"] or "数")[:1],
        "colours": "".join(f"--gs-set-{name.replace('_', '-')}:{value};" for name, value in chosen.items()),
    }
    return found | {"slogan": found["slogan"] or tk._("Gather · Share · Open")}


def govshare_favicon() -> str:
    """The emblem, or its character on the site's colour as a picture in an address: nothing is fetched for that."""
    site = govshare_site()
    if site["emblem_image"]:
        return str(tk.h.url_for_static_or_external(site["emblem_image"]))
    colour = site["brand"] if COLOUR.fullmatch(site["brand"] or "") else "#0b4f8a"
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{colour}"/><text x="16" y="23" font-size="19" '
        'font-weight="700" text-anchor="middle" fill="#fff" font-family="sans-serif">'
        f"{escape(site['emblem_text'])}</text></svg>"
    )
    return f"data:image/svg+xml,{quote(picture)}"


def govshare_room(endpoint: str) -> bool:
    """Whether the site has this page: rooms may stay away."""
    return endpoint in current_app.view_functions


def govshare_nav() -> list[dict[str, Any]]:
    """The main navigation: pages that exist, ``[{label, url, active, count}]``.

    At work, in desk and office, the way lies between the places of work; everywhere else between the public pages,
    with the places of work of the person behind them.
    """
    work = _places_of_work()
    if work and str(request.endpoint or "").partition(".")[0] in WORKING_ROOMS:
        public = ("dataset.search", "govshare_publication.progress")
        return [*work, *_work_navigation(), *_public_navigation(public[: 3 - len(work)])]  # one line at 1280 px
    return [*_public_navigation(), *work]


def _places_of_work() -> list[dict[str, Any]]:
    """Desk and office for the people who have something to do there, where that room is loaded."""
    if not govshare_room("govshare_desk.desk") or not tk.current_user.is_authenticated:
        return []
    places = tk.h.govshare_desk_places()
    here = str(request.endpoint or "")
    at_change = here in ("govshare_desk.change", "govshare_desk.changes", "govshare_desk.approve_many")
    of_office = here.startswith("govshare_desk.office") and here != "govshare_desk.office_systems"
    at_office = of_office or (at_change and places["office"])
    at_desk = here == "govshare_desk.desk" or (at_change and not places["office"])
    found = []
    if places["desk"]:
        found.append({"label": tk._("Desk"), "url": tk.h.url_for("govshare_desk.desk"), "active": at_desk})
    if places["office"]:
        label, url = tk._("Office review"), tk.h.url_for("govshare_desk.office")
        found.append({"label": label, "url": url, "active": at_office})
    if found:
        found[-1]["count"] = places["waiting"]
    return found


def _work_navigation() -> list[dict[str, Any]]:
    """What lies beside desk and office: the office looks at every department's, a department at its own."""
    office = tk.h.govshare_desk_places()["office"]
    labels = {
        "" if office else "govshare_desk.catalogue": tk._("Our catalogue"),
        "govshare_desk.office_systems" if office else "govshare_desk.systems": tk._("Information systems"),
        "govshare_exchange.index": tk._("Exchange points"),
    }
    here = str(request.endpoint or "")
    return [
        {"label": label, "url": tk.h.url_for(endpoint), "active": here == endpoint}
        for endpoint, label in labels.items()
        if govshare_room(endpoint)
    ]


def _public_navigation(only: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    labels = {
        "Home": tk._("Home"),
        "Data catalogue": tk._("Data catalogue"),
        "Opening progress": tk._("Opening progress"),
        "Data applications": tk._("Data applications"),
        "Dialogue": tk._("Dialogue"),
        "Developers": tk._("Developers"),
    }
    return [
        {"label": labels[label], "url": tk.h.url_for(endpoint), "active": _is_active(endpoint)}
        for endpoint, label in NAVIGATION
        if govshare_room(endpoint) and (not only or endpoint in only)
    ]


def _is_active(endpoint: str) -> bool:
    here = str(request.endpoint or "")
    if endpoint == "dataset.search":
        return here.split(".")[0] in ("dataset", "dataset_resource", "resource", "organization")
    if endpoint == "govshare_publication.progress":
        return here in tuple(f"govshare_publication.{name}" for name in ("progress", "ledger", "difference"))
    if endpoint == "govshare_publication.applications":
        return here.startswith("govshare_publication.application") or here.startswith("application.")
    return here == endpoint


def govshare_reading_page() -> bool:
    """Whether this is a page for readers, which carries the portal's own style and no script."""
    if g.get("govshare_error"):
        return True
    blueprint, _, view = str(request.endpoint or "").rpartition(".")
    return blueprint in READING and (READING[blueprint] is None or view in READING[blueprint])


def govshare_core_page() -> bool:
    """Whether the page is one of core's own: it needs core's styles and scripts."""
    return not govshare_reading_page() and not str(request.endpoint or "").startswith("govshare_")


def govshare_language_links() -> list[dict[str, str]]:
    """The same page in the other languages: ``[{label, url, lang}]``."""
    names = {"zh_Hans_CN": "简体中文", "en": "English"}
    here = tk.h.lang()
    return [
        {
            "label": names[code],
            "url": tk.h.url_for(tk.h.current_url(), locale=code),
            "lang": code.replace("_", "-"),
        }
        for code in tk.config.get("ckan.locales_offered") or list(names)
        if code != here and code in names
    ]


def govshare_error(code: Any, content: Any) -> dict[str, str]:
    """Words for an error page: ``{code, title, text}``; Werkzeug's own English texts are replaced."""
    g.govshare_error = True
    number = str(code[0] if isinstance(code, list) else code)
    title, text = {
        "400": (
            tk._("This request cannot be understood"),
            tk._("Please go back and check what was entered."),
        ),
        "401": (tk._("Please log in"), tk._("This page is for people with an account.")),
        "403": (
            tk._("You may not see this page"),
            tk._("Your account has no right to it, or it is not public."),
        ),
        "404": (
            tk._("This page is not here"),
            tk._("The address may be mistyped, or the page was moved or withdrawn."),
        ),
        "413": (tk._("The file is too large"), tk._("Please divide it, or ask the operator of the site.")),
        "429": (tk._("Too many requests"), tk._("Please wait a minute and try again.")),
    }.get(
        number,
        (
            tk._("Something went wrong here"),
            tk._("It has been recorded. Please try again later, or tell us by telephone."),
        ),
    )
    given = str(content or "").strip()
    standard = default_exceptions.get(int(number)) if number.isdecimal() else None
    ours = given and given not in ("Internal server error", getattr(standard, "description", None))
    return {"code": number, "title": title, "text": given if ours and not number.startswith("5") else text}
