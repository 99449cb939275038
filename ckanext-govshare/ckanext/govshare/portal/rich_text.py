"""Markdown of the office as HTML that can do nothing: no script, no style, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from html import unescape

import ckan.plugins.toolkit as tk
import nh3
from markdown import markdown
from markupsafe import Markup

MOST = 50_000  # characters of a text
WILD = 1000  # brackets or backticks; the time that Markdown takes grows with their square
EXTENSIONS = ("tables", "sane_lists", "nl2br")
TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}}
SCHEMES = {"http", "https", "mailto", "tel"}
# The page has its own heading of the first order; what is deeper than four would be no heading any more.
HEADINGS = {"h1": "h2", "h5": "h4", "h6": "h4"}
TABLE = '<div class="gs-scroll" tabindex="0"><table class="gs-table">'


def render(text: str) -> Markup:
    """A text in Markdown, with tables, as safe HTML.

    :param text: as it was written; HTML in it is taken out, its words stay. What no person wrote, with thousands of
        brackets, is shown as it stands
    """
    if any(text.count(sign) > WILD for sign in "[`"):
        return Markup("<p>{}</p>").format(text)
    html = markdown(text or "", extensions=list(EXTENSIONS))
    for tag, ours in HEADINGS.items():
        html = re.sub(rf"<(/?){tag}(?=[\s>])", rf"<\1{ours}", html)
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, attribute_filter=_addresses
    )
    return Markup(clean.replace("<table>", TABLE).replace("</table>", "</table></div>"))  # noqa: S704 - cleaned


def plain(text: str, most: int = 160) -> str:
    """The beginning of a text without its marks, for lists and descriptions."""
    words = re.sub(r"\s+", " ", nh3.clean(str(render(text)), tags=set())).strip()
    found = unescape(words)
    return found if len(found) <= most else f"{found[: most - 1]}…"


def _addresses(tag: str, name: str, value: str) -> str | None:
    """Links within the site stay in the reader's language; pictures are of this site alone: nobody else is asked."""
    if name not in ("href", "src"):
        return value
    own = value.startswith("/") and not value.startswith(("//", "/\\"))
    if tag == "img":
        return value if own else None
    return str(tk.h.url_for(value)) if own else value
