"""The example server of the documentation runs as it stands, and the kind reads it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from api_pages import entry
from refusals_seen import refuses

from ckanext.govshare.harvesters import KINDS, FetchState
from ckanext.govshare.harvesters.http import Account
from ckanext.govshare.kernel import clock
from ckanext.govshare.kernel.records import Gone

PAGE = Path(__file__).resolve().parents[3] / "docs" / "kinds" / "catalogue_api.md"
KIND = KINDS["catalogue_api"]


def row(number, **fields):
    return entry(number, modified=clock.now().isoformat(timespec="seconds"), **fields)


@pytest.fixture
def example(tmp_path):
    """The example, running; its entries as a file, and its base."""
    code, data = tmp_path / "server.py", tmp_path / "entries.json"
    code.write_text(PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0], encoding="utf-8")
    data.write_text(json.dumps([row(number) for number in range(1, 6)]), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [sys.executable, str(code), str(port), "very-secret", str(data)], stderr=subprocess.DEVNULL
    )
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/catalogue", data
    running.kill()
    running.wait()


def test_the_example_is_short():
    code = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    assert len([text for text in code.splitlines() if text.strip()]) <= 42


def test_the_kind_reads_the_example_then_its_changes(example, session, point, tmp_path):
    base, data = example
    spec = point(kind="catalogue_api", url=base, settings={"page_size": 2})
    let_in = Account.parse(f"{base.rpartition('/')[0]} Authorization: Bearer very-secret")
    whole = KIND.fetch(spec, session(account=let_in), tmp_path, FetchState())
    assert [record.guid for record in KIND.records(whole, spec)] == [f"e-{number}" for number in range(1, 6)]

    rows = json.loads(data.read_text(encoding="utf-8"))
    rows[1] = row(2, title="第2号公交线路时刻")
    rows[2] = {"id": "e-3", "modified": rows[1]["modified"], "deleted": True}
    for old in (rows[0], rows[3], rows[4]):
        old["modified"] = "2020-01-01T00:00:00+08:00"
    data.write_text(json.dumps(rows), encoding="utf-8")
    changes = KIND.fetch(spec, session(account=let_in), tmp_path, FetchState(cursor=whole.cursor))
    assert not changes.complete
    assert {(type(one) is Gone, one.guid) for one in KIND.records(changes, spec)} == {(False, "e-2"), (True, "e-3")}


def test_without_its_token_nothing_is_read(example, session, point, tmp_path):
    spec = point(kind="catalogue_api", url=example[0])
    refuses("http_status", lambda: KIND.fetch(spec, session(), tmp_path, FetchState()))
