"""A stored CSV into the DataStore, by the engine's loader: run as a script. One line of JSON says what that took.

rows.py INI RESOURCE FILE
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ITEMS = [
    {"name": "站点编码", "name_en": "stop_code", "type": "C"},
    {"name": "站点名称", "name_en": "stop_name", "type": "C"},
    {"name": "所属线路", "name_en": "line", "type": "C"},
    {"name": "经度", "name_en": "longitude", "type": "N"},
    {"name": "纬度", "name_en": "latitude", "type": "N"},
    {"name": "日均客流", "name_en": "passengers", "type": "N"},
    {"name": "开通日期", "name_en": "opened", "type": "D"},
    {"name": "备注", "name_en": "note", "type": "C"},
]


def lines(rows: int) -> Iterator[str]:
    """A CSV of bus stops: a header, then rows of eight cells with about 90 bytes."""
    yield ",".join(str(item["name"]) for item in ITEMS) + "\n"
    for n in range(rows):
        yield (
            f"{n:08d},人民路第{n}站,{n % 320}路,{117 + n / 1e6:.6f},{36 + n / 1e6:.6f},{n % 9973},"
            f"20{n % 26:02d}-{1 + n % 12:02d}-{1 + n % 28:02d},{'有候车亭' if n % 3 else ''}\n"
        )


def run(resource: str, path: Path) -> dict[str, Any]:
    from ckanext.govshare.exchange import load

    return {"rows": load.load(resource, path, load.columns(load.header(path), ITEMS))}


def main(ini: str, resource: str, path: str) -> None:
    import meter
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        from ckanext.govshare.exchange import load

        meter.measure(lambda: run(resource, Path(path)))
        started = time.perf_counter()
        load.fill_full_text(resource)
        sys.stdout.write(f"{time.perf_counter() - started}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
