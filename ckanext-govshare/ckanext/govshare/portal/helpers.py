"""What the portal's templates ask: the site's own words and colours, navigation, addresses, previews, quality."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

import ckan.plugins.toolkit as tk
from ckan.lib import munge
from flask import current_app, g, request
from markupsafe import Markup, escape
from werkzeug.exceptions import default_exceptions

from ckanext.govshare import config
from ckanext.govshare.portal import facets, fields, preview, quality, words

__all__ = [
    "govshare_api_url",
    "govshare_citation",
    "govshare_day",
    "govshare_downloads",
    "govshare_error",
    "govshare_favicon",
    "govshare_filters",
    "govshare_filters_chosen",
    "govshare_items",
    "govshare_language_links",
    "govshare_mark",
    "govshare_nav",
    "govshare_number",
    "govshare_overview",
    "govshare_preview",
    "govshare_quality",
    "govshare_query_url",
    "govshare_reading_page",
    "govshare_recent",
    "govshare_room",
    "govshare_site",
    "govshare_size",
    "govshare_when",
]

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# Pages that need neither core's style sheet (330 KB) nor its scripts: they work without JavaScript.
READING = {
    "home": {"index", "about"},
    "user": {"login"},
    "dataset": {"search", "read"},
    "dataset_resource": {"read"},
    "organization": {"index", "read", "about"},
    "govshare_portal": None,
    "govshare_publication": None,
}
NAVIGATION = (
    ("home.index", "Home"),
    ("dataset.search", "Data catalogue"),
    ("govshare_publication.progress", "Opening progress"),
    ("govshare_publication.applications", "Data applications"),
    ("govshare_portal.developers", "Developers"),
)


def _user() -> str:
    return getattr(tk.current_user, "name", "") or ""


def _locale() -> str:
    return "en" if str(tk.h.lang() or "").startswith("en") else "zh_Hans_CN"


def govshare_site() -> dict[str, Any]:
    """The site's name, emblem, colours and foot, from the configuration.

    :returns: every ``ckanext.govshare.site.*`` by its short name, with ``title``, ``slogan``, ``emblem_image``,
        ``emblem_text``, and ``colours``: a style text, empty unless the colours are the site's own
    """
    site = config.site()
    emblem = str(site["emblem"] or "")
    image = emblem if "/" in emblem else ""
    chosen = {name: site[name] for name in ("brand", "brand_deep") if COLOUR.fullmatch(site[name] or "")}
    return site | {
        "title": tk.config.get("ckan.site_title") or "",
        "slogan": tk.config.get("ckan.site_description") or tk._("Gather · Share · Open"),
        "emblem_image": image,
        "emblem_text": "" if image else (emblem or site["city"] or "数")[:1],
        "colours": "".join(f"--gs-set-{name.replace('_', '-')}:{value};" for name, value in chosen.items()),
    }


def govshare_favicon() -> str:
    """The emblem's character on the site's colour as a picture in an address: nothing is fetched for it."""
    site = govshare_site()
    colour = site["brand"] if COLOUR.fullmatch(site["brand"] or "") else "#0b4f8a"
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{colour}"/><text x="16" y="23" font-size="19" font-weight="700" '
        f'text-anchor="middle" fill="#fff" font-family="sans-serif">{escape(site["emblem_text"])}</text></svg>'
    )
    return f"data:image/svg+xml,{quote(picture)}"


def govshare_room(endpoint: str) -> bool:
    """Whether the site has this page: rooms may stay away."""
    return endpoint in current_app.view_functions


def govshare_nav() -> list[dict[str, Any]]:
    """The main navigation: pages that exist, ``[{label, url, active}]``."""
    labels = {
        "Home": tk._("Home"),
        "Data catalogue": tk._("Data catalogue"),
        "Opening progress": tk._("Opening progress"),
        "Data applications": tk._("Data applications"),
        "Developers": tk._("Developers"),
    }
    return [
        {"label": labels[label], "url": tk.h.url_for(endpoint), "active": _is_active(endpoint)}
        for endpoint, label in NAVIGATION
        if govshare_room(endpoint)
    ]


def _is_active(endpoint: str) -> bool:
    here = str(request.endpoint or "")
    if endpoint == "dataset.search":
        return here.split(".")[0] in ("dataset", "dataset_resource", "resource", "organization")
    if endpoint == "govshare_publication.progress":
        return here in ("govshare_publication.progress", "govshare_publication.ledger")
    if endpoint == "govshare_publication.applications":
        return here.startswith("govshare_publication.application") or here.startswith("application.")
    return here == endpoint


def govshare_reading_page() -> bool:
    """Whether this is a page for readers, which carries the portal's own style and no script."""
    if g.get("govshare_error"):
        return True
    blueprint, _, view = str(request.endpoint or "").rpartition(".")
    return blueprint in READING and (READING[blueprint] is None or view in READING[blueprint])


def govshare_language_links() -> list[dict[str, str]]:
    """The same page in the other languages: ``[{label, url, lang}]``."""
    names = {"zh_Hans_CN": "简体中文", "en": "English"}
    here = tk.h.lang()
    return [
        {"label": names[code], "url": tk.h.url_for(tk.h.current_url(), locale=code), "lang": code.replace("_", "-")}
        for code in tk.config.get("ckan.locales_offered") or list(names)
        if code != here and code in names
    ]


def govshare_query_url(toggle: tuple[str, str] | None = None, **changes: str | None) -> str:
    """This page with another query: values replaced (None takes them away), one filter value put in or taken out.

    The page number falls away unless it is what changes.

    :param toggle: name and value of a filter
    """
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key not in changes and key != "page"]
    if toggle is not None:
        pairs = [pair for pair in pairs if pair != toggle] if toggle in pairs else [*pairs, toggle]
    pairs += [(key, value) for key, value in changes.items() if value is not None]
    path = tk.h.url_for(tk.h.current_url().partition("?")[0])
    return f"{path}?{urlencode(pairs)}" if pairs else path


def govshare_filters(titles: dict[str, str], found: dict[str, Any]) -> list[facets.Filter]:
    """The filters beside a list of results."""
    return facets.filters(titles, found)


def govshare_filters_chosen(
    chosen: dict[str, list[str]], titles: dict[str, str], found: dict[str, Any]
) -> list[dict[str, str]]:
    """The filters in force, with the address without each."""
    return facets.chosen(chosen or {}, titles or {}, found or {})


def govshare_mark(text: str | None, query: str | None, length: int = 0) -> Markup:
    """A text, shortened, with the searched words marked."""
    plain = str(tk.h.markdown_extract(text or "", extract_length=0)) if length else str(text or "")
    plain = Markup(plain).unescape() if length else plain
    if length and len(plain) > length:
        plain = plain[: length - 1] + "…"
    terms = [re.escape(term) for term in re.split(r"[\s\"'()*:+\-]+", query or "") if term and term not in ("AND", "OR")]
    if not terms:
        return escape(plain)
    parts = re.split(f"({'|'.join(sorted(terms, key=len, reverse=True))})", plain, flags=re.IGNORECASE)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def govshare_number(value: Any) -> str:
    """A count as people write it."""
    return words.number(value, _locale())


def govshare_size(value: Any) -> str:
    """A file size as people write it."""
    return words.size(value)


def govshare_when(value: Any) -> str:
    """How long ago: 今天, 昨天, 3天前, 9月30日."""
    near = {0: tk._("today"), 1: tk._("yesterday")}
    return near.get(words.ago(value), "") or words.when(value, _locale())


def govshare_day(value: Any) -> str:
    """A day in full."""
    return words.day(value)


def govshare_overview() -> dict[str, list[Any]]:
    """Fields of opening with their numbers of entries, and common topics (portal/fields.py)."""
    return fields.overview(_user())


def govshare_recent(limit: int = 5) -> list[dict[str, Any]]:
    """The entries whose data changed last."""
    return fields.recent(_user(), limit)


def govshare_downloads(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Files of an entry that this reader may take, tables first: ``[{resource, label, size, outside}]``."""
    order = {"CSV": 0, "XLSX": 1, "JSON": 2}
    found = [
        {
            "resource": resource,
            "label": resource.get("format") or tk._("File"),
            "size": words.size(resource.get("size")) if resource.get("size") else "",
            "outside": resource.get("url_type") != "upload",
        }
        for resource in entry.get("resources", [])
        if resource.get("url")
    ]
    return sorted(found, key=lambda row: order.get(row["label"].upper(), len(order)))


def govshare_items(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """信息项 of an entry; an empty list when it has none."""
    items = entry.get("info_items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def govshare_preview(entry: dict[str, Any], resource: dict[str, Any] | None = None, limit: int = 10) -> dict[str, Any] | None:
    """First rows of a resource, or of the entry's best one: ``{resource, table}`` or None."""
    candidates = [resource] if resource else [row["resource"] for row in govshare_downloads(entry)]
    candidates.sort(key=lambda candidate: not candidate.get("datastore_active"))
    for candidate in candidates:
        table = preview.first_rows(candidate, govshare_items(entry), limit, _user())
        if table is not None:
            return {"resource": candidate, "table": table}
    return None


def govshare_quality(entry: dict[str, Any]) -> list[quality.Mark]:
    """Marks of quality: completeness, formats, links, freshness."""
    return quality.marks(entry)


def govshare_citation(entry: dict[str, Any]) -> dict[str, str]:
    """How to cite an entry: ``{text, bibtex}``."""
    address = tk.h.url_for("dataset.read", id=entry["name"], qualified=True, locale="default")
    provider = (entry.get("organization") or {}).get("title") or tk.config.get("ckan.site_title") or ""
    updated = words.day(entry.get("data_updated") or entry.get("metadata_modified"))
    key = munge.munge_name(entry["name"])
    fields_of = {
        "author": f"{{{provider}}}", "title": f"{{{entry['title']}}}", "year": updated[:4],
        "howpublished": f"\\url{{{address}}}", "note": updated,
    }  # fmt: skip
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields_of.items())
    return {"text": f"{provider}. {entry['title']} [DS]. {updated}. {address}", "bibtex": f"@misc{{{key},\n{lines}\n}}"}


def govshare_api_url(action: str = "") -> str:
    """Address of the API, or of one of its actions, in no language."""
    return tk.config["ckan.site_url"].rstrip("/") + "/api/3/action/" + action


def govshare_error(code: Any, content: Any) -> dict[str, str]:
    """Words for an error page: ``{code, title, text}``; the standard English texts of the web server are replaced."""
    g.govshare_error = True
    number = str(code[0] if isinstance(code, list) else code)
    title, text = {
        "400": (tk._("This request cannot be understood"), tk._("Please go back and check what was entered.")),
        "401": (tk._("Please log in"), tk._("This page is for people with an account.")),
        "403": (tk._("You may not see this page"), tk._("Your account has no right to it, or it is not public.")),
        "404": (tk._("This page is not here"), tk._("The address may be mistyped, or the page was moved or withdrawn.")),
        "413": (tk._("The file is too large"), tk._("Please divide it, or ask the operator of the site.")),
        "429": (tk._("Too many requests"), tk._("Please wait a minute and try again.")),
    }.get(
        number,
        (tk._("Something went wrong here"), tk._("It has been recorded. Please try again later, or tell us by telephone.")),
    )
    given = str(content or "").strip()
    standard = default_exceptions.get(int(number)) if number.isdecimal() else None
    ours = given and given not in ("Internal server error", getattr(standard, "description", None))
    return {"code": number, "title": title, "text": given if ours and number != "500" else text}
