"""A real server on loopback whose answers a test writes out, and sessions with small budgets."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from pod_records import RECORD

from ckanext.govshare.harvesters import KINDS, Fetched, FetchState, PointSpec
from ckanext.govshare.harvesters.drop_folder import DropFolderHarvester
from ckanext.govshare.harvesters.http import GuardedSession
from ckanext.govshare.kernel import clock

SOURCES = Path(__file__).resolve().parents[4] / "shared" / "data" / "exchange-points"
Answer = Callable[[socket.socket, str], None]


class Server:
    """Speaks bytes: each path is answered by a function that writes to the connection."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, path: str, body: bytes = b"", status: str = "200 OK", **headers: str) -> str:
        """Answer a path with a body; header names with underscores."""
        lines = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name,
            value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        message = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
        self.answers[path] = lambda connection, request: connection.sendall(message)
        return self.url(path)

    def does(self, path: str, answer: Answer) -> str:
        """Answer a path with a function."""
        self.answers[path] = answer
        return self.url(path)

    def _serve(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            text = request.decode("latin-1")
            self.requests.append(text)
            self.answers[text.split(" ")[1].partition("?")[0]](connection, text)
            connection.shutdown(socket.SHUT_WR)

    def stop(self) -> None:
        self.stopped.set()
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def session() -> Callable[..., GuardedSession]:
    """A session that may read this machine, with budgets that a test can wait for."""

    def make(**changes: object) -> GuardedSession:
        values = {"allow_loopback": True, "max_bytes": 1 << 20, "max_seconds": 5, "stall_seconds": 2,
                  "connect_seconds": 1, "sleep": lambda seconds: None} | changes  # fmt: skip
        return GuardedSession(**values)

    return make


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a download goes."""
    return tmp_path / "got"


@pytest.fixture
def point() -> Callable[..., PointSpec]:
    """An accepted exchange point."""

    def make(**changes: object) -> PointSpec:
        values = {"id": "1", "name": "treasury", "title": "演示市财政局", "organization": "finance",
            "kind": "data_json",
                  "url": "http://127.0.0.1/data.json", "default_class": "307001004"} | changes  # fmt: skip
        return PointSpec(**values)

    return make


@pytest.fixture
def read(tmp_path, point):
    """Read a document given as bytes or as records."""

    def records(content):
        path = tmp_path / "data.json"
        path.write_bytes(content if isinstance(content,
            bytes) else json.dumps({"dataset": content}).encode())
        return list(KINDS["data_json"].records(Fetched(path), point()))

    return records


@pytest.fixture
def entry(read, point):
    """The entry and findings of one record."""

    def make(point_changes=None, **changes):
        [record] = read([{key: value for key, value in (RECORD | changes).items() if value is not ...}])
        return KINDS["data_json"].to_entry(record, point(**(point_changes or {})))

    return make


@pytest.fixture
def source() -> Callable[[str], Path]:
    """A real catalogue of the shared data, or a skipped test."""

    def find(name: str) -> Path:
        path = SOURCES / f"{name}.json"
        if not path.is_file():
            pytest.skip(f"real catalogues are not here: {path.name} is not in ../shared/data/exchange-points")
        return path

    return find


@pytest.fixture
def at_ten() -> Iterator[None]:
    """It is ten o'clock of 20 November 2026."""
    with clock.frozen(datetime(2026, 11, 20, 10, tzinfo=clock.ZONE)):
        yield


@pytest.fixture
def drop(tmp_path, session, point) -> SimpleNamespace:
    """A drop folder, the kind that reads it, and for how long it slept."""
    root, slept = tmp_path / "drop", []
    root.mkdir()
    kind = DropFolderHarvester({"traffic": root}.get)
    asked = session(sleep=slept.append)

    def spec(url="folder:traffic", **settings):
        return point(kind="drop_folder", url=url, settings=settings)

    def fetch(previous=None, url="folder:traffic", **settings):
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        return kind.fetch(spec(url, **settings), asked, work, previous or FetchState())

    def read(previous=None, url="folder:traffic", **settings):
        return list(kind.records(fetch(previous, url, **settings), spec(url)))

    def entry(previous=None, **settings):
        (record,) = read(previous, **settings)
        return kind.to_entry(record, spec())

    return SimpleNamespace(root=root, kind=kind, fetch=fetch, read=read, entry=entry, slept=slept, session=asked)
