"""Budgets of the guarded session: bytes, seconds, progress, headers, packed content."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib

import pytest
from refusals_seen import refused

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


def test_declared_size_beyond_the_budget_is_refused_unread(server, session, target):
    def answer(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3221225472\r\n\r\n")
        server.stopped.wait(5)

    start = time.monotonic()
    assert refused(session(), server.does("/", answer), target) == "too_large"
    assert time.monotonic() - start < 1


def test_endless_stream_stops_at_the_budget(server, session, target):
    sent = 0

    def answer(connection, request):
        nonlocal sent
        connection.sendall(HEAD)
        while not server.stopped.is_set():
            sent += connection.send(b"x" * 65536)

    assert refused(session(), server.does("/", answer), target) == "too_large"
    assert sent < 32 << 20


def test_endless_chunks_stop_at_the_budget(server, session, target):
    def answer(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not server.stopped.is_set():
            connection.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")

    assert refused(session(), server.does("/", answer), target) == "too_large"


def test_gzip_bomb_stops_at_the_budget(server, session, target):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([packer.compress(b"\0" * (1 << 20)) for _ in range(30)]) + packer.flush()
    assert len(bomb) < 1 << 18
    assert refused(session(), server.says("/", bomb, Content_Encoding="gzip"), target) == "too_large"


def test_silence_is_a_stall(server, session, target):
    def answer(connection, request):
        connection.sendall(HEAD + b"x")
        server.stopped.wait(5)

    start = time.monotonic()
    assert refused(session(stall_seconds=0.3), server.does("/", answer), target) == "stalled"
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("start_of_answer",
    [HEAD, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"])
def test_slow_drip_is_a_stall_in_body_headers_and_chunk_sizes(server, session, target, start_of_answer):
    def answer(connection, request):
        connection.sendall(start_of_answer)
        while not server.stopped.wait(0.05):
            connection.sendall(b"x")

    start = time.monotonic()
    assert refused(session(stall_seconds=0.3), server.does("/", answer), target) == "stalled"
    assert time.monotonic() - start < 2


def test_steady_but_endless_source_runs_out_of_time(server, session, target):
    def answer(connection, request):
        connection.sendall(HEAD)
        while not server.stopped.wait(0.01):
            connection.sendall(b"x" * 2048)

    start = time.monotonic()
    assert refused(session(max_seconds=0.4), server.does("/", answer), target) == "too_slow"
    assert time.monotonic() - start < 2


def test_silent_tls_partner_is_a_stall(server, session, target):
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        start = time.monotonic()
        assert refused(session(stall_seconds=0.3), url, target) == "stalled"
        assert time.monotonic() - start < 2
    finally:
        listener.close()


def test_partner_that_speaks_no_tls_is_refused(session, target):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            for _ in range(3):
                connection, _ = listener.accept()
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert refused(session(), url, target) in ("tls", "unreachable")


def test_large_headers_are_refused(server, session, target):
    url = server.says("/", b"x", **{f"X_{n}": "y" * 2000 for n in range(50)})
    assert refused(session(), url, target) == "headers_too_large"


def test_no_thread_stays_behind(server, session, target):
    before = threading.active_count()
    refused(session(max_bytes=3), server.says("/", b"long"), target)
    assert not [thread for thread in threading.enumerate() if thread.name == "govshare-fetch-watch"]
    assert threading.active_count() <= before + 1


# packed content


@pytest.mark.parametrize("body", [gzip.compress(b"data" * 50000), gzip.compress(b"data" * 25000) * 2])
def test_packed_content_is_unpacked(server, session, target, body):
    got = session().download(server.says("/", body, Content_Encoding="gzip"), target)
    assert target.read_bytes() == b"data" * 50000
    assert got.bytes == 200000


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"data" * 5000)[:-20], b"\x1f\x8b\x08"])
def test_broken_packing_is_refused(server, session, target, body):
    assert refused(session(), server.says("/", body, Content_Encoding="gzip"), target) == "encoding_broken"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_unasked_packing_is_refused(server, session, target, encoding):
    assert refused(session(), server.says("/", b"x", Content_Encoding=encoding),
        target) == "encoding_unknown"
