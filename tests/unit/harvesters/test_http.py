"""The guarded session against a real server on loopback."""

from __future__ import annotations

import hashlib
import socket
import time

import pytest
from refusals_seen import refused

from ckanext.govshare.harvesters import http, transport
from ckanext.govshare.harvesters.http import FetchRefused, GuardedSession, check_url, safe_url


def never(host, port):
    raise AssertionError("nothing may be looked up")


def test_content_is_streamed_with_digest_and_validators(server, session, target):
    body = b'{"dataset": []}' * 9000
    url = server.says("/", body, ETag='"7"', Last_Modified="Tue, 31 Mar 2026 00:00:00 GMT",
        Content_Type="application/json")
    got = session().download(url, target)
    assert target.read_bytes() == body
    assert (got.sha256, got.bytes) == (hashlib.sha256(body).hexdigest(), len(body))
    assert (got.etag, got.last_modified, got.content_type) == ('"7"', "Tue, 31 Mar 2026 00:00:00 GMT",
        "application/json")


def test_conditional_request_brings_no_file(server, session, target):
    url = server.says("/", status="304 Not Modified")
    got = session().download(url, target, etag='"7"', last_modified="Tue, 31 Mar 2026 00:00:00 GMT")
    assert got.not_modified
    assert (got.etag, got.last_modified) == ('"7"', "Tue, 31 Mar 2026 00:00:00 GMT")
    assert 'If-None-Match: "7"' in server.requests[0]
    assert "If-Modified-Since: Tue" in server.requests[0]
    assert not target.exists()


def test_not_modified_without_asking_is_refused(server, session, target):
    assert refused(session(), server.says("/", status="304 Not Modified"), target) == "http_status"


# addresses


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("file:///etc/passwd", "scheme_refused"), ("ftp://example.com/x", "scheme_refused"),
        ("gopher://127.0.0.1:6379/_x", "scheme_refused"), ("/etc/passwd", "scheme_refused"),
        ("", "scheme_refused"),
        ("javascript:alert(1)", "scheme_refused"), ("data:,x", "scheme_refused"),
        ("//example.com/x", "scheme_refused"),
        ("http://", "url_invalid"), ("http:///x", "url_invalid"), ("http://exa mple.com/", "url_invalid"),
        ("http://example.com:0/", "url_invalid"), ("http://example.com:99999/", "url_invalid"),
        ("http://example.com:x/", "url_invalid"), ("http://a\r\nHost: b/", "url_invalid"),
        ("http://a\x00b/", "url_invalid"),
        ("http://example.com\\@127.0.0.1/", "url_invalid"), ("http://[::1/", "url_invalid"),
        ("http://" + "a" * 3000, "url_invalid"),
        ("http://user:pw@example.com/", "userinfo_refused"),
        ("http://example.com@127.0.0.1/", "userinfo_refused"),
        ("http://@127.0.0.1/", "userinfo_refused"), ("http://127.0.0.1%40example.com/x", "url_invalid"),
        ("http://2130706433/", "url_invalid"), ("http://0x7f000001/", "url_invalid"),
        ("http://0x7f.0.0.1/", "url_invalid"),
        ("http://0177.0.0.1/", "url_invalid"), ("http://127.1/", "url_invalid"),
        ("http://017700000001/", "url_invalid"),
        ("http://127.0.0.1/", "address_refused"), ("http://127.0.0.1./", "address_refused"),
        ("http://[::1]/", "address_refused"), ("http://[::ffff:127.0.0.1]/", "address_refused"),
        ("http://[64:ff9b::7f00:1]/", "address_refused"), ("http://[fe80::1%25eth0]/", "address_refused"),
        ("http://169.254.169.254/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://10.0.0.1/", "address_refused"), ("http://192.168.1.1:8080/data.json", "address_refused"),
        ("http://0.0.0.0/", "address_refused"), ("https://10.0.0.1/", "address_refused"),
        ("http://100.64.0.1/", "address_refused"),
    ],
)  # fmt: skip
def test_address_is_refused_at_once(url, slug, target):
    def unknown(host, port):
        try:
            return transport.system_resolver(host, port) if host.rstrip(".").replace(".",
                "").isdigit() else []
        except OSError:
            return []

    def resolve(host, port):
        found = unknown(host, port)
        if not found:
            raise socket.gaierror("no such name")
        return found

    start = time.monotonic()
    session = GuardedSession(resolve=resolve, sleep=lambda seconds: None)
    assert refused(session, url, target) == slug
    assert time.monotonic() - start < 1


def test_written_out_address_is_refused_before_anything_is_looked_up(target):
    assert refused(GuardedSession(resolve=never), "http://169.254.169.254/", target) == "address_refused"


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["10.1.1.1"], ["::1"], ["::ffff:10.1.1.1"],
        ["8.8.8.8", "127.0.0.1"],
     ["8.8.8.8", "2400:3200::1", "fe80::1"], ["100.64.0.1"]],
)  # fmt: skip
def test_name_that_leads_inside_is_refused_even_among_good_addresses(addresses, target, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", never)
    session = GuardedSession(resolve=lambda host, port: addresses)
    assert refused(session, "http://data.example.gov/data.json", target) == "address_refused"


def test_answer_that_changes_between_check_and_connection_changes_nothing(server, session, target):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    server.says("/", b"x")
    got = session(resolve=lambda host,
        port: next(answers)).download(f"http://data.example.gov:{server.port}/", target)
    assert got.bytes == 1
    assert next(answers) == ["10.0.0.1"]  # looked up once; the checked address is the one connected to
    assert f"Host: data.example.gov:{server.port}" in server.requests[0]


def test_private_address_passes_inside_the_network_of_its_point_only(target, monkeypatch):
    tried = []

    def connect(address, timeout=None):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    networks = {"政务外网": ["10.20.0.0/16"], "互联网": []}
    url = "http://10.20.1.1/data.json"
    inside = GuardedSession(networks=networks, network="政务外网", sleep=lambda seconds: None)
    assert refused(inside, url, target) == "unreachable"
    assert tried == [("10.20.1.1", 80)] * 3
    for network in ("互联网", "部门专网", ""):
        assert refused(GuardedSession(networks=networks, network=network), url, target) == "address_refused"
    assert refused(inside, "http://10.21.1.1/", target) == "address_refused"
    assert len(tried) == 3


def test_next_address_is_tried_where_one_is_silent(server, session, target):
    server.says("/", b"x")
    both = session(resolve=lambda host, port: ["127.9.9.9", "127.0.0.1"])
    assert both.download(f"http://data.example.gov:{server.port}/", target).bytes == 1


# redirects


@pytest.mark.parametrize(
    ("place", "slug"),
    [("http://169.254.169.254/latest/", "address_refused"), ("http://10.0.0.1/", "address_refused"),
     ("file:///etc/passwd", "scheme_refused"), ("http://user:pw@127.0.0.1/", "userinfo_refused"),
     ("//192.168.0.1/x", "address_refused"), ("ftp://127.0.0.1/", "scheme_refused")],
)  # fmt: skip
def test_redirect_is_checked_like_an_address(server, session, target, place, slug):
    url = server.says("/", status="302 Found", Location=place)
    assert refused(session(), url, target) == slug


@pytest.mark.parametrize("status", ["301 Moved", "303 See Other", "307 Temporary", "308 Permanent"])
def test_every_kind_of_redirect_is_checked(server, session, target, status):
    url = server.says("/", status=status, Location="http://169.254.169.254/")
    assert refused(session(), url, target) == "address_refused"


def test_redirect_to_a_name_that_leads_inside_is_refused(server, session, target):
    url = server.says("/", status="302 Found", Location="http://inside.example.gov/")

    def resolve(host, port):
        return ["10.0.0.1"] if "inside" in host else ["127.0.0.1"]

    assert refused(session(resolve=resolve), url, target) == "address_refused"


def test_five_redirects_are_followed_and_no_more(server, session, target):
    for step in range(7):
        server.says(f"/{step}", status="302 Found", Location=f"/{step + 1}")
    assert refused(session(), server.url("/0"), target) == "too_many_redirects"
    assert len(server.requests) == 6
    server.says("/5", b"there")
    assert session().download(server.url("/0"), target).bytes == 5


# tries


def test_busy_source_is_asked_again_after_the_time_it_names(server, session, target):
    pauses = []

    def answer(connection, request):
        busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"
        good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        connection.sendall(busy if len(server.requests) < 3 else good)

    got = session(sleep=pauses.append).download(server.does("/", answer), target)
    assert (got.bytes, pauses) == (2, [2.0, 2.0])


@pytest.mark.parametrize("status", ["500 Error", "502 Bad", "503 Busy", "504 Late", "429 Many"])
def test_three_tries_and_no_more(server, session, target, status):
    assert refused(session(), server.says("/", status=status), target) == "http_status"
    assert len(server.requests) == 3


@pytest.mark.parametrize("status",
    ["204 Empty", "206 Part", "400 Bad", "401 No", "403 No", "404 Gone", "410 Gone", "302 Found"])
def test_other_answers_are_final(server, session, target, status):
    assert refused(session(), server.says("/", status=status), target) == "http_status"
    assert len(server.requests) == 1


def test_pause_longer_than_the_budget_is_not_made(server, session, target):
    pauses = []
    url = server.says("/", status="503 Busy", Retry_After="3600")
    assert refused(session(sleep=pauses.append), url, target) == "http_status"
    assert pauses == []


def test_broken_connection_is_tried_again_and_no_half_file_stays(server, session, target):
    def answer(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    assert refused(session(), server.does("/", answer), target) == "cut_off"
    assert len(server.requests) == 3


def test_cut_off_chunks_are_no_end(server, session, target):
    def answer(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")

    assert refused(session(), server.does("/", answer), target) == "cut_off"


def test_nobody_there(session, target):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert refused(session(), f"http://127.0.0.1:{port}/", target) == "unreachable"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(None, None), ("", None), ("7", 7.0), ("soon", None), ("-1", None),
        ("Tue, 31 Mar 2020 00:00:00 GMT", 0.0),
     ("Tue, 31 Mar 2020 00:00:00", None)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(text, seconds):
    assert http.retry_after(text) == seconds


# what leaves the machine, and what is told


def test_environment_is_ignored(server, session, target, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login u password topsecret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    session().download(server.says("/", b"x", Set_Cookie="a=b"), target)
    session().download(server.url("/"), target)
    sent = "".join(server.requests).lower()
    assert len(server.requests) == 2
    assert "authorization" not in sent
    assert "cookie" not in sent


def test_refusals_tell_no_secrets(server, session, target):
    server.says("/x", status="403 No")
    with pytest.raises(FetchRefused) as caught:
        session().download(server.url("/x?token=topsecret#topsecret"), target)
    told = f"{caught.value} {caught.value.message_zh} {caught.value.message_en}"
    assert "/x?…" in told
    assert "topsecret" not in told


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://u:p@h.cn:8443/a?b=c#d", "https://h.cn:8443/a?…"), ("http://[::1]:1/x", "http://[::1]:1/x"),
     ("file:///etc/passwd", "file:…"), ("http://h:x/", "…"), ("", "?:…")],
)  # fmt: skip
def test_address_is_shown_without_credentials(url, shown):
    assert safe_url(url) == shown


@pytest.mark.parametrize("url",
    ["http://example.com", "https://数据.example.cn/数据.json?a=b", "http://8.8.8.8:8080/",
        "http://a-b.c_d.cn/x y"])
def test_honest_addresses_have_the_right_form(url):
    check_url(url)


NEVER = ("169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "224.0.0.1", "[::ffff:10.0.0.1]")


@pytest.mark.parametrize("host", NEVER)
def test_an_address_that_never_passes_is_refused_before_anybody_asks_it(host):
    with pytest.raises(FetchRefused) as caught:
        check_url(f"http://{host}/latest")
    assert caught.value.slug == "address_refused"
