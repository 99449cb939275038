"""Sources that must be refused with a reason, within their budget, and the worker free again."""

from __future__ import annotations

import time
from typing import Any

import pytest

from .server import record, records

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def budget(ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {"max_bytes": 2_000_000, "max_seconds": 4, "stall_seconds": 1}.items():
        monkeypatch.setitem(ckan_config, f"ckanext.govshare.exchange.{key}", value)


def redirect(place: str) -> Any:
    def answer(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", place)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(handler: Any) -> None:
    """Three gigabytes, as fast as they are taken."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    piece = b'{"dataset": [' + b" " * 65536
    try:
        for _ in range(3 * 1024 * 16):
            handler.wfile.write(piece)
    except OSError:
        pass


def dripping(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    try:
        for _ in range(200):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://files.example.com/data.json",
        "gopher://127.0.0.1:6379/_INFO",
        "http://user:secret@files.example.com/data.json",
        "http://",
    ],
)
def test_an_address_that_is_none_is_refused_when_it_is_registered(make_point, url):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as error:
        make_point(url)
    assert list(error.value.error_dict) == ["url"]
    assert "secret" not in str(error.value.error_dict)


def test_a_forbidden_scheme_is_refused_at_fetch_as_well(source, make_point, harvest):
    from ckan import model

    from ckanext.govshare.exchange.model import ExchangePoint

    point = make_point(source.url)
    model.Session.get(ExchangePoint, point).url = "file:///etc/passwd"
    model.Session.commit()

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("failed", "scheme_refused")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3/data.json",
        "http://192.168.1.1/data.json",
    ],
)
def test_an_address_of_no_configured_network_is_refused(make_point, harvest, url, budget):
    run = harvest(make_point(url))

    assert (run["state"], run["reason"]["slug"]) == ("failed", "address_refused")
    assert run["seconds"] < 4


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.1.2.3]/data.json",
        "http://[fd00:ec2::254]/data.json",
        "http://100.64.0.1/data.json",
        "http://0.0.0.0/data.json",
    ],
)
def test_an_address_that_no_setting_lets_pass_cannot_be_registered(make_point, url):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        make_point(url)

    assert set(refused.value.error_dict) == {"url"}


@pytest.mark.parametrize("place", ["http://169.254.169.254/", "http://10.1.2.3/", "file:///etc/passwd"])
def test_a_redirect_to_where_harvests_do_not_go_is_refused(source, make_point, harvest, place, budget):
    source.answer = redirect(place)

    run = harvest(make_point(source.url))

    assert run["state"] == "failed"
    assert run["reason"]["slug"] in ("address_refused", "scheme_refused")


def test_loopback_is_refused_where_no_setting_allows_it(
    source, make_point, harvest, ckan_config, monkeypatch
):
    point = make_point(source.url)
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.allow_loopback", False)

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("failed", "address_refused")
    assert source.requests == 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "text/html"),
        (b"", "application/json"),
        (b"{", "application/json"),
        (b'{"dataset": [{"identifier": "a", ', "application/json"),
        (b"\x00\xff\xfe garbage", "application/octet-stream"),
        (b'{"other": []}', "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_what_is_no_catalogue_fails_the_run_with_a_reason(source, make_point, harvest, body, kind, ask):
    source.put(records(3))
    point = make_point(source.url)
    harvest(point)
    source.body, source.type = body, kind

    run = harvest(point)

    assert run["state"] == "failed"
    assert run["reason"]["slug"] != "internal_error"
    assert run["reason"]["message_zh"]
    assert ask("package_search", {})["count"] == 3


@pytest.mark.parametrize("answer", [endless, dripping])
def test_a_source_beyond_its_budget_is_stopped_in_time(source, make_point, harvest, answer, budget):
    source.answer = answer
    point = make_point(source.url)
    started = time.monotonic()

    run = harvest(point)

    assert run["state"] == "failed"
    assert run["reason"]["slug"] in ("too_large", "stalled", "too_slow")
    assert time.monotonic() - started < 8
    source.answer = None
    source.put(records(1))
    assert harvest(point)["state"] == "done"


def test_more_records_than_allowed_fail_the_run(source, make_point, harvest, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.max_records", 5)
    source.put(records(6))

    run = harvest(make_point(source.url))

    assert (run["state"], run["reason"]["slug"]) == ("failed", "too_many_records")


@pytest.mark.parametrize(
    "odd",
    [
        {"title": "带\x00空字符"},
        {"title": "半个代理\ud800"},
        {"title": None},
        {"title": ["列表"]},
        {"keyword": "不是列表"},
        {"keyword": ["词" * 3000]},
        {"distribution": "不是列表"},
        {"distribution": [None, 1, {"downloadURL": 7}]},
        {"accessLevel": "secret"},
        {"modified": "0000-00-00"},
        {"identifier": {"a": 1}},
        {"identifier": "x" * 5000},
        {"description": "长" * 100_000},
        {"publisher": []},
    ],
)
def test_one_odd_record_never_harms_the_others(source, make_point, harvest, ask, odd):
    source.put([record(1), record(2, **odd), record(3)])

    run = harvest(make_point(source.url))

    assert run["state"] == "done"
    assert run["counts"]["create"] + run["counts"]["reject"] == 3
    assert run["counts"]["create"] >= 2
    assert ask("package_search", {})["count"] == run["counts"]["create"]


def test_no_work_folder_is_left(source, make_point, harvest):
    from ckanext.govshare.exchange import fetch

    source.put(records(2))
    run = harvest(make_point(source.url))

    assert fetch.workdir(run["id"]).parent.is_dir()
    assert not fetch.workdir(run["id"]).exists()
