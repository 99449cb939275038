"""A look at an address, against a real server on loopback: little is read, nothing forbidden is asked."""

from __future__ import annotations

import contextlib
import time

import pytest

from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.harvesters.look import LookingSession
from ckanext.govshare.publication.links_probe import Address, Prober, complete, host_of
from ckanext.govshare.publication.links_rules import Outcome

AGENT = "govshare-links/1 (+https://data.example.gov.cn)"


@pytest.fixture
def looking():
    return LookingSession(AGENT, max_seconds=1.5, connect_seconds=1, allow_loopback=True)


@pytest.fixture
def seen(looking):
    """What a prober sees of an address, without waiting between requests."""
    prober = Prober(lambda: looking, pause=0)

    def see(url: str, data: bool = True):
        return prober.look(looking, Address("0" * 32, url, host_of(url), data))

    return see


def methods(server):
    return [request.split(" ")[0] for request in server.requests]


def test_head_is_enough_where_it_is_answered(server, seen):
    url = server.says("/a.csv", Content_Type="text/csv")
    assert seen(url).detail == "answers"
    assert methods(server) == ["HEAD"]
    assert f"User-Agent: {AGENT}" in server.requests[0]
    assert "cookie" not in server.requests[0].lower()


@pytest.mark.parametrize("status", ["405 No", "403 No", "501 No", "404 No", "400 No", "500 No"])
def test_get_of_the_first_bytes_where_head_is_refused(server, seen, status):
    def answer(connection, request):
        head = request.startswith("HEAD")
        first = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n" if head else (
            "HTTP/1.1 206 Partial\r\nContent-Type: text/csv\r\nContent-Length: 3\r\n\r\na,b"
        )  # fmt: skip
        connection.sendall(first.encode())

    assert seen(server.does("/a.csv", answer)).outcome is Outcome.OK
    assert methods(server) == ["HEAD", "GET"]
    assert "Range: bytes=0-1023" in server.requests[1]


def test_not_found_is_asked_twice_before_it_is_believed(server, seen):
    assert seen(server.says("/a.csv", b"no", "404 Not Found")).detail == "not_found"
    assert methods(server) == ["HEAD", "GET"]


def test_a_busy_host_is_asked_once(server, seen):
    found = seen(server.says("/a.csv", status="429 Slow down", Retry_After="120"))
    assert (found.detail, found.wait, methods(server)) == ("busy", 120, ["HEAD"])


def test_a_login_page_in_place_of_a_file_is_a_failure(server, seen):
    server.says("/login", b"<html>", Content_Type="text/html")
    url = server.says("/a.csv", status="302 Found", Location=server.url("/login"))
    assert seen(url).detail == "page_instead"
    assert seen(url, data=False).outcome is Outcome.OK


def test_a_page_without_a_type_is_known_by_its_beginning(server, seen):
    assert seen(server.says("/a.csv", b"<!doctype html><p>no")).detail == "page_instead"


def test_an_endless_body_is_not_read(server, seen):
    sent = []

    def endless(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while len(sent) < 10_000 and request.startswith("GET"):
                connection.sendall(b"a,b\n" * 1024)
                sent.append(1)

    started = time.monotonic()
    assert seen(server.does("/a.csv", endless)).outcome is Outcome.OK
    assert time.monotonic() - started < 1
    assert len(sent) < 5_000  # what the sockets of this machine hold, not what was read


def test_a_body_shorter_than_its_length_does_no_harm(server, seen):
    def short(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\na,b")

    assert seen(server.does("/a.csv", short)).outcome is Outcome.OK


def test_a_dripping_head_ends_with_the_time(server, seen):
    def drip(connection, request):
        with contextlib.suppress(OSError):
            for letter in "HTTP/1.1 200 OK\r\n" + "X-Slow: 1\r\n" * 100:
                connection.sendall(letter.encode())
                time.sleep(0.1)

    started = time.monotonic()
    found = seen(server.does("/a.csv", drip))
    assert (found.outcome, found.tired) == (Outcome.SILENT, True)
    assert time.monotonic() - started < 4


def test_headers_of_300_kilobytes_are_no_answer(server, seen):
    url = server.says("/a.csv", **{f"X_{number}": "a" * 10_000 for number in range(30)})
    found = seen(url)
    assert (found.outcome, found.detail) == (Outcome.SILENT, "headers_too_large")


def test_a_header_line_without_end_is_no_answer(server, seen):
    assert seen(server.says("/a.csv", X_Long="a" * 300_000)).outcome is Outcome.SILENT


@pytest.mark.parametrize(
    ("place", "slug"),
    [
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://user:secret@127.0.0.1/", "userinfo_refused"),
        ("file:///etc/passwd", "scheme_refused"),
        ("javascript:alert(1)", "scheme_refused"),
    ],
)
def test_a_redirect_leads_nowhere_forbidden(server, looking, place, slug):
    with pytest.raises(FetchRefused) as refused:
        looking.look(server.says("/a.csv", status="302 Found", Location=place))
    assert refused.value.slug == slug
    assert "secret" not in str(refused.value)
    assert len(server.requests) == 1


def test_redirects_in_a_circle_are_a_failure(server, seen):
    found = seen(server.says("/a.csv", status="301 Moved", Location="/a.csv"))
    assert (found.outcome, found.detail) == (Outcome.FAILED, "too_many_redirects")


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("javascript:alert(1)", Outcome.FAILED),
        ("data:text/csv,a", Outcome.FAILED),
        ("ftp://127.0.0.1/a.csv", Outcome.SILENT),
        ("http://user:secret@127.0.0.1/a.csv", Outcome.SILENT),
        ("http://169.254.169.254/latest/", Outcome.SILENT),
        ("http://[::ffff:169.254.169.254]/", Outcome.SILENT),
        ("http://10.0.0.1/a.csv", Outcome.SILENT),
        ("http://127.0.0.1:1/a.csv", Outcome.SILENT),
        ("http://不存在的主机.invalid/a.csv", Outcome.SILENT),
        ("http://a b/", Outcome.FAILED),
        ("http://x\r\nHost: y/", Outcome.FAILED),
        ("", Outcome.FAILED),
    ],
)
def test_addresses_that_are_not_asked(seen, url, outcome):
    assert seen(url).outcome is outcome


def test_chinese_host_and_path_are_asked_as_their_code(server, seen):
    session = LookingSession(
        AGENT, max_seconds=2, allow_loopback=True, resolve=lambda host, port: ["127.0.0.1"]
    )
    server.says("/%E6%95%B0%E6%8D%AE.csv", Content_Type="text/csv")
    url = f"http://数据.example:{server.port}/数据.csv"
    assert session.look(url).status == 200
    assert (
        f"Host: xn--6kry0f.example:{server.port}" in server.requests[0] or "Host: xn--" in server.requests[0]
    )


@pytest.mark.parametrize(
    ("url", "whole", "host"),
    [
        ("www.example.cn/a.csv", "http://www.example.cn/a.csv", "www.example.cn"),
        (" https://A.example:8443/x ", "https://A.example:8443/x", "a.example:8443"),
        ("http://user:secret@files.example/a", "http://user:secret@files.example/a", "files.example"),
        ("http://[::1", "http://[::1", ""),
    ],
)
def test_host_of_an_address(url, whole, host):
    assert host_of(url) == host
    if host:
        assert complete(url) == whole


def test_one_request_at_a_time_a_host_and_a_pause_between(server):
    pauses, running, most = [], [], []

    def answer(connection, request):
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 0\r\n\r\n")

    urls = [server.does(f"/{number}.csv", answer) for number in range(4)]
    addresses = [Address(str(number), url, host_of(url), True) for number, url in enumerate(urls)]
    prober = Prober(lambda: LookingSession(AGENT, allow_loopback=True), pause=7, sleep=pauses.append)
    found = list(prober.everything({"host": addresses}, time.monotonic() + 10))
    assert [address.key for address, _seen in found] == ["0", "1", "2", "3"]
    assert (max(most), pauses) == (1, [7, 7, 7])


def test_a_host_that_does_not_answer_is_asked_once(server):
    addresses = [
        Address(str(number), f"http://127.0.0.1:1/{number}", "127.0.0.1:1", True) for number in range(5)
    ]
    fine = server.says("/a.csv", Content_Type="text/csv")
    prober = Prober(lambda: LookingSession(AGENT, allow_loopback=True), pause=0)
    by_host = {"down": addresses, "up": [Address("up", fine, host_of(fine), True)]}
    found = {address.key: seen.detail for address, seen in prober.everything(by_host, time.monotonic() + 10)}
    assert found == {"0": "unreachable", "up": "answers"}


def test_nothing_is_asked_after_the_deadline(server):
    fine = server.says("/a.csv")
    prober = Prober(lambda: LookingSession(AGENT, allow_loopback=True), pause=0)
    assert list(prober.everything({"x": [Address("1", fine, "x", True)]}, time.monotonic() - 1)) == []
    assert server.requests == []
