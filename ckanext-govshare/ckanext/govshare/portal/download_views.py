"""Doors of files that are made: rows in another format, several files as one package.

Each asks ``govshare_may_take`` before anything else, for a kept file too: what stopped being open is not there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import base
from flask import Response, make_response, request, send_file
from werkzeug.http import quote_etag

from ckanext.govshare import config, roles, signals
from ckanext.govshare.kernel.grids import UnreadableError
from ckanext.govshare.portal import archive, convert, formats, words
from ckanext.govshare.portal.convert_rows import BusyError, File, Table

MIB = 1024 * 1024
WAIT_SECONDS = 1.0  # for a file that is soon made: it has a length and can be resumed
RETRY_SECONDS = 30
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


def convert_resource(id: str, resource_id: str, format: str) -> Any:
    """The rows of a file as CSV, XLSX, JSON or XML, for who may take the file."""
    if format not in formats.MADE:
        return tk.abort(404, tk._("There is no such format"))
    user = getattr(tk.current_user, "name", "") or ""
    entry, resource, reason = asked(user, id, resource_id)
    if not formats.has_rows(resource):
        return tk.abort(404, tk._("There are no rows that could be taken in another format"))
    about = about_entry(entry, resource)
    try:
        source = _source(entry, resource)
        key = convert.key_of(source, resource_id, format, about)
        response = _answer(source, key, format, about, f"{file_name(resource, entry)}.{format}")
    except BusyError:
        return busy()
    except LookupError:
        return tk.abort(404, tk._("There are no rows that could be taken in another format"))
    except UnreadableError as error:
        return tk.abort(422, str(error) if tk.h.lang() == "en" else error.zh)
    if signals.begins(response):
        record(user, entry, resource, reason)
        signals.taken.send(
            None, package_id=entry["id"], resource_id=resource_id, format=formats.MADE[format], converted=True
        )
    return response


def package(id: str) -> Any:
    """All files of an entry that the reader may take, as one archive."""
    return _package([id])


def packages() -> Any:
    """The files of several entries as one archive: ``?name=…&name=…``."""
    names = list(dict.fromkeys(filter(None, request.args.getlist("name"))))
    most = config.get("downloads.package_entries")
    if not names:
        return tk.abort(400, tk._("Name the entries: ?name=…&name=…"))
    if len(names) > most:
        return tk.abort(413, tk._("At most {most} entries in one package").format(most=most))
    return _package(names)


def _package(names: list[str]) -> Any:
    user = getattr(tk.current_user, "name", "") or ""
    contents = [_content(user, name) for name in names]
    members = [(content.entry, member) for content in contents for member in content.members]
    if not members:
        left_out = [row for content in contents for row in content.left_out]
        reasons = [why for resource, why in left_out if not resource.get("url")]
        return tk.abort(
            403 if reasons else 404, "; ".join(dict.fromkeys(reasons)) or tk._("No download is available")
        )
    most = config.get("downloads.package_mib") * MIB
    size = sum(member.size for _entry, member in members)
    if size > most:
        told = tk._("These files have {size}, more than the {most} of one package: take them one by one")
        return tk.abort(413, told.format(size=words.size(size), most=words.size(most)))
    title = contents[0].entry["title"] if len(contents) == 1 else tk._("Data package")
    headers = {
        **SAFE,
        "Cache-Control": "no-store",
        "Accept-Ranges": "none",
        "Content-Disposition": archive.attachment(f"{archive.safe_name(title) or 'data'}.zip"),
    }
    response = Response(archive.stream(contents), headers=headers, content_type="application/zip")
    if signals.begins(response):
        for entry, member in members:
            resource = member.resource
            record(user, entry, resource, member.right)
            about = {"package_id": entry["id"], "resource_id": resource["id"], "converted": False}
            signals.taken.send(None, **about, format=str(resource.get("format") or "").upper())
    return response


def _content(user: str, name: str) -> archive.Content:
    """What a reader may take of an entry, and why not the rest."""
    try:
        entry = tk.get_action("package_show")({"user": user}, {"id": name})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("There is no entry {name}").format(name=name))
    content = archive.Content(entry, about_entry(entry))
    for resource in entry["resources"]:
        verdict = tk.get_action("govshare_may_take")({"user": user}, {"resource_id": resource["id"]})
        if not verdict["may"]:
            content.left_out.append((resource, tk.h.govshare_not_available(verdict["reason"])))
            continue
        try:
            wanted = {"hash": resource.get("hash") if resource.get("url_type") == "upload" else None}
            stored = tk.get_action("govshare_file_read")({"ignore_auth": True, "user": user}, wanted)
        except tk.ObjectNotFound:
            content.left_out.append((resource, str(resource.get("url") or "")))
            continue
        member = archive.Member(resource, verdict["reason"], Path(stored["path"]), stored["size"])
        content.members.append(member)
    return content


def asked(user: str, id: str, resource_id: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Entry and resource that a reader may take; leaves by 404 or 403 where there is none."""
    try:
        verdict = tk.get_action("govshare_may_take")({"user": user}, {"resource_id": resource_id})
        entry = tk.get_action("package_show")({"user": user}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Resource not found"))
    resource = next((row for row in entry["resources"] if row["id"] == resource_id), None)
    if resource is None:
        return tk.abort(404, tk._("Resource not found"))
    if not verdict["may"]:
        return tk.abort(403, tk.h.govshare_not_available(verdict["reason"]))
    return entry, resource, verdict["reason"]


def about_entry(entry: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, str]:
    """What a file says of itself."""
    title = entry["title"]
    if resource is not None and resource.get("name") and len(entry["resources"]) > 1:
        title = f"{title} · {resource['name']}"
    return {
        "title": title,
        "provider": (entry.get("organization") or {}).get("title") or "",
        "licence": entry.get("license_title") or entry.get("license_id") or "",
        "source": tk.h.url_for("dataset.read", id=entry["name"], qualified=True, locale="default"),
        "updated": words.day(entry.get("data_updated") or entry.get("metadata_modified")),
    }


def file_name(resource: dict[str, Any], entry: dict[str, Any]) -> str:
    """Title of the entry, and the name of the file where it has several."""
    several = resource.get("name") and len(entry["resources"]) > 1
    return archive.safe_name(f"{entry['title']}-{resource['name']}" if several else entry["title"]) or "data"


def record(user: str, entry: dict[str, Any], resource: dict[str, Any], right: str) -> None:
    """Who took which file that is not open to everybody, by which right."""
    if right == "open":
        return
    tk.get_action("govshare_event_add")(
        {"ignore_auth": True, "user": user},
        {
            "action": "file_taken",
            "object_type": "resource",
            "object_id": resource["id"],
            "region": roles.region_of(entry["owner_org"]),
            "data": {"entry": entry["name"], "right": right},
        },
    )
    model.Session.commit()


def busy() -> Response:
    """Come back later, in words and for programs."""
    told = tk._("Many files are being made at the moment. Please try again in half a minute.")
    page = base.render("error_document_template.html", {"code": 503, "content": told, "name": told})
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _source(entry: dict[str, Any], resource: dict[str, Any]) -> Table | File:
    titles = {
        item["name_en"]: item["name"]
        for item in entry.get("info_items") or []
        if isinstance(item, dict) and item.get("name_en") and item.get("name")
    }
    if tk.asbool(resource.get("datastore_active") or False):
        return Table(resource["id"], titles, config.get("downloads.seconds"))
    try:
        stored = tk.get_action("govshare_file_read")({"ignore_auth": True}, {"hash": resource.get("hash")})
    except tk.ObjectNotFound:
        raise LookupError(resource["id"]) from None
    name = f"file.{str(resource['format']).lower()}"
    return File(Path(stored["path"]), name, resource["hash"], titles, _folder())


def _folder() -> Path:
    configured = config.get("downloads.path")
    folder = Path(configured) if configured else Path(tk.config["ckan.storage_path"]) / "govshare-made"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _answer(source: Table | File, key: str, extension: str, about: dict[str, str], name: str) -> Response:
    """A finished file with its length and ranges, else what is there of it, as it comes."""
    folder, etag = _folder(), quote_etag(key)
    path = convert.kept(folder, key, extension)
    if path is not None:
        source.close()
        return _finished(path, key, extension, name)
    headers = {
        **SAFE,
        "ETag": etag,
        "Cache-Control": "no-cache",
        "Content-Disposition": archive.attachment(name),
    }
    mimetype = convert.MIMETYPES[extension]
    if request.method == "HEAD" or request.if_none_match.contains(key):
        source.close()
        status = 200 if request.method == "HEAD" else 304
        head = Response(status=status, headers=headers, mimetype=mimetype)
        head.automatically_set_content_length = False  # how long it will be, nobody knows
        return head
    most, at_once = config.get("downloads.keep_mib") * MIB, config.get("downloads.at_once")
    making, reading = convert.make(source, extension, about, folder / f"{key}.{extension}", most, at_once)
    making.wait(WAIT_SECONDS)
    if making.kept and making.done:
        response = _finished(making.target, key, extension, name)
        reading.close()
        return response
    if making.error is not None:
        reading.close()
        raise making.error
    return Response(reading, headers={**headers, "Accept-Ranges": "none"}, mimetype=mimetype)


def _finished(path: Path, key: str, extension: str, name: str) -> Response:
    """A kept file; ranges and conditions are answered."""
    response = send_file(
        path,
        mimetype=convert.MIMETYPES[extension],
        as_attachment=True,
        download_name=name,
        conditional=True,
        etag=key,
        max_age=0,
    )
    response.headers.update(SAFE)
    return response
