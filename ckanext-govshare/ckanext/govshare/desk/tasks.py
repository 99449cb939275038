"""Lines of the to-do list as the page shows them: what to do, about what, until when, and the one button."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.govshare.desk import words

TOGETHER = 5  # more lines of one kind than this become one line with a number


def shown(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines with their words and addresses; many of one kind are one line that opens the list.

    :returns: ``[{heading, detail, about, url, button, badge: {text, look}, count, slug}]`` in the order given
    """
    by_slug: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_slug.setdefault(line["slug"], []).append(line)
    found, done = [], set()
    for line in lines:
        same = by_slug[line["slug"]]
        if line["room"] == "change" and len(same) > TOGETHER:
            if line["slug"] not in done:
                done.add(line["slug"])
                found.append(_together(line["slug"], same))
        else:
            found.append(_one(line))
    return found


def total(lines: Iterable[dict[str, Any]]) -> int:
    """How many things wait: a line may stand for several."""
    return sum(int(line["count"] or 1) for line in lines)


def _change_words(slug: str) -> tuple[str, str]:
    return {
        "change_dept_review": (tk._("Review an entry of the department"), tk._("Review")),
        "change_office_review": (tk._("Review an entry before publication"), tk._("Review")),
        "change_returned": (tk._("Correct a returned entry"), tk._("Correct")),
    }.get(slug, (tk._("Look at a change"), tk._("Open")))


def _one(line: dict[str, Any]) -> dict[str, Any]:
    heading, detail, url, button = line["title"], line["detail"], line["url"], tk._("Open")
    if line["room"] == "change":
        heading, button = _change_words(line["slug"])
        detail = line["title"] or tk._("(no title yet)")
        if line.get("reason"):
            detail = tk._("{title}: {reason}").format(title=detail, reason=line["reason"])
        elif line["organization"] and line["slug"] == "change_office_review":
            detail = tk._("{title} ({department})").format(title=detail, department=line["organization"])
        url = tk.h.url_for("govshare_desk.change", id=line["id"])
    elif line["room"] == "opening":
        button = tk._("Confirm") if line["slug"] == "opening_confirm" else tk._("Handle")
        url = _opening(line)
        if line["organization"]:
            detail = tk._("{title} ({department})").format(title=detail, department=line["organization"])
    elif line["room"] == "people":
        button = tk._("Handle")
    elif line["room"] == "exchange":
        button = tk._("Look")
    if line["count"] > 1 and line["room"] != "people":
        heading = tk._("{what} ({number})").format(what=heading, number=line["count"])
    return {
        "slug": line["slug"],
        "heading": heading,
        "detail": detail,
        "about": detail if line["room"] == "change" else heading,
        "url": url or tk.h.url_for("govshare_desk.desk"),
        "button": button,
        "badge": words.badge(line),
        "count": line["count"],
    }


def _opening(line: dict[str, Any]) -> str:
    """One file is reviewed on its entry's page, several are found in the list."""
    name = str(line["url"]).rpartition("/")[2]
    if line["count"] == 1 and name:
        return tk.h.url_for("govshare_desk.opening", id=name)
    office = line["slug"] == "opening_confirm"
    return tk.h.url_for("govshare_desk.office_openings" if office else "govshare_desk.openings")


def _together(slug: str, same: list[dict[str, Any]]) -> dict[str, Any]:
    heading, button = _change_words(slug)
    titles = [line["title"] or tk._("(no title yet)") for line in same[:2]]
    detail = tk._("{titles} and {number} more").format(
        titles="、".join(titles), number=len(same) - len(titles)
    )
    state = slug.removeprefix("change_")
    return {
        "slug": slug,
        "heading": tk._("{what} ({number})").format(what=heading, number=len(same)),
        "detail": detail,
        "about": heading,
        "url": tk.h.url_for("govshare_desk.changes", waiting="1", state=state),
        "button": button,
        "badge": words.badge(min(same, key=lambda line: line["since"] or "9")),
        "count": len(same),
    }
