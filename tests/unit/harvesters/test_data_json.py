"""The kind data_json: hostile documents, the mapping, and real catalogues."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from pod_records import RECORD, slugs

from ckanext.govshare.harvesters import KINDS, Fetched, FetchState
from ckanext.govshare.harvesters import jsonstream as stream
from ckanext.govshare.harvesters.http import FetchRefused
from ckanext.govshare.kernel.rules import Severity

HARVESTER = KINDS["data_json"]
# documents


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "empty"), (b"  \n", "empty"), (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html></html>", "html_not_json"),
        (b"\n <?xml version='1.0'?><rdf/>", "html_not_json"),
        (b"{\"dataset\": []", "json_truncated"),
        (b'{"dataset": [{"identifier": "a"}, {"ti', "json_truncated"),
        (b'{"dataset": [{"identifier": "a"}]', "json_truncated"),
        (b'{"dataset": []} trailing', "json_invalid"), (b'{"dataset": [,]}', "json_invalid"),
        (b"not json", "json_invalid"),
        (b'{"dataset": [NaN]}', "json_invalid"), (b"{'dataset': []}", "json_invalid"),
        (b'{"dataset": ["a\x00b"]}', "json_invalid"),
        (b"PK\x03\x04 a zip file", "json_invalid"),
        (b'{"dataset": [' + b"9" * 6000 + b"]}", "json_invalid"),
        (b'{"dataset": [1e99999999999999999999]}', "json_invalid"),
        (b'{"dataset": [-1e-99999999999999999999]}', "json_invalid"),
        (b"{}", "dataset_missing"), (b"[]", "dataset_missing"),
        (b'[{"identifier": "a"}]', "dataset_missing"),
        (b'{"dataset": {"a": 1}}', "dataset_missing"), (b'{"dataset": null}', "dataset_missing"),
        (b"null", "dataset_missing"),
        (b'{"catalog": {"dataset": [{"identifier": "a"}]}}', "dataset_missing"),
        ('{"dataset": []}'.encode("utf-16"), "not_utf8"),
        ('{"dataset": []}'.encode("utf-16-le"), "not_utf8"),
        ('{"dataset": []}'.encode("utf-16-be"), "not_utf8"),
        ('{"dataset": []}'.encode("utf-32"), "not_utf8"),
        ('{"dataset": [{"title": "公交站点"}]}'.encode("gb18030"), "not_utf8"),
        (b'{"dataset": ["\xed\xa0\x80"]}', "not_utf8"),
    ],
)  # fmt: skip
def test_document_is_refused_with_its_reason(read, content, slug):
    with pytest.raises(FetchRefused) as caught:
        read(content)
    assert caught.value.slug == slug


def test_byte_order_mark_is_passed_over(read):
    [record] = read(b"\xef\xbb\xbf" + json.dumps({"dataset": [RECORD]}).encode())
    assert record.guid == "T-1"


def test_empty_catalogue_is_read_as_empty(read):
    assert read([]) == []


def test_other_keys_of_the_document_do_not_matter(read):
    content = {"conformsTo": "x", "a": {"dataset": [1]}, "b": [[{"dataset": 1}]], "dataset": [RECORD],
        "c": None}
    assert [record.guid for record in read(json.dumps(content).encode())] == ["T-1"]


def test_endless_token_is_refused_before_it_is_kept(tmp_path, point, monkeypatch):
    monkeypatch.setattr(stream, "MAX_TOKEN", 1 << 20)
    path = tmp_path / "data.json"
    path.write_bytes(b'{"dataset": ["' + b"x" * (2 << 20) + b'"]}')
    with pytest.raises(FetchRefused) as caught:
        list(HARVESTER.records(Fetched(path), point()))
    assert caught.value.slug == "json_invalid"


@pytest.mark.parametrize("size", [1, 7, 599, 600, 601, 4096])
def test_endless_number_is_refused_at_any_cut(tmp_path, monkeypatch, size):
    monkeypatch.setattr(stream, "BUFFER", size)
    path = tmp_path / "data.json"
    path.write_bytes(b'{"dataset": [1, ' + b"9" * 5000 + b", 2]}")
    with pytest.raises(FetchRefused) as caught:
        list(stream.read_items(path, "dataset"))
    assert caught.value.slug == "json_invalid"


def test_long_number_within_the_limit_is_read(read):
    [record] = read(b'{"dataset": [{"identifier": "N", "x": ' + b"9" * 600 + b"}]}")
    assert record.data["x"] == int("9" * 600)


# records that are set aside while the others go on


@pytest.mark.parametrize("bad", ["text", 5, None, True, [], [{"identifier": "x"}]])
def test_record_that_is_no_object_is_rejected_alone(read, point, bad):
    first, second, third = read([RECORD, bad, RECORD | {"identifier": "T-2"}])
    assert (first.guid, third.guid) == ("T-1", "T-2")
    mapped = HARVESTER.to_entry(second, point())
    assert mapped.rejected
    assert slugs(mapped) == {("not_an_object", "source_guid")}
    assert "第2条" in mapped.findings[0].message_zh


@pytest.mark.parametrize("identifier",
    [..., None, "", "  ", [], {}, True, "\x00", "a\x00b", "\u200b", "x" * 1001])
def test_record_without_usable_identifier_is_rejected_alone(read, identifier):
    bad = {key: value for key, value in (RECORD | {"identifier": identifier}).items() if value is not ...}
    good, record = read([RECORD, bad])
    assert not good.findings
    assert record.findings[0].slug == "identifier_missing"
    assert record.guid.startswith("identifier_missing:")


def test_rejected_record_keeps_its_identity_from_run_to_run(read):
    bad = [{"title": "a"}, {"title": "b"}]
    first = {record.guid for record in read([RECORD, *bad])}
    assert first == {record.guid for record in read([*reversed(bad), RECORD])}
    assert len(first) == 3


def test_identifier_may_be_a_number(read):
    assert [record.guid for record in read([RECORD | {"identifier": 42}])] == ["42"]


def test_repeated_identifier_counts_once(read, point):
    records = read([RECORD, RECORD | {"title": "Other"}, RECORD | {"title": "Third"}])
    assert records[0].guid == "T-1"
    assert not records[0].findings
    assert [record.findings[0].slug for record in records[1:]] == ["identifier_duplicate"] * 2
    assert len({record.guid for record in records}) == 3
    assert HARVESTER.to_entry(records[1], point()).entry == {"title": "Other"}


def test_deep_nesting_is_rejected_alone(read):
    deep = b"[" * 50000 + b"]" * 50000
    good = json.dumps(RECORD).encode()
    records = read(b'{"dataset": [{"identifier": "D", "x": ' + deep + b"}, " + good + b"]}")
    assert records[0].findings[0].slug == "too_deep"
    assert records[1].guid == "T-1"
    assert not records[1].findings


@pytest.mark.parametrize("many",
    [b"[" + b",".join([b"1"] * 300_000) + b"]", b'["' + b'x","' * 5 + b"y" * 8_100_000 + b'"]'])
def test_huge_record_is_rejected_alone(read, many):
    good = json.dumps(RECORD).encode()
    records = read(b'{"dataset": [{"identifier": "H", "x": ' + many + b"}, " + good + b"]}")
    assert records[0].findings[0].slug == "too_large"
    assert records[1].guid == "T-1"


@pytest.mark.parametrize("broken",
    [b"\\ud800", b"\\udc00", b"\\ud800x", b"\\ud800\\u0041", b"\\udc00\\ud800", b"\\uD83D"])
def test_lone_surrogate_is_cleaned_with_a_warning(read, point, broken):
    body = json.dumps(RECORD | {"title": "Bus XX stops"}).encode().replace(b"XX", broken)
    [record] = read(b'{"dataset": [' + body + b"]}")
    mapped = HARVESTER.to_entry(record, point())
    assert ("text_damaged", "title") in slugs(mapped, Severity.WARN)
    mapped.entry["title"].encode()


@pytest.mark.parametrize("text",
    [b"\\ud83d\\ude00", b"\\\\ud800", b"\\\\\\ud83d\\ude00", b"\\u4e2d", b"\\n\\\\u"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 13, 64])
def test_good_escapes_survive_any_cut(tmp_path, monkeypatch, text, size):
    monkeypatch.setattr(stream, "BUFFER", size)
    path = tmp_path / "data.json"
    path.write_bytes(b'{"dataset": ["' + text * 5 + b'", "' + text + b'"]}')
    wanted = json.loads(path.read_bytes())["dataset"]
    if text[-6:] == b"\\ud800" and text[:2] != b"\\\\":
        pytest.skip("not a good escape")
    assert [item.value for item in stream.read_items(path, "dataset")] == wanted


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64])
def test_lone_surrogate_is_found_at_any_cut(tmp_path, monkeypatch, size):
    monkeypatch.setattr(stream, "BUFFER", size)
    path = tmp_path / "data.json"
    path.write_bytes(b'{"dataset": ["a\\ud800b\\ud83d\\ude00\\udc00"]}')
    assert [item.value for item in stream.read_items(path, "dataset")] == ["a\ufffdb\U0001f600\ufffd"]


def test_nul_is_cleaned_with_a_warning(entry):
    mapped = entry(description="a\x00b")
    assert mapped.entry["notes"] == "ab"
    assert ("text_damaged", "notes") in slugs(mapped, Severity.WARN)


@pytest.mark.parametrize(("raw", "value"),
    [(b"1e400", "1E+400"), (b"1.5", 1.5), (b"2.0", 2), (b"1" * 30, int("1" * 30)), (b"1e-400", "1E-400")])
def test_numbers_can_be_written_as_json_again(read, raw, value):
    [record] = read(b'{"dataset": [{"identifier": "N", "x": ' + raw + b"}]}")
    assert record.data["x"] == value
    json.dumps(record.data)


def test_memory_does_not_grow_with_the_source(tmp_path, point):
    def peak(count):
        path = tmp_path / f"{count}.json"
        path.write_text(json.dumps({"dataset": [RECORD | {"identifier": f"T-{n}"} for n in range(count)]}))
        tracemalloc.start()
        assert sum(1 for _ in HARVESTER.records(Fetched(path), point())) == count
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(2000) < peak(200) + 500_000


# fetching


def test_unchanged_source_is_known_by_its_answer_and_by_its_bytes(server, session, point, tmp_path):
    body = json.dumps({"dataset": [RECORD]}).encode()
    at = point(url=server.says("/data.json", body, ETag='"1"'))
    first = HARVESTER.fetch(at, session(), tmp_path, FetchState())
    assert (first.not_modified, first.etag, first.bytes) == (False, '"1"', len(body))
    again = HARVESTER.fetch(at, session(), tmp_path, FetchState(digest=first.digest))
    assert (again.not_modified, again.path, again.digest) == (True, None, first.digest)
    server.says("/data.json", status="304 Not Modified")
    told = HARVESTER.fetch(at, session(), tmp_path, FetchState(etag='"1"', digest=first.digest))
    assert (told.not_modified, told.etag, told.digest) == (True, '"1"', first.digest)
    assert list(HARVESTER.records(told, at)) == []


def test_address_is_checked_without_a_connection():
    HARVESTER.validate_url("https://example.gov/data.json", {})
    with pytest.raises(FetchRefused):
        HARVESTER.validate_url("file:///etc/passwd", {})
