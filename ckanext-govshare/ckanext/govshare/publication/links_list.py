"""What people read of the link check: the links of departments, and what was answered, in words."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.govshare.harvesters.http import safe_url
from ckanext.govshare.publication.links import APPLICATION, PACKAGE, RESOURCE, shown
from ckanext.govshare.publication.links_model import LINK, Link
from ckanext.govshare.publication.service import stamp

GROUP = model.Group.__table__
# What a list may be narrowed to; without any of them it shows all that is not fine.
STATES = {
    "ok": LINK.c.state == "ok",
    "dead": LINK.c.state == "dead",
    "unknown": LINK.c.state == "unknown",
    "failing": sa.and_(LINK.c.failures > 0, LINK.c.state != "dead"),
    "silent": LINK.c.silent_since.is_not(None),
}
TROUBLE = sa.or_(STATES["dead"], STATES["failing"], STATES["silent"])


def answered(detail: str, status: int | None = None) -> str:
    """What an address answered at the last look, in the reader's language.

    :param detail: slug of `links_rules.Seen`
    :param status: of HTTP
    """
    words = {
        "": tk._("Not looked at yet"),
        "answers": tk._("It answers"),
        "not_found": tk._("There is nothing at this address"),
        "gone": tk._("It was taken away for good"),
        "page_instead": tk._("A web page comes in place of the data file"),
        "forbidden": tk._("It refuses our check"),
        "busy": tk._("Its server is busy and asks to be left alone"),
        "server_error": tk._("Its server is out of order"),
        "name_unknown": tk._("The name of its host cannot be resolved"),
        "unreachable": tk._("Its host does not answer"),
        "too_slow": tk._("It does not answer in time"),
        "stalled": tk._("It does not answer in time"),
        "tls": tk._("Its certificate is not valid"),
        "address_refused": tk._("Its host has an internal address, which is not looked at"),
        "scheme_refused": tk._("It is no address of the web (http or https)"),
        "userinfo_refused": tk._("It carries a user name or a password"),
        "url_invalid": tk._("It is no proper address"),
        "too_many_redirects": tk._("It leads from address to address without end"),
    }
    text = words.get(detail, tk._("Its answer makes no sense"))
    return f"{text} ({status})" if status and detail != "answers" else text


def state_of(link: Link | None) -> dict[str, Any]:
    """What pages say of one link: ``{state, since, checked, detail, answered}``; for a dead one `since` it fails."""
    if link is None:
        return {"state": "unknown", "since": None, "checked": None, "detail": "", "answered": answered("")}
    since = link.failing_since if link.state == "dead" and link.failing_since else link.since
    return {
        "state": link.state,
        "since": stamp(since),
        "checked": _moment(link.checked),
        "detail": link.detail,
        "answered": answered(link.detail, link.status),
    }


def _moment(when: Any) -> str | None:
    return stamp(when) if when else None


def of_package(package_id: str) -> list[tuple[str, Link | None]]:
    """What is known of an entry's addresses: pairs of the subject (`shown`) and the link, one statement."""
    return [(row[0], row[1]) for row in model.Session.execute(_of_package(), {"package": package_id})]


@cache
def _of_package() -> sa.Select[Any]:
    """Composed once: that takes longer than to ask it, and the page of every entry asks."""
    named = shown()
    return (
        sa.select(named.c.subject, Link)
        .outerjoin_from(named, Link, Link.key == named.c.key)
        .where(named.c.package_id == sa.bindparam("package"))
    )


def listed(  # noqa: PLR0913
    organizations: Collection[str],
    regions: Collection[str],
    organization: str | None,
    state: str | None,
    limit: int,
    offset: int,
) -> dict[str, Any]:
    """Links of departments and of all that is in regions, those that fail longest first; two statements.

    :param organization: id of the only one wanted
    :param state: one of `STATES`; all that is not fine by default
    :returns: ``{count, results}`` as `govshare_link_list` describes
    """
    named = shown()
    region = sa.func.coalesce(GROUP.c.extras["region"].astext, "")
    own = sa.or_(GROUP.c.id.in_(organizations), region.in_(regions))
    chosen = (GROUP.c.id == organization,) if organization else ()
    joined = (
        sa.select(
            PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title, PACKAGE.c.type,
            GROUP.c.id.label("group_id"), GROUP.c.name.label("group_name"), GROUP.c.title.label("group_title"),
            named.c.subject, RESOURCE.c.name.label("file"), Link, sa.func.count().over().label("number"),
        )
        .join_from(named, Link, Link.key == named.c.key)
        .join(PACKAGE, PACKAGE.c.id == named.c.package_id)
        .join(GROUP, GROUP.c.id == PACKAGE.c.owner_org)
        .outerjoin(RESOURCE, RESOURCE.c.id == named.c.subject)
        .where(own, STATES.get(state or "", TROUBLE), *chosen)
        .order_by(
            (LINK.c.state == "dead").desc(), sa.func.coalesce(LINK.c.failing_since, LINK.c.silent_since),
            PACKAGE.c.title, PACKAGE.c.id, named.c.subject,
        )
    )  # fmt: skip
    rows = model.Session.execute(joined.limit(limit).offset(offset)).all()
    count = rows[0].number if rows else 0
    if not rows and offset:
        count = model.Session.scalar(sa.select(sa.func.count()).select_from(joined.subquery())) or 0
    return {"count": count, "results": [_row(row) for row in rows]}


def _row(row: Any) -> dict[str, Any]:
    link = row.Link
    return {
        "package": {"id": row.id, "name": row.name, "title": row.title or row.name, "type": row.type},
        "organization": {"id": row.group_id, "name": row.group_name, "title": row.group_title},
        "resource": None if row.subject == APPLICATION else {"id": row.subject, "name": row.file or ""},
        "url": safe_url(link.url),
        "failures": link.failures,
        "failing_since": _moment(link.failing_since),
        "silent_since": _moment(link.silent_since),
        "last_ok": _moment(link.last_ok),
        "next_check": _moment(link.next_check),
        "asked": _moment(link.asked),
        **state_of(link),
    }
