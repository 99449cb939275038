"""Several files as one archive: what is in it, under which names, and its limits."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
import zipfile
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest

from ckanext.govshare.portal import archive
from tests.portal.downloads import TABLE, file


def package(app, *entries, **options):
    if len(entries) == 1:
        return app.get(f"/dataset/{entries[0]['name']}/package.zip", **options)
    return app.get("/package?" + "&".join(f"name={entry['name']}" for entry in entries), **options)


def opened(answer):
    made = zipfile.ZipFile(io.BytesIO(answer.data))
    assert made.testzip() is None
    return made


def test_a_package_says_what_it_is(app, make_entry):
    entry = make_entry(resources=[file()])
    answer = package(app, entry)
    made = opened(answer)
    text = made.read("README.txt").decode("utf-8-sig")
    told = (
        "城区公交站点信息",
        "市交通运输局",
        hashlib.sha256(TABLE).hexdigest(),
        f"/dataset/{entry['name']}",
    )
    assert [word for word in told if word not in text] == []
    assert "\n" not in text.replace("\r\n", "")
    items = list(csv.reader(io.StringIO(made.read("items.csv").decode("utf-8-sig"))))
    assert [row[0] for row in items] == ["信息项名称", "站点名称", "途经线路"]
    assert made.read("站点 信息.csv") == TABLE
    assert made.getinfo("站点 信息.csv").flag_bits & 0x800  # UTF-8
    assert "filename*=UTF-8''%E5%9F%8E" in answer.headers["Content-Disposition"]


def test_entries_have_folders_and_names_are_distinct(app, make_entry):
    files = [file("a.csv"), file("A.csv", TABLE + b"x,y\n"), file("readme.txt", b"text", format="TXT")]
    one, two = make_entry(resources=files), make_entry(resources=[file("a.csv")], title="城区公交站点信息＊")
    names = opened(package(app, one, two)).namelist()
    folder = one["title"]
    assert sorted(names) == sorted(
        f"{place}{name}"
        for place, inside in (
            (f"{folder}/", ["a.csv", "A (2).csv", "readme (2).txt"]),
            (f"{two['title']}/", ["a.csv"]),
        )
        for name in ["README.txt", "items.csv", *inside]
    )


def test_a_link_is_named_and_not_fetched(app, make_entry):
    link = {"name": "链接", "url": "http://files.example/a.csv", "audience": "open", "format": "CSV"}
    made = opened(package(app, make_entry(resources=[file(), link])))
    assert "http://files.example/a.csv" in made.read("README.txt").decode("utf-8-sig")
    assert len(made.namelist()) == 3


def test_an_entry_of_links_alone_has_no_package(app, make_entry):
    assert package(app, make_entry()).status_code == 404


@pytest.mark.parametrize(
    ("setting", "value", "names"),
    [("package_entries", 1, 2), ("package_mib", 0, 1)],
    ids=["entries", "bytes"],
)
def test_what_is_too_much_is_told(app, make_entry, monkeypatch, setting, value, names):
    entries = [make_entry(resources=[file()], title=f"条目{number}") for number in range(names)]
    monkeypatch.setitem(tk.config, f"ckanext.govshare.downloads.{setting}", value)
    assert package(app, *entries).status_code == 413


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?name=", 400), ("?name=nowhere", 404), ("?name=../x", 404), ("?name=%2e%2e", 404)],
)
def test_names_that_name_nothing(app, site, query, status):
    assert app.get(f"/package{query}").status_code == status


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "etcpasswd"),
        ("C:\\a.csv", "Ca.csv"),
        ("a\nb\x00\u202ec.csv", "abc.csv"),
        ("CON.csv", "_CON.csv"),
        ('"quoted" <b>', "quoted b"),
        ("..", ""),
        ("公交🚌.csv", "公交🚌.csv"),
        ("名" * 100, "名" * 60),
    ],
)
def test_names_are_safe_everywhere(given, kept):
    assert archive.safe_name(given) == kept


def contents(path: Path, name: str, size: int) -> list[archive.Content]:
    resource = {"id": "x", "original_name": name, "hash": "0" * 64}
    about = dict.fromkeys(("title", "provider", "licence", "source", "updated"), "x")
    entry = {"name": "x", "title": "x", "resources": [resource]}
    return [archive.Content(entry, about, [archive.Member(resource, "open", path, size)])]


@pytest.mark.parametrize("name", ["a.zip", "a.csv"])
def test_memory_does_not_grow_with_the_files(app, tmp_path, name):
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(50_000_000)
    with app.flask_app.test_request_context():
        tracemalloc.start()
        sent = sum(map(len, archive.stream(contents(path, name, 50_000_000))))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert sent > 40_000
    assert most < 4_000_000


def test_a_file_that_cannot_be_read_leaves_no_whole_archive(app, tmp_path):
    parts = []
    with app.flask_app.test_request_context(), pytest.raises(FileNotFoundError):
        parts.extend(archive.stream(contents(tmp_path / "gone", "a.csv", 1)))
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(parts)))
