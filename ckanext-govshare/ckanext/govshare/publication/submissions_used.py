"""The data sets that applications use, and the reverse: from words of people to entries, from entries to pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from ckan import model

from ckanext.govshare.publication.lookups import codes_of

PACKAGE = model.Package.__table__
MOST = 50  # data sets of one application
LONGEST = 300  # characters of a code or link


def words(text: str | list[str]) -> list[str]:
    """Codes and links as people write them: one a line, or between commas and blanks; each once, in their order."""
    parts = text if isinstance(text, list) else re.split(r"[\s,，、;；]+", text)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def key_of(word: str) -> str:
    """What a pasted link of this site names: ``…/dataset/<name>``, ``…/code/<class>/<number>``; a code stays.

    Whose host it is does not matter: only entries of this site are found.
    """
    if "://" not in word and not word.startswith("/"):
        return word
    try:
        parts = [unquote(part) for part in urlsplit(word).path.split("/") if part]
    except ValueError:
        return word
    for marker, size in (("dataset", 1), ("code", 2)):
        if marker in parts:
            rest = parts[parts.index(marker) + 1 :]
            if len(rest) >= size and rest[0]:
                return "/".join(rest[:size])
    return word


def resolve(asked: Iterable[str]) -> dict[str, dict[str, str]]:
    """The entries that the public sees under codes, names, ids or links; at most one statement.

    :returns: word as given → ``{code, name, title}``; what leads nowhere, or to what is not open, is left out
    """
    keys = {word: key_of(word) for word in asked if len(word) <= LONGEST and "\x00" not in word}
    if not keys:
        return {}
    code = PACKAGE.c.extras["resource_code"].astext
    wanted = set(keys.values())
    rows = model.Session.execute(
        sa.select(PACKAGE.c.id, PACKAGE.c.name, code.label("code"), PACKAGE.c.title).where(
            PACKAGE.c.type == "dataset",
            PACKAGE.c.state == "active",
            PACKAGE.c.private.is_(False),
            PACKAGE.c.extras["open_type"].astext.in_(("1", "2")),
            PACKAGE.c.extras["catalogue_state"].astext == "published",
            sa.or_(PACKAGE.c.id.in_(wanted), PACKAGE.c.name.in_(wanted), code.in_(wanted)),
        )
    ).all()
    known = {
        key: {"code": row.code or row.name, "name": row.name, "title": row.title or row.name}
        for row in rows
        for key in (row.id, row.name, row.code)
        if key
    }
    return {word: known[key] for word, key in keys.items() if key in known}


def used(codes: str | list[str] | None) -> list[dict[str, str]]:
    """The open entries that an application uses, each once: ``[{code, name, title}]``, in its order."""
    found = resolve(codes_of(codes))
    return list({entry["name"]: entry for entry in found.values()}.values())


def applications_of(package: dict[str, Any]) -> list[dict[str, str]]:
    """Approved applications that use an entry, by title: ``[{name, title}]``; one statement.

    :param package: as ``package_show`` answers it
    """
    keys = {package.get(name) for name in ("id", "name", "resource_code")} - {None, ""}
    if not keys:
        return []
    codes = sa.func.coalesce(PACKAGE.c.extras["dataset_codes"].astext, "")
    rows = model.Session.execute(
        sa.select(PACKAGE.c.name, PACKAGE.c.title, codes.label("codes"))
        .where(
            PACKAGE.c.type == "application",
            PACKAGE.c.state == "active",
            PACKAGE.c.private.is_(False),
            PACKAGE.c.extras["approved"].astext == "1",
            sa.or_(*(codes.contains(key, autoescape=True) for key in sorted(keys))),
        )
        .order_by(PACKAGE.c.title, PACKAGE.c.name)
    )
    return [{"name": row.name, "title": row.title} for row in rows if keys & set(codes_of(row.codes))]
