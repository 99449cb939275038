"""Records and documents made to do harm: each ends in a named reason or a harmless entry, in time, and only once."""

from __future__ import annotations

import gzip
import random
import time
from typing import Any

import pytest

from .server import record

pytestmark = pytest.mark.usefixtures("site")

SECONDS = 30  # for three records, one of them hostile, on a busy machine
NO_ADDRESSES = (
    "javascript:alert(1)",
    "file:///etc/passwd",
    "data:text/html,x",
    "//a",
    "http://u:p@h/",
    "http://127.0.0.1\n/",
)


def noise(length: int) -> str:
    """Characters that no compression makes fewer."""
    chosen = random.Random(length)  # noqa: S311 - the same every time
    return "".join(chosen.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))


def deep(levels: int) -> Any:
    value: Any = "unten"
    for _ in range(levels):
        value = [value]
    return value


def files(count: int) -> list[dict[str, Any]]:
    return [
        {"title": f"文件{n}", "format": "CSV", "downloadURL": f"https://files.example.com/{n}.csv"}
        for n in range(count)
    ]


#: fields of the second of three records → whether it becomes an entry, or why it is refused
RECORDS: dict[str, tuple[dict[str, Any], str]] = {
    "40,000 keywords": ({"keyword": [f"关键词{n}" for n in range(40_000)]}, "create"),
    "8,000 files": ({"distribution": files(8_000)}, "too_many_resources"),
    "title of 1 MB": ({"title": "长" * 350_000}, "title_too_long"),
    "title that no index takes": ({"title": noise(3_000)}, "title_too_long"),
    "identifier of 1 MB": ({"identifier": "x" * 1_000_000}, "identifier_missing"),
    "identifier that no index takes": ({"identifier": noise(900)}, "create"),
    "description of 1 MB": ({"description": "说" * 350_000}, "create"),
    "keyword of 1 MB": ({"keyword": ["词" * 350_000]}, "create"),
    "address of 1 MB": (
        {"distribution": [{"downloadURL": "https://a.example/" + "x" * 1_000_000}]},
        "create",
    ),
    "address that fills an index": (
        {"distribution": [{"downloadURL": f"https://a.example/{noise(1_900)}"}]},
        "create",
    ),
    "lone surrogates": ({"title": "半个\ud800代理", "keyword": ["\udfff"]}, "create"),
    "NUL everywhere": (
        {"title": "空\x00字符", "description": "\x00", "keyword": ["\x00", "好\x00"]},
        "create",
    ),
    "NUL in the identifier": ({"identifier": "rec\x00-2"}, "identifier_missing"),
    "nested 200 deep": ({"spatial": deep(200)}, "too_deep"),
    "markup, marks of direction": ({"title": "<script>alert(1)</script>\u202e\u2066"}, "create"),
    "title of blanks": ({"title": " \t\u3000\u200b"}, "required"),
    "addresses that are none": ({"distribution": [{"downloadURL": url} for url in NO_ADDRESSES]}, "create"),
    "the name of a repeated record": ({"identifier": "rec-1#2"}, "create"),
    "a formula": ({"title": "=cmd|' /C calc'!A0"}, "create"),
}
#: what stands in place of a value in the text of the document
RAW = {
    "1e400": b"1e400",
    "-1e400": b"-1e400",
    "NaN": b"NaN",
    "a number of 5,000 digits": b"9" * 5_000,
    "100,000 brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 braces": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "an escape cut in half": b'"\\ud8"',
    "bytes that are no UTF-8": b'"\xff\xfe"',
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_hostile_record_ends_in_a_named_reason_or_does_no_harm(source, make_point, harvest, ask, name):
    fields, wanted = RECORDS[name]
    source.put([record(1), record(2, **fields), record(3)])
    point = make_point(source.url)
    started = time.monotonic()

    run = harvest(point)
    seconds = time.monotonic() - started
    again = harvest(point)

    created = 3 if wanted == "create" else 2
    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", created, 3 - created)
    if wanted != "create":
        [refused] = [problem for problem in run["problems"] if problem["verdict"] == "rejected"]
        assert wanted in [found["slug"] for found in refused["findings"] if found["severity"] == "refuse"]
        assert all(found["message"] for found in refused["findings"])
    assert (again["state"], again["writes"]) == ("done", 0)
    assert ask("package_search", {})["count"] == created
    assert seconds < SECONDS


@pytest.mark.parametrize("name", RAW)
def test_a_document_with_a_hostile_value_ends_in_a_named_reason(source, make_point, harvest, ask, name):
    source.put([record(1), record(2, spatial="@@"), record(3)])
    source.body = source.body.replace(b'"@@"', RAW[name])

    run = harvest(make_point(source.url))

    if run["state"] == "done":
        assert run["counts"]["create"] + run["counts"]["reject"] == 3
        assert run["counts"]["create"] >= 2
    else:
        assert run["state"] == "failed"
        assert run["reason"]["slug"] not in ("internal_error", "")
    assert ask("package_search", {})["count"] == run["counts"]["create"] * (run["state"] == "done")
    assert run["seconds"] < SECONDS


def test_a_small_answer_that_unpacks_to_a_large_one_is_too_large(
    source, make_point, harvest, ckan_config, monkeypatch
):
    monkeypatch.setitem(ckan_config, "ckanext.govshare.exchange.max_bytes", 2_000_000)
    packed = gzip.compress(b'{"dataset": [' + b" " * 100_000_000)

    def bomb(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    source.put([record(1)])
    point = make_point(source.url)
    source.answer = bomb

    run = harvest(point)

    assert (run["state"], run["reason"]["slug"]) == ("failed", "too_large")


def test_one_record_that_no_index_takes_never_keeps_a_run_going_for_ever(
    source, make_point, harvest, ask, monkeypatch
):
    from ckanext.govshare.exchange import plan

    monkeypatch.setattr(plan, "MAX_TITLE", 10_000)
    source.put([record(1), record(2, title=noise(3_000)), record(3)])

    run = harvest(make_point(source.url))

    assert (run["state"], run["counts"]["create"], run["counts"]["reject"]) == ("done", 2, 1)
    refused = next(problem for problem in run["problems"] if problem["verdict"] == "rejected")
    assert refused["findings"][-1]["slug"] == "not_saved"
