"""Kept pages: the same for everybody without an account, nothing of anyone in them, gone when something is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.govshare import signals

pytestmark = pytest.mark.usefixtures("with_plugins")

PAGES = [
    "/",
    "/dataset/",
    "/dataset/?q=公交",
    "/dataset/{name}",
    "/organization/",
    "/developers",
    "/progress",
    "/api/3/action/package_search?q=公交",
    "/api/3/action/package_show?id={name}",
    "/api/3/action/organization_list",
]
SETTING = "ckanext.govshare.portal.cache_seconds"


def _keys() -> list[bytes]:
    return list(connect_to_redis().scan_iter("govshare:*:page:*"))


@pytest.fixture
def entry(
    make_entry: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Any]]:
    """A public entry on a site that keeps pages."""
    found = make_entry(title="城区公交站点信息", contact_phone="0752-2808080")
    monkeypatch.setitem(tk.config, SETTING, 60)
    for key in _keys():
        connect_to_redis().delete(key)
    yield found
    for key in _keys():
        connect_to_redis().delete(key)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that the application itself was asked for."""
    from ckanext.govshare.portal import cache

    paths: list[str] = []
    draw = cache.PageCache._draw

    def watched(self: Any, environ: dict[str, Any], *rest: Any) -> Any:
        paths.append(environ["PATH_INFO"])
        return draw(self, environ, *rest)

    monkeypatch.setattr(cache.PageCache, "_draw", watched)
    return paths


def _read(app: Any, path: str, **headers: str) -> Any:
    """One request of a client without cookies."""
    client = app.test_client(use_cookies=False)
    return client.get(path, headers=headers)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_drawn_once_and_the_same_the_second_time(
    app: Any, entry: Any, drawn: list[str], path: str
) -> None:
    address = path.format(**entry)
    first, second = _read(app, address), _read(app, address)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data
    assert len(drawn) == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_kept_page_carries_no_cookie_and_no_token_of_anyone(app: Any, entry: Any, path: str) -> None:
    _read(app, path.format(**entry))
    second = _read(app, path.format(**entry))
    assert "Set-Cookie" not in second.headers
    assert b"csrf" not in second.data
    assert second.headers["Cache-Control"] == "public, no-cache"
    assert second.headers["Vary"] == "Cookie, Authorization, Accept-Encoding, Origin"


def test_what_was_written_shows_at_the_next_request(app: Any, entry: Any, drawn: list[str]) -> None:
    path = f"/dataset/{entry['name']}"
    _read(app, path)
    model.Package.get(entry["id"]).title = "改名后的公交站点"
    model.Session.commit()
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    assert "改名后的公交站点" in _read(app, path).text
    assert len(drawn) == 2


def test_an_entry_that_is_closed_is_gone_at_the_next_request(app: Any, entry: Any, city: Any) -> None:
    path = f"/dataset/{entry['name']}"
    assert _read(app, path).status_code == 200
    tk.get_action("govshare_catalogue_withdraw")(
        {"user": "office"}, {"id": entry["id"], "reason": "数据有误"}
    )
    assert _read(app, path).status_code in (403, 404)


def test_what_was_undone_is_not_kept_as_if_it_were_true(app: Any, entry: Any) -> None:
    path = f"/dataset/{entry['name']}"
    before = _read(app, path).text
    model.Package.get(entry["id"]).title = "没有提交的名称"
    model.Session.flush()
    assert _read(app, path).text == before
    model.Session.rollback()
    assert _read(app, path).text == before


def test_what_officers_type_does_not_make_pages_old(app: Any, entry: Any, drawn: list[str]) -> None:
    _read(app, "/dataset/")
    model.Session.query(model.User).update({"about": "新的介绍"})
    model.Session.commit()
    _read(app, "/dataset/")
    assert len(drawn) == 1


@pytest.mark.parametrize(
    "headers", [{"Cookie": "ckan=x"}, {"Cookie": "remember_token=x"}, {"Cookie": "other=1"}]
)
def test_who_shows_a_cookie_gets_a_page_of_his_own(
    app: Any, entry: Any, drawn: list[str], headers: Any
) -> None:
    _read(app, "/", **headers)
    assert (drawn, _keys()) == ([], [])


def test_who_shows_a_token_gets_a_page_of_his_own(app: Any, entry: Any, drawn: list[str]) -> None:
    from ckan.tests import factories

    token = factories.APIToken(user="office", name="kept")["token"]
    _read(app, "/dataset/")
    own = _read(app, "/dataset/", Authorization=token)
    assert len(drawn) == 1
    assert b"/user/_logout" in own.data
    assert b"/user/_logout" not in _read(app, "/dataset/").data


@pytest.mark.parametrize(
    "path",
    [
        "/user/login",
        "/user/reset",
        "/dataset/none-here",
        "/api/3/action/status_show",
        "/api/3/action/package_show?id=none-here",
        "/api/3/action/package_list?callback=show",
        "/api/3/action/package_search?rows=x",
    ],
)
def test_pages_with_forms_errors_and_other_answers_for_programs_are_not_kept(
    app: Any, entry: Any, path: str
) -> None:
    _read(app, path)
    assert _keys() == []


def test_an_answer_for_programs_is_what_the_action_says_now(app: Any, entry: Any) -> None:
    path = f"/api/3/action/package_search?q={entry['title']}"
    assert [_read(app, path).json["result"]["count"] for _time in range(2)] == [1, 1]
    tk.get_action("govshare_catalogue_withdraw")(
        {"user": "office"}, {"id": entry["id"], "reason": "数据有误"}
    )
    tk.get_action("govshare_index_drain")({"ignore_auth": True}, {})
    assert _read(app, path).json["result"]["count"] == 0


def test_an_officer_who_asks_the_api_gets_an_answer_of_his_own(app: Any, entry: Any, drawn: list[str]) -> None:
    from ckan.tests import factories

    token = factories.APIToken(user="officer", name="kept")["token"]
    path = f"/api/3/action/package_show?id={entry['name']}"
    _read(app, path)
    assert "contact_phone" in _read(app, path, Authorization=token).json["result"]
    assert "contact_phone" not in _read(app, path).json["result"]
    assert len(drawn) == 1


def test_pages_of_other_sites_are_told_apart(
    app: Any, entry: Any, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckan.cors.origin_whitelist", ["https://a.example"])
    path = "/api/3/action/package_list"
    allowed = [_read(app, path, Origin="https://a.example") for _time in range(2)]
    other = _read(app, path, Origin="https://b.example")
    name = "Access-Control-Allow-Origin"
    assert [one.headers.get(name) for one in (*allowed, other)] == ["https://a.example"] * 2 + [None]
    assert len(drawn) == 2


def test_the_languages_are_kept_apart(app: Any, entry: Any) -> None:
    assert "数据目录" in _read(app, "/dataset/").text
    assert "Data catalogue" in _read(app, "/en/dataset/").text
    assert "数据目录" in _read(app, "/dataset/").text


def test_who_has_the_page_already_is_told_so(app: Any, entry: Any) -> None:
    tag = _read(app, "/").headers["ETag"]
    again = _read(app, "/", **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_goes_packed_to_who_can_unpack_it(app: Any, entry: Any) -> None:
    import gzip

    plain = _read(app, "/")
    packed = _read(app, "/", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data)


def test_a_kept_page_is_told_to_who_counts(app: Any, entry: Any) -> None:
    told: list[dict[str, Any]] = []

    def listen(_sender: Any, **fact: Any) -> None:
        told.append(fact)

    signals.viewed.connect(listen)
    try:
        for _time in range(3):
            _read(app, f"/dataset/{entry['name']}")
    finally:
        signals.viewed.disconnect(listen)
    assert [fact["package_id"] for fact in told] == [entry["id"]] * 3


def test_an_endless_number_of_addresses_is_not_kept(app: Any, entry: Any) -> None:
    _read(app, "/dataset/?q=" + "x" * 600)
    assert _keys() == []


def test_without_valkey_pages_are_drawn(app: Any, entry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis import Redis

    from ckanext.govshare.portal import cache

    monkeypatch.setattr(cache, "connect_to_redis", lambda: Redis(port=1))
    assert _read(app, "/").status_code == 200


def test_a_site_that_keeps_nothing_draws_each_page(
    app: Any, entry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, SETTING, 0)
    _read(app, "/")
    assert _keys() == []
