"""The examples of the developers' page run as they stand, by the programs that people have, against a served site."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.developers import examples
from tests.browser.conftest import served
from tests.developers.conftest import file_of

SECONDS = 60


@pytest.fixture(scope="module")
def site_address(app: Any, entries: dict[str, Any]) -> Iterator[str]:
    """The address of the served site."""
    with served(app) as address:
        yield address


@pytest.fixture
def filled(site_address: str, app: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The examples for a table of the site."""
    monkeypatch.setitem(tk.config, "ckan.site_url", site_address)
    with app.flask_app.test_request_context("/"):
        values = {"name": "示例程序", "purpose": "测试"}
        key = tk.get_action("govshare_key_create")({"user": "citizen"}, values)
        return examples.filled(examples.sample(), key["key"])


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not there")
    return found


@pytest.fixture(autouse=True)
def _no_keys(entries: Any) -> Iterator[None]:
    import sqlalchemy as sa
    from ckan import model

    from ckanext.govshare.developers.model import Key

    yield
    model.Session.rollback()
    model.Session.execute(sa.delete(Key))
    model.Session.commit()


def test_the_sample_is_an_open_table(filled, entries):
    found = examples.sample()
    assert (found.file["id"], found.number) == (file_of(entries["open"])["id"], 1)
    assert (found.column.label, found.word) == ("站点名称", "城东")


def test_curl_reads_rows(filled, tmp_path):
    answer = json.loads(
        run([program("bash"), "-c", filled["first.sh"].replace("curl", program("curl"), 1)], tmp_path)
    )
    assert [record["站点名称"] for record in answer["result"]["records"]] == ["城东公交站"]


def test_curl_searches(filled, tmp_path):
    answer = json.loads(
        run([program("bash"), "-c", filled["search.sh"].replace("curl", program("curl"), 1)], tmp_path)
    )
    assert answer["success"] is True
    assert answer["result"]["count"] == 1


def test_curl_takes_a_key(filled, tmp_path):
    run([program("bash"), "-c", filled["key.sh"].replace("curl", program("curl"), 1)], tmp_path)
    rows = list(csv.reader((tmp_path / "rows.csv").open(encoding="utf-8-sig")))
    assert rows[0][0] == "站点名称"
    assert len(rows) == 6


def test_python_reads_rows_with_its_standard_library(filled, tmp_path):
    (tmp_path / "first.py").write_text(filled["first.py"], encoding="utf-8")
    told = run([sys.executable, "-I", "-X", "utf8", "first.py"], tmp_path)
    assert told.splitlines()[0].endswith(" 1")
    assert "城东公交站" in told


def test_python_takes_a_whole_table(filled, tmp_path):
    text = filled["whole.py"].replace("rows=10000", "rows=2")
    (tmp_path / "whole.py").write_text(text, encoding="utf-8")
    run([sys.executable, "-I", "-X", "utf8", "whole.py"], tmp_path)
    rows = list(csv.reader((tmp_path / "rows.csv").open(encoding="utf-8-sig")))
    assert [row[0] for row in rows] == ["站点名称", "城东公交站", "城西公交站", "City Hall", "火车站", "机场"]


def test_javascript_reads_rows(filled, tmp_path):
    (tmp_path / "first.js").write_text(filled["first.js"], encoding="utf-8")
    told = run([program("node"), "first.js"], tmp_path)
    assert told.splitlines()[0].endswith(" 1")
    assert "城东公交站" in told


def test_the_page_shows_the_examples_that_run_here(app, site_address, filled):
    from html import unescape

    page = unescape(app.get("/developers").body)
    for name, text in filled.items():
        if name != "key.sh":
            assert text in page, name


def test_the_page_shows_the_answer_that_the_example_gets(app, site_address):
    page = app.get("/developers").body
    assert "城东公交站" in page


def test_a_site_without_tables_shows_examples_all_the_same(app, entries, monkeypatch):
    monkeypatch.setattr(examples, "sample", lambda: None)
    assert "307001004/0007" in app.get("/developers", status=200).body
