"""The board: what it shows to whom, who may frame it, and whom it believes about an address."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.publication.progress_world import Reader, world
from tests.publication.test_pages_progress import without_rule

SETTING = "ckanext.govshare.publication."


@pytest.fixture(scope="module")
def made(loaded):
    with world() as built:
        yield built


@pytest.fixture
def read(app, made: SimpleNamespace) -> Reader:
    return Reader(app)


def ranked(read: Reader, **more: Any) -> bool:
    data = json.loads(read.get("/progress/board.json", **more).body)
    return bool(data["departments"])


def test_board_shows_numbers_fields_and_the_latest(read, made):
    body = read.get("/progress/board").body
    for words in ("开放数据集", "校园信息", "4</b>", 'id="board-latest"', 'id="board-fields"', "<svg"):
        assert words in body
    for frame in ("gs-nav", "gs-foot", "<script"):
        assert frame not in body.replace("&lt;script", "")


def test_json_says_the_same(read, made):
    data = json.loads(read.get("/progress/board.json").body)
    assert {row["target"]["measure"] for row in data["targets"]} == {"open_datasets", "applications", "rows"}
    assert [row["counted"] for row in data["targets"] if row["target"]["id"] == made.main] == [4]
    assert len(data["latest"]) == 4
    assert data["departments"] is None


@pytest.mark.parametrize("user", ["", "officer", "office", "operator"])
def test_an_account_changes_nothing(read, made, user):
    body = read.get("/progress/board", user).body
    assert "挂接率" not in without_rule(body)
    assert 'id="board-departments"' not in body


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.20.3.4", True),
        ("10.21.3.4", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("::ffff:10.20.3.4", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("nonsense", False),
    ],
)
def test_departments_are_ranked_inside_the_networks(read, made, ckan_config, monkeypatch, address, inside):
    networks = "10.20.0.0/16 192.0.2.7 2001:db8::/32 nonsense"
    monkeypatch.setitem(ckan_config, SETTING + "board_networks", networks)
    assert ranked(read, environ_overrides={"REMOTE_ADDR": address}) is inside


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_a_header_opens_nothing(app, made, ckan_config, monkeypatch, header):
    monkeypatch.setitem(ckan_config, SETTING + "board_networks", "10.20.0.0/16")
    value = "for=10.20.3.4" if header == "Forwarded" else "10.20.3.4"
    answer = app.get(
        "/progress/board.json", headers={header: value}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert json.loads(answer.body)["departments"] is None


def test_without_the_setting_no_address_is_inside(read, made):
    assert not ranked(read, environ_overrides={"REMOTE_ADDR": "127.0.0.1"})


def test_what_a_network_may_see_is_kept_by_nobody(read, made, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, SETTING + "board_networks", "127.0.0.0/8")
    answer = read.get("/progress/board", environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    assert 'id="board-departments"' in answer.body
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("setting", "policy", "older"),
    [
        ("", "frame-ancestors 'none'", "DENY"),
        ("self", "frame-ancestors 'self'", "SAMEORIGIN"),
        ("https://a.example self", "frame-ancestors https://a.example 'self'", None),
        ("https://a.example:8443 http://10.0.0.5", "frame-ancestors https://a.example:8443 http://10.0.0.5", None),
        ("* javascript:x https://a.example/path ;script-src", "frame-ancestors 'none'", "DENY"),
    ],
)
def test_who_may_frame_it(read, made, ckan_config, monkeypatch, setting, policy, older):
    monkeypatch.setitem(ckan_config, SETTING + "board_frame_ancestors", setting)
    for path in ("/progress/board", "/progress/board.json"):
        answer = read.get(path)
        assert answer.headers["Content-Security-Policy"] == policy
        assert answer.headers.get("X-Frame-Options") == older


def test_it_loads_itself_again_unless_told_not_to(read, made, ckan_config, monkeypatch):
    assert read.get("/progress/board").headers["Refresh"] == "300"
    assert "Refresh" not in read.get("/progress/board?refresh=0").headers
    monkeypatch.setitem(ckan_config, SETTING + "board_refresh", 1)
    assert read.get("/progress/board").headers["Refresh"] == "15"
    monkeypatch.setitem(ckan_config, SETTING + "board_refresh", 0)
    assert "Refresh" not in read.get("/progress/board").headers


def test_a_hostile_title_is_shown_as_text(read, made):
    assert "<script>x" not in read.get("/progress/board").body
