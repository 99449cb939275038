"""The demo's source of records: a data.json of the water company, its files, pages of applications, and the catalogue
interface of the culture and tourism bureau (`catalogue`).

    python -m ckanext.govshare.runtime.demo.serve --port 5301 --state DIR

Standard library only, 127.0.0.1 only. What is served lies in `DIR/www`, and nothing else of `DIR` is served:
written at the first start, kept afterwards, so that somebody may edit `DIR/www/data.json` and watch the next
harvest notice it. Answers carry ETag and Last-Modified and honour the conditional requests made of them.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ckanext.govshare.runtime.demo import files, state
from ckanext.govshare.runtime.demo.catalogue import PATH, Interface
from ckanext.govshare.runtime.demo.generators import make_rows, parse_column

HOST = "127.0.0.1"
SOURCE = Path(__file__).parent / "data" / "waterworks.json"
BASE = "{base}"
TYPES = {**files.MIMETYPES, "html": "text/html; charset=utf-8"}
PAGES = {
    "air-calendar.html": ("空气质量日历", "按日回看全市空气质量，数据来自市生态环境局开放的监测站小时值。"),
    "school-map.html": (
        "义务教育学区地图",
        "按小区查询对应学校，数据来自市教育局开放的学校名录和招生服务范围。",
    ),
    "city-view.html": ("城市运行一张图", "供值班人员查看热线、环境、交通等运行指标。"),
}
REPORT = (
    "演示市公共交通可达性研究报告（2026）",
    "演示大学城市规划研究所　2026年9月",
    "一、研究范围：云桥区、望湖区主城区和清禾县县城。",
    "二、数据来源：城区公交站点信息、公交线路基本信息、医疗机构名录、义务教育学校名录，",
    "　　均取自演示市公共数据平台的开放数据。",
    "三、主要结论：主城区居民30分钟公交可达医院的比例为87.4%，可达学校的比例为94.1%。",
    "四、建议：在清禾县城与望湖区之间增设两条快线，优化云桥区北部十处站点。",
    "注：本报告为演示材料，数字均为虚构。",
)


def make_files(state: Path) -> Path:
    """Write what is served, each file only if it is not there.

    Args:
        state: folder of the demo, made if absent.

    Returns:
        The folder to serve.
    """
    source = json.loads(SOURCE.read_text(encoding="utf-8"))
    folder = state / "www"
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "apps").mkdir(exist_ok=True)
    for record in source["dataset"]:
        for file in record["files"]:
            table = source["tables"][Path(file["name"]).stem]
            columns = [parse_column(line) for line in table["columns"]]
            rows = make_rows(Path(file["name"]).stem, columns, table["rows"], table.get("per", 0))
            content = files.write(file["format"], [column.name for column in columns], rows)
            _write_once(folder / "files" / file["name"], content)
    for name, (title, text) in PAGES.items():
        _write_once(folder / "apps" / name, _page(title, text).encode())
    _write_once(folder / "apps" / "reachability-2026.pdf", files.pdf_bytes(REPORT))
    catalogue = json.dumps(_catalogue(source), ensure_ascii=False, indent=1) + "\n"
    _write_once(folder / "data.json", catalogue.encode())
    return folder


def server(port: int, folder: Path, interface: Interface | None = None) -> ThreadingHTTPServer:
    """A server on the loopback address, not yet started.

    Args:
        port: TCP port; 0 takes a free one.
        folder: what `make_files` answered.
        interface: the catalogue interface, where it is to be served.

    Raises:
        OSError: the port is taken.
    """
    handler = type("Handler", (_Handler,), {"folder": folder.resolve(), "interface": interface})
    found = ThreadingHTTPServer((HOST, port), handler)
    found.daemon_threads = True
    return found


def main(arguments: list[str] | None = None) -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="Serve the demo city's source of records.")
    parser.add_argument("--port", type=int, required=True, help="TCP port on 127.0.0.1")
    parser.add_argument("--state", type=Path, required=True, help="folder of the served files")
    options = parser.parse_args(arguments)
    interface = Interface(state.interface_path(options.state), state.interface_token(options.state))
    with server(options.port, make_files(options.state), interface) as running:
        running.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of the files below one folder, and GET of the catalogue interface."""

    folder: Path
    interface: Interface | None
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.interface is not None and urlsplit(self.path).path == PATH:
            self._ask(self.interface)
        else:
            self._answer(with_body=True)

    def do_HEAD(self) -> None:  # noqa: N802 - named by http.server
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the harvest run records what was fetched."""

    def _ask(self, interface: Interface) -> None:
        query, shown = urlsplit(self.path).query, self.headers.get("Authorization", "")
        status, said = interface.answer(query, shown, f"http://{HOST}:{self.server.server_port}")
        content = json.dumps(said, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, with_body: bool) -> None:
        path = self._path()
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = path.read_bytes()
        if path.name == "data.json":
            base = f"http://{HOST}:{self.server.server_port}"
            content = content.replace(BASE.encode(), base.encode())
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        changed = int(path.stat().st_mtime)
        fresh = self._has(tag, changed)
        self.send_response(HTTPStatus.NOT_MODIFIED if fresh else HTTPStatus.OK)
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", formatdate(changed, usegmt=True))
        self.send_header("Cache-Control", "no-cache")
        if not fresh:
            self.send_header("Content-Type", TYPES.get(path.suffix[1:], "application/octet-stream"))
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body and not fresh:
            self.wfile.write(content)

    def _path(self) -> Path | None:
        """The file that is asked for, if it is one of ours."""
        wanted = unquote(urlsplit(self.path).path).lstrip("/")
        try:
            path = (self.folder / wanted).resolve()
            return path if path.is_relative_to(self.folder) and path.is_file() else None
        except (OSError, ValueError):
            return None

    def _has(self, tag: str, changed: int) -> bool:
        """Whether the client holds this very content (RFC 9110: If-None-Match goes first)."""
        if known := self.headers.get("If-None-Match"):
            return known.strip() == "*" or tag in [
                part.strip().removeprefix("W/") for part in known.split(",")
            ]
        since = self.headers.get("If-Modified-Since")
        if not since:
            return False
        try:
            return changed <= parsedate_to_datetime(since).timestamp()
        except (TypeError, ValueError):
            return False


def _catalogue(source: dict) -> dict:
    common = {key: source[key] for key in ("publisher", "contactPoint", "license")}
    return {**source["catalog"], "dataset": [_record(record, common) for record in source["dataset"]]}


def _record(record: dict, common: dict) -> dict:
    fields = {key: value for key, value in record.items() if key != "files"}
    distribution = [
        {
            "@type": "dcat:Distribution",
            "title": file["title"],
            "format": file["format"].upper(),
            "mediaType": files.MIMETYPES[file["format"]],
            "downloadURL": f"{BASE}/files/{file['name']}",
        }
        for file in record["files"]
    ]
    attached = {"distribution": distribution} if distribution else {}
    return {"@type": "dcat:Dataset", **fields, **common, **attached}


def _page(title: str, text: str) -> str:
    return (
        '<!doctype html><html lang="zh-Hans-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><main><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        "<p>演示页面，非真实服务。</p></main></html>\n"
    )


def _write_once(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that is there stays as it is."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)


if __name__ == "__main__":
    main()
