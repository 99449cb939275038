"""Pages and answers of the API for readers without an account, kept in Valkey as sent until something is written.

A kept page holds nothing of anyone (T25): it was asked for without cookie and without credentials, and answered
without a cookie and without a CSRF token. It is shown as long as the *generation* is the one in which its drawing
began: every transaction that wrote to a database counts the generation up when it is over, in whatever process. What
nothing announces (a file changed by hand, the time of day) shows after ``portal.cache_seconds`` at the latest.
Without Valkey every page is drawn anew.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from flask import Flask, Response, g, request
from redis.exceptions import RedisError
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from ckanext.govshare import config, signals

log = logging.getLogger(__name__)

# What everybody may read and what looks the same for everybody without an account: blueprint → views.
KEPT = {
    "home": {"index", "about"},
    "dataset": {"search", "read"},
    "dataset_resource": {"read"},
    "organization": {"index", "read", "about"},
    "govshare_developers": {"developers", "reference"},
    "govshare_dialogue": {"index", "read"},
    "govshare_portal": {"page", "announcements", "announcement", "site_map"},
    "govshare_publication": {
        "application", "applications", "catalogue", "difference", "ledger", "progress", "rule",
    },
    "govshare_usage": {"stats"},
}  # fmt: skip
# Actions of the API that only read what everybody may read.
KEPT_ACTIONS = {"organization_list", "package_list", "package_search", "package_show", "tag_list"}
# Tables that no public page shows; they are written all the time, and would make every page old.
UNSEEN = re.compile(
    r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(?:"
    r"user|api_token|govshare_change|govshare_harvest_\w+|govshare_import|govshare_usage\w*|govshare_reminder"
    r")\"?[\s(]",
    re.IGNORECASE,
)
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|TRUNCATE|COPY|ALTER|DROP)\b", re.IGNORECASE)
MOST_QUERY = 500  # characters of a query string of a page that is kept
MOST_PAGE = 2 * 1024 * 1024  # bytes
WROTE = "govshare_wrote"
TOLD = "govshare.viewed"  # in the environ of a request: what its drawing told `signals.viewed`
KEEP = "govshare.keep"
VARY = "Cookie, Authorization, Accept-Encoding, Origin"

Start = Callable[..., Any]


def install(app: Flask) -> None:
    """Put the cache before the application, and watch the databases for writes."""
    app.wsgi_app = PageCache(app, app.wsgi_app)  # type: ignore[method-assign]
    app.after_request(_mark)
    signals.viewed.connect(_remember_view)
    if not sa.event.contains(Engine, "after_cursor_execute", _note_write):
        sa.event.listen(Engine, "after_cursor_execute", _note_write)
        sa.event.listen(Pool, "checkin", _count_up)


class PageCache:
    """WSGI: answers from Valkey where it can, keeps what may be kept."""

    def __init__(self, app: Flask, wsgi: Callable[[Any, Start], Iterable[bytes]]):
        self._app = app
        self._wsgi = wsgi

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        seconds = config.get("portal.cache_seconds")
        if seconds <= 0 or not _is_anybodys(environ):
            return self._wsgi(environ, start_response)
        # Of where a program stands (CORS), answers of the API may say whether it may read them.
        asked = (environ.get(name, "") for name in ("PATH_INFO", "QUERY_STRING", "HTTP_ORIGIN"))
        key = _key("page", *asked)
        try:
            generation, kept = connect_to_redis().mget(_key("generation"), key)
        except RedisError as error:
            log.warning("no page cache: %s", type(error).__name__)
            return self._wsgi(environ, start_response)
        page = _unpack(kept, generation)
        if page is None:
            return self._draw(environ, start_response, key, generation or b"", seconds)
        if page["viewed"]:
            with self._app.request_context(environ):
                signals.viewed.send(None, **page["viewed"])
        return _answer(page, environ, start_response)

    def _draw(
        self, environ: dict[str, Any], start_response: Start, key: str, generation: bytes, seconds: int
    ) -> Iterable[bytes]:
        begun: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun[:] = [status, headers]
            return start_response(status, headers, exc_info) if exc_info else None

        parts = self._wsgi(environ, begin)
        status, headers = begun
        names = {name.lower() for name, _value in headers}
        if not environ.get(KEEP) or not status.startswith("200") or names & {"set-cookie", "content-encoding"}:
            start_response(status, headers)
            return parts
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        plain = [pair for pair in headers if pair[0].lower() not in ("content-length", "cache-control", "vary")]
        page = {
            "headers": plain,
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "viewed": environ.get(TOLD),
            "body": gzip.compress(body, 5),
        }
        if len(body) <= MOST_PAGE:
            try:
                connect_to_redis().set(key, _pack(page, generation), ex=seconds)
            except RedisError as error:
                log.warning("page not kept: %s", type(error).__name__)
        return _answer(page, environ, start_response)


def _is_anybodys(environ: dict[str, Any]) -> bool:
    """Whether a request tells nothing of who sends it."""
    header = "HTTP_" + str(tk.config.get("apitoken_header_name") or "Authorization").upper().replace("-", "_")
    return (
        environ.get("REQUEST_METHOD") == "GET"
        and not any(environ.get(name) for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_RANGE", header))
        and len(environ.get("QUERY_STRING", "")) <= MOST_QUERY
    )


def _mark(response: Response) -> Response:
    """After a page was drawn: whether it may be kept."""
    if (
        _is_kept(str(request.endpoint or ""), response.mimetype)
        and tk.current_user.is_anonymous
        and not response.is_streamed
        and tk.config.get("WTF_CSRF_FIELD_NAME") not in g
    ):
        request.environ[KEEP] = True
    return response


def _is_kept(endpoint: str, mimetype: str) -> bool:
    if endpoint == "api.action":
        return mimetype == "application/json" and (request.view_args or {}).get("logic_function") in KEPT_ACTIONS
    blueprint, _, view = endpoint.rpartition(".")
    return mimetype == "text/html" and view in KEPT.get(blueprint, ())


def _remember_view(_sender: Any, **told: Any) -> None:
    if request:
        request.environ[TOLD] = told


def _answer(page: dict[str, Any], environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """A page as kept: whole, or 304 to who has it; the reader's machine asks again each time."""
    common = [("Cache-Control", "public, no-cache"), ("Vary", VARY), ("ETag", page["etag"])]
    if page["etag"] in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 NOT MODIFIED", common)
        return []
    body, headers = page["body"], [*map(tuple, page["headers"]), *common]
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        headers.append(("Content-Encoding", "gzip"))
    else:
        body = gzip.decompress(body)
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]


def _key(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts[1:]).encode("utf-8", "surrogatepass")).hexdigest()
    return f"govshare:{tk.config['ckan.site_id']}:{parts[0]}:{digest if parts[1:] else ''}"


def _pack(page: dict[str, Any], generation: bytes) -> bytes:
    head = json.dumps({name: value for name, value in page.items() if name != "body"}).encode()
    return b"\n".join((generation, head, page["body"]))


def _unpack(kept: bytes | None, generation: bytes | None) -> dict[str, Any] | None:
    if not kept:
        return None
    of, head, body = kept.split(b"\n", 2)
    return {**json.loads(head), "body": body} if of == (generation or b"") else None


def _note_write(conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if WRITES.match(statement) and not UNSEEN.match(statement):
        conn.info[WROTE] = True


def _count_up(_connection: Any, record: Any) -> None:
    """A connection goes back to its pool: what it wrote is committed by now, or undone."""
    if not record.info.pop(WROTE, False):
        return
    try:
        connect_to_redis().incr(_key("generation"))
    except RedisError as error:
        log.warning("generation of pages not counted up: %s", type(error).__name__)

