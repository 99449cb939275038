"""Suggestions while somebody types a search."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.govshare import roles
from ckanext.govshare.catalogue import codelists, search_query, service
from ckanext.govshare.kernel import finding
from ckanext.govshare.kernel.finding import Chunk

__all__ = ["govshare_suggest"]

MOST_CHARACTERS = 40
ENTRIES, WORDS, DEPARTMENTS = 5, 6, 3
LOOKED_AT = 8  # entries whose items are looked through for words
FACETS = 40


@tk.side_effect_free
def govshare_suggest(context: Context, data_dict: dict[str, Any]) -> dict[str, list[Any]]:
    """What somebody who types may mean: words of the catalogue, entries and departments that the reader may see.

    :param q: what was typed so far, at most 40 characters; pinyin and its first letters too
    :returns: ``{words: [text], entries: [{title, name}], departments: [{title, name}]}``, best first, empty lists where
        nothing fits
    :raises ValidationError: ``q`` is no text
    """
    tk.check_access("govshare_suggest", context, data_dict)
    typed = data_dict.get("q", "")
    if not isinstance(typed, str):
        raise tk.ValidationError({"q": [tk._("This field holds text")]})
    nothing: dict[str, list[Any]] = {"words": [], "entries": [], "departments": []}
    wanted = finding.chunks(typed, codelists.synonyms(), unfinished=True)
    if not wanted or len(typed) > MOST_CHARACTERS:
        return nothing
    query = {
        **search_query.typed(wanted),
        "fq": f"+dataset_type:{service.ENTRY}",
        "rows": LOOKED_AT,
        "facet.field": ["organization", "tags"],
        "facet.limit": FACETS,
        "include_private": True,  # of those that the reader may see
    }
    reader = {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")}
    found = tk.get_action("package_search")(reader, query)
    facets = {name: facet["items"] for name, facet in found["search_facets"].items()}
    titled = [entry for entry in found["results"] if finding.marks(entry["title"], wanted)]
    return {
        "words": _words(found["results"], facets.get("tags", []), wanted),
        "entries": [{"title": entry["title"], "name": entry["name"]} for entry in titled[:ENTRIES]],
        "departments": _departments(facets.get("organization", []), wanted),
    }


def _words(entries: list[dict[str, Any]], tags: list[dict[str, Any]], wanted: list[Chunk]) -> list[str]:
    """Tags and names of items that answer what was typed; those that begin with it first, then the shortest."""
    words = {item["name"] for item in tags}
    words |= {item["name"] for entry in entries for item in entry.get("info_items") or [] if item.get("name")}
    typed = "".join(chunk.text for chunk in wanted)
    fitting = {}
    for word in words:
        places = finding.marks(word, wanted)
        if places and finding.fold(word) != typed:
            fitting[word] = (places[0][0] > 0, len(word), word)
    return sorted(fitting, key=fitting.__getitem__)[:WORDS]


def _departments(counted: list[dict[str, Any]], wanted: list[Chunk]) -> list[dict[str, str]]:
    """Departments with an entry that the reader may see, one of whose names answers; most entries first."""
    count = {item["name"]: item["count"] for item in counted}
    groups = model.Session.query(model.Group).filter(model.Group.name.in_(count)) if count else []
    found = []
    with roles.remembered():
        for group in groups:
            names = (group.title, *roles.short_names(group.id), *codelists.synonyms().names_of(group.title))
            if any(finding.marks(name, wanted) for name in names):
                found.append((-count[group.name], {"title": group.title, "name": group.name}))
    return [row for _count, row in sorted(found, key=lambda pair: (pair[0], pair[1]["name"]))[:DEPARTMENTS]]
