"""What answers say of a link, and the states that follow: tables of cases, no network."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ckanext.govshare.kernel.clock import ZONE
from ckanext.govshare.publication.links_rules import (
    Outcome,
    Seen,
    Standing,
    after,
    next_check,
    of_answer,
    of_refusal,
    rest,
)

DAY = timedelta(days=1)
START = datetime(2026, 11, 1, 8, tzinfo=ZONE)
NEW = Standing("unknown", START)
OK, FAILED, SILENT = Outcome.OK, Outcome.FAILED, Outcome.SILENT
KEY = "80000000" + "0" * 24


def go(*steps: tuple[float, Outcome], standing: Standing = NEW) -> Standing:
    """The standing after looks at days since the start."""
    for days, outcome in steps:
        standing = after(standing, outcome, START + days * DAY)
    return standing


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([(0, OK)], "ok"),
        ([(0, FAILED)], "unknown"),
        ([(0, OK), (1, FAILED)], "ok"),
        ([(0, OK), (1, FAILED), (2, FAILED), (3.9, FAILED)], "ok"),  # three, but over less than three days
        ([(0, OK), (1, FAILED), (4, FAILED)], "ok"),  # three days, but two
        ([(0, OK), (1, FAILED), (2, FAILED), (4, FAILED)], "dead"),
        ([(0, FAILED), (0.1, FAILED), (0.2, FAILED), (0.3, FAILED), (3, FAILED)], "dead"),
        ([(0, FAILED), (1, FAILED), (2, OK), (3, FAILED), (4, FAILED), (5, FAILED)], "ok"),  # counted anew
        ([(0, FAILED), (1, FAILED), (3, FAILED), (4, OK)], "ok"),
        ([(0, OK), *((day, SILENT) for day in range(1, 90))], "ok"),
        ([(0, SILENT)], "unknown"),
        ([(0, FAILED), (1, FAILED), (3, FAILED), (4, SILENT), (30, SILENT)], "dead"),
        ([(0, FAILED), (1, SILENT), (2, FAILED), (3, FAILED)], "dead"),  # an outage between two failures
    ],
)
def test_state_after_looks(steps, state):
    assert go(*steps).state == state


def test_a_dead_link_knows_since_when():
    dead = go((0, OK), (1, FAILED), (2, FAILED), (4, FAILED), (5, FAILED))
    assert (dead.failures, dead.failing_since, dead.since) == (4, START + DAY, START + 4 * DAY)
    assert dead.last_ok == START


def test_silence_is_dated_and_ends_with_any_answer():
    assert go((0, OK), (1, SILENT), (2, SILENT)).silent_since == START + DAY
    assert go((0, OK), (1, SILENT), (2, FAILED)).silent_since is None
    assert go((0, OK), (1, SILENT), (2, OK)).silent_since is None


@pytest.mark.parametrize(
    ("status", "kind", "beginning", "data", "outcome", "detail"),
    [
        (200, "text/csv", b"", True, OK, "answers"),
        (206, "application/octet-stream", b"", True, OK, "answers"),
        (416, "text/html", b"", True, OK, "answers"),
        (200, "text/html; charset=utf-8", b"", True, FAILED, "page_instead"),
        (200, "TEXT/HTML", b"", True, FAILED, "page_instead"),
        (200, "text/html", b"", False, OK, "answers"),
        (200, "", b"\xef\xbb\xbf <!DOCTYPE html><html>", True, FAILED, "page_instead"),
        (200, "", "站点,线路\n".encode("gb18030"), True, OK, "answers"),
        (200, "", b"", True, OK, "answers"),
        (404, "text/html", b"", False, FAILED, "not_found"),
        (410, "", b"", True, FAILED, "gone"),
        (401, "", b"", True, SILENT, "forbidden"),
        (403, "text/html", b"", True, SILENT, "forbidden"),
        (412, "", b"", True, SILENT, "odd_answer"),
        (429, "", b"", True, SILENT, "busy"),
        (500, "", b"", True, SILENT, "server_error"),
        (502, "", b"", True, SILENT, "server_error"),
        (503, "", b"", True, SILENT, "busy"),
        (999, "", b"", True, SILENT, "server_error"),
    ],
)
def test_answer(status, kind, beginning, data, outcome, detail):
    seen = of_answer(status, kind, beginning, data)
    assert (seen.outcome, seen.detail, seen.status) == (outcome, detail, status)


@pytest.mark.parametrize(
    ("slug", "url", "outcome"),
    [
        ("url_invalid", "http:///x", FAILED),
        ("scheme_refused", "javascript:alert(1)", FAILED),
        ("scheme_refused", "ftp://files.example/x.csv", SILENT),
        ("too_many_redirects", "", FAILED),
        ("name_unknown", "", SILENT),
        ("unreachable", "", SILENT),
        ("too_slow", "", SILENT),
        ("tls", "", SILENT),
        ("address_refused", "", SILENT),
        ("userinfo_refused", "", SILENT),
    ],
)
def test_refusal(slug, url, outcome):
    assert of_refusal(slug, url).outcome is outcome


@pytest.mark.parametrize(
    ("standing", "seen", "hours"),
    [
        (go((0, OK)), Seen(OK, "answers", 200), 24),
        (go((0, FAILED)), Seen(FAILED, "not_found", 404), 8),
        (go((0, FAILED), (1, FAILED), (3, FAILED)), Seen(FAILED, "not_found", 404), 24),
        (go((0, OK)), Seen(SILENT, "unreachable"), 8),
        (go((0, OK)), Seen(SILENT, "busy", 429, wait=3600 * 48), 48),
    ],
)
def test_next_look(standing, seen, hours):
    assert next_check(KEY, standing, seen, START) == START + timedelta(hours=hours)


def test_addresses_spread_over_the_hours():
    keys = [f"{number:08x}" + "0" * 24 for number in range(0, 2**32, 2**28)]
    moments = {next_check(key, NEW, Seen(OK, "answers"), START) for key in keys}
    assert len(moments) == len(keys)
    assert max(moments) - min(moments) < timedelta(hours=5)


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(None, timedelta()), (1, timedelta(minutes=10)), (7200, timedelta(hours=2)), (1e18, timedelta(days=7))],
)
def test_a_host_is_left_alone_as_long_as_it_asks_but_not_for_ever(seconds, wait):
    assert rest(seconds) == wait
