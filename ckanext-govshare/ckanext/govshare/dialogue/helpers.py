"""What templates ask the room `dialogue`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.dialogue import counts, words

__all__ = [
    "govshare_dialogue_departments",
    "govshare_dialogue_field",
    "govshare_dialogue_grounds",
    "govshare_dialogue_kinds",
    "govshare_dialogue_last_day",
    "govshare_dialogue_mark",
    "govshare_dialogue_of",
    "govshare_dialogue_states",
]

SHOWN = 3  # cases on the page of an entry


def govshare_dialogue_departments() -> list[tuple[str, str]]:
    """Departments that can be asked, by title: ``[(name, title)]``; one statement."""
    group = model.Group
    rows = model.Session.execute(
        sa.select(group.name, group.title)
        .where(
            group.is_organization.is_(True),
            group.state == "active",
            sa.func.coalesce(group.extras["closed_on"].astext, "") == "",
        )
        .order_by(group.title)
    )
    return [(row.name, row.title or row.name) for row in rows]


def govshare_dialogue_kinds() -> dict[str, dict[str, str]]:
    """Kinds in their order: ``{kind: {label, lead}}``."""
    return words.kinds()


def govshare_dialogue_grounds() -> dict[str, str]:
    """Rights that a complaint may be about: ``{ground: label}``."""
    return words.grounds()


def govshare_dialogue_states(public: bool = True) -> dict[str, tuple[str, str]]:
    """Where a case stands: ``{state: (label, look)}``.

    :param public: as everybody reads it; else as those do who work on it
    """
    return words.public_states() if public else words.states()


def govshare_dialogue_field(kind: str, name: str) -> str:
    """The name of a field, as it reads for a kind."""
    return words.field(kind, name)


def govshare_dialogue_last_day(due: str) -> str:
    """The day at whose 24:00 a term ends: 2026-03-30.

    :param due: moment of its end, as the actions answer it
    """
    return (datetime.fromisoformat(due) - datetime.resolution).date().isoformat()


def govshare_dialogue_mark(found: str) -> str:
    """What the reviewer should look at, in words."""
    return words.mark(found)


def govshare_dialogue_of(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What the public wrote about an entry and may read; None for an entry that is not open.

    :param pkg: as ``package_show`` answers it
    :returns: ``{kinds: {kind: n}, answered, rating, ratings, count, results}``, results as `govshare_dialogue_show`
        answers them to the public; two statements, and two more where there is something
    """
    shut = pkg.get("type") != "dataset" or pkg.get("private") or pkg.get("catalogue_state") != "published"
    if shut or pkg.get("open_type") not in ("1", "2"):
        return None
    found = counts.of_entry(pkg["id"])
    listed: dict[str, Any] = {"count": sum(found["kinds"].values()), "results": []}
    if listed["count"]:
        listed = tk.get_action("govshare_dialogue_list")({"user": ""}, {"entry": pkg["id"], "limit": SHOWN})
    return {**found, **listed}
