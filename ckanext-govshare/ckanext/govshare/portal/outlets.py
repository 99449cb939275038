"""What every outlet of the catalogue shares: the public entries, one after another, and their facts for other systems.

An outlet (data.json, DCAT, schema.org, feeds, sitemap, catalogue file) shows the same to everybody: it asks as a
visitor, whoever calls it, so that what is kept of it can be shown to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import ckan.plugins.toolkit as tk

from ckanext.govshare import config
from ckanext.govshare.kernel import clock
from ckanext.govshare.portal import vocabularies

PAGE = 200
ENTRIES = "+dataset_type:dataset"
MEDIA_TYPE = re.compile(r"[-\w]+/[-\w.+]+", re.ASCII)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
SAFE = "!#$%&'()*+,/:;=?@[]~"  # of addresses; what else is in one is written with %
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
PUBLIC_TYPES = ("1", "2")


def visitor() -> dict[str, Any]:
    """The context of somebody without an account, whoever is logged in."""
    return {"user": "", "auth_user_obj": None}


def search(**query: Any) -> dict[str, Any]:
    """Core's ``package_search`` for a visitor: entries only, whatever else the query says (T29)."""
    query["fq_list"] = [*query.get("fq_list", []), ENTRIES]
    return tk.get_action("package_search")(visitor(), query)


def entries(**query: Any) -> Iterator[dict[str, Any]]:
    """Every public entry that a query finds, in the order of their names; never more than a page in memory.

    :param query: ``q``, ``fq_list`` or ``fl`` of ``package_search``
    """
    wanted, last = query.pop("fq_list", []), ""
    while True:
        beyond = [f'+name:{{"{last}" TO *]'] if last else []
        found = search(**query, fq_list=[*wanted, *beyond], rows=PAGE, sort="name asc")["results"]
        yield from found
        if len(found) < PAGE:
            return
        last = found[-1]["name"]


def base() -> str:
    """Address of the site in no language, without a slash at its end."""
    below = str(tk.config.get("ckan.root_path") or "").replace("/{{LANG}}", "")
    return f"{str(tk.config['ckan.site_url']).rstrip('/')}{below.rstrip('/')}"


def uri(entry: Mapping[str, Any]) -> str:
    """What an entry is known by in other catalogues; it never changes."""
    return f"{base()}/dataset/{entry['id']}"


def page(entry: Mapping[str, Any]) -> str:
    """Address of an entry's page."""
    return f"{base()}/dataset/{entry['name']}"


def text(value: Any) -> str:
    """A text without the characters that XML cannot hold."""
    return UNREADABLE.sub("", str(value or "")).strip()


def address(value: Any) -> str:
    """An address that every system can read, or "" for what is none: other letters are written with %."""
    given = text(value)
    try:
        parts = urlsplit(given)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return ""
    if parts.scheme not in ("http", "https", "ftp") or not re.fullmatch(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]", host):
        return ""
    rest = quote(given.partition("://")[2][len(parts.netloc) :], safe=SAFE.replace("[", "").replace("]", ""))
    rest = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", rest)
    return f"{parts.scheme}://{host}{port}{rest}"


def moment(value: Any) -> str:
    """An ISO moment with its zone, as Beijing writes it; a day stays a day."""
    given = str(value or "")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].+)?", given):
        return ""
    try:
        parsed = tk.h.date_str_to_datetime(given) if len(given) > 10 else None
    except (ValueError, TypeError):
        return ""
    if parsed is None:
        return given
    return parsed.replace(microsecond=0).isoformat() + ("+00:00" if parsed.tzinfo is None else "")


def updated(entry: Mapping[str, Any]) -> str:
    """When the data, or else the entry, changed."""
    return moment(entry.get("data_updated")) or moment(entry.get("metadata_modified"))


def issued(entry: Mapping[str, Any]) -> str:
    """The day of publication."""
    return moment(entry.get("pub_date")) or moment(entry.get("metadata_created"))[:10]


def provider(entry: Mapping[str, Any]) -> dict[str, str]:
    """The department: ``{name, uri, page}``; the site itself where an entry has none."""
    organization = entry.get("organization") or {}
    if not organization:
        return {
            "name": text(tk.config.get("ckan.site_title")) or base(),
            "uri": f"{base()}/",
            "page": f"{base()}/",
        }
    return {
        "name": text(organization.get("title")) or organization["name"],
        "uri": f"{base()}/organization/{organization['id']}",
        "page": f"{base()}/organization/{organization['name']}",
    }


def licence(entry: Mapping[str, Any]) -> str:
    """Address of the terms of use, or ""."""
    return vocabularies.LICENCE.get(str(entry.get("license_id") or "")) or address(entry.get("license_url"))


def files(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files that everybody may take now.

    :returns: ``[{id, name, description, url, format, file_type, media_type, size, stored, updated, rows}]``: ``stored``
        tells a file on this site from a link, ``rows`` a file whose rows can be asked for by program
    """
    found = []
    for resource in entry.get("resources") or []:
        url = address(resource.get("url"))
        if not url:
            continue
        format = text(resource.get("format"))
        file_type, media_type = vocabularies.FORMAT.get(format.upper().lstrip("."), ("", ""))
        given = str(resource.get("mimetype") or "")
        size = str(resource.get("size") or "")
        found.append(
            {
                "id": resource["id"],
                "name": text(resource.get("name")) or format or resource["id"],
                "description": text(resource.get("description")),
                "url": url,
                "format": format,
                "file_type": file_type,
                "media_type": media_type or (given if MEDIA_TYPE.fullmatch(given) else ""),
                "size": int(size) if size.isdecimal() and size.isascii() else None,
                "stored": resource.get("url_type") == "upload",
                "updated": moment(resource.get("last_modified") or resource.get("metadata_modified")),
                "rows": bool(resource.get("datastore_active")),
            }
        )
    return found


def keywords(entry: Mapping[str, Any]) -> list[str]:
    """Tags, in a stable order."""
    return sorted({word for tag in entry.get("tags") or [] if (word := text(tag.get("name")))})


def is_public(entry: Mapping[str, Any]) -> bool:
    """Whether an entry that its reader sees is public: the pages of others carry nothing for other systems."""
    return (
        entry.get("type") == "dataset"
        and entry.get("open_type") in PUBLIC_TYPES
        and entry.get("catalogue_state") == "published"
        and not entry.get("private")
    )


def contact_mail() -> str:
    """The address that other systems are given for questions, or ""."""
    for given in (config.get("outlets.mail"), tk.config.get("smtp.mail_from")):
        if given and MAIL.fullmatch(str(given)):
            return str(given)
    return ""


def today() -> str:
    """The ISO day of an outlet that is made now."""
    return clock.today().isoformat()
